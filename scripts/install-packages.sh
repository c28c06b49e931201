#!/usr/bin/env bash
# Installs packages of Debian or Ubuntu, as root or with sudo. Where it can't, it fails and says what is missing.
#
#   scripts/install-packages.sh socat tinyproxy
set -euo pipefail

no() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

command -v apt-get >/dev/null || no "$* must be installed first, and there is no apt-get here to do so"
root=()
if [[ $(id -u) != 0 ]]; then
    # It must not wait for a password.
    sudo --non-interactive true 2>/dev/null || no "these packages are missing: sudo apt-get install $*"
    root=(sudo --non-interactive)
fi
echo "installing $*"
${root[@]+"${root[@]}"} apt-get update -qq
${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >/dev/null
