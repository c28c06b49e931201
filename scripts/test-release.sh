#!/usr/bin/env bash
# Tests the release scripts and the action `setup` in a temporary repository with an origin, and with a fake of GitHub's API
# and downloads (scripts/test-release-server.py).
#
#   scripts/test-release.sh
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd)
here=$(mktemp -d)
server=""
tidy() {
    if [[ -n $server ]]; then kill "$server"; fi
    rm -rf "$here"
}
trap tidy EXIT
# Ignore the git configuration of this machine and its user.
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
        printf 'failed: %s\n  is       %s\n  expected %s\n' "$1" "$2" "$3" >&2
        exit 1
    fi
    passed=$((passed + 1))
}
# refused WHAT WORDS COMMAND…: checks that a command fails and that its output has these words.
refused() {
    local what=$1 words=$2 said
    shift 2
    if said=$("$@" 2>&1); then
        echo "failed: $what should be refused" >&2
        exit 1
    fi
    if [[ $said != *"$words"* ]]; then
        printf 'failed: %s should be refused with "%s", but the output is:\n%s\n' "$what" "$words" "$said" >&2
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
# prepare VERSION: pushes a commit and a tag to main as a maintainer would, and checks it out as the workflow would.
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
mkdir -p setup .github/workflows
cp "$scripts/../action.yml" .
cp "$scripts/../setup/action.yml" setup/
echo "name: CI" >.github/workflows/ci.yml
git checkout --quiet -b main
git add --all
git commit --quiet --message "Nothing yet"

# What may be released
prepare 1.2.3
is "the version of a tag" "$("$scripts/release-check.sh" release/v1.2.3)" 1.2.3
refused "a tag without a patch version" "is not like" "$scripts/release-check.sh" release/v1.2
refused "a tag of the kind that people use" "is not like" "$scripts/release-check.sh" v1.2.3
refused "another version than the manifest's" "Cargo.toml says version 1.2.3" "$scripts/release-check.sh" release/v1.2.4
git commit --quiet --allow-empty --message "Not reviewed"
refused "a commit beside main" "not on main" "$scripts/release-check.sh" release/v1.2.3
git checkout --quiet --detach main

# The owner
cat >README.md <<'DOCUMENT'
uses: OWNER/private-registries@v1
docker pull ghcr.io/OWNER/private-registries
env: GITHUB_REPOSITORY_OWNER
DOCUMENT
printf '* @OWNER\n' >.github/CODEOWNERS
mkdir scripts src
echo '# scripts/x.sh ghcr.io/OWNER/private-registries' >scripts/x.sh
printf 'repository = "https://github.com/OWNER/private-registries"\n' >>Cargo.toml
git add --all
is "the files without an owner" "$("$scripts/set-owner.sh" | tr '\n' ' ')" ".github/CODEOWNERS Cargo.toml README.md "
refused "a placeholder" "in .github/CODEOWNERS, Cargo.toml, README.md: run scripts/set-owner.sh" \
    "$scripts/release-check.sh" release/v1.2.3
refused "an owner that is no name" "not the name of an account" "$scripts/set-owner.sh" 'a/b' @a/b
refused "an owner without reviewers" "must be the reviewers" "$scripts/set-owner.sh" Acme
refused "the placeholder as owner" "not the name of an account" "$scripts/set-owner.sh" OWNER @acme/x
"$scripts/set-owner.sh" Acme @Acme/maintainers >/dev/null
is "the documents after that" "$(tr '\n' ' ' <README.md)" \
    "uses: Acme/private-registries@v1 docker pull ghcr.io/acme/private-registries env: GITHUB_REPOSITORY_OWNER "
is "the reviewers" "$(<.github/CODEOWNERS)" "* @Acme/maintainers"
is "the repository" "$(tail -n 1 Cargo.toml)" 'repository = "https://github.com/Acme/private-registries"'
is "a script after that" "$(<scripts/x.sh)" "# scripts/x.sh ghcr.io/OWNER/private-registries"
is "what is left to do" "$("$scripts/set-owner.sh")" ""
is "the check after that" "$("$scripts/release-check.sh" release/v1.2.3)" 1.2.3
refused "an owner that is set" "has already been set" "$scripts/set-owner.sh" other @other/x
echo 'src = "OWNER"' >src/main.rs
git add --all
refused "a placeholder in the sources" "in src/main.rs" "$scripts/release-check.sh" release/v1.2.3
git reset --quiet --hard
refused "a folder without a repository" "not a git repository" env GIT_DIR="$here/nowhere" "$scripts/set-owner.sh"

# The version that the documents name
for line in "uses: acme/private-registries@v2" "uses: acme/private-registries/setup@v0" \
    "https://example.com/private-registries/v10/schema/x.json"; do
    echo "$line" >README.md
    git add --all
    refused "a document with $line" "creates v1, but the documentation names another one:
README.md:1:" "$scripts/release-check.sh" release/v1.2.3
done
printf '%s\n' "acme/private-registries@v1" "acme/private-registries@0123abc" "private-registries/v1/schema/" >README.md
git add --all
is "documents that name this one" "$("$scripts/release-check.sh" release/v1.2.3)" 1.2.3
git reset --quiet --hard

# A main that has moved
advance() {
    git checkout --quiet main
    "$@"
    git add --all
    git commit --quiet --message "Move main"
    git push --quiet origin main
    git checkout --quiet --detach release/v1.2.3
}
advance touch another-file
is "a commit that main has left behind" "$("$scripts/release-check.sh" release/v1.2.3)" 1.2.3
advance eval 'echo "name: Other CI" >.github/workflows/ci.yml'
refused "a commit whose workflows no branch has" "no branch has .github/workflows/ci.yml as in this commit" \
    "$scripts/release-check.sh" release/v1.2.3
hold=$("$scripts/release-workflows.sh" 2>&1 | grep 'git push' || true)
$hold --quiet
is "a commit that a branch holds" "$("$scripts/release-check.sh" release/v1.2.3)" 1.2.3
git push --quiet origin --delete "hold-$(git rev-parse HEAD | head -c 8)"
advance eval 'echo "name: CI" >.github/workflows/ci.yml; echo "name: New" >.github/workflows/new.yml'
is "a main with one more workflow" "$("$scripts/release-check.sh" release/v1.2.3)" 1.2.3
git checkout --quiet --detach release/v1.2.3

git remote set-url origin "$here/nowhere"
refused "an origin that does not answer" "does not appear to be a git repository" \
    "$scripts/release-check.sh" release/v1.2.3
git remote set-url origin "$here/origin"

# The notes
is "the notes of a version" "$("$scripts/release-notes.sh" 1.2.3 | tr -d '\n')" "### Added- What is new in 1.2.3."
refused "a version that the changelog leaves out" "nothing about 9.9.9" "$scripts/release-notes.sh" 9.9.9
# The version is not a regular expression in which a dot matches any character.
refused "a version that only looks alike" "nothing about 1x2.3" "$scripts/release-notes.sh" 1x2.3

# The changelog
# misshapen WHAT SCRIPT WORDS: checks that a good changelog, changed by this sed script, is refused with these words.
misshapen() {
    sed "$2" <(changelog 1.2.3) >CHANGELOG.md
    refused "$1" "$3" "$scripts/check-changelog.py"
}
misshapen "a changelog without a section for what comes next" '/^## .Unreleased/d' "first section is not"
misshapen "a second section for what comes next" 's/^## .0.0.1.*/## [Unreleased]/' "occurs twice"
misshapen "a heading of another form" 's/ - 2026-11-21/, 21 November/' "is not like"
misshapen "a day that is not in the calendar" 's/2026-11-21/2026-02-30/' "CHANGELOG.md:5: 2026-02-30 is not a valid date"
misshapen "an older version without a date" 's/ - 2026-11-01//' "0.0.1 has no date"
misshapen "a newer version below an older one" 's/0\.0\.1/1.10.0/' "1.10.0 is below 1.2.3"
misshapen "a release below its pre-release" 's/1\.2\.3/0.0.1-rc.2/' "0.0.1 is below 0.0.1-rc.2"
misshapen "a heading that is not usual" 's/^### Added/### News/' "not one of Added, Changed"
misshapen "the same heading twice" '0,/^### Added/ s//### Added\n\n- A\n\n### Added/' "occurs twice"
misshapen "a heading with nothing below it" '/^- First/d' "is empty"
misshapen "a version with nothing in it" '/^###/d; /^- /d' "is empty"
misshapen "a version without a link" '/^.0.0.1.:/d' "has no link"
changelog 1.2.3 | sed 's/ - 2026-11-21//' >CHANGELOG.md
is "a version that is not released yet" "$("$scripts/check-changelog.py" 2>&1)" ""
refused "the same once it is to be released" "1.2.3 has no date" "$scripts/check-changelog.py" 1.2.3
changelog 1.2.3 >CHANGELOG.md
refused "a release that the changelog leaves out" "no section for 1.2.4" "$scripts/check-changelog.py" 1.2.4
git checkout --quiet CHANGELOG.md

# The binaries
# shellcheck disable=SC2016 # for the shell in there
printf '#!/bin/sh\necho "the program $1"\n' >"$here/program"
mkdir "$here/downloads"
for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-apple-darwin aarch64-apple-darwin; do
    "$scripts/release-archive.py" "$here/program" "$target" "$here/downloads" >/dev/null
done
touch -d 2001-01-01 "$here/program"
"$scripts/release-archive.py" "$here/program" x86_64-apple-darwin "$here/again" >/dev/null
is "an archive that is packed twice" "$(sha256sum <"$here/again/private-registries-x86_64-apple-darwin.tar.gz")" \
    "$(sha256sum <"$here/downloads/private-registries-x86_64-apple-darwin.tar.gz")"
(cd "$here/downloads" && sha256sum ./*.tar.gz | sed 's|\./||' >SHA256SUMS)
sums=$here/downloads/SHA256SUMS

# action.yml and setup/action.yml
at=https://github.com/acme/private-registries/releases/download/v1.2.3
refused "an image by tag" "is not like" "$scripts/release-action-yml.sh" ghcr.io/acme/private-registries:latest $at "$sums"
refused "a digest that is cut" "is not like" "$scripts/release-action-yml.sh" "${first%1}" $at "$sums"
refused "downloads in the clear" "not the address" "$scripts/release-action-yml.sh" "$first" http://example.com "$sums"
grep -v x86_64-apple "$sums" >"$here/less"
refused "a binary that is missing" "not have the SHA-256 of private-registries-x86_64-apple-darwin.tar.gz" \
    "$scripts/release-action-yml.sh" "$first" $at "$here/less"
is "action.yml after that" "$(git status --porcelain)" ""
"$scripts/release-action-yml.sh" "$first" $at "$sums"
is "what the release changes" "$(git diff --stat | tail -n 1)" " 2 files changed, 6 insertions(+), 6 deletions(-)"
refused "the same again" "no line '  image: Dockerfile'" "$scripts/release-action-yml.sh" "$first" $at "$sums"

# GitHub's API
"$scripts/test-release-server.py" "$here" 2>"$here/server.log" &
server=$!
until [[ -e $here/port ]]; do sleep 0.1; done
GITHUB_API_URL=http://127.0.0.1:$(<"$here/port")
export GITHUB_API_URL GITHUB_REPOSITORY=acme/private-registries GH_TOKEN=test-token
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
github() { "$scripts/release-github.py" "$@"; }
publish() { github publish "$1" "$here/downloads"; }
# attempt VERSION [IMAGE]: runs the workflow's last job in a fresh checkout.
attempt() {
    git checkout --quiet --force --detach "release/v$1"
    "$scripts/release-action-yml.sh" "${2:-$first}" "${at%v*}v$1" "$sums"
    local status=0
    publish "$1" || status=$?
    git checkout --quiet --force .
    return "$status"
}
released() { grep "^v$1 " "$here/releases"; }
image_of() { git --git-dir "$here/origin" show "$1:action.yml" | sed -n 's|^  image: docker://||p'; }

commit=$(git rev-parse HEAD)
refused "a commit on which CI has not passed" "CI has not passed on $commit: wait for it" github ci-passed "$commit"
echo "$commit" >"$here/passed"
is "a commit on which it has" "$(github ci-passed "$commit")" ""
refused "a token that is wrong" "answered 401" env GH_TOKEN=x "$scripts/release-github.py" ci-passed "$commit"
refused "a server that does not answer" "did not answer" \
    env GITHUB_API_URL=http://127.0.0.1:1 "$scripts/release-github.py" ci-passed "$commit"

# Each write of a release fails once, before or after GitHub has carried it out, and then the release runs again
step=0 previous=""
while true; do
    step=$((step + 1))
    for when in before after; do
        version=1.3.$((step * 2))
        if [[ $when == after ]]; then version=1.3.$((step * 2 + 1)); fi
        git checkout --quiet --force --detach "$commit"
        changelog $version >CHANGELOG.md
        sed -i "s/^version = .*/version = \"$version\"/" Cargo.toml
        git commit --quiet --all --message "Version $version"
        git tag "release/v$version"
        git push --quiet origin "release/v$version"
        echo "$step $when" >"$here/fail"
        if attempt $version >/dev/null 2>"$here/error"; then break 2; fi
        grep -q "answered 502" "$here/error" || { cat "$here/error" && exit 1; }
        attempt $version >/dev/null
        is "the page after step $step failed $when it was done" "$(released $version)" \
            "v$version published latest=true prerelease=False: SHA256SUMS $(cd "$here/downloads" && echo *.tar.gz)"
        is "its commit" "$(image_of "v$version")" "$first"
        # Each release has one commit, however many attempts it took.
        is "the release before it" "$(git --git-dir "$here/origin" rev-parse --quiet --verify "v$version^2" || true)" "$previous"
        previous=$(at_origin "v$version")
        is "its parent" "$(at_origin "v$version^1")" "$(git rev-parse "release/v$version")"
        is "v1 after that" "$(at_origin v1)" "$(at_origin "v$version")"
        is "the branch after that" "$(at_origin releases/v1)" "$(at_origin "v$version")"
    done
done
: >"$here/fail"
is "the number of steps that can fail" "$step" 13

# Nothing is done twice
before=$(cat "$here/releases" && git --git-dir "$here/origin" for-each-ref)
attempt "$version" >/dev/null
is "what a second attempt changes" "$(cat "$here/releases" && git --git-dir "$here/origin" for-each-ref)" "$before"
refused "another image under the same version" "already exists with other content, and is never moved" attempt "$version" "$second"
prepare 1.9.0
attempt 1.9.0 >/dev/null
git checkout --quiet --force --detach release/v1.9.0
refused "a check of the same version" "choose \"Re-run failed jobs\"" "$scripts/release-check.sh" release/v1.9.0
refused "a release that changes nothing" "not nothing" publish 1.9.0

prepare 1.10.0
attempt 1.10.0 "$second" >/dev/null
is "v1 after 1.10.0" "$(at_origin v1)" "$(at_origin v1.10.0)"
is "the image of v1.10.0" "$(image_of v1.10.0)" "$second"
is "what else the release changes" "$(git --git-dir "$here/origin" diff --name-only release/v1.10.0 v1.10.0 | tr '\n' ' ')" \
    "action.yml setup/action.yml "
is "the branch holds every release" "$(git --git-dir "$here/origin" merge-base v1.3.4 releases/v1)" "$(at_origin v1.3.4)"

prepare 1.9.1
attempt 1.9.1 >/dev/null
is "v1 after a fix of 1.9" "$(at_origin v1)" "$(at_origin v1.10.0)"
is "the page of a fix of 1.9" "$(released 1.9.1 | cut -d ' ' -f 2-4)" "published latest=false prerelease=False:"

prepare 2.0.0-rc.1
is "the version of a pre-release" "$("$scripts/release-check.sh" release/v2.0.0-rc.1)" 2.0.0-rc.1
attempt 2.0.0-rc.1 >/dev/null
refused "v2 after a pre-release" "unknown revision" at_origin v2
is "the page of a pre-release" "$(released 2.0.0-rc.1 | cut -d ' ' -f 2-4)" "published latest=false prerelease=True:"

prepare 2.0.0
attempt 2.0.0 >/dev/null
is "v2 after 2.0.0" "$(at_origin v2)" "$(at_origin v2.0.0)"
is "v1 after 2.0.0" "$(at_origin v1)" "$(at_origin v1.10.0)"

# If main has moved since the approval was requested, nothing is created.
git checkout --quiet main
echo "name: CI of 2.0.1" >.github/workflows/ci.yml
prepare 2.0.1
git checkout --quiet main
echo "name: Newer CI" >.github/workflows/ci.yml
git commit --quiet --all --message "Move main"
git push --quiet origin main
refused "a release whose workflows no branch has" "refusing to allow a GitHub App" attempt 2.0.1
refused "the same, in plain words" "no branch has .github/workflows/ci.yml" "$scripts/release-workflows.sh"
is "its tag" "$(git --git-dir "$here/origin" tag --list v2.0.1)" ""
is "v2 after that" "$(at_origin v2)" "$(at_origin v2.0.0)"

# The tools that the workflows use
pinned() { (cd "$scripts/.." && scripts/pinned.sh "$@"); }
while read -r _ kind name; do
    is "the pin of $name" "$(pinned "$kind" "$name" | grep -cE '@sha256:[0-9a-f]{64}$|^cargo-[a-z]+@[0-9.]+$')" 1
done < <(grep -ohE 'pinned\.sh (image|crate) [a-z-]+' "$scripts/../.github/workflows/"*.yml)
refused "a tool that is not pinned" "no crate cargo-x is pinned" pinned crate cargo-x

# The image
stand_in_docker() {
    mkdir -p "$here/bin"
    # shellcheck disable=SC2016 # for the shell in there
    printf '#!/bin/sh\necho "$*, signed in: $(ls "$DOCKER_CONFIG")"\nexit %s\n' "$1" >"$here/bin/docker"
    chmod +x "$here/bin/docker"
}
stand_in_docker 0
is "a public image" "$(PATH="$here/bin:$PATH" "$scripts/release-public.sh" "$first")" "pull --quiet $first, signed in: "
stand_in_docker 1
refused "a private image" "https://github.com/orgs/acme/packages/container/private-registries/settings" \
    env PATH="$here/bin:$PATH" "$scripts/release-public.sh" "$first"

# The action `setup`
cp -r "$scripts/../setup" "$here/setup"
# set_up OS ARCHITECTURE: runs the checked-out setup/action.yml like a runner of this kind.
set_up() {
    local line variables=()
    while IFS= read -r line; do variables+=("$line"); done < <(
        sed -n 's/^        \([A-Z0-9_]*\): "*\([^"]*\)"*$/\1=\2/p' setup/action.yml)
    rm -rf "$here/runner"
    mkdir "$here/runner"
    env "${variables[@]}" RUNNER_OS="$1" RUNNER_ARCH="$2" RUNNER_TEMP="$here/runner" GITHUB_PATH="$here/path" \
        "$here/setup/setup.sh"
}
left_behind() { ls -A "$here/runner"; cat "$here/path"; }
: >"$here/path"
git checkout --quiet --force --detach main
refused "a commit that is no release" "This commit is not a release" set_up Linux X64
"$scripts/release-action-yml.sh" "$first" "$GITHUB_API_URL/downloads" "$sums"
for runner in "Linux X64" "Linux ARM64" "macOS X64" "macOS ARM64"; do
    : >"$here/path"
    # shellcheck disable=SC2086 # two words
    set_up $runner >/dev/null
    is "the program on $runner" "$(PATH="$(<"$here/path"):$PATH" private-registries there)" "the program there"
    is "what is beside it" "$(ls "$(<"$here/path")")" private-registries
done
: >"$here/path"
refused "Windows" "no binary for Windows on X64" set_up Windows X64
archive=$here/downloads/private-registries-x86_64-unknown-linux-musl.tar.gz
cp "$archive" "$here/good.tar.gz"
echo "something else" >>"$archive"
refused "another file than was released" "it is not what was released" set_up Linux X64
is "what is left of it" "$(left_behind)" ""
head -c 100 "$here/good.tar.gz" >"$archive"
refused "half a file" "it is not what was released" set_up Linux X64
is "what is left of it" "$(left_behind)" ""
rm "$archive"
refused "a file that is not there" "could not be downloaded" set_up Linux X64
is "what is left of it" "$(left_behind)" ""

printf '%d passed, 0 failed\n' "$passed"
