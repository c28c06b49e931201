#!/usr/bin/env bash
# Tests scripts/install-packages.sh with fake id, sudo and apt-get commands that record how they are called.
#
#   scripts/test-install-packages.sh
set -euo pipefail

script=$(cd "$(dirname "$0")" && pwd)/install-packages.sh
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
passed=0

# machine ID [SUDO_STATUS [APT_GET_STATUS]]: sets up a machine with this user, and sudo and apt-get with these exit statuses.
# Without a SUDO_STATUS there is no sudo, and with "none" there is no apt-get.
machine() {
    rm -rf "${here:?}/bin" "$here/calls"
    mkdir "$here/bin"
    touch "$here/calls"
    local tool
    for tool in bash env true; do ln -s "$(type -P "$tool")" "$here/bin/$tool"; done
    stand_in id "echo $1"
    if [[ -n ${2-} ]]; then stand_in sudo "echo \"sudo \$*\" >>'$here/calls'; (($2 == 0)) || exit $2; shift; exec \"\$@\""; fi
    if [[ ${3-} != none ]]; then stand_in apt-get "echo \"apt-get \$*\" >>'$here/calls'; exit ${3:-0}"; fi
}
stand_in() {
    printf '#!%s\n%s\n' "$here/bin/bash" "$2" >"$here/bin/$1"
    chmod +x "$here/bin/$1"
}
# ends WHAT STATUS WORDS: checks its exit status, and that its output and calls have these words.
ends() {
    local said status=0
    said=$(PATH="$here/bin" "$here/bin/bash" "$script" socat tinyproxy 2>&1) || status=$?
    said+=$'\n'$(<"$here/calls")
    if [[ $status != "$2" || $said != *"$3"* ]]; then
        printf 'failed: %s should end with %s and "%s", but ends with %s:\n%s\n' "$1" "$2" "$3" "$status" "$said" >&2
        exit 1
    fi
    passed=$((passed + 1))
}

machine 0
ends "root" 0 "apt-get install -qq --no-install-recommends socat tinyproxy"
machine 1000 0
ends "a user with sudo" 0 "sudo --non-interactive env DEBIAN_FRONTEND=noninteractive apt-get install"
machine 1000 1
ends "a user whose sudo asks for a password" 1 "missing: sudo apt-get install socat tinyproxy"
machine 1000
ends "a user without sudo" 1 "missing: sudo apt-get install socat tinyproxy"
machine 0 "" 100
ends "an apt-get that fails" 100 "apt-get update"
machine 0 "" none
ends "a machine without apt-get" 1 "socat tinyproxy must be installed first"

printf '%d passed, 0 failed\n' "$passed"
