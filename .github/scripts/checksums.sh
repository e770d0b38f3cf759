#!/usr/bin/env bash
# Writes FOLDER/SHA256SUMS over the files in FOLDER, sorted by name.
#
#   checksums.sh FOLDER
set -euo pipefail
cd "${1:?usage: checksums.sh FOLDER}"
rm -f SHA256SUMS
shopt -s nullglob
export LC_ALL=C
files=(*)
if [ "${#files[@]}" -eq 0 ]; then
  echo "checksums.sh: nothing in $1" >&2
  exit 1
fi
sha256sum -- "${files[@]}" >.SHA256SUMS
mv .SHA256SUMS SHA256SUMS
