package audit

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/worker"
)

const (
	// sourceTime bounds looking for the source of one version. A host that takes
	// longer could not be asked.
	sourceTime = 3 * time.Minute
	// sourcesAtOnce is how many versions have their source looked for at once: the
	// hosts are others', and a listing is large.
	sourcesAtOnce = 2
)

// tracer looks for the sources of versions and compares them.
type tracer struct {
	source reproduce.Source
	time   time.Duration
	// turns bounds how many versions are looked for at once.
	turns chan struct{}
	match func(context.Context, *fetched, *reproduce.Commit) (*reproduce.Result, error)
	rules map[string]*detector.Rule
}

// tracer returns nil where sources are not looked for.
func (a *Auditor) tracer(rules map[string]*detector.Rule) *tracer {
	if a.Source == nil {
		return nil
	}
	return &tracer{a.Source, sourceTime, make(chan struct{}, sourcesAtOnce), a.match, rules}
}

// match has a version's tarball compared with a commit, by a worker.
func (a *Auditor) match(ctx context.Context, f *fetched, c *reproduce.Commit) (*reproduce.Result, error) {
	return a.Workers.Match(ctx, worker.Request{
		Size: f.source.size, UnpackedSize: f.unpackedSize(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(f.source.open()), nil },
	}, worker.Comparison{Version: f.version.PackageVersion, Runs: reproduce.Runs(f.version.Program), Tree: f.version.Program.Tree, Commit: c})
}

// trace looks for the source of a version that is compared with one before, where
// that can change what the findings amount to; nil where it does not look. That of the
// version before is looked for only where not all of the version is its source's:
// what is needs no comparison of changes.
func (t *tracer) trace(ctx context.Context, pass *detector.Pass, findings []detector.Finding, after, before *fetched) *detector.SourcePass {
	if t == nil || before == nil || after.version.Program == nil || before.version.Program == nil || !t.matters(pass, findings) ||
		!published(after) || !published(before) {
		return nil
	}
	select {
	case t.turns <- struct{}{}:
		defer func() { <-t.turns }()
	case <-ctx.Done():
		return nil
	}
	p := &detector.SourcePass{After: after.version, Before: before.version, Update: pass.Update(), Findings: findings, Rules: t.rules}
	p.Found = t.find(ctx, after)
	if p.Found.Commit == nil {
		return p
	}
	var err error
	if p.Match, err = t.compare(ctx, after, p.Found.Commit); err != nil {
		p.Failed = fmt.Sprintf("the tarball could not be compared: %v", err)
	}
	claimed, ok := detector.ClaimedSource(before.version)
	if p.Match != nil && p.Match.Verdict == reproduce.Reproduced || !ok || !claimed.Same(p.Found.Commit.Repository) {
		return p
	}
	p.BeforeFound = t.find(ctx, before)
	if c := p.BeforeFound.Commit; c != nil && p.Match != nil && c.Reach != reproduce.Unreachable && p.Found.Commit.Reach != reproduce.Unreachable {
		// Without it there is nothing to compare the changes with, and they stay
		// unexplained.
		p.BeforeMatch, _ = t.compare(ctx, before, c)
	}
	return p
}

// matters reports whether the source can take a finding back or make it weigh more.
// One of low confidence weighs more only where it stands in a file that changed.
func (t *tracer) matters(pass *detector.Pass, findings []detector.Finding) bool {
	changed := func(e detector.Evidence) bool {
		return !program.SameFile(pass.After.Program, pass.Before.Program, e.Path)
	}
	return slices.ContainsFunc(findings, func(f detector.Finding) bool {
		return pass.Update() && detector.Reversible(t.rules, &f) ||
			detector.Suspects(t.rules, &f) && (f.Confidence > detector.Low || slices.ContainsFunc(f.Evidence, changed))
	})
}

// published reports whether a version is a registry's: what comes from elsewhere is
// not published from a repository.
func published(f *fetched) bool {
	d := f.version.Dependency
	return f.source != nil && (d == nil || d.Kind == lockfile.KindRegistry || d.Kind == lockfile.KindBundled)
}

// find looks for the source of a version.
func (t *tracer) find(ctx context.Context, f *fetched) *reproduce.Found {
	ctx, cancel := context.WithTimeoutCause(ctx, t.time, fmt.Errorf("it takes more than %s", t.time))
	defer cancel()
	found := reproduce.Find(ctx, t.source, claim(f))
	if found.Commit == nil && ctx.Err() != nil {
		found.Verdict = reproduce.SourceUnreachable
		found.Reasons = append(found.Reasons, context.Cause(ctx).Error())
	}
	return found
}

// compare has a version compared with its source, whose listing is not needed any
// more then.
func (t *tracer) compare(ctx context.Context, f *fetched, c *reproduce.Commit) (*reproduce.Result, error) {
	defer func() { c.Entries, c.Manifest = nil, nil }()
	return t.match(ctx, f, c)
}

// claim is what a version says of its source: the manifest in its tarball where it
// is, a verified attestation or else the registry at which commit.
func claim(f *fetched) reproduce.Claim {
	v, m := f.version, f.version.Program.Manifest
	c := reproduce.Claim{Name: v.Name, Version: v.Version}
	if m != nil {
		c.Locations = reproduce.Locations(m)
		if file := v.Program.Tree.Lookup("package.json"); file != nil && m.Name == v.Name {
			c.ManifestID = file.GitBlob
		}
	}
	add := func(how reproduce.How, commit string) {
		if commit != "" && !slices.ContainsFunc(c.Commits, func(x reproduce.Candidate) bool { return x.Commit == commit }) {
			c.Commits = append(c.Commits, reproduce.Candidate{How: how, Commit: commit})
		}
	}
	if v.Provenance != nil && v.Provenance.Build != nil && len(c.Locations) > 0 {
		// An attestation of another repository says nothing of this one.
		if built, ok := reproduce.ParseLocation(v.Provenance.Build.Repository); ok && built.Same(c.Locations[0].Repository) {
			add(reproduce.FoundByProvenance, v.Provenance.Build.Commit)
		}
	}
	if v.Record != nil {
		add(reproduce.FoundByGitHead, v.Record.GitHead)
	}
	return c
}
