#!/usr/bin/env bash
# Tests `operation: check` at real registries, all on loopback: verdaccio for npm, Debian's docker-registry with a password
# file and with token servers, git over smart HTTP, and nginx for the registries that consist of files. It must tell good,
# bad and expired credentials apart, and must not send any where it may not.
#
# Needs npm (with Node.js 18) and Debian's packages apache2-utils, curl, docker-registry, fcgiwrap, nginx-light and
# openssl. It installs the missing packages, and verdaccio into target/registries.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in npm node git python3; do
  if ! command -v "$program" >/dev/null; then echo "error: $program is missing: install it first" >&2; exit 1; fi
done
packages=(htpasswd:apache2-utils curl:curl docker-registry:docker-registry fcgiwrap:fcgiwrap nginx:nginx-light openssl:openssl)
missing=()
for package in "${packages[@]}"; do
  if ! command -v "${package%%:*}" >/dev/null; then missing+=("${package#*:}"); fi
done
if ((${#missing[@]})); then scripts/install-packages.sh "${missing[@]}"; fi

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
npm=$target/registries
mkdir -p "$npm"
if ! cmp -s scripts/registries/verdaccio.json "$npm/package.json" || [[ ! -x $npm/node_modules/.bin/verdaccio ]]; then
  cp scripts/registries/verdaccio.json "$npm/package.json"
  npm install --prefix "$npm" --no-audit --no-fund --ignore-scripts --silent
fi
cargo build --quiet --locked --bin private-registries

work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

user=monalisa good=good-pass-word bad=bad-pass-word
htpasswd -bcB "$work/htpasswd" "$user" "$good" 2>/dev/null
# nginx also accepts a token as the Basic user name, as Python and RubyGems registries do.
htpasswd -bcm "$work/htpasswd-web" "$user" "$good" 2>/dev/null
htpasswd -bm "$work/htpasswd-web" "$good" "" 2>/dev/null

# shellcheck source=scripts/registries/servers.sh
source scripts/registries/servers.sh
start_verdaccio
start_docker
start_nginx
web=http://127.0.0.1:$web_port

# entry LABEL TYPE URL [token [VARIABLE]]: prints an entry with a user name and a password, or with a token.
entry() {
  printf '  %s:\n    type: %s\n    url: %s\n    visibility: private\n' "$1" "$2" "$3"
  if [[ ${4-} == token ]]; then
    printf "    token: \${{ secrets.%s }}\\n" "${5-SECRET}"
  else
    printf "    username: %s\\n    password: \${{ secrets.SECRET }}\\n" "$user"
  fi
}
mkdir "$work/checkout"
{
  printf 'version: 1\nregistries:\n'
  entry npm-password npm-registry "http://127.0.0.1:$npm_port/"
  entry npm-token npm-registry "http://localhost:$npm_port" token NPM_TOKEN
  entry docker-htpasswd docker-registry "http://127.0.0.1:$docker_port"
  entry docker-tokens docker-registry "http://127.0.0.1:$docker_tokens_port"
  entry docker-everybody docker-registry "http://127.0.0.1:$docker_everybody_port"
  entry git git "$web/git/acme/api.git"
  entry git-host git "$web"
  entry cargo cargo-registry "$web/cargo/"
  entry cargo-token cargo-registry "$web/token-cargo" token
  entry composer composer-repository "$web/composer"
  entry composer-token composer-repository "$web/token-composer" token
  entry go goproxy-server "$web/go"
  entry helm helm-registry "$web/helm"
  entry maven maven-repository "$web/maven"
  entry maven-token maven-repository "$web/maven-of-tokens" token
  entry nuget nuget-feed "$web/nuget/index.json"
  entry pub pub-repository "$web/pub" token
  entry python python-index "$web/pypi/simple"
  entry python-token python-index "$web/pypi" token
  entry ruby rubygems-server "$web/gems"
  entry ruby-token rubygems-server "$web/gems-old" token
  entry terraform terraform-registry "$web" token
  entry tls maven-repository "https://localhost:$tls_port/maven/"
  entry open maven-repository "$web/open/maven/"
  entry down maven-repository "$web/down/maven/"
  entry moved maven-repository "$web/moved/maven/"
} >"$work/checkout/registries.yml"

failures=0
# check NAME STATUS SECRET NPM_TOKEN [LABEL=VERDICT …] [VARIABLE=VALUE …]: runs `check`, and compares its exit status and
# verdicts; those that are not listed must be $OTHERS.
check() {
  local name=$1 status=$2 secret=$3 npm_token=$4 got=0 log
  shift 4
  local verdicts=() variables=()
  local argument
  for argument in "$@"; do
    if [[ $argument == [A-Z]* ]]; then variables+=("$argument"); else verdicts+=("$argument"); fi
  done
  : >"$work/output"
  log=$(env -i PATH="$PATH" GITHUB_ACTIONS=true GITHUB_OUTPUT="$work/output" GITHUB_WORKSPACE="$work/checkout" \
    INPUT_OPERATION=check INPUT_ORG=acme INPUT_MANIFEST=registries.yml INPUT_CA-FILE= INPUT_RULES=all=off \
    SECRET="$secret" NPM_TOKEN="$npm_token" "${variables[@]}" "$target/debug/private-registries" 2>&1) || got=$?
  if [[ $got == "$status" ]] && python3 scripts/registries/compare.py "$work/output" "$OTHERS" "${verdicts[@]}" &&
    ! grep -v '^::add-mask::' <<<"$log" | grep -qF -e "$secret" -e "$npm_token"; then
    echo "ok      $name"
  else
    printf 'FAILED  %s: exit %s\n%s\n' "$name" "$got" "$log"
    failures=$((failures + 1))
  fi
}
same=(git-host=not-proven open=not-proven moved=not-proven maven-token=not-proven down=unreachable)
ca=SSL_CERT_FILE=$work/ca.pem

OTHERS=accepted check "good credentials" 0 "$good" "$npm_good" "${same[@]}" docker-everybody=not-proven "$ca"
OTHERS=refused check "bad credentials" 1 "$bad" "$npm_good-x" "${same[@]}" "$ca"
OTHERS=accepted check "an expired token" 1 "$good" "$npm_expired" "${same[@]}" docker-everybody=not-proven \
  npm-token=refused "$ca"
OTHERS=accepted check "a certificate of an authority that is not trusted" 0 "$good" "$npm_good" "${same[@]}" \
  docker-everybody=not-proven tls=unreachable

if [[ -s $work/trap-requests.log ]]; then
  echo "FAILED  a redirect was followed:"
  cat "$work/trap-requests.log"
  failures=$((failures + 1))
fi
if grep -v '^GET ' "$work/web-requests.log"; then
  echo "FAILED  something other than a GET was sent"
  failures=$((failures + 1))
fi
if grep -E '^GET /(down|maven-of-tokens)/' "$work/web-requests.log" | grep -v ' "-"$'; then
  echo "FAILED  a secret was sent where none may be"
  failures=$((failures + 1))
fi
if ((failures > 0)); then
  echo "$failures failed"
  exit 1
fi
