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
	// maxSources is how many versions of one audit have their source looked for: a
	// lockfile of a stranger can update thousands, and each can take sourceTime.
	maxSources = 200
)

// tracer looks for the sources of versions and compares them.
type tracer struct {
	source reproduce.Source
	time   time.Duration
	// turns bounds how many versions are looked for at once.
	turns chan struct{}
	match func(context.Context, *fetched, *reproduce.Commit) (*reproduce.Result, error)
	rules map[string]*detector.Rule
	// all has every version looked for (Auditor.AllSources).
	all bool
}

// tickets returns a ticket for each of n versions, in their order; all are nil where
// sources are not looked for.
func (a *Auditor) tickets(rules map[string]*detector.Rule, n int) []*ticket {
	out := make([]*ticket, n)
	if a.Source == nil {
		return out
	}
	t := &tracer{a.Source, sourceTime, make(chan struct{}, sourcesAtOnce), a.match, rules, a.AllSources}
	next := make(chan int, 1)
	next <- maxSources
	for i := range out {
		free := next
		next = make(chan int, 1)
		out[i] = &ticket{tracer: t, sure: i < maxSources, free: free, next: next}
	}
	return out
}

// ticket is a version's place among those whose sources are looked for. The first of
// those that ask are admitted in the order of the versions, whoever asks first. Each
// must be returned, after those before it were given to somebody.
type ticket struct {
	*tracer
	sure bool // that there is a place
	free <-chan int
	next chan<- int // to the version behind
	used bool
}

// admit reports whether there is a place. It may wait for the versions before.
func (t *ticket) admit() bool {
	t.used = true
	if t.sure {
		t.hand(1)
		return true
	}
	free := <-t.free
	t.next <- max(free-1, 0)
	return free > 0
}

// back returns a ticket, which may be nil.
func (t *ticket) back() {
	if t != nil && !t.used {
		t.hand(0)
	}
}

// hand tells the version behind how many places are free, as soon as that is known.
func (t *ticket) hand(taken int) {
	go func() { t.next <- <-t.free - taken }()
}

// match has a version's tarball compared with a commit, by a worker.
func (a *Auditor) match(ctx context.Context, f *fetched, c *reproduce.Commit) (*reproduce.Result, error) {
	return a.Workers.Match(ctx, worker.Request{
		Size: f.source.size, UnpackedSize: f.unpackedSize(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(f.source.open()), nil },
	}, worker.Comparison{Version: f.version.PackageVersion, Runs: reproduce.Runs(f.version.Program), Tree: f.version.Program.Tree, Commit: c})
}

// trace looks for the source of a version that is compared with one before, where
// that can change what the findings amount to, or of any; nil where it does not look.
// That of the version before is looked for only where not all of the version is its
// source's: what is needs no comparison of changes.
func (t *ticket) trace(ctx context.Context, pass *detector.Pass, findings []detector.Finding, after, before *fetched) *detector.SourcePass {
	if t == nil || after.version.Program == nil || !published(after) {
		return nil
	}
	comparable := before != nil && before.version.Program != nil && published(before)
	if !t.all && !(comparable && t.matters(pass, findings)) {
		return nil
	}
	p := &detector.SourcePass{After: after.version, Findings: findings, Rules: t.rules}
	if comparable {
		p.Before, p.Update = before.version, pass.Update()
	}
	if !t.admit() {
		p.Found = &reproduce.Found{Verdict: reproduce.SourceUnreachable, Reasons: []string{fmt.Sprintf("it was not looked for, as %d sources were", maxSources)}}
		return p
	}
	select {
	case t.turns <- struct{}{}:
		defer func() { <-t.turns }()
	case <-ctx.Done():
		return nil
	}
	p.Found = t.find(ctx, claim(after))
	if p.Found.Commit == nil {
		return p
	}
	var err error
	if p.Match, err = t.compare(ctx, after, p.Found.Commit); err != nil {
		p.Failed = fmt.Sprintf("the tarball could not be compared: %v", err)
	}
	t.retry(ctx, p, after)
	claimed, ok := detector.ClaimedSource(p.Before)
	if p.Settled() || !ok || !claimed.Same(p.Found.Commit.Repository) {
		return p
	}
	p.BeforeFound = t.find(ctx, claim(before))
	if c := p.BeforeFound.Commit; c != nil && p.Match != nil && c.Reach != reproduce.Unreachable && p.Found.Commit.Reach != reproduce.Unreachable {
		// Without it there is nothing to compare the changes with, and they stay
		// unexplained.
		p.BeforeMatch, _ = t.compare(ctx, before, c)
	}
	return p
}

// retry compares a version with the commit of its tag where code differs from that of its
// gitHead and more of it is in the former. Whoever publishes first and commits then, or
// rewrites the commit, leaves a gitHead without what was published; and a tag takes
// more than a token of the registry.
func (t *tracer) retry(ctx context.Context, p *detector.SourcePass, after *fetched) {
	if p.Match == nil || p.Match.Verdict != reproduce.NotReproduced || p.Found.Commit.How != reproduce.FoundByGitHead {
		return
	}
	c := claim(after)
	c.Commits = nil
	c.Locations = slices.DeleteFunc(c.Locations, func(l reproduce.Location) bool { return !l.Same(p.Found.Commit.Repository) })
	found := t.find(ctx, c)
	if found.Commit == nil || found.Commit.ID == p.Found.Commit.ID {
		return
	}
	m, err := t.compare(ctx, after, found.Commit)
	if err != nil {
		return // the first comparison holds
	}
	// Less than all does not excuse a commit that no branch or tag leads to.
	if m.Verdict == reproduce.Reproduced || p.Found.Commit.Reach != reproduce.Unreachable && m.RunnableInSource > p.Match.RunnableInSource {
		found.Reasons = append(p.Found.Reasons, fmt.Sprintf("gitHead: code differs from that of commit %.12s", p.Found.Commit.ID))
		p.Found, p.Match = found, m
	}
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
func (t *tracer) find(ctx context.Context, c reproduce.Claim) *reproduce.Found {
	ctx, cancel := context.WithTimeoutCause(ctx, t.time, fmt.Errorf("it takes more than %s", t.time))
	defer cancel()
	found := reproduce.Find(ctx, t.source, c)
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
