// Package program describes one package version as a program: what it holds,
// and what of it runs when it is installed.
//
// A Program is made by Load in a worker process and crosses to the parent as
// JSON, so its exported fields are plain data, bounded in size, and as
// untrusted in the parent as the package itself.
package program

import (
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/shell"
)

// The bounds of a Program. Where one is reached, Gaps says so.
const (
	// MaxCommandText bounds InstallCommand.Command, in bytes.
	MaxCommandText = 4096
	// MaxInstallCommands bounds Program.Install.
	MaxInstallCommands = 256
	// MaxInstallFiles bounds Program.InstallFiles.
	MaxInstallFiles = 256
	// MaxShellText bounds the text of commands and shell files that is parsed,
	// in bytes.
	MaxShellText = 1 << 20
	// MaxGypFiles bounds how many gyp files are read.
	MaxGypFiles = 16
	// MaxGaps bounds Program.Gaps.
	MaxGaps = 64
	// MaxReason bounds Gap.Reason, and MaxPath the paths in Gaps and
	// InstallFiles, in bytes.
	MaxReason = 300
	MaxPath   = 1024
)

// Program is one package version as detectors see it.
type Program struct {
	// Manifest is the package.json at the root; nil where there is none or
	// where it is no JSON (then Gaps says so).
	Manifest *npm.Manifest `json:"manifest,omitempty"`
	// Tree lists the files; their content stays in the worker.
	Tree *npm.Tree `json:"tree"`
	// Install is what npm runs when the package is installed, in its order. A
	// manifest script that a command runs comes behind that command.
	Install []InstallCommand `json:"install,omitempty"`
	// InstallFiles are the files that run because a command of Install or a
	// shell file among them names them, in that order.
	InstallFiles []InstallFile `json:"installFiles,omitempty"`
	// Mains are the scripts that run when the package is imported, Bins those of
	// its programs: at most MaxEntries of each.
	Mains []string `json:"mains,omitempty"`
	Bins  []string `json:"bins,omitempty"`
	// Scripts are the files of code that were read, sorted by path.
	Scripts []Script `json:"scripts,omitempty"`
	// Gaps is what could not be analysed. A Program with gaps is incomplete.
	Gaps []Gap `json:"gaps,omitempty"`
}

// MaxEntries bounds Program.Mains and Program.Bins.
const MaxEntries = 8

// InstallCommand is one command that npm runs at install.
type InstallCommand struct {
	// Hook is the lifecycle script's name (preinstall, install, postinstall,
	// prepare …) or "binding.gyp" for an expansion or action of a native build.
	Hook string `json:"hook"`
	// Name is the manifest script that holds the command: the hook, or
	// one that a command of the hook runs (npm run build). Empty for commands
	// of a gyp file.
	Name string `json:"name,omitempty"`
	// Gyp says how gyp comes to run the command; empty for scripts.
	Gyp shell.GypKind `json:"gyp,omitempty"`
	// Command is the source text, shortened to MaxCommandText bytes.
	Command string `json:"command"`
	// Implicit marks the node-gyp build that npm runs unasked.
	Implicit bool `json:"implicit,omitempty"`
	// Path, Line and Column are where the command is written; lines and
	// columns count from 1, columns in UTF-16 code units.
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Dir is the folder in which the command starts, empty for the package's.
	Dir string `json:"dir,omitempty"`
	// Script is the parsed command.
	Script *shell.Script `json:"script,omitempty"`
}

// InstallFile is a file that runs at install.
type InstallFile struct {
	// Path is the file's path in the tarball or, where Missing, the path that
	// the command gives, relative to the package's folder.
	Path string `json:"path"`
	// Missing tells that the tarball has no such file. It may be made by an
	// earlier command, lie in another package, or come from elsewhere.
	Missing bool `json:"missing,omitempty"`
	// Interpreter is the program that reads the file; empty where the file is
	// started itself.
	Interpreter string `json:"interpreter,omitempty"`
	// From is the file whose command names this one, and Line that command's
	// line in it.
	From string `json:"from"`
	Line int    `json:"line"`
}

// Script is a file of code of the package.
type Script struct {
	Path     string   `json:"path"`
	Language Language `json:"language"`
	// Phase is when it runs, as far as constant names lead to it.
	Phase Phase `json:"phase,omitempty"`
	// Imported tells that an entry point leads to it, also where an install
	// command does.
	Imported bool `json:"imported,omitempty"`
	Source
}

// Phase is when a file runs. A file that does at two of them has the first.
type Phase string

// The phases.
const (
	// AtInstall: an install command leads to it.
	AtInstall Phase = "install"
	// AtImport: it is an entry point of the package (main, exports, bin), or
	// one leads to it.
	AtImport Phase = "import"
	// Unreached: nothing leads to it, as to tests and examples. Where the
	// manifest has no exports, any program can still load it by its path.
	Unreached Phase = ""
)

// Script returns the script at a path, or nil.
func (p *Program) Script(path string) *Script {
	i, ok := slices.BinarySearchFunc(p.Scripts, path, func(s Script, path string) int { return strings.Compare(s.Path, path) })
	if !ok {
		return nil
	}
	return &p.Scripts[i]
}

// Packages returns the packages that scripts load by constant names. It reports
// whether all scripts were read as a whole, so that no other is loaded so.
func (p *Program) Packages() (names map[string]bool, complete bool) {
	names, complete = make(map[string]bool), true
	for i := range p.Scripts {
		s := &p.Scripts[i]
		complete = complete && s.Unread == "" && s.Reduced == ""
		for _, m := range s.Imports {
			names[npm.PackageOf(m.Name)] = true
		}
	}
	return names, complete
}

// SameFile reports whether two versions have a file of this path with the same
// content. One of them may be nil.
func SameFile(a, b *Program, path string) bool {
	if a == nil || b == nil {
		return false
	}
	x, y := a.Tree.Lookup(path), b.Tree.Lookup(path)
	return x != nil && y != nil && x.SHA256 == y.SHA256
}

// Gap is a part of a package that was not analysed, and why.
type Gap struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}
