package lockfile

import (
	"io/fs"
	"path"
	"slices"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Discovery is what lies below a folder.
type Discovery struct {
	// Lockfiles are the paths of all lockfiles, sorted, among them those that
	// Parse refuses (bun.lockb without a bun.lock beside it).
	Lockfiles []string
	// Unlocked are manifests with dependencies that no lockfile covers, in
	// their own folder or one above: what they install cannot be known.
	Unlocked []string
	// Manifests are all manifests, with dependencies or without.
	Manifests []string
	// Skipped are folders that lie too deep to be entered.
	Skipped []string
}

// maxDepth bounds how deep Discover descends.
const maxDepth = 64

// Discover finds the lockfiles below the root of fsys. It does not enter
// node_modules and .git.
func Discover(fsys fs.FS) (Discovery, error) {
	var d Discovery
	covered := make(map[string]bool)
	binary := make(map[string]bool)
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		switch {
		case entry.IsDir():
			if base == "node_modules" || base == ".git" {
				return fs.SkipDir
			}
			if depth(name) > maxDepth {
				d.Skipped = append(d.Skipped, name)
				return fs.SkipDir
			}
		case base == binaryLockfile:
			binary[path.Dir(name)] = true
		case IsName(base):
			d.Lockfiles = append(d.Lockfiles, name)
			covered[path.Dir(name)] = true
		case base == "package.json":
			d.Manifests = append(d.Manifests, name)
		}
		return nil
	})
	if err != nil {
		return Discovery{}, err
	}
	for dir := range binary {
		if !slices.Contains(d.Lockfiles, path.Join(dir, "bun.lock")) {
			d.Lockfiles = append(d.Lockfiles, path.Join(dir, binaryLockfile))
			covered[dir] = true
		}
	}
	slices.Sort(d.Lockfiles)
	for _, name := range d.Manifests {
		if !coveredBy(covered, path.Dir(name)) && HasDependencies(fsys, name) {
			d.Unlocked = append(d.Unlocked, name)
		}
	}
	return d, nil
}

func depth(name string) int {
	n := 0
	for name != "." {
		name = path.Dir(name)
		n++
	}
	return n
}

func coveredBy(covered map[string]bool, dir string) bool {
	for {
		if covered[dir] {
			return true
		}
		if dir == "." {
			return false
		}
		dir = path.Dir(dir)
	}
}

// HasDependencies reports whether a manifest names any. One that cannot be
// read might.
func HasDependencies(fsys fs.FS, name string) bool {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return true
	}
	m, err := npm.ParseManifest(data)
	if err != nil {
		return true
	}
	return len(m.Dependencies)+len(m.DevDependencies)+len(m.OptionalDependencies)+len(m.PeerDependencies) > 0
}
