package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

func output(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// utf8Of is what JSON can hold of a string.
func utf8Of(s string) string { return string([]rune(s)) }

var (
	sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	// textLine is what every line of Text begins with; hostile text comes later.
	textLine = regexp.MustCompile(`^(Amalfi Audit|─+$|$|(NOT READ|BLOCK|WARN|INCONCLUSIVE|clean) {2,}|  (error|warning|note|incomplete|source) +| {14})`)
)

func TestHostileText(t *testing.T) {
	for _, payload := range corpus {
		for _, opt := range []TextOptions{{}, {Width: 60}, {Verbose: true, Color: true, Width: 100}} {
			out := output(t, func(w io.Writer) error { return Text(w, hostileReport(payload), opt) })
			if opt.Color {
				out = sgr.ReplaceAllString(out, "")
			}
			for line := range strings.Lines(out) {
				line = strings.TrimSuffix(line, "\n")
				if err := checkLine(line); err != nil {
					t.Errorf("payload %q: line %q: %v", payload, line, err)
				}
				if !textLine.MatchString(line) {
					t.Errorf("payload %q: line %q is not ours", payload, line)
				}
			}
		}
		for _, out := range []string{
			output(t, func(w io.Writer) error { return ListChangesText(w, hostileChanges(payload)) }),
			output(t, func(w io.Writer) error { return ListPackagesText(w, hostileLockfiles(payload)) }),
		} {
			for line := range strings.Lines(out) {
				if err := checkLine(strings.TrimSuffix(line, "\n")); err != nil {
					t.Errorf("payload %q: line %q: %v", payload, line, err)
				}
			}
		}
	}
}

// TestSnippetIsWhole checks that Verbose shows code to its end.
func TestSnippetIsWhole(t *testing.T) {
	code := strings.Repeat("abc ", 200) + "END"
	r := sampleReport()
	r.Versions[3].Findings[0].Evidence[0].Snippet = code
	for _, verbose := range []bool{false, true} {
		out := output(t, func(w io.Writer) error { return Text(w, r, TextOptions{Verbose: verbose, Width: 80}) })
		if strings.Contains(out, "END") != verbose {
			t.Errorf("verbose %v: the end of the snippet shown: %v", verbose, !verbose)
		}
	}
}

// decodeASCII decodes JSON strictly after checking that nothing in it is raw.
func decodeASCII(t *testing.T, data string, into any) {
	t.Helper()
	for i := 0; i < len(data); i++ {
		if c := data[i]; c >= 0x7f || c < ' ' && c != '\n' {
			t.Fatalf("byte %#x at %d", c, i)
		}
	}
	if strings.Contains(data, ": null") {
		t.Errorf("null in %.2000s", data)
	}
	d := json.NewDecoder(strings.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestHostileJSON(t *testing.T) {
	for _, payload := range corpus {
		var got jsonReport
		decodeASCII(t, output(t, func(w io.Writer) error { return JSON(w, hostileReport(payload)) }), &got)
		want := utf8Of(payload)
		checkStrings(t, reflect.ValueOf(got.Versions), want)
		checkStrings(t, reflect.ValueOf(got.Projects), want)
		checkStrings(t, reflect.ValueOf(got.Unread), want)
		if got.Base != want || got.Head != want || len(got.Versions) != 6 || len(got.Projects) != 6 {
			t.Errorf("payload %q: %d versions, %d projects, base %q", payload, len(got.Versions), len(got.Projects), got.Base)
		}

		var changes jsonChanges
		decodeASCII(t, output(t, func(w io.Writer) error { return ListChangesJSON(w, hostileChanges(payload)) }), &changes)
		var packages jsonPackages
		decodeASCII(t, output(t, func(w io.Writer) error { return ListPackagesJSON(w, hostileLockfiles(payload)) }), &packages)
		if len(changes.Changes) != 6 || changes.Changes[0].Name != want || packages.Packages[0].Resolved != want {
			t.Errorf("payload %q: %+v, %+v", payload, changes, packages)
		}
	}
}

// checkStrings checks that every string below v is the program's own or
// exactly the payload.
func checkStrings(t *testing.T, v reflect.Value, payload string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			checkStrings(t, v.Index(i), payload)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch v.Type().Field(i).Name {
			case "Outcome", "Level", "Confidence", "Rule", "Change", "PURL", "Subject", "Fingerprint":
			default:
				checkStrings(t, v.Field(i), payload)
			}
		}
	case reflect.String:
		if s := v.String(); s != payload && s != "" {
			t.Errorf("%q instead of %q", s, payload)
		}
	}
}

// parseSARIF decodes a log into the types of go-sarif, which know the whole
// standard, and validates it against the schema that go-sarif carries.
func parseSARIF(t *testing.T, data string) *sarif.Report {
	t.Helper()
	decodeASCII(t, data, &sarif.Report{})
	log, err := sarif.FromString(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range log.Runs { // defaults that go-sarif would write empty
		run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\n"}
	}
	if err := log.Validate(); err != nil {
		t.Fatal(err)
	}
	return log
}

func writeSARIF(t *testing.T, r *detector.Report) *sarif.Run {
	t.Helper()
	log := parseSARIF(t, output(t, func(w io.Writer) error { return SARIF(w, r, SARIFOptions{}) }))
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	return log.Runs[0]
}

func TestHostileSARIF(t *testing.T) {
	for _, payload := range corpus {
		run := writeSARIF(t, hostileReport(payload))
		want := 10 // a finding in each of 5 projects and 5 versions
		if payload != "" {
			want += 4 // that were taken back
		}
		if got := len(run.Results); got != want {
			t.Errorf("payload %q: %d results, want %d", payload, got, want)
		}
		texts := []string{}
		for _, result := range run.Results {
			texts = append(texts, *result.Message.Text)
			for _, location := range result.Locations {
				checkURI(t, *location.PhysicalLocation.ArtifactLocation.URI)
			}
			for _, s := range result.Suppressions {
				texts = append(texts, *s.Justification)
			}
			if got := result.Properties.Properties["message"]; got != utf8Of(payload) {
				t.Errorf("message property %q, want %q", got, payload)
			}
		}
		for _, n := range run.Invocations[0].ToolExecutionNotifications {
			texts = append(texts, *n.Message.Text)
		}
		for _, text := range texts {
			if strings.Contains(text, "](") || regexp.MustCompile(`\{[0-9]`).MatchString(text) {
				t.Errorf("message %q has a link or placeholder", text)
			}
			for line := range strings.Lines(text) {
				if visible(strings.TrimSuffix(line, "\n")) != strings.TrimSuffix(line, "\n") {
					t.Errorf("message line %q has hidden characters", line)
				}
			}
		}
	}
}

// checkURI checks that an artifact is a file: below the root, or absolute.
func checkURI(t *testing.T, uri string) {
	t.Helper()
	if strings.HasPrefix(uri, "file:///") {
		return
	}
	if strings.HasPrefix(uri, "/") || strings.Contains(uri, ":") || strings.ContainsAny(uri, "?# \\") {
		t.Errorf("artifact %q is no relative path", uri)
	}
}

func TestSARIFResults(t *testing.T) {
	run := writeSARIF(t, sampleReport())
	var got []string
	for _, r := range run.Results {
		l := r.Locations[0].PhysicalLocation
		got = append(got, fmt.Sprintf("%s %s %s %s:%d", r.Level, *r.RuleID, *run.Tool.Driver.Rules[r.RuleIndex].ID, *l.ArtifactLocation.URI, *l.Region.StartLine))
	}
	want := []string{
		"error install-script-download install-script-download package-lock.json:4711",
		"warning resolved-host-changed resolved-host-changed package-lock.json:33",
		// Two signals that warn together are notes.
		"warning native-binary-added native-binary-added package-lock.json:802",
		"warning manifest-mismatch manifest-mismatch package-lock.json:802",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if *run.Invocations[0].ExecutionSuccessful {
		t.Error("an incomplete audit was successful")
	}
	if run := writeSARIF(t, cleanReport()); !*run.Invocations[0].ExecutionSuccessful || len(run.Results) != 0 {
		t.Errorf("a clean audit: successful %v, %d results", *run.Invocations[0].ExecutionSuccessful, len(run.Results))
	}
}

// fingerprints returns the fingerprints by rule and message.
func fingerprintsOf(t *testing.T, r *detector.Report) map[string]string {
	t.Helper()
	out := make(map[string]string)
	seen := make(map[string]bool)
	for _, result := range writeSARIF(t, r).Results {
		print := result.PartialFingerprints["primaryLocationLineHash"]
		if seen[print] || print == "" {
			t.Errorf("fingerprint %q of %s is not unique", print, *result.Message.Text)
		}
		seen[print] = true
		out[*result.RuleID+fmt.Sprint(result.Properties.Properties["package"])] = print
	}
	return out
}

func TestFingerprints(t *testing.T) {
	base := fingerprintsOf(t, sampleReport())

	moved := sampleReport()
	for i := range moved.Versions {
		moved.Versions[i].Location.Line += 100
		moved.Versions[i].From = []string{"0.0.1"}
	}
	finding := &moved.Projects[0].Findings[0]
	finding.Location.Line = 45
	finding.Message = strings.Replace(finding.Message, "12", "13", 1)
	slices.Reverse(moved.Versions)
	if diff := cmp.Diff(base, fingerprintsOf(t, moved)); diff != "" {
		t.Errorf("entries moved (-want +got):\n%s", diff)
	}

	for name, change := range map[string]func(*detector.Report){
		"version":  func(r *detector.Report) { setSubject(&r.Versions[3], "flatmap-stream", "0.1.2") },
		"name":     func(r *detector.Report) { setSubject(&r.Versions[3], "flatmap", "0.1.1") },
		"lockfile": func(r *detector.Report) { r.Versions[3].Lockfile = "web/package-lock.json" },
		"rule":     func(r *detector.Report) { r.Versions[3].Findings[0].RuleID = "resolved-host-changed" },
		"place":    func(r *detector.Report) { r.Versions[3].Findings[0].Evidence[0].Line = 13 },
	} {
		r := sampleReport()
		change(r)
		for key, print := range fingerprintsOf(t, r) {
			for was, old := range base {
				if print == old && strings.HasPrefix(was, "install-script-download") {
					t.Errorf("another %s: %s keeps the fingerprint", name, key)
				}
			}
		}
	}

	// The same finding twice is two results.
	twice := sampleReport()
	v := &twice.Versions[3]
	v.Findings = append(v.Findings, v.Findings[0])
	prints := make(map[string]bool)
	for _, result := range writeSARIF(t, twice).Results {
		prints[result.PartialFingerprints["primaryLocationLineHash"]] = true
	}
	if len(prints) != len(base)+1 {
		t.Errorf("%d fingerprints, want %d", len(prints), len(base)+1)
	}
}

func setSubject(v *detector.Verdict, name, version string) {
	v.Subject = npm.PackageVersion{Name: name, Version: version}
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		v.Findings[i].Subject = v.Subject
	}
}

// largeReport has n versions of each outcome with findings of a size.
func largeReport(n, size int) *detector.Report {
	r := &detector.Report{Base: "a", Head: "b", Rules: testRules()}
	for i := range n {
		for _, o := range []detector.Outcome{detector.Clean, detector.Warn, detector.Block} {
			subject := npm.PackageVersion{Name: fmt.Sprintf("%s-%06d", o, i), Version: "1.0.0"}
			r.Versions = append(r.Versions, detector.Verdict{
				Lockfile: "package-lock.json", Location: detector.Location{Path: "package-lock.json", Line: i + 1},
				Kind: lockfile.KindRegistry, Change: lockfile.Added, Subject: subject, Outcome: o, Complete: true,
				Findings: []detector.Finding{{RuleID: "install-script-download", Level: detector.Level(o), Subject: subject,
					Message: "m" + strings.Repeat("*", size), Evidence: []detector.Evidence{{Path: "a.js", Line: i + 1, Snippet: strings.Repeat("é", size)}}}},
			})
		}
	}
	return r
}

func TestSARIFLimits(t *testing.T) {
	for _, test := range []struct {
		n, size  int
		wantLeft bool
	}{{10, 10, false}, {4000, 10, true}, {1000, 2000, true}} {
		data := output(t, func(w io.Writer) error { return SARIF(w, largeReport(test.n, test.size), SARIFOptions{}) })
		if len(data) > 3*maxResultBytes {
			t.Errorf("%d versions of %d: %d bytes", test.n, test.size, len(data))
		}
		log, err := sarif.FromString(data)
		if err != nil {
			t.Fatal(err)
		}
		results := log.Runs[0].Results
		errs := 0
		for i, r := range results {
			if r.Level == "error" {
				errs++
			} else if i < errs {
				t.Fatal("a warning stands before an error")
			}
			if n := len([]rune(*r.Message.Text)); n > maxMessage {
				t.Fatalf("a message of %d characters", n)
			}
		}
		notes := log.Runs[0].Invocations[0].ToolExecutionNotifications
		if test.wantLeft {
			want := fmt.Sprintf("%d results left out", 2*test.n-len(results))
			if len(notes) != 1 || !strings.HasPrefix(*notes[0].Message.Text, want) || len(results) > maxResults || errs < min(test.n, len(results)) {
				t.Errorf("%d versions of %d: %d results, %d errors, notifications %d, want %q", test.n, test.size, len(results), errs, len(notes), want)
			}
		} else if len(notes) != 0 || len(results) != 2*test.n {
			t.Errorf("%d versions: %d results, %d notifications", test.n, len(results), len(notes))
		}
	}

	many := &detector.Report{}
	for i := range maxNotifications + 10 {
		many.Unread = append(many.Unread, detector.Unread{Path: fmt.Sprintf("%04d/yarn.lock", i), Reason: "x"})
	}
	notes := writeSARIF(t, many).Invocations[0].ToolExecutionNotifications
	if len(notes) != maxNotifications+1 || *notes[maxNotifications].Message.Text != "And 10 more." {
		t.Errorf("%d notifications, the last one %q", len(notes), *notes[len(notes)-1].Message.Text)
	}
}

func TestMarkdownLimit(t *testing.T) {
	r := largeReport(300, 100)
	whole := output(t, func(w io.Writer) error { return Markdown(w, r, MarkdownOptions{MaxBytes: 64 << 20}) })
	if strings.Contains(whole, "Left out") {
		t.Fatal("something is left out of 64 MB")
	}
	for _, limit := range []int{MinMarkdownBytes, 65536, 250_000, 450_000, len(whole) - 1} {
		out := output(t, func(w io.Writer) error { return Markdown(w, r, MarkdownOptions{MaxBytes: limit}) })
		if len(out) > limit {
			t.Errorf("%d bytes, the limit is %d", len(out), limit)
		}
		if !strings.Contains(out, "**Left out** to keep") {
			t.Errorf("limit %d: not said what is left out", limit)
		}
		block := strings.Count(out, "⛔ **block**")
		warn := strings.Count(out, "⚠️ **warn**")
		evidence := strings.Count(out, "<details><summary>⛔") + strings.Count(out, "\n⛔ `")
		clean := strings.Count(out, "`clean-")
		t.Logf("limit %8d: %d blocked, %d warned, %d evidence, %d clean; %s", limit, block, warn, evidence, clean,
			out[strings.Index(out, "**Left out**"):len(out)-1])
		if warn > 0 && block < 300 || evidence > 0 && warn < 300 || clean > 0 && evidence < 300 {
			t.Errorf("limit %d: the more important is left out: %d blocked, %d warned, %d evidence, %d clean", limit, block, warn, evidence, clean)
		}
		if limit > 65536 {
			continue // the rest is more of the same
		}
		if err := checkMarkdown(out); err != nil {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	large := largeReport(600, 100)
	if out := output(t, func(w io.Writer) error { return Markdown(w, large, MarkdownOptions{}) }); len(out) > MaxSummaryBytes || !strings.Contains(out, "Left out") {
		t.Errorf("without a limit of its own: %d bytes", len(out))
	}
	if err := Markdown(io.Discard, r, MarkdownOptions{MaxBytes: MinMarkdownBytes - 1}); err == nil {
		t.Error("a limit that is too small is no error")
	}
	long := hostileReport(strings.Repeat("\u202e", 20_000))
	if out := output(t, func(w io.Writer) error { return Markdown(w, long, MarkdownOptions{MaxBytes: MinMarkdownBytes}) }); len(out) > MinMarkdownBytes {
		t.Errorf("long names: %d bytes", len(out))
	}
}

var (
	summaryLine = regexp.MustCompile(`^<details><summary>(⛔|⚠️|❓|✅) (.*)</summary>$`)
	codeElement = regexp.MustCompile(`<code>[^<>]*</code>`)
	tableRule   = regexp.MustCompile(`^\|( --- \|)+$`)
	ownMarkup   = regexp.MustCompile(`</?sub>|<br>|\*\*[a-zA-Z ]+\*\*|\*and [0-9]+ more\*`)
	headingLine = regexp.MustCompile(`^##+ [A-Za-z ⛔⚠️❓✅:]+$`)
	summaryText = regexp.MustCompile(`^( in )?$|^[0-9]+ clean versions?$`)
	listMarker  = regexp.MustCompile(`^(  )?- `)
)

// checkMarkdown reads a document as far as it is ours: headings, tables, folded
// blocks, lists and code spans. Whatever else Markdown or GitHub would act on is
// an error.
func checkMarkdown(doc string) error {
	columns := 0
	for line := range strings.Lines(doc) {
		line = strings.TrimSuffix(line, "\n")
		rest := line
		switch {
		case line == "", line == "</details>", tableRule.MatchString(line):
			if line == "" {
				columns = 0
			}
			continue
		case strings.HasPrefix(line, "#"):
			if !headingLine.MatchString(line) {
				return fmt.Errorf("heading %q", line)
			}
			continue
		case summaryLine.MatchString(line):
			inner := codeElement.ReplaceAllString(summaryLine.FindStringSubmatch(line)[2], "")
			if !summaryText.MatchString(inner) {
				return fmt.Errorf("summary %q", line)
			}
			continue
		case strings.HasPrefix(line, "|"):
			row, err := cells(line)
			if err != nil {
				return fmt.Errorf("%w: %q", err, line)
			}
			if columns == 0 {
				columns = len(row)
			}
			if len(row) != columns {
				return fmt.Errorf("%d columns instead of %d: %q", len(row), columns, line)
			}
			for _, cell := range row {
				if err := checkInline(cell); err != nil {
					return fmt.Errorf("%w: %q", err, line)
				}
			}
			continue
		case listMarker.MatchString(line):
			rest = listMarker.ReplaceAllString(line, "")
		}
		if err := checkInline(rest); err != nil {
			return fmt.Errorf("%w: %q", err, line)
		}
	}
	return nil
}

// checkInline checks a line of text with code spans.
func checkInline(s string) error {
	var prose strings.Builder
	for s != "" {
		if s[0] != '`' {
			prose.WriteByte(s[0])
			s = s[1:]
			continue
		}
		content, rest, ok := cutCode(s)
		if !ok {
			return fmt.Errorf("an open code span")
		}
		if visible(content) != content {
			return fmt.Errorf("hidden characters in code")
		}
		prose.WriteString("·")
		s = rest
	}
	return checkProse(strings.TrimSpace(ownMarkup.ReplaceAllString(prose.String(), "·")))
}

func TestHostileMarkdown(t *testing.T) {
	for _, payload := range corpus {
		out := output(t, func(w io.Writer) error { return Markdown(w, hostileReport(payload), MarkdownOptions{}) })
		if err := checkMarkdown(out); err != nil {
			t.Errorf("payload %q: %v", payload, err)
		}
		if got, want := strings.Count(out, "\n<details><summary>"), strings.Count(out, "\n</details>\n"); got != want {
			t.Errorf("payload %q: %d blocks begin and %d end", payload, got, want)
		}
	}
}

// TestMarkdownEvidence checks what stands open, that equal places are joined, and
// that what stands there is shown once.
func TestMarkdownEvidence(t *testing.T) {
	r := largeReport(openEvidence+2, 1)
	for i := range r.Versions {
		f := &r.Versions[i].Findings[0]
		at := detector.Evidence{Path: "a.js", Line: 7, Column: 3, Snippet: "send(secret)"}
		other := at
		other.Line, other.Note = 8, "four"
		for _, note := range []string{"one", "two", "two"} {
			at.Note = note
			f.Evidence = append(f.Evidence, at, other)
		}
		r.Versions[i].Findings = append(r.Versions[i].Findings, *f)
		r.Versions[i].Findings[1].Evidence = []detector.Evidence{at}
	}
	out := output(t, func(w io.Writer) error { return Markdown(w, r, MarkdownOptions{}) })
	if err := checkMarkdown(out); err != nil {
		t.Error(err)
	}
	open, folded := strings.Count(out, "\n⛔ `"), strings.Count(out, "\n<details><summary>⛔")
	if open != openEvidence || folded != 2 {
		t.Errorf("%d open, %d folded", open, folded)
	}
	blocks := 2 * (openEvidence + 2)
	for text, want := range map[string]int{
		"  - `a.js:7:3` one; two `send(secret)`\n":   blocks,
		"  - `a.js:8:3` four `send(secret)`\n":       blocks,
		"  - `a.js:7:3` two (shown above)\n":         blocks,
		"`a.js:7:3`":                                 2 * blocks,
		"<details><summary>⚠️ <code>warn-000000@1.0": 1,
	} {
		if got := strings.Count(out, text); got != want {
			t.Errorf("%q is there %d times, want %d", text, got, want)
		}
	}
}

// TestMarkdownNext checks that a command to copy has nothing of a package that
// means something to a shell.
func TestMarkdownNext(t *testing.T) {
	next := func(r *detector.Report) string {
		out := output(t, func(w io.Writer) error { return Markdown(w, r, MarkdownOptions{MaxBytes: MinMarkdownBytes}) })
		_, out, _ = strings.Cut(out, "### Next\n")
		out, _, _ = strings.Cut(out, "\n###")
		return out
	}
	if got := next(sampleReport()); !strings.Contains(got, "`audit package flatmap-stream@0.1.1 --against 0.1.0`") || !strings.Contains(got, "Stay at") {
		t.Errorf("the sample: %s", got)
	}
	if got := next(cleanReport()); got != "" {
		t.Errorf("a clean report: %s", got)
	}
	warned := sampleReport()
	warned.Versions = warned.Versions[4:5]
	if got := next(warned); strings.Contains(got, "Stay at") || !strings.Contains(got, "--against FROM") {
		t.Errorf("a new version that is warned: %s", got)
	}
	for _, name := range append([]string{"x;id", "$(id)", "`id`", "-rf", "a b", "x\ny", "x@1.0.0 --help"}, corpus...) {
		r := sampleReport()
		setSubject(&r.Versions[3], name, "0.1.1")
		if got := next(r); name != "plain" && !strings.HasPrefix(name, "xxx") && !strings.Contains(got, "`audit package NAME@VERSION --against FROM`") {
			t.Errorf("the name %q: %s", name, got)
		}
	}
}

// TestUnchanged checks that no writer changes the report, and that the order in
// which verdicts come does not matter.
func TestUnchanged(t *testing.T) {
	for ending, write := range reportWriters() {
		r := sampleReport()
		want := output(t, func(w io.Writer) error { return write(w, r) })
		if diff := cmp.Diff(sampleReport(), r); diff != "" {
			t.Errorf("%s changes the report (-want +got):\n%s", ending, diff)
		}
		slices.Reverse(r.Versions)
		slices.Reverse(r.Projects)
		slices.Reverse(r.Unread)
		for i := range r.Versions {
			slices.Reverse(r.Versions[i].Findings)
		}
		if diff := cmp.Diff(want, output(t, func(w io.Writer) error { return write(w, r) })); diff != "" {
			t.Errorf("%s depends on the order (-want +got):\n%s", ending, diff)
		}
	}
}

func TestEmptyLists(t *testing.T) {
	if got, want := output(t, func(w io.Writer) error { return ListChangesJSON(w, nil) }), "{\n  \"changes\": []\n}\n"; got != want {
		t.Errorf("got %q", got)
	}
	if got, want := output(t, func(w io.Writer) error { return ListPackagesJSON(w, nil) }), "{\n  \"packages\": []\n}\n"; got != want {
		t.Errorf("got %q", got)
	}
	if got, want := output(t, func(w io.Writer) error { return ListChangesText(w, nil) }), "0 changes.\n"; got != want {
		t.Errorf("got %q", got)
	}
}

// TestOutcome checks the last lines of Text, which say what to do.
func TestOutcome(t *testing.T) {
	sample := sampleReport()
	only := func(i int) *detector.Report {
		return &detector.Report{Rules: sample.Rules, Versions: sample.Versions[i : i+1]}
	}
	for _, test := range []struct {
		report  *detector.Report
		outcome string
		says    string
	}{
		{sample, "BLOCK", "The audit is also incomplete."},
		{only(3), "BLOCK", "Do not install or merge"},
		{only(4), "WARN", "Look at the warnings"},
		{only(5), "INCONCLUSIVE", "not known to be clean"},
		{only(0), "clean", "Nothing was found"},
		{&detector.Report{Unread: sample.Unread}, "INCONCLUSIVE", "2 files not read"},
		{&detector.Report{}, "clean", "no package version"},
	} {
		out := output(t, func(w io.Writer) error { return Text(w, test.report, TextOptions{}) })
		end := out[strings.LastIndex(out, "─")+len("─"):]
		if !strings.HasPrefix(end, "\n"+test.outcome+" ") || !strings.Contains(end, test.says) {
			t.Errorf("want %s, %q; got %s", test.outcome, test.says, end)
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteError(t *testing.T) {
	for ending, write := range reportWriters() {
		if err := write(fullDisk{}, sampleReport()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", ending, err)
		}
	}
	for name, err := range map[string]error{
		"changes text":  ListChangesText(fullDisk{}, sampleChanges()),
		"changes json":  ListChangesJSON(fullDisk{}, sampleChanges()),
		"packages text": ListPackagesText(fullDisk{}, sampleLockfiles()),
		"packages json": ListPackagesJSON(fullDisk{}, sampleLockfiles()),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDocumented checks that docs/report.md describes every field of the JSON
// forms and every rule-independent name in them.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Pointer:
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				if !strings.Contains(doc, "`"+name+"`") {
					t.Errorf("docs/report.md does not describe %s of %s", name, typ.Name())
				}
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[jsonReport]())
	walk(reflect.TypeFor[jsonChanges]())
	walk(reflect.TypeFor[jsonPackages]())
	for _, name := range []string{Schema, statusBlock, statusWarn, statusInconclusive, statusClean, notifyIncomplete, notifyUnread, notifyDropped} {
		if !strings.Contains(doc, "`"+name+"`") {
			t.Errorf("docs/report.md does not mention %s", name)
		}
	}
}
