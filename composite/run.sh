#!/usr/bin/env bash
# Fetches the release's program for this runner, checks it, and runs the Action
# with it. Everything comes from the environment: AUDIT_RELEASE is the address
# of the release's files, INPUT_… are the inputs with "_" for "-". It runs with
# the bash 3.2 of macOS and the bash of Git for Windows.
set -euo pipefail

fail() {
  printf '::error title=Amalfi Audit::%s\n' "$1"
  exit 3
}

sums="$(dirname "$0")/SHA256SUMS"
if [ -z "${AUDIT_RELEASE:-}" ] || [ ! -f "$sums" ]; then
  fail "This commit is no release, so there is no program to fetch. Use the commit of a release."
fi
suffix=""
case "${RUNNER_OS:-}" in
  Linux) os=linux ;;
  macOS) os=darwin ;;
  Windows) os=windows suffix=.exe ;;
  *) fail "There is no program for this operating system." ;;
esac
case "${RUNNER_ARCH:-}" in
  X64) arch=amd64 ;;
  ARM64) arch=arm64 ;;
  *) fail "There is no program for this architecture." ;;
esac

name="audit_${os}_$arch$suffix"
want="$(awk -v name="$name" '$2 == name { print $1 }' "$sums")"
[ "${#want}" -eq 64 ] || fail "SHA256SUMS has no $name."
# A folder of its own: what an earlier step left elsewhere is never run.
folder="$(mktemp -d "${RUNNER_TEMP:?}/amalfi-audit.XXXXXX")"
program="$folder/audit$suffix"
curl --fail --silent --show-error --location --proto '=https' --retry 3 \
  --output "$program" "$AUDIT_RELEASE/$name" || fail "The program could not be fetched."
if command -v sha256sum >/dev/null; then
  got="$(sha256sum <"$program")"
else
  got="$(shasum -a 256 <"$program")"
fi
[ "${got%% *}" = "$want" ] || fail "The program that was fetched is not the release's: its SHA-256 is another."

# Where the GitHub CLI is there, it also checks that the release workflow built
# these bytes. It asks github.com, for which other servers' tokens are none.
repository="${AUDIT_RELEASE#https://github.com/}"
repository="${repository%/releases/download/*}"
if [ "${GITHUB_SERVER_URL:-}" = https://github.com ] && [ -n "${INPUT_TOKEN:-}" ] && command -v gh >/dev/null; then
  GH_TOKEN="$INPUT_TOKEN" gh attestation verify "$program" --repo "$repository" \
    --signer-workflow "$repository/.github/workflows/release.yml" >/dev/null ||
    fail "The program's provenance attestation could not be verified."
fi

chmod +x "$program"
# The runner writes INPUT_FAIL-ON for an input fail-on, a name that a shell may
# drop. No credential has such a name: these values are seen in the process list.
renamed=()
for variable in ${!INPUT_@}; do
  case "$variable" in
    *_*_*) renamed+=("INPUT_$(printf '%s' "${variable#INPUT_}" | tr _ -)=${!variable}") ;;
  esac
done
# On Windows the values are to arrive as they are, not as translated paths.
export MSYS2_ENV_CONV_EXCL='*' MSYS2_ARG_CONV_EXCL='*'
exec env ${renamed[@]+"${renamed[@]}"} "$program" action
