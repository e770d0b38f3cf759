// Package program describes one package version as a program: what it holds,
// and what of it runs when it is installed.
//
// A Program is made by Load in a worker process and crosses to the parent as
// JSON, so its exported fields are plain data, bounded in size, and as
// untrusted in the parent as the package itself.
package program

import (
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/shell"
)

// Program is one package version as detectors see it.
type Program struct {
	// Manifest is the package.json at the root; nil where there is none or
	// where it is no JSON (then Gaps says so).
	Manifest *npm.Manifest `json:"manifest,omitempty"`
	// Tree lists the files; their content stays in the worker.
	Tree *npm.Tree `json:"tree"`
	// Install is what npm runs when the package is installed, in its order.
	Install []InstallCommand `json:"install,omitempty"`
	// Gaps is what could not be analysed. A Program with gaps is incomplete.
	Gaps []Gap `json:"gaps,omitempty"`
}

// InstallCommand is one command that npm runs at install.
type InstallCommand struct {
	// Hook is the lifecycle script's name (preinstall, install, postinstall,
	// prepare) or "binding.gyp" for an expansion or action of a native build.
	Hook string `json:"hook"`
	// Command is the source text, shortened to MaxCommandText bytes.
	Command string `json:"command"`
	// Implicit marks the node-gyp build that npm runs unasked.
	Implicit bool `json:"implicit,omitempty"`
	// Path, Line and Column are where the command is written; lines and
	// columns count from 1, columns in UTF-16 code units.
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Script is the parsed command.
	Script *shell.Script `json:"script,omitempty"`
}

// Gap is a part of a package that was not analysed, and why.
type Gap struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// MaxCommandText bounds InstallCommand.Command, in bytes.
const MaxCommandText = 4096
