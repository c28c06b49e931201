#!/usr/bin/env bash
# Builds the action's image from the project's Dockerfile and runs an apply in it against the fake GitHub of the tests,
# twice: as the Actions runner starts it, and as Actions Runner Controller's Kubernetes mode does.
#
#   scripts/image.sh            builds the image and tries it
#   scripts/image.sh IMAGE      tries this one, which was built elsewhere
#
# With docker where there is one; else with buildah and podman, which it installs (on Debian or Ubuntu).
# Prints the image's compressed size and the time that the program takes to start, and fails above the size promised.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$root/target/image
image=${1-localhost/private-registries:checked}
size_limit=6000000
mkdir -p "$work"
export root work image

step() { printf '\n== %s\n' "$*"; }
ok() { printf 'ok: %s\n' "$*"; }
fail() {
    printf 'not so: %s\n' "$*" >&2
    exit 1
}

# shellcheck source=scripts/image/engine.sh
source "$root/scripts/image/engine.sh"
# shellcheck source=scripts/image/step.sh
source "$root/scripts/image/step.sh"

tidy() {
    if [[ -n ${github_pid-} ]]; then kill "$github_pid" 2>/dev/null || true; fi
    # One by one: podman removes none when one of them is not there. `tail` is killed, because it heeds nothing else.
    local container
    for container in private-registries-runner private-registries-kubernetes; do
        "$engine" kill "$container" >/dev/null 2>&1 || true
        "$engine" rm --force "$container" >/dev/null 2>&1 || true
    done
}
trap tidy EXIT
tidy

built=""
if (($# == 0)); then
    step "The image, built by $engine"
    SECONDS=0
    build_image
    built=", built in $SECONDS s"
fi

# The fake GitHub runs outside, on loopback; the containers share the machine's network.
step "A GitHub on loopback"
cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --example sandbox
"${CARGO_TARGET_DIR:-$root/target}/debug/examples/sandbox" --serve >"$work/github.log" &
github_pid=$!
until grep '^export ' "$work/github.log" >"$work/github.sh"; do
    kill -0 "$github_pid" || fail "the fake GitHub does not start"
    sleep 0.1
done
# shellcheck source=/dev/null
source "$work/github.sh"
ok "$INPUT_API_URL"

step "As the Actions runner starts it"
prepare_step "$work/runner" /github/workspace
as_runner "$work/runner" -- || fail "apply ends with $?: $(<"$work/runner/log")"
check_step "$work/runner" 'create 3' 'resend 0'

step "As Kubernetes mode starts it"
# The same manifest again: nothing to create, and the two secrets are sent again.
prepare_step "$work/kubernetes" /github/workspace
as_kubernetes "$work/kubernetes" || fail "apply ends with $?: $(<"$work/kubernetes/log")"
check_step "$work/kubernetes" 'create 0' 'resend 2'

step "Stopped while it waits"
# It is the container's first process, which a signal reaches only if it asks for it. The server here never answers.
port=$((20000 + RANDOM % 10000))
"$engine" exec --detach private-registries-kubernetes nc -l -p "$port" >/dev/null
"$engine" run "${run_options[@]}" --detach --name private-registries-runner -e INPUT_OPERATION=list -e INPUT_ORG=acme \
    -e INPUT_TOKEN=none -e "INPUT_API_URL=http://127.0.0.1:$port" "$image" >/dev/null
sleep 2
"$engine" kill --signal TERM private-registries-runner >/dev/null
status=$("$engine" wait private-registries-runner)
if [[ $status != 143 ]]; then fail "it ends with 143, not $status: $("$engine" logs private-registries-runner 2>&1)"; fi
ok "it ends with 143"
checks=$((checks + 1))
"$engine" rm --force private-registries-runner >/dev/null

step "Figures"
size=$(compressed_size)
# In the container that still runs, so that it is the program which is measured. `validate` reads the manifest and ends.
started=$(date +%s%N)
# shellcheck disable=SC2016 # for the shell in there
"$engine" exec --workdir /github/workspace --env INPUT_OPERATION=validate private-registries-kubernetes \
    sh -c 'i=0; while [ $i -lt 200 ]; do /private-registries >/dev/null || exit; i=$((i + 1)); done'
program=$((($(date +%s%N) - started) / 200000))
container=$(for _ in {1..5}; do
    started=$(date +%s%N)
    as_runner "$work/runner" INPUT_OPERATION=validate -- >/dev/null
    echo $((($(date +%s%N) - started) / 1000000))
done | sort -n | sed -n 3p)
figures="$(uname -m), $engine$(stand_ins): $size bytes compressed$built;"
figures+=" the program starts, reads a manifest and ends in $program µs, its container in $container ms (median of 5)"
echo "$figures" | tee "$work/figures.txt"
if ((size > size_limit)); then fail "the image is at most $size_limit bytes"; fi

# The plain closing line that any CI understands.
printf '\n%d passed, 0 failed\n' "$checks"
