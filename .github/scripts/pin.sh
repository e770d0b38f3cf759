#!/usr/bin/env bash
# Pins a checkout to a release: action.yml to the image by its digest, the
# composite variant to the address of the release's files and their digests.
#
#   pin.sh CHECKOUT IMAGE@sha256:… https://…/releases/download/v1.2.3 SHA256SUMS
set -euo pipefail
: "${4:?usage: pin.sh CHECKOUT IMAGE@sha256:… ADDRESS SHA256SUMS}"
sums="$(realpath "$4")"
cd "$1"
if [[ ! "$2" =~ ^[0-9a-z./_-]+@sha256:[0-9a-f]{64}$ ]]; then
  echo "pin.sh: no image with a digest: $2" >&2
  exit 2
fi
if [[ ! "$3" =~ ^https://[0-9A-Za-z./_-]+/releases/download/v[0-9][0-9A-Za-z.-]*$ ]]; then
  echo "pin.sh: no address of a release: $3" >&2
  exit 2
fi
for name in audit_linux_amd64 audit_linux_arm64 audit_darwin_amd64 audit_darwin_arm64 audit_windows_amd64.exe audit_windows_arm64.exe; do
  if ! grep -Eq "^[0-9a-f]{64}  ${name//./\\.}\$" "$sums"; then
    echo "pin.sh: $4 has no $name" >&2
    exit 1
  fi
done

# replace puts a line in the place of the one in a file that is just OLD.
replace() {
  if [ "$(grep -cxF -- "$2" "$1")" != 1 ]; then
    echo "pin.sh: $1 has not one line: $2" >&2
    exit 1
  fi
  awk -v old="$2" -v new="$3" '$0 == old { $0 = new } { print }' "$1" >"$1.new"
  mv "$1.new" "$1"
}
replace action.yml '  image: Dockerfile' "  image: docker://$2"
replace composite/action.yml '        AUDIT_RELEASE: ""' "        AUDIT_RELEASE: $3"
install -m 0644 "$sums" composite/SHA256SUMS
