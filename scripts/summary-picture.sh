#!/usr/bin/env bash
# Renders the job summary of a real plan as GitHub shows it.
#
#   scripts/summary-picture.sh                    renders the README's pictures, docs/summary-light.png and -dark.png
#   scripts/summary-picture.sh --sizes            renders plans of 3 and 300 registries, light and dark, docs/summary-3-light.png …
#   scripts/summary-picture.sh summary.md [OUT.png [light|dark]]
#                                                 renders this file, such as a run's GITHUB_STEP_SUMMARY
#
# Needs cargo, npm, and Chromium (Debian's `chromium` package).
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

# plan_something SUMMARY: writes the summary of a plan that creates, updates, replaces and deletes something.
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

# plan_many COUNT SUMMARY: writes the summary of a plan for COUNT registries. Of each hundred, or of all if there are fewer,
# one is new, one differs from GitHub, and for the others only the secret is sent again.
plan_many() {
    local count=$1 summary=$2 manifest=$work/many.yml live=$work/live.yml number
    local every=$((count < 100 ? count : 100))
    (cd "$root" && cargo build --quiet --example sandbox --bin private-registries)
    "$root/target/debug/examples/sandbox" --serve >"$work/served" &
    server=$!
    until grep -q '^export ' "$work/served"; do sleep 0.1; done
    eval "$(grep '^export ' "$work/served")"
    export A_SECRET=a-secret
    for file in "$live" "$manifest"; do
        printf 'version: 1\ndefaults: {visibility: private}\nregistries:\n' >"$file"
    done
    for ((number = 1; number <= count; number++)); do
        entry() {
            # shellcheck disable=SC2016 # a reference in the manifest
            printf '  team-%03d: {type: maven-repository, url: "https://maven.acme.dev/%03d", username: %s, password: "${A_SECRET}"}\n' \
                "$number" "$number" "$1"
        }
        entry monalisa >>"$manifest"
        case $((number % every)) in
            1) ;;
            2) entry hubot >>"$live" ;;
            *) entry monalisa >>"$live" ;;
        esac
    done
    (cd "$work" && env INPUT_OPERATION=apply INPUT_WRITE_INTERVAL=0s INPUT_MANIFEST=live.yml \
        "$root/target/debug/private-registries" >"$work/log" 2>&1)
    (cd "$work" && env INPUT_OPERATION=plan INPUT_MANIFEST=many.yml GITHUB_STEP_SUMMARY="$summary" \
        "$root/target/debug/private-registries" >"$work/log" 2>&1)
    kill "$server" && server=
}

if [ "${1-}" = --sizes ]; then
    for count in 3 300; do
        plan_many "$count" "$work/summary-$count.md"
        for theme in light dark; do
            "$0" "$work/summary-$count.md" "$root/docs/summary-$count-$theme.png" "$theme"
        done
    done
    exit
elif [ $# = 0 ]; then
    plan_something "$work/plan.md"
    for theme in light dark; do
        "$0" "$work/plan.md" "$root/docs/summary-$theme.png" "$theme"
    done
    exit
fi
cp "$1" "$work/summary.md"
picture=${2-summary.png} theme=${3-light}
case $picture in /*) ;; *) picture=$PWD/$picture ;; esac

cd "$work"
npm install --silent --no-fund --no-audit --prefix "$work" github-markdown-css@5.9.0 marked@18.0.0 marked-alert@2.1.2
cat >page.mjs <<'JS'
import { readFileSync, writeFileSync } from "node:fs";
import { marked } from "marked";
import alerts from "marked-alert";

const theme = process.argv[2];
const css = readFileSync(`node_modules/github-markdown-css/github-markdown-${theme}.css`, "utf8");
const body = marked.use(alerts()).parse(readFileSync("summary.md", "utf8"), { gfm: true });
writeFileSync("page.html", `<!doctype html><meta charset="utf-8"><style>${css}
body { margin: 0; padding: 24px; background: ${theme === "dark" ? "#0d1117" : "#fff"} }</style>
<article class="markdown-body">${body}</article>
<script>document.title = "height=" + document.documentElement.offsetHeight</script>`);
JS
node page.mjs "$theme"

width=1180
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
shoot() {
    # Chromium's sandbox does not work as root in a container, and the page is our own.
    "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=2 "$@" \
        "file://$work/page.html" 2>/dev/null
}
height=$(shoot --window-size=$width,800 --dump-dom | grep -oE 'height=[0-9]+' | head -1 | cut -d= -f2)
mkdir -p "$(dirname "$picture")"
shoot --window-size="$width,$height" --screenshot="$picture"
echo "${picture#"$root/"}: ${width}x$height at double density"
