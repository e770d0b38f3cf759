#!/usr/bin/env bash
# Builds the static program for each OS/ARCH, as Go names them, into FOLDER:
# audit_OS_ARCH, with .exe for Windows. VERSION is what "audit --version" says,
# DEFAULT_REGISTRY the npm registry that is used where nothing else names one,
# DEFAULT_INTEL the address of the known-malware data that the Action fetches; all
# may be empty. The same commit, Go and variables give the same bytes.
#
#   VERSION=v1.2.3 DEFAULT_REGISTRY=https://… build.sh FOLDER OS/ARCH…
set -euo pipefail
: "${2:?usage: build.sh FOLDER OS/ARCH…}"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
shift
cd "$(dirname "$0")/../.."

version="${VERSION:-}"
registry="${DEFAULT_REGISTRY:-}"
intel="${DEFAULT_INTEL:-}"
# They go into one flag, which the linker splits at spaces.
if [[ -n "$version" && ! "$version" =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  echo "build.sh: VERSION is no version such as v1.2.3: $version" >&2
  exit 2
fi
if [[ -n "$registry" && ! "$registry" =~ ^https?://[0-9A-Za-z._~:/@%-]+$ ]]; then
  echo "build.sh: DEFAULT_REGISTRY is no address: $registry" >&2
  exit 2
fi
if [[ -n "$intel" && ! "$intel" =~ ^https://[0-9A-Za-z._~:/@%-]+$ ]]; then
  echo "build.sh: DEFAULT_INTEL is no address: $intel" >&2
  exit 2
fi

for platform in "$@"; do
  os="${platform%/*}"
  arch="${platform#*/}"
  suffix=""
  [ "$os" != windows ] || suffix=.exe
  CGO_ENABLED=0 GOOS="$os" GOARCH="$arch" go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X main.version=$version -X main.defaultRegistry=$registry -X main.defaultIntel=$intel" \
    -o "$folder/audit_${os}_$arch$suffix" ./cmd/audit
done
