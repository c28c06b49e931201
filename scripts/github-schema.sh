#!/usr/bin/env bash
# Updates our copy of the private registries' part of GitHub's OpenAPI description, so that a change at GitHub shows up as
# a diff.
#
#   scripts/github-schema.sh            uses the newest release of @octokit/openapi
#   scripts/github-schema.sh 23.0.2     uses this release
set -euo pipefail

version=${1:-latest}
target=$(cd "$(dirname "$0")/.." && pwd)/tests/fake-github/src/private-registries.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only one file is extracted, because all of them together take 400 MB.
archive=$(cd "$work" && npm pack --silent "@octokit/openapi@$version")
tar -xzf "$work/$archive" -C "$work" package/generated/api.github.com.deref.json

node - "$work/package/generated/api.github.com.deref.json" "$target" <<'JS'
const fs = require("node:fs");
const [source, target] = process.argv.slice(2);
const description = JSON.parse(fs.readFileSync(source, "utf8"));

// Texts for people. A change in wording would be a meaningless diff.
const prose = /^(title|summary|description|examples?|externalDocs|tags|x-.*)$/;

// Below `properties`, the keys are the names of fields, so one may be `title`.
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
