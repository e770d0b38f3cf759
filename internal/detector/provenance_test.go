package detector

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/provenance"
)

var provenanceTime = time.Date(2030, 6, 15, 12, 0, 0, 0, time.UTC)

func built() *provenance.Build {
	return &provenance.Build{Issuer: "https://ci.invalid", Repository: "https://host.invalid/o/r", RepositoryID: "1", Commit: "abc", Workflow: ".github/workflows/release.yml",
		Signer: "https://host.invalid/o/r/.github/workflows/release.yml@refs/heads/main", Runner: "github-hosted"}
}

func withBuild() *provenance.Result {
	return &provenance.Result{Keys: true, Signature: provenance.Signature{Status: provenance.Verified}, Build: built(),
		Attestations: []provenance.Attestation{{PredicateType: provenance.SLSAv1, Status: provenance.Verified}}}
}

func signedOnly(status provenance.Status) *provenance.Result {
	return &provenance.Result{Keys: true, Signature: provenance.Signature{Status: status}}
}

func withAttestation(predicateType string, status provenance.Status) *provenance.Result {
	r := signedOnly(provenance.Verified)
	r.Attestations = []provenance.Attestation{{PredicateType: predicateType, Status: status, Detail: "why"}}
	return r
}

// update is a pass from 1.0.0 to 1.0.1 of a package that is published once a
// month.
func update(before, after *provenance.Result) *Pass {
	v := func(version string, r *provenance.Result) *Version {
		out := &Version{PackageVersion: npm.PackageVersion{Name: "a", Version: version}, Provenance: r, Record: &npm.VersionRecord{}}
		out.Dependency = &lockfile.Dependency{PackageVersion: out.PackageVersion}
		if r != nil && len(r.Attestations) > 0 {
			out.Record.Dist.Attestations = "https://registry.invalid/x"
		}
		return out
	}
	return &Pass{Before: v("1.0.0", before), After: v("1.0.1", after), Now: provenanceTime}
}

func one(t *testing.T, d *Detector, p *Pass, level Level, says string) {
	t.Helper()
	findings, err := Run(context.Background(), []*Detector{d}, p)
	if err != nil {
		t.Errorf("%v", err)
	}
	if len(findings) != 1 || findings[0].Level != level || !strings.Contains(findings[0].Message, says) || len(findings[0].Evidence) == 0 || findings[0].RuleID != d.Rule.ID {
		t.Errorf("want one %s that says %q: %+v", level, says, findings)
	}
}

func silent(t *testing.T, d *Detector, p *Pass) {
	t.Helper()
	if findings, err := Run(context.Background(), []*Detector{d}, p); err != nil || len(findings) > 0 {
		t.Errorf("%+v, %v", findings, err)
	}
}

func TestProvenanceRules(t *testing.T) {
	for _, d := range []*Detector{InvalidSignature, ProvenanceDropped, ProvenanceMoved} {
		if err := d.Validate(); err != nil {
			t.Error(err)
		}
		silent(t, d, update(nil, nil))
		silent(t, d, &Pass{After: &Version{}, Now: provenanceTime})
		silent(t, d, update(withBuild(), withBuild()))
		// A registry that publishes nothing of the kind.
		silent(t, d, update(&provenance.Result{}, &provenance.Result{Signature: provenance.Signature{Status: provenance.Missing}}))
	}
}

func TestInvalidSignature(t *testing.T) {
	for status, says := range map[provenance.Status]string{provenance.Invalid: "is wrong", provenance.OtherTarball: "another tarball", provenance.Expired: "had expired"} {
		one(t, InvalidSignature, update(withBuild(), signedOnly(status)), Error, says)
		unpublished := signedOnly(status)
		unpublished.Keys = false
		silent(t, InvalidSignature, update(withBuild(), unpublished))
	}
	one(t, InvalidSignature, update(nil, signedOnly(provenance.UnknownKey)), Warning, "does not list")
	one(t, InvalidSignature, update(nil, signedOnly(provenance.Undated)), Warning, "not known")
	one(t, InvalidSignature, update(nil, signedOnly(provenance.Missing)), Note, "has not signed")
	one(t, InvalidSignature, update(signedOnly(provenance.Verified), signedOnly(provenance.Missing)), Warning, "has not signed")
	other := update(signedOnly(provenance.Verified), signedOnly(provenance.Missing))
	other.Before.Name = "b"
	one(t, InvalidSignature, other, Note, "has not signed")
	for status, says := range map[provenance.Status]string{provenance.Invalid: "does not verify", provenance.OtherTarball: "another tarball",
		provenance.OtherPackage: "another package", provenance.Contradictory: "than the certificate"} {
		one(t, InvalidSignature, update(nil, withAttestation(provenance.SLSAv1, status)), Error, says)
	}
	for _, status := range []provenance.Status{provenance.Verified, provenance.UnknownAuthority, provenance.UnknownKey, provenance.Unsupported} {
		silent(t, InvalidSignature, update(nil, withAttestation(provenance.PublishV01, status)))
	}
	unchecked := signedOnly(provenance.Invalid)
	unchecked.Unchecked = []string{"one", "two"}
	findings, err := Run(context.Background(), []*Detector{InvalidSignature}, update(nil, unchecked))
	if len(findings) != 1 || err == nil || !strings.Contains(err.Error(), "one; two") {
		t.Errorf("%+v, %v", findings, err)
	}
}

// releases are versions 0.0.0, 0.0.1 and so on, a month apart up to now, and
// 1.0.0 and 1.0.1 as the last ones; x stands for one with attestations.
func releases(pattern string, age time.Duration) *npm.Packument {
	p := &npm.Packument{Name: "a"}
	for i, c := range pattern {
		version := "0.0." + string(rune('0'+i))
		if left := len(pattern) - i; left <= 2 {
			version = "1.0." + string(rune('0'+2-left))
		}
		p.Releases = append(p.Releases, npm.Release{Version: version, Attested: c == 'x',
			Published: provenanceTime.Add(-age).AddDate(0, i-len(pattern)+1, 0)})
	}
	return p
}

func TestProvenanceDropped(t *testing.T) {
	one(t, ProvenanceDropped, update(withBuild(), signedOnly(provenance.Verified)), Warning, "this one has none")
	one(t, ProvenanceDropped, update(withBuild(), nil), Warning, "this one has none")
	one(t, ProvenanceDropped, update(withBuild(), withAttestation(provenance.PublishV01, provenance.Verified)), Warning, "this one has none")
	for _, status := range []provenance.Status{provenance.UnknownAuthority, provenance.Unsupported} {
		one(t, ProvenanceDropped, update(withBuild(), withAttestation(provenance.SLSAv1, status)), Warning, "cannot be verified")
		unverified := update(withAttestation(provenance.SLSAv1, status), withAttestation(provenance.SLSAv1, status))
		unverified.After.Packument = releases("xx", 0)
		silent(t, ProvenanceDropped, unverified)
	}
	// What is wrong is another rule's, and what was not got is not known.
	silent(t, ProvenanceDropped, update(withBuild(), withAttestation(provenance.SLSAv1, provenance.Invalid)))
	missed := update(withBuild(), signedOnly(provenance.Verified))
	missed.After.Record.Dist.Attestations = "https://registry.invalid/x"
	silent(t, ProvenanceDropped, missed)
	unknown := update(withBuild(), nil)
	unknown.After.Record = nil
	silent(t, ProvenanceDropped, unknown)
	downgrade := update(withBuild(), nil)
	downgrade.Before.Version = "2.0.0"
	silent(t, ProvenanceDropped, downgrade)
	renamed := update(withBuild(), nil)
	renamed.Before.Name = "b"
	silent(t, ProvenanceDropped, renamed)

	for _, tt := range []struct {
		pattern string // of the releases, the version itself last
		age     time.Duration
		want    Level
		silent  bool
	}{
		{pattern: "---x-", want: Warning},
		{pattern: "x-", want: Warning},
		{pattern: "xxxx-", want: Warning},
		{pattern: "x-xxx-", want: Warning},
		{pattern: "x-x-", want: Note},
		{pattern: "x-xx-", want: Note},
		{pattern: "xxxx-", age: longInUse + day, want: Note},
		{pattern: "-----", silent: true},
		{pattern: "xxx--", silent: true},
	} {
		p := update(nil, nil)
		p.After.Packument = releases(tt.pattern, tt.age)
		if tt.silent {
			silent(t, ProvenanceDropped, p)
			continue
		}
		one(t, ProvenanceDropped, p, tt.want, "this one has none")
		p = update(nil, nil)
		p.Before, p.After.Packument = nil, releases(tt.pattern, tt.age)
		one(t, ProvenanceDropped, p, tt.want, "this one has none")
	}
	// The version that is replaced had it, the one between had not.
	skipped := update(nil, nil)
	skipped.After.Packument = releases("xxx--", 0)
	skipped.Before.Version = "0.0.2"
	one(t, ProvenanceDropped, skipped, Warning, "this one has none")
}

func TestProvenanceMoved(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*provenance.Build)
		want   Level
		says   string
	}{
		"repository":                 {func(b *provenance.Build) { b.Repository, b.RepositoryID = "https://host.invalid/evil/r", "2" }, Warning, "another repository"},
		"repository without numbers": {func(b *provenance.Build) { b.Repository, b.RepositoryID = "https://host.invalid/evil/r", "" }, Warning, "another repository"},
		"created anew":               {func(b *provenance.Build) { b.RepositoryID = "2" }, Warning, "of that name"},
		"renamed":                    {func(b *provenance.Build) { b.Repository = "https://host.invalid/o/new" }, Note, "was renamed"},
		"renamed, another workflow": {func(b *provenance.Build) {
			b.Repository, b.Workflow = "https://host.invalid/o/new", ".github/workflows/x.yml"
		}, Warning, "another workflow"},
		"workflow":         {func(b *provenance.Build) { b.Workflow = ".github/workflows/x.yml" }, Warning, "another workflow"},
		"signing workflow": {func(b *provenance.Build) { b.Signer = "https://host.invalid/x/y/.github/workflows/z.yml@v1" }, Warning, "another signing workflow"},
		"service":          {func(b *provenance.Build) { b.Issuer = "https://other.invalid" }, Warning, "another CI service"},
		"runner":           {func(b *provenance.Build) { b.Runner = "self-hosted" }, Warning, "another kind of runner"},
	} {
		t.Run(name, func(t *testing.T) {
			after := withBuild()
			tt.change(after.Build)
			one(t, ProvenanceMoved, update(withBuild(), after), tt.want, tt.says)
			downgrade := update(withBuild(), after)
			downgrade.Before.Version = "2.0.0"
			silent(t, ProvenanceMoved, downgrade)
		})
	}
	same := withBuild()
	same.Build.Signer = strings.Replace(same.Build.Signer, "refs/heads/main", "refs/tags/v2", 1)
	same.Build.Repository, same.Build.Commit, same.Build.Ref, same.Build.Runner = "https://host.invalid/O/R", "def", "refs/tags/v2", ""
	silent(t, ProvenanceMoved, update(withBuild(), same))
}
