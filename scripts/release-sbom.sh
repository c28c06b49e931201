#!/usr/bin/env bash
# Writes the program's bill of materials from Cargo.lock: what is compiled into it, without what only its tests need.
# Needs cargo-cyclonedx.
#
#   scripts/release-sbom.sh sbom.cdx.json
set -euo pipefail

target=$(realpath "${1:?the file to write}")
cd "$(dirname "$0")/.."
# cargo-cyclonedx writes a file next to each manifest of the workspace, but only the program's is wanted.
trap 'rm -f sbom.part.json tests/fake-github/sbom.part.json' EXIT
cargo cyclonedx --quiet --format json --spec-version 1.5 --target x86_64-unknown-linux-musl --override-filename sbom.part
mv sbom.part.json "$target"
