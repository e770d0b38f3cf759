#!/usr/bin/env bash
# Fetches what tests with real packages read into FOLDER: the tarballs of LIST,
# which has a name@version a line, with the machine's npm and two at once, and,
# where TOOLS is a folder with a package.json and its lockfile, these tools. What
# is there already is left as it is. What the registry does not serve is listed,
# and the exit code is then 3.
#
#   fetch.sh LIST FOLDER [TOOLS]
set -euo pipefail
list="${1:?usage: fetch.sh LIST FOLDER [TOOLS]}"
folder="${2:?usage: fetch.sh LIST FOLDER [TOOLS]}"
tools="${3:-}"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"

# tarball says how npm pack calls a version's tarball.
tarball() {
  local name="${1%@*}"
  name="${name#@}"
  printf '%s' "$folder/${name//\//-}-${1##*@}.tgz"
}

missing() {
  local pin
  while read -r pin; do
    [ -s "$(tarball "$pin")" ] || printf '%s\n' "$pin"
  done <"$list"
}

# npm writes a tarball under its final name, so it does so elsewhere first.
staging="$(mktemp -d "$folder/.fetch.XXXXXX")"
trap 'rm -rf "$staging"' EXIT
missing | xargs -r -n 1 -P 2 bash -c '
  npm pack --silent --ignore-scripts --pack-destination "$0" "$1" >/dev/null 2>&1 || echo "not served: $1"' "$staging"
find "$staging" -name '*.tgz' -exec mv {} "$folder" \;

if [ -n "$tools" ] && ! cmp -s "$tools/package-lock.json" "$folder/tools/package-lock.json"; then
  mkdir "$staging/tools"
  cp "$tools/package.json" "$tools/package-lock.json" "$staging/tools"
  npm ci --prefix "$staging/tools" --ignore-scripts --no-audit --no-fund --no-update-notifier
  rm -rf "$folder/tools"
  mv "$staging/tools" "$folder/tools"
fi
[ -z "$(missing)" ] || exit 3
