#!/usr/bin/env bash
# Tests how the example workflows keep the plan's comment up to date: runs the script of their last step with a fake `gh`
# that keeps a pull request's comments in a folder. Needs jq, and Python with ruamel.yaml.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/comments"

fail() {
    printf 'failed: %s\n' "$*" >&2
    exit 1
}

# gh api --paginate COMMENTS?… --jq FILTER | gh api --method POST COMMENTS --field body=@FILE | … PATCH COMMENT/ID …
cat >"$work/bin/gh" <<'GH'
#!/usr/bin/env bash
set -euo pipefail
method=GET filter='' path='' body=''
[[ $1 == api ]] && shift
while (($#)); do
    case $1 in
    --method) method=$2 && shift 2 ;;
    --jq) filter=$2 && shift 2 ;;
    --field) body=$(cat "${2#body=@}") && shift 2 ;;
    --paginate | --silent) shift ;;
    *) path=$1 && shift ;;
    esac
done
echo "$method $path" >>"$WORK/requests"
case $method in
GET) cat "$WORK"/comments/* 2>/dev/null | jq --slurp --raw-output "$filter" ;;
POST)
    id=$(($(find "$WORK/comments" -type f | wc -l) + 1))
    jq --null-input --arg body "$body" --argjson id "$id" \
        '{id: $id, user: {login: "github-actions[bot]"}, body: $body}' >"$WORK/comments/$id"
    ;;
PATCH)
    jq --arg body "$body" '.body = $body' "$WORK/comments/${path##*/}" >"$WORK/new"
    mv "$WORK/new" "$WORK/comments/${path##*/}"
    ;;
esac
GH
chmod +x "$work/bin/gh"

# script_of WORKFLOW: prints the script of the comment job's last step.
script_of() {
    python3 - "$1" <<'PYTHON'
import sys
from ruamel.yaml import YAML
steps = YAML(typ="safe").load(open(sys.argv[1]))["jobs"]["comment"]["steps"]
print(steps[-1]["run"], end="")
PYTHON
}

comment() {
    (
        cd "$work"
        printf '%s\n' "$1" >plan.md
        PATH=$work/bin:$PATH WORK=$work COMMENTS=repos/acme/config/issues/7/comments COMMENT=repos/acme/config/issues/comments \
            bash -e script.sh
    )
}

second=$'# the second plan: `a|b` "c" $d'
for workflow in plan plan-fork; do
    script_of "$root/examples/workflows/$workflow.yml" >"$work/script.sh"
    rm -f "$work"/comments/* "$work/requests"
    # A person's comment that quotes the marker, and another workflow's comment. Neither must be touched.
    jq --null-input '{id: 1, user: {login: "monalisa"}, body: "<!-- private-registries-plan -->\nmine"}' >"$work/comments/1"
    jq --null-input '{id: 2, user: {login: "github-actions[bot]"}, body: "coverage"}' >"$work/comments/2"
    cp -r "$work/comments" "$work/before"
    comment "# the first plan"
    comment "$second"
    for other in 1 2; do
        cmp "$work/before/$other" "$work/comments/$other" || fail "$workflow: another comment was changed"
    done
    rm -r "$work/before"
    [[ $(find "$work/comments" -type f | wc -l) == 3 ]] || fail "$workflow: there is not exactly one comment of its own"
    [[ $(jq --raw-output .body "$work/comments/3") == $'<!-- private-registries-plan -->\n'"$second" ]] ||
        fail "$workflow: the comment is not the second plan: $(cat "$work/comments/3")"
    grep -q '^PATCH repos/acme/config/issues/comments/3$' "$work/requests" || fail "$workflow: $(cat "$work/requests")"
    echo "ok: $workflow keeps one comment and leaves the others alone"
done
