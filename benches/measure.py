"""Shared by the benchmarks: the fake GitHub, the workload, and the measurement of a run."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "target/bench"
TYPES = ["npm_registry", "maven_repository", "docker_registry", "terraform_registry", "cargo_registry"]


class FakeGitHub:
    """The server in benches/server.rs."""

    def __init__(self):
        server = ROOT / "target/server/examples/bench-server"
        self.process = subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().split()

    def start(self, latency, existing, organizations=0):
        """Starts with `acme` alone, or also with `org-001` and so on, where the App is installed. Returns the address."""
        url, self.token, self.app = self.ask(f"start {latency} {existing} {organizations}")
        return url


def workload(count):
    """Writes the same registries as a manifest and as JSON. Returns the folder and their secrets."""
    folder = BENCH / f"workload-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    registries, manifest = [], ["version: 1", "defaults: {visibility: private}", "registries:"]
    for number in range(1, count + 1):
        kind, url, secret = (
            TYPES[number % len(TYPES)],
            f"https://r{number}.acme.dev/packages",
            f"REGISTRY_{number}_TOKEN",
        )
        registries.append({"registry_type": kind, "url": url, "visibility": "private", "secret": secret})
        manifest += [f"  r{number}:", f"    type: {kind}", f"    url: {url}", f"    token: ${{{secret}}}"]
    (folder / "manifest.yml").write_text("\n".join(manifest) + "\n")
    (folder / "registries.json").write_text(json.dumps(registries))
    secrets = {registry["secret"]: f"secret-of-{registry['url']}" for registry in registries}
    return folder, secrets


def run(command, env, folder=BENCH):
    """Runs a command. Returns wall-clock and CPU time in ms, including child processes."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}:\n{said.decode()[-2000:]}")
    return {"wall": wall * 1e3, "cpu": (usage.ru_utime + usage.ru_stime) * 1e3}


def peak_memory(command, env, folder=BENCH):
    """Returns the peak memory in MB. Needs a run of its own: a direct child would count this process's memory as well."""
    with tempfile.NamedTemporaryFile("r") as file:
        time_it = ["/usr/bin/time", "--format", "%M", "--output", file.name, *command]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(time_it, env=env, cwd=folder, check=True, **quiet)
        return int(file.read()) / 1024


def floor(github, latency, count, at_once=1):
    """Returns the least time in ms for requests that must follow one another, sent over bare sockets that stay open."""
    host, port = github.start(latency, "-").removeprefix("http://").split(":")
    request = (
        f"GET /orgs/acme/private-registries/public-key HTTP/1.1\r\nHost: {host}\r\n"
        f"User-Agent: bench\r\nAuthorization: Bearer {github.token}\r\n\r\n"
    ).encode()
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(socket.create_connection((host, int(port)))) for _ in range(at_once)]
        for connection in connections:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for _ in range(count):
            for connection in connections:
                connection.sendall(request)
            for connection in connections:
                connection.recv(65536)
        return (time.perf_counter() - began) * 1e3
