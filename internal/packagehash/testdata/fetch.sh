#!/usr/bin/env bash
# Fetches the tarballs of versions.txt into FOLDER for TestCorpus (see
# internal/e2e/fetch.sh). Some are not served any more: they are listed.
#
#   fetch.sh FOLDER
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
"$here/../../e2e/fetch.sh" "$here/versions.txt" "${1:?usage: fetch.sh FOLDER}" || [ $? -eq 3 ]
