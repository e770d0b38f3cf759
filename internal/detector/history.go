package detector

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// history is when the releases of a name were published.
//
// Not every registry knows: one that copies another may give the time at which
// it made its copy. Such times follow no order of versions, or they crowd: years
// of releases within a day. So times count only where they agree with the
// versions; doubt says in what they do not.
type history struct {
	// releases are those with a time, by time.
	releases []npm.Release
	// doubt is empty where the times can be believed.
	doubt string
}

// What makes times doubtful.
const (
	// One release in doubtfulShare may have no time, and of the pairs of
	// releases whose order is certain one in doubtfulShare may be dated the
	// wrong way round: two machines published at once, or a clock was wrong.
	doubtfulShare = 10
	// So many lines of development (major.minor) that begin within a day, if
	// they are more than half of all, were copied and not developed.
	crowdedLines = 5
	// What is dated further in the future is no difference of clocks.
	clockSkew = 24 * time.Hour
)

const day = 24 * time.Hour

// readHistory reads the times of a packument, nil for none.
func readHistory(p *npm.Packument, now time.Time) history {
	var h history
	if p == nil {
		h.doubt = "there are none"
		return h
	}
	for _, r := range p.Releases {
		if !r.Published.IsZero() {
			h.releases = append(h.releases, r)
		}
	}
	slices.SortStableFunc(h.releases, func(a, b npm.Release) int { return a.Published.Compare(b.Published) })
	pairs, reversed, firsts := order(p.Releases)
	switch crowd := crowded(firsts); {
	case len(h.releases) == 0:
		h.doubt = "there are none"
	case (len(p.Releases)-len(h.releases))*doubtfulShare > len(p.Releases):
		h.doubt = fmt.Sprintf("%d of %d releases have none", len(p.Releases)-len(h.releases), len(p.Releases))
	case h.releases[len(h.releases)-1].Published.After(now.Add(clockSkew)):
		h.doubt = "some lie in the future"
	case reversed*doubtfulShare > pairs:
		h.doubt = fmt.Sprintf("%d of %d releases are dated before the release they follow", reversed, pairs)
	case crowd >= crowdedLines && 2*crowd > len(firsts):
		h.doubt = fmt.Sprintf("%d of %d minor versions began within a day", crowd, len(firsts))
	}
	return h
}

// order counts the pairs of releases whose order is certain, and those of them
// that are dated the wrong way round: neighbours with the same major and minor
// number, and the first releases of neighbouring majors. Others are no sign, for
// old lines are maintained. firsts are the times at which the lines began.
// Releases are in version order.
func order(releases []npm.Release) (pairs, reversed int, firsts []time.Time) {
	var last, lastMajor *npm.Release
	var lastNumbers, majorNumbers numbers
	follow := func(before, after *npm.Release) {
		if before != nil {
			pairs++
			if after.Published.Before(before.Published) {
				reversed++
			}
		}
	}
	for i := range releases {
		r := &releases[i]
		n, ok := versionNumbers(r.Version)
		if !ok || r.Published.IsZero() || npm.IsPrerelease(r.Version) {
			continue
		}
		if last != nil && n.major == lastNumbers.major && n.minor == lastNumbers.minor {
			follow(last, r)
		} else {
			firsts = append(firsts, r.Published)
		}
		if lastMajor == nil || n.major != majorNumbers.major {
			follow(lastMajor, r)
			lastMajor, majorNumbers = r, n
		}
		last, lastNumbers = r, n
	}
	return pairs, reversed, firsts
}

// crowded returns the largest number of times within a day.
func crowded(times []time.Time) int {
	times = slices.Clone(times)
	slices.SortFunc(times, time.Time.Compare)
	most, from := 0, 0
	for to := range times {
		for times[to].Sub(times[from]) > day {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// published returns the time of a version, the zero time where it is unknown or
// not to be believed.
func (h *history) published(version string) time.Time {
	if h.doubt != "" {
		return time.Time{}
	}
	for _, r := range h.releases {
		if r.Version == version {
			return r.Published
		}
	}
	return time.Time{}
}

// before returns the release that was published last before a version, or nil.
func (h *history) before(version string) *npm.Release {
	t := h.published(version)
	for i := len(h.releases) - 1; i >= 0 && !t.IsZero(); i-- {
		if r := &h.releases[i]; r.Published.Before(t) && r.Version != version {
			return r
		}
	}
	return nil
}

// first returns when the first release was published, the zero time where it is
// unknown.
func (h *history) first() time.Time {
	if h.doubt != "" {
		return time.Time{}
	}
	return h.releases[0].Published
}

// numbers are the three of a version.
type numbers struct{ major, minor, patch uint64 }

// versionNumbers returns the numbers of a version; one that does not fit is the
// largest there is.
func versionNumbers(version string) (n numbers, ok bool) {
	if !npm.ValidVersion(version) {
		return n, false
	}
	core := version
	if i := strings.IndexAny(core, "-+"); i >= 0 {
		core = core[:i]
	}
	for i, part := range strings.Split(core, ".") {
		value, _ := strconv.ParseUint(part, 10, 64) // the largest with ErrRange
		*[]*uint64{&n.major, &n.minor, &n.patch}[i] = value
	}
	return n, true
}

// span describes a time in hours, days, months or years, rounded down.
func span(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	days := int(d / day)
	switch {
	case d < 2*day:
		return count(int(d/time.Hour), "hour")
	case days < 60:
		return count(days, "day")
	case days < 2*365:
		return count(days/30, "month")
	}
	return count(days/365, "year")
}
