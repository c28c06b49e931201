#!/usr/bin/env bash
# Reads what the steps of CI's job `action` left, as a workflow would: STEPS is its `toJSON(steps)`.
set -euo pipefail

# so STEP FILTER: this is true of the step, its `result` being read as JSON.
so() {
    if ! jq --exit-status ".[\"$1\"] | (.outputs.result // \"null\" | fromjson) as \$result | $2" <<<"$STEPS" >/dev/null; then
        printf 'not so of step %s: %s\n' "$1" "$2" >&2
        jq ".[\"$1\"]" <<<"$STEPS" >&2
        exit 1
    fi
}

# shellcheck disable=SC2016 # for jq
so good '.outcome == "success" and .outputs.changed == "false" and $result.operation == "validate"'
for step in wrong absent refused; do
    so "$step" '.outcome == "failure" and .conclusion == "success" and .outputs.changed == "false"'
done
# shellcheck disable=SC2016 # for jq
so refused '$result.operation == "list" and $result.changed == false'
jq --exit-status '.operation == "validate"' result.json >/dev/null
printf '5 passed, 0 failed\n'
