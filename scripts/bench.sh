#!/usr/bin/env bash
# Compares private-registries with Node and octokit, Python and requests, and curl: all do the same work on the fake
# GitHub. Everything is installed into target/bench/. Needs cargo, Node 20, Python 3.11, bash, curl, jq and GNU time.
#
#   scripts/bench.sh             prints the whole table; takes about ten minutes
#   scripts/bench.sh --quick     skips the cases that write a thousand registries
#   scripts/bench.sh --help      shows the other options
set -euo pipefail

cd "$(dirname "$0")/.."
work=target/bench
mkdir -p "$work/node"

cargo build --release --locked --quiet
cargo build --profile server --locked --quiet --package fake-github --example bench-server

cp benches/node/{apply.mjs,package.json,package-lock.json,.npmrc} "$work/node/"
(cd "$work/node" && npm ci --silent)

[[ -x $work/python/bin/python ]] || python3 -m venv "$work/python"
"$work/python/bin/python" -m pip install --quiet --disable-pip-version-check -r benches/python/requirements.txt

exec python3 benches/run.py "$@"
