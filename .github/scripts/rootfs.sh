#!/usr/bin/env bash
# Makes the root file system of the Action's image in FOLDER: BINARY as /audit,
# the certificate authorities where Go looks for them, and an empty /tmp.
#
#   rootfs.sh FOLDER BINARY
set -euo pipefail
folder="${1:?usage: rootfs.sh FOLDER BINARY}"
binary="${2:?usage: rootfs.sh FOLDER BINARY}"
install -d -m 0755 "$folder" "$folder/etc" "$folder/etc/ssl" "$folder/etc/ssl/certs"
install -m 0755 "$binary" "$folder/audit"
install -m 0644 /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
install -d -m 1777 "$folder/tmp"
