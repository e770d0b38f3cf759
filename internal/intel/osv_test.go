package intel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entryOf is an OSV record that affects what is given.
func entryOf(affected string) string {
	return fmt.Sprintf(`{"id":"MAL-2025-1","modified":"2025-01-01T00:00:00Z","affected":[%s]}`, affected)
}

// block affects the package "made-up" as is given.
func block(affected string) string {
	return `{"package":{"ecosystem":"npm","name":"made-up"},` + affected + `}`
}

func semver(events string) string {
	return `"ranges":[{"type":"SEMVER","events":[` + events + `]}]`
}

// TestEvaluation follows https://ossf.github.io/osv-schema/#evaluation and what
// it says of the fields.
func TestEvaluation(t *testing.T) {
	const all = `"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]`
	tests := []struct {
		name     string
		affected string
		yes, no  string // versions of made-up
	}{
		{"a list of versions", block(`"versions":["1.0.0","1.0.1"]`), "1.0.0 1.0.1", "1.0.2 1.0 v1.0.0 1.0.0-0 0.9.9"},
		{"a listed version that is none", block(`"versions":["latest-but-one"]`), "latest-but-one", "1.0.0 latest"},
		{"build metadata is no other version", block(`"versions":["1.0.0+linux"]`), "1.0.0 1.0.0+linux 1.0.0+mac", "1.0.1+linux"},
		{"every version", block(all), "0.0.0-0 0.0.0 1.0.0 99.0.0-rc.1 01.2.3 not-a-version", ""},
		{"introduced", block(semver(`{"introduced":"1.2.0"}`)), "1.2.0 1.2.1 2.0.0 1.2.0+x 1.10.0", "1.1.9 1.2.0-rc.1 0.0.0 not-a-version"},
		{"introduced as a prerelease", block(semver(`{"introduced":"1.2.0-beta.2"}`)), "1.2.0-beta.2 1.2.0-beta.10 1.2.0-rc 1.2.0", "1.2.0-beta.1 1.2.0-alpha"},
		{"fixed", block(semver(`{"introduced":"1.0.0"},{"fixed":"1.0.2"}`)), "1.0.0 1.0.1 1.0.2-rc.1", "0.9.0 1.0.2 1.0.2+x 1.0.3 2.0.0"},
		{"last affected", block(semver(`{"introduced":"1.0.0"},{"last_affected":"1.0.2"}`)), "1.0.0 1.0.2 1.0.2+x 1.0.2-rc.1", "0.9.0 1.0.3-0 1.0.3"},
		{"from the beginning", block(semver(`{"introduced":"0"},{"fixed":"1.0.2"}`)), "0.0.0-0 1.0.1", "1.0.2"},
		{"two intervals on one line", block(semver(`{"introduced":"1.0.0"},{"fixed":"1.0.2"},{"introduced":"3.0.0"},{"fixed":"3.2.5"}`)), "1.0.1 3.0.0 3.2.4", "1.0.2 2.9.9 3.2.5"},
		{"events out of order", block(semver(`{"fixed":"3.2.5"},{"introduced":"3.0.0"},{"fixed":"1.0.2"},{"introduced":"1.0.0"}`)), "1.0.1 3.0.0 3.2.4", "1.0.2 2.9.9 3.2.5"},
		{"numbers are not text", block(semver(`{"introduced":"2.9.0"},{"fixed":"2.10.0"}`)), "2.9.0 2.9.10", "2.10.0 2.1.0"},
		{"fixed and introduced again by one version", block(semver(`{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"1.0.0"},{"fixed":"2.0.0"}`)), "0.9.0 1.0.0 1.5.0", "2.0.0"},
		{"fixed by the version that introduced", block(semver(`{"introduced":"1.0.0"},{"fixed":"1.0.0"}`)), "", "0.9.0 1.0.0 1.1.0"},
		{"fixed and introduced again by builds of one version", block(semver(`{"introduced":"0"},{"fixed":"1.0.0+b"},{"introduced":"1.0.0+a"}`)), "0.9.0 1.0.0 1.0.0+c 2.0.0", ""},
		{"limit", block(semver(`{"introduced":"1.0.0"},{"limit":"2.0.0"}`)), "1.0.0 1.9.9", "0.9.9 2.0.0 3.0.0"},
		{"any one of the limits", block(semver(`{"introduced":"1.0.0"},{"limit":"2.0.0"},{"limit":"3.0.0"}`)), "1.0.0 2.5.0", "3.0.0"},
		{"no limit", block(semver(`{"introduced":"1.0.0"},{"limit":"*"}`)), "1.0.0 99.0.0", "0.9.9"},
		{"no limit beside a limit", block(semver(`{"introduced":"1.0.0"},{"limit":"2.0.0"},{"limit":"*"}`)), "99.0.0", "0.9.9"},
		{"a limit that is a version of zeros", block(semver(`{"introduced":"0"},{"limit":"0.0.0"}`)), "0.0.0-0", "0.0.0 1.0.0"},
		{"ranges in npm's own order", block(`"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0.7.29"},{"fixed":"0.7.30"}]}]`), "0.7.29", "0.7.28 0.7.30"},
		{"two ranges", block(`"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"fixed":"1.0.1"}]},{"type":"SEMVER","events":[{"introduced":"2.0.0"},{"fixed":"2.0.1"}]}]`), "1.0.0 2.0.0", "1.0.1 2.0.1"},
		{"a range or a list", block(`"versions":["9.0.0"],` + semver(`{"introduced":"1.0.0"},{"fixed":"1.0.1"}`)), "1.0.0 9.0.0", "1.0.1 9.0.1"},
		{"several blocks of one package", block(`"versions":["0.8.0"]`) + `,` + block(semver(`{"introduced":"1.0.0"},{"fixed":"1.0.1"}`)), "0.8.0 1.0.0", "0.8.1 1.0.1"},
		{"commits are no versions", block(`"versions":["1.0.0"],"ranges":[{"type":"GIT","repo":"https://git.invalid/x","events":[{"introduced":"0"}]}]`), "1.0.0", "1.0.1 0"},
		{"a type that is not known yet", block(`"versions":["1.0.0"],"ranges":[{"type":"CALENDAR","events":[{"since":"monday"}]}]`), "1.0.0", "1.0.1"},
		{"neither versions nor ranges", block(`"versions":[]`), "", "1.0.0 0"},
		{"short versions of sloppy databases", block(semver(`{"introduced":"v1"},{"fixed":"1.2-beta"}`)), "1.0.0 1.1.9 1.2.0-alpha", "1.2.0-beta 1.2.0 0.9.9"},
		{"an ecosystem with a suffix", `{"package":{"ecosystem":"npm:mirror","name":"made-up"},` + all + `}`, "1.0.0", ""},
		{"beside another ecosystem", `{"package":{"ecosystem":"PyPI","name":"made-up"},"versions":["7.0.0"]},` + block(`"versions":["1.0.0"]`), "1.0.0", "7.0.0"},
		{"beside commits without a package", `{"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]},` + block(`"versions":["1.0.0"]`), "1.0.0", "2.0.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := mustImport(t, "entry.json", entryOf(test.affected))
			if len(d.Records) != 1 {
				t.Fatalf("%d records", len(d.Records))
			}
			s := mustOpen(t, d)
			for want, versions := range map[bool]string{true: test.yes, false: test.no} {
				for _, v := range strings.Fields(versions) {
					if got := len(s.Lookup("made-up", v)) == 1; got != want {
						t.Errorf("%s: %v", v, got)
					}
				}
			}
		})
	}
}

// TestNotMatched has what keeps a record of every version from matching.
func TestNotMatched(t *testing.T) {
	const (
		form = `{"id":%q,"modified":"2025-01-01T00:00:00Z",%s"affected":[{"package":{"ecosystem":%q,"name":"Made-Up"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`
		id   = "MAL-2025-1"
	)
	lookup := func(id, extra, ecosystem, name string) []Record {
		return mustOpen(t, mustImport(t, "entry.json", fmt.Sprintf(form, id, extra, ecosystem))).Lookup(name, "1.0.0")
	}
	if len(lookup(id, "", "npm", "Made-Up")) != 1 {
		t.Fatal("the record itself is not found")
	}
	if len(lookup(id, `"withdrawn":null,`, "npm", "Made-Up"))+len(lookup(id, `"withdrawn":"",`, "npm", "Made-Up")) != 2 {
		t.Error("an empty time withdraws")
	}
	for _, test := range []struct{ what, id, extra, ecosystem, name string }{
		{"withdrawn", id, `"withdrawn":"2025-01-02T00:00:00Z",`, "npm", "Made-Up"},
		{"another name", id, "", "npm", "made-up-2"},
		{"a name in other letters", id, "", "npm", "made-up"},
		{"the beginning of a name", id, "", "npm", "Made"},
		{"a scope before the name", id, "", "npm", "@x/Made-Up"},
		{"no name", id, "", "npm", ""},
		{"another ecosystem", id, "", "PyPI", "Made-Up"},
		{"an ecosystem that ends like npm", id, "", "Root:npm", "Made-Up"},
		{"an ecosystem in other letters", id, "", "NPM", "Made-Up"},
		{"no ecosystem", id, "", "", "Made-Up"},
		{"a vulnerability", "GHSA-aaaa-bbbb-cccc", "", "npm", "Made-Up"},
		{"a vulnerability of another weakness", "GHSA-aaaa-bbbb-cccc", `"database_specific":{"cwe_ids":["CWE-1321","CWE-79"]},`, "npm", "Made-Up"},
	} {
		if got := lookup(test.id, test.extra, test.ecosystem, test.name); len(got) > 0 {
			t.Errorf("%s matches: %+v", test.what, got)
		}
	}
}

// TestIsMalware has the ways in which public databases say that a record is
// not of a vulnerability.
func TestIsMalware(t *testing.T) {
	form := `{"id":%q,"modified":"2025-01-01T00:00:00Z",%s"affected":[{"package":{"ecosystem":"npm","name":"made-up"},"versions":["1.0.0"]%s}]}`
	tests := []struct {
		id, extra, affected string
		malware             bool
	}{
		{"MAL-2025-1", "", "", true},
		{"GHSA-aaaa-bbbb-cccc", "", "", false},
		{"GHSA-aaaa-bbbb-cccc", `"aliases":["CVE-2025-1","MAL-2025-1"],`, "", true},
		{"GHSA-aaaa-bbbb-cccc", `"aliases":["CVE-2025-1"],`, "", false},
		{"GHSA-aaaa-bbbb-cccc", `"related":["MAL-2025-1"],`, "", false},
		{"GHSA-aaaa-bbbb-cccc", `"database_specific":{"cwe_ids":["CWE-506"],"severity":"CRITICAL"},`, "", true},
		{"GHSA-aaaa-bbbb-cccc", `"database_specific":{"severity":{},"cwe_ids":["CWE-79","CWE-512"]},`, "", true},
		{"GHSA-aaaa-bbbb-cccc", `"database_specific":{"cwe_ids":["CWE-50"]},`, "", false},
		{"GHSA-aaaa-bbbb-cccc", `"database_specific":{"cwe_ids":"CWE-506"},`, "", false},
		{"GHSA-aaaa-bbbb-cccc", `"database_specific":[],`, "", false},
		{"GHSA-aaaa-bbbb-cccc", "", `,"database_specific":{"cwes":[{"cweId":"CWE-506","name":"Embedded Malicious Code"}]}`, true},
		{"GHSA-aaaa-bbbb-cccc", "", `,"database_specific":{"cwes":[{"cweId":"CWE-400"}]}`, false},
		{"GHSA-aaaa-bbbb-cccc", "", `},{"package":{"ecosystem":"PyPI","name":"x"},"database_specific":{"cwes":[{"cweId":"CWE-506"}]}`, false},
		{"TEAM-1", `"database_specific":{"amalfi":{"source":"team"}},`, "", true},
		{"TEAM-1", "", "", false},
	}
	for _, test := range tests {
		text := fmt.Sprintf(form, test.id, test.extra, test.affected)
		im, err := ImportFile("x.json", []byte(text), Options{})
		if err != nil || im.Err() != nil {
			t.Fatal(err, im.Err())
		}
		if got := len(im.Data.Records) == 1; got != test.malware || im.NotMalware == 1 == test.malware {
			t.Errorf("%s: malware %v, left out %d", text, got, im.NotMalware)
		}
		if im, _ := ImportFile("x.json", []byte(text), Options{AllMalware: true}); len(im.Data.Records) != 1 {
			t.Errorf("%s: left out of a list that has nothing else", text)
		}
	}
}

func TestImportOSV(t *testing.T) {
	const text = "\ufeff" + `{
	  "schema_version": "1.7.4", "id": "MAL-2025-7",
	  "modified": "2025-03-04T05:06:07.890123Z", "published": "2025-03-04T01:00:00+01:00", "withdrawn": "2025-04-01T00:00:00Z",
	  "aliases": ["GHSA-b", "GHSA-a", "GHSA-b", "MAL-2025-7"], "related": ["X-1"], "upstream": [],
	  "summary": " Malicious \u001b[31m code\n in\tmade-up ", "details": "# Much", "severity": [{"type":"CVSS_V3","score":"x"}],
	  "affected": [
	    {"package":{"ecosystem":"npm","name":"made-up","purl":"pkg:npm/made-up"},"versions":["1.10.0","1.2.0","1.2.0"],"ecosystem_specific":{},"database_specific":{"cwes":[]}},
	    {"package":{"ecosystem":"npm","name":"@made/up"},"ranges":[{"type":"SEMVER","events":[{"fixed":"2.0.0"},{"introduced":"0"}],"database_specific":{}}]},
	    {"package":{"ecosystem":"npm","name":"made-up"},"versions":["0.1.0"]}
	  ],
	  "references": [{"type":"ADVISORY","url":"https://advisories.invalid/7"},{"type":"WEB","url":"javascript:alert(1)"},
	    {"type":"WEB","url":"https://blog.invalid/\u0000"},{"type":"WEB","url":"/relative"},{"type":"WEB","url":"http://blog.invalid/7"},{"type":"ADVISORY","url":"https://advisories.invalid/7"}],
	  "credits": [{"name":"Somebody","contact":[]}],
	  "database_specific": {"malicious-packages-origins":[{"source":"made-up"}]}
	}`
	common := Record{
		ID: "MAL-2025-7", Aliases: []string{"GHSA-a", "GHSA-b"}, Source: "test", Summary: "Malicious [31m code in made-up",
		References: []Reference{{"ADVISORY", "https://advisories.invalid/7"}, {"WEB", "http://blog.invalid/7"}},
		Modified:   day(1).AddDate(0, 2, 3).Add(5*3600e9 + 6*60e9 + 7.890123e9), Published: day(1).AddDate(0, 2, 3), Withdrawn: day(1).AddDate(0, 3, 0),
	}
	first, second := common, common
	first.Name, first.Versions = "made-up", []string{"0.1.0", "1.10.0", "1.2.0"}
	second.Name, second.Ranges = "@made/up", []Range{{{Introduced, "0"}, {Fixed, "2.0.0"}}}
	if diff := cmp.Diff(Data{Records: []Record{first, second}}, mustImport(t, "MAL-2025-7.json", text)); diff != "" {
		t.Error(diff)
	}
}

// TestImportWithoutID has the records of the public collection that wait for
// their identifier.
func TestImportWithoutID(t *testing.T) {
	for name, want := range map[string]string{
		"osv/made-up/MAL-0000-finder-1.json": "MAL-0000-finder-1",
		"osv/made-up/record.json":            "", // not known for malware, and if it were, it would have no ID
	} {
		im, err := ImportFile(name, []byte(`{"id":"","modified":"2025-01-01T00:00:00Z","affected":[`+block(`"versions":["1.0.0"]`)+`]}`), Options{})
		if err != nil || im.Err() != nil {
			t.Fatal(err, im.Err())
		}
		if got := ids(im.Data.Records); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestImportProblems demands that an error names the file and what is wrong.
func TestImportProblems(t *testing.T) {
	good := block(`"versions":["1.0.0"]`)
	long := strings.Repeat("x", 600)
	tests := []struct{ name, text, want string }{
		{"empty", ``, "unexpected end"},
		{"no JSON", `<html>`, "invalid character '<'"},
		{"cut off", entryOf(good)[:60], "unexpected end"},
		{"two records", entryOf(good) + entryOf(good), "after top-level value"},
		{"invalid UTF-8", strings.Replace(entryOf(good), "made-up", "made\xffup", 1), "invalid UTF-8"},
		{"an array", `[` + entryOf(good) + `]`, "array"},
		{"a number for a list", strings.Replace(entryOf(good), `["1.0.0"]`, `1`, 1), "versions"},
		{"no id", `{"modified":"2025-01-01T00:00:00Z","aliases":["MAL-1"],"affected":[` + good + `]}`, "no id"},
		{"no time", `{"id":"MAL-1","affected":[` + good + `]}`, "no time modified"},
		{"a time that is none", `{"id":"MAL-1","modified":"yesterday","affected":[` + good + `]}`, `modified: "yesterday"`},
		{"a withdrawal at no time", `{"id":"MAL-1","modified":"2025-01-01T00:00:00Z","withdrawn":"yes","affected":[` + good + `]}`, `withdrawn: "yes"`},
		{"no name", strings.Replace(entryOf(good), "made-up", "", 1), "no package name"},
		{"a long name", strings.Replace(entryOf(good), "made-up", long, 1), "package name of 600 bytes"},
		{"a name with a line feed", strings.Replace(entryOf(good), "made-up", `made\nup`, 1), "control characters"},
		{"a name with a control character beyond ASCII", strings.Replace(entryOf(good), "made-up", `made\u0085up`, 1), "control characters"},
		{"an id with an escape", strings.Replace(entryOf(good), "MAL-2025-1", `MAL-\u001b[2J`, 1), "control characters"},
		{"an empty version", entryOf(block(`"versions":[""]`)), "an empty version"},
		{"a long version", entryOf(block(`"versions":["` + long + `"]`)), "version of 600 bytes"},
		{"two events in one", entryOf(block(semver(`{"introduced":"0","fixed":"1.0.0"}`))), "affected[0].ranges[0]: events[0]: more than one"},
		{"no event in one", entryOf(good + `,` + block(semver(`{"introduced":"0"},{"since":"1.0.0"}`))), "affected[1].ranges[0]: events[1]: none of"},
		{"nothing introduced", entryOf(block(semver(`{"fixed":"1.0.0"}`))), "no introduced event"},
		{"no events", entryOf(block(semver(``))), "no introduced event"},
		{"fixed and last affected", entryOf(block(semver(`{"introduced":"0"},{"fixed":"1.0.0"},{"last_affected":"1.0.0"}`))), "fixed and last_affected"},
		{"a version that is none", entryOf(block(semver(`{"introduced":"soon"}`))), `"soon" is not a version`},
		{"a range as a version", entryOf(block(semver(`{"introduced":"0"},{"fixed":"1.x"}`))), `"1.x" is not a version`},
		{"a star where it means nothing", entryOf(block(semver(`{"introduced":"0"},{"fixed":"*"}`))), `"*" is not a version`},
		{"a range without a type", entryOf(block(`"ranges":[{"events":[{"introduced":"0"}]}]`)), "no type"},
		{"many versions", entryOf(block(`"versions":["` + manyVersions() + `"]`)), "a list of 65537"},
		{"many events", entryOf(block(semver(`{"introduced":"0"}` + strings.Repeat(`,{"limit":"*"}`, maxEvents)))), "1001 events"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			im, err := ImportFile("lists/bad.json", []byte(test.text), Options{})
			if err != nil {
				t.Fatal(err)
			}
			err = im.Err()
			if !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), `"lists/bad.json": `) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, not %q", err, test.want)
			}
			if len(im.Data.Records) > 0 || im.Failed != 1 || len(im.Problems) != 1 {
				t.Errorf("%d records, %d failed", len(im.Data.Records), im.Failed)
			}
		})
	}
}

func manyVersions() string {
	var versions []string
	for i := range maxItems + 1 {
		versions = append(versions, fmt.Sprintf("1.0.%d", i))
	}
	return strings.Join(versions, `","`)
}

func TestLongSummaryIsCut(t *testing.T) {
	text := strings.Replace(entryOf(block(`"versions":["1.0.0"]`)), `"id"`, `"summary":"`+strings.Repeat("é ", 400)+`","id"`, 1)
	got := mustImport(t, "x.json", text).Records[0].Summary
	if len(got) > maxSummary || !strings.HasSuffix(got, "é…") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func TestURL(t *testing.T) {
	tests := []struct {
		record Record
		want   string
	}{
		{Record{ID: "MAL-2025-1", References: []Reference{{"WEB", "https://blog.invalid/"}, {"ADVISORY", "https://advisories.invalid/1"}}}, "https://advisories.invalid/1"},
		{Record{ID: "MAL-2025-1", References: []Reference{{"WEB", "https://blog.invalid/"}}}, "https://osv.dev/vulnerability/MAL-2025-1"},
		{Record{ID: "MAL-2025-1?a=b/c"}, "https://osv.dev/vulnerability/MAL-2025-1%3Fa=b%2Fc"},
		{Record{ID: "MAL-0000-finder-1", References: []Reference{{"PACKAGE", "https://packages.invalid/"}, {"REPORT", "https://blog.invalid/"}}}, "https://blog.invalid/"},
		{Record{ID: "TEAM-1", References: []Reference{{"PACKAGE", "https://packages.invalid/"}}}, ""},
	}
	for _, test := range tests {
		if got := test.record.URL(); got != test.want {
			t.Errorf("%s: %q, not %q", test.record.ID, got, test.want)
		}
	}
}

func TestAffected(t *testing.T) {
	tests := []struct {
		record Record
		want   string
	}{
		{Record{Ranges: everyVersion()}, "every version"},
		{Record{Versions: []string{"1.0.0", "1.0.1"}}, "1.0.0, 1.0.1"},
		{Record{Versions: slices.Repeat([]string{"1.0.0"}, 12)}, strings.Repeat("1.0.0, ", 10) + "and 2 more"},
		{Record{Ranges: []Range{{{Introduced, "1.0.0"}, {Fixed, "1.0.2"}, {Introduced, "3.0.0"}, {Fixed, "3.2.5"}}}}, ">= 1.0.0 < 1.0.2 >= 3.0.0 < 3.2.5"},
		{Record{Ranges: []Range{{{Introduced, "0"}, {LastAffected, "2.0.0"}}}, Versions: []string{"9.0.0"}}, ">= 0 <= 2.0.0, 9.0.0"},
		{Record{Ranges: []Range{{{Introduced, "1.0.0"}, {Limit, "2.0.0"}}}}, ">= 1.0.0 below 2.0.0"},
		{Record{}, ""},
	}
	for _, test := range tests {
		if got := test.record.Affected(); got != test.want {
			t.Errorf("%q, not %q", got, test.want)
		}
	}
}
