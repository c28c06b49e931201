#!/usr/bin/env bash
# Tests the scripts of the release in a repository of their own, with another one as its origin.
#
#   scripts/test-release.sh
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd)
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
# Whatever the machine's git is set to, and whoever works on it.
export GIT_CONFIG_GLOBAL="$here/gitconfig" GIT_CONFIG_SYSTEM=/dev/null
git config --global user.name Test
git config --global user.email test@example.com
git config --global init.defaultBranch main

image=ghcr.io/acme/private-registries@sha256
first=$image:$(printf '1%.0s' {1..64})
second=$image:$(printf '2%.0s' {1..64})
passed=0

is() {
    if [[ $2 != "$3" ]]; then
        printf 'not so: %s\n  is       %s\n  expected %s\n' "$1" "$2" "$3" >&2
        exit 1
    fi
    passed=$((passed + 1))
}
# refused WHAT WORDS COMMAND…: it fails, and says why in these words.
refused() {
    local what=$1 words=$2 said
    shift 2
    if said=$("$@" 2>&1); then
        echo "not so: $what is refused" >&2
        exit 1
    fi
    if [[ $said != *"$words"* ]]; then
        printf 'not so: %s is refused with «%s»; it says:\n%s\n' "$what" "$words" "$said" >&2
        exit 1
    fi
    passed=$((passed + 1))
}
at_origin() { git --git-dir "$here/origin" rev-parse "$1^{commit}"; }
changelog() {
    cat <<EOF
# Changelog

## [Unreleased]

## [$1] - 2026-11-21

### Added

- What is new in $1.

## [0.0.1] - 2026-11-01

### Added

- First.

[Unreleased]: https://example.com
[$1]: https://example.com
[0.0.1]: https://example.com
EOF
}
# A commit of main with this version, as a person would prepare it, checked out as the workflow would.
prepare() {
    git checkout --quiet main
    printf '[package]\nname = "private-registries"\nversion = "%s"\n' "$1" >Cargo.toml
    changelog "$1" >CHANGELOG.md
    git add --all
    git commit --quiet --message "Version $1"
    git tag "release/v$1"
    git push --quiet origin main "release/v$1"
    git checkout --quiet --detach
}

git init --quiet --bare "$here/origin"
git clone --quiet "$here/origin" "$here/clone" 2>/dev/null
cd "$here/clone"
cp "$scripts/../action.yml" .
git checkout --quiet -b main
git commit --quiet --allow-empty --message "Nothing yet"

# What may be released
prepare 1.2.3
is "the version of a tag" "$("$scripts/release-check.sh" release/v1.2.3)" 1.2.3
refused "a tag without a patch version" "is not like" "$scripts/release-check.sh" release/v1.2
refused "a tag of the kind that people use" "is not like" "$scripts/release-check.sh" v1.2.3
refused "another version than the manifest's" "Cargo.toml says version 1.2.3" "$scripts/release-check.sh" release/v1.2.4
git commit --quiet --allow-empty --message "Not reviewed"
refused "a commit beside main" "not on main" "$scripts/release-check.sh" release/v1.2.3
printf 'uses: OWNER/private-registries@v1\n' >README.md
git add README.md
mkdir .github
printf '* @OWNER\n' >.github/CODEOWNERS
git add .github
refused "a placeholder" "replace it in .github/CODEOWNERS, README.md" "$scripts/release-check.sh" release/v1.2.3
git reset --quiet --hard
git checkout --quiet --detach main

git remote set-url origin "$here/nowhere"
refused "an origin that does not answer" "does not appear to be a git repository" \
    "$scripts/release-check.sh" release/v1.2.3
refused "tags for an origin that does not answer" "does not appear to be a git repository" \
    "$scripts/release-tags.sh" 1.2.3 "$first"
git remote set-url origin "$here/origin"

# The notes
is "the notes of a version" "$("$scripts/release-notes.sh" 1.2.3 | tr -d '\n')" "### Added- What is new in 1.2.3."
refused "a version that the changelog leaves out" "nothing about 9.9.9" "$scripts/release-notes.sh" 9.9.9
# A dot is a dot: 1.2.3 is not a pattern.
refused "a version that only looks alike" "nothing about 1x2.3" "$scripts/release-notes.sh" 1x2.3

# The changelog
# misshapen WHAT SCRIPT WORDS: the changelog that this sed script makes of a good one is refused in these words.
misshapen() {
    sed "$2" <(changelog 1.2.3) >CHANGELOG.md
    refused "$1" "$3" "$scripts/check-changelog.py"
}
misshapen "a changelog without a section for what comes next" '/^## .Unreleased/d' "first section is not"
misshapen "a second section for what comes next" 's/^## .0.0.1.*/## [Unreleased]/' "there twice"
misshapen "a heading of another form" 's/ - 2026-11-21/, 21 November/' "is not like"
misshapen "a day that is not in the calendar" 's/2026-11-21/2026-02-30/' "CHANGELOG.md:5: there is no 2026-02-30"
misshapen "an older version without a date" 's/ - 2026-11-01//' "0.0.1 has no date"
misshapen "a newer version below an older one" 's/0\.0\.1/1.10.0/' "1.10.0 stands below 1.2.3"
misshapen "a release below its pre-release" 's/1\.2\.3/0.0.1-rc.2/' "0.0.1 stands below 0.0.1-rc.2"
misshapen "a heading that is not usual" 's/^### Added/### News/' "none of Added, Changed"
misshapen "the same heading twice" '0,/^### Added/ s//### Added\n\n- A\n\n### Added/' "there twice"
misshapen "a heading with nothing below it" '/^- First/d' "nothing below it"
misshapen "a version with nothing in it" '/^###/d; /^- /d' "nothing in it"
misshapen "a version without a link" '/^.0.0.1.:/d' "has no link"
changelog 1.2.3 | sed 's/ - 2026-11-21//' >CHANGELOG.md
is "a version that is not released yet" "$("$scripts/check-changelog.py" 2>&1)" ""
refused "the same once it is to be released" "1.2.3 has no date" "$scripts/check-changelog.py" 1.2.3
changelog 1.2.3 >CHANGELOG.md
refused "a release that the changelog leaves out" "nothing about 1.2.4" "$scripts/check-changelog.py" 1.2.4
git checkout --quiet CHANGELOG.md

# action.yml
refused "an image by tag" "is not like" "$scripts/release-action-yml.sh" ghcr.io/acme/private-registries:latest
refused "a digest that is cut" "is not like" "$scripts/release-action-yml.sh" "${first%1}"
is "action.yml after that" "$(git status --porcelain)" ""

# The tags
"$scripts/release-tags.sh" 1.2.3 "$first" >/dev/null
is "the image of v1.2.3" "$(git show v1.2.3:action.yml | sed -n 's|^  image: docker://||p')" "$first"
is "what else the release changes" "$(git diff --name-only main v1.2.3)" action.yml
is "the parent of v1.2.3" "$(git rev-parse v1.2.3^)" "$(git rev-parse main)"
is "main" "$(at_origin main)" "$(git rev-parse main)"
is "v1 at the origin" "$(at_origin v1)" "$(at_origin v1.2.3)"
git checkout --quiet --detach main
refused "the same version again" "never moved" "$scripts/release-tags.sh" 1.2.3 "$second"
refused "a check of the same version" "never moved" "$scripts/release-check.sh" release/v1.2.3

prepare 1.10.0
"$scripts/release-tags.sh" 1.10.0 "$second" >/dev/null
is "v1 after 1.10.0" "$(at_origin v1)" "$(at_origin v1.10.0)"
is "v1.2.3 after 1.10.0" "$(git show v1.2.3:action.yml | sed -n 's|^  image: docker://||p')" "$first"

prepare 1.9.1
"$scripts/release-tags.sh" 1.9.1 "$first" >/dev/null
is "v1 after a fix of 1.9" "$(at_origin v1)" "$(at_origin v1.10.0)"

prepare 2.0.0-rc.1
is "the version of a pre-release" "$("$scripts/release-check.sh" release/v2.0.0-rc.1)" 2.0.0-rc.1
"$scripts/release-tags.sh" 2.0.0-rc.1 "$first" >/dev/null
refused "v2 after a pre-release" "unknown revision" at_origin v2

prepare 2.0.0
"$scripts/release-tags.sh" 2.0.0 "$first" >/dev/null
is "v2 after 2.0.0" "$(at_origin v2)" "$(at_origin v2.0.0)"
is "v1 after 2.0.0" "$(at_origin v1)" "$(at_origin v1.10.0)"

# Somebody else set v2.0.1 between the look and the push: nothing is pushed, v2 neither.
prepare 2.0.1
before=$(at_origin v2)
mkdir -p "$here/origin/hooks"
printf '#!/bin/sh\nexit 1\n' >"$here/origin/hooks/pre-receive"
chmod +x "$here/origin/hooks/pre-receive"
refused "a push that the origin declines" "declined" "$scripts/release-tags.sh" 2.0.1 "$first"
is "v2 after that" "$(at_origin v2)" "$before"

printf '%d passed, 0 failed\n' "$passed"
