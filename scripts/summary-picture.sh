#!/usr/bin/env bash
# Draws docs/summary.png: the job summary of a real plan, as GitHub shows it.
#
#   scripts/summary-picture.sh               runs the program against the fake GitHub and draws its summary
#   scripts/summary-picture.sh summary.md    draws this one, such as a run's GITHUB_STEP_SUMMARY
#
# Needs cargo, npm, and Chromium (Debian's `chromium` package).
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

# Leaves a plan's summary in $1: something to create, to update, to replace and to delete.
plan_something() {
    local manifest=$root/examples/private-registries.yml
    (cd "$root" && cargo build --quiet --example sandbox --bin private-registries)
    "$root/target/debug/examples/sandbox" --serve >"$work/served" &
    server=$!
    until grep -q '^export ' "$work/served"; do sleep 0.1; done
    eval "$(grep '^export ' "$work/served")"
    step() { env "$@" "$root/target/debug/private-registries" >"$work/log" 2>&1 || { cat "$work/log" >&2 && false; }; }
    local create=(INPUT_OPERATION=create INPUT_SECRET=a-secret)
    step "${create[@]}" INPUT_REGISTRY_TYPE=npm-registry INPUT_URL=https://npm.acme.dev INPUT_VISIBILITY=all \
        INPUT_REPLACES_BASE=true
    step "${create[@]}" INPUT_REGISTRY_TYPE=maven-repository INPUT_URL=https://maven.acme.dev/releases \
        INPUT_VISIBILITY=selected INPUT_SELECTED_REPOSITORIES=api INPUT_USERNAME=monalisa INPUT_AUTH_TYPE=token
    step "${create[@]}" INPUT_REGISTRY_TYPE=pub-repository INPUT_URL=https://pub.acme.dev INPUT_VISIBILITY=private
    step INPUT_OPERATION=plan INPUT_MANIFEST="$manifest" INPUT_PRUNE=true GITHUB_STEP_SUMMARY="$1"
}

if [ $# -gt 0 ]; then
    cp "$1" "$work/summary.md"
else
    plan_something "$work/summary.md"
fi

cd "$work"
npm install --silent --no-fund --no-audit --prefix "$work" github-markdown-css@5.9.0 marked@18.0.0 marked-alert@2.1.2
cat >page.mjs <<'JS'
import { readFileSync, writeFileSync } from "node:fs";
import { marked } from "marked";
import alerts from "marked-alert";

const css = readFileSync("node_modules/github-markdown-css/github-markdown-light.css", "utf8");
const body = marked.use(alerts()).parse(readFileSync("summary.md", "utf8"), { gfm: true });
writeFileSync("page.html", `<!doctype html><meta charset="utf-8"><style>${css}
body { margin: 0; padding: 24px; background: #fff }</style>
<article class="markdown-body">${body}</article>
<script>document.title = "height=" + document.documentElement.offsetHeight</script>`);
JS
node page.mjs

width=1180
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
shoot() {
    # No sandbox: in a container, as root, Chromium has none to offer; the page is our own.
    "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=2 "$@" \
        "file://$work/page.html" 2>/dev/null
}
height=$(shoot --window-size=$width,800 --dump-dom | grep -oE 'height=[0-9]+' | head -1 | cut -d= -f2)
mkdir -p "$root/docs"
shoot --window-size="$width,$height" --screenshot="$root/docs/summary.png"
echo "docs/summary.png: ${width}x$height at twice the density"
