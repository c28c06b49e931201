#!/usr/bin/env python3
"""Compares private-registries with its peers: the same work, on the same fake GitHub, in turns.

scripts/bench.sh builds and installs what this needs. Prints a Markdown table; the individual figures go to
target/bench/results.json.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from measure import BENCH, ROOT, FakeGitHub, floor, peak_memory, run, workload

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument(
    "--rounds", type=int, default=5, help="runs of each program in each case (at most 3 when 1,000 registries are written)"
)
parser.add_argument("--quick", action="store_true", help="skip the cases that write 1,000 registries")
parser.add_argument(
    "--only", choices=["ours", "node", "python", "shell"], action="append", help="run only this program; may be repeated"
)
parser.add_argument("--against", metavar="BINARY", help="compare with another build of this program instead of the peers")
parser.add_argument("--least", action="store_true", help="report the fastest run instead of the median, for a busy machine")
options = parser.parse_args()
typical = min if options.least else statistics.median


def programs():
    node, python = BENCH / "node", BENCH / "python/bin/python"
    ours = {"ours": [ROOT / "target/release/private-registries"]}
    if options.against:
        return {**ours, "against": [Path(options.against).absolute()]}
    all_programs = {
        **ours,
        "node": ["node", node / "apply.mjs"],
        "python": [python, ROOT / "benches/python/apply.py"],
        "shell": [ROOT / "benches/shell/apply.sh"],
    }
    return {name: command for name, command in all_programs.items() if not options.only or name in options.only}


STARTS = {
    "node": ["node", "--input-type=module", "--eval", "import 'octokit'; import 'libsodium-wrappers';"],
    "python": [BENCH / "python/bin/python", "-c", "import requests, nacl.public"],
    "shell": ["bash", "-c", "curl --version && jq --version"],
}


def environment(folder, secrets, url, token):
    """Returns the environment for all programs; each uses its own variables."""
    return {
        **secrets,
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "API_URL": url,
        "TOKEN": token,
        "ORG": "acme",
        "REGISTRIES": str(folder / "registries.json"),
        "PYTHON": str(BENCH / "python/bin/python"),
        "INPUT_API_URL": url,
        "INPUT_TOKEN": token,
        "INPUT_ORG": "acme",
        "INPUT_MANIFEST": str(folder / "manifest.yml"),
        "INPUT_OPERATION": "apply",
        "INPUT_WRITE_INTERVAL": "0s",
    }


def apply(github, name, command, measure, count, latency, is_there):
    folder, secrets = workload(count)
    env = environment(
        folder, secrets, github.start(latency, folder / "registries.json" if is_there else "-"), github.token
    )
    env["INPUT_RESEND"] = "on-change" if is_there else "always"
    figures = measure(command, env)
    requests, connections, sealed, _ = map(int, github.ask("state"))
    if sealed != count:
        sys.exit(f"{name} left {sealed} of {count} registries with a secret")
    return figures if measure is peak_memory else {**figures, "requests": requests, "connections": connections}


def start(_github, name, command, measure):
    folder, secrets = workload(1)
    env = {**environment(folder, secrets, "http://127.0.0.1:9", "none"), "INPUT_OPERATION": "validate"}
    # Node looks for libraries in its working directory. Our program reads only absolute paths.
    return measure(STARTS.get(name, command), env, BENCH / "node" if name == "node" else BENCH)


def first_byte(_github, _name, command, _measure, scheme):
    """Measures from the start of the process to the first byte that it sends: of a request or a TLS handshake."""
    folder, secrets = workload(1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        env = environment(folder, secrets, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", "none")
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=env, cwd=BENCH, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        connection, _ = listener.accept()
        connection.recv(1)
        wall = time.perf_counter() - began
        process.kill()
        process.wait()
        connection.close()
    return {"wall": wall * 1e3}


def cases():
    """Yields title, function, its arguments, number of runs, and number of requests that must follow one another."""
    yield "process start", start, (), options.rounds * 2, 0
    for scheme in ("http", "https"):
        yield f"first byte, {scheme}", first_byte, (scheme,), options.rounds * 2, 0
    for latency in (0, 20):
        # The first page has the total count; the other pages are then fetched concurrently.
        yield f"no-op of 1,000, {latency} ms", apply, (1000, latency, True), options.rounds, 2
        for count in (1, 100) if options.quick else (1, 100, 1000):
            # The list and the key are fetched concurrently, then one write follows another, following GitHub's guidance.
            rounds = options.rounds if count < 1000 else min(3, options.rounds)
            yield f"first apply of {count:,}, {latency} ms", apply, (count, latency, False), rounds, 1 + count


PROGRAMS = {"ours": "private-registries", "node": "Node, octokit", "python": "Python, requests", "shell": "curl, jq"}
if options.against:
    PROGRAMS = {"ours": "private-registries", "against": options.against}
FIGURES = {"wall": "wall ms", "cpu": "CPU ms", "memory": "peak MB", "requests": "requests"}


def table(results):
    """Yields a Markdown table of the figures, each with its ratio to ours."""
    yield f"| | | {' | '.join(PROGRAMS.values())} | floor |"
    yield f"|---|---|{'--:|' * (len(PROGRAMS) + 1)}"
    for title, case in results.items():
        typical_ones = case["typical"]
        for figure, unit in FIGURES.items():
            values = [typical_ones.get(name, {}).get(figure) for name in PROGRAMS]
            if not any(values):
                continue
            cells = [cell(value, values[0]) for value in values]
            floor_of_it = typical(case["floors"]) if figure == "wall" and case["floors"] else None
            yield f"| {title} | {unit} | {' | '.join(cells)} | {cell(floor_of_it, None)} |"
            title = ""


def cell(value, ours):
    if value is None:
        return ""
    text = f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
    if ours is None or value == ours:
        return text
    ratio = value / ours
    digits = 0 if ratio >= 10 else 1 if ratio >= 1 else 2
    return f"{text} ({ratio:.{digits}f}×)"


def main():
    github = FakeGitHub()
    results = {}
    for title, measure, arguments, rounds, in_a_row in cases():
        print(title, file=sys.stderr)
        runs, floors = {name: [] for name in programs()}, []
        for _ in range(rounds):  # in turns, so that a busy machine affects all alike
            for name, command in programs().items():
                runs[name].append(measure(github, name, command, run, *arguments))
            if in_a_row:
                floors.append(floor(github, arguments[1], in_a_row))
        of_all = {
            name: {figure: typical(one[figure] for one in of_one) for figure in of_one[0]}
            for name, of_one in runs.items()
        }
        if measure is start or arguments[1:2] == (0,):  # waiting takes no memory
            for name, command in programs().items():
                of_all[name]["memory"] = measure(github, name, command, peak_memory, *arguments)
        results[title] = {"typical": of_all, "runs": runs, "floors": floors}
    (BENCH / "results.json").write_text(json.dumps(results, indent=1))
    print("\n".join(table(results)))


if __name__ == "__main__":
    main()
