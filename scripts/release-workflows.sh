#!/usr/bin/env bash
# May the workflow's token push the commit that is checked out? GitHub lets it push a workflow's file only if some branch
# has the same file with the same content. So a commit can't be released once every branch has moved on from its workflows.
# https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps, `workflow`
#
#   scripts/release-workflows.sh
set -euo pipefail

git fetch --quiet --prune origin '+refs/heads/*:refs/remotes/origin/*'
mapfile -t branches < <(git for-each-ref --format '%(refname)' refs/remotes/origin)
differs=()
while IFS=$'\t' read -r entry path; do
    for branch in "${branches[@]}"; do
        if [[ $(git rev-parse --quiet --verify "$branch:$path" || true) == "${entry##* }" ]]; then continue 2; fi
    done
    differs+=("$path")
done < <(git ls-tree -r HEAD .github/workflows/)

if ((${#differs[@]})); then
    commit=$(git rev-parse HEAD)
    cat >&2 <<MESSAGE
error: main has moved on, and no branch has ${differs[*]} as this commit has it, so GitHub would not let the workflow push
the release. Either release main as it is now, under a new version, or hold the commit on a branch until it is released:
    git push origin $commit:refs/heads/hold-${commit:0:8}
and run the failed jobs again.
MESSAGE
    exit 1
fi
