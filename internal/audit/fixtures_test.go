package audit

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/provenance"
	"github.com/amalfi-audit/audit/internal/registry"
	"github.com/amalfi-audit/audit/internal/sandbox"
	"github.com/amalfi-audit/audit/internal/tarball"
	"github.com/amalfi-audit/audit/internal/worker"
)

// Fixtures lie in testdata/detector/<rule-id>/{fires,silent}/*.txtar. The
// comment says in its first line what the fixture shows; further lines of the
// form "key: value" set
//
//	level: note|warning|error   the highest level that must be found (fires)
//	confidence: low|medium|high the confidence of the first finding (fires)
//	most: note                  the highest level that may be found (silent; else none)
//	says: text                  what a finding's message must contain (fires)
//	update: true                the version before is the lockfile's own
//	unpublished: true           the registry does not have the version
//	mismatch: lockfile|registry the bytes do not match
//	refused: text               why the tarball is not unpacked
//	name: text                  the name of the package, else "fixture"
//	version: text               the version, else 1.0.0
//	before: text                the version before, also where it has no files
//	public: true                it comes from the public registry
//	resolved: address           where the lockfile takes it from
//	before-resolved: address    where the lockfile took the version before from
//	kind: text                  the kind of the lockfile's entry, else registry
//	config: text                what .amalfi.yml says, in one line of YAML
//	reach: unreachable          nothing leads to the commit, which gitHead names
//	before-reach: unreachable   the same of the version before
//
// A fixture of a version has the files of its tarball under after/ and, to be
// compared with, before/; record.json is the registry's manifest and
// packument.json its document of the name, as the registry sends it; provenance.json
// and provenance-before.json are what is known of the provenance of both versions; intel.jsonl
// is what is known of malware, with PACKAGE for the package hash of after/ and
// FILE(path) and SCRIPT(path) for the digest and the similarity hash of one of its
// files; entries.txt
// lists further raw tarball entries, one name a line, "name -> target" for a
// link. A fixture of a rule about the source has the files of the repository at the
// commit of the version under source/ and, where they differ, at that of the version
// before under source-before/. A fixture of a project has the files of two states under base/ and
// head/; head/ alone is a whole tree. \u{…} in a script stands for the character
// itself, which would not be seen here.
type fixture struct {
	name   string
	fires  bool
	fields map[string]string
	files  map[string]map[string][]byte // by the first folder
}

var hexEscape = regexp.MustCompile(`\\u\{([0-9a-f]+)\}`)

func readFixture(t *testing.T, file string) *fixture {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{name: file, fires: strings.Contains(file, "fires"), fields: make(map[string]string), files: make(map[string]map[string][]byte)}
	lines := strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
	if len(lines[0]) < 10 {
		t.Fatalf("%s: the first line must say what the fixture shows", file)
	}
	for _, line := range lines[1:] {
		if key, value, ok := strings.Cut(line, ": "); ok {
			f.fields[key] = strings.TrimSpace(value)
		}
	}
	for _, a := range archive.Files {
		// Those of chains put addresses together at run time.
		if strings.Contains(file, "testdata/detector") && bytes.Contains(a.Data, []byte("://")) && !bytes.Contains(a.Data, []byte(".invalid")) {
			t.Fatalf("%s: %s names a host that is not under .invalid", file, a.Name)
		}
		a.Data = hexEscape.ReplaceAllFunc(a.Data, func(m []byte) []byte {
			code, err := strconv.ParseUint(string(hexEscape.FindSubmatch(m)[1]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return []byte(string(rune(code)))
		})
		dir, rest, ok := strings.Cut(a.Name, "/")
		if !ok {
			dir, rest = "", a.Name
		}
		if f.files[dir] == nil {
			f.files[dir] = make(map[string][]byte)
		}
		f.files[dir][rest] = a.Data
	}
	return f
}

func (f *fixture) findings(t *testing.T, d *detector.Detector) []detector.Finding {
	t.Helper()
	var findings []detector.Finding
	var err error
	switch {
	case d.Project != nil:
		findings, err = f.project(t, d)
	case d.Source != nil:
		findings, err = f.traced(t, d)
	default:
		findings, err = detector.Run(context.Background(), []*detector.Detector{d}, f.pass(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func (f *fixture) project(t *testing.T, d *detector.Detector) ([]detector.Finding, error) {
	t.Helper()
	state := func(dir string) *State {
		files := make(fstest.MapFS)
		for name, data := range f.files[dir] {
			files[name] = &fstest.MapFile{Data: data}
		}
		s, err := ReadState(dir, files)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Unread) > 0 {
			t.Fatalf("%s: %v", f.name, s.Unread)
		}
		return s
	}
	head := state("head")
	hosts := []string{"registry.invalid"}
	if f.files["base"] == nil {
		return detector.RunProject(context.Background(), []*detector.Detector{d},
			&detector.ProjectPass{Pair: lockfile.Pair{Head: head.Lockfiles[0]}, RegistryOrigins: hosts})
	}
	base := state("base")
	files, missed := steeringFiles(base, head)
	if len(missed) > 0 {
		t.Fatalf("%s: %v", f.name, missed)
	}
	pair := lockfile.Match(base.Lockfiles, head.Lockfiles)[0]
	return detector.RunProject(context.Background(), []*detector.Detector{d}, &detector.ProjectPass{
		Pair: pair, Changes: lockfile.Diff(pair.Base, pair.Head), Files: files, Outsiders: outsiders(base, head), RegistryOrigins: hosts})
}

// fixtureTime is the time at which the fixtures are looked at.
var fixtureTime = time.Date(2030, 6, 15, 12, 0, 0, 0, time.UTC)

func (f *fixture) pass(t *testing.T) *detector.Pass {
	t.Helper()
	p := &detector.Pass{Config: config.Default(), Now: fixtureTime, After: f.version(t, "after"), Unpublished: f.fields["unpublished"] == "true"}
	if text := f.fields["config"]; text != "" {
		var err error
		if p.Config, err = config.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	p.After.PackageVersion = npm.PackageVersion{Name: cmp.Or(f.fields["name"], "fixture"), Version: cmp.Or(f.fields["version"], "1.0.0")}
	p.After.Public = f.fields["public"] == "true"
	if f.fields["resolved"] != "" || f.fields["kind"] != "" {
		p.After.Dependency = &lockfile.Dependency{PackageVersion: p.After.PackageVersion, Resolved: f.fields["resolved"],
			Kind: lockfile.Kind(cmp.Or(f.fields["kind"], string(lockfile.KindRegistry)))}
	}
	if f.files["before"] != nil || f.fields["before"] != "" {
		p.Before = f.version(t, "before")
		p.Before.PackageVersion = npm.PackageVersion{Name: p.After.Name, Version: cmp.Or(f.fields["before"], "1.0.0")}
		if f.fields["update"] == "true" {
			p.Before.Dependency = &lockfile.Dependency{PackageVersion: p.Before.PackageVersion, Kind: lockfile.KindRegistry,
				Resolved: f.fields["before-resolved"]}
		}
	}
	if text := f.files[""]["packument.json"]; text != nil {
		f.packument(t, p, text)
	}
	if record := f.files[""]["record.json"]; record != nil {
		p.After.Record = new(npm.VersionRecord)
		if err := json.Unmarshal(record, &p.After.Record.Manifest); err != nil {
			t.Fatal(err)
		}
	}
	for name, v := range map[string]*detector.Version{"provenance.json": p.After, "provenance-before.json": p.Before} {
		if text := f.files[""][name]; text != nil {
			v.Provenance = new(provenance.Result)
			if err := json.Unmarshal(text, v.Provenance); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.After.Refused = f.fields["refused"]
	if of := f.fields["mismatch"]; of != "" {
		p.After.Mismatches = []detector.Mismatch{{Of: of, Detail: "want one, got another"}}
	}
	f.recognise(t, p)
	if f.fields["sandbox"] == "true" {
		p.After.Story = f.tell(p, "")
	}
	return p
}

// tell runs the version's entry points in the sandbox, with one engine or, for "",
// as an audit does.
func (f *fixture) tell(p *detector.Pass, engine sandbox.Engine) *sandbox.Story {
	plan := plan(p.After, p.Before, true)
	plan.Engine = engine
	plan.Package.Files = slices.Sorted(maps.Keys(f.files["after"]))
	read := func(path string) ([]byte, bool) {
		data, ok := f.files["after"][path]
		return data, ok
	}
	return sandbox.Tell(context.Background(), plan, read, func(string) {})
}

// packument gives a pass what the registry says, as the pipeline does: the
// records of the version and its published predecessor, and that of the version
// before.
func (f *fixture) packument(t *testing.T, p *detector.Pass, text []byte) {
	t.Helper()
	decode := func(versions ...string) *npm.Packument {
		packument, err := registry.DecodePackument(bytes.NewReader(text), p.After.Name, versions...)
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		return packument
	}
	v := p.After.Version
	p.After.Packument = decode(v, decode().Predecessor(v))
	p.After.Record = p.After.Packument.Records[v]
	if p.After.Record == nil && !p.Unpublished {
		t.Fatalf("%s: the packument does not have %s", f.name, v)
	}
	if p.Before != nil {
		p.Before.Packument = decode(p.Before.Version)
		p.Before.Record = p.Before.Packument.Records[p.Before.Version]
	}
}

func (f *fixture) version(t *testing.T, dir string) *detector.Version {
	t.Helper()
	v := &detector.Version{PackageVersion: npm.PackageVersion{Name: "fixture", Version: "1.0.0"}}
	if f.files[dir] == nil {
		return v
	}
	var entries []byte
	if dir == "after" {
		entries = f.files[""]["entries.txt"]
	}
	tree, err := tarball.Unpack(bytes.NewReader(pack(t, f.files[dir], string(entries))), tarball.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := worker.Analyse(tree, worker.Task{Git: f.fields["kind"] == "git" || strings.Contains(f.name, "-git-")}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	v.Program, v.Features, v.Chains = a.Program, a.Features, a.Chains
	return v
}

// pack makes a tarball of files and raw entries.
func pack(t *testing.T, files map[string][]byte, entries string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	add := func(h *tar.Header, data []byte) {
		h.Size, h.Mode = int64(len(data)), 0o644
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		add(&tar.Header{Name: "package/" + name}, files[name])
	}
	for line := range strings.Lines(entries) {
		name, target, link := strings.Cut(strings.TrimSpace(line), " -> ")
		if link {
			add(&tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target}, nil)
		} else {
			add(&tar.Header{Name: name}, []byte("{}"))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestFixtures runs every detector on its own fixtures and demands that it has
// some that fire and some that stay silent.
func TestFixtures(t *testing.T) {
	root := filepath.Join("..", "..", "testdata", "detector")
	known := make(map[string]bool)
	for _, d := range Detectors {
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
		if known[d.Rule.ID] {
			t.Errorf("rule %s is there twice", d.Rule.ID)
		}
		known[d.Rule.ID] = true
		for _, kind := range []string{"fires", "silent"} {
			files, err := filepath.Glob(filepath.Join(root, d.Rule.ID, kind, "*.txtar"))
			if err != nil || len(files) == 0 {
				t.Errorf("rule %s has no fixtures under %s", d.Rule.ID, kind)
			}
			for _, file := range files {
				name := fmt.Sprintf("%s/%s/%s", d.Rule.ID, kind, strings.TrimSuffix(filepath.Base(file), ".txtar"))
				t.Run(name, func(t *testing.T) {
					f := readFixture(t, file)
					f.check(t, f.findings(t, d))
				})
			}
		}
	}
	dirs, err := fs.ReadDir(os.DirFS(root), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if !known[dir.Name()] {
			t.Errorf("fixtures for %s, which is no rule", dir.Name())
		}
	}
}

func (f *fixture) check(t *testing.T, findings []detector.Finding) {
	t.Helper()
	if !f.fires {
		for _, finding := range findings {
			if most := f.fields["most"]; most == "" || finding.Level > level(t, most) {
				t.Errorf("fires with a %s: %s %+v", finding.Level, finding.Message, finding.Evidence)
			}
		}
		return
	}
	if len(findings) == 0 {
		t.Fatal("does not fire")
	}
	if want := level(t, f.fields["level"]); findings[0].Level != want {
		t.Errorf("fires with a %s, want a %s: %s", findings[0].Level, want, findings[0].Message)
	}
	if want := f.fields["confidence"]; want != "" && findings[0].Confidence.String() != want {
		t.Errorf("fires with %s confidence, want %s: %s", findings[0].Confidence, want, findings[0].Message)
	}
	said := false
	for _, finding := range findings {
		said = said || strings.Contains(finding.Message, f.fields["says"])
		if finding.Message == "" || len(finding.Evidence) == 0 && finding.Location.Path == "" && f.fields["unpublished"] == "" {
			t.Errorf("a finding without message, evidence or place: %+v", finding)
		}
	}
	if !said {
		t.Errorf("no message contains %q: %+v", f.fields["says"], findings)
	}
}

func level(t *testing.T, name string) detector.Level {
	t.Helper()
	for l := detector.Note; l <= detector.Error; l++ {
		if l.String() == name {
			return l
		}
	}
	t.Fatalf("no level %q", name)
	return 0
}
