#!/usr/bin/env bash
# slim.sh ENVIRONMENT: leaves out of the image what nothing in it ever opens.
set -euo pipefail
cd "$1"/lib/python3.*/site-packages
# What builds packages, and their own tests and type stubs. Ours say what they need by other means.
rm -rf setuptools setuptools-*.dist-info _distutils_hack distutils-precedence.pth pkg_resources
find . -depth -type d \( -name tests -o -name test \) -not -path './nameko/*' -exec rm -rf {} +
find . -type f \( -name '*.pyi' -o -name '*.h' -o -name '*.c' -o -name '*.pyx' -o -name '*.pxd' \) -delete
# The languages that screens and papers are written in; babel reads the others nowhere.
find babel/locale-data -type f ! -name 'root.dat' ! -name 'es*.dat' ! -name 'en*.dat' -delete
