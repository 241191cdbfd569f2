#!/usr/bin/env bash
# install-apart.sh ENVIRONMENT TARGET: installs the project of this folder into ENVIRONMENT and copies the files that came
# with it to TARGET. So they make a small layer of their own: what they stand on is not sent again with every version.
set -euo pipefail
environment=$1 target=$2
listed() { (cd "$environment" && find . \( -type f -o -type l \) | sort); }
before=$(listed)
pip --python "$environment/bin/python" install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .
mkdir -p "$target"
comm -13 <(echo "$before") <(listed) | tar -C "$environment" -c -T - | tar -C "$target" -x
