package detector

import (
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
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
