#!/usr/bin/env bash
# Installs Debian or Ubuntu packages, as root or with sudo. If it can't, it fails and says what is missing.
#
#   scripts/install-packages.sh socat tinyproxy
set -euo pipefail

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

command -v apt-get >/dev/null || fail "$* must be installed first, and there is no apt-get to do so"
root=()
if [[ $(id -u) != 0 ]]; then
    # sudo must not prompt for a password.
    sudo --non-interactive true 2>/dev/null || fail "these packages are missing: sudo apt-get install $*"
    root=(sudo --non-interactive)
fi
echo "installing $*"
${root[@]+"${root[@]}"} apt-get update -qq
${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >/dev/null
