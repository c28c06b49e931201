# shellcheck shell=bash
# Sourced by scripts/image.sh: a step of a workflow, as the runner would lay it out, start it, and read what it left.

checks=0

# A checkout and the runner's files in $1, as seen from the container at $2.
prepare_step() {
    rm -rf "$1"
    mkdir -p "$1"/{_github_home,_github_workflow,_runner_file_commands,workspace/.github}
    cp "$root/examples/private-registries.yml" "$1/workspace/.github/"
    touch "$1"/_runner_file_commands/{set_output,step_summary}_1
    # On a hosted runner these belong to the runner's user, who is not root and not known in the container.
    if ((EUID == 0)); then chown -R 1001:1001 "$1"; fi

    # Every input that action.yml has reaches the process, the ones not given with their default or empty.
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

# name=default for each input. The file is the project's own, and its shape is checked by its schema.
inputs_of_action() {
    awk '
        /^[a-z]/ { inside = ($1 == "inputs:") }
        inside && /^  [a-z]/ { if (name) print name "=" value; name = substr($1, 1, length($1) - 1); value = "" }
        inside && /^    default:/ { value = $2; gsub(/"/, "", value) }
        END { print name "=" value }
    ' "$root/action.yml"
}

# The runner's own command line (actions/runner, ContainerActionHandler and DockerCommandManager): the values are in its
# environment, and only the names are arguments. Besides, the root file system is read-only: nothing may be written there.
#   as_runner FOLDER [NAME=VALUE…] --
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

# As actions/runner-container-hooks does (packages/k8s, run-container-step.ts): the container is kept alive by `tail`, the
# workspace is copied into it through `tar`, and a script run by `sh -e` moves it to its place and becomes the entrypoint.
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
    # It compares what arrived with what was sent, by the names and sizes.
    local list="find . -type f -not -path '*/_runner_hook_responses*' -exec stat -c '%s %n' {} \\;"
    diff <(cd "$folder/__w" && sh -c "$list" | sort) <("$engine" exec "$inside" sh -c "cd /__w && $list" | sort) ||
        fail "the workspace does not arrive whole"

    local status=0
    "$engine" exec "$inside" sh -e /__w/_temp/step.sh >"$folder/log" 2>&1 || status=$?
    mkdir -p "$folder/_runner_file_commands"
    "$engine" exec "$inside" tar cf - -C /github file_commands | tar -x -C "$folder/_runner_file_commands" --strip-components 1
    return "$status"
}

# What the step left: its outputs, its summary, and no secret. "create 3" is the output create-count.
check_step() {
    local folder=$1 pair files=$1/_runner_file_commands
    shift
    for pair in "$@" 'failure 0'; do
        [[ $(output "$files/set_output_1" "${pair% *}-count") == "${pair#* }" ]] || fail "$pair: $(<"$folder/log")"
        ok "${pair% *}-count is ${pair#* }"
    done
    grep -q npm.acme.dev "$files/step_summary_1" || fail "the job summary names the registries"
    ok "the job summary names the registries"
    grep -q '^::add-mask::npm-secret-of-the-image-test' "$folder/log" || fail "the secrets are masked"
    # The commands that mask are the only place where they may be: the runner takes them out.
    if sed '/^::add-mask::/d' "$folder/log" | cat - "$files"/* | grep -nE 'secret-of-the-image-test'; then
        fail "no secret is in the log, the outputs or the summary"
    fi
    ok "no secret is in the log, the outputs or the summary"
    checks=$((checks + $# + 3))
}

output() {
    awk -v start="$2<<" 'index($0, start) == 1 { getline; print; exit }' "$1"
}
