#!/usr/bin/env bash
# Makes ./action.yml start a released image instead of building the Dockerfile.
#
#   scripts/release-action-yml.sh ghcr.io/OWNER/private-registries@sha256:...
set -euo pipefail

reference=${1:?the image, by digest}
# By digest and nothing else: what a tag means can change after the release has been reviewed.
if [[ ! $reference =~ ^[a-z0-9.-]+(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$ ]]; then
    echo "error: $reference is not like ghcr.io/owner/private-registries@sha256:..." >&2
    exit 1
fi
if [[ $(grep -c '^  image: Dockerfile$' action.yml) != 1 ]]; then
    echo "error: action.yml has no line 'image: Dockerfile' to replace" >&2
    exit 1
fi
sed -i "s|^  image: Dockerfile\$|  image: docker://$reference|" action.yml
