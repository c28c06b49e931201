#!/usr/bin/env bash
# Prints the pinned version of a tool that the workflows use, from the files that the update bot maintains.
#
#   scripts/pinned.sh image actionlint         prints docker.io/rhysd/actionlint:...@sha256:..., from .ci/images/Dockerfile
#   scripts/pinned.sh crate cargo-cyclonedx    prints cargo-cyclonedx@..., from .ci/tools/Cargo.toml
set -euo pipefail

kind=${1:?image or crate}
name=${2:?the name of the tool}
case $kind in
image) found=$(awk -v name="$name" '$1 == "FROM" && $4 == name { print $2 }' .ci/images/Dockerfile) ;;
crate) found=$(sed -n "s/^$name = \"=\(.*\)\"\$/$name@\1/p" .ci/tools/Cargo.toml) ;;
*) found="" ;;
esac
if [[ -z $found ]]; then
    echo "error: no $kind $name is pinned" >&2
    exit 1
fi
echo "$found"
