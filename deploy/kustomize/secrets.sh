#!/usr/bin/env bash
# secrets.sh [FOLDER]: the secrets that the deployments refer to, from the folder that `make env` wrote, as YAML:
#   deploy/kustomize/secrets.sh | kubectl apply --namespace impulso -f -
# Each process is given its own alone, as with docker-compose.yml. Whoever keeps secrets elsewhere makes them under the same
# names and keys.
set -euo pipefail
folder=${1:-secrets}
secret() { # name, key=file …
  local name=$1 each arguments=()
  shift
  for each in "$@"; do arguments+=("--from-file=${each%%=*}=$folder/${each#*=}"); done
  kubectl create secret generic "$name" "${arguments[@]}" --dry-run=client --output yaml
  echo ---
}
owners=() roles=()
for name in intake profiling assistance inventory reporting; do
  own=("database_password=${name}_app_password" "master_key=${name}_master_key" "log_key=${name}_log_key" log_keys=log_keys token_keys=token_keys)
  [ "$name" != reporting ] || own+=(hemi_token=hemi_token witness_key=witness_key)
  secret "impulso-$name" "${own[@]}"
done
secret impulso-gateway database_password=gateway_app_password master_key=gateway_master_key log_key=gateway_log_key log_keys=log_keys \
  token_keys=token_keys signing_key=signing_key admin_password=admin_password oidc_client_secret=oidc_client_secret
for name in intake profiling assistance inventory reporting gateway; do
  owners+=("${name}_owner_password=${name}_owner_password")
  roles+=("${name}_app_password=${name}_app_password")
done
secret impulso-owners "${owners[@]}"
secret impulso-broker rabbitmq_password=rabbitmq_password
secret impulso-authority ca.crt=ca.crt
secret impulso-postgres postgres_password=postgres_password postgres.crt=postgres.crt postgres.key=postgres.key \
  "${owners[@]}" "${roles[@]}"
secret impulso-rabbitmq rabbitmq.crt=rabbitmq.crt rabbitmq.key=rabbitmq.key
users=()
for file in "$folder"/broker/*.json; do users+=("$(basename "$file")=broker/$(basename "$file")"); done
secret impulso-broker-users "${users[@]}"
