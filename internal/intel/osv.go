package intel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/npm"
)

// npmEcosystem is what OSV calls npm. A suffix behind a colon is left out.
const npmEcosystem = "npm"

// osvEntry is an OSV record as far as it matters here.
type osvEntry struct {
	SchemaVersion    string          `json:"schema_version,omitempty"`
	ID               string          `json:"id"`
	Modified         string          `json:"modified,omitempty"`
	Published        string          `json:"published,omitempty"`
	Withdrawn        string          `json:"withdrawn,omitempty"`
	Aliases          []string        `json:"aliases,omitempty"`
	Summary          string          `json:"summary,omitempty"`
	Affected         []osvAffected   `json:"affected,omitempty"`
	References       []osvReference  `json:"references,omitempty"`
	DatabaseSpecific json.RawMessage `json:"database_specific,omitempty"`
}

type osvAffected struct {
	Package          osvPackage      `json:"package"`
	Ranges           []osvRange      `json:"ranges,omitempty"`
	Versions         []string        `json:"versions,omitempty"`
	DatabaseSpecific json.RawMessage `json:"database_specific,omitempty"`
}

type osvPackage struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
}

type osvRange struct {
	Type   string     `json:"type"`
	Events []osvEvent `json:"events"`
}

type osvEvent struct {
	Introduced   *string `json:"introduced,omitempty"`
	Fixed        *string `json:"fixed,omitempty"`
	LastAffected *string `json:"last_affected,omitempty"`
	Limit        *string `json:"limit,omitempty"`
}

type osvReference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// osvDatabase is what databases add to a record or to an affected package: the
// weakness, as GitHub and the malicious-packages collection write it, and what
// WriteLines keeps.
type osvDatabase struct {
	CWEIDs []string   `json:"cwe_ids,omitempty"`
	CWEs   []osvCWE   `json:"cwes,omitempty"`
	Amalfi *osvAmalfi `json:"amalfi,omitempty"`
}

type osvCWE struct {
	ID string `json:"cweId"`
}

type osvAmalfi struct {
	Source string `json:"source,omitempty"`
	Family string `json:"family,omitempty"`
}

var errInvalidUTF8 = errors.New("invalid UTF-8")

// json reads a file with one OSV record.
func (im *importer) json(name string, data []byte) error {
	var e osvEntry
	if err := unmarshal(data, &e); err != nil {
		im.problem(name, 0, err)
		return nil
	}
	if file := strings.TrimSuffix(path.Base(name), ".json"); e.ID == "" && strings.HasPrefix(file, malicious) {
		e.ID = file
	}
	return im.entry(name, 0, &e)
}

func unmarshal(data []byte, to any) error {
	if !utf8.Valid(data) {
		return errInvalidUTF8
	}
	return json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), to)
}

// entry keeps the npm packages of an OSV record of malware.
func (im *importer) entry(file string, line int, e *osvEntry) error {
	switch {
	case !slices.ContainsFunc(e.Affected, osvAffected.isNPM):
		im.OtherEcosystems++
		return nil
	case !im.options.AllMalware && !e.isMalware():
		im.NotMalware++
		return nil
	}
	records, err := e.records()
	if err != nil {
		im.problem(file, line, err)
		return nil
	}
	for _, r := range records {
		if err := im.record(file, line, r); err != nil {
			return err
		}
	}
	return nil
}

func (a osvAffected) isNPM() bool {
	ecosystem, _, _ := strings.Cut(a.Package.Ecosystem, ":")
	return ecosystem == npmEcosystem
}

// isMalware reports whether a record says that it is of malware.
func (e *osvEntry) isMalware() bool {
	isMAL := func(id string) bool { return strings.HasPrefix(id, malicious) }
	if isMAL(e.ID) || slices.ContainsFunc(e.Aliases, isMAL) {
		return true
	}
	if d := database(e.DatabaseSpecific); d.Amalfi != nil || d.isMalware() {
		return true
	}
	return slices.ContainsFunc(e.Affected, func(a osvAffected) bool {
		d := database(a.DatabaseSpecific)
		return a.isNPM() && d.isMalware()
	})
}

// database reads what a database added. It has no agreed form, so that what does
// not fit says nothing.
func database(raw json.RawMessage) osvDatabase {
	var d osvDatabase
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &d) // the fields that fit are set nevertheless
	}
	return d
}

func (d *osvDatabase) isMalware() bool {
	return slices.ContainsFunc(d.CWEIDs, isMalwareCWE) ||
		slices.ContainsFunc(d.CWEs, func(c osvCWE) bool { return isMalwareCWE(c.ID) })
}

// isMalwareCWE knows CWE-506, embedded malicious code, and what the Common
// Weakness Enumeration has below it: Trojan horse, non-replicating and
// replicating code, trapdoor, logic bomb, spyware.
func isMalwareCWE(id string) bool {
	switch id {
	case "CWE-506", "CWE-507", "CWE-508", "CWE-509", "CWE-510", "CWE-511", "CWE-512":
		return true
	}
	return false
}

// records makes one record for each npm package, of all blocks that affect it.
func (e *osvEntry) records() ([]Record, error) {
	common, err := e.common()
	if err != nil {
		return nil, err
	}
	var records []Record
	place := make(map[string]int)
	for i, a := range e.Affected {
		if !a.isNPM() {
			continue
		}
		at, ok := place[a.Package.Name]
		if !ok {
			at = len(records)
			place[a.Package.Name] = at
			r := common
			r.Name = a.Package.Name
			records = append(records, r)
		}
		r := &records[at]
		r.Versions = append(r.Versions, a.Versions...)
		for j, x := range a.Ranges {
			events, err := x.events()
			if err != nil {
				return nil, fmt.Errorf("affected[%d].ranges[%d]: %w", i, j, err)
			}
			if events != nil {
				r.Ranges = append(r.Ranges, events)
			}
		}
	}
	return records, nil
}

// common returns what is the same for each of the packages.
func (e *osvEntry) common() (Record, error) {
	r := Record{ID: e.ID, Aliases: e.Aliases, Summary: e.Summary}
	for _, t := range []struct {
		field, text string
		to          *time.Time
	}{{"modified", e.Modified, &r.Modified}, {"published", e.Published, &r.Published}, {"withdrawn", e.Withdrawn, &r.Withdrawn}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.to, err = time.Parse(time.RFC3339, t.text); err != nil {
			return Record{}, fmt.Errorf("%s: %.80q is not a time of RFC 3339", t.field, t.text)
		}
	}
	// What is no link cannot be shown, and is no reason to lose the record.
	for _, ref := range e.References {
		if linkable(ref.URL) && checkWord("", ref.Type, maxWord) == nil {
			r.References = append(r.References, Reference(ref))
		}
	}
	if d := database(e.DatabaseSpecific); d.Amalfi != nil {
		r.Source, r.Family = d.Amalfi.Source, d.Amalfi.Family
	}
	return r, nil
}

// events returns the time line of a range, nil for one that is not of versions.
// npm's versions are ordered as Semantic Versioning says, so that ECOSYSTEM is
// SEMVER.
func (x osvRange) events() (Range, error) {
	if x.Type == "" {
		return nil, errors.New("no type")
	}
	if x.Type != "SEMVER" && x.Type != "ECOSYSTEM" {
		return nil, nil
	}
	out := make(Range, 0, len(x.Events))
	for i, e := range x.Events {
		event, err := e.event()
		if err != nil {
			return nil, fmt.Errorf("events[%d]: %w", i, err)
		}
		out = append(out, event)
	}
	return out, out.check()
}

func (e osvEvent) event() (Event, error) {
	var out Event
	for i, version := range [...]*string{e.Introduced, e.Fixed, e.LastAffected, e.Limit} {
		if version == nil {
			continue
		}
		if out.Kind != 0 {
			return Event{}, errors.New("more than one of introduced, fixed, last_affected, limit")
		}
		out = Event{Introduced + EventKind(i), *version}
	}
	if out.Kind == 0 {
		return Event{}, errors.New("none of introduced, fixed, last_affected, limit")
	}
	if out.rank() == 0 {
		out.Version = wholeVersion(out.Version)
	}
	return out, nil
}

// wholeVersion completes a version that is shorter than Semantic Versioning
// allows, such as v1 or 2.0-beta. The specification has none, databases do.
func wholeVersion(v string) string {
	short := strings.TrimPrefix(v, "v")
	core, rest := short, ""
	if i := strings.IndexAny(short, "-+"); i >= 0 {
		core, rest = short[:i], short[i:]
	}
	for range max(0, 2-strings.Count(core, ".")) {
		core += ".0"
	}
	if whole := core + rest; npm.ValidVersion(whole) {
		return whole
	}
	return v
}
