#!/usr/bin/env bash
# `make integrator NAME=…`: a user of the broker who may bind queues of its own to the public events of every service, read
# them and their streams, and nothing else: no publishing, no queue or exchange of ours. Effective at once where the broker
# runs.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-} target=${ENV_FILE:-.env}
. deploy/need.sh
need openssl 'apt-get install openssl'
need_docker
enough
[[ $name =~ ^[a-z][a-z0-9-]{1,30}$ && $name != impulso ]] || { echo 'Usage: make integrator NAME=… (small letters, digits, -)' >&2; exit 2; }
folder=$(sed -n 's/^IMPULSO_SECRETS=//p' "$target" 2>/dev/null || true)
[ -n "$folder" ] && [ -d "$folder/broker" ] || { echo "There is no $target with its secrets: make env" >&2; exit 1; }
users=$folder/broker/20-$name.json password=$folder/integrators/$name
[ ! -e "$users" ] || { echo "There is an integrator $name already; its password is in $password." >&2; exit 1; }

(umask 077 && mkdir -p "$folder/integrators" && openssl rand -hex 24 >"$password")
deploy/broker-user.sh integrator "$name" <"$password" >"$users.draft"
chmod 444 "$users.draft"
mv "$users.draft" "$users"
compose=(docker compose --env-file "$target")
if [ -n "$("${compose[@]}" ps --status running --quiet rabbitmq 2>/dev/null)" ]; then
  "${compose[@]}" exec -T rabbitmq rabbitmqctl --quiet import_definitions "/etc/rabbitmq/definitions/20-$name.json" >/dev/null
fi
cat <<SAID
Integrator $name: its password is in $password, the authority to trust in $folder/ca.crt.
It connects to amqps://$name@HOST:${IMPULSO_AMQPS_PORT:-5671}/impulso, declares queues whose names begin with integrator.$name. and
binds them to the exchanges SERVICE.public (docs/integration.md). Publish the port with deploy/compose/integrators.yml.
SAID
