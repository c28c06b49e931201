#!/usr/bin/env bash
# May this be released? Asked of a tag release/vX.Y.Z, before anything is built; prints X.Y.Z.
#
#   scripts/release-check.sh release/v1.2.3
#
# The tag that starts a release is not the one that people use: vX.Y.Z is set once, by scripts/release-github.py, on the
# commit whose action.yml names the image that was built. So it never has to be moved.
set -euo pipefail

no() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

tag=${1:?the tag, like release/v1.2.3}
[[ $tag =~ ^release/v((0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?)$ ]] ||
    no "$tag is not like release/v1.2.3 or release/v1.2.3-rc.1"
version=${BASH_REMATCH[1]}

manifest=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
[[ $manifest == "$version" ]] || no "Cargo.toml says version $manifest, the tag $version"
grep -q '^  image: Dockerfile$' action.yml || no "action.yml does not build the Dockerfile: this is no commit of main"
scripts=$(dirname "$0")
# It would stand in people's manifests and workflows, and send their reports nowhere.
placeholder=$("$scripts/set-owner.sh")
[[ -z $placeholder ]] ||
    no "a placeholder still stands for the owner of this repository in ${placeholder//$'\n'/, }: run scripts/set-owner.sh"
# What people copy from the documents must exist. A pre-release makes no vX.
if [[ $version != *-* ]]; then
    major=v${version%%.*}
    others=$(git grep -nEo 'private-registries(/setup)?@v[0-9]+|private-registries/v[0-9]+/schema' -- examples docs '*.md' ':!CHANGELOG.md' |
        grep -vE "private-registries(/setup)?(@$major|/$major/schema)\$" || true)
    [[ -z $others ]] || no "this release makes $major, but the documents name another one:"$'\n'"$others"
fi
"$scripts/check-changelog.py" "$version"
git merge-base --is-ancestor HEAD origin/main || no "the commit is not on main, so nobody has reviewed it"
"$scripts/release-workflows.sh"
# An origin that does not answer ends the script: that is not the same as an origin without the tag.
there=$(git ls-remote --refs origin "refs/tags/v$version")
if [[ -n $there ]]; then
    no "v$version exists already, and tags of versions are never moved. To finish a release that failed half-way, open its run and choose «Re-run failed jobs»; anything else needs a new version"
fi

echo "$version"
