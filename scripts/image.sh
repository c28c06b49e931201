#!/usr/bin/env bash
# Builds the action's image from the project's Dockerfile and runs an apply in it against the tests' fake GitHub, twice: as
# the Actions runner starts it, and as the Kubernetes mode of Actions Runner Controller does.
#
#   scripts/image.sh            builds the image and tests it
#   scripts/image.sh IMAGE      tests an image that was built elsewhere
#
# Uses docker if it is available, else buildah and podman, which it installs (on Debian or Ubuntu). Prints the image's
# compressed size and the program's start-up time, and fails if the image is larger than promised.
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
    printf 'failed: %s\n' "$*" >&2
    exit 1
}

# shellcheck source=scripts/image/engine.sh
source "$root/scripts/image/engine.sh"
# shellcheck source=scripts/image/step.sh
source "$root/scripts/image/step.sh"

tidy() {
    if [[ -n ${github_pid-} ]]; then kill "$github_pid" 2>/dev/null || true; fi
    # One at a time, because podman removes none if one of them does not exist. Killed first, because `tail` ignores SIGTERM.
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
    step "Building the image with $engine"
    SECONDS=0
    build_image
    built=", built in $SECONDS s"
fi

# The fake GitHub runs outside of the containers, on loopback; they share the machine's network.
step "Starting a GitHub on loopback"
cargo build --quiet --locked --manifest-path "$root/Cargo.toml" --example sandbox
"${CARGO_TARGET_DIR:-$root/target}/debug/examples/sandbox" --serve >"$work/github.log" &
github_pid=$!
until grep '^export ' "$work/github.log" >"$work/github.sh"; do
    kill -0 "$github_pid" || fail "the fake GitHub did not start"
    sleep 0.1
done
# shellcheck source=/dev/null
source "$work/github.sh"
ok "$INPUT_API_URL"

step "Running it like the Actions runner"
prepare_step "$work/runner" /github/workspace
as_runner "$work/runner" -- || fail "apply ends with $?: $(<"$work/runner/log")"
check_step "$work/runner" 'create 3' 'resend 0'

step "Running it like the Kubernetes mode"
# It is the same manifest, so nothing is created, and the two secrets are sent again.
prepare_step "$work/kubernetes" /github/workspace
as_kubernetes "$work/kubernetes" || fail "apply ends with $?: $(<"$work/kubernetes/log")"
check_step "$work/kubernetes" 'create 0' 'resend 2'

step "Stopping it while it waits"
# As the container's first process, it receives a signal only if it installs a handler. The server here never answers.
port=$((20000 + RANDOM % 10000))
"$engine" exec --detach private-registries-kubernetes nc -l -p "$port" >/dev/null
"$engine" run "${run_options[@]}" --detach --name private-registries-runner -e INPUT_OPERATION=list -e INPUT_ORG=acme \
    -e INPUT_TOKEN=none -e "INPUT_API_URL=http://127.0.0.1:$port" "$image" >/dev/null
sleep 2
"$engine" kill --signal TERM private-registries-runner >/dev/null
status=$("$engine" wait private-registries-runner)
if [[ $status != 143 ]]; then fail "it should end with status 143, but ends with $status: $("$engine" logs private-registries-runner 2>&1)"; fi
ok "it ends with status 143"
checks=$((checks + 1))
"$engine" rm --force private-registries-runner >/dev/null

step "Measuring"
size=$(compressed_size)
# This runs in the container that is still running, so that only the program is measured. `validate` just reads the
# manifest.
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
figures+=" the program starts, reads a manifest and exits in $program µs, a new container in $container ms (median of 5)"
echo "$figures" | tee "$work/figures.txt"
if ((size > size_limit)); then fail "the image must not be larger than $size_limit bytes"; fi

# A plain summary line for any CI.
printf '\n%d passed, 0 failed\n' "$checks"
