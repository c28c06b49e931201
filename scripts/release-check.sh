#!/usr/bin/env bash
# Checks whether the tag release/vX.Y.Z may be released, before anything is built. Prints X.Y.Z.
#
#   scripts/release-check.sh release/v1.2.3
#
# The tag that starts a release is not the one that people use: scripts/release-github.py sets vX.Y.Z once, on the commit
# whose action.yml names the image that was built. So vX.Y.Z never has to be moved.
set -euo pipefail

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

tag=${1:?the tag, like release/v1.2.3}
[[ $tag =~ ^release/v((0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?)$ ]] ||
    fail "$tag is not like release/v1.2.3 or release/v1.2.3-rc.1"
version=${BASH_REMATCH[1]}

manifest=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[[ $manifest == "$version" ]] || fail "Cargo.toml says version $manifest, but the tag says $version"
grep -q '^  image: Dockerfile$' action.yml || fail "action.yml does not build the Dockerfile: this is not a commit of main"
scripts=$(dirname "$0")
# The placeholder would end up in people's manifests and workflows, and their reports would go nowhere.
placeholder=$("$scripts/set-owner.sh")
[[ -z $placeholder ]] ||
    fail "there is still a placeholder for the owner of this repository in ${placeholder//$'\n'/, }: run scripts/set-owner.sh"
# What people copy from the documentation must exist. A pre-release does not create vX.
if [[ $version != *-* ]]; then
    major=v${version%%.*}
    others=$(git grep -nEo 'private-registries(/setup)?@v[0-9]+|private-registries/v[0-9]+/schema' -- examples docs '*.md' ':!CHANGELOG.md' |
        grep -vE "private-registries(/setup)?(@$major|/$major/schema)\$" || true)
    [[ -z $others ]] || fail "this release creates $major, but the documentation names another one:"$'\n'"$others"
fi
"$scripts/check-changelog.py" "$version"
git merge-base --is-ancestor HEAD origin/main || fail "the commit is not on main, so nobody has reviewed it"
"$scripts/release-workflows.sh"
# An origin that does not answer ends the script, because that does not mean that the tag does not exist.
there=$(git ls-remote --refs origin "refs/tags/v$version")
if [[ -n $there ]]; then
    fail "v$version already exists, and version tags are never moved. To finish a release that failed half-way, open its run and choose \"Re-run failed jobs\"; anything else needs a new version"
fi

echo "$version"
