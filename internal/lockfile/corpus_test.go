package lockfile

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/amalfi-audit/audit/internal/npm"
)

var update = flag.Bool("update", false, "write the want sections in testdata anew")

// fixture is one txtar file of testdata: the files of a project, among them
// its lockfile, and in the section want what reading them gives.
type fixture struct {
	name    string
	path    string // of the txtar file
	archive *txtar.Archive
	// project has the sections but want. A section NAME.quoted is the file
	// NAME written as Go strings, one a line, for bytes that text cannot hold.
	project fstest.MapFS
	want    string
}

// fixtures reads testdata/kind.
func fixtures(t *testing.T, kind string) []*fixture {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", kind, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures in testdata/%s: %v", kind, err)
	}
	var all []*fixture
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{path: file, archive: archive, project: fstest.MapFS{},
			name: strings.TrimSuffix(filepath.Base(file), ".txtar")}
		for _, section := range archive.Files {
			name, data := section.Name, section.Data
			if name == "want" {
				f.want = string(data)
				continue
			}
			if bare, ok := strings.CutSuffix(name, ".quoted"); ok {
				name, data = bare, unquote(t, file, data)
			}
			f.project[name] = &fstest.MapFile{Data: data}
		}
		all = append(all, f)
	}
	return all
}

func unquote(t *testing.T, file string, data []byte) []byte {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		s, err := strconv.Unquote(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatalf("%s: %v: %s", file, err, line)
		}
		out.WriteString(s)
	}
	return []byte(out.String())
}

// lockfile returns the one lockfile in dir, "" where there is none.
func (f *fixture) lockfile(t *testing.T, dir string) string {
	t.Helper()
	found := ""
	for name := range f.project {
		if path.Dir(name) == dir && IsName(path.Base(name)) {
			if found != "" {
				t.Fatalf("%s: both %s and %s", f.path, found, name)
			}
			found = name
		}
	}
	return found
}

// read parses the lockfile of that name with the manifests beside it.
func (f *fixture) read(t *testing.T, name string) (*Lockfile, error) {
	t.Helper()
	project, err := fs.Sub(f.project, path.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	return Parse(path.Base(name), f.project[name].Data, project)
}

// check compares got with the want section, or writes it under -update.
func (f *fixture) check(t *testing.T, got string) {
	t.Helper()
	if !*update {
		if diff := cmp.Diff(strings.Split(f.want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.path, diff)
		}
		return
	}
	i := slices.IndexFunc(f.archive.Files, func(s txtar.File) bool { return s.Name == "want" })
	if i < 0 {
		i = len(f.archive.Files)
		f.archive.Files = append(f.archive.Files, txtar.File{Name: "want"})
	}
	f.archive.Files[i].Data = []byte(got)
	if err := os.WriteFile(f.path, txtar.Format(f.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGood reads a lockfile of every format, version and form of entry.
func TestGood(t *testing.T) {
	for _, f := range fixtures(t, "good") {
		t.Run(f.name, func(t *testing.T) {
			lock, err := f.read(t, f.lockfile(t, "."))
			if err != nil {
				t.Fatal(err)
			}
			f.check(t, describe(lock))
		})
	}
}

// describe writes a lockfile as text: its format, one line an entry, and the
// problems.
//
//	LINE KIND NAME@VERSION [alias=NAME] [dev] [optional] [peer] [direct]
//	    [environment] [importer=FOLDER] [chain=A@1 > B@2] [integrity=ALGORITHMS]
//	    [checksum=KEY] [resolved=HOST, or all of it outside of registries]
func describe(l *Lockfile) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", l.Format)
	for i := range l.Dependencies {
		b.WriteString(describeDependency(&l.Dependencies[i]) + "\n")
	}
	for _, p := range l.Problems {
		fmt.Fprintf(&b, "problem %d: %s\n", p.Line, p.Message)
	}
	return b.String()
}

func describeDependency(d *Dependency) string {
	words := []string{strconv.Itoa(d.Line), string(d.Kind), d.String()}
	add := func(key, value string) {
		if value != "" {
			words = append(words, key+"="+value)
		}
	}
	flag := func(name string, set bool) {
		if set {
			words = append(words, name)
		}
	}
	add("alias", d.Alias)
	flag("dev", d.Dev)
	flag("optional", d.Optional)
	flag("peer", d.Peer)
	flag("direct", d.Direct)
	flag("environment", d.Environment)
	add("importer", d.Importer)
	add("chain", strings.Join(d.Chain, " > "))
	var algorithms []string
	for _, h := range d.Integrity {
		algorithms = append(algorithms, h.Algorithm)
	}
	add("integrity", strings.Join(algorithms, "|"))
	key, _, _ := strings.Cut(d.Checksum, "/")
	add("checksum", key)
	if d.Kind == KindRegistry {
		add("resolved", Host(d.Resolved))
	} else {
		add("resolved", d.Resolved)
	}
	return strings.Join(words, " ")
}

// TestGoodRewritten reads the same lockfiles with other line ends and with a
// byte order mark: nothing may change, lines included.
func TestGoodRewritten(t *testing.T) {
	rewritings := []struct {
		name    string
		rewrite func(string) string
	}{
		{"CRLF", func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
		}},
		{"byte order mark", func(s string) string { return "\ufeff" + s }},
		{"blank lines at the end", func(s string) string { return s + "\n\n" }},
	}
	for _, f := range fixtures(t, "good") {
		name := f.lockfile(t, ".")
		want, err := f.read(t, name)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		for _, r := range rewritings {
			got, err := Parse(name, []byte(r.rewrite(string(f.project[name].Data))), f.project)
			if err != nil {
				t.Errorf("%s with %s: %v", f.path, r.name, err)
				continue
			}
			if diff := cmp.Diff(describe(want), describe(got)); diff != "" {
				t.Errorf("%s with %s (-want +got):\n%s", f.path, r.name, diff)
			}
		}
	}
}

// TestGoodRepeated reads every lockfile several times: maps are walked in
// another order each time, and nothing of that may show.
func TestGoodRepeated(t *testing.T) {
	for _, f := range fixtures(t, "good") {
		name := f.lockfile(t, ".")
		want, err := f.read(t, name)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		for range 5 {
			got, err := f.read(t, name)
			if err != nil {
				t.Fatalf("%s: %v", f.path, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s is read differently (-first +later):\n%s", f.path, diff)
			}
		}
	}
}

// TestGoodWithoutProject reads the lockfiles as one reads a single file: the
// entries are the same, only what the manifests tell is missing.
func TestGoodWithoutProject(t *testing.T) {
	for _, f := range fixtures(t, "good") {
		name := f.lockfile(t, ".")
		with, err := f.read(t, name)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		without, err := Parse(name, f.project[name].Data, nil)
		if err != nil {
			t.Errorf("%s without its project: %v", f.path, err)
			continue
		}
		type entry struct {
			npm.PackageVersion
			Kind                      Kind
			Path, Resolved, Integrity string
			Line, Column              int
		}
		entries := func(l *Lockfile) (out []entry) {
			for _, d := range l.Dependencies {
				out = append(out, entry{d.PackageVersion, d.Kind, d.Path, d.Resolved, d.Integrity.String(), d.Line, d.Column})
			}
			return out
		}
		if diff := cmp.Diff(entries(with), entries(without)); diff != "" {
			t.Errorf("%s (-with +without project):\n%s", f.path, diff)
		}
	}
}

// TestTruncated cuts every lockfile in JSON behind each of its lines but the
// last: none of the parts may be read.
func TestTruncated(t *testing.T) {
	for _, f := range fixtures(t, "good") {
		name := f.lockfile(t, ".")
		if strings.HasSuffix(name, ".yaml") || name == "yarn.lock" {
			continue
		}
		text := strings.TrimSpace(string(f.project[name].Data))
		for i, c := range text {
			if c != '\n' {
				continue
			}
			if lock, err := Parse(name, []byte(text[:i]), f.project); err == nil {
				t.Errorf("%s: the first %d bytes of %d are read as %d entries", f.path, i, len(text), len(lock.Dependencies))
			}
		}
	}
}

// TestBroken checks that a lockfile that is not understood is an error, and
// which line it points at.
func TestBroken(t *testing.T) {
	for _, f := range fixtures(t, "broken") {
		t.Run(f.name, func(t *testing.T) {
			lock, err := f.read(t, f.lockfile(t, "."))
			var own *Error
			if !errors.As(err, &own) {
				t.Fatalf("%s: read with %d entries and error %v", f.path, len(lock.Dependencies), err)
			}
			if lock != nil {
				t.Error("a lockfile beside the error")
			}
			if *update {
				f.check(t, fmt.Sprintf("line %d\nmessage %s\n%s", own.Line, own.Message, sentinels(err)))
				return
			}
			f.checkError(t, own)
		})
	}
}

// checkError compares an error with the want section:
//
//	line N
//	message TEXT    a part of the message
//	is SENTINEL
func (f *fixture) checkError(t *testing.T, err *Error) {
	t.Helper()
	for line := range strings.Lines(f.want) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "line":
			if got := strconv.Itoa(err.Line); got != value {
				t.Errorf("%s: line %s, want %s: %v", f.path, got, value, err)
			}
		case "message":
			if value == "" || !strings.Contains(err.Message, value) {
				t.Errorf("%s: message %q, want %q in it", f.path, err.Message, value)
			}
		case "is":
			if !strings.Contains(sentinels(err), line) {
				t.Errorf("%s: %v is not %s", f.path, err, value)
			}
		default:
			t.Errorf("%s: %q in want", f.path, line)
		}
	}
	if f.want == "" {
		t.Errorf("%s: no want section", f.path)
	}
}

func sentinels(err error) string {
	var b strings.Builder
	if errors.Is(err, ErrUnsupported) {
		b.WriteString("is ErrUnsupported\n")
	}
	if errors.Is(err, ErrConflict) {
		b.WriteString("is ErrConflict\n")
	}
	return b.String()
}

// TestBumps compares two states of a project.
func TestBumps(t *testing.T) {
	for _, f := range fixtures(t, "bumps") {
		t.Run(f.name, func(t *testing.T) {
			read := func(side string) []*Lockfile {
				name := f.lockfile(t, side)
				if name == "" {
					return nil
				}
				lock, err := f.read(t, name)
				if err != nil {
					t.Fatal(err)
				}
				return []*Lockfile{lock}
			}
			pairs := Match(read("base"), read("head"))
			if len(pairs) != 1 {
				t.Fatalf("%d pairs of lockfiles, want 1", len(pairs))
			}
			f.check(t, describeChanges(Diff(pairs[0].Base, pairs[0].Head)))
		})
	}
}

// describeChanges writes changes as text, one a line:
//
//	TYPE KIND NAME [FROM] -> [TO]
//
// where FROM and TO are versions with, outside of registries, what they
// resolve to, or the first characters of digests, or hosts.
func describeChanges(changes []Change) string {
	var b strings.Builder
	for _, c := range changes {
		text := func(d *Dependency) string { return d.Version }
		name := c.Name
		switch {
		case c.Type == IntegrityChanged:
			name += "@" + c.To[0].Version
			text = func(d *Dependency) string { return fmt.Sprintf("%.16s", digest(d)) }
		case c.Type == HostChanged:
			name += "@" + c.To[0].Version
			text = host
		case c.Type == SourceChanged, c.Kind.class() == classRemote:
			text = func(d *Dependency) string {
				if d.Kind.class() == classRemote && d.Resolved != "" {
					return d.Version + "|" + d.Resolved
				}
				return d.Version
			}
		}
		list := func(deps []Dependency) string {
			var out []string
			for i := range deps {
				out = append(out, text(&deps[i]))
			}
			return strings.Join(out, ", ")
		}
		fmt.Fprintf(&b, "%s %s %s [%s] -> [%s]\n", c.Type, c.Kind, name, list(c.From), list(c.To))
	}
	return b.String()
}
