package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/intel"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/policy"
	"github.com/amalfi-audit/audit/internal/provenance"
	"github.com/amalfi-audit/audit/internal/registry"
	"github.com/amalfi-audit/audit/internal/sandbox"
	"github.com/amalfi-audit/audit/internal/worker"
)

// RuleIDs are the IDs of the rules of Detectors, in their order.
func RuleIDs() []string {
	ids := make([]string, len(Detectors))
	for i, d := range Detectors {
		ids[i] = d.Rule.ID
	}
	return ids
}

// Detectors are all detectors, in the order in which they run and are
// documented. docs/rules.md is made from this list.
var Detectors = DetectorsWith(classifier.Default)

// DetectorsWith are all detectors with another model for the classifiers.
func DetectorsWith(model func() (*classifier.Model, error)) []*detector.Detector {
	return append(slices.Clone(others), classifier.Detectors(model)...)
}

// others are the detectors that need no model.
var others = []*detector.Detector{
	detector.KnownMalware,
	detector.Clone,
	detector.Similar,
	detector.IntegrityMismatch,
	detector.Unpublished,
	detector.InstallCommand,
	detector.InstallScript,
	detector.ManifestMismatch,
	detector.UnanalysedScript,
	detector.Behavior,
	detector.SandboxLeak,
	detector.SandboxAct,
	detector.UnusedDependency,
	detector.PrivateName,
	detector.InvalidSignature,
	detector.ProvenanceDropped,
	detector.ProvenanceMoved,
	detector.SecurityPlaceholder,
	detector.DeprecatedSecurity,
	detector.ImitatedName,
	detector.VersionJump,
	detector.PublisherChanged,
	detector.DormantRelease,
	detector.RecentRelease,
	detector.Obfuscation,
	detector.ConcealedText,
	detector.NativeBinary,
	detector.TarballOddity,
	detector.ShippedShrinkwrap,
	detector.IntegrityChanged,
	detector.IntegrityMissing,
	detector.ResolvedHost,
	detector.RemoteDependency,
	detector.LockfileContradiction,
	detector.InstallSteering,
	detector.OutsideManifest,
	detector.ForeignChange,
	detector.ImpostorCommit,
}

// Auditor audits projects. Its fields must not change while it does.
type Auditor struct {
	Config    *registry.Config
	Registry  *registry.Client
	Workers   *worker.Pool
	Detectors []*detector.Detector
	// Project is what the project says; nil stands for config.Default.
	Project *config.Config
	// Intel is what is known of malware.
	Intel intel.Stores
	// Provenance verifies attestations; nil where signatures and attestations are
	// not looked at.
	Provenance provenance.Verifier
	// Source reads the repositories that packages claim as their source; nil where
	// sources are not looked for. They are looked for where a finding could be taken
	// back or weigh more.
	Source reproduce.Source
	// AllSources has the source of every version looked for, also of one that is
	// compared with nothing.
	AllSources bool
	// Now is the time of the audit.
	Now time.Time
	// Closer has all entry points of a version run in the sandbox, and not only
	// where there is reason to.
	Closer bool
	// Progress, where set, is called after each version, from one goroutine at
	// a time or several.
	Progress func(done, total int, v npm.PackageVersion)
}

// concurrency is how many versions are under way at once. Downloads and
// workers have tighter bounds of their own; this one keeps both busy.
const concurrency = 12

// Diff audits what changed between two states.
func (a *Auditor) Diff(ctx context.Context, base, head *State) (*detector.Report, error) {
	r := a.report()
	base, head = a.ignore(r, base, head)
	r.Base, r.Head = base.Name, head.Name
	if touched(base, head, config.Name) {
		r.Notices = append(r.Notices, config.Name+" differs between the two states: the audit goes by the one before the change.")
	}
	r.Unread = Unread(base, head)
	files, missed := steeringFiles(base, head)
	r.Unread = append(r.Unread, missed...)
	var units []*unit
	pairs := lockfile.Match(base.Lockfiles, head.Lockfiles)
	for i, pair := range pairs {
		changes := lockfile.Diff(pair.Base, pair.Head)
		pass := &detector.ProjectPass{Pair: pair, Changes: changes, RegistryOrigins: a.Config.Origins()}
		if i == 0 {
			pass.Files, pass.Outsiders = files, outsiders(base, head)
		}
		if err := a.auditProject(ctx, r, pass); err != nil {
			return nil, err
		}
		seen := make(map[string]bool)
		for _, c := range slices.Concat(changes, lockfile.Moved(pair.Base, pair.Head)) {
			for _, u := range changeUnits(c, base.FS, head.FS) {
				if k := u.key(); !seen[k] { // the integrity and the host can change together
					seen[k] = true
					units = append(units, u)
				}
			}
		}
	}
	if len(pairs) == 0 && len(files) > 0 {
		pass := &detector.ProjectPass{Pair: lockfile.Pair{Head: &lockfile.Lockfile{}}, Files: files}
		if err := a.auditProject(ctx, r, pass); err != nil {
			return nil, err
		}
	}
	return r, a.finish(ctx, r, units, false)
}

// Tree audits every version in the lockfiles of a state.
func (a *Auditor) Tree(ctx context.Context, s *State) (*detector.Report, error) {
	r := a.report()
	_, s = a.ignore(r, nil, s)
	r.Head = s.Name
	r.Unread = UnreadTree(s)
	var units []*unit
	for _, l := range s.Lockfiles {
		pass := &detector.ProjectPass{Pair: lockfile.Pair{Head: l}, RegistryOrigins: a.Config.Origins()}
		if err := a.auditProject(ctx, r, pass); err != nil {
			return nil, err
		}
		units = append(units, treeUnits(l, s.FS)...)
	}
	return r, a.finish(ctx, r, units, true)
}

// finish audits the units and applies what the project says. full tells that
// they are a whole tree.
func (a *Auditor) finish(ctx context.Context, r *detector.Report, units []*unit, full bool) error {
	if err := a.versions(ctx, r, units); err != nil {
		return err
	}
	policy.Apply(r, a.project(), a.Now, full)
	return nil
}

// ignore leaves out of the states what the project wants left out, and says in
// the report how many lockfiles that are. base may be nil.
func (a *Auditor) ignore(r *detector.Report, base, head *State) (*State, *State) {
	ignored := a.project().Ignored
	gone := make(map[string]bool)
	if base != nil {
		base = base.without(ignored, gone)
	}
	head = head.without(ignored, gone)
	if notice := ignoredNotice(len(gone)); notice != "" {
		r.Notices = append(r.Notices, notice)
	}
	return base, head
}

// running are the detectors that the project has not switched off.
func (a *Auditor) running() []*detector.Detector {
	c := a.project()
	return slices.DeleteFunc(slices.Clone(a.Detectors), func(d *detector.Detector) bool { return c.Off(d.Rule.ID) })
}

func (a *Auditor) report() *detector.Report {
	r := &detector.Report{Rules: make(map[string]*detector.Rule, len(a.Detectors))}
	if notice := a.intelAge(); notice != "" {
		r.Notices = append(r.Notices, notice)
	}
	for _, d := range a.running() {
		r.Rules[d.Rule.ID] = &d.Rule
	}
	return r
}

// auditProject runs the project detectors and adds their verdict.
func (a *Auditor) auditProject(ctx context.Context, r *detector.Report, pass *detector.ProjectPass) error {
	findings, err := detector.RunProject(ctx, a.running(), pass)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	v := detector.ProjectVerdict{Lockfile: pass.Pair.Path(), Complete: err == nil, Findings: findings,
		Outcome: detector.Decide(r.Rules, findings)}
	if pass.Pair.Head != nil {
		v.Format = pass.Pair.Head.Format.String()
	}
	if err != nil {
		v.Reasons = append(v.Reasons, err.Error())
	}
	for _, problem := range pass.Pair.NewProblems() {
		if problem.Stale {
			v.Complete = false
			v.Reasons = append(v.Reasons, problem.Message)
		}
	}
	r.Projects = append(r.Projects, v)
	return nil
}

// unit is one version to audit, as one lockfile has it.
type unit struct {
	lockfile string
	change   lockfile.ChangeType
	after    lockfile.Dependency
	before   *lockfile.Dependency
	// published marks a before that no lockfile has: the predecessor in the
	// registry.
	published bool
	from      []string
	// The file systems that local tarballs are read from.
	afterFS, beforeFS fs.FS
	// identify has local tarballs judged as what their manifests say they are.
	identify bool
}

// key tells units apart that need work of their own.
func (u *unit) key() string {
	describe := func(d *lockfile.Dependency) string {
		if d == nil {
			return "-"
		}
		local := ""
		if d.Kind == lockfile.KindFile {
			local = path.Dir(u.lockfile)
		}
		return fmt.Sprintf("%s %s %q %q %s", d.PackageVersion, d.Kind, d.Resolved, local, d.Integrity)
	}
	return describe(&u.after) + " | " + describe(u.before)
}

// auditable reports whether a kind has bytes of its own to look at. Folders of
// the project and patches are the project's own code.
func auditable(k lockfile.Kind) bool {
	return k != lockfile.KindDirectory && k != lockfile.KindPatch
}

// changeUnits makes a unit of every version that a change brings in, and of
// every entry whose version stayed and whose bytes nothing vouches for: it is
// compared with what the lockfile had.
func changeUnits(c lockfile.Change, baseFS, headFS fs.FS) []*unit {
	if !auditable(c.Kind) {
		return nil
	}
	to := c.To
	switch c.Type {
	case lockfile.Added, lockfile.Updated:
	case lockfile.IntegrityChanged, lockfile.HostChanged, lockfile.SourceChanged:
		if c.From[0].Kind != c.To[0].Kind {
			return nil // also an addition
		}
		to = lockfile.Unvouched(c.From, c.To)
	default:
		return nil
	}
	var from []string
	for _, f := range c.From {
		if len(from) == 0 || from[len(from)-1] != f.Version { // sorted
			from = append(from, f.Version)
		}
	}
	var units []*unit
	for i := range to {
		u := &unit{lockfile: c.Lockfile, change: c.Type, after: to[i], from: from, afterFS: headFS, beforeFS: baseFS}
		if len(c.From) > 0 {
			u.before = closest(c.From, to[i].Version)
		}
		units = append(units, u)
	}
	return units
}

// closest picks what a version is compared with: the highest of the versions
// it replaces that is below it, else the lowest.
func closest(from []lockfile.Dependency, version string) *lockfile.Dependency {
	best := &from[0]
	for i := range from {
		if npm.CompareVersions(from[i].Version, version) < 0 && npm.CompareVersions(from[i].Version, best.Version) > 0 {
			best = &from[i]
		}
	}
	return best
}

// treeUnits makes a unit of every distinct version of a lockfile.
func treeUnits(l *lockfile.Lockfile, fsys fs.FS) []*unit {
	seen := make(map[string]bool)
	var units []*unit
	for _, d := range l.Dependencies {
		u := &unit{lockfile: l.Path, after: d, afterFS: fsys}
		if !auditable(d.Kind) || seen[u.key()] {
			continue
		}
		seen[u.key()] = true
		units = append(units, u)
	}
	return units
}

// versions audits the units and adds their verdicts. Equal units of several
// lockfiles are worked on once.
func (a *Auditor) versions(ctx context.Context, r *detector.Report, units []*unit) error {
	byKey := make(map[string][]*unit)
	var keys []string
	for _, u := range units {
		k := u.key()
		if byKey[k] == nil {
			keys = append(keys, k)
		}
		byKey[k] = append(byKey[k], u)
	}
	slices.SortStableFunc(keys, func(x, y string) int {
		return byKey[x][0].after.PackageVersion.Compare(byKey[y][0].after.PackageVersion)
	})
	results := make([]*result, len(keys))
	tickets := a.tickets(r.Rules, len(keys))
	var done atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(concurrency)
	for i, k := range keys {
		g.Go(func() error {
			u := byKey[k][0]
			defer tickets[i].back()
			res, err := a.unit(gctx, u, tickets[i])
			if err != nil {
				return err
			}
			results[i] = res
			if a.Progress != nil {
				a.Progress(int(done.Add(1)), len(keys), u.after.PackageVersion)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, k := range keys {
		for _, u := range byKey[k] {
			r.Versions = append(r.Versions, results[i].verdict(r, u))
		}
	}
	r.Sort()
	return nil
}

// result is what came of one unit, apart from where it stands.
type result struct {
	compared string
	// integrity are the digests of the bytes that were looked at.
	integrity npm.Integrity
	findings  []detector.Finding
	reasons   []string
	// capabilities is what the version does and the compared one did not.
	capabilities []feature.Capability
	story        *sandbox.Story
	source       *detector.SourceSummary
}

// verdict places a result at a unit's lockfile entry.
func (res *result) verdict(r *detector.Report, u *unit) detector.Verdict {
	at := detector.Location{Path: u.lockfile, Line: u.after.Line, Column: u.after.Column}
	v := detector.Verdict{
		Lockfile: u.lockfile, Location: at, Change: u.change, Kind: u.after.Kind,
		Subject: u.after.PackageVersion, From: u.from, Compared: res.compared,
		Direct: u.after.Direct, Chain: u.after.Chain, Dev: u.after.Dev,
		Outcome: detector.Decide(r.Rules, res.findings), Complete: len(res.reasons) == 0, Reasons: res.reasons,
		Capabilities: res.capabilities, Story: res.story, Source: res.source, Integrity: res.integrity,
	}
	v.Findings = slices.Clone(res.findings)
	for i := range v.Findings {
		v.Findings[i].Location = at
	}
	return v
}

// defaults holds where the project says nothing.
var defaults = config.Default()

func (a *Auditor) project() *config.Config { return cmp.Or(a.Project, defaults) }

// unit audits one version. The error is that of a cancelled audit; everything
// else that goes wrong is a reason in the result.
func (a *Auditor) unit(ctx context.Context, u *unit, t *ticket) (*result, error) {
	pass := &detector.Pass{Config: a.project(), Now: a.Now}
	res := &result{}
	after := a.obtain(ctx, &u.after, u.lockfile, u.afterFS)
	defer after.close()
	var before *fetched
	var known []worker.Known
	if u.before != nil && after.source != nil {
		before = a.obtain(ctx, u.before, u.lockfile, u.beforeFS)
		defer before.close()
		if a.analyse(ctx, before, nil); before.analysis != nil {
			known = before.analysis.Known() // most scripts of a bump stay
		}
	}
	a.analyse(ctx, after, known)
	if u.identify {
		identify(after)
		u.after = *after.version.Dependency
		if before != nil {
			identify(before)
			u.before = before.version.Dependency
			u.from = []string{u.before.Version}
		}
	}
	a.attest(ctx, after)
	if before != nil {
		a.attest(ctx, before)
	}
	a.recognise(after)
	if before != nil && len(after.version.Similar) > 0 { // which it may have had too
		a.recognise(before)
	}
	pass.After, pass.Unpublished = after.version, after.unpublished
	res.reasons, res.integrity = after.reasons, after.version.Integrity
	switch {
	case before != nil:
		pass.Before = before.version
	case u.before != nil: // there is nothing to compare, but it is an update
		pass.Before = &detector.Version{PackageVersion: u.before.PackageVersion, Dependency: u.before}
	}
	if u.published && pass.Before != nil {
		pass.Before.Dependency = nil
	}
	if before != nil && after.version.Program != nil {
		switch {
		case before.version.Program != nil:
			res.compared = u.before.Version
		case !before.unpublished && len(before.version.Mismatches) == 0:
			// Not a fact about the version before, such as that it was taken
			// down or is not what the lockfile said, but a failure to see it.
			for _, reason := range before.reasons {
				res.reasons = append(res.reasons, fmt.Sprintf("the version before, %s: %s", u.before.Version, reason))
			}
		}
	}
	if reason := a.run(ctx, after, pass.Before); reason != "" {
		res.reasons = append(res.reasons, reason)
	}
	res.story = after.version.Story
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if after.version.Features != nil {
		var old *feature.Set
		if pass.Before != nil {
			old = pass.Before.Features
		}
		res.capabilities = feature.Capabilities(old, after.version.Features)
	}
	var err error
	res.findings, err = detector.Run(ctx, a.running(), pass)
	if err != nil {
		res.reasons = append(res.reasons, err.Error())
	}
	if p := t.trace(ctx, pass, res.findings, after, before); p != nil {
		more, err := detector.RunSource(ctx, a.running(), p)
		if err != nil {
			res.reasons = append(res.reasons, err.Error())
		}
		p.Clear(res.findings)
		res.source, res.findings = p.Summary(), detector.SortFindings(append(res.findings, more...))
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return res, nil
}

// ErrNoVersion is wrapped where what was asked for is neither a version nor a
// tag of the package.
var ErrNoVersion = errors.New("no such version or tag")

// Package audits one version from the registry by itself or against another
// version; against "" stands for the published predecessor.
func (a *Auditor) Package(ctx context.Context, v npm.PackageVersion, against string) (*detector.Report, error) {
	packument, err := a.Registry.Packument(ctx, v.Name)
	switch {
	case errors.Is(err, registry.ErrNotFound): // the pass will say so
	case err != nil:
		return nil, err
	default:
		v.Version = cmp.Or(packument.DistTags[v.Version], v.Version)
	}
	if !npm.ValidVersion(v.Version) {
		return nil, fmt.Errorf("%w: %s", ErrNoVersion, v)
	}
	u := &unit{after: lockfile.Dependency{PackageVersion: v, Kind: lockfile.KindRegistry, Direct: true}}
	if against == "" && packument != nil {
		against, u.published = packument.Predecessor(v.Version), true
	}
	return a.single(ctx, u, against)
}

// Judge audits a tarball from the disk as if a registry had it under the name
// and version of its manifest, as an update of another tarball unless that is "".
func (a *Auditor) Judge(ctx context.Context, dir fs.FS, name, before string) (*detector.Report, error) {
	u := &unit{after: localEntry(name), afterFS: dir, beforeFS: dir, identify: true, change: lockfile.Added}
	if before != "" {
		b := localEntry(before)
		u.before, u.change = &b, lockfile.Updated
	}
	return a.single(ctx, u, "")
}

// identify makes a local tarball the version of a registry that its manifest
// names, where it names one.
func identify(f *fetched) {
	if f.version.Program == nil || f.version.Program.Manifest == nil {
		return
	}
	m := f.version.Program.Manifest
	if npm.ValidateName(m.Name) != nil || !npm.ValidVersion(m.Version) {
		return
	}
	d := *f.version.Dependency
	d.PackageVersion, d.Kind, d.Resolved = npm.PackageVersion{Name: m.Name, Version: m.Version}, lockfile.KindRegistry, ""
	f.version.PackageVersion, f.version.Dependency = d.PackageVersion, &d
}

// PackageFile audits a tarball from the disk.
func (a *Auditor) PackageFile(ctx context.Context, dir fs.FS, name, against string) (*detector.Report, error) {
	return a.single(ctx, &unit{after: localEntry(path.Base(name)), afterFS: dir}, against)
}

// localEntry is a dependency on a tarball in a folder.
func localEntry(name string) lockfile.Dependency {
	return lockfile.Dependency{PackageVersion: npm.PackageVersion{Name: name}, Kind: lockfile.KindFile, Resolved: "file:" + name, Direct: true}
}

func (a *Auditor) single(ctx context.Context, u *unit, against string) (*detector.Report, error) {
	if against != "" {
		before := lockfile.Dependency{PackageVersion: npm.PackageVersion{Name: u.after.Name, Version: against}, Kind: lockfile.KindRegistry}
		u.before, u.change, u.from = &before, lockfile.Updated, []string{against}
	}
	r := a.report()
	r.Head = u.after.String()
	return r, a.finish(ctx, r, []*unit{u}, false)
}
