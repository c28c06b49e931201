#!/usr/bin/env bash
# Checks whether the workflow's token may push the commit that is checked out. GitHub lets it push a workflow file only if
# some branch has the same file with the same content. So a commit can't be released once no branch has its workflows any
# more. See `workflow` in https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
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
error: main has moved on, and no branch has ${differs[*]} as in this commit, so GitHub would not let the workflow push
the release. Either release the current main under a new version, or keep the commit on a branch until it is released:
    git push origin $commit:refs/heads/hold-${commit:0:8}
and re-run the failed jobs.
MESSAGE
    exit 1
fi
