package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/lockfile"
)

// RecentRelease reports versions that are younger than the project wants.
var RecentRelease = &Detector{
	Rule: Rule{
		ID:    "recent-release",
		Title: "Published too recently",
		Level: Warning,
		Tags:  []string{"registry"},
		Help: `The version was published less than ` + "`minimum-release-age`" + ` (.amalfi.yml) before the audit. Most malicious
versions are found and taken down within days; who waits never installs them. Take the version before, or merge when
the time is over: the audit says when.

Without that setting the rule is off. It warns because the project asked for it. Where the registry gives no time, or
times that contradict its versions as those of a copy do, it is a note that says so.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		least := p.Config.MinimumReleaseAge
		if least <= 0 || p.After.Record == nil || p.After.Dependency != nil && p.After.Dependency.Kind != lockfile.KindRegistry {
			return nil
		}
		h := readHistory(p.After.Packument, p.Now)
		published := h.published(p.After.Version)
		if published.IsZero() {
			why := "the registry gives no time"
			if h.doubt != "" {
				why = "the registry's times cannot be believed: " + h.doubt
			}
			p.Report(Finding{Level: Note, Confidence: Low, Message: "when the version was published is not known",
				Evidence: []Evidence{{Note: why}}})
			return nil
		}
		if age := p.Now.Sub(published); age < least {
			p.Report(Finding{Level: Warning, Confidence: High,
				Message: fmt.Sprintf("published %s ago; the project wants %s", span(max(age, 0)), span(least)),
				Evidence: []Evidence{{Note: fmt.Sprintf("published at %s, old enough from %s on",
					published.UTC().Format(timeForm), published.Add(least).UTC().Format(timeForm))}}})
		}
		return nil
	},
}

const timeForm = "2006-01-02 15:04 UTC"
