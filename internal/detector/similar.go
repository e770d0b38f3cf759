package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/program"
)

// Similar reports scripts that are a known payload in other clothes.
var Similar = &Detector{
	Rule: Rule{
		ID:    "similar-to-known-malware",
		Title: "A script like known malware",
		Level: Warning,
		Tags:  []string{"malware", TagSignal},
		Help: `A script does what a known payload does, in the same order, with other names and another layout: reformatted,
renamed or minified. The distance of their similarity hashes (docs/similarity.md) says so; unlike scripts of popular
packages are farther apart.

The match is of likeness: a library that a payload was made of matches too, if its hash was added by mistake. Compare
the two places. Where the replaced version had a script as similar it is a note.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		for i := range p.After.Similar {
			m := &p.After.Similar[i]
			if cloned(p.After, m.Path) {
				continue // which says more
			}
			f := Finding{Level: Warning, Confidence: Medium,
				Message:  fmt.Sprintf("%q is like %s (distance %d)", m.Path, m.of(), m.Distance),
				Evidence: []Evidence{{Path: m.Path, Line: 1, Note: "the script"}, m.source()}}
			if s := p.After.Program.Script(m.Path); s != nil && s.Phase == program.AtInstall {
				f.Confidence = High
				f.Message += ", and runs at install"
			}
			if p.Update() && knew(p.Before, m) {
				f.Level, f.Confidence = Note, Low
				f.Message += fmt.Sprintf("; %s had such a script too", p.Before.Version)
			}
			p.Report(f)
		}
		return nil
	},
}

// cloned reports whether a file is known byte for byte.
func cloned(v *Version, path string) bool {
	for i := range v.Clones {
		if v.Clones[i].Path == path {
			return true
		}
	}
	return false
}

// knew reports whether a version had a script like the same payload.
func knew(v *Version, m *Match) bool {
	for i := range v.Similar {
		if v.Similar[i].Hash == m.Hash {
			return true
		}
	}
	return false
}
