package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/npm"
)

// oddity says what an oddity of a tarball means and weighs.
func oddity(kind npm.OddityKind) (Level, string) {
	switch kind {
	case npm.OddAbsolutePath:
		return Warning, "an entry with an absolute path"
	case npm.OddTraversal:
		return Warning, "an entry that leaves the package's folder"
	case npm.OddDevice:
		return Warning, "a device or pipe"
	case npm.OddDuplicate:
		return Warning, "a file that is there twice"
	case npm.OddDuplicateManifest:
		return Warning, "a package.json that is there twice"
	case npm.OddNoManifest:
		return Warning, "no package.json"
	case npm.OddTrailingData:
		return Warning, "data behind the end of the archive"
	case npm.OddControlCharacter:
		return Warning, "a control or invisible character in a name"
	case npm.OddEntryType:
		return Warning, "an entry of a type that npm pack never writes"
	case npm.OddShortName:
		return Warning, "a name that Windows may take for another file's"
	case npm.OddLink:
		return Note, "a link, which npm leaves out"
	case npm.OddCaseCollision:
		return Note, "names that are one file on some systems"
	case npm.OddGzipMembers:
		return Note, "several gzip members"
	case npm.OddSecondRoot:
		return Note, "more than one top folder"
	case npm.OddNoFolder:
		return Note, "an entry outside of any folder, which npm leaves out"
	case npm.OddUncompressed:
		return Note, "no compression"
	}
	return Note, string(kind)
}

// TarballOddity reports what npm pack never writes.
var TarballOddity = &Detector{
	Rule: Rule{
		ID:    "tarball-oddity",
		Title: "Tarball is made in an unusual way",
		Level: Warning,
		Tags:  []string{"tarball", TagSignal},
		Help: `The tarball has something in it that npm's own packing never writes: a path that leaves the package, a file or
manifest that is there twice, data behind the archive's end, names that only differ in what a person cannot see, or a
header that two programs read in two ways; the last kind is not unpacked at all.
Such tricks make one program see other files than the next. Look at how the package is published.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if p.After.Refused != "" {
			p.Report(Finding{Level: Warning, Confidence: High, Evidence: []Evidence{{Note: p.After.Refused}},
				Message: "the tarball is damaged, or made so that programs read it differently"})
		}
		if p.After.Program == nil {
			return nil
		}
		before := make(map[npm.OddityKind]bool)
		if p.Update() && p.Before.Program != nil {
			for _, o := range p.Before.Program.Tree.Oddities {
				before[o.Kind] = true
			}
		}
		byKind := make(map[npm.OddityKind][]Evidence)
		var kinds []npm.OddityKind
		for _, o := range p.After.Program.Tree.Oddities {
			if before[o.Kind] {
				continue
			}
			if byKind[o.Kind] == nil {
				kinds = append(kinds, o.Kind)
			}
			note := string(o.Kind)
			if o.Detail != "" {
				note += ": " + o.Detail
			}
			byKind[o.Kind] = append(byKind[o.Kind], Evidence{Path: o.Path, Note: note})
		}
		for _, kind := range kinds {
			level, text := oddity(kind)
			p.Report(Finding{Level: level, Confidence: High, Evidence: byKind[kind],
				Message: fmt.Sprintf("the tarball has %s", text)})
		}
		return nil
	},
}
