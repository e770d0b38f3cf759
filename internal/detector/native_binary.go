package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/npm"
)

// NativeBinary reports machine code that the compared version did not ship.
var NativeBinary = &Detector{
	Rule: Rule{
		ID:    "native-binary",
		Title: "Ships machine code",
		Level: Note,
		Tags:  []string{"binary"},
		Help: `The tarball has executables or libraries of machine code (ELF, Mach-O, PE) that the compared version did not
have, told by their content and not by their name. Native modules and platform packages ship them; nothing here can
look into them. Where a package that was plain JavaScript begins to, ask why.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if p.After.Program == nil {
			return nil
		}
		had := make(map[string]bool)
		if p.Before != nil && p.Before.Program != nil {
			for _, f := range p.Before.Program.Tree.Files {
				had[f.Path] = had[f.Path] || f.Content.Native()
			}
		}
		var evidence []Evidence
		for _, f := range p.After.Program.Tree.Files {
			if f.Content.Native() && !had[f.Path] {
				evidence = append(evidence, binaryEvidence(f))
			}
		}
		if len(evidence) > 0 {
			p.Report(Finding{Level: Note, Confidence: High, Evidence: evidence,
				Message: fmt.Sprintf("%s of machine code that the compared version does not have", plural(len(evidence), "file"))})
		}
		return nil
	},
}

func binaryEvidence(f npm.File) Evidence {
	return Evidence{Path: f.Path, Note: fmt.Sprintf("%s, %d bytes, sha256 %s", f.Content, f.Size, f.SHA256)}
}

// plural returns "1 file" or "2 files".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := cutY(noun); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func cutY(noun string) (string, bool) {
	if noun != "" && noun[len(noun)-1] == 'y' {
		return noun[:len(noun)-1], true
	}
	return noun, false
}
