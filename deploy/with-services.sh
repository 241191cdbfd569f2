#!/usr/bin/env bash
# with-services.sh COMMAND …: runs COMMAND with a PostgreSQL and a RabbitMQ that its tests may use.
#
# Those that answer are used (IMPULSO_TEST_POSTGRES and IMPULSO_TEST_AMQP name others than the usual ones). One that does
# not answer is started for this command alone, in a temporary folder on a port of its own. What is not installed is
# installed when this runs as root, else named with the line that cures it.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/need.sh

default_postgres=postgresql+psycopg://postgres@127.0.0.1:5432/postgres
export IMPULSO_TEST_POSTGRES=${IMPULSO_TEST_POSTGRES:-$default_postgres}
export IMPULSO_TEST_AMQP=${IMPULSO_TEST_AMQP:-amqp://guest:guest@127.0.0.1:5672}
python=.venv/bin/python
work='' postgres_data='' broker_started=''

postgres_answers() {
  "$python" - <<'PY'
import os, sys, psycopg
try:
    psycopg.connect(os.environ["IMPULSO_TEST_POSTGRES"].replace("+psycopg", ""), connect_timeout=3).close()
except psycopg.Error:
    sys.exit(1)
PY
}

broker_answers() {
  "$python" - <<'PY' && rabbitmqctl --quiet list_vhosts >/dev/null 2>&1
import os, sys
from kombu import Connection
try:
    Connection(os.environ["IMPULSO_TEST_AMQP"] + "//", connect_timeout=3).connect()
except Exception:
    sys.exit(1)
PY
}

free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# PostgreSQL does not run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

postgres_tools() { find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname; }

start_postgres() {
  local tools port
  tools=$(postgres_tools) port=$(free_port)
  postgres_data=$work/postgres
  echo "Starting a PostgreSQL for these tests on port $port ..."
  install -d -m 700 "$postgres_data"
  if [ "$(id -u)" = 0 ]; then chown postgres: "$postgres_data"; fi
  as_postgres "$tools/initdb" -D "$postgres_data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  as_postgres "$tools/pg_ctl" -D "$postgres_data" -w -l "$postgres_data/log" start \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$postgres_data -c max_connections=300" >/dev/null
  export IMPULSO_TEST_POSTGRES=postgresql+psycopg://postgres@127.0.0.1:$port/postgres
}

start_broker() {
  local port
  port=$(free_port)
  echo "Starting a RabbitMQ for these tests on port $port ..."
  install -d "$work/rabbitmq"
  # Without Debian's wrappers, which want to be root or the user rabbitmq.
  export PATH=/usr/lib/rabbitmq/bin:$PATH
  export RABBITMQ_NODENAME=impulso-test-$$@localhost RABBITMQ_NODE_PORT=$port RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
  RABBITMQ_DIST_PORT=$(free_port)
  export RABBITMQ_DIST_PORT RABBITMQ_MNESIA_BASE=$work/rabbitmq RABBITMQ_LOG_BASE=$work/rabbitmq
  export RABBITMQ_ENABLED_PLUGINS_FILE=$work/rabbitmq/plugins RABBITMQ_CONFIG_FILE=$work/rabbitmq/none
  echo '[].' >"$RABBITMQ_ENABLED_PLUGINS_FILE"
  broker_started=yes
  rabbitmq-server >"$work/rabbitmq/said" 2>&1 </dev/null &
  local deadline=$((SECONDS + 90))
  until rabbitmqctl --quiet await_startup --timeout 30 >/dev/null 2>&1; do
    if [ $SECONDS -gt $deadline ] || ! kill -0 $! 2>/dev/null; then
      tail -n 20 "$work/rabbitmq/said" >&2
      echo 'RabbitMQ did not start.' >&2
      exit 1
    fi
    sleep 0.5
  done
  export IMPULSO_TEST_AMQP=amqp://guest:guest@127.0.0.1:$port
}

stop_started() {
  [ -z "$broker_started" ] || rabbitmqctl --quiet stop >/dev/null 2>&1 || true
  [ -z "$postgres_data" ] || as_postgres "$(postgres_tools)/pg_ctl" -D "$postgres_data" -m immediate stop >/dev/null 2>&1 || true
  [ -z "$work" ] || rm -rf "$work"
}

missing_packages=()
# The tests that crash a server start one of their own, whichever answers.
[ -n "$(postgres_tools)" ] || missing_packages+=(postgresql)
[ -n "$(find /usr/lib -name libfaketimeMT.so.1 -print -quit)" ] || missing_packages+=(libfaketime)
command -v rabbitmqctl >/dev/null || missing_packages+=(rabbitmq-server)
# That of Debian 12 is too old to render our overlays; its tests say so.
command -v kubectl >/dev/null || missing_packages+=(kubernetes-client)
if [ -d tests/browser ]; then command -v chromium >/dev/null || missing_packages+=(chromium); fi
install_packages "${missing_packages[@]}"

work=$(mktemp -d)
chmod 711 "$work"
trap stop_started EXIT
postgres_answers || start_postgres
broker_answers || start_broker
"$@"
