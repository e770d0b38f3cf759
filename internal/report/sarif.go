package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
)

// SARIFOptions are what SARIF says of the tool; empty ones are left out.
type SARIFOptions struct {
	ToolVersion    string
	InformationURI string // absolute
}

// What GitHub's code scanning accepts or shows ("SARIF support for code
// scanning", "SARIF results exceed one or more limits"). It refuses files
// beyond its limits as a whole, so that a flood of results would hide what
// matters: the least important are left out instead.
const (
	// maxResults is the number of results that are shown; more than 25,000 are
	// refused.
	maxResults = 5000
	// maxResultBytes bounds all results together, as JSON without white space.
	// A file may have 10 MB after gzip.
	maxResultBytes = 8 << 20
	// maxDescription bounds the descriptions of a rule, in characters.
	maxDescription = 1024
	// maxTags is the number of a rule's tags that are shown; more than 20 are
	// refused.
	maxTags = 10
	// maxNotifications bounds what is said of an incomplete audit. GitHub has
	// no limit of its own.
	maxNotifications = 500
	// maxCapabilities bounds the capabilities of all versions together.
	maxCapabilities = 5000
)

// maxMessage bounds the text of a message, in characters; the properties of
// the result have all of it.
const maxMessage = 1000

// The types below are the part of SARIF 2.1.0 that is written.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool               sarifTool                        `json:"tool"`
	Invocations        []sarifInvocation                `json:"invocations"`
	OriginalURIBaseIDs map[string]sarifArtifactLocation `json:"originalUriBaseIds"`
	ColumnKind         string                           `json:"columnKind"`
	Results            []json.RawMessage                `json:"results"`
	Properties         sarifRunProperties               `json:"properties"`
}

// sarifRunProperties has what is no result: what each version newly does.
type sarifRunProperties struct {
	Capabilities []sarifCapabilities `json:"capabilities"`
	// LeftOut is how many versions with capabilities are not listed.
	LeftOut int `json:"capabilitiesLeftOut,omitempty"`
}

type sarifCapabilities struct {
	Package      string           `json:"package"`
	Version      string           `json:"version"`
	Lockfile     string           `json:"lockfile"`
	Compared     string           `json:"compared"`
	Capabilities []jsonCapability `json:"capabilities"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string            `json:"name"`
	Version        string            `json:"version,omitempty"`
	InformationURI string            `json:"informationUri,omitempty"`
	Rules          []sarifDescriptor `json:"rules"`
	Notifications  []sarifDescriptor `json:"notifications"`
}

type sarifDescriptor struct {
	ID                   string              `json:"id"`
	ShortDescription     sarifText           `json:"shortDescription"`
	FullDescription      sarifText           `json:"fullDescription"`
	Help                 *sarifText          `json:"help,omitempty"`
	DefaultConfiguration *sarifConfiguration `json:"defaultConfiguration,omitempty"`
	Properties           *sarifTags          `json:"properties,omitempty"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifTags struct {
	Tags []string `json:"tags"`
}

type sarifInvocation struct {
	ExecutionSuccessful        bool                `json:"executionSuccessful"`
	ToolExecutionNotifications []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Descriptor sarifReference  `json:"descriptor"`
	Level      string          `json:"level"`
	Message    sarifText       `json:"message"`
	Locations  []sarifLocation `json:"locations,omitempty"`
}

type sarifReference struct {
	ID string `json:"id"`
}

type sarifResult struct {
	RuleID              string            `json:"ruleId"`
	RuleIndex           *int              `json:"ruleIndex,omitempty"`
	Level               string            `json:"level"`
	Message             sarifText         `json:"message"`
	Locations           []sarifLocation   `json:"locations"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
	// Suppressions has one where the finding is accepted or taken back.
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   sarifProperties    `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type sarifProperties struct {
	Outcome    string         `json:"outcome"`
	Level      string         `json:"level"`
	Confidence string         `json:"confidence"`
	Lockfile   string         `json:"lockfile"`
	Package    string         `json:"package"`
	Version    string         `json:"version"`
	PURL       string         `json:"purl"`
	From       []string       `json:"from"`
	Chain      []string       `json:"chain"`
	Message    string         `json:"message"`
	Evidence   []jsonEvidence `json:"evidence"`
	// Source is what came of looking for the version's source, "" where nobody did.
	Source string `json:"source,omitempty"`
}

type sarifLocation struct {
	PhysicalLocation sarifPhysicalLocation `json:"physicalLocation"`
}

type sarifPhysicalLocation struct {
	ArtifactLocation sarifArtifactLocation `json:"artifactLocation"`
	Region           sarifRegion           `json:"region"`
}

type sarifArtifactLocation struct {
	URI         string     `json:"uri,omitempty"`
	URIBaseID   string     `json:"uriBaseId,omitempty"`
	Description *sarifText `json:"description,omitempty"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

const sourceRoot = "%SRCROOT%"

// The notifications, by ID.
const (
	notifyIncomplete = "incomplete-audit"
	notifyUnread     = "unread-file"
	notifyDropped    = "results-left-out"
	notifyNotice     = "notice"
)

// SARIF writes the report as a log of SARIF 2.1.0 for code scanning.
//
// A result is a finding that is a warning or an error, at its line in the
// lockfile; where a version or lockfile is warned by signals alone, these are
// results with the level warning. Other notes are left out. The level is the
// finding's own: a rule's security-severity, which GitHub would show instead,
// cannot tell a rule's errors from its warnings, and is not given.
//
// What the project accepts and what was taken back is a result with a suppression.
//
// Positions inside a package are no locations of the result, not even related
// ones: the files do not exist in the repository, and a viewer would look for
// them there. They stand in the message and, exact, in the properties.
//
// An incomplete audit is an execution that was not successful, with a
// notification for each version or file concerned.
func SARIF(w io.Writer, r *detector.Report, opt SARIFOptions) error {
	r = sorted(r)
	s := &sarifWriter{report: r, seen: make(map[string]int)}
	s.ruleIDs = slices.Sorted(maps.Keys(r.Rules))
	driver := sarifDriver{
		Name:           "Amalfi Audit",
		Version:        opt.ToolVersion,
		InformationURI: opt.InformationURI,
		Rules:          []sarifDescriptor{},
		Notifications: []sarifDescriptor{
			describe(notifyIncomplete, "Not everything could be looked at.",
				"Part of a package or of a lockfile could not be fetched, verified or analysed. It is not known to be clean."),
			describe(notifyUnread, "A file could not be read.",
				"A lockfile could not be read, or a manifest has no lockfile. Its dependencies were not audited."),
			describe(notifyNotice, "Something about the audit as a whole.",
				"It does not change the result, and its reader should know it, such as that the known-malware data is old."),
			describe(notifyDropped, "Results were left out.",
				"There are more results than code scanning accepts. Those of the lowest level were left out of this file; the other formats have them."),
		},
	}
	results, err := s.results()
	if err != nil {
		return err
	}
	for _, id := range s.ruleIDs {
		driver.Rules = append(driver.Rules, describeRule(r.Rules[id]))
	}
	return WriteJSON(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{driver},
			Invocations: []sarifInvocation{{
				ExecutionSuccessful:        r.Complete(),
				ToolExecutionNotifications: s.notifications(),
			}},
			OriginalURIBaseIDs: map[string]sarifArtifactLocation{
				sourceRoot: {Description: &sarifText{Text: "The root of the audited project."}},
			},
			ColumnKind: "utf16CodeUnits",
			Results:    results,
			Properties: s.capabilities(),
		}},
	})
}

func describe(id, short, full string) sarifDescriptor {
	return sarifDescriptor{ID: id, ShortDescription: sarifText{Text: short}, FullDescription: sarifText{Text: full}}
}

// describeRule gives the program's own text, which needs no escapes.
func describeRule(r *detector.Rule) sarifDescriptor {
	tags := append([]string{"security"}, slices.DeleteFunc(slices.Clone(r.Tags), func(tag string) bool { return tag == "security" })...)
	summary, _, _ := strings.Cut(strings.TrimSpace(r.Help), "\n\n")
	return sarifDescriptor{
		ID:                   r.ID,
		ShortDescription:     sarifText{Text: clip(r.Title, maxDescription)},
		FullDescription:      sarifText{Text: clip(summary, maxDescription)},
		Help:                 &sarifText{Text: r.Help, Markdown: r.Help},
		DefaultConfiguration: &sarifConfiguration{r.Level.String()},
		Properties:           &sarifTags{tags[:min(len(tags), maxTags)]},
	}
}

// sarifWriter gathers what depends on the whole report.
type sarifWriter struct {
	report  *detector.Report
	ruleIDs []string
	// seen counts the results with one fingerprint.
	seen map[string]int
	// dropped counts the results that were left out.
	dropped int
}

// finding is a finding with what its verdict says.
type finding struct {
	*detector.Finding
	level    detector.Level // in the result
	outcome  string
	lockfile string
	at       detector.Location
	version  *detector.Verdict // nil for a finding of the project
	// fingerprint is that of the verdict.
	fingerprint func(*detector.Finding) string
}

// results returns the results as JSON, the most important first.
func (s *sarifWriter) results() ([]json.RawMessage, error) {
	var all []finding
	add := func(o detector.Outcome, findings []detector.Finding, f finding) {
		signalsAlone := o == detector.Warn && !slices.ContainsFunc(findings, func(f detector.Finding) bool {
			return f.Level > detector.Note && f.Counts()
		})
		for i := range findings {
			f.Finding, f.level = &findings[i], findings[i].Level
			// A signal that is accepted or taken back would be a result with another
			// one.
			signal := (signalsAlone || f.Accepted != nil) && detector.IsSignal(s.report.Rules, f.Finding)
			if f.level == detector.Note && (signal || f.Cleared != "") {
				f.level = detector.Warning
			}
			if f.level >= detector.Warning {
				all = append(all, f)
			}
		}
	}
	for i := range s.report.Projects {
		p := &s.report.Projects[i]
		add(p.Outcome, p.Findings, finding{outcome: projectStatus(p), lockfile: p.Lockfile, fingerprint: p.Fingerprint})
	}
	for i := range s.report.Versions {
		v := &s.report.Versions[i]
		add(v.Outcome, v.Findings, finding{outcome: v.Status(), lockfile: v.Lockfile, at: v.Location, version: v, fingerprint: v.Fingerprint})
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(cmp.Compare(suppressed(a), suppressed(b)), cmp.Compare(b.level, a.level), cmp.Compare(urgency(a.outcome), urgency(b.outcome)))
	})
	out := make([]json.RawMessage, 0, min(len(all), maxResults))
	size := 0
	for i := range all {
		data, err := json.Marshal(s.result(&all[i]))
		if err != nil {
			return nil, err
		}
		data = asciiJSON(data)
		if len(out) == maxResults || size+len(data) > maxResultBytes {
			s.dropped = len(all) - i
			break
		}
		size += len(data)
		out = append(out, data)
	}
	return out, nil
}

// suppressed orders what is accepted or taken back after what is not.
func suppressed(f finding) int {
	if !f.Counts() {
		return 1
	}
	return 0
}

func (s *sarifWriter) result(f *finding) sarifResult {
	at := place(f.Finding, f.lockfile, f.at)
	text, markdown := message(f)
	result := sarifResult{
		RuleID:              f.RuleID,
		Level:               f.level.String(),
		Message:             sarifText{clip(text, maxMessage), markdown},
		Locations:           locate(at),
		PartialFingerprints: s.fingerprints(f),
		Properties: sarifProperties{
			Outcome:    f.outcome,
			Level:      f.Level.String(),
			Confidence: f.Confidence.String(),
			Lockfile:   f.lockfile,
			Package:    f.Subject.Name,
			Version:    f.Subject.Version,
			From:       []string{},
			Chain:      []string{},
			Message:    f.Message,
			Evidence:   evidence(f.Finding),
		},
	}
	if text := aside(f.Finding); text != "" {
		result.Suppressions = []sarifSuppression{{"external", "accepted", clip(escapeSARIF(text), maxMessage)}}
	}
	if i, ok := slices.BinarySearch(s.ruleIDs, f.RuleID); ok {
		result.RuleIndex = &i
	}
	if v := f.version; v != nil {
		result.Properties.PURL = purl(v.Kind, v.Subject)
		result.Properties.From = notNil(v.From)
		result.Properties.Chain = notNil(v.Chain)
		if v.Source != nil {
			result.Properties.Source = v.Source.String()
		}
	}
	return result
}

// message says what was found, in whom and where: the first sentence is all
// that some views show.
func message(f *finding) (text, markdown string) {
	if subject := f.Subject; subject.Name != "" {
		text = escapeSARIF(visibleName(subject.String())) + ": "
		markdown = MarkdownCode(visibleName(subject.String())) + ": "
	}
	text += clip(escapeSARIF(f.Message), maxMessage/2)
	markdown += EscapeMarkdown(excerpt(f.Message, maxMessage/2))
	if v := f.version; v != nil {
		if sentence := excerpt(capabilitySentence(v), maxMessage/4); sentence != "" {
			text += "\n" + escapeSARIF(sentence) + "."
			markdown += "\n\n" + EscapeMarkdown(sentence) + "."
		}
	}
	if v := f.version; v != nil && !v.Direct && len(v.Chain) > 0 {
		chain := origin(v, false)
		text += "\nBrought in " + escapeSARIF(chain) + "."
		markdown += "\n\nBrought in " + EscapeMarkdown(chain) + "."
	}
	for i, e := range f.Evidence {
		if i == shownEvidence {
			text += "\nAnd more."
			markdown += "\n\nAnd more."
			break
		}
		at := where(excerpt(e.Path, shownSnippet), e.Line, e.Column)
		note, snippet := excerpt(e.Note, shownSnippet), excerpt(strings.TrimSpace(e.Snippet), shownSnippet)
		text += "\n" + escapeSARIF(strings.Join(filled(at, note, snippet), "  "))
		markdown += "\n\n" + strings.Join(filled(MarkdownCode(at), EscapeMarkdown(note), MarkdownCode(snippet)), "  ")
	}
	return text, markdown
}

// filled returns the strings that are not empty.
func filled(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// locate makes the location of a place in the project, none without a path.
// GitHub wants a line, so that the first one stands for the whole file.
func locate(at detector.Location) []sarifLocation {
	if at.Path == "" {
		return []sarifLocation{}
	}
	return []sarifLocation{{sarifPhysicalLocation{
		ArtifactLocation: artifact(at.Path),
		Region:           sarifRegion{StartLine: max(at.Line, 1), StartColumn: at.Column},
	}}}
}

// artifact refers to a file by its path, which is relative to the project's
// root unless it is absolute.
func artifact(path string) sarifArtifactLocation {
	escaped := strings.ReplaceAll(url.PathEscape(path), "%2F", "/")
	escaped = strings.ReplaceAll(escaped, ":", "%3A") // the first one would end a scheme
	if strings.HasPrefix(path, "/") {
		return sarifArtifactLocation{URI: "file://" + escaped}
	}
	return sarifArtifactLocation{URI: escaped, URIBaseID: sourceRoot}
}

// fingerprints identify a result in later runs, as a finding's fingerprint
// does; the same finding twice is two results. GitHub looks at
// primaryLocationLineHash alone, which here covers no line: entries of
// lockfiles move whenever another one comes or goes.
func (s *sarifWriter) fingerprints(f *finding) map[string]string {
	print := f.fingerprint(f.Finding)
	if s.seen[print]++; s.seen[print] > 1 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", print, s.seen[print]))
		print = hex.EncodeToString(sum[:16])
	}
	return map[string]string{"primaryLocationLineHash": print}
}

// capabilities lists what each version newly does, within maxCapabilities; those
// that are compared with a version come first.
func (s *sarifWriter) capabilities() sarifRunProperties {
	p := sarifRunProperties{Capabilities: []sarifCapabilities{}}
	n := 0
	for _, compared := range []bool{true, false} {
		for i := range s.report.Versions {
			v := &s.report.Versions[i]
			if len(v.Capabilities) == 0 || (v.Compared != "") != compared {
				continue
			}
			if n += len(v.Capabilities); n > maxCapabilities {
				p.LeftOut++
				continue
			}
			p.Capabilities = append(p.Capabilities, sarifCapabilities{v.Subject.Name, v.Subject.Version, v.Lockfile, v.Compared, capabilities(v)})
		}
	}
	return p
}

// notifications say why the execution was not successful, and that results
// were left out.
func (s *sarifWriter) notifications() []sarifNotification {
	out := []sarifNotification{}
	add := func(id, level, text string, at detector.Location) {
		out = append(out, sarifNotification{sarifReference{id}, level, sarifText{Text: clip(escapeSARIF(text), maxMessage)}, locate(at)})
	}
	for _, n := range s.report.Notices {
		add(notifyNotice, "note", n, detector.Location{})
	}
	if s.dropped > 0 {
		add(notifyDropped, "warning", fmt.Sprintf("%s left out of this file, those of the lowest level: there are more than code scanning accepts.",
			plural(s.dropped, "result")), detector.Location{})
	}
	for _, u := range s.report.Unread {
		add(notifyUnread, "error", "Not read: "+u.Reason, detector.Location{Path: u.Path, Line: u.Line})
	}
	for i := range s.report.Projects {
		if p := &s.report.Projects[i]; !p.Complete {
			add(notifyIncomplete, "error", "Not everything in the lockfile could be audited: "+strings.Join(p.Reasons, "; "),
				detector.Location{Path: p.Lockfile})
		}
	}
	for i := range s.report.Versions {
		if v := &s.report.Versions[i]; !v.Complete {
			add(notifyIncomplete, "warning", visibleName(v.Subject.String())+" could not be audited completely: "+strings.Join(v.Reasons, "; "),
				entry(v))
		}
	}
	if more := len(out) - maxNotifications; more > 0 {
		out = out[:maxNotifications]
		add(notifyIncomplete, "error", fmt.Sprintf("And %d more.", more), detector.Location{})
	}
	return out
}
