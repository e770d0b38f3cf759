package detector

import (
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/provenance"
)

// sourced is a version that claims a repository.
func sourced(version, repository string) *Version {
	m := &npm.Manifest{Name: "a", Version: version}
	m.Repository.URL = repository
	return &Version{PackageVersion: npm.PackageVersion{Name: "a", Version: version}, Program: &program.Program{Manifest: m, Tree: new(npm.Tree)}}
}

const claimed = "https://git.example.invalid/o/a"

// sourcePass is an update that is its source's.
func sourcePass() *SourcePass {
	c := reproduce.Commit{Repository: reproduce.Repository{Host: "git.example.invalid", Path: "o/a"}, ID: strings.Repeat("a", 40),
		How: reproduce.FoundByGitHead, Reach: reproduce.Reachable}
	return &SourcePass{After: sourced("1.0.1", claimed), Before: sourced("1.0.0", claimed), Update: true,
		Rules: map[string]*Rule{
			"tree": {ID: "tree", Tags: []string{TagClassifier, TagSignal, TagReversible}}, "hidden": {ID: "hidden", Tags: []string{TagCode, TagSignal, TagReversible}},
			"chain": {ID: "chain", Tags: []string{TagCode, TagSignal}}},
		Found: &reproduce.Found{Commit: &c}, Match: &reproduce.Result{Verdict: reproduce.Reproduced, Source: c, Runnable: 2, RunnableInSource: 2, Score: 1}}
}

// TestClear takes nothing back where any of what must hold does not.
func TestClear(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*SourcePass)
		want   string // the rules whose findings are taken back
	}{
		"all holds":            {func(*SourcePass) {}, "tree hidden"},
		"the same in capitals": {func(p *SourcePass) { p.Before = sourced("1.0.0", "git+ssh://git@GIT.example.invalid/o/a.git") }, "tree hidden"},
		"no match":             {func(p *SourcePass) { p.Match = nil }, ""},
		"no update":            {func(p *SourcePass) { p.Update = false }, ""},
		"in part":              {func(p *SourcePass) { p.Match.Verdict = reproduce.Partly }, ""},
		"not":                  {func(p *SourcePass) { p.Match.Verdict = reproduce.NotReproduced }, ""},
		"no verdict":           {func(p *SourcePass) { p.Match.Verdict = "" }, ""},
		"unproven":             {func(p *SourcePass) { p.Match.Source.Reach = reproduce.Unproven }, ""},
		"unreachable":          {func(p *SourcePass) { p.Match.Source.Reach = reproduce.Unreachable }, ""},
		"found elsewhere":      {func(p *SourcePass) { p.Match.Source.Repository.Path = "o/b" }, ""},
		"both elsewhere": {func(p *SourcePass) {
			p.After, p.Before = sourced("1.0.1", claimed+"b"), sourced("1.0.0", claimed+"b")
		}, ""},
		"another repository before": {func(p *SourcePass) { p.Before = sourced("1.0.0", claimed+"b") }, ""},
		"none before":               {func(p *SourcePass) { p.Before = sourced("1.0.0", "") }, ""},
		"no manifest before":        {func(p *SourcePass) { p.Before.Program.Manifest = nil }, ""},
	} {
		p := sourcePass()
		tt.change(p)
		findings := []Finding{
			{RuleID: "tree", Level: Note, Confidence: Medium},
			{RuleID: "hidden", Level: Warning, Confidence: High},
			{RuleID: "hidden", Level: Error, Confidence: High},
			{RuleID: "chain", Level: Note, Confidence: Medium},
			{RuleID: "chain", Level: Warning, Confidence: High},
			{RuleID: "unknown", Level: Warning, Confidence: High},
		}
		p.Clear(findings)
		var got []string
		for _, f := range findings {
			if f.Cleared != "" {
				got = append(got, f.RuleID)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: taken back %q, want %q", name, s, tt.want)
		}
	}
}

// attestedPass is an update of which a verified attestation and a build account for
// what is not in the source.
func attestedPass() *SourcePass {
	p := sourcePass()
	c := p.Found.Commit
	c.How = reproduce.FoundByProvenance
	p.After.Provenance = &provenance.Result{Build: &provenance.Build{Repository: claimed, Commit: c.ID, Trigger: "push"}}
	p.Match = &reproduce.Result{Verdict: reproduce.Partly, Source: *c, Runnable: 14, RunnableInSource: 3, Files: []reproduce.File{
		{Path: "README.md", Kind: reproduce.Document, Class: reproduce.Changed},
		{Path: "dist/a.js", Kind: reproduce.Code, Class: reproduce.Built},
		{Path: "dist/a.json", Kind: reproduce.Data, Class: reproduce.Built},
		{Path: "index.js", Kind: reproduce.Code, Class: reproduce.Allowed},
		{Path: "package.json", Kind: reproduce.Code, Class: reproduce.InSource},
	}}
	return p
}

// TestClearAttested takes findings back where an attestation binds build output to the
// commit, and nothing where any of what must hold does not.
func TestClearAttested(t *testing.T) {
	for name, tt := range map[string]struct {
		change  func(*SourcePass)
		cleared bool
	}{
		"all holds":               {func(*SourcePass) {}, true},
		"a release":               {func(p *SourcePass) { p.After.Provenance.Build.Trigger = "release" }, true},
		"an unknown trigger":      {func(p *SourcePass) { p.After.Provenance.Build.Trigger = "" }, true},
		"a stranger's change":     {func(p *SourcePass) { p.After.Provenance.Build.Trigger = "pull_request_target" }, false},
		"no attestation":          {func(p *SourcePass) { p.After.Provenance = nil }, false},
		"none that is verified":   {func(p *SourcePass) { p.After.Provenance.Build = nil }, false},
		"of another commit":       {func(p *SourcePass) { p.After.Provenance.Build.Commit = strings.Repeat("b", 40) }, false},
		"found by gitHead":        {func(p *SourcePass) { p.Match.Source.How = reproduce.FoundByGitHead }, false},
		"found by a tag":          {func(p *SourcePass) { p.Match.Source.How = reproduce.FoundByTag }, false},
		"not reached":             {func(p *SourcePass) { p.Match.Source.Reach = reproduce.Unreachable }, false},
		"reach unproven":          {func(p *SourcePass) { p.Match.Source.Reach = reproduce.Unproven }, false},
		"code that is changed":    {func(p *SourcePass) { p.Match.Files[3].Class = reproduce.Changed }, false},
		"code that is nowhere":    {func(p *SourcePass) { p.Match.Files[3].Class = reproduce.NotInSource }, false},
		"code that is elsewhere":  {func(p *SourcePass) { p.Match.Files[3].Class = reproduce.Elsewhere }, false},
		"code not compared":       {func(p *SourcePass) { p.Match.Files[1].Class = reproduce.NotCompared }, false},
		"data that is nowhere":    {func(p *SourcePass) { p.Match.Files[2].Class = reproduce.NotInSource }, false},
		"no update":               {func(p *SourcePass) { p.Update = false }, false},
		"another repository then": {func(p *SourcePass) { p.Before = sourced("1.0.0", claimed+"b") }, false},
		"another repository":      {func(p *SourcePass) { p.Match.Source.Repository.Path = "o/b" }, false},
	} {
		p := attestedPass()
		tt.change(p)
		findings := []Finding{{RuleID: "hidden", Level: Warning, Confidence: High}, {RuleID: "chain", Level: Warning, Confidence: High}, {RuleID: "hidden", Level: Error, Confidence: High}}
		p.Clear(findings)
		want := ""
		if tt.cleared {
			want = "3 of 14 runnable files are in git.example.invalid/o/a@aaaaaaaaaaaa; the other 11 are build output, and a verified attestation binds the tarball to this commit"
		}
		if findings[0].Cleared != want {
			t.Errorf("%s: taken back with %q, want %q", name, findings[0].Cleared, want)
		}
		if findings[1].Cleared != "" || findings[2].Cleared != "" {
			t.Errorf("%s: a chain or an error is taken back", name)
		}
	}
}

// TestClearedWords count what is build output.
func TestClearedWords(t *testing.T) {
	for built, want := range map[int]string{0: "; the rest is build output,", 1: "; the other one is build output,", 2: "; the other 2 are build output,"} {
		p := attestedPass()
		p.Match.RunnableInSource = p.Match.Runnable - built
		findings := []Finding{{RuleID: "hidden", Level: Warning, Confidence: High}}
		if p.Clear(findings); !strings.Contains(findings[0].Cleared, want) {
			t.Errorf("%d files are built: %q, want %q", built, findings[0].Cleared, want)
		}
	}
}

// TestClearFolder takes nothing back where the source is in a folder that the versions do
// not both claim, or that holds samples.
func TestClearFolder(t *testing.T) {
	for _, tt := range []struct {
		before, after, found string
		cleared              bool
	}{
		{"", "", "", true},
		{"", "", "packages/a", true},
		{"packages/a", "packages/a", "packages/a", true},
		{"test/a", "test/a", "test/a", true},
		{"packages/a", "packages/a", "", false},
		{"packages/a", "packages/a", "test/fixtures/a", false},
		{"packages/a", "test/fixtures/a", "test/fixtures/a", false},
		{"", "test/fixtures/a", "test/fixtures/a", false},
		{"", "", "test/fixtures/a", false},
		{"", "", "Examples/a", false},
	} {
		p := sourcePass()
		p.Before.Program.Manifest.Repository.Directory, p.After.Program.Manifest.Repository.Directory = tt.before, tt.after
		p.Match.Source.Directory = tt.found
		findings := []Finding{{RuleID: "hidden", Level: Warning, Confidence: High}}
		if p.Clear(findings); (findings[0].Cleared != "") != tt.cleared {
			t.Errorf("%+v: taken back with %q", tt, findings[0].Cleared)
		}
	}
}

// TestSummary says in a line what came of looking.
func TestSummary(t *testing.T) {
	p := sourcePass()
	file := func(path string, class reproduce.Class) {
		p.Match.Files = append(p.Match.Files, reproduce.File{Path: path, SHA256: path, Kind: reproduce.Code, Class: class})
		p.After.Program.Tree.Files = append(p.After.Program.Tree.Files, npm.File{Path: path, SHA256: path})
	}
	say := func(want string) {
		t.Helper()
		if got := p.Summary().String(); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	say("git.example.invalid/o/a@aaaaaaaaaaaa (gitHead): 2 of 2 runnable files")
	for _, name := range []string{"a.js", "b.js", "c.js", "d.js"} {
		file(name, reproduce.NotInSource)
	}
	file("e.js", reproduce.InSource)
	file("f.js", reproduce.InSource)
	p.Before.Program.Tree.Files = []npm.File{{Path: "f.js", SHA256: "f.js"}}
	p.Match.Verdict, p.Match.Runnable, p.Match.ManifestFaults = reproduce.NotReproduced, 6, []string{`script "postinstall" is not the source's`}
	say(`not reproduced: git.example.invalid/o/a@aaaaaaaaaaaa (gitHead): 2 of 6 runnable files, 1 of 5 that changed ` +
		`(without "a.js": not-in-source, "b.js": not-in-source, "c.js": not-in-source, and 1 more); package.json: script "postinstall" is not the source's`)
	p.Match.ManifestFaults, p.Match.Files = nil, nil
	p.Match.Verdict, p.Match.Source.Tag, p.Found.Commit.How, p.Found.Commit.Tag, p.Found.Commit.Reach = reproduce.Partly, "v1", reproduce.FoundByTag, "v1", reproduce.Unproven
	p.Found.Commit.Directory = "packages/a"
	say("partly reproduced: git.example.invalid/o/a@aaaaaaaaaaaa:packages/a (tag v1): 2 of 6 runnable files; not all branches and tags were looked at")
	p.Found.Commit.Reach = reproduce.Unreachable
	say("partly reproduced: git.example.invalid/o/a@aaaaaaaaaaaa:packages/a (tag v1): 2 of 6 runnable files; no branch or tag of the repository leads to the commit")
	p.Match, p.Failed = nil, "no memory"
	say("git.example.invalid/o/a@aaaaaaaaaaaa:packages/a (tag v1): not compared: no memory")
	p.Failed, p.Found = "", &reproduce.Found{Verdict: reproduce.NoSource, Reasons: []string{"the manifest names no repository"}}
	say("none was found: the manifest names no repository")
	p.Found = &reproduce.Found{Verdict: reproduce.SourceUnreachable, Reasons: []string{"one", "two"}}
	say("could not be asked: one; two")
}
