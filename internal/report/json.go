package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

// Schema names the form of the JSON report. Within one version of it fields are
// added and never change their meaning; docs/report.md describes them.
const Schema = "amalfi-audit/report/v1"

// The types below are the JSON report. No array of it is null.

type jsonReport struct {
	Schema   string        `json:"schema"`
	Base     string        `json:"base"`
	Head     string        `json:"head"`
	Outcome  string        `json:"outcome"`
	Complete bool          `json:"complete"`
	Summary  jsonSummary   `json:"summary"`
	Projects []jsonProject `json:"projects"`
	Versions []jsonVersion `json:"versions"`
	Unread   []jsonUnread  `json:"unread"`
	Notices  []string      `json:"notices"`
	Rules    []jsonRule    `json:"rules"`
}

type jsonSummary struct {
	Versions counts `json:"versions"`
	Projects counts `json:"projects"`
	Unread   int    `json:"unread"`
	Accepted int    `json:"accepted"`
	Cleared  int    `json:"cleared"`
}

type jsonProject struct {
	Lockfile string        `json:"lockfile"`
	Format   string        `json:"format"`
	Outcome  string        `json:"outcome"`
	Complete bool          `json:"complete"`
	Reasons  []string      `json:"reasons"`
	Findings []jsonFinding `json:"findings"`
}

type jsonVersion struct {
	Lockfile string        `json:"lockfile"`
	Location jsonLocation  `json:"location"`
	Name     string        `json:"name"`
	Version  string        `json:"version"`
	PURL     string        `json:"purl"`
	Kind     string        `json:"kind"`
	Change   string        `json:"change"`
	From     []string      `json:"from"`
	Direct   bool          `json:"direct"`
	Chain    []string      `json:"chain"`
	Dev      bool          `json:"dev"`
	Outcome  string        `json:"outcome"`
	Complete bool          `json:"complete"`
	Reasons  []string      `json:"reasons"`
	Findings []jsonFinding `json:"findings"`
	// Compared is the version that Capabilities are new against, "" for
	// nothing.
	Compared     string           `json:"compared"`
	Capabilities []jsonCapability `json:"capabilities"`
	// Integrity are the digests of the bytes that were looked at.
	Integrity string `json:"integrity"`
	// Source is left out where nobody looked for it.
	Source *jsonSource `json:"source,omitempty"`
}

type jsonSource struct {
	Verdict          string             `json:"verdict"`
	Repository       string             `json:"repository"`
	Commit           string             `json:"commit"`
	Directory        string             `json:"directory"`
	How              string             `json:"how"`
	Tag              string             `json:"tag"`
	Reach            string             `json:"reach"`
	Runnable         int                `json:"runnable"`
	RunnableInSource int                `json:"runnableInSource"`
	Score            float64            `json:"score"`
	Changed          int                `json:"changed"`
	Explained        int                `json:"explained"`
	Unexplained      []jsonSourceChange `json:"unexplained"`
	Reasons          []string           `json:"reasons"`
}

type jsonSourceChange struct {
	Path   string `json:"path"`
	Change string `json:"change"`
}

type jsonCapability struct {
	Feature string   `json:"feature"`
	Does    string   `json:"does"`
	New     bool     `json:"new"`
	Details []string `json:"details"`
	More    int      `json:"more"`
	Path    string   `json:"path"`
	Line    int      `json:"line"`
	Column  int      `json:"column"`
	Phase   string   `json:"phase"`
}

type jsonFinding struct {
	Rule       string         `json:"rule"`
	Level      string         `json:"level"`
	Confidence string         `json:"confidence"`
	Message    string         `json:"message"`
	Subject    string         `json:"subject"`
	Location   jsonLocation   `json:"location"`
	Evidence   []jsonEvidence `json:"evidence"`
	// Fingerprint is what an entry of allow names a finding by.
	Fingerprint string `json:"fingerprint"`
	Accepted    bool   `json:"accepted"`
	// Reason and Expires are those of the entry that accepts it.
	Reason  string `json:"acceptedReason"`
	Expires string `json:"acceptedUntil"`
	// Cleared says what took it back, "" where nothing did.
	Cleared string `json:"cleared"`
}

type jsonLocation struct {
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

type jsonEvidence struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Snippet string `json:"snippet"`
	Note    string `json:"note"`
}

type jsonUnread struct {
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

type jsonRule struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	Help  string   `json:"help"`
	Level string   `json:"level"`
	Tags  []string `json:"tags"`
}

// JSON writes the report for programs, in the form Schema. Strings are exact,
// but for bytes that are not UTF-8, which JSON cannot hold.
func JSON(w io.Writer, r *detector.Report) error {
	r = sorted(r)
	out := jsonReport{
		Schema:   Schema,
		Base:     r.Base,
		Head:     r.Head,
		Outcome:  status(r.Outcome(), r.Complete()),
		Complete: r.Complete(),
		Summary: jsonSummary{
			Versions: countVersions(r),
			Projects: countProjects(r),
			Unread:   len(r.Unread),
			Accepted: countAccepted(r),
			Cleared:  countCleared(r),
		},
		Projects: make([]jsonProject, 0, len(r.Projects)),
		Versions: make([]jsonVersion, 0, len(r.Versions)),
		Unread:   make([]jsonUnread, 0, len(r.Unread)),
		Notices:  notNil(r.Notices),
		Rules:    make([]jsonRule, 0, len(r.Rules)),
	}
	for i := range r.Projects {
		p := &r.Projects[i]
		out.Projects = append(out.Projects, jsonProject{
			Lockfile: p.Lockfile,
			Format:   p.Format,
			Outcome:  projectStatus(p),
			Complete: p.Complete,
			Reasons:  notNil(p.Reasons),
			Findings: toJSON(p.Findings, p.Lockfile, detector.Location{}, p.Fingerprint),
		})
	}
	for i := range r.Versions {
		v := &r.Versions[i]
		out.Versions = append(out.Versions, jsonVersion{
			Lockfile: v.Lockfile,
			Location: jsonLocation(entry(v)),
			Name:     v.Subject.Name,
			Version:  v.Subject.Version,
			PURL:     purl(v.Kind, v.Subject),
			Kind:     string(v.Kind),
			Change:   string(v.Change),
			From:     notNil(v.From),
			Direct:   v.Direct,
			Chain:    notNil(v.Chain),
			Dev:      v.Dev,
			Outcome:  v.Status(),
			Complete: v.Complete,
			Reasons:  notNil(v.Reasons),
			Findings: toJSON(v.Findings, v.Lockfile, v.Location, v.Fingerprint),

			Compared:     v.Compared,
			Capabilities: capabilities(v),
			Integrity:    v.Integrity.String(),
			Source:       toSource(v.Source),
		})
	}
	for _, u := range r.Unread {
		out.Unread = append(out.Unread, jsonUnread(u))
	}
	for _, id := range slices.Sorted(maps.Keys(r.Rules)) {
		rule := r.Rules[id]
		out.Rules = append(out.Rules, jsonRule{id, rule.Title, rule.Help, rule.Level.String(), notNil(rule.Tags)})
	}
	return WriteJSON(w, out)
}

func toJSON(findings []detector.Finding, lockfile string, at detector.Location, fingerprint func(*detector.Finding) string) []jsonFinding {
	out := make([]jsonFinding, len(findings))
	for i := range findings {
		f := &findings[i]
		out[i] = jsonFinding{
			Rule:       f.RuleID,
			Level:      f.Level.String(),
			Confidence: f.Confidence.String(),
			Message:    f.Message,
			Subject:    f.Subject.String(),
			Location:   jsonLocation(place(f, lockfile, at)),
			Evidence:   evidence(f),

			Fingerprint: fingerprint(f),
			Cleared:     f.Cleared,
		}
		if f.Accepted != nil {
			out[i].Accepted, out[i].Reason, out[i].Expires = true, f.Accepted.Reason, f.Accepted.Expires
		}
	}
	return out
}

func toSource(s *detector.SourceSummary) *jsonSource {
	if s == nil {
		return nil
	}
	out := &jsonSource{Verdict: s.Verdict, Repository: s.Repository, Commit: s.Commit, Directory: s.Directory, How: s.How, Tag: s.Tag, Reach: s.Reach,
		Runnable: s.Runnable, RunnableInSource: s.RunnableInSource, Score: s.Score, Changed: s.Changed, Explained: s.Explained,
		Unexplained: make([]jsonSourceChange, len(s.Unexplained)), Reasons: notNil(s.Reasons)}
	for i, c := range s.Unexplained {
		out.Unexplained[i] = jsonSourceChange(c)
	}
	return out
}

func evidence(f *detector.Finding) []jsonEvidence {
	out := make([]jsonEvidence, len(f.Evidence))
	for i, e := range f.Evidence {
		out[i] = jsonEvidence(e)
	}
	return out
}

func capabilities(v *detector.Verdict) []jsonCapability {
	out := make([]jsonCapability, len(v.Capabilities))
	for i, c := range v.Capabilities {
		out[i] = jsonCapability{c.Feature, c.Does, c.New, notNil(c.Details), c.More, c.Path, c.Line, c.Column, string(c.Phase)}
	}
	return out
}

// purl returns the package URL of what comes from a registry. Anything else is
// not the package that a registry has under the name, and must not be looked up
// as if it were: it has none.
func purl(k lockfile.Kind, v npm.PackageVersion) string {
	switch k {
	case lockfile.KindRegistry, lockfile.KindPatch, lockfile.KindBundled, "":
		return v.PURL()
	}
	return ""
}

// notNil keeps an empty list from becoming null.
func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// WriteJSON writes v indented and in ASCII: what a terminal or an editor would
// hide or act on when somebody looks at the file is a \u escape.
func WriteJSON(w io.Writer, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(asciiJSON(data), '\n'))
	return err
}

// asciiJSON writes the characters of a JSON text that are not ASCII, and DEL,
// as escapes. They can only stand in strings.
func asciiJSON(data []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(data))
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r < 0x7f:
			b.WriteByte(data[0])
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		}
		data = data[size:]
	}
	return b.Bytes()
}
