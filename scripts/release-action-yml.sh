#!/usr/bin/env bash
# Changes ./action.yml to start a released image instead of building the Dockerfile, and ./setup/action.yml to download
# released binaries.
#
#   scripts/release-action-yml.sh ghcr.io/OWNER/private-registries@sha256:... \
#       https://github.com/OWNER/private-registries/releases/download/v1.2.3 SHA256SUMS
set -euo pipefail

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

reference=${1:?the image, by digest}
downloads=${2:?the address of the folder with the binaries}
sums=${3:?the file with their SHA-256 hashes}
# Only a digest is accepted, because a tag can be moved after the release has been reviewed.
[[ $reference =~ ^[a-z0-9.-]+(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$ ]] ||
    fail "$reference is not like ghcr.io/owner/private-registries@sha256:..."
[[ $downloads =~ ^(https://|http://127\.0\.0\.1:)[A-Za-z0-9._/-]+$ ]] || fail "$downloads is not the address of a folder"

# fill FILE LINE NEW: replaces a line of a file. Nothing is written until all lines have been found.
files=() lines=() new=()
fill() {
    [[ $(grep -cxF -- "$2" "$1") == 1 ]] || fail "$1 has no line '$2' to replace"
    files+=("$1") lines+=("$2") new+=("$3")
}
fill action.yml '  image: Dockerfile' "  image: docker://$reference"
fill setup/action.yml '        DOWNLOADS: ""' "        DOWNLOADS: $downloads"
while read -r runner target; do
    sum=$(sed -n "s/^\([0-9a-f]\{64\}\)  private-registries-$target\.tar\.gz\$/\1/p" "$sums")
    [[ ${#sum} == 64 ]] || fail "$sums does not have the SHA-256 of private-registries-$target.tar.gz"
    fill setup/action.yml "        SHA256_$runner: \"\"" "        SHA256_$runner: $sum"
done <<'RUNNERS'
LINUX_X64 x86_64-unknown-linux-musl
LINUX_ARM64 aarch64-unknown-linux-musl
MACOS_X64 x86_64-apple-darwin
MACOS_ARM64 aarch64-apple-darwin
RUNNERS
for index in "${!files[@]}"; do
    # Without `sed -i`, which differs on macOS, where CI runs this too.
    changed=$(sed "s|^${lines[index]}\$|${new[index]}|" "${files[index]}")
    printf '%s\n' "$changed" >"${files[index]}"
done
