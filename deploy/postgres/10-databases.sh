#!/usr/bin/env bash
# On an empty data directory: two databases and two roles a service. The owner makes the tables (`impulso migrate`); the
# application's role may add and read, and owns nothing. No role reaches another service's databases.
set -euo pipefail
for service in intake profiling assistance inventory reporting gateway; do
  # Through the environment of psql, because an argument would show the passwords in the list of processes.
  OWNER_PASSWORD=$(</run/secrets/"${service}_owner_password") APP_PASSWORD=$(</run/secrets/"${service}_app_password") \
    psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres -q -v service="$service" <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\set owner :service _owner
\set app :service _app
\set keys :service _keys
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"app" LOGIN PASSWORD :'app_password';
CREATE DATABASE :"service" OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE :"keys" OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"service", :"keys" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service", :"keys" TO :"app";
SQL
done
