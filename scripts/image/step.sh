# shellcheck shell=bash
# Sourced by scripts/image.sh: prepares, starts and checks a step of a workflow as the runner would.

checks=0

# prepare_step FOLDER WORKSPACE: creates a checkout and the runner's files. WORKSPACE is the checkout's path in the
# container.
prepare_step() {
    rm -rf "$1"
    mkdir -p "$1"/{_github_home,_github_workflow,_runner_file_commands,workspace/.github}
    cp "$root/examples/private-registries.yml" "$1/workspace/.github/"
    touch "$1"/_runner_file_commands/{set_output,step_summary}_1
    # On a hosted runner, these belong to the runner's user, who is not root and does not exist in the container.
    if ((EUID == 0)); then chown -R 1001:1001 "$1"; fi

    # The process gets every input of action.yml; those that are not set are empty or have their default.
    variables=(
        CI=true GITHUB_ACTIONS=true GITHUB_API_URL=https://api.github.com GITHUB_REPOSITORY_OWNER=somebody-else
        HOME=/github/home "GITHUB_WORKSPACE=$2"
        GITHUB_OUTPUT=/github/file_commands/set_output_1 GITHUB_STEP_SUMMARY=/github/file_commands/step_summary_1
        NPM_TOKEN=npm-secret-of-the-image-test MAVEN_PASSWORD=maven-secret-of-the-image-test
    )
    local name value
    while IFS='=' read -r name value; do
        case $name in
        operation) value=apply ;;
        api-url) value=$INPUT_API_URL ;;
        org) value=$INPUT_ORG ;;
        token) value=$INPUT_TOKEN ;;
        esac
        variables+=("INPUT_${name^^}=$value")
    done < <(inputs_of_action)
}

# Prints name=default for each input. This simple parser is enough for the project's own file, whose form a schema checks.
inputs_of_action() {
    awk '
        /^[a-z]/ { inside = ($1 == "inputs:") }
        inside && /^  [a-z]/ { if (name) print name "=" value; name = substr($1, 1, length($1) - 1); value = "" }
        inside && /^    default:/ { value = $2; gsub(/"/, "", value) }
        END { print name "=" value }
    ' "$root/action.yml"
}

# as_runner FOLDER [NAME=VALUE…] --: runs the image with the runner's own command line (actions/runner,
# ContainerActionHandler and DockerCommandManager): the values are in its environment, and only the names are arguments.
# Here the root file system is also read-only, because nothing may be written there.
as_runner() {
    local folder=$1 names=() pair
    shift
    local all=("${variables[@]}")
    while [[ $1 != -- ]]; do
        all+=("$1")
        shift
    done
    for pair in "${all[@]}"; do names+=(-e "${pair%%=*}"); done
    env "${all[@]}" "$engine" run "${run_options[@]}" --name private-registries-runner --rm --read-only \
        --workdir /github/workspace --entrypoint /private-registries "${names[@]}" \
        -v "$folder/_github_home:/github/home" -v "$folder/_github_workflow:/github/workflow" \
        -v "$folder/_runner_file_commands:/github/file_commands" -v "$folder/workspace:/github/workspace" \
        "$image" >"$folder/log" 2>&1
}

# as_kubernetes FOLDER: runs the image like actions/runner-container-hooks (packages/k8s, run-container-step.ts): `tail`
# keeps the container alive, `tar` copies the workspace into it, and a script run by `sh -e` moves it to its place and then
# becomes the entrypoint.
as_kubernetes() {
    local folder=$1 pair quoted=() inside=private-registries-kubernetes
    "$engine" run "${run_options[@]}" --detach --name "$inside" --workdir /__w --tmpfs /__w --tmpfs /github \
        --entrypoint tail "$image" -f /dev/null >/dev/null

    mkdir -p "$folder/__w/_temp" "$folder/__w/repository"
    mv "$folder"/_* "$folder/__w/_temp/" 2>/dev/null || true
    mv "$folder/workspace" "$folder/__w/repository/repository"
    for pair in "${variables[@]}"; do quoted+=("$(printf '"%s"' "${pair//\$/\\\$}")"); done
    cat >"$folder/__w/_temp/step.sh" <<SCRIPT
#!/bin/sh -l
rm "\$0" # remove script after running
mv /__w/_temp/_github_home /github/home && \\
mv /__w/_temp/_github_workflow /github/workflow && \\
mv /__w/_temp/_runner_file_commands /github/file_commands || true && \\
mv /__w/repository/repository/ /github/workspace && \\
cd /github/workspace && \\
exec env ${quoted[*]} /private-registries
SCRIPT
    tar -C "$folder/__w" -c . | "$engine" exec --interactive "$inside" sh -c \
        "tar xf - --no-same-owner -C /__w 2>/dev/null; find /__w -type f -exec chmod u+rw {} \\; 2>/dev/null; \
        find /__w -type d -exec chmod u+rwx {} \\; 2>/dev/null"
    # Like the hooks, this compares the names and sizes of the files that were sent and received.
    local list="find . -type f -not -path '*/_runner_hook_responses*' -exec stat -c '%s %n' {} \\;"
    diff <(cd "$folder/__w" && sh -c "$list" | sort) <("$engine" exec "$inside" sh -c "cd /__w && $list" | sort) ||
        fail "the workspace did not arrive complete"

    local status=0
    "$engine" exec "$inside" sh -e /__w/_temp/step.sh >"$folder/log" 2>&1 || status=$?
    mkdir -p "$folder/_runner_file_commands"
    "$engine" exec "$inside" tar cf - -C /github file_commands | tar -x -C "$folder/_runner_file_commands" --strip-components 1
    return "$status"
}

# check_step FOLDER COUNT…: checks the step's outputs and summary, and that no secret leaked. A COUNT is like "create 3",
# for the output create-count.
check_step() {
    local folder=$1 pair files=$1/_runner_file_commands
    shift
    for pair in "$@" 'failure 0'; do
        [[ $(output "$files/set_output_1" "${pair% *}-count") == "${pair#* }" ]] || fail "$pair: $(<"$folder/log")"
        ok "${pair% *}-count is ${pair#* }"
    done
    grep -q npm.acme.dev "$files/step_summary_1" || fail "the job summary does not name the registries"
    ok "the job summary names the registries"
    grep -q '^::add-mask::npm-secret-of-the-image-test' "$folder/log" || fail "the secrets are not masked"
    # Secrets may occur only in the mask commands, which the runner removes from the log.
    if sed '/^::add-mask::/d' "$folder/log" | cat - "$files"/* | grep -nE 'secret-of-the-image-test'; then
        fail "a secret is in the log, the outputs or the summary"
    fi
    ok "no secret is in the log, the outputs or the summary"
    checks=$((checks + $# + 3))
}

output() {
    awk -v start="$2<<" 'index($0, start) == 1 { getline; print; exit }' "$1"
}
