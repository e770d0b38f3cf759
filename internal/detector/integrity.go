package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/lockfile"
)

// IntegrityMismatch reports bytes that are not what the lockfile or the
// registry says they are.
var IntegrityMismatch = &Detector{
	Rule: Rule{
		ID:    "integrity-mismatch",
		Title: "Tarball does not match its integrity",
		Level: Error,
		Tags:  []string{"integrity"},
		Help: `The bytes received for the version do not hash to what the lockfile or the registry gives. Either the tarball
was replaced, or the lockfile was edited to name another one, or a proxy on the way changes tarballs. A package manager
refuses to install it. Do not merge before it is clear which.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		for _, m := range p.After.Mismatches {
			p.Report(Finding{Level: Error, Confidence: High,
				Message:  fmt.Sprintf("the tarball from %q does not match the integrity that the %s gives", p.After.URL, m.Of),
				Evidence: []Evidence{{Note: m.Detail}}})
		}
		return nil
	},
}

// Unpublished reports a version that the registry does not have.
var Unpublished = &Detector{
	Rule: Rule{
		ID:    "unpublished",
		Title: "Version is not in the registry",
		Level: Warning,
		Tags:  []string{"registry", TagSignal},
		Help: `The registry that serves the name does not have the version, so nothing can be looked at. Registries take
malicious versions down; authors withdraw broken ones; and a name that only a private registry knows gives the same
answer from a public one, where somebody else could register it (dependency confusion). If the name is private, set
the registry of its scope in .npmrc.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if p.Unpublished {
			p.Report(Finding{Level: Warning, Confidence: High,
				Message: fmt.Sprintf("the registry does not have %s", p.After.PackageVersion)})
		}
		return nil
	},
}

// IntegrityChanged reports entries whose version stayed while what the tarball
// must hash to changed.
var IntegrityChanged = &Detector{
	Rule: Rule{
		ID:    "integrity-changed",
		Title: "Integrity changed under an unchanged version",
		Level: Warning,
		Tags:  []string{"lockfile", "integrity"},
		Help: `The lockfile gives another integrity for the same version. A published version never changes, so the new value
belongs to other bytes: somebody edited the lockfile, or the entry comes from another registry. Entries that merely
moved to another algorithm (sha1 to sha512) or lost their integrity are reported together, as a note; the tarballs are
compared with what the registry gives in any case.`,
	},
	Project: func(_ context.Context, p *ProjectPass) error {
		var conflicts, moved, lost []lockfile.Dependency
		for _, c := range p.Changes {
			if c.Type != lockfile.IntegrityChanged {
				continue
			}
			switch {
			case integrityConflicts(c):
				conflicts = append(conflicts, c.To[0])
			case len(c.To[0].Integrity) == 0:
				lost = append(lost, c.To[0])
			default:
				moved = append(moved, c.To[0])
			}
		}
		p.group(Warning, conflicts, "%s with another integrity for the same version")
		p.group(Note, moved, "%s with an integrity of another algorithm")
		p.group(Note, lost, "%s without the integrity that the lockfile had")
		return nil
	},
}

// integrityConflicts reports whether a change of integrity means other bytes:
// a digest of the same algorithm that differs.
func integrityConflicts(c lockfile.Change) bool {
	for i := range c.To {
		agrees := false
		for j := range c.From {
			if c.To[i].Checksum != "" {
				agrees = agrees || c.To[i].Checksum == c.From[j].Checksum
			} else {
				agrees = agrees || !c.To[i].Integrity.Conflicts(c.From[j].Integrity)
			}
		}
		if !agrees {
			return true
		}
	}
	return false
}

// IntegrityMissing reports registry entries without integrity.
var IntegrityMissing = &Detector{
	Rule: Rule{
		ID:    "integrity-missing",
		Title: "Lockfile entry without integrity",
		Level: Note,
		Tags:  []string{"lockfile", "integrity"},
		Help: `Without an integrity the package manager installs whatever the registry or the host answers. Old lockfiles lack
it, and npm is known to lose it. Writing the lockfile anew (delete node_modules and the lockfile, then install) brings
it back. The audit compares the tarball with what the registry gives.`,
	},
	Project: func(_ context.Context, p *ProjectPass) error {
		if p.Pair.Head == nil || p.Pair.Head.Format.Manager == lockfile.YarnBerry {
			return nil // yarn's checksums are of its own; conditional entries have none
		}
		var missing []lockfile.Dependency
		for _, d := range p.fresh() {
			if d.Kind == lockfile.KindRegistry && len(d.Integrity) == 0 {
				missing = append(missing, d)
			}
		}
		p.group(Note, missing, "%s without integrity")
		return nil
	},
}
