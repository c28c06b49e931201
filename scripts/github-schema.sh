#!/usr/bin/env bash
# Takes the private registries' part of GitHub's OpenAPI description again, so that a change at GitHub shows as a diff.
#
#   scripts/github-schema.sh            the newest release of @octokit/openapi
#   scripts/github-schema.sh 23.0.2     this one
set -euo pipefail

version=${1:-latest}
target=$(cd "$(dirname "$0")/.." && pwd)/tests/fake-github/src/private-registries.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only the file that is needed leaves the archive: together they are 400 MB.
archive=$(cd "$work" && npm pack --silent "@octokit/openapi@$version")
tar -xzf "$work/$archive" -C "$work" package/generated/api.github.com.deref.json

node - "$work/package/generated/api.github.com.deref.json" "$target" <<'JS'
const fs = require("node:fs");
const [source, target] = process.argv.slice(2);
const description = JSON.parse(fs.readFileSync(source, "utf8"));

// What people read. A better wording would be a diff without a meaning.
const prose = /^(title|summary|description|examples?|externalDocs|tags|x-.*)$/;

// Below `properties` the keys are names that GitHub chose, so a field may be called `title`.
function withoutProse(value, keysAreNames = false) {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => keysAreNames || !prose.test(key))
      .map(([key, inner]) => [key, withoutProse(inner, !keysAreNames && key === "properties")]),
  );
}

const paths = Object.entries(description.paths).filter(([path]) => path.startsWith("/orgs/{org}/private-registries"));
if (paths.length === 0) throw new Error("GitHub's description has no private registries any more");

const kept = {
  openapi: description.openapi,
  info: { title: "GitHub organization private registries", version: description.info.version },
  paths: withoutProse(Object.fromEntries(paths)),
};
fs.writeFileSync(target, `${JSON.stringify(kept, null, 1)}\n`);
console.error(`${target}: @octokit/openapi ${kept.info.version}, ${paths.length} paths`);
JS
