#!/usr/bin/env bash
# broker-user.sh KIND NAME <PASSWORD: a user of the broker as definitions that RabbitMQ loads when it starts. They hold a
# salted hash, so whoever reads them cannot log in.
set -euo pipefail
kind=$1 name=$2
read -r password
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl rand 4 >"$work/salt"
hash=$({ cat "$work/salt"; { cat "$work/salt"; printf %s "$password"; } | openssl dgst -sha256 -binary; } | base64 -w0)
limits='{}' policies=''
case $kind in
  service) configure='.*' write='.*' read='.*' ;;
  integrator)
    # To bind a queue asks for writing to it and reading from the exchange. No exchange can be written to, the nameless
    # one (amq.default) that leads to every queue included.
    configure="^integrator[.]$name[.]" write="^integrator[.]$name[.]"
    read="^(integrator[.]$name[.].*|[a-z]+[.]public([.]stream)?)\$"
    limits='{"max-connections": 10, "max-channels": 50}'
    # Who stays away does not fill the disk: what falls out of a queue is had from the feed.
    policies=', "policies": [{"vhost": "impulso", "name": "integrators", "pattern": "^integrator[.]", "apply-to": "queues",
    "priority": 1, "definition": {"max-length": 200000, "max-length-bytes": 500000000, "expires": 1209600000}}]'
    ;;
  *) echo "no such kind of user: $kind" >&2; exit 2 ;;
esac
cat <<JSON
{
  "vhosts": [{"name": "impulso"}],
  "users": [{"name": "$name", "password_hash": "$hash", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": [],
    "limits": $limits}],
  "permissions": [{"user": "$name", "vhost": "impulso", "configure": "$configure", "write": "$write", "read": "$read"}]$policies
}
JSON
