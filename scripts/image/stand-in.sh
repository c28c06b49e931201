#!/usr/bin/env bash
# Makes a base image from Debian's packages and the installed toolchain, for machines that can't pull the real one:
#
#   scripts/image/stand-in.sh rust:1.95-alpine3.23@sha256:...      -> localhost/stand-in/rust
#
# It has everything that the Dockerfile uses, so that the Dockerfile itself can be built and run. It does not have the size
# of the real base image, nor its C library.
set -euo pipefail

name=${1%%:*}
if podman image exists "localhost/stand-in/$name"; then exit; fi
echo "$1 can't be pulled: making a stand-in from Debian's packages"

here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/root"

case $name in
busybox)
    # One static binary with a link for each applet, as in the real image.
    (cd "$here" && apt-get download -qq -o APT::Sandbox::User=root busybox-static && dpkg-deb -x busybox-static_*.deb unpacked)
    mkdir -p "$here/root/"{bin,etc,root,usr/bin,var}
    mkdir -m 1777 "$here/root/tmp"
    cp "$here/unpacked/bin/busybox" "$here/root/bin/"
    chroot "$here/root" /bin/busybox --install /bin
    ln -s /bin/env "$here/root/usr/bin/env"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$here/root/etc/passwd"
    echo 'root:x:0:' >"$here/root/etc/group"
    ;;
rust)
    if ! command -v mmdebstrap >/dev/null; then "$(dirname "$0")/../install-packages.sh" mmdebstrap; fi
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mmdebstrap --quiet --variant=minbase --include=gcc,libc6-dev "$suite" "$here/root" 2>/dev/null
    toolchain=$(rustc --print sysroot)
    mkdir -p "$here/root/usr/local/bin" "$here/root/etc/ssl/certs"
    cp -a "$toolchain/bin/cargo" "$toolchain/bin/rustc" "$here/root/usr/local/bin/"
    cp -a "$toolchain/lib" "$here/root/usr/local/"
    # With this machine's certificates it can reach the crate registry, perhaps through a company's proxy.
    cp --dereference /etc/ssl/certs/ca-certificates.crt "$here/root/etc/ssl/certs/"
    ;;
*)
    echo "error: there is no stand-in for $1" >&2
    exit 1
    ;;
esac

tar -C "$here/root" --exclude=./dev -c . | podman import --quiet - "localhost/stand-in/$name" >/dev/null
