package detector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// DormantRelease reports the first release of a package that had none for long.
var DormantRelease = &Detector{
	Rule: Rule{
		ID:    "dormant-release",
		Title: "First release after a long time",
		Level: Note,
		Tags:  []string{"registry", TagSignal},
		Help: `The version was published a year or more after any other release of the package. Packages that are finished
rest for years and get a small fix then, so it is a note; a year is well beyond the time between two releases of a
package that somebody works on. An abandoned package with many users is also what attackers take over: nobody watches
it, and an expired mail domain or a friendly offer of help is enough.

It counts as a signal where the version does something at install that its predecessor did not, or where somebody
published it who had published no release before. Versions that are more than a year old themselves are not reported,
nor are any where the registry's times cannot be believed.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		h := readHistory(p.After.Packument, p.Now)
		published, last := h.published(p.After.Version), h.before(p.After.Version)
		if last == nil || p.Now.Sub(published) > longInUse || published.Sub(last.Published) < dormancy {
			return nil
		}
		f := Finding{Level: Note, Confidence: Low,
			Message: fmt.Sprintf("the first release after %s", span(published.Sub(last.Published))),
			Evidence: []Evidence{{Note: fmt.Sprintf("%s was published on %s, %s on %s", last.Version, date(last.Published),
				p.After.Version, date(published))}}}
		if news := newAtInstall(p); len(news) > 0 {
			f.Confidence = Medium
			f.Message += ", and new at install: it " + strings.Join(news, ", ")
		}
		if c := publisherChange(p); c != nil && c.stranger {
			f.Message += ", by somebody who had published none"
			if !c.taken { // else publisher-changed is a signal already, and one fact is to count once
				f.Confidence = Medium
			}
		}
		p.Report(f)
		return nil
	},
}

// dormancy is how long a package must have had no release.
const dormancy = 365 * day

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// newAtInstall says what a version does at install that its published
// predecessor, as far as the registry tells, or the version it replaces did
// not.
func newAtInstall(p *Pass) []string {
	var out []string
	if hooks := newHooks(p.After); len(hooks) > 0 {
		out = append(out, "runs "+strings.Join(hooks, ", "))
	}
	if p.Update() && p.Before.Features != nil && p.After.Features != nil {
		for _, c := range feature.Capabilities(p.Before.Features, p.After.Features) {
			if c.New && c.Phase == program.AtInstall && !slices.Contains(out, c.Does) {
				out = append(out, c.Does)
			}
		}
	}
	return out
}

// newHooks returns the install scripts in the registry's record of a version
// that its published predecessor does not have.
func newHooks(v *Version) []string {
	if v.Record == nil || v.Packument == nil {
		return nil
	}
	before := v.Packument.Records[v.Packument.Predecessor(v.Version)]
	if before == nil {
		return nil
	}
	var out []string
	for _, hook := range npm.InstallScripts {
		if v.Record.Manifest.Scripts[hook] != "" && before.Manifest.Scripts[hook] == "" {
			out = append(out, hook)
		}
	}
	return out
}
