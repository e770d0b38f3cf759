package detector

import (
	"context"
	"fmt"
	"strings"

	"github.com/amalfi-audit/audit/internal/feature"
)

// Obfuscation reports code that hides what it does from who reads it.
var Obfuscation = &Detector{
	Rule: Rule{
		ID:    "obfuscation",
		Title: "Code is obfuscated",
		Level: Warning,
		Tags:  []string{TagCode, TagSignal, TagReversible},
		Help: `Scripts of the version hide what they do: strings moved into an array and read through a function, statements
shuffled into a switch within a loop, names that an obfuscator made, strings written as escapes, text that is decoded
and run, traps for debuggers. The structure of the parsed code shows it. Minified code is not obfuscated: bundlers
shorten names and lines, they do not hide strings.

Legitimate packages are obfuscated now and then, to protect a licence check. In an update of a package that was
readable before it warns. In a dependency that is newly added it is one signal, and where the replaced version was
obfuscated too it is a note.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		return hidden(p, "the code is obfuscated", []string{
			"decoded-code", "string-arrays", "flattened-control-flow", "hex-names", "self-defence", "escaped-strings",
		})
	},
}

// ConcealedText reports text that an editor does not show.
var ConcealedText = &Detector{
	Rule: Rule{
		ID:    "concealed-text",
		Title: "Code is kept out of sight",
		Level: Warning,
		Tags:  []string{TagCode, TagSignal},
		Help: `Scripts of the version have text that an editor or a review does not show: invisible characters that no
writing system needs there, bidirectional controls that change the order in which a line is shown ("Trojan Source",
CVE-2021-42574), or code behind hundreds of spaces or empty lines.

There is hardly a legitimate reason. In an update it warns where the replaced version had none; in a dependency that
is newly added it is one signal.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		return hidden(p, "code is kept out of sight", []string{"invisible-characters", "pushed-code"})
	},
}

// hidden reports the features of a version that hide something.
func hidden(p *Pass, what string, features []string) error {
	if p.After.Features == nil {
		return nil
	}
	var kinds []string
	var evidence []Evidence
	for _, name := range features {
		f := feature.Lookup(name)
		if f == nil {
			return fmt.Errorf("there is no feature %q", name)
		}
		if p.After.Features.Value(f) == 0 {
			continue
		}
		kinds = append(kinds, f.Does)
		for _, e := range occurrences(p.After.Features, f) {
			e.Note += ": " + hiddenNotes[name]
			evidence = append(evidence, e)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	finding := Finding{Level: Note, Confidence: Medium, Evidence: evidence, Message: what + ": it " + strings.Join(kinds, ", ")}
	if p.Update() && p.Before.Features != nil {
		finding.Level, finding.Confidence = Warning, High
		for _, name := range features {
			if p.Before.Features.Value(feature.Lookup(name)) > 0 {
				finding.Level, finding.Confidence = Note, Low
				finding.Message += fmt.Sprintf("; %s did too", p.Before.Version)
				break
			}
		}
	}
	p.Report(finding)
	return nil
}

// hiddenNotes say of the features that hide something what stands at a place.
var hiddenNotes = map[string]string{
	"decoded-code":           "text is decoded and run",
	"string-arrays":          "strings moved into an array",
	"flattened-control-flow": "statements shuffled into a switch within a loop",
	"hex-names":              "names made by an obfuscator",
	"self-defence":           "code against who reads it",
	"escaped-strings":        "how much of a string is written as escapes, and its text without them",
	"invisible-characters":   "characters that an editor does not show",
	"pushed-code":            "code behind a long run of spaces or empty lines",
}

// maxOccurrences bounds the evidence for one feature.
const maxOccurrences = 5

// occurrences lists where a version has a feature, those that run at install
// first.
func occurrences(s *feature.Set, f *feature.Feature) []Evidence {
	var out []Evidence
	for file, o := range s.Occurrences(f.Name) {
		if len(out) == maxOccurrences {
			break
		}
		out = append(out, occurrence(file.Path, o, f.Name))
	}
	return out
}

// occurrence is one place where a file has a feature.
func occurrence(path string, o feature.Occurrence, note string) Evidence {
	return Evidence{Path: path, Line: o.Line, Column: o.Column, Snippet: o.Detail, Note: note}
}
