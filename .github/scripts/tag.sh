#!/usr/bin/env bash
# Commits what pin.sh changed in CHECKOUT, on no branch, and pushes the commit
# as the tag VERSION. A tag that is there already is never moved.
#
#   tag.sh CHECKOUT VERSION
set -euo pipefail
version="${2:?usage: tag.sh CHECKOUT VERSION}"
cd "$1"
export GIT_AUTHOR_NAME="Amalfi Audit release" GIT_AUTHOR_EMAIL=release@amalfi-audit.invalid
export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME" GIT_COMMITTER_EMAIL="$GIT_AUTHOR_EMAIL"
source="$(git rev-parse HEAD)"
git checkout --quiet --detach
git add action.yml composite/action.yml composite/SHA256SUMS
git commit --quiet --message "$version, pinned to its image and programs

Built from $source."
git tag "$version"
git push --quiet origin "refs/tags/$version"
git rev-parse HEAD
