#!/usr/bin/env bash
# Serves unreleased binaries on this machine, and changes ./setup to download them from there. CI then runs that action as
# a step. The server ends with the runner's other processes.
#
#   scripts/serve-binaries.sh FOLDER [IMAGE@DIGEST]
set -euo pipefail

folder=${1:?the folder with the archives and SHA256SUMS}
reference=${2:-ghcr.io/owner/private-registries@sha256:$(printf '0%.0s' {1..64})}
port=$((20000 + RANDOM % 10000))
nohup python3 -m http.server "$port" --bind 127.0.0.1 --directory "$folder" >/dev/null 2>&1 &
"$(dirname "$0")/release-action-yml.sh" "$reference" "http://127.0.0.1:$port" "$folder/SHA256SUMS"
for _ in {1..100}; do
    if curl --fail --silent --output /dev/null "http://127.0.0.1:$port/SHA256SUMS"; then exit; fi
    sleep 0.1
done
echo "error: nothing answers on port $port" >&2
exit 1
