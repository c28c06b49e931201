#!/usr/bin/env bash
# Checks that everybody can pull the image. GitHub keeps a new package private, and then nobody else could use the action.
#
#   scripts/release-public.sh ghcr.io/OWNER/private-registries@sha256:...
set -euo pipefail

reference=${1:?the image, by digest}
path=${reference#*/}
owner=${path%%/*}
# This ignores the credentials that docker is signed in with.
signed_out=$(mktemp -d)
trap 'rm -rf "$signed_out"' EXIT
if ! DOCKER_CONFIG=$signed_out docker pull --quiet "$reference"; then
    cat >&2 <<MESSAGE
error: $reference can't be pulled without signing in. If the lines above say "denied" or "unauthorized", the package is
private, as every new package is. Make it public once:
    https://github.com/orgs/$owner/packages/container/private-registries/settings (for a person, users/$owner/packages)
    "Danger Zone", "Change visibility", "Public"
and re-run the failed jobs.
MESSAGE
    exit 1
fi
