#!/usr/bin/env bash
# `make env`: writes .env with random passwords and keys for docker-compose.yml. Once: an .env that is there stays, because
# without its master keys the data of the containers could never be read again.
set -euo pipefail
cd "$(dirname "$0")/.."
SERVICES='intake profiling assistance inventory reporting gateway'
target=${ENV_FILE:-.env}

. deploy/need.sh
need openssl 'apt-get install openssl'
need_docker
enough

if [ -e "$target" ]; then
  mode=$(stat -c %a "$target")
  [ "$mode" = 600 ] || { echo "Others can read $target (mode $mode): chmod 600 $target" >&2; exit 1; }
  echo "$target is there already; nothing was changed. Next: docker compose up"
  exit 0
fi

secret() { openssl rand -hex "$1"; }
url64() { base64 -w0 | tr '+/' '-_' | tr -d '='; }

# The last 32 bytes of either encoding are the bare Ed25519 key (RFC 8410).
pem=$(openssl genpkey -algorithm ed25519)
d=$(openssl pkey -outform DER <<<"$pem" | tail -c 32 | url64)
x=$(openssl pkey -pubout -outform DER <<<"$pem" | tail -c 32 | url64)
kid=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | url64)

draft=$(umask 077 && mktemp "$target.XXXXXX")
trap 'rm -f "$draft"' EXIT
{
  cat <<TOP
# Made by \`make env\`. Keep a copy apart from the backups: without the master keys nothing can be read again.

# Where Caddy listens. With a domain in IMPULSO_SITE (and IMPULSO_HTTP_PORT=80, IMPULSO_HTTPS_PORT=443) it gets
# itself a certificate; as it stands it serves plain HTTP, to this machine alone.
IMPULSO_SITE=:80
IMPULSO_BIND=127.0.0.1
IMPULSO_HTTP_PORT=8080
IMPULSO_HTTPS_PORT=8443

# 1 once real people are served: content made for demonstrations is refused from then on.
IMPULSO_PRODUCTION=

# The first log-in: user "admin". Change the password there; this one then opens nothing.
IMPULSO_ADMIN_PASSWORD=$(secret 12)

POSTGRES_PASSWORD=$(secret 24)
RABBITMQ_PASSWORD=$(secret 24)

# The gateway signs a token a call; the services hold the public half alone.
IMPULSO_SIGNING_KEY='{"kty":"OKP","crv":"Ed25519","x":"$x","d":"$d","kid":"$kid"}'
IMPULSO_TOKEN_KEYS='{"keys":[{"kty":"OKP","crv":"Ed25519","x":"$x","kid":"$kid","alg":"Ed25519","use":"sig"}]}'
TOP
  for service in $SERVICES; do
    name=${service^^}
    printf '\n%s_OWNER_PASSWORD=%s\n%s_APP_PASSWORD=%s\n%s_MASTER_KEY=%s\n' \
      "$name" "$(secret 24)" "$name" "$(secret 24)" "$name" "$(secret 32)"
  done
} >"$draft"
# A link, not a rename: of two `make env` at once one writes, and no file is ever replaced.
ln "$draft" "$target" || { echo "$target was made meanwhile; nothing was changed." >&2; exit 1; }
echo "Wrote $target (only you can read it). Next: docker compose up"
echo "Then open http://localhost:8080 and log in as «admin»; the password is IMPULSO_ADMIN_PASSWORD in $target."
