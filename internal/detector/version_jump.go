package detector

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/popular"
)

// VersionJump reports version numbers that outbid all others.
var VersionJump = &Detector{
	Rule: Rule{
		ID:    "version-jump",
		Title: "Version number far beyond what came before",
		Level: Note,
		Tags:  []string{"registry", TagSignal},
		Help: `The major number is far above the one before it, or the package begins with one such as 99 or 9999. Whoever
publishes a private package's name on the public registry picks a number like that, so that it wins against every
private version ("dependency confusion"). Is the name one of yours?

Some packages take over the number of a browser or of another project and jump once. So it is a note; a number of nines
or of the same digit again and again (99.0.0, 9999.1.0, 69.69.69) counts as a signal. Dates as versions, packages that
have had such numbers for a year or for twenty releases, and scopes that popular packages are in are not reported.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		v := p.After
		n, ok := versionNumbers(v.Version)
		if v.Packument == nil || v.Record == nil || !ok || n.major < jumpMajor || calendar(n, p.Now) || popular.Scope(v.Name) {
			return nil
		}
		jump, jumped := jumpTo(v.Packument, v.Version, n.major)
		if !jumped || settled(jump, n, p) {
			return nil
		}
		f := Finding{Level: Note, Confidence: Low}
		if jump.before == "" {
			f.Message = fmt.Sprintf("the package begins with version %s", jump.to(v.Version))
			f.Evidence = []Evidence{{Note: fmt.Sprintf("it has %s, none of them lower", plural(len(v.Packument.Releases), "release"))}}
		} else {
			f.Message = fmt.Sprintf("the version jumps from %s to %s", jump.before, jump.to(v.Version))
			f.Evidence = []Evidence{{Note: fmt.Sprintf("%s is the highest release below", jump.before)}}
		}
		if outbids(n) {
			f.Confidence = Medium
		}
		p.Report(f)
		return nil
	},
}

const (
	// jumpMajor is the least major number that is looked at, and jumpWidth how
	// far it must be above the one before. A package that joins another
	// project's numbering jumps to 15 or 30, seldom beyond.
	jumpMajor, jumpWidth = 50, 40
	// settledReleases are enough to say that a package has such numbers.
	settledReleases = 20
)

// jump is where the numbers of a package leave what came before.
type jump struct {
	before string   // the highest release below, "" for none
	since  []string // the releases from there up to a version, without it
}

// to returns the release that jumped.
func (j *jump) to(version string) string {
	if len(j.since) > 0 {
		return j.since[0]
	}
	return version
}

// jumpTo looks for the jump that led to a version, which need not be its own:
// a second release 99.0.1 must not hide that the first one was 99.0.0.
func jumpTo(p *npm.Packument, version string, major uint64) (j jump, found bool) {
	var last uint64
	far := func(major uint64) bool {
		return major >= jumpMajor && (j.before == "" || len(j.since) > 0 || major >= last+jumpWidth)
	}
	for _, r := range p.Releases {
		n, ok := versionNumbers(r.Version)
		switch {
		case !ok || npm.CompareVersions(r.Version, version) >= 0:
		case far(n.major):
			j.since = append(j.since, r.Version)
		default:
			j, last = jump{before: r.Version}, n.major
		}
	}
	return j, far(major)
}

// settled reports whether a package has had its high numbers for long. A number
// of releases proves it only where no time tells otherwise, or where the
// number is not one that outbids: it takes minutes to publish twenty.
func settled(j jump, n numbers, p *Pass) bool {
	h := readHistory(p.After.Packument, p.Now)
	if t := h.published(j.to(p.After.Version)); !t.IsZero() && p.Now.Sub(t) > longInUse {
		return true
	}
	return len(j.since) >= settledReleases && (h.doubt != "" || !outbids(n))
}

// outbids reports whether the numbers are chosen to be higher than any other: a
// major number of nines, or one digit again and again.
func outbids(n numbers) bool {
	major := strconv.FormatUint(n.major, 10)
	return strings.Trim(major, "9") == "" || n.major == n.minor && n.minor == n.patch
}

// firstYear is when npm began.
const firstYear = 2010

// calendar reports whether a major number is a year (2024), a month (202401), a
// day (20240101, 240101) or a time in seconds or milliseconds since 1970, up to
// the year after now.
func calendar(n numbers, now time.Time) bool {
	year := func(y uint64) bool { return y >= firstYear && y <= uint64(now.Year())+1 }
	monthDay := func(md uint64) bool { return md/100 >= 1 && md/100 <= 12 && md%100 >= 1 && md%100 <= 31 }
	first := uint64(time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	last := uint64(now.AddDate(1, 0, 0).Unix())
	m := n.major
	switch {
	case year(m):
		return true
	case m >= 100_000 && m < 1_000_000:
		return year(m/100) && m%100 >= 1 && m%100 <= 12 || year(2000+m/10_000) && monthDay(m%10_000)
	case m >= 10_000_000 && m < 1_000_000_000:
		for m >= 100_000_000 { // a number of the day behind it
			m /= 10
		}
		return year(m/10_000) && monthDay(m%10_000)
	}
	return m >= first && m <= last || m/1000 >= first && m/1000 <= last
}
