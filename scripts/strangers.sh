#!/usr/bin/env bash
# Tests what a newcomer experiences: in a fresh clone in an empty Debian, with only Rust's toolchain and the packages that
# the README names, it runs the README's two commands, and then everything that the README and the documents tell people to
# type.
#
#   scripts/strangers.sh    needs root, and takes about 15 minutes
#
# It tests the last commit. The system stays in target/strangers for inspection.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/strangers
system=$work/system
home=$system/home/stranger

step() { printf '\n== %s\n' "$*"; }
[[ $(id -u) == 0 ]] || { echo "error: only root can set up another system: run it with sudo" >&2 && exit 1; }
# The mounts below are visible only to this process, and vanish with it.
[[ -n ${STRANGERS_ALONE-} ]] || STRANGERS_ALONE=yes exec unshare --mount --propagation private "$0"
if ! command -v mmdebstrap >/dev/null; then "$root/scripts/install-packages.sh" mmdebstrap; fi

rm -rf --one-file-system "$work"
mkdir -p "$work"

step "Setting up an empty system with the packages from the README"
# shellcheck disable=SC2016 # the README has them between backticks
packages=$(sed -n 's/.*(`\([a-z -]*\)` on Debian and Ubuntu).*/\1/p' "$root/README.md")
[[ -n $packages ]] || { echo "error: the README names no packages" >&2 && exit 1; }
echo "$packages"
# apt needs the certificates behind a proxy that has its own; they are not needed for building.
mmdebstrap --quiet --variant=minbase --include="${packages// /,},ca-certificates" bookworm "$system"
mkdir -p "$system/opt/rust" "$home"
mount --bind -o ro "$(rustc --print sysroot)" "$system/opt/rust"
mount --bind /dev "$system/dev"
mount --bind /dev/pts "$system/dev/pts"
mount -t proc proc "$system/proc"
cp /etc/resolv.conf /etc/hosts "$system/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$system/etc/ssl/certs/"
git clone --quiet --no-hardlinks "$root" "$home/private-registries"
chown -R 1000:1000 "$home"

# Runs a command in the clone as an ordinary user.
as_stranger() {
    # The proxy settings are not a requirement of the project, but depend on where this runs.
    local pass=() name
    for name in HTTPS_PROXY https_proxy NO_PROXY no_proxy SSL_CERT_FILE CARGO_HTTP_CAINFO; do
        if [[ -n ${!name-} ]]; then pass+=("$name=${!name}"); fi
    done
    chroot --userspec=1000:1000 "$system" /usr/bin/env -i HOME=/home/stranger PATH=/opt/rust/bin:/usr/bin:/bin \
        ${pass[@]+"${pass[@]}"} bash -ec "cd /home/stranger/private-registries && $1"
}

step "Running the README's two commands"
as_stranger 'cargo --version && cc --version | head -n 1'
# shellcheck disable=SC2016 # backticks again
commands=$(sed -n '/^## Try it/,/^## /p' "$root/README.md" | sed -n '/^```sh/,/^```$/p' | sed '/^```/d')
[[ $(wc -l <<<"$commands") == 2 ]] || { echo "error: the README does not have two commands: $commands" >&2 && exit 1; }
while read -r command; do
    printf '$ %s\n' "$command"
    as_stranger "$command" </dev/null
done <<<"$commands"

step "Typing what the README and the documents tell people to type"
as_stranger 'scripts/try-documents.sh' </dev/null

step "Building from a source archive, without git"
git -C "$root" archive --prefix=archive/ HEAD | tar --extract --directory "$home"
chown -R 1000:1000 "$home/archive"
as_stranger "cd ../archive && cargo build --quiet --locked --target-dir ../private-registries/target &&
    ../private-registries/target/debug/private-registries --version |
    grep --fixed-strings 'commit $(git -C "$root" rev-parse HEAD)'"
echo
echo "ok: a newcomer can build, test and use it"
