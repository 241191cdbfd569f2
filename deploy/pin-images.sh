#!/usr/bin/env bash
# `make pin`: pulls the base images by their tags and writes into .env which ones came, by digest, so that every later
# `docker compose up` and build uses those and no others. Run again it takes newer ones. It cannot be done once for
# everybody in this repository: a digest belongs to a moment, and who pins one must look at what came.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${ENV_FILE:-.env}
. deploy/need.sh
need_docker
enough
[ -e "$target" ] || { echo "There is no $target: make env" >&2; exit 1; }

# The defaults of docker-compose.yml: the name of the variable and the tag.
named=$(sed -n 's/.*\${\(IMPULSO_[A-Z]*_IMAGE\):-\(.*\)}$/\1 \2/p' docker-compose.yml | grep -v IMPULSO_IMAGE)
pinned=''
while read -r variable tag; do
  docker pull --quiet "$tag" >/dev/null || true
  # An image that was built here, not pulled, has no digest that a registry knows it by.
  digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$tag" 2>/dev/null | sed -n 's/.*@//p' | head -n 1)
  if [ -z "$digest" ]; then
    echo "$tag came from no registry: left unpinned." >&2
    continue
  fi
  pinned+="$variable=$tag@$digest"$'\n'
  echo "$tag is $digest"
done <<<"$named"
draft=$(mktemp "$target.XXXXXX")
grep -vE '^IMPULSO_(CADDY|POSTGRES|RABBITMQ|PYTHON)_IMAGE=' "$target" >"$draft" || true
printf '%s' "$pinned" >>"$draft"
chmod --reference="$target" "$draft"
mv "$draft" "$target"
