// Package action tests how the Action reaches its users: the scripts of the
// release workflow, the image's root file system, the composite variant, the
// workflows and the examples, and what its summary looks like. It has tests
// only.
//
// Tests that need more than Go, bash and git are skipped without it. The image's
// root file system is entered as root on Linux. Where the environment variable
// AMALFI_E2E names a folder with the tools of internal/e2e, actionlint in its
// folder bin, and headless Chromium on the path, these run as well:
//
//	GOBIN="$AMALFI_E2E/bin" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
//	AMALFI_E2E="$AMALFI_E2E" go test -count=1 ./internal/e2e/action
//
// AMALFI_RENDER names a folder that the screenshots are kept in.
package action
