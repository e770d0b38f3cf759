// Package shell reads shell commands that a package would run: lifecycle
// scripts, binding.gyp expansions, constant strings handed to exec. They are
// parsed with mvdan.cc/sh and never run. It also reads the scripts in other
// languages that packages ship: batch files, PowerShell, Python, VBScript.
//
// Parse follows what a command line leads to: command substitutions, sh -c,
// eval, wrappers such as env, sudo or npx, here-documents fed to a shell, and
// the few pure commands (echo, printf, cat, base64 -d …) whose output is known
// without running them. What stays unknown is marked Dynamic, never guessed.
//
// npm runs lifecycle scripts with sh on Unix and with cmd.exe on Windows, so
// one text has two readings. The first is the base; where cmd.exe would see a
// command that sh does not (behind a "#", inside single quotes), what it does
// is added. Text that sh cannot parse is split by a simple reader of Windows'
// rules instead.
//
// Python, PowerShell and VBScript have readers that follow names, constants,
// assignments, calls and what is known of the functions of their libraries, and
// that take branches as if all of them ran; a name that branches give several
// values has all of them. Commands that such a script starts are read as above,
// and what it does by itself (a request, a decoder, a file) becomes the same
// kinds of acts.
//
// Restrictions, each noted in Script.Limits where it is reached: MaxSource,
// MaxDepth, MaxCommands, MaxActs, MaxText. They keep a Script small enough to
// cross processes, and the parser's recursion (up to 4 KB of stack for each
// opening bracket) within a few dozen megabytes.
package shell

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// The bounds of one Script.
const (
	// MaxSource is how much of a source text is looked at, in bytes.
	MaxSource = 64 << 10
	// MaxDepth is how many levels of sh -c, eval, here-document and the like
	// are followed.
	MaxDepth = 5
	// MaxCommands bounds Commands.
	MaxCommands = 1024
	// MaxActs bounds Acts, and likewise Files, Imports, Runs, Code and Hosts.
	MaxActs = 512
	// MaxText bounds the words of all commands together, in bytes.
	MaxText = 256 << 10
	// MaxSnippet bounds Act.Text and Act.Detail, in bytes.
	MaxSnippet = 200

	// maxOpeners is how many opening brackets and backquotes a text may hold
	// to be given to the parser, whose recursion they drive.
	maxOpeners = 8192
	// maxWork bounds the bytes that expansions produce, since variables that
	// repeat one another double.
	maxWork = 1 << 20
)

// Script is a parsed command line with what it does, as plain data. Lines and
// columns count from 1, columns in UTF-16 code units. Texts are as untrusted
// as the source.
type Script struct {
	// Commands in the order in which they would run: those of a command
	// substitution come before the command that uses its output.
	Commands []Command `json:"commands,omitempty"`
	// Acts is what the commands do that matters, in the same order.
	Acts []Act `json:"acts,omitempty"`
	// Files are the files handed to an interpreter or started directly.
	Files []FileRun `json:"files,omitempty"`
	// Imports are the modules that Python loads, as paths without an extension
	// of files that the package may have beside the script: x.py or
	// x/__init__.py.
	Imports []FileRun `json:"imports,omitempty"`
	// Runs are the manifest's scripts that the commands run.
	Runs []ScriptRun `json:"runs,omitempty"`
	// Code is program text handed to interpreters other than a shell. Python,
	// PowerShell and VBScript were read already, others were not.
	Code []Code `json:"code,omitempty"`
	// Hosts are the hosts named by URLs and by network commands, in lower
	// case, sorted. A part that only a run would tell is "*".
	Hosts []string `json:"hosts,omitempty"`
	// Err is why the text, or a text inside it, could not be parsed as shell.
	// The simple reader has then read it.
	Err string `json:"err,omitempty"`
	// Limits names the bounds that were reached; the rest was not analysed.
	Limits []string `json:"limits,omitempty"`
}

// Operator connects a command to the next one.
type Operator string

// The operators between commands.
const (
	OpNone       Operator = ""
	OpPipe       Operator = "|"
	OpPipeAll    Operator = "|&"
	OpAnd        Operator = "&&"
	OpOr         Operator = "||"
	OpSequence   Operator = ";" // also a new line
	OpBackground Operator = "&"
)

// Command is one simple command with its wrappers taken off.
type Command struct {
	// Name is the program's base name in lower case, without the extension of
	// a Windows executable. Empty where it is not known before the run, and
	// for a command of assignments or redirections alone.
	Name string `json:"name,omitempty"`
	// Program is the word that names the program.
	Program Word   `json:"program,omitzero"`
	Args    []Word `json:"args,omitempty"`
	// Env are the assignments in front of the command.
	Env       []Assignment `json:"env,omitempty"`
	Redirects []Redirect   `json:"redirects,omitempty"`
	// Via is what leads to the command, outermost first: the wrappers taken
	// off (sudo, env, npx) and the shells that read it (sh -c, eval).
	Via []string `json:"via,omitempty"`
	// Next connects the command to the one that follows it.
	Next   Operator `json:"next,omitempty"`
	Line   int      `json:"line"`
	Column int      `json:"column"`
}

// Word is one word of a command after quotes are removed.
type Word struct {
	// Text is the whole word or, where Dynamic, what is known of its start. The
	// folder in which the script starts stands in it as ".".
	Text string `json:"text,omitempty"`
	// Dynamic marks a word of which a part is known only when it runs.
	Dynamic bool `json:"dynamic,omitempty"`
}

// Assignment is NAME=value.
type Assignment struct {
	Name  string `json:"name"`
	Value Word   `json:"value,omitzero"`
}

// Redirect is one redirection.
type Redirect struct {
	// FD is the descriptor as written, empty for the operator's own.
	FD     string `json:"fd,omitempty"`
	Op     string `json:"op"`
	Target Word   `json:"target,omitzero"`
}

// Kind names something that a command does.
type Kind string

// The kinds of acts.
const (
	KindDownload        Kind = "download"          // fetches something
	KindDownloadRun     Kind = "download-run"      // fetches something and runs it
	KindPost            Kind = "post"              // sends something out
	KindInlineCode      Kind = "inline-code"       // hands program text to an interpreter
	KindDecodeRun       Kind = "decode-run"        // decodes something and runs it
	KindDiscardOutput   Kind = "discard-output"    // throws standard output away
	KindBackground      Kind = "background"        // does not wait for a command
	KindDelete          Kind = "delete"            // removes scripts or the manifest
	KindReplaceManifest Kind = "replace-manifest"  // writes the package's package.json
	KindDNSLookup       Kind = "dns-lookup"        // asks for a name
	KindHostIdentity    Kind = "host-identity"     // asks who and where it runs
	KindReadSecrets     Kind = "reads-secrets"     // touches credentials or the whole environment
	KindRunFile         Kind = "runs-file"         // runs a file
	KindPackageManager  Kind = "package-manager"   // installs, runs or publishes packages, pushes commits
	KindPersistence     Kind = "persistence"       // arranges to be run again
	KindDynamicCommand  Kind = "dynamic-command"   // the program's name is made at run time
	KindReadEnvironment Kind = "reads-environment" // reads variables of the environment that name no credential
	KindNativeCode      Kind = "native-code"       // calls functions of native libraries, or loads code from memory
)

// Act is one thing that a command does.
type Act struct {
	Kind   Kind `json:"kind"`
	Line   int  `json:"line"`
	Column int  `json:"column"`
	// Text is the source of the statement, shortened to MaxSnippet bytes.
	Text string `json:"text,omitempty"`
	// Detail says by what means: "curl -d", a path, a variable.
	Detail string `json:"detail,omitempty"`
	// Common marks inline code that is nothing but require('name') with
	// properties of it, as ordinary native modules have in binding.gyp.
	Common bool `json:"common,omitempty"`
}

// FileRun is a file that a command runs.
type FileRun struct {
	// Interpreter is the program that reads the file; empty where the file is
	// started itself.
	Interpreter string `json:"interpreter,omitempty"`
	// Path is relative to the folder in which the script starts, cleaned, with
	// forward slashes. It may lead out of that folder, and it need not exist:
	// node adds extensions.
	Path string `json:"path"`
	// Dynamic marks a path of which Path is only the known start.
	Dynamic bool `json:"dynamic,omitempty"`
	Line    int  `json:"line"`
	Column  int  `json:"column"`
}

// ScriptRun is a manifest script that a command runs, as npm run build does.
type ScriptRun struct {
	// Manager is the program: npm, yarn, pnpm, bun, node, npm-run-all …
	Manager string `json:"manager"`
	// Name is the script's name or, for npm-run-all, a pattern of names.
	Name string `json:"name"`
	// Dir is the folder of the manifest relative to the folder in which the
	// script starts, empty for that folder itself.
	Dir    string `json:"dir,omitempty"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// Code is program text that a command hands to an interpreter.
type Code struct {
	// Language is the interpreter's: javascript, python, perl, ruby, php, lua,
	// r, powershell, applescript or vbscript.
	Language string `json:"language"`
	// Text is the code or, where Dynamic, what is known of it, every unknown
	// part replaced by a space.
	Text    string `json:"text"`
	Dynamic bool   `json:"dynamic,omitempty"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// Complete reports whether the whole text was analysed.
func (s *Script) Complete() bool { return len(s.Limits) == 0 }

// Has reports whether the script does something of the given kind.
func (s *Script) Has(k Kind) bool {
	return slices.ContainsFunc(s.Acts, func(a Act) bool { return a.Kind == k })
}

// Parse reads a command line. It never fails: what went wrong stands in Err and
// Limits.
func Parse(src string) *Script {
	r := newReader()
	r.shell(newSource(r.cut(src)), value{})
	return r.finish()
}

// cut prepares a text for analysis: it shortens it to MaxSource bytes and
// replaces what is no text.
func (r *reader) cut(src string) string {
	if len(src) > MaxSource {
		src = src[:MaxSource]
		for len(src) > 0 && !utf8.RuneStart(src[len(src)-1]) {
			src = src[:len(src)-1]
		}
		r.shortened = true
		r.limit("only the first %d bytes of the text were read", MaxSource)
	}
	return clean(src)
}

// errNesting is the error of a text with more brackets than are parsed.
var errNesting = errors.New("too many opening brackets")

// clean replaces what is no text byte by byte, so that offsets stay: NUL, which
// no shell takes and which stands for the unknown here, and invalid UTF-8.
func clean(src string) string {
	if utf8.ValidString(src) && !strings.Contains(src, unknown) {
		return src
	}
	b := []byte(src)
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == 0:
			b[i] = ' '
		case r == utf8.RuneError && n == 1:
			b[i] = '?'
		}
		i += n
	}
	return string(b)
}

// parse returns the syntax tree of a text that is safe to parse.
func parse(text string) (*syntax.File, error) {
	openers := 0
	for i := range len(text) {
		switch text[i] {
		case '(', '[', '{', '`':
			openers++
		}
	}
	if openers > maxOpeners {
		return nil, fmt.Errorf("%w: %d, more than %d", errNesting, openers, maxOpeners)
	}
	return syntax.NewParser(syntax.KeepComments(true), syntax.Variant(syntax.LangBash)).
		Parse(strings.NewReader(text), "")
}

// snippet shortens text to MaxSnippet bytes at a character's end.
func snippet(text string) string {
	text = strings.TrimSpace(text)
	if len(text) <= MaxSnippet {
		return text
	}
	const ellipsis = "…"
	n := MaxSnippet - len(ellipsis)
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + ellipsis
}
