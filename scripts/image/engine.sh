# shellcheck shell=bash
# Sourced by scripts/image.sh: which container engine there is, and the same few verbs for each of them.

# A docker command without a daemon behind it is no engine.
if docker info >/dev/null 2>&1; then
    engine=docker
    run_options=(--network host)
else
    engine=podman
    # buildah builds without a daemon and podman runs without one. In a sandbox the limits that they ask for can't be
    # raised, and crun is not always to be had.
    run_options=(--network host --runtime runc)
    export CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"
    printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n' >"$CONTAINERS_CONF"
    # A store of its own, kept between runs for its cache and thrown away by `rm -r target/image`.
    printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' \
        "$work/storage" "$work/run" >"$CONTAINERS_STORAGE_CONF"
    missing=()
    for program in buildah podman runc; do
        if ! command -v "$program" >/dev/null; then missing+=("$program"); fi
    done
    if ((${#missing[@]})); then
        step "${missing[*]}, from the system's packages"
        "$root/scripts/install-packages.sh" "${missing[@]}"
    fi
fi

# The image from the project's own Dockerfile, under $image.
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

# What a registry would send for it, in bytes: its layers, each compressed.
compressed_size() {
    local saved layer total=0
    saved=$(mktemp -d "$work/saved.XXXXXX")
    "$engine" save "$image" | tar -x -C "$saved"
    for layer in $(grep -oE '"(blobs/sha256/[0-9a-f]+|[0-9a-f]+(\.tar|/layer\.tar))"' "$saved/manifest.json" \
        | tr -d '"' | sort -u); do
        # The image's settings are listed as a blob too. They are JSON, and small.
        total=$((total + $(gzip -9 --no-name <"$saved/$layer" | wc -c)))
    done
    rm -r "$saved"
    echo "$total"
}

# Said with the figures, because they are not quite the real image's then.
stand_ins() {
    if [[ $engine == podman ]] && podman image exists localhost/stand-in/busybox; then
        echo " and bases made here"
    fi
}
