#!/usr/bin/env bash
# Downloads the binary that action.yml names by its SHA-256, and puts it on PATH. Of any other nothing is left behind.
# It has to run with the bash 3.2 of macOS.
set -euo pipefail

fail() {
    printf '::error title=Set up private-registries::%s\n' "$1"
    exit 1
}

case ${RUNNER_OS:?}-${RUNNER_ARCH:?} in
Linux-X64) target=x86_64-unknown-linux-musl sha256=$SHA256_LINUX_X64 ;;
Linux-ARM64) target=aarch64-unknown-linux-musl sha256=$SHA256_LINUX_ARM64 ;;
macOS-X64) target=x86_64-apple-darwin sha256=$SHA256_MACOS_X64 ;;
macOS-ARM64) target=aarch64-apple-darwin sha256=$SHA256_MACOS_ARM64 ;;
*) fail "There is no binary for $RUNNER_OS on $RUNNER_ARCH, only for Linux and macOS on X64 and ARM64." ;;
esac
if [[ -z $DOWNLOADS || -z $sha256 ]]; then
    fail "This commit is not a release, so it has no binary. Use a version's tag, or the commit that it points to."
fi

# Https, and http only to this machine, where CI tries a binary that is not released yet.
protocol='=https'
if [[ $DOWNLOADS == http://127.0.0.1:* ]]; then protocol='=http'; fi

folder=$(mktemp -d "${RUNNER_TEMP:?}/private-registries.XXXXXX")
trap 'rm -rf "$folder"' EXIT
name=private-registries-$target.tar.gz
curl --fail --silent --show-error --location --proto "$protocol" --proto-redir "$protocol" --tlsv1.2 \
    --retry 3 --max-time 300 --output "$folder/$name" "$DOWNLOADS/$name" ||
    fail "$DOWNLOADS/$name could not be downloaded: the line above says why. A proxy is set by HTTPS_PROXY."
if command -v sha256sum >/dev/null; then sum=$(sha256sum "$folder/$name"); else sum=$(shasum -a 256 "$folder/$name"); fi
if [[ ${sum%% *} != "$sha256" ]]; then
    fail "$DOWNLOADS/$name has the SHA-256 ${sum%% *}, not $sha256: it is not what was released, and is not used."
fi
tar -xzf "$folder/$name" -C "$folder" private-registries || fail "$DOWNLOADS/$name could not be unpacked."
rm "$folder/$name"
echo "$folder" >>"${GITHUB_PATH:?}"
trap - EXIT
echo "private-registries from $DOWNLOADS/$name is on PATH"
