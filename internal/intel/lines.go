package intel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// schemaVersion is of the OSV schema that WriteLines follows.
const schemaVersion = "1.7.4"

// hashLine is a hash as a line.
type hashLine struct {
	Kind    string `json:"kind"`
	Hash    string `json:"hash"`
	Family  string `json:"family,omitempty"`
	Package string `json:"package,omitempty"`
	Version string `json:"version,omitempty"`
	Source  string `json:"source,omitempty"`
	Path    string `json:"path,omitempty"`
}

// WriteLines writes what Merge makes of d as lines of JSON, sorted: OSV records,
// one for each package, with the source and family in database_specific.amalfi;
// then hashes. Imported again they are the same data.
func WriteLines(w io.Writer, d Data) error {
	d, err := Merge(d)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	for _, r := range d.Records {
		entry, err := toOSV(r)
		if err != nil {
			return err
		}
		if err := e.Encode(entry); err != nil {
			return err
		}
	}
	for _, h := range d.Hashes {
		if err := e.Encode(hashLine{h.Kind.String(), h.Sum, h.Family, h.Name, h.Version, h.Source, h.Path}); err != nil {
			return err
		}
	}
	return b.Flush()
}

func toOSV(r Record) (osvEntry, error) {
	own, err := json.Marshal(osvDatabase{Amalfi: &osvAmalfi{r.Source, r.Family}})
	if err != nil {
		return osvEntry{}, err
	}
	affected := osvAffected{Package: osvPackage{npmEcosystem, r.Name}, Versions: r.Versions}
	for _, x := range r.Ranges {
		affected.Ranges = append(affected.Ranges, osvRange{"SEMVER", toOSVEvents(x)})
	}
	entry := osvEntry{
		SchemaVersion: schemaVersion, ID: r.ID, Aliases: r.Aliases, Summary: r.Summary,
		Modified: stamp(r.Modified), Published: stamp(r.Published), Withdrawn: stamp(r.Withdrawn),
		Affected: []osvAffected{affected}, DatabaseSpecific: own,
	}
	for _, ref := range r.References {
		entry.References = append(entry.References, osvReference(ref))
	}
	return entry, nil
}

func toOSVEvents(x Range) []osvEvent {
	events := make([]osvEvent, len(x))
	for i, e := range x {
		version := &e.Version
		switch e.Kind {
		case Introduced:
			events[i].Introduced = version
		case Fixed:
			events[i].Fixed = version
		case LastAffected:
			events[i].LastAffected = version
		case Limit:
			events[i].Limit = version
		}
	}
	return events
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// lines reads what WriteLines wrote.
func (im *importer) lines(name string, data []byte) error {
	for n := 1; len(data) > 0; n++ {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := im.line(name, n, line); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) line(name string, n int, line []byte) error {
	if len(line) > maxEntry {
		im.problem(name, n, tooLarge("", "more than %d bytes", maxEntry))
		return nil
	}
	var either struct {
		osvEntry
		hashLine
	}
	if err := unmarshal(line, &either); err != nil {
		im.problem(name, n, err)
		return nil
	}
	h := either.hashLine
	if h.Kind == "" {
		return im.entry(name, n, &either.osvEntry)
	}
	for _, kind := range Kinds() {
		if kind.String() == h.Kind {
			return im.hash(name, n, Hash{kind, h.Hash, h.Family, h.Package, h.Version, h.Source, h.Path})
		}
	}
	im.problem(name, n, fmt.Errorf("%.80q is not a kind of hash", h.Kind))
	return nil
}

// WriteText writes what Merge makes of d for readers, sorted, with tabs between
// the columns: package, versions, ID, source, state, summary. Hashes follow:
// package, version, hash, source, kind, family, path. No cell has control characters;
// what else a terminal must not see is the caller's to escape.
func WriteText(w io.Writer, d Data) error {
	d, err := Merge(d)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	for _, r := range d.Records {
		state := ""
		if !r.Withdrawn.IsZero() {
			state = "withdrawn " + r.Withdrawn.Format(time.DateOnly)
		}
		fmt.Fprintf(b, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Affected(), r.ID, r.Source, state, r.Summary)
	}
	for _, h := range d.Hashes {
		fmt.Fprintf(b, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", h.Name, h.Version, h.Sum, h.Source, h.Kind, h.Family, h.Path)
	}
	return b.Flush()
}
