package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// manager is a package manager that writes a lockfile without running anything.
type manager struct {
	name     string
	format   string // as reports call it
	lockfile string
	argv     []string
	environ  []string
	// ownDigests tells that the lockfile has digests of something else than
	// the registry's tarball.
	ownDigests bool
}

// npmManager writes lockfiles without the addresses of tarballs, so that they
// serve with a proxy as well.
var npmManager = manager{
	name: "npm without addresses", format: "npm v3", lockfile: "package-lock.json",
	argv:    []string{"npm", "install", "--package-lock-only"},
	environ: []string{"npm_config_omit_lockfile_registry_resolved=true"},
}

// managers are all package managers. Those that hold back versions published
// only just are told not to.
func (w *world) managers(t *testing.T) []manager {
	t.Helper()
	found, err := filepath.Glob(w.module("@oven/bun-*/bin/bun"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no bun for this system: %v", err)
	}
	return []manager{
		npmManager,
		{
			name: "npm", format: "npm v3", lockfile: "package-lock.json",
			argv: []string{"npm", "install", "--package-lock-only"},
		},
		{
			name: "pnpm", format: "pnpm v9.0", lockfile: "pnpm-lock.yaml",
			argv: []string{"node", w.module("pnpm/bin/pnpm.cjs"), "install", "--lockfile-only", "--no-frozen-lockfile"},
		},
		{
			// It has no way to write the lockfile alone.
			name: "yarn classic", format: "yarn classic v1", lockfile: "yarn.lock",
			argv: []string{"node", w.module("yarn/bin/yarn.js"), "install", "--ignore-scripts", "--non-interactive"},
		},
		{
			name: "yarn berry", format: "yarn berry v10", lockfile: "yarn.lock", ownDigests: true,
			argv: []string{"node", w.module("@yarnpkg/cli-dist/bin/yarn.js"), "install", "--mode=update-lockfile"},
			environ: []string{
				"YARN_NPM_REGISTRY_SERVER=" + w.registry,
				"YARN_UNSAFE_HTTP_WHITELIST=127.0.0.1",
				"YARN_ENABLE_SCRIPTS=0",
				"YARN_ENABLE_TELEMETRY=0",
				"YARN_ENABLE_IMMUTABLE_INSTALLS=0",
				"YARN_NPM_MINIMAL_AGE_GATE=0",
			},
		},
		{
			name: "bun", format: "bun v2", lockfile: "bun.lock",
			argv: []string{found[0], "install", "--lockfile-only", "--ignore-scripts"},
		},
	}
}

// project is one that depends on a version of a package.
type project struct {
	name, version string
	// from is the folder of a project that it is a change of: the package
	// manager begins with the lockfile there. Empty for a new project.
	from string
	// npmrc is the project's .npmrc, "" for none, and environ what the package
	// manager gets besides.
	npmrc   string
	environ []string
}

// lock makes the project with its lockfile and returns the folder.
func (w *world) lock(t *testing.T, m manager, p project) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "package.json"), fmt.Sprintf(
		`{"name": "project", "version": "1.0.0", "private": true, "dependencies": {%q: %q}}`, p.name, p.version))
	if p.npmrc != "" {
		write(t, filepath.Join(dir, ".npmrc"), p.npmrc)
	}
	lockfile := filepath.Join(dir, m.lockfile)
	switch {
	case p.from != "":
		write(t, lockfile, read(t, filepath.Join(p.from, m.lockfile)))
	case m.lockfile == "yarn.lock":
		write(t, lockfile, "") // berry takes the folder for a project by it
	}
	w.must(t, dir, slices.Concat(m.environ, p.environ), m.argv...)
	return dir
}
