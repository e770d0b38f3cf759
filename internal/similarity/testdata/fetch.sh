#!/usr/bin/env bash
# Fetches the tarballs of popular.txt into FOLDER for TestCorpus, with the
# machine's npm and two at once. What is there already is left as it is; what
# the registry does not serve is listed.
#
#   fetch.sh FOLDER
set -euo pipefail
folder="${1:?usage: fetch.sh FOLDER}"
list="$(cd "$(dirname "$0")" && pwd)/popular.txt"
mkdir -p "$folder"

missing() {
  local version name
  while read -r version; do
    name="${version%@*}"
    name="${name#@}"
    [ -s "$folder/${name//\//-}-${version##*@}.tgz" ] || printf '%s\n' "$version"
  done <"$list"
}

# npm writes a tarball under its final name, so it does so elsewhere first.
staging="$(mktemp -d "$folder/.fetch.XXXXXX")"
trap 'rm -rf "$staging"' EXIT
missing | xargs -r -n 1 -P 2 bash -c '
  npm pack --silent --ignore-scripts --pack-destination "$0" "$1" >/dev/null 2>&1 || echo "not served: $1"' "$staging"
find "$staging" -name '*.tgz' -exec mv {} "$folder" \;
