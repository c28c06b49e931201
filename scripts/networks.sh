#!/usr/bin/env bash
# Tests company networks: a private certificate authority, a proxy with a password, and hosts that are exempt from it. Runs
# the real binary against the sandbox's GitHub behind a real TLS server (socat) and a real proxy (tinyproxy), all on
# loopback. Needs Debian's packages socat, tinyproxy and openssl, and installs those that are missing.
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

# A private authority, and a certificate from it for this machine.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Acme Private CA" \
  -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >"$work/extensions"
cat >"$work/ca.conf" <<EOF
[ca]
database = $work/index
new_certs_dir = $work
rand_serial = yes
unique_subject = no
default_md = sha256
policy = policy
[policy]
commonName = supplied
EOF
touch "$work/index"
# sign NAME FROM TO: creates a certificate for this period, in one file with its key.
sign() {
  openssl ca -batch -notext -config "$work/ca.conf" -name ca -cert "$work/ca.pem" -keyfile "$work/ca.key" \
    -in "$work/server.csr" -extfile "$work/extensions" -startdate "$2" -enddate "$3" -out "$work/$1.pem" 2>/dev/null
  cat "$work/server.key" "$work/$1.pem" >"$work/$1-both.pem"
}
sign server "$(date -u -d yesterday +%y%m%d%H%M%SZ)" "$(date -u -d tomorrow +%y%m%d%H%M%SZ)"
sign expired 200101000000Z 200102000000Z
# By default, `openssl req -x509` creates a certificate authority.
openssl req -x509 -key "$work/server.key" -days 2 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" \
  -out "$work/authority.pem" 2>/dev/null
cat "$work/server.key" "$work/authority.pem" >"$work/authority-both.pem"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
until_open() {
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "error: nothing listens on port $1" >&2
  exit 1
}

"$target/debug/examples/sandbox" --serve >"$work/sandbox" &
pids+=($!)
for _ in $(seq 100); do grep -q '^export' "$work/sandbox" && break; sleep 0.1; done
github_port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\).*|\1|p' "$work/sandbox" | head -n 1)
token=$(sed -n 's|.*INPUT_TOKEN=\([^ ]*\).*|\1|p' "$work/sandbox" | head -n 1)

# serve_tls PORT CERTIFICATE: serves GitHub over TLS.
serve_tls() {
  socat "OPENSSL-LISTEN:$1,reuseaddr,fork,bind=127.0.0.1,cert=$work/$2-both.pem,verify=0" \
    "TCP:127.0.0.1:$github_port" 2>/dev/null &
  pids+=($!)
  until_open "$1"
}
tls_port=$(free_port)
serve_tls "$tls_port" server
expired_port=$(free_port)
serve_tls "$expired_port" expired
authority_port=$(free_port)
serve_tls "$authority_port" authority

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
# check NAME STATUS WORDS [VARIABLE=VALUE …]: runs `list` over TLS with only these variables, and checks its exit status and
# that the log has these words.
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
# at_once NAME WORDS [VARIABLE=VALUE …]: like check, for a failure that a retry can't fix: it must come without retries,
# although there is time for them.
at_once() {
  local name=$1 words=$2 began=$SECONDS
  shift 2
  check "$name" 1 "$words" "$@" INPUT_MAX_WAIT=30s
  if ((SECONDS - began > 2)); then
    echo "FAILED  $name: it took $((SECONDS - began)) seconds"
    failures=$((failures + 1))
  fi
}
# connects NAME NUMBER CHECK…: like check, and the proxy must have seen this number of new connections.
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

at_once "a private authority is not trusted by itself" "ca-file"
check "SSL_CERT_FILE makes it trusted" 0 "$found" "$ca"
check "input ca-file makes it trusted" 0 "$found" "INPUT_CA_FILE=$work/ca.pem"
check "SSL_CERT_FILE that does not exist" 2 "SSL_CERT_FILE" "SSL_CERT_FILE=$work/nothing.pem"
check "ca-file without a certificate" 2 "PEM" "INPUT_CA_FILE=$work/server.key"
at_once "a certificate for another host" "its certificate is for a different name" "$ca" \
  "INPUT_API_URL=https://127.0.0.1:$tls_port"
at_once "a certificate that has expired" "its certificate has expired" "$ca" \
  "INPUT_API_URL=https://localhost:$expired_port"
for trusted in "$ca" "SSL_CERT_FILE=$work/authority.pem" "INPUT_CA_FILE=$work/authority.pem"; do
  at_once "a certificate that is an authority's (${trusted%%=*})" "basicConstraints CA:FALSE" "$trusted" \
    "INPUT_API_URL=https://localhost:$authority_port"
done
at_once "a port without TLS" "does not speak TLS" "INPUT_API_URL=https://127.0.0.1:$github_port"
connects "HTTPS_PROXY with credentials" 1 0 "$found" "$ca" "HTTPS_PROXY=$proxy"
connects "https_proxy in lower case" 1 0 "$found" "$ca" "https_proxy=$proxy"
connects "an empty HTTPS_PROXY hides no other" 1 0 "$found" "$ca" "HTTPS_PROXY=" "https_proxy=$proxy"
connects "white space around a proxy's url" 1 0 "$found" "$ca" "HTTPS_PROXY= $proxy"$'\r'
connects "ALL_PROXY with credentials" 1 0 "$found" "$ca" "ALL_PROXY=$proxy"
connects "a proxy that can't be read" 0 2 "HTTPS_PROXY" "$ca" "HTTPS_PROXY=\"$proxy\""
connects "NO_PROXY with the port" 0 0 "$found" "$ca" "HTTPS_PROXY=$proxy" "NO_PROXY=localhost:$tls_port"
connects "NO_PROXY with another port" 1 0 "$found" "$ca" "HTTPS_PROXY=$proxy" "NO_PROXY=localhost:443"
connects "NO_PROXY exempts a host" 0 0 "$found" "$ca" "HTTPS_PROXY=$proxy" "NO_PROXY=localhost"
connects "no_proxy exempts a host" 0 0 "$found" "$ca" "https_proxy=$proxy" "no_proxy=localhost"
connects "NO_PROXY for another host" 1 0 "$found" "$ca" "HTTPS_PROXY=$proxy" "NO_PROXY=github.com,10.0.0.0/8"
at_once "wrong proxy credentials" "did not accept the user name and password" "$ca" \
  "HTTPS_PROXY=http://proxyuser:wrong@127.0.0.1:$proxy_port"
check "a proxy that is not there" 1 "HTTPS_PROXY" "$ca" "HTTPS_PROXY=http://proxyuser:proxy-pass-word@127.0.0.1:1"
check "GHES's base path" 1 "404" "$ca" "INPUT_API_URL=https://localhost:$tls_port/api/v3"

if ((failures > 0)); then
  echo "$failures failed"
  exit 1
fi
