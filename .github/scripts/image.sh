#!/usr/bin/env bash
# Builds the image for linux/amd64 and linux/arm64 from the programs in FOLDER,
# pushes it as IMAGE:VERSION, and appends image=IMAGE@DIGEST and digest=DIGEST to
# GITHUB_OUTPUT. Docker must be logged in.
#
#   image.sh FOLDER IMAGE VERSION
set -euo pipefail
folder="${1:?usage: image.sh FOLDER IMAGE VERSION}"
image="${2:?usage: image.sh FOLDER IMAGE VERSION}"
version="${3:?usage: image.sh FOLDER IMAGE VERSION}"
scripts="$(dirname "$0")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

for arch in amd64 arm64; do
  "$scripts/rootfs.sh" "$work/build/image/$arch" "$folder/audit_linux_$arch"
done
# The named context takes the place of the Dockerfile's stage "build", so that
# the image has the very programs that are released.
docker buildx create --driver docker-container --use >/dev/null
docker buildx build --platform linux/amd64,linux/arm64 --build-context "build=$work/build" \
  --label "org.opencontainers.image.source=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" \
  --label "org.opencontainers.image.revision=$GITHUB_SHA" \
  --label "org.opencontainers.image.version=$version" \
  --provenance=false --sbom=false --tag "$image:$version" --push --metadata-file "$work/metadata.json" .
digest="$(jq -er '."containerimage.digest"' "$work/metadata.json")"

said="$(docker run --rm --pull always "$image@$digest" --version)"
if [ "$said" != "$version" ]; then
  echo "image.sh: the image says it is $said, not $version" >&2
  exit 1
fi
printf 'image=%s\ndigest=%s\n' "$image@$digest" "$digest" >>"$GITHUB_OUTPUT"
