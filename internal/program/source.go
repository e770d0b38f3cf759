package program

import (
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/shell"
)

// The bounds of a Source. Where one is reached, Source.Limits says so.
const (
	// MaxImports bounds Source.Imports, and likewise Starts and Runs.
	MaxImports = 2000
	// MaxPieces bounds the pieces of code that are read in one file.
	MaxPieces = 500
	// MaxNesting bounds how deep code within code is followed: a text that is
	// evaluated may evaluate another one.
	MaxNesting = 4
)

// Language is what a file is read as.
type Language string

// The languages of scripts.
const (
	NoLanguage Language = ""
	JavaScript Language = "javascript" // and TypeScript and JSX, by the suffix
	Page       Language = "html"       // HTML, Svelte and Vue with inline scripts
	Shell      Language = "shell"      // what package shell reads: Unix shells, batch, PowerShell, Python, VBScript
)

// Source is what one script says by itself. It depends on the file's content
// and the form of its name alone, so two versions of a package can share it.
type Source struct {
	// Unread is why nothing of the file was read, and Reduced why it was read by
	// its tokens instead of a syntax tree; empty where it was.
	Unread  string `json:"unread,omitempty"`
	Reduced string `json:"reduced,omitempty"`
	// Errors is how many syntax errors there are, at most
	// javascript.MaxErrors. The code around them was read.
	Errors int `json:"errors,omitempty"`
	// Limits names the bounds that were reached, sorted.
	Limits []string `json:"limits,omitempty"`
	// Imports are the modules that the code loads by constant names.
	Imports []Import `json:"imports,omitempty"`
	// Starts are the files that it starts, and Runs the manifest's scripts that
	// its commands run. Paths are relative to the working folder; where they
	// begin with DirName, to the file's own.
	Starts []shell.FileRun   `json:"starts,omitempty"`
	Runs   []shell.ScriptRun `json:"runs,omitempty"`
	// Shell is the parsed file where it is for a shell.
	Shell *shell.Script `json:"shell,omitempty"`
}

// DirName begins the paths that are relative to the folder of the file that
// names them.
const DirName = javascript.DirName + "/"

// Import is a module that code loads by a constant name.
type Import struct {
	Name string `json:"name"`
	Line int    `json:"line"`
}

// Piece is code in a file: all of it, an inline script of a page, or a constant
// text that code evaluates or hands to a shell. One of JavaScript and Shell is
// set.
type Piece struct {
	JavaScript *javascript.File
	Shell      *shell.Script
	// Nested tells that the code stands in other code as a text. All of it is
	// then where that text is.
	Nested bool

	outer  *javascript.File // what offset counts in: the page or outer code
	offset int
	line   int
	column int
}

// Position returns the line and column, in the file, of an offset in the
// piece's JavaScript. Both count from 1, columns in UTF-16 code units.
func (p *Piece) Position(offset int) (line, column int) {
	switch {
	case p.line > 0:
		return p.line, p.column
	case p.outer != nil:
		return p.outer.Position(p.offset + offset)
	}
	return p.JavaScript.Position(offset)
}

// ActPosition returns the line and column, in the file, of an act of the
// piece's Shell.
func (p *Piece) ActPosition(a *shell.Act) (line, column int) {
	if p.line > 0 {
		return p.line, p.column
	}
	return a.Line, a.Column
}

// Visitor is shown the code of a file while it is in memory. A piece comes
// before its uses, and both before a piece that is nested in it.
type Visitor interface {
	Piece(*Piece)
	// Use is called for each of the piece's javascript.File.Uses, which take
	// too long to be resolved twice.
	Use(*Piece, *javascript.Use)
}

// LanguageOf tells what a file is read as by its name and content. A file that
// something names as a script is JavaScript without that.
func LanguageOf(f *npm.File) Language {
	if f.Content != npm.ContentText && f.Content != npm.ContentBinary {
		return NoLanguage
	}
	base := strings.ToLower(path.Base(f.Path))
	switch extension := path.Ext(base); extension {
	case ".js", ".cjs", ".mjs", ".jsx", ".tsx":
		return JavaScript
	case ".ts", ".mts", ".cts":
		if strings.HasSuffix(strings.TrimSuffix(base, extension), ".d") {
			return NoLanguage // declarations hold no code
		}
		return JavaScript
	case ".html", ".htm", ".svelte", ".vue":
		return Page
	}
	if isNode(shebang(f.Data)) {
		return JavaScript
	}
	if shell.LanguageOf(f.Path, string(f.Data[:min(len(f.Data), maxShebang)])) != "" {
		return Shell
	}
	return NoLanguage
}

// maxShebang is how much of a file is looked at for its first line, in bytes.
const maxShebang = 256

// Form returns the part of a file's name that its Source depends on.
func Form(name string) string {
	base := strings.ToLower(path.Base(name))
	extension := path.Ext(base)
	if strings.HasSuffix(strings.TrimSuffix(base, extension), ".d") {
		return ".d" + extension
	}
	return extension
}

// ReadOptions steer ReadSource.
type ReadOptions struct {
	// Tokens reads without a syntax tree.
	Tokens bool
	// Visitor may be nil.
	Visitor Visitor
}

// ReadSource reads one script.
func ReadSource(f *npm.File, language Language, opt ReadOptions) *Source {
	r := &sourceReader{source: new(Source), options: opt, name: f.Path}
	switch {
	case f.Data == nil && f.Size > 0:
		r.source.Unread = "it is too large, or the package's code is, to be kept in memory"
	case language == Page:
		r.page(f.Data)
	case language == Shell:
		r.source.Shell = shell.ParseFile(string(f.Data), f.Path)
		r.shell(&Piece{Shell: r.source.Shell})
	default:
		r.javascript(&Piece{JavaScript: javascript.Parse(f.Path, f.Data, javascript.Options{Tokens: opt.Tokens})}, 0)
	}
	slices.Sort(r.source.Limits)
	r.source.Limits = slices.Compact(r.source.Limits)
	return r.source
}

// sourceReader collects a Source.
type sourceReader struct {
	source  *Source
	options ReadOptions
	name    string
	pieces  int
}

func (r *sourceReader) limit(text string) { r.source.Limits = append(r.source.Limits, text) }

// visit counts and shows a piece.
func (r *sourceReader) visit(p *Piece) bool {
	if r.pieces >= MaxPieces {
		r.limit("more pieces of code than are read")
		return false
	}
	r.pieces++
	if r.options.Visitor != nil {
		r.options.Visitor.Piece(p)
	}
	return true
}

// page reads the inline scripts of a page.
func (r *sourceReader) page(data []byte) {
	whole := javascript.Text(r.name, data)
	for _, inline := range javascript.InlineScripts(r.name, whole.Text) {
		name := path.Base(r.name) + ".js"
		if inline.TypeScript {
			name = path.Base(r.name) + ".ts"
		}
		r.javascript(&Piece{
			JavaScript: javascript.Parse(name, []byte(inline.Text), javascript.Options{Tokens: r.options.Tokens}),
			outer:      whole, offset: inline.Pos,
		}, 0)
	}
}

// javascript reads a piece of JavaScript and the code within.
func (r *sourceReader) javascript(p *Piece, depth int) {
	f := p.JavaScript
	switch {
	case f.Skipped != "" && !f.TokensOnly:
		r.source.Unread = f.Skipped
	case f.TokensOnly && r.source.Reduced == "":
		r.source.Reduced = f.Skipped
	}
	r.source.Errors = min(r.source.Errors+len(f.Errors), javascript.MaxErrors)
	if !r.visit(p) {
		return
	}
	var nested []func()
	for u := range f.Uses() {
		if r.options.Visitor != nil {
			r.options.Visitor.Use(p, &u)
		}
		line, column := 0, 0
		at := func() (int, int) {
			if line == 0 {
				line, column = p.Position(u.Pos)
			}
			return line, column
		}
		switch {
		case u.Kind == javascript.Import:
			if u.Module != "" && len(r.source.Imports) < MaxImports {
				line, _ := at()
				r.source.Imports = append(r.source.Imports, Import{shorten(u.Module, MaxPath), line})
			} else if u.Module != "" {
				r.limit("more modules loaded than are listed")
			}
		case u.Kind == javascript.Call || u.Kind == javascript.New:
			if code := r.call(&u, at, depth); code != nil {
				nested = append(nested, code)
			}
		}
	}
	r.limits(f.Limits())
	for _, read := range nested {
		read()
	}
}

// limits notes the bounds that resolving names reached.
func (r *sourceReader) limits(l javascript.Limit) {
	for bit, text := range map[javascript.Limit]string{
		javascript.FoldSteps: "constants were not worked out: too much work",
		javascript.FoldSize:  "constants were not worked out: too large",
		javascript.FoldDepth: "constants were not worked out: nested too deep",
	} {
		if l&bit != 0 {
			r.limit(text)
		}
	}
}

// call looks for code and commands that a call runs. What it returns, if not
// nil, reads them.
func (r *sourceReader) call(u *javascript.Use, at func() (int, int), depth int) func() {
	kind := runnerOf(u)
	if kind == runsNothing {
		return nil
	}
	args := u.Args()
	if kind == runsProgram && len(args) > 0 && runningNode(&args[0]) {
		args[0].Text, args[0].Constant = "node", true
	}
	if kind == runsProgram && len(args) > 1 && !args[0].Constant {
		// Whatever the program is, a script among its arguments is what it reads.
		line, column := at()
		for _, word := range args[1].List {
			if ext := path.Ext(word); ext == ".js" || ext == ".cjs" || ext == ".mjs" || ext == ".py" || ext == ".sh" {
				r.start(shell.FileRun{Interpreter: "node", Path: word, Line: line, Column: column})
			}
		}
	}
	if len(args) == 0 || !args[0].Constant && kind != runsCode {
		return nil
	}
	switch kind {
	case runsCode:
		code := args[0]
		if u.Module == "" && u.Names[0] == "Function" {
			code = args[len(args)-1] // its body
		}
		if !code.Constant || depth >= MaxNesting || strings.TrimSpace(code.Text) == "" {
			return nil
		}
		line, column := at()
		return func() { r.nested(code.Text, line, column, depth+1) }
	case runsCommand, runsProgram:
		text := args[0].Text
		if kind == runsProgram {
			text = commandLine(args)
		}
		line, column := at()
		return func() { r.command(text, line, column, depth) }
	case runsModule:
		if args[0].Text != "" {
			line, column := at()
			r.start(shell.FileRun{Interpreter: "node", Path: args[0].Text, Line: line, Column: column})
		}
	}
	return nil
}

// nested reads JavaScript that stands in other code as a text.
func (r *sourceReader) nested(text string, line, column, depth int) {
	if r.pieces >= MaxPieces {
		r.limit("more pieces of code than are read")
		return
	}
	r.javascript(&Piece{
		JavaScript: javascript.Parse("code.js", []byte(text), javascript.Options{Tokens: r.options.Tokens}),
		Nested:     true, line: line, column: column,
	}, depth)
}

// command reads a command line that code hands to a shell.
func (r *sourceReader) command(text string, line, column, depth int) {
	s := shell.Parse(text)
	p := &Piece{Shell: s, Nested: true, line: line, column: column}
	r.shell(p)
	for _, code := range s.Code {
		if code.Language == "javascript" && !code.Dynamic && depth < MaxNesting {
			r.nested(code.Text, line, column, depth+1)
		}
	}
}

// shell notes what a parsed shell text starts.
func (r *sourceReader) shell(p *Piece) {
	if !r.visit(p) {
		return
	}
	for _, f := range p.Shell.Files {
		if p.line > 0 {
			f.Line, f.Column = p.line, p.column
		}
		r.start(f)
	}
	for _, run := range p.Shell.Runs {
		if p.line > 0 {
			run.Line, run.Column = p.line, p.column
		}
		if len(r.source.Runs) < MaxImports {
			r.source.Runs = append(r.source.Runs, run)
		}
	}
}

func (r *sourceReader) start(f shell.FileRun) {
	if f.Dynamic {
		return
	}
	if len(r.source.Starts) >= MaxImports {
		r.limit("more files started than are listed")
		return
	}
	f.Path = shorten(f.Path, MaxPath)
	r.source.Starts = append(r.source.Starts, f)
}

// runningNode reports whether an argument is the path of the running Node.js.
func runningNode(a *javascript.Arg) bool {
	return slices.ContainsFunc(a.Paths, func(p javascript.Path) bool {
		return p.Module == "" && slices.Equal(p.Names, []string{"process", "execPath"}) ||
			slices.Equal(p.Names, []string{"process", "argv0"}) || slices.Equal(p.Names, []string{"process", "argv", "0"})
	})
}

// commandLine writes a program and its list of arguments as a command line. What
// is not constant becomes a variable, which the shell reader takes as unknown.
func commandLine(args []javascript.Arg) string {
	words := []string{quote(args[0].Text)}
	if len(args) > 1 {
		for _, word := range args[1].List {
			if word == javascript.Unknown {
				words = append(words, `"$unknown"`)
				continue
			}
			words = append(words, quote(word))
		}
	}
	return strings.Join(words, " ")
}

// quote writes a word so that a shell reads it as it is.
func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// runner is what a call does with its first argument.
type runner uint8

const (
	runsNothing runner = iota
	runsCode           // it is program text
	runsCommand        // it is a command line for a shell
	runsProgram        // it is a program, its arguments follow
	runsModule         // it is a file for node
)

// runnerOf tells what a call runs.
func runnerOf(u *javascript.Use) runner {
	if len(u.Names) == 0 {
		switch u.Module {
		case "execa", "cross-spawn", "cross-spawn-async":
			return runsProgram
		}
		return runsNothing
	}
	last := u.Names[len(u.Names)-1]
	switch u.Module {
	case "":
		switch strings.Join(u.Names, ".") {
		case "eval", "Function", "setTimeout", "setInterval", "setImmediate", "execScript":
			return runsCode
		case "Bun.spawn", "Bun.spawnSync":
			return runsProgram
		}
	case "child_process":
		switch last {
		case "exec", "execSync":
			return runsCommand
		case "spawn", "spawnSync", "execFile", "execFileSync":
			return runsProgram
		case "fork":
			return runsModule
		}
	case "execa":
		switch last {
		case "command", "commandSync", "execaCommand", "execaCommandSync", "shell", "shellSync":
			return runsCommand
		case "execa", "execaSync", "sync":
			return runsProgram
		case "node", "execaNode":
			return runsModule
		}
	case "cross-spawn", "cross-spawn-async":
		if last == "sync" || last == "spawn" {
			return runsProgram
		}
	case "shelljs":
		if last == "exec" {
			return runsCommand
		}
	case "vm":
		switch last {
		case "runInThisContext", "runInNewContext", "runInContext", "Script", "compileFunction":
			return runsCode
		}
	case "worker_threads":
		if last == "Worker" {
			return runsModule
		}
	}
	return runsNothing
}

// shebang returns the base name of the interpreter that a file's first line
// names, or "".
func shebang(data []byte) string {
	line, _, _ := strings.Cut(string(data[:min(len(data), maxShebang)]), "\n")
	rest, ok := strings.CutPrefix(strings.TrimPrefix(line, "\ufeff"), "#!")
	if !ok {
		return ""
	}
	for _, word := range strings.Fields(rest) {
		switch name := path.Base(word); {
		case name == "env", strings.HasPrefix(name, "-"), strings.Contains(name, "="):
		default:
			return name
		}
	}
	return ""
}

// isNode reports whether an interpreter reads JavaScript.
func isNode(interpreter string) bool {
	switch interpreter {
	case "node", "nodejs", "bun", "deno", "ts-node", "tsx", "babel-node", "electron", "nodemon", "pm2", "forever", "zx",
		"esno", "jiti", "npx", "pnpx", "bunx":
		return true
	}
	return false
}
