package shell

import (
	"fmt"
	"slices"
	"strings"
)

// reader collects what a script does.
type reader struct {
	script Script
	// vars are the shell's variables and assigned how often each is written in
	// the text: only one that is written once has a known value.
	vars     map[string]value
	assigned map[string]int
	// files are files that commands of the script write, by path.
	files map[string]value
	// functions holds what the bodies of functions print.
	functions map[string]value
	// descriptors are what file descriptors above 2 read from.
	descriptors map[string]value
	// dir is the working folder relative to the start, "" for the start
	// itself, and unknown where it cannot be told.
	dir string
	// span is the statement that acts quote, and pinned tells that it is a
	// pipeline, whose parts quote the whole.
	span   [2]int
	pinned bool
	// last is the index of the last command of the list being read, or -1.
	last int
	// inWord tells that a word takes the output.
	inWord bool
	// windows marks the second reading, as cmd.exe.
	windows bool
	// repeating tells that functions are read where they are called, and so
	// perhaps more than once.
	repeating bool
	// shortened tells that the end of the text is missing.
	shortened bool

	// stream is the origin of what was put into streams of ADO.
	stream taint
	// batch is set where a batch file is read.
	batch *batch
	// ps is the session of PowerShell whose text is read, or nil.
	ps *psState

	seen map[any]bool // what is listed already
	text int          // bytes left for words
	work int          // bytes left for expansions
}

func newReader() *reader {
	return &reader{
		vars:        map[string]value{"IFS": {text: " "}},
		assigned:    map[string]int{},
		files:       map[string]value{},
		descriptors: map[string]value{},
		functions:   map[string]value{},
		seen:        map[any]bool{},
		text:        MaxText,
		work:        maxWork,
		last:        -1,
	}
}

func (r *reader) finish() *Script {
	slices.Sort(r.script.Hosts)
	return &r.script
}

// limit notes that a bound was reached, once for each text.
func (r *reader) limit(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(r.script.Limits, text) {
		r.script.Limits = append(r.script.Limits, text)
	}
}

// room reports whether a list of n entries may grow to most.
func (r *reader) room(n, most int, what string) bool {
	if n >= most {
		r.limit("more than %d %s", most, what)
		return false
	}
	return true
}

// first reports whether key is new.
func (r *reader) first(key any) bool {
	if r.seen[key] {
		return false
	}
	r.seen[key] = true
	return true
}

// spend takes n bytes off the work that expansions may make.
func (r *reader) spend(n int) bool {
	if n > r.work {
		r.limit("expansions of more than %d bytes", maxWork)
		return false
	}
	r.work -= n
	return true
}

// act records one act of a call.
func (r *reader) act(c *call, kind Kind, detail string) {
	r.actAt(c.src, c.offset, kind, detail, false)
}

func (r *reader) actAt(src *source, offset int, kind Kind, detail string, common bool) {
	line, column := src.position(offset)
	detail = snippet(strings.ReplaceAll(detail, unknown, "*"))
	type key struct {
		kind         Kind
		line, column int
		detail       string
	}
	if !r.first(key{kind, line, column, detail}) || !r.room(len(r.script.Acts), MaxActs, "acts") {
		return
	}
	r.script.Acts = append(r.script.Acts, Act{
		Kind: kind, Line: line, Column: column,
		Text:   snippet(quotedUnknown.Replace(src.slice(r.span[0], r.span[1]))),
		Detail: detail, Common: common,
	})
}

// quotedUnknown shows what stands for an unknown part in texts that are put
// together.
var quotedUnknown = strings.NewReplacer(unknown, "*", "${_}", "*", "%_%", "*")

// runsFile records that interpreter, or the system itself, runs the file that
// w names.
func (r *reader) runsFile(c *call, interpreter string, w word) {
	name := w.path()
	if isURL(w.text) {
		r.act(c, KindDownloadRun, interpreter+" "+w.text)
		return
	}
	if name == "" {
		return
	}
	run := FileRun{Interpreter: interpreter, Dynamic: strings.Contains(name, unknown)}
	run.Line, run.Column = c.src.position(w.offset)
	origin := w.taint | r.files[r.fileKey(w)].taint
	if strings.HasPrefix(w.raw, "<(") { // what a command prints, no file
		r.act(c, KindInlineCode, interpreter+" from a substitution")
		r.executed(c, origin, interpreter+" from a substitution")
		return
	}
	switch {
	case run.Dynamic:
		run.Path, _, _ = strings.Cut(name, unknown)
	case isAbsolute(name):
		run.Path = name
	case r.dir == unknown:
		run.Dynamic = true
	default:
		run.Path = joinPath(r.dir, name)
	}
	run.Path = shorten(run.Path, maxPath)
	type key struct{ interpreter, path string }
	if r.first(key{interpreter, run.Path}) && r.room(len(r.script.Files), MaxActs, "files") {
		r.script.Files = append(r.script.Files, run)
	}
	detail := run.Path
	if run.Dynamic {
		detail = name
		if r.dir == unknown {
			detail = unknown + "/" + joinPath("", name)
		}
	}
	r.act(c, KindRunFile, strings.TrimSpace(interpreter+" "+detail))
	r.executed(c, origin, "file "+name)
}

// runsScript records that a script of the manifest is run.
func (r *reader) runsScript(c *call, manager string, name word) {
	if name.text == "" || !name.known() {
		if name.text != "" {
			r.act(c, KindDynamicCommand, manager+" run "+name.text)
		}
		return
	}
	if r.dir == unknown {
		r.act(c, KindDynamicCommand, manager+" run "+name.text+" elsewhere")
		return
	}
	run := ScriptRun{Manager: manager, Name: shorten(name.text, maxPath), Dir: shorten(r.dir, maxPath)}
	if !r.first(run) || !r.room(len(r.script.Runs), MaxActs, "scripts run") {
		return
	}
	run.Line, run.Column = c.src.position(name.offset)
	r.script.Runs = append(r.script.Runs, run)
}

// code records program text for an interpreter.
func (r *reader) code(c *call, language string, v value) {
	if v.text == "" || !r.room(len(r.script.Code), MaxActs, "pieces of inline code") {
		return
	}
	code := Code{
		Language: language,
		Text:     strings.ReplaceAll(v.text, unknown, " "),
		Dynamic:  !v.known(),
	}
	code.Line, code.Column = c.src.position(c.offset)
	if !r.first(Code{Language: language, Text: code.Text}) || !r.takeText(len(code.Text)) {
		return
	}
	r.script.Code = append(r.script.Code, code)
}

func (r *reader) host(name string) {
	name = percentPattern.ReplaceAllString(strings.ReplaceAll(name, unknown, "*"), "*")
	name = strings.ToLower(strings.Trim(name, "."))
	if name == "" || strings.Trim(name, "*.") == "" || len(name) > 255 {
		return
	}
	if !slices.Contains(r.script.Hosts, name) && r.room(len(r.script.Hosts), MaxActs, "hosts") {
		r.script.Hosts = append(r.script.Hosts, name)
	}
}

func (r *reader) takeText(n int) bool {
	if n > r.text {
		r.limit("words of more than %d bytes together", MaxText)
		return false
	}
	r.text -= n
	return true
}

// call is one simple command under analysis.
type call struct {
	src     *source
	offset  int
	words   []word // the program and its arguments
	env     []variable
	redirs  []redirect
	via     []string
	name    string // Command.Name
	stdin   value
	chdir   bool // a wrapper changed the working folder for the command
	capture bool // a pipe takes the output
}

// variable is an assignment in front of a command.
type variable struct {
	name string
	word
}

type redirect struct {
	fd, op string
	target word
	// body is a here-document's or here-string's text, for which hasBody is set.
	body    value
	hasBody bool
}

// args are the words behind the program.
func (c *call) args() []word {
	if len(c.words) == 0 {
		return nil
	}
	return c.words[1:]
}

// taint is the union of what the arguments and the input carry.
func (c *call) taint() taint {
	t := c.stdin.taint
	for _, w := range c.words {
		t |= w.taint
	}
	return t
}

// run analyses one command and returns what it prints into the pipe or word
// that takes its output.
func (r *reader) run(c *call) value {
	dir := r.dir
	r.unwrap(c)
	defer func() {
		if c.chdir {
			r.dir = dir
		}
	}()
	c.name = r.programName(c)
	r.record(c)
	to := r.redirect(c.src, c.offset, c.redirs, &c.stdin, hidesNothing(c))
	r.inspect(c)
	out := r.effect(c)
	return r.send(out, to)
}

// send stores a command's output where its redirections say and returns what
// is left for the pipe.
func (r *reader) send(out value, to sink) value {
	if to.file != "" {
		r.write(to.file, out, to.appends)
	}
	if to.away {
		return value{}
	}
	return out
}

// write notes that a file of the given name now holds v.
func (r *reader) write(name string, v value, appends bool) {
	if appends {
		old := r.files[name]
		if r.spend(len(old.text) + len(v.text)) {
			v = value{old.text + v.text, old.taint | v.taint}
		} else {
			v = opaque(old.taint | v.taint)
		}
	}
	r.files[name] = v
}

// record lists the command.
func (r *reader) record(c *call) {
	cmd := Command{Name: c.name, Via: append(slices.Clone(c.src.via), c.via...)}
	cmd.Line, cmd.Column = c.src.position(c.offset)
	size := 0
	take := func(w word) Word {
		size += len(w.text)
		return w.export()
	}
	if len(c.words) > 0 {
		cmd.Program = take(c.words[0])
	}
	for _, w := range c.args() {
		cmd.Args = append(cmd.Args, take(w))
	}
	for _, v := range c.env {
		cmd.Env = append(cmd.Env, Assignment{v.name, take(v.word)})
		size += len(v.name)
	}
	for _, rd := range c.redirs {
		cmd.Redirects = append(cmd.Redirects, Redirect{rd.fd, rd.op, take(rd.target)})
	}
	// A word of JSON costs more than its text.
	size += 16 * (len(cmd.Args) + len(cmd.Env) + len(cmd.Redirects))
	type key struct {
		line, column int
		words        string
	}
	if r.repeating && !r.first(key{cmd.Line, cmd.Column, strings.Join(texts(c.words), "\n")}) {
		return
	}
	if r.windows || !r.room(len(r.script.Commands), MaxCommands, "commands") || !r.takeText(size) {
		return
	}
	r.script.Commands = append(r.script.Commands, cmd)
	r.last = len(r.script.Commands) - 1
}

// connect notes the operator behind the list's last command.
func (r *reader) connect(op Operator) {
	if r.last >= 0 {
		r.script.Commands[r.last].Next = op
	}
}
