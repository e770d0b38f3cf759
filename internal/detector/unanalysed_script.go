package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/program"
)

// UnanalysedScript reports scripts that run at install and could not be read.
var UnanalysedScript = &Detector{
	Rule: Rule{
		ID:    "unanalysed-script",
		Title: "A script that runs at install could not be read",
		Level: Warning,
		Tags:  []string{"install", TagSignal},
		Help: `An install command leads to a script that could not be read in full: it is too large, nests deeper than can be
parsed, or ended the process that read it. Scripts that run at install are small; one that defeats analysis was made so
or carries something else. The audit of the version is incomplete as well.

It warns, and is a note where the replaced version had the same file.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if p.After.Program == nil {
			return nil
		}
		var evidence []Evidence
		known := true
		for i := range p.After.Program.Scripts {
			s := &p.After.Program.Scripts[i]
			if s.Phase != program.AtInstall || s.Unread == "" && s.Reduced == "" {
				continue
			}
			why := s.Unread
			if why == "" {
				why = "read by its tokens alone: " + s.Reduced
			}
			evidence = append(evidence, Evidence{Path: s.Path, Note: why})
			known = known && p.Update() && sameFile(p, s.Path)
		}
		if len(evidence) == 0 {
			return nil
		}
		f := Finding{Level: Warning, Confidence: High, Evidence: evidence,
			Message: fmt.Sprintf("%s that run at install could not be read in full", plural(len(evidence), "script"))}
		if known {
			f.Level, f.Confidence = Note, Low
			f.Message += fmt.Sprintf("; %s had the same", p.Before.Version)
		}
		p.Report(f)
		return nil
	},
}

// sameFile reports whether the version before has the file with this content.
func sameFile(p *Pass, path string) bool {
	return p.Before != nil && program.SameFile(p.After.Program, p.Before.Program, path)
}
