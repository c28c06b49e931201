#!/usr/bin/env bash
# The bill of materials of the program, from Cargo.lock: what is compiled into it, and not what its tests need.
# Needs cargo-cyclonedx.
#
#   scripts/release-sbom.sh sbom.cdx.json
set -euo pipefail

target=$(realpath "${1:?the file to write}")
cd "$(dirname "$0")/.."
# It writes beside each manifest of the workspace. Only that of the program is wanted.
trap 'rm -f sbom.part.json tests/fake-github/sbom.part.json' EXIT
cargo cyclonedx --quiet --format json --spec-version 1.5 --target x86_64-unknown-linux-musl --override-filename sbom.part
mv sbom.part.json "$target"
