#!/usr/bin/env bash
# Types the `console` examples of README.md and docs/ into a shell, each document in a checkout of its own, against the
# sandbox, and compares the exit statuses with what the documents say. `cargo test` compares the output.
#
#   scripts/try-documents.sh    needs only bash and cargo
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

fail() {
    printf 'failed: %s\n' "$*" >&2
    exit 1
}

cd "$root"
cargo build --quiet --locked --example sandbox --bin private-registries
PATH=${CARGO_TARGET_DIR:-$root/target}/debug:$PATH
export NPM_TOKEN=npm-secret-value MAVEN_PASSWORD=maven-secret-value PYPI_TOKEN=pypi-secret-value

# Starts a new GitHub for each document, and sets the variables that `sandbox -- --serve` prints.
serve() {
    if [ -n "$server" ]; then kill "$server"; fi
    rm -f "$work/served" # otherwise the output of the previous one would be read
    "${CARGO_TARGET_DIR:-$root/target}/debug/examples/sandbox" --serve >"$work/served" &
    server=$!
    until grep -qs '^export ' "$work/served"; do sleep 0.1; done
    eval "$(grep '^export ' "$work/served")"
    unset INPUT_MANIFEST # each document has its own
}

# live JSON: creates the configuration {"registry_type": "git_source", …} on GitHub.
live() {
    local flags=() field
    while read -r field; do flags+=("$field"); done < <(sed 's/[{}]//g; s/, /\n/g' <<<"$1" |
        sed 's/"\([a-z_]*\)": *"\{0,1\}\([^"]*\)"\{0,1\}/\1 \2/' |
        while read -r name value; do printf -- '--%s=%s\n' "${name//_/-}" "$value"; done)
    INPUT_SECRET=a-secret private-registries create "${flags[@]}" >"$work/log" 2>&1 || fail "$1: $(cat "$work/log")"
}

# The id of the last plan, which replaces the one that the document shows.
plan_id=
typed=0
type_in() { # PLACE STATUS COMMAND
    local command=$3 status=0
    [[ -z $plan_id ]] || command=$(sed -E "s/\b[0-9a-f]{32}\b/$plan_id/g" <<<"$command")
    bash -c "$command" >"$work/log" 2>&1 </dev/null || status=$?
    [[ $status == "$2" ]] || fail "$1: exit status $status of: $command
$(cat "$work/log")"
    plan_id=$(sed -n 's/^plan-id: //p' "$work/log" | tail -n 1)
    typed=$((typed + 1))
}

try() { # PAGE
    local number=0 line margin block='' file='' status=0 before command='' commands=()
    rm -rf "$work/checkout" && mkdir -p "$work/checkout/.github" && cd "$work/checkout"
    serve
    while IFS= read -r line; do
        number=$((number + 1))
        before=${line%%[! ]*}
        if [[ -z $block && ${line#"$before"} == '<!-- '*' -->' ]]; then
            case ${line#"$before"} in
            *'<!-- file: '*) file=${line#*file: } file=${file% -->} && mkdir -p "$(dirname "$file")" && : >"$file" ;;
            *'<!-- exit: '*) status=${line#*exit: } status=${status% -->} ;;
            *'<!-- copy: '*) line=${line#*copy: } && cp "$root/${line% -->}" .github/private-registries.yml ;;
            *'<!-- live: '*) line=${line#*live: } && live "${line% -->}" ;;
            esac
        elif [[ -z $block && ${line#"$before"} == '```'* ]]; then
            block=${line#*'```'} margin=$before commands=()
        elif [[ -n $block && $line == "$margin"'```' ]]; then
            for command in ${commands[@]+"${commands[@]}"}; do
                # Only the last command of a block may fail.
                if [[ $command == "${commands[-1]}" ]]; then
                    type_in "$1:$number" "$status" "$command"
                else
                    type_in "$1:$number" 0 "$command"
                fi
            done
            block='' file='' status=0
        elif [[ $block == console && $line == "$margin"'$ '* ]]; then
            commands+=("${line#"$margin"'$ '}")
        elif [[ $block == console && $line == "$margin"'> '* ]]; then
            commands[-1]+=$'\n'${line#"$margin"'> '}
        elif [[ -n $block && -n $file ]]; then
            printf '%s\n' "${line#"$margin"}" >>"$file"
        fi
    done <"$root/$1"
    cd "$root"
}

for page in README.md docs/*.md; do
    before=$typed
    try "$page"
    echo "ok: $page: $((typed - before)) commands"
done
[[ $typed -gt 20 ]] || fail "only $typed commands were found"
