#!/usr/bin/env bash
# Replaces the example of known malware in FOLDER (internal/intel/data) by what
# a release knows: OSV's zip of all npm records and the table of hashes of the
# Amalfi paper's artifact. A list that cannot be read in full ends it, and
# FOLDER stays as it was.
#
#   intel.sh FOLDER OSV.zip HASHES.csv
set -euo pipefail
: "${3:?usage: intel.sh FOLDER OSV.zip HASHES.csv}"
folder="$(cd "$1" && pwd)"
osv="$(realpath "$2")"
hashes="$(realpath "$3")"
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

go run ./cmd/audit intel import --intel "$work" --source OSV "$osv"
go run ./cmd/audit intel import --intel "$work" --source "Amalfi (ICSE 2022)" "$hashes"
install -m 0644 "$work/own.intel" "$folder/known.intel"
rm -f "$folder/example.jsonl"
