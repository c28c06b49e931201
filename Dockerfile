# The image of the action. Tag and digest of each base are moved together by the update bot (.github/dependabot.yml).

FROM rust:1.95-alpine3.23@sha256:606fd313a0f49743ee2a7bd49a0914bab7deedb12791f3a846a34a4711db7ed2 AS build
WORKDIR /build

# Said rather than left to the target's default: the final base has no C library to load. It goes with `--target` below,
# without which it would reach the procedural macros too, and those have to be loaded by the compiler.
ENV RUSTFLAGS="-C target-feature=+crt-static"

# It writes the list of dependencies into the program, where scanners find it (https://github.com/rust-secure-code/cargo-auditable).
# It is built for the compiler's own machine, without the flags of above.
COPY .ci/tools/Cargo.toml tools.toml
RUN RUSTFLAGS="" cargo install --locked "cargo-auditable@$(sed -n 's/^cargo-auditable = "=\(.*\)"$/\1/p' tools.toml)"

# The dependencies first, with empty sources: this layer is built again only when a manifest or the lock file changes.
# The workspace's other members are named by the manifest, so they have to exist; nothing of them is built.
COPY Cargo.toml Cargo.lock ./
COPY tests/fake-github/Cargo.toml tests/fake-github/
RUN mkdir -p src tests/fake-github/src \
    && echo '//! Empty.' > src/lib.rs \
    && cp src/lib.rs tests/fake-github/src/lib.rs \
    && printf '//! Empty.\nfn main() {}\n' > src/main.rs \
    && cargo auditable build --locked --release --bin private-registries --target "$(rustc --print host-tuple)" \
    && cargo clean --release --package private-registries --target "$(rustc --print host-tuple)" \
    && rm -r src

# Built for the machine it is built on, for either architecture: nothing is cross-compiled.
# A binary that asks for a loader would not start below, so that ends the build here.
# The commit is what `--version` says; it is asked for here, so that another one leaves the layers above as they are.
ARG COMMIT=""
COPY src src
RUN PRIVATE_REGISTRIES_COMMIT="$COMMIT" cargo auditable build --locked --release --bin private-registries --target "$(rustc --print host-tuple)" \
    && mv "target/$(rustc --print host-tuple)/release/private-registries" . \
    && readelf --program-headers --wide private-registries > headers \
    && ! grep INTERP headers

# Not `scratch`: Actions Runner Controller's Kubernetes mode keeps the container alive with `tail -f /dev/null`, copies the
# workspace in and out with `sh`, `tar`, `find`, `stat` and `chmod`, and starts the entrypoint by a script that uses `env`,
# `mv` and `rm`. BusyBox is all of those in under 1 MB, with no package manager and no library to patch.
FROM busybox:1.37.0-musl@sha256:fc6dddc4c44b1bfe37f41cae8e67d1693828e8f42a91862816d7953e2c9d3f23
LABEL org.opencontainers.image.title="private-registries" \
      org.opencontainers.image.description="Manages an organization's private registries on GitHub" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/private-registries /private-registries

# No USER: the runner asks for root, because the workspace and the files for outputs and the job summary are mounted from
# the machine and belong to the runner's user there, whose id differs from machine to machine.
# The program writes to no other files than those, and `export-path` and `result-path`.
ENTRYPOINT ["/private-registries"]
