package reproduce

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/jsontree"
)

// Fields of package.json that nothing runs by: what people and tools of the
// package's own project read. Any other field must be the source's or be
// explained, since packages read fields of their own (node-pre-gyp: "binary").
var inertFields = []string{
	"author", "ava", "babel", "browserslist", "bugs", "c8", "changelog", "collective", "commitlint", "contributors", "deprecated",
	"description", "devDependencies", "eslintConfig", "eslintIgnore", "files", "funding", "gitHead", "homepage", "husky", "jest", "jsdelivr",
	"keywords", "license", "licenses", "lint-staged", "maintainers", "mocha", "nyc", "packageManager", "prettier", "private",
	"publishConfig", "readme", "readmeFilename", "release", "repository", "renovate", "size-limit", "standard", "stylelint", "tap",
	"tsd", "types", "typesVersions", "typings", "unpkg", "volta", "workspaces", "xo",
}

// dependencyFields hold names with ranges.
var dependencyFields = []string{"dependencies", "optionalDependencies", "peerDependencies"}

// pathFields hold one path or names with paths.
var pathFields = []string{"main", "module", "bin", "browser"}

// compareManifests reports how a tarball's package.json differs from the
// source's: fields holds the fields whose difference publishing explains, bad
// those that could make something else run. version is the published version.
func compareManifests(published, source []byte, version string, gyp bool) (fields, bad []string) {
	if len(published) > maxManifest {
		return nil, []string{fmt.Sprintf("the tarball's manifest has %d bytes; %d are compared", len(published), maxManifest)}
	}
	t, err := jsontree.Parse(published)
	if err != nil || t.Kind != jsontree.Object {
		return nil, []string{"the tarball's manifest is no JSON that is read in one way"}
	}
	s, err := jsontree.Parse(source)
	if err != nil || s.Kind != jsontree.Object {
		return nil, []string{"the source's manifest is no JSON that is read in one way"}
	}
	c := &manifestComparison{version: version, publish: s.Get("publishConfig"), gyp: gyp}
	mine, theirs := members(t), members(s)
	keys := slices.AppendSeq(slices.Collect(maps.Keys(mine)), maps.Keys(theirs))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		a, b := mine[key], theirs[key]
		if equal(a, b) {
			continue
		}
		if why := c.explain(key, a, b); why != "" {
			bad = append(bad, why)
		} else {
			fields = append(fields, key)
		}
	}
	return fields, bad
}

// members returns an object's members by their keys, of which jsontree accepts
// each once.
func members(v *jsontree.Value) map[string]*jsontree.Value {
	out := make(map[string]*jsontree.Value)
	if v != nil {
		for _, m := range v.Members {
			out[m.Key] = m.Value
		}
	}
	return out
}

// manifestComparison is what the fields of two manifests are compared by.
type manifestComparison struct {
	version string
	publish *jsontree.Value // the source's publishConfig
	gyp     bool            // the tarball has a *.gyp file at its root
}

// explain returns why a difference is not explained, "" where it is. published
// or source is nil where the manifest has no such field.
func (c *manifestComparison) explain(key string, published, source *jsontree.Value) string {
	switch {
	case slices.Contains(inertFields, key), strings.HasPrefix(key, "_"):
		return ""
	case key == "version":
		if published.Str() == c.version {
			return ""
		}
	case key == "scripts":
		return c.scripts(published, source)
	case slices.Contains(dependencyFields, key):
		return dependencies(key, published, source)
	case published != nil && equal(published, c.publish.Get(key)):
		return "" // pnpm and others move these fields up
	case slices.Contains(pathFields, key) && equal(cleanPaths(published), cleanPaths(source)):
		return ""
	case key == "sideEffects", key == "engines":
		return "" // bundlers and package managers read them; nothing runs by them
	}
	switch {
	case published == nil:
		return fmt.Sprintf("%q is missing", key)
	case source == nil:
		return fmt.Sprintf("%q was added", key)
	}
	return fmt.Sprintf("%q differs", key)
}

// inOrder yields an object's members in the order of the document.
func inOrder(v *jsontree.Value) iter.Seq2[string, *jsontree.Value] {
	return func(yield func(string, *jsontree.Value) bool) {
		if v == nil {
			return
		}
		for _, m := range v.Members {
			if !yield(m.Key, m.Value) {
				return
			}
		}
	}
}

// scripts: what the tarball has must be the source's; publishing tools remove
// some. Where a build is implied, removing an install script makes it run.
func (c *manifestComparison) scripts(published, source *jsontree.Value) string {
	if published != nil && published.Kind != jsontree.Object {
		return `"scripts" is no object`
	}
	theirs := members(source)
	for key, command := range inOrder(published) {
		if !equal(command, theirs[key]) {
			return fmt.Sprintf("script %.80q is not the source's", key)
		}
	}
	for _, hook := range []string{"install", "preinstall"} {
		if c.gyp && published.Get(hook) == nil && source.Get(hook) != nil {
			return fmt.Sprintf("without script %q the build of a .gyp file runs", hook)
		}
	}
	return ""
}

// dependencies: each must be the source's, or what publishing makes of a range
// that only the source's workspace understands.
func dependencies(field string, published, source *jsontree.Value) string {
	if published == nil {
		return ""
	}
	if published.Kind != jsontree.Object {
		return fmt.Sprintf("%q is no object", field)
	}
	theirs := members(source)
	for key, spec := range inOrder(published) {
		s := theirs[key]
		switch {
		case s == nil:
			return fmt.Sprintf("%q: %.214q was added", field, key)
		case equal(spec, s):
		case !resolves(s.Str(), spec.Str()):
			return fmt.Sprintf("%q: %.214q is %.80q, in the source %.80q", field, key, spec.Str(), s.Str())
		}
	}
	return ""
}

// localRanges begin ranges that have a meaning in their workspace alone (pnpm and
// yarn documentation, "Workspaces", "Catalogs"; lerna's file: and link:).
var localRanges = []string{"workspace:", "catalog:", "file:", "link:", "portal:", "0.0.0-PLACEHOLDER", "^0.0.0-PLACEHOLDER"}

// resolves reports whether publishing may make published of a range that has a meaning
// in its workspace alone: a plain range, thus nothing that names an address, and
// another package's only where the source names that one too (pnpm documentation,
// "Workspace", "Referencing workspace packages through aliases").
func resolves(source, published string) bool {
	if !slices.ContainsFunc(localRanges, func(prefix string) bool { return strings.HasPrefix(source, prefix) }) {
		return false
	}
	if alias, ok := strings.CutPrefix(published, "npm:"); ok {
		i := strings.LastIndexByte(alias, '@')
		if i <= 0 || !strings.HasPrefix(source, "workspace:"+alias[:i+1]) {
			return false
		}
		published = alias[i+1:]
	}
	return published != "" && strings.IndexFunc(published, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("^~<>=|*.+- ", r))
	}) < 0 && strings.ContainsAny(published, "0123456789*xX")
}

// cleanPaths returns a value whose paths are written in one way ("./a" is "a").
// Only strings and members that are strings are changed.
func cleanPaths(v *jsontree.Value) *jsontree.Value {
	if v == nil {
		return nil
	}
	clean := *v
	switch v.Kind {
	case jsontree.String:
		if v.Text != "" {
			clean.Text = path.Clean(v.Text)
		}
	case jsontree.Object:
		clean.Members = slices.Clone(v.Members)
		for i, m := range clean.Members {
			if m.Value.Kind == jsontree.String {
				clean.Members[i].Value = cleanPaths(m.Value)
			}
		}
	}
	return &clean
}

// equal compares two values; the order of an object's members counts, as
// for the conditions of exports. Its depth is at most
// jsontree.MaxDepth.
func equal(a, b *jsontree.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Items {
		if !equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i, m := range a.Members {
		if b.Members[i].Key != m.Key {
			return false
		}
		if !equal(m.Value, b.Members[i].Value) {
			return false
		}
	}
	return true
}

// publishDirectory returns the folder that a manifest says is published in the
// place of its own (pnpm and lerna documentation, publishConfig.directory).
func publishDirectory(manifest []byte) string {
	var m struct {
		PublishConfig struct {
			Directory string `json:"directory"`
		} `json:"publishConfig"`
	}
	if json.Unmarshal(manifest, &m) != nil {
		return ""
	}
	dir, ok := cleanDirectory(m.PublishConfig.Directory)
	if !ok {
		return ""
	}
	return dir
}
