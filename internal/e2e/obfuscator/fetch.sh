#!/usr/bin/env bash
# Fetches what the tests of this folder read into FOLDER: the minifiers and the
# obfuscator of testdata/tools, and the tarballs of testdata/packages.txt, with
# the machine's npm and at most three at once. What is there already is left as
# it is.
#
#   fetch.sh FOLDER
set -euo pipefail
folder="${1:?usage: fetch.sh FOLDER}"
data="$(cd "$(dirname "$0")" && pwd)/testdata"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"

missing() {
  local pin name file
  while read -r pin; do
    name="${pin%@*}"
    file="${name#@}"
    file="${file//\//-}-${pin##*@}.tgz"
    [ -s "$folder/$file" ] || printf '%s\n' "$pin"
  done <"$data/packages.txt"
}

# npm writes a tarball under its final name, so it does so elsewhere first.
staging="$(mktemp -d "$folder/.fetch.XXXXXX")"
trap 'rm -rf "$staging"' EXIT
missing | xargs -r -n 1 -P 3 npm pack --silent --ignore-scripts --pack-destination "$staging"
find "$staging" -name '*.tgz' -exec mv {} "$folder" \;

if ! cmp -s "$data/tools/package-lock.json" "$folder/tools/package-lock.json"; then
  mkdir "$staging/tools"
  cp "$data/tools/package.json" "$data/tools/package-lock.json" "$staging/tools"
  npm ci --prefix "$staging/tools" --ignore-scripts --no-audit --no-fund --no-update-notifier
  rm -rf "$folder/tools"
  mv "$staging/tools" "$folder/tools"
fi
