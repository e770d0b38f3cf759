// Package lockfile reads the lockfiles of npm, yarn, pnpm and bun into one
// model and compares two states of them.
//
// The formats and their versions:
//
//	package-lock.json    1, 2, 3
//	npm-shrinkwrap.json  the same, and the older form without a version
//	yarn.lock            classic (v1) and berry (__metadata version 4 to 10)
//	pnpm-lock.yaml       5 to 5.4, 5.4-inlineSpecifiers, 6, 7, 9, one or two documents
//	bun.lock             0, 1, 2
//
// A file that is not understood is an error that names the place; it is never
// an empty list. Everything in a lockfile is untrusted: the size, the depth
// and the form are checked, and nothing is looked up outside the text and the
// project's own manifests.
package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/jsontree"
	"github.com/amalfi-audit/audit/internal/npm"
)

// The largest lockfile that is read, in bytes and lines. The largest one known
// to the tests has 1 MB and 23,000 lines.
const (
	MaxSize  = 32 << 20
	MaxLines = 1 << 20
)

// What one entry may take, in bytes: no package manager writes more, and a
// long text that many entries repeat would take far more than the file has.
const (
	maxFolder = 4096 // a path of node_modules folders, as Linux limits it
	maxText   = 8192 // a name, a version or what an entry resolves to
)

// maxPatterns bounds the workspace patterns with wildcards that are looked at.
// A member that is missed for it only loses what its manifest would tell.
const maxPatterns = 256

// wildcards are the characters that make a workspace pattern one.
const wildcards = `*?[\`

// Kind tells where the package manager takes an entry from.
type Kind string

// The kinds of entries.
const (
	KindRegistry  Kind = "registry"  // a registry tarball, whatever the host
	KindGit       Kind = "git"       // a git repository, or a host's tarball of a commit
	KindURL       Kind = "url"       // a remote tarball that no registry lists
	KindFile      Kind = "file"      // a local tarball
	KindDirectory Kind = "directory" // a workspace member, link, portal or directory
	KindPatch     Kind = "patch"     // yarn berry's patched copy of another entry
	KindRuntime   Kind = "runtime"   // a runtime such as Node.js itself (pnpm)
	KindBundled   Kind = "bundled"   // ships inside the tarball of the package above it
	KindOther     Kind = "other"     // anything else, such as a protocol of a plugin
)

// Dependency is one entry of a lockfile.
type Dependency struct {
	// PackageVersion has the real name, also behind an alias, and the version
	// as recorded, without pnpm's peer suffix and berry's parameters.
	npm.PackageVersion
	// Alias is the name the entry is installed under where that is another one.
	Alias string
	// Path is the entry's key in the lockfile.
	Path string
	// Resolved is the URL, path or locator the entry is fetched from, as
	// written; "" where the lockfile leaves it out.
	Resolved  string
	Integrity npm.Integrity
	// Checksum is yarn berry's checksum, which covers yarn's own zip of the
	// package and not the tarball, as KEY/DIGEST: checksums of different keys
	// cannot be compared, since the key says how the zip is made.
	Checksum string
	Kind     Kind
	// Dev marks what only development dependencies bring in, Optional what
	// only optional ones do, Peer what only peer dependencies do, as far as
	// the lockfile or the project's manifests tell.
	Dev, Optional, Peer bool
	// Direct marks what a manifest of the project names itself.
	Direct bool
	// Chain names the packages that bring an indirect entry in, from a direct
	// dependency down to the one that asks for it, as name@version.
	Chain []string
	// Importer is the folder of the workspace member the chain begins in; ""
	// is the project's root.
	Importer string
	// Environment marks entries of pnpm's first document: the package manager
	// itself and configuration dependencies.
	Environment bool
	// Line and Column are where the entry's key stands, from 1.
	Line, Column int
}

// Manager is the program that writes a lockfile.
type Manager string

// The package managers.
const (
	NPM         Manager = "npm"
	YarnClassic Manager = "yarn classic"
	YarnBerry   Manager = "yarn berry"
	PNPM        Manager = "pnpm"
	Bun         Manager = "bun"
)

// Format is the form a lockfile is written in.
type Format struct {
	Manager Manager
	// Version is the format's version as the file gives it, "" where a file of
	// npm gives none.
	Version string
}

func (f Format) String() string {
	if f.Version == "" {
		return string(f.Manager) + " without version"
	}
	return string(f.Manager) + " v" + f.Version
}

// Problem is something a reader of the lockfile has to know that does not
// prevent reading it, such as two parts that contradict each other.
type Problem struct {
	Line    int
	Message string
	// Stale tells that a manifest names what the lockfile does not have: an
	// install would bring something that is not in it.
	Stale bool
}

// Lockfile is a parsed lockfile.
type Lockfile struct {
	// Path is as given to Parse, with forward slashes.
	Path   string
	Format Format
	// Dependencies are the entries in the order of the file.
	Dependencies []Dependency
	Problems     []Problem
	// Members are the folders of the project and its workspace members, sorted;
	// "" is the project itself.
	Members []string
}

// Error says why a lockfile could not be read, where, and what to do.
type Error struct {
	Path         string
	Line, Column int // 0 where the whole file is meant
	Message      string
	Advice       string
	Err          error // the cause; may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ":%d", e.Column)
		}
	}
	b.WriteString(": " + e.Reason())
	return b.String()
}

// Reason is the error without the place.
func (e *Error) Reason() string {
	if e.Advice == "" {
		return e.Message
	}
	return e.Message + " (" + e.Advice + ")"
}

func (e *Error) Unwrap() error { return e.Err }

// Errors that Parse wraps, for those who handle them apart.
var (
	// ErrUnsupported: the format, or this version of it, is not read.
	ErrUnsupported = errors.New("unsupported lockfile format")
	// ErrConflict: the file has unresolved merge conflicts.
	ErrConflict = errors.New("unresolved merge conflict")
)

// fileNames are the names under which lockfiles are found, with the parser of
// each, in the order in which package managers prefer them in one folder.
var fileNames = []struct {
	name  string
	parse func(*parser) error
}{
	{"npm-shrinkwrap.json", (*parser).npm},
	{"package-lock.json", (*parser).npm},
	{"yarn.lock", (*parser).yarn},
	{"pnpm-lock.yaml", (*parser).pnpm},
	{"bun.lock", (*parser).bun},
}

// binaryLockfile is bun's old binary format, which cannot be compared in a
// review and is not read.
const binaryLockfile = "bun.lockb"

// IsName reports whether a file of this base name is a lockfile, read or not.
// Package managers on some systems open it whatever its case.
func IsName(base string) bool {
	base = strings.ToLower(base)
	if base == binaryLockfile {
		return true
	}
	for _, f := range fileNames {
		if f.name == base {
			return true
		}
	}
	return false
}

// Parse reads the lockfile data. Its base name decides the format, or, where
// that is no lockfile's, the content does; the content decides the version.
// project is the folder the lockfile lies in, from which the
// manifests of the project are read that tell direct dependencies apart in
// formats that do not say it; it may be nil.
//
// Every error is an *Error.
func Parse(name string, data []byte, project fs.FS) (*Lockfile, error) {
	p := &parser{data: data, project: project, lock: &Lockfile{Path: name}}
	base := strings.ToLower(path.Base(name)) // some file systems make no difference
	if base == binaryLockfile {
		return nil, p.fail(0, ErrUnsupported, "bun's binary lockfile is not read", adviceBinary)
	}
	if !IsName(base) {
		base = detect(data)
	}
	for _, f := range fileNames {
		if f.name != base {
			continue
		}
		if err := p.check(); err != nil {
			return nil, err
		}
		if err := f.parse(p); err != nil {
			return nil, p.wrap(err)
		}
		for i := range p.lock.Dependencies {
			if err := p.checkText(&p.lock.Dependencies[i]); err != nil {
				return nil, err
			}
		}
		p.graph.apply(p.lock.Dependencies, p.flagged)
		p.lock.Members = p.members()
		return p.lock, nil
	}
	return nil, p.fail(0, ErrUnsupported, "neither the name nor the content is that of a lockfile",
		"npm-shrinkwrap.json, package-lock.json, yarn.lock, pnpm-lock.yaml and bun.lock are read")
}

// detect returns the name under which a lockfile of this content usually goes,
// "" where it looks like none.
func detect(data []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	head := text[:min(len(text), 4096)]
	has := func(s string) bool { return bytes.Contains(head, []byte(s)) }
	switch {
	case bytes.HasPrefix(text, []byte("{")) && has(`"lockfileVersion"`) && has(`"workspaces"`) && !has(`"requires"`):
		return "bun.lock"
	case bytes.HasPrefix(text, []byte("{")) && (has(`"lockfileVersion"`) || has(`"dependencies"`)):
		return "package-lock.json"
	case has("yarn lockfile v"), has("__metadata:"):
		return "yarn.lock"
	case has("lockfileVersion:"), bytes.Contains(text, []byte("\nlockfileVersion:")):
		return "pnpm-lock.yaml"
	}
	return ""
}

// parser is the state that the readers of all formats share.
type parser struct {
	data    []byte
	project fs.FS
	lock    *Lockfile
	graph   graph
	// flagged tells that the format records dev and optional itself.
	flagged bool
}

// fail makes an *Error at a line; cause may be nil.
func (p *parser) fail(line int, cause error, message, advice string) error {
	return &Error{Path: p.lock.Path, Line: line, Message: message, Advice: advice, Err: cause}
}

const adviceBinary = "run `bun install --save-text-lockfile --frozen-lockfile --lockfile-only` and commit bun.lock instead"

const adviceRegenerate = "check the file for damage, or write it anew with the package manager"

// badEntry is an error at an entry of the lockfile.
func (p *parser) badEntry(line int, format string, args ...any) error {
	return p.fail(line, nil, fmt.Sprintf(format, args...), adviceRegenerate)
}

// wrap makes an *Error of err unless it is one.
func (p *parser) wrap(err error) error {
	var own *Error
	var syntax *jsontree.SyntaxError
	switch {
	case errors.As(err, &own):
		return err
	case errors.As(err, &syntax):
		return &Error{Path: p.lock.Path, Line: syntax.Line, Column: syntax.Column,
			Message: "not valid JSON: " + syntax.Message, Advice: adviceRegenerate, Err: err}
	}
	return &Error{Path: p.lock.Path, Message: err.Error(), Advice: adviceRegenerate, Err: err}
}

// check refuses what no format allows.
func (p *parser) check() error {
	if len(p.data) > MaxSize {
		return p.fail(0, ErrUnsupported, fmt.Sprintf("the file has %d bytes; at most %d are read", len(p.data), MaxSize), "")
	}
	if len(bytes.TrimSpace(p.data)) == 0 {
		return p.fail(0, nil, "the file is empty", "write it anew with the package manager")
	}
	if bytes.HasPrefix(p.data, []byte("#!/usr/bin/env bun\nbun-lockfile-format-")) {
		return p.fail(1, ErrUnsupported, "bun's binary lockfile is not read", adviceBinary)
	}
	if i := bytes.IndexByte(p.data, 0); i >= 0 {
		line, _ := jsontree.Position(p.data, i)
		return p.fail(line, nil, "the file contains a NUL byte", adviceRegenerate)
	}
	line := 0
	for text := range bytes.Lines(p.data) {
		if line++; line > MaxLines {
			return p.fail(line, ErrUnsupported, fmt.Sprintf("the file has more than %d lines", MaxLines), "")
		}
		if !utf8.Valid(text) {
			return p.fail(line, nil, "the file is not UTF-8 here", adviceRegenerate)
		}
		for _, marker := range []string{"<<<<<<<", "|||||||", ">>>>>>>"} {
			rest, ok := bytes.CutPrefix(text, []byte(marker))
			if ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \r\n"), rest[0]) >= 0) {
				return p.fail(line, ErrConflict, "a merge conflict is not resolved here",
					"resolve it and run the package manager's install")
			}
		}
	}
	return nil
}

// checkText refuses an entry whose texts are too long or hold control
// characters: no package manager writes them, and they are there to deceive
// who reads a report. An alias has to be a name.
func (p *parser) checkText(d *Dependency) error {
	if d.Alias != "" {
		if err := npm.ValidateName(d.Alias); err != nil {
			return p.badEntry(d.Line, "%v", err)
		}
	}
	for _, s := range []string{d.Name, d.Version, d.Resolved} {
		if len(s) > maxText {
			return p.badEntry(d.Line, "a text of %d bytes in the entry %s", len(s), quote(d.Path))
		}
	}
	for _, s := range []string{d.Path, d.Name, d.Version, d.Resolved, d.Alias} {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return p.badEntry(d.Line, "a control character in the entry %s", quote(d.Path))
		}
	}
	if !soundURL(d.Resolved) {
		return p.badEntry(d.Line, "the entry %s is resolved to %s, which programs read in different ways", quote(d.Path), quote(d.Resolved))
	}
	return nil
}

// soundURL reports whether an address of the web, if it is one, has the form
// that every reader of URLs agrees on: a scheme, two slashes, a host.
func soundURL(resolved string) bool {
	scheme, rest, ok := strings.Cut(resolved, ":")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return true
	}
	u, err := url.Parse(resolved)
	return err == nil && scheme == strings.ToLower(scheme) && u.Hostname() != "" && u.User == nil &&
		strings.HasPrefix(rest, "//") && !strings.HasPrefix(rest, "///") && !strings.ContainsAny(resolved, "\\ ")
}

// add appends an entry and returns its index.
func (p *parser) add(d Dependency) int {
	p.lock.Dependencies = append(p.lock.Dependencies, d)
	p.graph.grow(len(p.lock.Dependencies))
	return len(p.lock.Dependencies) - 1
}

func (p *parser) problem(line int, format string, args ...any) {
	p.lock.Problems = append(p.lock.Problems, Problem{Line: line, Message: fmt.Sprintf(format, args...)})
}

// upToDate compares a manifest of the project with what the lockfile, at line,
// was made for: has reports whether that names the dependency.
func (p *parser) upToDate(dir string, line int, has func(name, spec string) bool) {
	m := p.manifest(dir)
	if m == nil {
		return
	}
	eachSpec(m, func(name, spec string, g group) {
		if g != peer && !has(name, spec) {
			p.stale(line, "%s asks for %s, which the lockfile was not made for", path.Join(dir, "package.json"), quote(name+"@"+spec))
		}
	})
}

func (p *parser) stale(line int, format string, args ...any) {
	p.lock.Problems = append(p.lock.Problems, Problem{Line: line, Message: fmt.Sprintf(format, args...), Stale: true})
}

// members lists the folders that have dependencies of their own or an entry.
func (p *parser) members() []string {
	folders := map[string]bool{"": true}
	for _, r := range p.graph.roots {
		folders[r.importer] = true
	}
	for i := range p.lock.Dependencies {
		d := &p.lock.Dependencies[i]
		if d.Kind != KindDirectory {
			continue
		}
		if _, folder, ok := strings.Cut(d.Resolved, "workspace:"); ok {
			folders[strings.TrimPrefix(folder, ".")] = true
		} else if p.lock.Format.Manager == NPM && !strings.Contains(d.Path, "node_modules") {
			folders[d.Path] = true
		}
	}
	return slices.Sorted(maps.Keys(folders))
}

// integrity parses an entry's integrity.
func (p *parser) integrity(text string, line int) (npm.Integrity, error) {
	in, err := npm.ParseIntegrity(text)
	if err != nil {
		return nil, p.badEntry(line, "%v", err)
	}
	return in, nil
}

// manifest reads a package.json of the project; nil where there is none that
// can be read.
func (p *parser) manifest(dir string) *npm.Manifest {
	if p.project == nil {
		return nil
	}
	data, err := fs.ReadFile(p.project, path.Join(dir, "package.json"))
	if err != nil {
		return nil
	}
	m, err := npm.ParseManifest(data)
	if err != nil {
		return nil
	}
	return m
}

// manifests reads the project's manifest and those of its workspace members,
// by folder; nil where the project has none.
func (p *parser) manifests() map[string]*npm.Manifest {
	root := p.manifest(".")
	if root == nil {
		return nil
	}
	all := map[string]*npm.Manifest{"": root}
	for _, dir := range p.memberFolders(root.Workspaces) {
		if m := p.manifest(dir); m != nil {
			all[dir] = m
		}
	}
	return all
}

// memberFolders returns the folders that workspace patterns name. "**" stands for
// any depth, as in the package managers; node_modules is never entered.
func (p *parser) memberFolders(patterns []string) []string {
	var dirs []string
	walked := make(map[string]bool)
	wild := 0
	for _, pattern := range patterns {
		pattern = path.Clean(strings.TrimPrefix(pattern, "!"))
		if strings.ContainsAny(pattern, wildcards) {
			if wild++; wild > maxPatterns {
				continue
			}
		}
		prefix, _, deep := strings.Cut(pattern, "**")
		if !deep {
			found, err := fs.Glob(p.project, pattern)
			if err == nil {
				dirs = append(dirs, found...)
			}
			continue
		}
		start := path.Clean(prefix + ".")
		if walked[start] {
			continue
		}
		walked[start] = true
		_ = fs.WalkDir(p.project, start, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // an unreadable folder has no members
			case d.IsDir() && d.Name() == "node_modules":
				return fs.SkipDir
			case !d.IsDir() && d.Name() == "package.json":
				dirs = append(dirs, path.Dir(name))
			}
			return nil
		})
	}
	return dirs
}

// groups are the dependency groups of a manifest, in the order in which they
// say more of an entry: what is needed in production before what is not.
type group uint8

const (
	production group = iota
	optional
	development
	peer
)

// groupName is a group under its key in manifests and lockfiles.
type groupName struct {
	key   string
	group group
}

var groupNames = []groupName{
	{"dependencies", production},
	{"optionalDependencies", optional},
	{"devDependencies", development},
	{"peerDependencies", peer},
}

// eachSpec calls f for every dependency a manifest names, sorted.
func eachSpec(m *npm.Manifest, f func(name, spec string, g group)) {
	for _, g := range []struct {
		specs map[string]string
		group group
	}{
		{m.Dependencies, production},
		{m.OptionalDependencies, optional},
		{m.DevDependencies, development},
		{m.PeerDependencies, peer},
	} {
		for _, name := range slices.Sorted(maps.Keys(g.specs)) {
			f(name, g.specs[name], g.group)
		}
	}
}
