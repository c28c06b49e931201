#!/usr/bin/env bash
# Checks the results of the steps in CI's job `action`, as a workflow would read them. STEPS is its `toJSON(steps)`.
set -euo pipefail

# holds STEP FILTER: fails unless the filter is true of the step. $result is its output `result`, parsed as JSON.
holds() {
    if ! jq --exit-status ".[\"$1\"] | (.outputs.result // \"null\" | fromjson) as \$result | $2" <<<"$STEPS" >/dev/null; then
        printf 'failed: for step %s, this does not hold: %s\n' "$1" "$2" >&2
        jq ".[\"$1\"]" <<<"$STEPS" >&2
        exit 1
    fi
}

# shellcheck disable=SC2016 # for jq
holds good '.outcome == "success" and .outputs.changed == "false" and $result.operation == "validate"'
for step in wrong absent refused; do
    holds "$step" '.outcome == "failure" and .conclusion == "success" and .outputs.changed == "false"'
done
# shellcheck disable=SC2016 # for jq
holds refused '$result.operation == "list" and $result.changed == false'
jq --exit-status '.operation == "validate"' result.json >/dev/null
printf '5 passed, 0 failed\n'
