#!/usr/bin/env bash
# Starts the server over TLS alone. It refuses a key that others may read, and a mounted file has the mode and owner that
# it has on the host: the server gets a copy of its own, in memory.
set -euo pipefail
install -d -m 700 /tmp/tls
install -m 600 /run/secrets/postgres.key /run/secrets/postgres.crt /tmp/tls
# Every process keeps two pools; the default of 100 connections would be gone with two replicas of each.
# A stop waits for whoever is still shaking hands, and answers nobody meanwhile: a client that died over it may keep it
# waiting for as long as authentication may take, a minute by default.
exec docker-entrypoint.sh postgres \
  -c max_connections=400 -c shared_buffers=256MB -c authentication_timeout=10s \
  -c ssl=on -c ssl_key_file=/tmp/tls/postgres.key -c ssl_cert_file=/tmp/tls/postgres.crt \
  -c ssl_min_protocol_version=TLSv1.3 \
  -c hba_file=/etc/postgresql/pg_hba.conf
