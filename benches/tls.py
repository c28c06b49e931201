#!/usr/bin/env python3
"""Compares builds of private-registries over TLS 1.3 and a network with a delay of 10 ms in each direction, in turns.

    benches/tls.py [BINARY …]

The fake GitHub, which answers at once, runs behind Debian's nginx with HTTP/2. A relay between nginx and the program
delays every byte by 10 ms, and the first of a connection also by the time that a TCP handshake would take.
Everything runs on loopback. Needs nginx, openssl, and what scripts/bench.sh builds.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from measure import ROOT, FakeGitHub, run, workload

DELAY = 0.010
REGISTRIES = 20
KEY = (ROOT / "tests/fake-github/src/keys/app.pem").read_text()

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binaries", nargs="*", default=[str(ROOT / "target/release/private-registries")])
parser.add_argument("--rounds", type=int, default=9, help="runs of each, of which the fastest counts (9)")
options = parser.parse_args()


class Relay:
    """A TCP relay that delays data in both directions."""

    def __init__(self, target):
        self.target, self.connections = target, 0
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def accept(self, reader, writer):
        self.connections += 1
        opened = self.loop.time() + 2 * DELAY
        there = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.pass_on(reader, there[1], opened), self.pass_on(there[0], writer, 0))

    async def pass_on(self, reader, writer, opened):
        writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        late = asyncio.Queue()

        async def deliver():
            while True:
                due, data = await late.get()
                await asyncio.sleep(due - self.loop.time())
                if not data or writer.is_closing():
                    return writer.close()
                writer.write(data)

        delivery = asyncio.ensure_future(deliver())
        data = True
        while data:
            try:
                data = await reader.read(65536)
            except ConnectionError:
                data = b""
            late.put_nowait((max(self.loop.time(), opened) + DELAY, data))
        await delivery


class Nginx:
    """An nginx that serves TLS 1.3 and HTTP/2 on a port."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        authority = ["-addext", "basicConstraints=critical,CA:FALSE"]
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        files = ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
        subprocess.run(["openssl", "req", "-x509", *key, *subject, *authority, *files], check=True, stderr=subprocess.DEVNULL)
        self.process = None

    def start(self, upstream):
        """Starts it again with another upstream."""
        self.stop()
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"""daemon off; user root; pid {self.folder}/pid; error_log {self.folder}/error.log;
            events {{ worker_connections 1024; }}
            http {{
              access_log off; {paths}
              upstream fake {{ server {upstream}; keepalive 64; }}
              server {{
                listen 127.0.0.1:{self.port} ssl http2;
                ssl_certificate {self.folder}/certificate.pem; ssl_certificate_key {self.folder}/key.pem;
                ssl_protocols TLSv1.3;
                location / {{ proxy_pass http://fake; proxy_http_version 1.1; proxy_set_header Connection ""; }}
              }}
            }}"""
        )
        self.process = subprocess.Popen(["nginx", "-c", self.folder / "nginx.conf"], stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        sys.exit("nginx does not listen: " + (self.folder / "error.log").read_text())

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def cases():
    """Yields title, number of organizations (0: acme alone), of registries, whether these exist already, and inputs."""
    there, new = {"INPUT_RESEND": "on-change"}, {"INPUT_RESEND": "always"}
    yield "plan of 1,000", 0, 1000, True, {**there, "INPUT_OPERATION": "plan"}
    write = {"INPUT_OPERATION": "apply", "INPUT_WRITE_INTERVAL": "0s"}
    yield "a single create", 0, 1, False, {**new, **write}
    for concurrency in (4, 16):
        more = {**there, **write, "INPUT_CONCURRENCY": str(concurrency)}
        yield f"no-op of 100 organizations × 20, {concurrency} at once", 100, REGISTRIES, True, more
    yield "first apply of 20 organizations × 20, 4 at once", 20, REGISTRIES, False, {**new, **write, "INPUT_CONCURRENCY": "4"}


def once(github, nginx, relay, binary, organizations, count, there, inputs):
    folder, secrets = workload(count)
    nginx.start(github.start(0, folder / "registries.json" if there else "-", organizations).removeprefix("http://"))
    if organizations:
        sign_in = {"INPUT_ORG": "*", "INPUT_APP_CLIENT_ID": github.app, "INPUT_APP_PRIVATE_KEY": KEY}
    else:
        sign_in = {"INPUT_ORG": "acme", "INPUT_TOKEN": github.token}
    env = {
        **secrets,
        **sign_in,
        "PATH": os.environ["PATH"],
        "INPUT_API_URL": f"https://localhost:{relay.port}",
        "INPUT_CA_FILE": str(nginx.folder / "certificate.pem"),
        "INPUT_MANIFEST": str(folder / "manifest.yml"),
        **inputs,
    }
    relay.connections = 0
    figures = run([binary], env)
    requests, _, sealed, alive = map(int, github.ask("state"))
    if (sealed, alive) != (max(organizations, 1) * count, 0):
        sys.exit(f"{sealed} registries with a secret; {alive} tokens left alive")
    return {**figures, "connections": relay.connections, "requests": requests}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def main():
    github = FakeGitHub()
    with tempfile.TemporaryDirectory() as folder:
        nginx = Nginx(Path(folder), free_port())
        relay = Relay(nginx.port)
        try:
            print("| | binary | wall ms | CPU ms | connections | requests |\n|---|---|--:|--:|--:|--:|")
            for title, *case in cases():
                runs = {binary: [] for binary in options.binaries}
                for _ in range(options.rounds):
                    for binary, of_it in runs.items():
                        of_it.append(once(github, nginx, relay, binary, *case))
                for binary, of_it in runs.items():
                    figures = {figure: min(one[figure] for one in of_it) for figure in of_it[0]}
                    print(f"| {title} | {binary} | " + " | ".join(f"{value:,.0f}" for value in figures.values()) + " |")
                    title = ""
        finally:
            nginx.stop()


if __name__ == "__main__":
    main()
