#!/usr/bin/env bash
# Prints what CHANGELOG.md says about a version, for its release page.
#
#   scripts/release-notes.sh 1.2.3
set -euo pipefail

version=${1:?the version, like 1.2.3}
# A heading is `## 1.2.3` or `## [1.2.3]`, and a date may follow.
notes=$(awk -v version="$version" '
    /^## / { wanted = ($2 == version || $2 == "[" version "]"); next }
    wanted
' CHANGELOG.md)
if [[ ! $notes =~ [^[:space:]] ]]; then
    echo "error: CHANGELOG.md has nothing about $version" >&2
    exit 1
fi
printf '%s\n' "$notes"
