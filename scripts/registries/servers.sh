# Starts real registries on loopback; sourced by scripts/registries.sh. Each function sets a variable to the port.
# shellcheck shell=bash

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
until_open() {
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "error: nothing listens on port $1" >&2
  tail -n 20 "$work"/*.log >&2
  exit 1
}

# background NAME COMMAND…: runs a command in the background until the script ends, with its output in NAME.log.
background() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  pids+=($!)
}

# --- npm: verdaccio, which authenticates users and issues tokens that expire -------------------------------------

# verdaccio PORT EXPIRES: starts verdaccio, whose tokens are valid for EXPIRES.
verdaccio() {
  cat >"$work/verdaccio-$1.yaml" <<YAML
storage: $work/verdaccio
auth: {htpasswd: {file: $work/htpasswd, max_users: -1}}
security: {api: {jwt: {sign: {expiresIn: $2}}}}
packages: {'**': {access: \$authenticated, publish: \$authenticated}}
log: {type: stdout, level: warn}
YAML
  background "verdaccio-$1" node "$npm/node_modules/.bin/verdaccio" --config "$work/verdaccio-$1.yaml" \
    --listen "127.0.0.1:$1"
  until_open "$1"
}

# npm_token PORT: prints a token for the user, obtained like `npm login` does.
npm_token() {
  curl --silent --fail --user "$user:$good" --request PUT --header 'content-type: application/json' \
    --data "{\"name\": \"$user\", \"password\": \"$good\"}" \
    "http://127.0.0.1:$1/-/user/org.couchdb.user:$user" | python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])'
}

start_verdaccio() {
  npm_port=$(free_port)
  # The first instance only issues a token that expires at once. The second one has the same signing key.
  verdaccio "$npm_port" 1s
  npm_expired=$(npm_token "$npm_port")
  kill "${pids[-1]}"
  wait "${pids[-1]}" 2>/dev/null || true
  verdaccio "$npm_port" 1h
  npm_good=$(npm_token "$npm_port")
}

# --- Docker: Debian's docker-registry, with a password file and with a token server --------------------------------

# docker_registry NAME PORT AUTH…: starts a registry; each AUTH is a line of its section `auth`.
docker_registry() {
  local name=$1 port=$2
  shift 2
  {
    printf 'version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %s}}\n' "$work/$name"
    printf 'http: {addr: "127.0.0.1:%s"}\nauth:\n' "$port"
    printf '  %s\n' "$@"
  } >"$work/$name.yml"
  background "$name" docker-registry serve "$work/$name.yml"
  until_open "$port"
}

# with_token_server NAME ANONYMOUS: starts a registry and a token server, which gives tokens to anonymous users if
# ANONYMOUS is "anonymous".
with_token_server() {
  registry_port=$(free_port)
  token_port=$(free_port)
  background "$1-tokens" python3 scripts/registries/token-server.py "$token_port" "$work/token.key" "$work/token.pem" \
    "$user" "$good" "$2"
  until_open "$token_port"
  docker_registry "$1" "$registry_port" "token:" "  realm: http://127.0.0.1:$token_port/token" \
    "  service: registry.acme.dev" "  issuer: acme" "  rootcertbundle: $work/token.pem"
}

start_docker() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=tokens" -keyout "$work/token.key" \
    -out "$work/token.pem" 2>/dev/null
  docker_port=$(free_port)
  docker_registry docker-htpasswd "$docker_port" "htpasswd: {realm: acme, path: $work/htpasswd}"
  with_token_server docker-tokens refused
  docker_tokens_port=$registry_port
  with_token_server docker-everybody anonymous
  docker_everybody_port=$registry_port
}

# --- git and files: nginx, over http, and over https with a certificate from a private authority -------------------

start_nginx() {
  web_port=$(free_port)
  tls_port=$(free_port)
  trap_port=$(free_port)
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Acme Private CA" -keyout "$work/ca.key" \
    -out "$work/ca.pem" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$work/web.key" -out "$work/web.csr" 2>/dev/null
  printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >"$work/extensions"
  openssl x509 -req -in "$work/web.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -extfile "$work/extensions" -out "$work/web.pem" 2>/dev/null

  local files=$work/web/files
  mkdir -p "$files"/{cargo,composer,helm,maven,nuget,pypi/simple,gems,gems-old,.well-known}
  echo '{"dl": "x"}' >"$files/cargo/config.json"
  echo '{"packages": []}' >"$files/composer/packages.json"
  echo 'apiVersion: v1' >"$files/helm/index.yaml"
  echo 'maven' >"$files/maven/index.html"
  echo '{"version": "3.0.0"}' >"$files/nuget/index.json"
  echo 'simple' >"$files/pypi/simple/index.html"
  echo '---' >"$files/gems/versions"
  echo 'specs' >"$files/gems-old/specs.4.8.gz"
  echo '{"modules.v1": "/v1/modules/"}' >"$files/.well-known/terraform.json"
  git init --quiet --bare "$work/web/git/acme/api.git"
  touch "$work/web/git/acme/api.git/git-daemon-export-ok"

  background fcgiwrap fcgiwrap -s "unix:$work/fcgi.sock"
  sed -e "s|@work@|$work|g; s|@web_port@|$web_port|g; s|@tls_port@|$tls_port|g; s|@trap_port@|$trap_port|g" \
    -e "s|@good@|$good|g; s|@backend@|$(git --exec-path)/git-http-backend|g" \
    scripts/registries/nginx.conf >"$work/nginx.conf"
  # nginx's workers must be able to read these files, even if root starts it.
  chmod -R a+rX "$work"
  touch "$work/trap-requests.log" "$work/web-requests.log"
  background nginx nginx -p "$work" -c "$work/nginx.conf" -g 'daemon off;'
  until_open "$web_port"
  until_open "$tls_port"
  until_open "$trap_port"
  for _ in $(seq 100); do [[ -S $work/fcgi.sock ]] && break; sleep 0.1; done
  chmod a+rw "$work/fcgi.sock"
}
