package detector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// PublisherChanged reports versions that come from other people than the ones
// before.
var PublisherChanged = &Detector{
	Rule: Rule{
		ID:    "publisher-changed",
		Title: "Published by somebody else",
		Level: Note,
		Tags:  []string{"registry", TagSignal},
		Help: `The version was published by an account that had published none before, or other accounts may publish the
package, than for its published predecessor or the version that it replaces. Packages change hands every day, and an
organisation's new employee publishes a first release too; so did whoever took over a package to put malware into it.

It is a note. It counts as a signal where no maintainer of before is left and the account is a stranger to the
package, and where somebody publishes by hand what a trusted publisher such as GitHub Actions released before: a
stranger, an account whose mail address changed, or anybody after a row of such releases, for this is what a stolen
token looks like. A change that is more than a year old is no signal: many have used the package since. A release by a
trusted publisher instead of a person is a normal step and not reported. Registries that do not say who published are
not judged.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		c := publisherChange(p)
		if c == nil || len(c.evidence) == 0 {
			return nil
		}
		f := Finding{Level: Note, Confidence: Low, Evidence: c.evidence, Message: c.message}
		if c.taken {
			f.Confidence = Medium
		}
		p.Report(f)
		return nil
	},
}

// change is how the people behind a version differ from those before.
type change struct {
	// stranger is set where the publisher had nothing to do with the package.
	stranger bool
	// taken is set where the package seems to be in other hands, and lately.
	taken    bool
	message  string
	evidence []Evidence
}

// longInUse is how old a version must be not to be looked at as new: whoever
// takes a package over uses it at once, and many have installed it since.
const longInUse = 365 * day

// newcomer is how long an account must have published a package to belong to
// it. A stranger's second version does not make the first one's author known.
const newcomer = 30 * day

// publisherChange compares the people behind a version with those of its
// published predecessor and, in an update, with those of the version that it
// replaces; it returns the greater change, or nil.
func publisherChange(p *Pass) *change {
	after := p.After
	if after.Record == nil || after.Packument == nil || account(after.Record.Publisher) == "" {
		return nil
	}
	h := readHistory(after.Packument, p.Now)
	var best *change
	try := func(version string, record *npm.VersionRecord) {
		// Where nobody is said to have published, the maintainers are what the
		// package's own manifest says.
		if record == nil || account(record.Publisher) == "" {
			return
		}
		c := compareOwners(after, version, record, &h, p.Now)
		if best == nil || len(best.evidence) == 0 || c.taken && !best.taken || c.stranger && !best.stranger {
			best = c
		}
	}
	predecessor := after.Packument.Predecessor(after.Version)
	try(predecessor, after.Packument.Records[predecessor])
	if b := p.Before; p.Update() && b.Name == after.Name && b.Version != predecessor && npm.CompareVersions(b.Version, after.Version) < 0 {
		try(b.Version, b.Record)
	}
	return best
}

// compareOwners compares a version with an earlier one.
func compareOwners(after *Version, version string, before *npm.VersionRecord, h *history, now time.Time) *change {
	c := new(change)
	note := func(format string, args ...any) {
		c.evidence = append(c.evidence, Evidence{Note: fmt.Sprintf(format, args...)})
	}
	was, is := names(before.Maintainers), names(after.Record.Maintainers)
	old, by := account(before.Publisher), account(after.Record.Publisher)
	replaced := len(was) > 0 && len(is) > 0 && !slices.ContainsFunc(is, func(n string) bool { return slices.Contains(was, n) })
	moved := false
	byHand := automatic(before.Publisher) && !automatic(after.Record.Publisher)
	if old != by && !automatic(after.Record.Publisher) {
		known := knownPublisher(after, version, by, h)
		c.stranger = !known && !slices.Contains(was, by)
		switch {
		case c.stranger:
			note("published by %q, who had published no release; %s was published by %q", by, version, old)
		case byHand:
			note("published by %q and not, like %s, by %q", by, version, old)
			was, is := mail(before.Maintainers, by), strings.ToLower(after.Record.Publisher.Email)
			if moved = was != "" && is != "" && was != is; moved {
				note("the mail address of %q was %q and is %q", by, shorten(was), shorten(is))
			}
		case !known:
			note("published by the maintainer %q for the first time; %s was published by %q", by, version, old)
		}
	}
	if added := without(is, was); len(was) > 0 && len(added) > 0 {
		if replaced {
			note("all maintainers of %s are replaced, by %s", version, listed(added))
		} else {
			note("maintainers are new since %s: %s", version, listed(added))
		}
	}
	switch {
	case c.stranger && replaced:
		c.message = "the package is in other hands: somebody new has published it and no maintainer of before is left"
	case c.stranger && byHand:
		c.message = "somebody new has published by hand what was released automatically before"
	case c.stranger:
		c.message = "somebody has published it who had published no release of the package"
	case byHand:
		c.message = "published by hand what was released automatically before"
	default:
		c.message = "its publisher or maintainers changed"
	}
	published := h.published(after.Version)
	byHand = byHand && (c.stranger || moved || steady(after))
	c.taken = (c.stranger && replaced || byHand) && (published.IsZero() || now.Sub(published) < longInUse)
	return c
}

// knownPublisher reports whether an account published the package well before:
// by time, or where times are unknown up to the version that is compared with.
func knownPublisher(after *Version, version, by string, h *history) bool {
	published := h.published(after.Version)
	return slices.ContainsFunc(after.Packument.Releases, func(r npm.Release) bool {
		switch {
		case strings.ToLower(r.Publisher) != by || r.Version == after.Version:
			return false
		case published.IsZero() || r.Published.IsZero():
			return npm.CompareVersions(r.Version, version) <= 0
		}
		return published.Sub(r.Published) >= newcomer
	})
}

// steadyReleases is how many releases in a row show how a package is released.
const steadyReleases = 3

// steady reports whether the releases right below a version were automatic.
func steady(v *Version) bool {
	row := 0
	for i := len(v.Packument.Releases) - 1; i >= 0 && row < steadyReleases; i-- {
		r := &v.Packument.Releases[i]
		if npm.CompareVersions(r.Version, v.Version) >= 0 || npm.IsPrerelease(r.Version) {
			continue
		}
		if !automatic(npm.Person{Name: r.Publisher}) {
			return false
		}
		row++
	}
	return row == steadyReleases
}

// mail is the address of an account among people, "" where it is unknown.
func mail(people []npm.Person, of string) string {
	for _, p := range people {
		if account(p) == of {
			return strings.ToLower(p.Email)
		}
	}
	return ""
}

// automatic reports whether a person stands for releases that npm accepts from
// a service without an account ("trusted publishing"). Names of accounts have no
// blanks and no capitals, so nobody can take these.
func automatic(p npm.Person) bool {
	switch p.Name {
	case "GitHub Actions", "GitLab CI/CD", "CircleCI":
		return true
	}
	return false
}

// account is the name that a person is known by, "" for none.
func account(p npm.Person) string {
	if p.Name != "" {
		return strings.ToLower(p.Name)
	}
	return strings.ToLower(p.Email)
}

// names are the accounts of people, sorted.
func names(people []npm.Person) []string {
	var out []string
	for _, p := range people {
		if n := account(p); n != "" {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(some, n) })
}

// maxListed bounds the names in a message.
const maxListed = 5

// listed quotes names for a message.
func listed(all []string) string {
	var out []string
	for _, n := range all[:min(len(all), maxListed)] {
		out = append(out, fmt.Sprintf("%q", shorten(n)))
	}
	text := strings.Join(out, ", ")
	if more := len(all) - maxListed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
