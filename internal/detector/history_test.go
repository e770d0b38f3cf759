package detector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

var testNow = time.Date(2030, 6, 15, 12, 0, 0, 0, time.UTC)

// packumentOf makes a packument of releases written as "version date", the date
// left out where it is unknown.
func packumentOf(t *testing.T, releases ...string) *npm.Packument {
	t.Helper()
	p := &npm.Packument{Name: "fixture"}
	for _, text := range releases {
		version, when, _ := strings.Cut(text, " ")
		r := npm.Release{Version: version}
		if when != "" {
			var err error
			if r.Published, err = time.Parse("2006-01-02T15", when); err != nil {
				t.Fatal(err)
			}
		}
		p.Releases = append(p.Releases, r)
	}
	return p
}

func TestHistoryDoubt(t *testing.T) {
	steady := []string{"1.0.0 2026-01-01T00", "1.0.1 2026-02-01T00", "1.1.0 2026-03-01T00", "2.0.0 2027-01-01T00", "2.1.0 2028-01-01T00"}
	for _, c := range []struct {
		name     string
		releases []string
		doubt    string
	}{
		{"none", []string{"1.0.0", "1.0.1"}, "there are none"},
		{"one", []string{"1.0.0 2030-06-01T00"}, ""},
		{"steady", steady, ""},
		{"a fix of an old line", []string{"1.0.0 2026-01-01T00", "1.0.1 2029-01-01T00", "1.1.0 2027-01-01T00", "1.1.1 2030-01-01T00", "2.0.0 2028-01-01T00"}, ""},
		{"the same time", []string{"1.0.0 2026-01-01T00", "1.0.1 2026-01-01T00"}, ""},
		{"clocks differ by hours", []string{"1.0.0 2030-06-16T11"}, ""},
		{"the future", []string{"1.0.0 2030-06-16T13"}, "future"},
		{"patches reversed", []string{"1.0.0 2029-01-01T00", "1.0.1 2028-01-01T00"}, "1 of 1 releases"},
		{"majors reversed", []string{"1.0.0 2029-01-01T00", "2.0.0 2028-01-01T00"}, "1 of 1 releases"},
		{"prereleases reversed", []string{"1.0.0-a 2029-01-01T00", "1.0.0-b 2028-01-01T00", "1.0.0 2029-02-01T00"}, ""},
		{"lines at once", []string{"1.0.0 2028-01-01T00", "1.1.0 2028-01-01T01", "1.2.0 2028-01-01T02", "2.0.0 2028-01-01T03", "2.1.0 2028-01-01T04"}, "5 of 5 minor versions"},
		{"lines of a first day", append([]string{"0.1.0 2025-01-01T00", "0.2.0 2025-01-01T01", "0.3.0 2025-01-01T02", "0.4.0 2025-01-01T03"}, steady...), ""},
		{"patches of a day", []string{"1.0.0 2028-01-01T00", "1.0.1 2028-01-01T01", "1.0.2 2028-01-01T02", "1.0.3 2028-01-01T03", "1.0.4 2028-01-01T04", "1.0.5 2028-01-01T05"}, ""},
		{"a time is missing", []string{"1.0.0 2026-01-01T00", "1.0.1", "1.0.2 2030-01-01T00"}, "1 of 3 releases have none"},
		{"no versions", []string{"one 2029-01-01T00", "two 2028-01-01T00"}, ""},
	} {
		h := readHistory(packumentOf(t, c.releases...), testNow)
		if c.doubt == "" && h.doubt != "" || !strings.Contains(h.doubt, c.doubt) {
			t.Errorf("%s: doubt %q, want %q", c.name, h.doubt, c.doubt)
		}
		if h.doubt != "" && (!h.first().IsZero() || !h.published("1.0.0").IsZero() || h.before("1.0.1") != nil) {
			t.Errorf("%s: times that are doubted are given", c.name)
		}
	}
	// One of eleven pairs the wrong way round is a slip, two are none.
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf("1.0.%d 2028-%02d-01T00", i, i+1))
	}
	many[5], many[6] = "1.0.5 2028-07-01T00", "1.0.6 2028-06-01T00"
	if h := readHistory(packumentOf(t, many...), testNow); h.doubt != "" {
		t.Errorf("one slip: %s", h.doubt)
	}
	many[1], many[2] = "1.0.1 2028-03-01T00", "1.0.2 2028-02-01T00"
	if h := readHistory(packumentOf(t, many...), testNow); !strings.Contains(h.doubt, "2 of 11") {
		t.Errorf("two slips: %q", h.doubt)
	}
	if h := readHistory(nil, testNow); h.doubt == "" || h.before("1.0.0") != nil {
		t.Error("no packument")
	}
}

func TestHistoryBefore(t *testing.T) {
	releases := []string{"1.0.0 2026-01-01T00", "1.0.1 2029-01-01T00", "1.0.2", "2.0.0 2028-01-01T00"}
	for i := range 7 {
		releases = append(releases, fmt.Sprintf("2.0.%d 2030-01-%02dT00", i+1, i+1))
	}
	h := readHistory(packumentOf(t, releases...), testNow)
	for version, want := range map[string]string{"1.0.0": "", "1.0.1": "2.0.0", "2.0.0": "1.0.0", "2.0.1": "1.0.1", "1.0.2": "", "3.0.0": ""} {
		got := ""
		if r := h.before(version); r != nil {
			got = r.Version
		}
		if got != want {
			t.Errorf("before %s: %q, want %q", version, got, want)
		}
	}
	if got := h.first(); got.Year() != 2026 {
		t.Errorf("first: %v", got)
	}
}

func TestVersionNumbers(t *testing.T) {
	for version, want := range map[string]numbers{
		"1.2.3": {1, 2, 3}, "1.2.3-rc.4+build.5": {1, 2, 3}, "0.0.1-security": {0, 0, 1},
		"99999999999999999999999.0.1": {1<<64 - 1, 0, 1},
	} {
		if got, ok := versionNumbers(version); !ok && npm.ValidVersion(version) || ok && got != want {
			t.Errorf("%s: %v, %t", version, got, ok)
		}
	}
	for _, bad := range []string{"", "1", "1.2", "1.2.x", "v1.2.3", "1.2.3.4", "-1.0.0"} {
		if got, ok := versionNumbers(bad); ok {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 hours", time.Hour: "1 hour", 47 * time.Hour: "47 hours", 48 * time.Hour: "2 days", 59 * day: "59 days",
		60 * day: "2 months", 729 * day: "24 months", 730 * day: "2 years", 1500 * day: "4 years",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestCalendar(t *testing.T) {
	for major, want := range map[uint64]bool{
		2010: true, 2031: true, 2032: false, 2009: false, 99: false, 999: false, 9999: false, 1000: false,
		203006: true, 203013: false, 300601: true, 301301: false, 999999: false,
		20300601: true, 20301301: false, 99999999: false, 203006011: true, 2030060112: false,
		1906500000: true, 1906500000000: true, 9999999999: false, 1<<64 - 1: false,
	} {
		if got := calendar(numbers{major: major}, testNow); got != want {
			t.Errorf("calendar(%d) = %t", major, got)
		}
	}
}
