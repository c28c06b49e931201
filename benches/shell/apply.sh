#!/usr/bin/env bash
# Changes an organization's private registries to match a file, as one would write it with curl and jq.
# No shell tool can seal secrets, so Python seals all of them in one call.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
base=$API_URL/orgs/$ORG

api() {
  curl --silent --show-error --fail-with-body -H "Authorization: Bearer $TOKEN" \
    -H "Accept: application/vnd.github+json" "$@"
}

for ((page = 1; ; page++)); do
  api "$base/private-registries?per_page=100&page=$page" >"$work/page-$page"
  (($(jq '.configurations | length' "$work/page-$page") == 100)) || break
done

# The registries that are missing or differ, one per line.
jq --compact-output --slurp --slurpfile desired "$REGISTRIES" '
  (map(.configurations[]) | INDEX(.registry_type + " " + .url)) as $live
  | $desired[0][]
  | . + {live: $live[.registry_type + " " + .url]}
  | select(.live.visibility != .visibility)' "$work"/page-* >"$work/todo"

if [[ -s $work/todo ]]; then
  key=$(api "$base/private-registries/public-key")
  "$PYTHON" -c '
import base64, json, os, sys
from nacl.public import PublicKey, SealedBox
key = json.loads(sys.argv[1])
box = SealedBox(PublicKey(base64.b64decode(key["key"])))
for line in sys.stdin:
    registry = json.loads(line)
    secret = os.environ[registry.pop("secret")].encode()
    sealed = {"encrypted_value": base64.b64encode(box.encrypt(secret)).decode(), "key_id": key["key_id"]}
    if live := registry.pop("live"):
        print("PATCH", "private-registries/" + live["name"], json.dumps({"visibility": registry["visibility"]}), sep="\t")
    else:
        print("POST", "private-registries", json.dumps({**registry, **sealed}), sep="\t")
' "$key" <"$work/todo" >"$work/requests"
  while IFS=$'\t' read -r method path body; do
    api --output "$work/answer" --request "$method" --data "$body" "$base/$path"
  done <"$work/requests"
fi
echo "$(wc -l <"$work/todo") of $(jq length "$REGISTRIES") changed"
