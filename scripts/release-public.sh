#!/usr/bin/env bash
# Can everybody pull the image? GitHub keeps a new package private, and then the action would work for nobody else.
#
#   scripts/release-public.sh ghcr.io/OWNER/private-registries@sha256:...
set -euo pipefail

reference=${1:?the image, by digest}
path=${reference#*/}
owner=${path%%/*}
# Without what this machine is signed in with.
signed_out=$(mktemp -d)
trap 'rm -rf "$signed_out"' EXIT
if ! DOCKER_CONFIG=$signed_out docker pull --quiet "$reference"; then
    cat >&2 <<MESSAGE
error: $reference can't be pulled without signing in. If the lines above say «denied» or «unauthorized», the package is
private, as every package is at first. Make it public, once:
    https://github.com/orgs/$owner/packages/container/private-registries/settings (for a person, users/$owner/packages)
    «Danger Zone», «Change visibility», «Public»
and run the failed jobs again.
MESSAGE
    exit 1
fi
