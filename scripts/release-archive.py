#!/usr/bin/env python3
"""Packs a binary and its licences for a release. The same binary always gives the same archive, byte for byte.

    scripts/release-archive.py target/release/private-registries x86_64-unknown-linux-musl FOLDER

writes FOLDER/private-registries-x86_64-unknown-linux-musl.tar.gz.
"""

import gzip
import pathlib
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    binary, target, folder = sys.argv[1:]
    files = [("private-registries", pathlib.Path(binary), 0o755)]
    files += [(name, ROOT / name, 0o644) for name in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"]]
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(folder, f"private-registries-{target}.tar.gz")
    # Timestamps and users of this machine are left out.
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, source, mode in files:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = source.stat().st_size, mode
                with open(source, "rb") as content:
                    archive.addfile(entry, content)
    print(path)


if __name__ == "__main__":
    main()
