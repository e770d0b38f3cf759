// Package e2e tests the audit command from end to end, on a real registry and
// with real package managers: verdaccio on the loopback interface, packages of
// our own that the npm client publishes, and lockfiles that npm, pnpm, yarn
// (classic and berry) and bun write. It has tests only.
//
// The tests run where the environment variable AMALFI_E2E names a folder with
// the programs, and are skipped elsewhere. npm itself is the machine's:
//
//	dir=$(mktemp -d)
//	cp internal/e2e/testdata/tools/package*.json "$dir"
//	npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund
//	AMALFI_E2E="$dir" go test -count=1 ./internal/e2e
//
// The programs' versions are pinned to the last that run on Node.js 20. One
// package deep down asks for node-fetch by a dist-tag that not every registry
// has, hence the override.
//
// Every program has a home folder, caches and a configuration of its own in a
// temporary folder and runs without lifecycle scripts. verdaccio has no
// uplinks: no package from elsewhere is ever asked for. Apart from that,
// TestDemo audits the README's demo against the registry that is configured on
// the machine, where AMALFI_TEST_NETWORK is 1.
package e2e
