#!/usr/bin/env bash
# What somebody meets who has never seen the project: a fresh clone in an empty Debian, with nothing but Rust's toolchain
# and the packages that the README names. There the README's two commands run, and then what the README and each document
# tell people to type.
#
#   scripts/strangers.sh    as root; a quarter of an hour
#
# It stays in target/strangers, to look at. The clone is of the last commit.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/strangers
system=$work/system
home=$system/home/stranger

step() { printf '\n== %s\n' "$*"; }
[[ $(id -u) == 0 ]] || { echo "error: only root can make another system to run in" >&2 && exit 1; }
# What is mounted below is seen by this process alone, and gone with it.
[[ -n ${STRANGERS_ALONE-} ]] || STRANGERS_ALONE=yes exec unshare --mount --propagation private "$0"
if ! command -v mmdebstrap >/dev/null; then "$root/scripts/install-packages.sh" mmdebstrap; fi

rm -rf --one-file-system "$work"
mkdir -p "$work"

step "An empty system, with what the README names"
# shellcheck disable=SC2016 # the README has them between its marks for code
packages=$(sed -n 's/.*(`\([a-z -]*\)` on Debian and Ubuntu).*/\1/p' "$root/README.md")
[[ -n $packages ]] || { echo "error: the README names no packages" >&2 && exit 1; }
echo "$packages"
# apt needs certificates in places where a proxy has its own; they are no part of what is needed to build.
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

# Runs a line in the clone, as a person who is not root.
as_stranger() {
    # What leads through a proxy is not part of what a stranger needs, but of where this runs.
    local pass=() name
    for name in HTTPS_PROXY https_proxy NO_PROXY no_proxy SSL_CERT_FILE CARGO_HTTP_CAINFO; do
        if [[ -n ${!name-} ]]; then pass+=("$name=${!name}"); fi
    done
    chroot --userspec=1000:1000 "$system" /usr/bin/env -i HOME=/home/stranger PATH=/opt/rust/bin:/usr/bin:/bin \
        ${pass[@]+"${pass[@]}"} bash -ec "cd /home/stranger/private-registries && $1"
}

step "The README's two commands"
as_stranger 'cargo --version && cc --version | head -n 1'
# shellcheck disable=SC2016 # likewise
commands=$(sed -n '/^## Try it/,/^## /p' "$root/README.md" | sed -n '/^```sh/,/^```$/p' | sed '/^```/d')
[[ $(wc -l <<<"$commands") == 2 ]] || { echo "error: the README has not two commands: $commands" >&2 && exit 1; }
while read -r command; do
    printf '$ %s\n' "$command"
    as_stranger "$command" </dev/null
done <<<"$commands"

step "What the README and the documents tell people to type"
as_stranger 'scripts/try-documents.sh' </dev/null

step "A source archive, without git"
git -C "$root" archive --prefix=archive/ HEAD | tar --extract --directory "$home"
chown -R 1000:1000 "$home/archive"
as_stranger "cd ../archive && cargo build --quiet --locked --target-dir ../private-registries/target &&
    ../private-registries/target/debug/private-registries --version |
    grep --fixed-strings 'commit $(git -C "$root" rev-parse HEAD)'"
echo
echo "ok: a stranger can build, test and use it"
