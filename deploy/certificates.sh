#!/usr/bin/env bash
# certificates.sh FOLDER [DOMAIN]: an authority of this installation's own in FOLDER, and what it certifies: the database
# and the broker, under the names that they have inside, and the broker under DOMAIN besides. What is there and still good
# stays; a certificate that ends within 90 days or names something else is issued anew.
set -euo pipefail
folder=$1 domain=${2:-}
years10=3650 valid=825 soon=$((90 * 24 * 3600))
cd "$folder"
umask 077
if [ ! -s ca.key ] || [ ! -s ca.crt ] || ! openssl x509 -in ca.crt -noout -checkend "$soon" >/dev/null; then
  rm -f ca.key ca.crt ./*.crt
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days "$years10" -keyout ca.key -out ca.crt \
    -subj '/O=Impulso/CN=Authority of this installation' -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
fi

certify() { # host, further names (a subjectAltName)
  local host=$1 names=$2 draft
  if [ -s "$host.crt" ] && [ -s "$host.key" ] && openssl x509 -in "$host.crt" -noout -checkend "$soon" >/dev/null &&
    openssl verify -CAfile ca.crt "$host.crt" >/dev/null 2>&1 &&
    [ "$(openssl x509 -in "$host.crt" -noout -ext subjectAltName | tail -n 1 | tr -d ' ')" = "$names" ]; then
    return
  fi
  draft=$(mktemp -d)
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout "$draft/key" -out "$draft/request" \
    -subj "/O=Impulso/CN=$host" 2>/dev/null
  openssl x509 -req -in "$draft/request" -CA ca.crt -CAkey ca.key -days "$valid" -out "$draft/crt" -extfile <(
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n'
    printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nsubjectAltName=%s\n' "$names"
  ) 2>/dev/null
  rm -f "$host.key" "$host.crt"
  cat "$draft/key" >"$host.key"
  cat "$draft/crt" >"$host.crt"
  rm -rf "$draft"
}

certify postgres DNS:postgres
certify rabbitmq "DNS:rabbitmq,DNS:localhost${domain:+,DNS:$domain}"
