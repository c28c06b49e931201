# shellcheck shell=bash
# Sourced by scripts/image.sh: chooses a container engine, and hides the differences between engines.

# The docker command is useless without its daemon.
if docker info >/dev/null 2>&1; then
    engine=docker
    run_options=(--network host)
else
    engine=podman
    # buildah and podman need no daemon. In a sandbox, the resource limits that they set by default can't be raised, and
    # crun is not always available.
    run_options=(--network host --runtime runc)
    export CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"
    printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n' >"$CONTAINERS_CONF"
    # A separate store, which is kept between runs as a cache; `rm -r target/image` deletes it.
    printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' \
        "$work/storage" "$work/run" >"$CONTAINERS_STORAGE_CONF"
    missing=()
    for program in buildah podman runc; do
        if ! command -v "$program" >/dev/null; then missing+=("$program"); fi
    done
    if ((${#missing[@]})); then
        step "Installing ${missing[*]}"
        "$root/scripts/install-packages.sh" "${missing[@]}"
    fi
fi

# Builds the image $image from the project's own Dockerfile.
build_image() {
    if [[ $engine == docker ]]; then
        docker build --tag "$image" "$root"
        return
    fi
    local base contexts=()
    while read -r base; do
        if ! timeout 60 buildah pull --quiet "docker.io/library/$base" </dev/null >/dev/null 2>&1; then
            "$root/scripts/image/stand-in.sh" "$base" </dev/null
            contexts+=(--build-context "$base=container-image://localhost/stand-in/${base%%:*}")
        fi
    done < <(awk '$1 == "FROM" { print $2 }' "$root/Dockerfile")
    buildah bud --isolation chroot --layers --pull-never ${contexts[@]+"${contexts[@]}"} --tag "$image" "$root"
}

# Prints the size of the image's compressed layers in bytes, which is what a registry would send.
compressed_size() {
    local saved layer total=0
    saved=$(mktemp -d "$work/saved.XXXXXX")
    "$engine" save "$image" | tar -x -C "$saved"
    for layer in $(grep -oE '"(blobs/sha256/[0-9a-f]+|[0-9a-f]+(\.tar|/layer\.tar))"' "$saved/manifest.json" \
        | tr -d '"' | sort -u); do
        # The image's configuration is listed as a blob too, but it is small.
        total=$((total + $(gzip -9 --no-name <"$saved/$layer" | wc -c)))
    done
    rm -r "$saved"
    echo "$total"
}

# Prints a remark for the figures if the base images are stand-ins, since they are not quite those of the real image then.
stand_ins() {
    if [[ $engine == podman ]] && podman image exists localhost/stand-in/busybox; then
        echo " with stand-in base images"
    fi
}
