package detector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/provenance"
)

// InvalidSignature reports signatures and attestations that are there and wrong.
var InvalidSignature = &Detector{
	Rule: Rule{
		ID:    "invalid-signature",
		Title: "Signature or attestation that is wrong",
		Level: Error,
		Tags:  []string{"registry", "integrity"},
		Help: `Registries sign the name, version and integrity of what they publish, and serve attestations that bind a tarball
to the build that made it. One of them is there and does not verify, or is for another package or another tarball:
somebody between the registry and you, or in the registry, has changed what is served. Do not install the version;
compare it with what another network and another machine get.

Where the registry lists its keys, a signature by a key that is not listed is a warning, and so is a version without a
signature after one that had it; a version without a signature is else a note. A registry that publishes no keys is not
judged. What cannot be verified because the trusted root does not know a log or an authority, or because the registry
did not answer, makes the verdict incomplete: a newer trusted root may know more.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		r := p.After.Provenance
		if r == nil {
			return nil
		}
		if r.Keys {
			reportSignature(p, &r.Signature)
		}
		for _, a := range r.Attestations {
			if a.Status.Wrong() {
				p.Report(Finding{Level: Error, Confidence: High, Message: wrongAttestation(a.Status),
					Evidence: []Evidence{{Snippet: shorten(a.PredicateType), Note: a.Detail}}})
			}
		}
		if len(r.Unchecked) > 0 {
			return errors.New(strings.Join(r.Unchecked, "; "))
		}
		return nil
	},
}

func reportSignature(p *Pass, s *provenance.Signature) {
	f := Finding{Level: Warning, Confidence: Medium, Evidence: []Evidence{{Snippet: shorten(s.KeyID), Note: s.Detail}}}
	switch {
	case s.Status == provenance.OtherTarball:
		f.Level, f.Confidence, f.Message = Error, High, "the registry's signature is for another tarball"
	case s.Status == provenance.Expired:
		f.Level, f.Confidence, f.Message = Error, High, "the registry's signature was made with a key that had expired"
	case s.Status.Wrong():
		f.Level, f.Confidence, f.Message = Error, High, "the registry's signature is wrong"
	case s.Status == provenance.UnknownKey:
		f.Message = "the registry's signature was made with a key that the registry does not list"
	case s.Status == provenance.Undated:
		f.Message = "the registry's signature was made with a key that has expired, at a time that is not known"
	case s.Status == provenance.Missing && p.After.Record != nil:
		f.Level, f.Confidence, f.Message = Note, Low, "the registry has not signed the version"
		f.Evidence = []Evidence{{Note: "the registry lists keys with which it signs"}}
		if b := p.Before; b != nil && b.Name == p.After.Name && b.Provenance != nil && b.Provenance.Signature.Status == provenance.Verified {
			f.Level, f.Confidence = Warning, Medium
			f.Evidence = append(f.Evidence, Evidence{Note: fmt.Sprintf("%s is signed", b.Version)})
		}
	default:
		return
	}
	p.Report(f)
}

func wrongAttestation(s provenance.Status) string {
	switch s {
	case provenance.OtherTarball:
		return "an attestation is for another tarball"
	case provenance.OtherPackage:
		return "an attestation is for another package or version"
	case provenance.Contradictory:
		return "an attestation says something else than the certificate that signed it"
	}
	return "an attestation does not verify"
}

// ProvenanceDropped reports versions that lack the provenance that earlier ones
// had.
var ProvenanceDropped = &Detector{
	Rule: Rule{
		ID:    "provenance-dropped",
		Title: "Provenance of the version before is missing",
		Level: Warning,
		Tags:  []string{"registry"},
		Help: `The version before was published with an attestation of the build that made it, by a CI service; this one was not.
That is what a release looks like that somebody made by hand with a stolen token, and it is common to account takeovers.
It also happens to maintainers whose release workflow was down. Ask them, look for the release in the repository, and
compare the tarball with the tag.

Compared are the published predecessor and, in an update, the version that is replaced, as far as they are lower. It is
a note where the package alternates between releases with and without provenance, and where the version is more than a
year old. An attestation that is there and cannot be verified counts as missing where that of the version before was
verified.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		missing := missingProvenance(p.After)
		if missing == "" {
			return nil
		}
		from, verified := provenanceBefore(p)
		if from == "" || missing == unverifiable && !verified {
			return nil
		}
		f := Finding{Level: Warning, Confidence: Medium, Message: "the version before has provenance and this one has none",
			Evidence: []Evidence{{Note: fmt.Sprintf("the registry has attestations for %s", from)}}}
		if verified {
			b := p.Before.Provenance.Build
			f.Confidence = High
			f.Evidence = []Evidence{{Snippet: shorten(b.Signer), Note: fmt.Sprintf("%s was built from %q", from, shorten(b.Repository+"@"+b.Commit))}}
		}
		if missing == unverifiable {
			f.Message = "the version before has provenance, and that of this one cannot be verified"
			f.Confidence = Medium
		}
		history := readHistory(p.After.Packument, p.Now)
		published := history.published(p.After.Version)
		switch {
		case !published.IsZero() && p.Now.Sub(published) >= longInUse:
			f.Level = Note
			f.Evidence = append(f.Evidence, Evidence{Note: fmt.Sprintf("it was published %s ago", span(p.Now.Sub(published)))})
		case alternates(p.After.Packument, from):
			f.Level = Note
			f.Evidence = append(f.Evidence, Evidence{Note: "earlier releases alternate between with and without"})
		}
		p.Report(f)
		return nil
	},
}

// How the provenance of a version is missing.
const (
	none         = "none"
	unverifiable = "unverifiable"
)

// missingProvenance says how a version's provenance is missing; "" where it is
// there, where it is wrong, which is another rule's, and where it is not known.
func missingProvenance(v *Version) string {
	if v.Record == nil {
		return ""
	}
	r := v.Provenance
	if r == nil || len(r.Attestations) == 0 {
		// The registry's word for it is enough. What it says to be there and was not
		// got is unknown: registries that copy another do not serve it.
		if v.Record.Dist.Attestations == "" {
			return none
		}
		return ""
	}
	if r.Build != nil {
		return ""
	}
	missing := none
	for _, a := range r.Attestations {
		switch {
		case a.Status.Wrong():
			return ""
		case a.Status != provenance.Verified && a.PredicateType != provenance.PublishV01:
			missing = unverifiable
		}
	}
	return missing
}

// provenanceBefore returns an earlier version with provenance to compare with, ""
// for none, and whether that was verified or is what the registry says.
func provenanceBefore(p *Pass) (version string, verified bool) {
	after := p.After
	lower := p.Before != nil && p.Before.Name == after.Name && npm.CompareVersions(p.Before.Version, after.Version) < 0
	if lower && p.Before.Provenance != nil && p.Before.Provenance.Build != nil {
		return p.Before.Version, true
	}
	if after.Packument == nil {
		return "", false
	}
	candidates := []string{after.Packument.Predecessor(after.Version)}
	if lower && p.Update() {
		candidates = append(candidates, p.Before.Version)
	}
	for _, c := range candidates {
		if r := after.Packument.Release(c); r != nil && r.Attested {
			return c, false
		}
	}
	return "", false
}

// alternates reports whether a package had releases with provenance, then some
// without, and then, up to a version, fewer than steadyReleases with it again.
func alternates(p *npm.Packument, upTo string) bool {
	if p == nil {
		return false
	}
	row, broken := 0, false
	for i := len(p.Releases) - 1; i >= 0; i-- {
		r := &p.Releases[i]
		if npm.CompareVersions(r.Version, upTo) > 0 || npm.IsPrerelease(r.Version) && r.Version != upTo {
			continue
		}
		switch {
		case !r.Attested:
			broken = true
		case broken:
			return true
		default:
			if row++; row == steadyReleases {
				return false
			}
		}
	}
	return false
}

// ProvenanceMoved reports versions that were built elsewhere than the one before.
var ProvenanceMoved = &Detector{
	Rule: Rule{
		ID:    "provenance-moved",
		Title: "Built from another repository or by another workflow",
		Level: Warning,
		Tags:  []string{"registry"},
		Help: `Both versions have verified provenance, and it differs: the source repository, the workflow that released, or the
service or kind of machine that built. Whoever takes a package over may publish with provenance, from a repository of
their own or by a workflow that they added. Projects also move and rename their workflows: look at the repository
and at the change that brought the new workflow, and ask whether the maintainers announced it.

A repository that was renamed and kept the number that its host gave it is a note. One of the same name with another
number was deleted and created anew, by whomever.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		after, before := p.After, p.Before
		if before == nil || before.Name != after.Name || after.Provenance == nil || before.Provenance == nil ||
			after.Provenance.Build == nil || before.Provenance.Build == nil || npm.CompareVersions(before.Version, after.Version) >= 0 {
			return nil
		}
		moves, renamed := builtElsewhere(before.Provenance.Build, after.Provenance.Build)
		if len(moves) == 0 && !renamed {
			return nil
		}
		f := Finding{Level: Warning, Confidence: High}
		if renamed {
			f.Evidence = append(f.Evidence, moved("repository", before.Provenance.Build.Repository, after.Provenance.Build.Repository))
			f.Level, f.Confidence, f.Message = Note, Low, "its repository was renamed"
		}
		if len(moves) > 0 {
			what := make([]string, len(moves))
			for i, m := range moves {
				what[i] = "another " + m.what
				f.Evidence = append(f.Evidence, moved(m.what, m.from, m.to))
			}
			f.Level, f.Confidence = Warning, High
			f.Message = fmt.Sprintf("built with %s than %s", strings.Join(what, " and "), before.Version)
		}
		p.Report(f)
		return nil
	},
}

type move struct{ what, from, to string }

func moved(what, from, to string) Evidence {
	return Evidence{Snippet: shorten(to), Note: fmt.Sprintf("%s %q became %q", what, shorten(from), shorten(to))}
}

// builtElsewhere lists in what two builds differ; renamed tells that the
// repository has another name and is the same.
func builtElsewhere(before, after *provenance.Build) (moves []move, renamed bool) {
	differ := func(what, from, to string) {
		if from != "" && to != "" && !strings.EqualFold(from, to) {
			moves = append(moves, move{what, from, to})
		}
	}
	named := strings.EqualFold(before.Repository, after.Repository)
	switch known := before.RepositoryID != "" && after.RepositoryID != "" && before.Issuer == after.Issuer; {
	case known && before.RepositoryID == after.RepositoryID:
		renamed = !named
	case known && named:
		differ("repository of that name", before.Repository+" (number "+before.RepositoryID+")", after.Repository+" (number "+after.RepositoryID+")")
	default:
		differ("repository", before.Repository, after.Repository)
	}
	differ("workflow", before.Workflow, after.Workflow)
	if len(moves) == 0 && !renamed {
		// A reusable workflow lies elsewhere and can change alone.
		differ("signing workflow", withoutRef(before.Signer), withoutRef(after.Signer))
	}
	differ("CI service", before.Issuer, after.Issuer)
	differ("kind of runner", before.Runner, after.Runner)
	return moves, renamed
}

func withoutRef(workflow string) string {
	address, _, _ := strings.Cut(workflow, "@")
	return address
}
