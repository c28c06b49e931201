#!/usr/bin/env python3
"""Measures a run over many organizations on the fake GitHub, and the Node peer, which runs once per organization.

scripts/bench.sh builds what this needs. Start it with `python3 benches/fleet.py`. It prints Markdown tables.
"""

import argparse
import math
import os
import subprocess
import sys
import time
from pathlib import Path

from measure import BENCH, ROOT, FakeGitHub, floor, peak_memory, run, workload

REGISTRIES = 20
PER_PAGE = 100
LATENCY = 20
# The number of organizations for the Node peer, whose time is proportional to it.
PEER_ORGANIZATIONS = 30

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--organizations", type=int, default=300, help="number of organizations (300)")
parser.add_argument("--rounds", type=int, default=3, help="runs of each no-op, of which the fastest counts (3)")
parser.add_argument("--binary", default=ROOT / "target/release/private-registries", help="the build to measure")
parser.add_argument("--quick", action="store_true", help="skip what takes minutes: concurrency 1, and for first applies also 4")
parser.add_argument("--no-peer", action="store_true", help="skip the Node peer")
options = parser.parse_args()
# Runs write outputs and a summary, as on a runner.
RUNNER = {"GITHUB_OUTPUT": str(BENCH / "output"), "GITHUB_STEP_SUMMARY": str(BENCH / "summary.md")}
KEY = (ROOT / "tests/fake-github/src/keys/app.pem").read_text()


def environment(github, url, secrets, folder, organizations, signed_in_as, concurrency, there):
    """Returns the environment of a run."""
    names = [f"org-{number:03}" for number in range(1, organizations + 1)]
    sign_in = {
        "App": {"INPUT_ORG": "*", "INPUT_APP_CLIENT_ID": github.app, "INPUT_APP_PRIVATE_KEY": KEY},
        "token": {"INPUT_ORG": "\n".join(names), "INPUT_TOKEN": github.token},
    }[signed_in_as]
    for path in RUNNER.values():
        Path(path).write_text("")
    return {
        **secrets,
        **sign_in,
        **RUNNER,
        "GITHUB_ACTIONS": "true",
        "PATH": os.environ["PATH"],
        "INPUT_API_URL": url,
        "INPUT_MANIFEST": str(folder / "manifest.yml"),
        "INPUT_OPERATION": "apply",
        "INPUT_WRITE_INTERVAL": "0s",
        "INPUT_RESEND": "on-change" if there else "always",
        "INPUT_CONCURRENCY": str(concurrency),
    }


def requests_of(organizations, signed_in_as, there):
    """Returns the number of requests, of pages of installations, and of sequential requests per organization."""
    pages, sign_in = (math.ceil(organizations / PER_PAGE), 2) if signed_in_as == "App" else (0, 0)
    # The list; and for a first apply the key (concurrent with the list), the writes, and another list.
    in_a_row = sign_in + 1 + (0 if there else REGISTRIES + 1)
    return pages + organizations * (in_a_row + (0 if there else 1)), pages, in_a_row


def measure(github, measure_it, organizations, signed_in_as, concurrency, there, latency=LATENCY):
    """Measures one run, and checks its number of requests and the state of the fake GitHub afterwards."""
    folder, secrets = workload(REGISTRIES)
    url = github.start(latency, folder / "registries.json" if there else "-", organizations)
    env = environment(github, url, secrets, folder, organizations, signed_in_as, concurrency, there)
    figures = measure_it([options.binary], env)
    requests, connections, sealed, alive = map(int, github.ask("state"))
    expected, _, _ = requests_of(organizations, signed_in_as, there)
    if (requests, sealed, alive) != (expected, organizations * REGISTRIES, 0):
        sys.exit(f"{requests} requests, not {expected}; {sealed} registries with a secret; {alive} tokens left alive")
    return figures if measure_it is peak_memory else {**figures, "requests": requests, "connections": connections}


def least(rounds, *arguments):
    """Returns the least of each figure over several runs."""
    runs = [measure(*arguments) for _ in range(rounds)]
    return {figure: min(one[figure] for one in runs) for figure in runs[0]}


def start_of_process():
    """Returns the CPU time of a run without requests, in ms."""
    folder, secrets = workload(REGISTRIES)
    env = {**secrets, **RUNNER, "INPUT_OPERATION": "validate", "INPUT_ORG": "acme"}
    env["INPUT_MANIFEST"] = str(folder / "manifest.yml")
    return min(run([options.binary], env)["cpu"] for _ in range(10))


def step(github, at_once):
    """Returns the least time of one sequential request in ms, with the given number of concurrent connections."""
    return min(floor(github, LATENCY, 40, at_once) for _ in range(3)) / 40


def speeds(github):
    """Yields a table of wall-clock time against the least possible time."""
    steps = {concurrency: step(github, concurrency) for concurrency in (1, 4, 16)}
    said = ", ".join(f"{of_one:.1f} ms at concurrency {concurrency}" for concurrency, of_one in steps.items())
    yield f"A request over bare sockets takes {said}."
    yield ""
    yield "| | | concurrency | wall ms | floor ms | wall / floor | CPU ms | requests | connections |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for there in (True, False):
        for signed_in_as in ("App", "token"):
            quick = (4, 16) if there else (16,)
            for concurrency in quick if options.quick else (1, 4, 16):
                rounds = options.rounds if there else 1
                figures = least(rounds, github, run, options.organizations, signed_in_as, concurrency, there)
                _, pages, in_a_row = requests_of(options.organizations, signed_in_as, there)
                rows = math.ceil(options.organizations / concurrency)
                lowest = pages * steps[1] + rows * in_a_row * steps[concurrency]
                yield (
                    f"| {'no-op' if there else 'first apply'} | {signed_in_as} | {concurrency} "
                    f"| {figures['wall']:,.0f} | {lowest:,.0f} | {figures['wall'] / lowest:.2f} | {figures['cpu']:,.0f} "
                    f"| {figures['requests']:,} | {figures['connections']} |"
                )


def sizes(github):
    """Yields a table of memory and CPU time by the number of organizations."""
    yield "| organizations, no-op with an App | peak MB | CPU ms | CPU ms for each |"
    yield "|--:|--:|--:|--:|"
    start = start_of_process()
    for organizations in sorted({1, 30, options.organizations}):
        memory = min(measure(github, peak_memory, organizations, "App", 4, True, 0) for _ in range(options.rounds))
        cpu = least(options.rounds * 2, github, run, organizations, "App", 4, True, 0)["cpu"]
        yield f"| {organizations} | {memory:.1f} | {cpu:.1f} | {(cpu - start) / organizations:.2f} |"
    yield ""
    yield f"CPU ms for each: without the {start:.1f} ms of a process that sends no requests. The fake GitHub answers at once."


def shards(github):
    """Yields a table for several processes on one fake GitHub, each with its own shard."""
    yield "| processes, no-op with an App | wall ms | CPU ms |"
    yield "|--:|--:|--:|"
    folder, secrets = workload(REGISTRIES)
    for processes in (1, 2, 4):
        url = github.start(LATENCY, folder / "registries.json", options.organizations)
        env = environment(github, url, secrets, folder, options.organizations, "App", 4, True)
        before, began = os.times(), time.perf_counter()
        running = [
            subprocess.Popen(
                [options.binary],
                cwd=BENCH,
                env={**env, "INPUT_SHARD": f"{number}/{processes}"},
                stdout=subprocess.DEVNULL,
            )
            for number in range(1, processes + 1)
        ]
        if any([process.wait() for process in running]):
            sys.exit("a shard failed")
        wall, after = (time.perf_counter() - began) * 1e3, os.times()
        cpu = (after.children_user - before.children_user + after.children_system - before.children_system) * 1e3
        requests, _, _, alive = map(int, github.ask("state"))
        expected = processes * math.ceil(options.organizations / PER_PAGE) + 3 * options.organizations
        if (requests, alive) != (expected, 0):
            sys.exit(f"{requests} requests of all shards, not {expected}; {alive} tokens left alive")
        yield f"| {processes} | {wall:,.0f} | {cpu:,.0f} |"


def peer(github):
    """Yields a table with Node and octokit, run once for each organization in sequence."""
    folder, secrets = workload(REGISTRIES)
    url = github.start(LATENCY, folder / "registries.json", PEER_ORGANIZATIONS)
    total = {"wall": 0.0, "cpu": 0.0}
    for number in range(1, PEER_ORGANIZATIONS + 1):
        env = {**secrets, "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "API_URL": url, "TOKEN": github.token}
        env |= {"ORG": f"org-{number:03}", "REGISTRIES": str(folder / "registries.json")}
        figures = run(["node", BENCH / "node/apply.mjs"], env)
        total = {figure: total[figure] + figures[figure] for figure in total}
    ours = least(options.rounds, github, run, PEER_ORGANIZATIONS, "token", 1, True)
    yield f"| no-op of {PEER_ORGANIZATIONS} with a token, in sequence | wall ms | CPU ms |"
    yield "|---|--:|--:|"
    yield f"| private-registries, one run | {ours['wall']:,.0f} | {ours['cpu']:,.0f} |"
    yield f"| Node with octokit, {PEER_ORGANIZATIONS} runs | {total['wall']:,.0f} | {total['cpu']:,.0f} |"


def main():
    github = FakeGitHub()
    parts = [speeds(github), sizes(github), shards(github)] + ([] if options.no_peer else [peer(github)])
    for part in parts:
        for line in part:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
