#!/usr/bin/env bash
# The networks that companies have: a private certificate authority, a proxy that wants a password, hosts that are
# exempt from it. Runs the real binary against the sandbox's GitHub behind a real TLS server (socat) and a real proxy
# (tinyproxy), all on loopback. Needs Debian's packages socat, tinyproxy and openssl, and installs what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for program in socat tinyproxy openssl; do
  if ! command -v "$program" >/dev/null; then missing+=("$program"); fi
done
if ((${#missing[@]})); then scripts/install-packages.sh "${missing[@]}"; fi

cargo build --quiet --locked --bin private-registries --example sandbox
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

# The private authority, and a certificate of it for this machine.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Acme Private CA" \
  -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >"$work/extensions"
openssl x509 -req -in "$work/server.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
  -extfile "$work/extensions" -out "$work/server.pem" 2>/dev/null
cat "$work/server.key" "$work/server.pem" >"$work/server-both.pem"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
until_open() {
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "nothing listens on port $1" >&2
  exit 1
}

"$target/debug/examples/sandbox" --serve >"$work/sandbox" &
pids+=($!)
for _ in $(seq 100); do grep -q '^export' "$work/sandbox" && break; sleep 0.1; done
github_port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/sandbox" | head -n 1)
token=$(sed -n 's|.*INPUT_TOKEN=\([^ ]*\).*|\1|p' "$work/sandbox" | head -n 1)

tls_port=$(free_port)
socat "OPENSSL-LISTEN:$tls_port,reuseaddr,fork,bind=127.0.0.1,cert=$work/server-both.pem,verify=0" \
  "TCP:127.0.0.1:$github_port" 2>/dev/null &
pids+=($!)
until_open "$tls_port"

proxy_port=$(free_port)
cat >"$work/tinyproxy.conf" <<EOF
Port $proxy_port
Listen 127.0.0.1
Timeout 30
LogFile "$work/proxy.log"
LogLevel Connect
MaxClients 20
BasicAuth proxyuser proxy-pass-word
EOF
tinyproxy -d -c "$work/tinyproxy.conf" >/dev/null 2>&1 &
pids+=($!)
until_open "$proxy_port"

failures=0
# check NAME EXPECTED_STATUS EXPECTED_WORDS [VARIABLE=VALUE …]: lists, over TLS, with these variables and no others.
check() {
  local name=$1 status=$2 words=$3 log got=0
  shift 3
  log=$(env -i GITHUB_ACTIONS=true INPUT_OPERATION=list INPUT_ORG=acme INPUT_TOKEN="$token" INPUT_MAX_WAIT=0s \
    INPUT_API_URL="https://localhost:$tls_port" "$@" "$target/debug/private-registries" 2>&1) || got=$?
  if [[ $got == "$status" && $log == *"$words"* ]] && ! grep -v '^::add-mask::' <<<"$log" | grep -q 'proxy-pass-word'; then
    echo "ok      $name"
  else
    printf 'FAILED  %s: exit %s\n%s\n' "$name" "$got" "$log"
    failures=$((failures + 1))
  fi
}
# connects NAME EXPECTED_NUMBER CHECK…: like check, and the proxy saw so many new connections.
connects() {
  local name=$1 expected=$2 before after
  shift 2
  before=$(grep -c 'Request.*CONNECT' "$work/proxy.log" || true)
  check "$name" "$@"
  after=$(grep -c 'Request.*CONNECT' "$work/proxy.log" || true)
  if ((after - before != expected)); then
    echo "FAILED  $name: the proxy saw $((after - before)) connections, not $expected"
    failures=$((failures + 1))
  fi
}

proxy="http://proxyuser:proxy-pass-word@127.0.0.1:$proxy_port"
ca="SSL_CERT_FILE=$work/ca.pem"
found="0 configurations in acme"

check "a private authority is not trusted by itself" 1 "ca-file"
check "SSL_CERT_FILE makes it trusted" 0 "$found" "$ca"
check "input ca-file makes it trusted" 0 "$found" "INPUT_CA_FILE=$work/ca.pem"
check "SSL_CERT_FILE that does not exist" 2 "SSL_CERT_FILE" "SSL_CERT_FILE=$work/nothing.pem"
check "ca-file without a certificate" 2 "PEM" "INPUT_CA_FILE=$work/server.key"
check "a certificate for another host" 1 "certificate" "$ca" "INPUT_API_URL=https://127.0.0.1:$tls_port"
connects "HTTPS_PROXY with credentials" 1 0 "$found" "$ca" "HTTPS_PROXY=$proxy"
connects "https_proxy in lower case" 1 0 "$found" "$ca" "https_proxy=$proxy"
connects "NO_PROXY exempts a host" 0 0 "$found" "$ca" "HTTPS_PROXY=$proxy" "NO_PROXY=localhost"
connects "no_proxy exempts a host" 0 0 "$found" "$ca" "https_proxy=$proxy" "no_proxy=localhost"
connects "NO_PROXY for another host" 1 0 "$found" "$ca" "HTTPS_PROXY=$proxy" "NO_PROXY=github.com,10.0.0.0/8"
check "wrong proxy credentials" 1 "proxy" "$ca" "HTTPS_PROXY=http://proxyuser:wrong@127.0.0.1:$proxy_port"
check "a proxy that is not there" 1 "HTTPS_PROXY" "$ca" "HTTPS_PROXY=http://proxyuser:proxy-pass-word@127.0.0.1:1"
check "GHES's base path" 1 "404" "$ca" "INPUT_API_URL=https://localhost:$tls_port/api/v3"

if ((failures > 0)); then
  echo "$failures failed"
  exit 1
fi
