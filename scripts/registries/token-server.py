#!/usr/bin/env python3
"""A token server on loopback for Docker's registry, for scripts/registries.sh.

It issues a token for USER with PASSWORD, and for requests without a login if ANONYMOUS is "anonymous"; everything else is
refused with 401. https://distribution.github.io/distribution/spec/auth/jwt/ describes the tokens.

    token-server.py PORT KEY CERTIFICATE USER PASSWORD ANONYMOUS
"""

import base64
import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.parse

PORT, KEY, CERTIFICATE, USER, PASSWORD, ANONYMOUS = sys.argv[1:]
KNOWN = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(subject: str, service: str) -> str:
    der = ssl.PEM_cert_to_DER_cert(pathlib.Path(CERTIFICATE).read_text())
    now = int(time.time())
    header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
    claims = {
        "iss": "acme",
        "sub": subject,
        "aud": service,
        "exp": now + 300,
        "nbf": now - 10,
        "iat": now,
        "jti": str(now),
        "access": [],
    }
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    sign = ["openssl", "dgst", "-sha256", "-sign", KEY]
    signature = subprocess.run(sign, input=signed.encode(), capture_output=True, check=True).stdout
    return f"{signed}.{encoded(signature)}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        service = query.get("service", [""])[0]
        login = self.headers.get("Authorization")
        is_anonymous = login is None and ANONYMOUS == "anonymous"
        if login == KNOWN or is_anonymous:
            body = {"token": token("" if is_anonymous else USER, service)}
            self.answer(200, body)
        else:
            self.answer(401, {"details": "incorrect username or password"})

    def answer(self, status: int, body: dict) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Handler).serve_forever()
