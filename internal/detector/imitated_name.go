package detector

import (
	"context"
	"fmt"
	"strings"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/popular"
)

// ImitatedName reports new dependencies that are called almost like a popular
// package.
var ImitatedName = &Detector{
	Rule: Rule{
		ID:    "imitated-name",
		Title: "Name imitates a popular package",
		Level: Note,
		Tags:  []string{"registry", TagSignal},
		Help: `The dependency is called almost like one of npm's most used packages: a letter more, less, wrong or swapped
with the next, characters that look alike, another separator, the scope written into the name, a plural, or "js" or
"node" added. Whoever mistypes the popular name gets this one ("typosquatting"). Did you mean the other package?

Names resemble each other by chance, and a project that moved into a scope leaves its old name behind; so it is a note
and one signal. Only packages with few releases are reported, none that is known to be older than three years, and none
that the registry calls deprecated in favour of the popular one. Updates are not reported: the name was there before.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		d := p.After.Dependency
		if p.Update() || d != nil && d.Kind != lockfile.KindRegistry || p.Config.Private(p.After.Name) {
			return nil
		}
		i := popular.Imitated(p.After.Name)
		if i == nil {
			return nil
		}
		f := Finding{Level: Note, Confidence: Low,
			Message:  fmt.Sprintf("%q looks like the popular %q: %s", p.After.Name, i.Name, i.How),
			Evidence: []Evidence{{Note: "nothing is known of its releases"}}}
		switch packument := p.After.Packument; {
		case packument != nil:
			h := readHistory(packument, p.Now)
			first := h.first()
			if len(packument.Releases) > littleReleases || !first.IsZero() && p.Now.Sub(first) > established ||
				p.After.Record != nil && strings.Contains(p.After.Record.Deprecated, i.Name) {
				return nil
			}
			f.Confidence = Medium
			f.Evidence[0].Note = fmt.Sprintf("it has %s", plural(len(packument.Releases), "release"))
			if !first.IsZero() {
				f.Evidence[0].Note += fmt.Sprintf(", the first of %s ago", span(p.Now.Sub(first)))
			}
		case p.Unpublished:
			f.Confidence = Medium
			f.Evidence[0].Note = "the registry does not have it: it may have been taken down"
		}
		p.Report(f)
		return nil
	},
}

const (
	// littleReleases is how many releases a name can have and still be called
	// little used. Names made to be mistaken live for days.
	littleReleases = 10
	// established is the age from which a name is no trap: it would have been
	// found.
	established = 3 * 365 * day
)
