#!/usr/bin/env bash
# Fetches what the tests of this folder read into FOLDER (see ../fetch.sh): the
# tarballs of testdata/packages.txt and the programs of testdata/tools.
#
#   fetch.sh FOLDER
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
exec "$here/../fetch.sh" "$here/testdata/packages.txt" "${1:?usage: fetch.sh FOLDER}" "$here/testdata/tools"
