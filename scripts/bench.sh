#!/usr/bin/env bash
# Measures private-registries beside Node with octokit, Python with requests, and curl: all do the same work on the fake
# GitHub. Everything that is installed goes to target/bench/. Needs cargo, Node 20, Python 3.11,
# bash, curl, jq and GNU time.
#
#   scripts/bench.sh             the whole table; about ten minutes
#   scripts/bench.sh --quick     without the cases that write a thousand registries
#   scripts/bench.sh --help      the rest
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
