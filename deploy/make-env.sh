#!/usr/bin/env bash
# `make env`: writes what docker-compose.yml needs. `.env` holds settings, none of them secret; the folder `secrets` one
# file a password or key, and the certificates. Once: what is there stays, because without its master keys the data of the
# containers could never be read again. Run again it issues certificates anew that end soon or name another domain.
set -euo pipefail
cd "$(dirname "$0")/.."
SERVICES='intake profiling assistance inventory reporting gateway'
target=${ENV_FILE:-.env}

. deploy/need.sh
need openssl 'apt-get install openssl'
need_docker
enough

folder=$(dirname "$target")/secrets
passwords='admin_password postgres_password rabbitmq_password'
keys='signing_key token_keys witness_key'
for service in $SERVICES; do
  passwords+=" ${service}_owner_password ${service}_app_password"
  keys+=" ${service}_master_key ${service}_log_key"
done

# What an .env of older versions holds is taken over; its name there.
old_name() { case $1 in admin_password | signing_key | token_keys) echo "IMPULSO_${1^^}" ;; *) echo "${1^^}" ;; esac; }
old_value() { [ ! -e "$target" ] || sed -n "s/^$(old_name "$1")='\{0,1\}\([^']*\)'\{0,1\}$/\1/p" "$target"; }

secret() { openssl rand -hex "$1"; }
url64() { base64 -w0 | tr '+/' '-_' | tr -d '='; }

signing_pair() { # folder: writes both halves
  local pem d x kid
  # The last 32 bytes of either encoding are the bare Ed25519 key (RFC 8410).
  pem=$(openssl genpkey -algorithm ed25519)
  d=$(openssl pkey -outform DER <<<"$pem" | tail -c 32 | url64)
  x=$(openssl pkey -pubout -outform DER <<<"$pem" | tail -c 32 | url64)
  kid=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | url64)
  printf '{"kty":"OKP","crv":"Ed25519","x":"%s","d":"%s","kid":"%s"}\n' "$x" "$d" "$kid" >"$1/signing_key"
  printf '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"%s","kid":"%s","alg":"Ed25519","use":"sig"}]}\n' "$x" "$kid" >"$1/token_keys"
}

bytes() { printf "$(sed 's/../\\x&/g' <<<"$1")"; } # hexadecimal digits

published() { # name, kind (01 a log, 04 a witness), secret half in hexadecimal: the public half as it is pinned,
  # name+id+base64 (C2SP signed-note)
  local public id
  # What stands before the bare Ed25519 key in its encoding (RFC 8410).
  public=$(bytes "302e020100300506032b657004220420$3" | openssl pkey -inform DER -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n')
  id=$({ printf '%s\n' "$1" && bytes "$2$public"; } | openssl dgst -sha256 -r | cut -c 1-8)
  printf '%s+%s+%s\n' "$1" "$id" "$(bytes "$2$public" | base64 -w0)"
}

# The keys that sign what the logs say of themselves, and the file with their public halves. An installation of before has
# none: it gets them once. Afterwards a lost one is not replaced, because what it signed would be said of another.
write_log_keys() { # folder
  local service draft
  [ ! -e "$1/log_keys" ] || return 0
  draft=$(mktemp "$1/log_keys.XXXXXX")
  for service in $SERVICES; do
    [ -e "$1/${service}_log_key" ] || (umask 077 && secret 32 >"$1/${service}_log_key")
    published "impulso/$service" 01 "$(cat "$1/${service}_log_key")" >>"$draft"
  done
  mv "$draft" "$1/log_keys"
}

# The key with which the witness cosigns them: likewise once, and in the same file of public halves.
write_witness_key() { # folder
  local draft
  ! grep -q '^impulso/witness+' "$1/log_keys" || return 0
  [ -e "$1/witness_key" ] || (umask 077 && secret 32 >"$1/witness_key")
  draft=$(mktemp "$1/log_keys.XXXXXX")
  { cat "$1/log_keys" && published impulso/witness 04 "$(cat "$1/witness_key")"; } >"$draft"
  mv "$draft" "$1/log_keys"
}

write_secrets() { # folder
  local name value length
  signing_pair "$1"
  for name in $passwords $keys; do
    value=$(old_value "$name")
    case $name in admin_password) length=12 ;; *_password) length=24 ;; *) length=32 ;; esac
    if [ -n "$value" ]; then
      printf '%s\n' "$value" >"$1/$name"
    elif [ ! -e "$1/$name" ]; then
      secret "$length" >"$1/$name"
    fi
  done
  write_log_keys "$1"
  write_witness_key "$1"
  mkdir "$1/broker"
  deploy/broker-user.sh service impulso <"$1/rabbitmq_password" >"$1/broker/10-impulso.json"
}

write_settings() {
  cat <<TOP
# Made by \`make env\`. Nothing here is secret; passwords and keys lie in the folder that IMPULSO_SECRETS names. Keep a
# copy of that folder apart from the backups: without the master keys nothing can be read again.
IMPULSO_SECRETS=$(case $folder in ./*) echo "$folder" ;; *) realpath "$folder" ;; esac)

# Where Caddy listens. With a domain in IMPULSO_SITE (and IMPULSO_HTTP_PORT=80, IMPULSO_HTTPS_PORT=443) it gets
# itself a certificate; as it stands it serves plain HTTP, to this machine alone.
IMPULSO_SITE=:80
IMPULSO_BIND=127.0.0.1
IMPULSO_HTTP_PORT=8080
IMPULSO_HTTPS_PORT=8443

# Processors that the database and the broker may use, each; no more than there are.
IMPULSO_CPUS=$(nproc)

# 1 once real people are served: content made for demonstrations is refused from then on.
IMPULSO_PRODUCTION=
TOP
}

if [ -d "$folder" ]; then
  mode=$(stat -c %a "$folder")
  [ "$mode" = 700 ] || { echo "Others can look into $folder (mode $mode): chmod 700 $folder" >&2; exit 1; }
elif grep -q '^IMPULSO_SECRETS=' "$target" 2>/dev/null; then
  echo "$target is there, but not $folder. Restore it from its copy. Only if no data are to be kept: rm $target, and again." >&2
  exit 1
else
  draft=$(umask 077 && mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  write_secrets "$draft"
  # A new name or none: of two `make env` at once one writes, and no folder is ever replaced.
  mv -nT "$draft" "$folder"
  [ ! -d "$draft" ] || { echo "$folder was made meanwhile; nothing was changed." >&2; exit 1; }
fi

write_log_keys "$folder"
write_witness_key "$folder"

# Of a provider of log-ins, where there is one; empty until somebody writes it there.
if [ ! -e "$folder/oidc_client_secret" ]; then
  sed -n "s/^IMPULSO_OIDC_CLIENT_SECRET='\{0,1\}\([^']*\)'\{0,1\}$/\1/p" "$target" 2>/dev/null >"$folder/oidc_client_secret" || true
fi
# Of HEMI, where entries are sent to it; empty likewise.
[ -e "$folder/hemi_token" ] || : >"$folder/hemi_token"

missing=''
for name in $passwords $keys log_keys broker/10-impulso.json; do [ -s "$folder/$name" ] || missing+=" $name"; done
[ -z "$missing" ] || { echo "$folder lacks:$missing. Restore it from its copy." >&2; exit 1; }
site=$(sed -n 's/^IMPULSO_SITE=\([a-z0-9][a-z0-9.-]*\)$/\1/p' "$target" 2>/dev/null || true)
deploy/certificates.sh "$folder" "$site"

# The folder keeps others out. A file in it must be readable to whoever its container runs as: Docker mounts it as it is,
# into those containers alone that are given it. What no container is given is its owner's alone.
chmod 755 "$folder/broker"
find "$folder" -type f ! -name 'ca.key' -exec chmod 444 {} +
chmod 400 "$folder/ca.key"

if ! grep -q '^IMPULSO_SECRETS=' "$target" 2>/dev/null; then
  draft_settings=$(mktemp "$target.XXXXXX")
  if [ -e "$target" ]; then
    write_settings | sed -n '1,3p' >"$draft_settings"
    pattern=$({ for name in $passwords $keys; do old_name "$name"; done; echo IMPULSO_OIDC_CLIENT_SECRET; } | paste -sd '|')
    grep -vE "^($pattern)=" "$target" >>"$draft_settings"
    echo "Moved the passwords and keys from $target to $folder."
  else
    write_settings >"$draft_settings"
  fi
  chmod 644 "$draft_settings"
  mv "$draft_settings" "$target"
  echo "Wrote $target, and $folder (only you can look into it). Next: docker compose up"
  echo "Then open http://localhost:8080 and log in as «admin»; the password is in $folder/admin_password."
else
  echo "$target and $folder are there already; no password and no key was changed. Next: docker compose up"
fi
