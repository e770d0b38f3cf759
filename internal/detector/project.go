package detector

import (
	"fmt"

	"github.com/amalfi-audit/audit/internal/lockfile"
)

// fresh returns the entries that a change brings in; in an audit of a whole
// tree, all entries.
func (p *ProjectPass) fresh() []lockfile.Dependency {
	if p.Full() {
		return p.Pair.Head.Dependencies
	}
	var out []lockfile.Dependency
	for _, c := range p.Changes {
		switch c.Type {
		case lockfile.Added, lockfile.Updated:
			out = append(out, c.To...)
		}
	}
	return out
}

// group reports the same fact about many entries as one finding. The format
// takes the number of entries.
func (p *ProjectPass) group(level Level, deps []lockfile.Dependency, format string) {
	if len(deps) == 0 {
		return
	}
	evidence := make([]Evidence, 0, min(len(deps), MaxEvidence+1))
	for _, d := range deps {
		e := Evidence{Path: p.Pair.Path(), Line: d.Line, Column: d.Column, Note: d.String()}
		if d.Resolved != "" {
			e.Note += " from " + fmt.Sprintf("%q", shorten(d.Resolved))
		}
		evidence = append(evidence, e)
	}
	p.Report(Finding{
		Level: level, Confidence: High,
		Message:  fmt.Sprintf(format, plural(len(deps), "entry")),
		Location: Location{Path: p.Pair.Path(), Line: deps[0].Line, Column: deps[0].Column},
		Evidence: evidence,
	})
}

// shorten cuts a text for use within a message.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
