#!/usr/bin/env bash
# Makes the commit of a release, on top of the one that is checked out, and the tags that people use.
#
#   scripts/release-tags.sh 1.2.3 ghcr.io/OWNER/private-registries@sha256:...
#
# vX.Y.Z is set once; vX is moved to the highest version of its line. Both are pushed, or neither.
set -euo pipefail

version=${1:?the version, like 1.2.3}
reference=${2:?the image, by digest}
tag=v$version
major=v${version%%.*}

# An origin that does not answer ends the script: that is not the same as an origin without the tag.
there=$(git ls-remote --refs origin "refs/tags/$tag")
if [[ -n $there ]]; then
    echo "error: $tag exists, and is never moved" >&2
    exit 1
fi

"$(dirname "$0")/release-action-yml.sh" "$reference"
git commit --quiet --all --message "Release $tag" --message "action.yml starts $reference"
git tag --annotate --message "$tag" "$tag"
push=("refs/tags/$tag")

# A pre-release, or a fix of an older line, must not be what the users of vX get.
highest=$(git ls-remote --refs origin "refs/tags/$major.*" | sed -e 's|.*refs/tags/v||' -e '/-/d' |
    { cat; [[ $version == *-* ]] || echo "$version"; } | sort --version-sort | tail -n 1)
if [[ $highest == "$version" ]]; then
    git tag --force --annotate --message "$tag" "$major" "$tag^{commit}"
    # Only this one may replace what is there: a plus sign forces one reference, --force would force both.
    push+=("+refs/tags/$major")
fi
git push --quiet --atomic origin "${push[@]}"
printf 'released: %s\n' "${push[@]}"
