package shell

import (
	"regexp"
	"slices"
	"strings"
)

// interpreter describes how a program takes code, options and files.
type interpreter struct {
	language string
	short    string   // single-letter options that take a value
	long     []string // long options that take a value
	code     []string // options whose value is code
	verb     string   // the subcommand that runs a file
}

// interpreters are the programs that run code, but for the shells, node, deno,
// bun and PowerShell, whose command lines have rules of their own.
var interpreters = map[string]interpreter{
	"python":    {language: "python", short: "cmWX", code: []string{"-c"}},
	"py":        {language: "python", short: "cmWX", code: []string{"-c"}},
	"pythonw":   {language: "python", short: "cmWX", code: []string{"-c"}},
	"pypy":      {language: "python", short: "cmWX", code: []string{"-c"}},
	"perl":      {language: "perl", short: "eEIMm", code: []string{"-e", "-E"}},
	"ruby":      {language: "ruby", short: "eIrC", code: []string{"-e"}},
	"php":       {language: "php", short: "rcdzf", code: []string{"-r"}},
	"lua":       {language: "lua", short: "el", code: []string{"-e"}},
	"rscript":   {language: "r", short: "e", code: []string{"-e"}},
	"osascript": {language: "applescript", short: "els", code: []string{"-e"}},
	"wscript":   {language: "vbscript"},
	"cscript":   {language: "vbscript"},
	"ts-node":   {language: "javascript", short: "repPCO", long: []string{"--project", "--require", "--eval", "--print"}, code: []string{"-e", "-p", "--eval", "--print"}},
	"tsx":       {language: "javascript", short: "ep", long: []string{"--eval", "--print", "--tsconfig"}, code: []string{"-e", "-p", "--eval", "--print"}},
	"babel-node": {language: "javascript", short: "epr", long: []string{"--eval", "--print", "--presets", "--plugins"},
		code: []string{"-e", "-p", "--eval", "--print"}},
	"esno":     {language: "javascript"},
	"jiti":     {language: "javascript"},
	"zx":       {language: "javascript", long: []string{"--eval"}, code: []string{"--eval"}},
	"coffee":   {language: "javascript", short: "er", code: []string{"-e"}},
	"electron": {language: "javascript", short: "r"},
	"nodemon":  {language: "javascript", short: "ewi", long: []string{"--watch", "--ext"}},
	"pm2":      {language: "javascript", short: "nio", long: []string{"--name"}, verb: "start"},
	"forever":  {language: "javascript", short: "loes", verb: "start"},
}

// versioned are interpreters and managers that are also called with a version
// number behind the name, as in python3.11.
var versioned = map[string]bool{"python": true, "pypy": true, "perl": true, "ruby": true, "php": true, "lua": true, "pip": true}

// canonical maps a program's name to the one under which it is listed.
func canonical(name string) string {
	if base := strings.TrimRight(name, "0123456789.-"); versioned[base] {
		return base
	}
	return name
}

var (
	// relativeRequire finds files of the package that inline JavaScript loads.
	relativeRequire = regexp.MustCompile("\\b(?:require|import)\\s*\\(?\\s*['\"`](\\.{1,2}/[^'\"`\\\\\\n]+)['\"`]")
	// commonRequire is inline JavaScript that is nothing but a package and
	// properties of it.
	commonRequire = regexp.MustCompile(`^\s*require\(\s*(?:'[\w@./-]+'|"[\w@./-]+")\s*\)(?:\.[A-Za-z_$][\w$]*)*\s*;?\s*$`)
)

// executed notes that something is run whose origin gives it away.
func (r *reader) executed(c *call, t taint, how string) {
	if t&fromDownload != 0 {
		r.act(c, KindDownloadRun, how)
	}
	if t&fromDecoder != 0 {
		r.act(c, KindDecodeRun, how)
	}
}

// nested reads text that a command hands to a shell and returns what it prints.
func (r *reader) nested(c *call, v value, w word, how string) value {
	r.executed(c, v.taint, how)
	if strings.Trim(v.text, unknown+" \n") == "" {
		if v.text != "" && v.taint&(fromDownload|fromDecoder) == 0 {
			r.act(c, KindDynamicCommand, how)
		}
		return opaque(v.taint | fromProcess)
	}
	old, had := r.vars["_"]
	r.vars["_"] = opaque(v.taint)
	in := c.src.inside(strings.ReplaceAll(v.text, unknown, "${_}"), w, how)
	out := r.shell(in, c.stdin)
	if delete(r.vars, "_"); had {
		r.vars["_"] = old
	}
	return out
}

// shellProgram handles sh and its relatives.
func (r *reader) shellProgram(c *call) value {
	args := c.args()
	var code, stdin bool
	for len(args) > 0 {
		t := args[0].text
		if len(t) < 2 || t[0] != '-' && t[0] != '+' {
			break
		}
		args = args[1:]
		if t == "--" {
			break
		}
		if strings.HasPrefix(t, "--") {
			if (t == "--rcfile" || t == "--init-file") && len(args) > 0 {
				r.runsFile(c, c.name, args[0])
				args = args[1:]
			}
			continue
		}
		code = code || t[0] == '-' && strings.Contains(t, "c")
		stdin = stdin || strings.Contains(t, "s")
		if last := t[len(t)-1]; (last == 'o' || last == 'O') && len(args) > 0 {
			args = args[1:]
		}
	}
	switch {
	case code && len(args) > 0:
		return r.nested(c, args[0].value, args[0], c.name+" -c")
	case len(args) > 0 && !stdin && args[0].text != "-":
		return r.shellFile(c, args[0])
	}
	return r.input(c, "shell")
}

// shellFile handles a file that a shell reads, be it sh x or source x.
func (r *reader) shellFile(c *call, w word) value {
	v, written := r.files[r.fileKey(w)]
	r.runsFile(c, c.name, w)
	if written && v.text != unknown {
		return r.nested(c, value{v.text, v.taint &^ (fromDownload | fromDecoder)}, literal("", w), c.name)
	}
	return opaque(fromProcess)
}

// input handles an interpreter that reads its program from standard input.
func (r *reader) input(c *call, language string) value {
	v := c.stdin
	if v.text == "" {
		return value{}
	}
	for _, rd := range c.redirs {
		if rd.op != "<" || rd.fd != "" && rd.fd != "0" {
			continue
		}
		if _, ok := networkDevice(rd.target.path()); !ok {
			if r.runsFile(c, c.name, rd.target); !v.known() {
				return opaque(v.taint | fromProcess)
			}
		}
	}
	how := c.name + " from a pipe"
	if language == "shell" {
		return r.nested(c, v, word{offset: c.offset, exact: -1}, how)
	}
	r.inline(c, language, word{value: v, offset: c.offset, exact: -1}, how)
	return opaque(v.taint | fromProcess)
}

// inline records program text that is handed to an interpreter, and reads it
// where it is Python or VBScript.
func (r *reader) inline(c *call, language string, w word, how string) {
	common := language == "javascript" && commonRequire.MatchString(w.text)
	r.actAt(c.src, c.offset, KindInlineCode, how, common)
	r.executed(c, w.taint, how)
	r.code(c, language, w.value)
	switch language {
	case "python":
		r.python(c.src.inside(w.text, w, how), "")
	case "vbscript":
		r.vbscript(c.src.inside(w.text, w, how))
	}
	if language != "javascript" {
		return
	}
	for _, m := range relativeRequire.FindAllStringSubmatch(w.text, -1) {
		if !strings.HasSuffix(m[1], ".json") {
			r.runsFile(c, "node", word{value: value{text: m[1]}, offset: c.offset, exact: -1})
		}
	}
}

// interpret handles the programs listed in interpreters.
func (r *reader) interpret(c *call) value {
	it := interpreters[canonical(c.name)]
	args := c.args()
	for it.language == "vbscript" && len(args) > 0 && strings.HasPrefix(args[0].text, "//") {
		args = args[1:] // its own options
	}
	if it.verb != "" {
		if len(args) == 0 || args[0].text != it.verb {
			return opaque(0)
		}
		r.act(c, KindBackground, c.name+" "+it.verb)
		args = args[1:]
	}
	opts, rest := leading(args, it.short, it.long)
	coded := false
	for _, o := range opts {
		switch {
		case slices.Contains(it.code, o.name):
			r.inline(c, it.language, o.value, c.name+" "+o.name)
			coded = true
		case o.name == "-m" && it.language == "python":
			r.again(c, "python -m", append([]word{o.value}, rest...))
			return opaque(fromProcess)
		}
	}
	switch {
	case coded:
	case len(rest) == 0 || rest[0].text == "-":
		return r.input(c, it.language)
	case isURL(rest[0].text):
		r.act(c, KindDownloadRun, c.name+" "+rest[0].text)
	default:
		r.runsFile(c, c.name, rest[0])
	}
	return opaque(c.taint() | fromProcess)
}

// again analyses words that are a command of their own.
func (r *reader) again(c *call, via string, words []word) value {
	if len(words) == 0 {
		return value{}
	}
	if len(c.via) >= maxWrappers {
		r.limit("more than %d wrappers around a command", maxWrappers)
		return opaque(c.taint())
	}
	last := r.last
	defer func() { r.last = last }()
	return r.run(&call{
		src: c.src, offset: words[0].offset, words: words, stdin: c.stdin, capture: c.capture,
		via: append(slices.Clone(c.via), via),
	})
}

// nodeLoads are node's options that load a module before the program.
var nodeLoads = []string{"-r", "--require", "--import", "--loader", "--experimental-loader"}

// nodeValues are node's other options whose value is the next word.
var nodeValues = []string{
	"-C", "--conditions", "--input-type", "--title", "--diagnostic-dir", "--icu-data-dir", "--openssl-config",
	"--redirect-warnings", "--report-dir", "--report-directory", "--unhandled-rejections", "--test-reporter",
}

// node handles node's command line (node documentation, "Command-line API").
func (r *reader) node(c *call) value {
	args := c.args()
	coded := false
	for len(args) > 0 {
		t := args[0].text
		if len(t) < 2 || t[0] != '-' {
			break
		}
		name, attached, has := strings.Cut(t, "=")
		w := args[0]
		args = args[1:]
		if t == "--" {
			break
		}
		take := func() word {
			if has {
				w.text, w.exact = attached, -1
				return w
			}
			if len(args) == 0 {
				return word{}
			}
			v := args[0]
			args = args[1:]
			return v
		}
		switch {
		case name == "-p" || name == "--print":
			if !has && len(args) > 0 && strings.HasPrefix(args[0].text, "-") {
				continue // as in node -p -e code
			}
			fallthrough
		case name == "-e", name == "--eval", name == "-pe", name == "-ep":
			v := take()
			r.inline(c, "javascript", v, "node "+name)
			coded = true
		case slices.Contains(nodeLoads, name):
			r.nodeModule(c, take())
		case name == "--run":
			r.runsScript(c, "node", take())
		case slices.Contains(nodeValues, name) && !has:
			take()
		}
	}
	switch {
	case coded:
	case len(args) == 0 || args[0].text == "-":
		return r.input(c, "javascript")
	case slices.ContainsFunc(args[0].names, func(n string) bool { return wellKnown[n] != "" }):
		return r.again(c, "node", args) // as in node $npm_execpath run build
	default:
		r.runsFile(c, "node", args[0])
	}
	return opaque(c.taint() | fromProcess)
}

// nodeModule handles a module that node loads by an option: a file, a data
// URL, or a package.
func (r *reader) nodeModule(c *call, w word) {
	p := w.path()
	switch {
	case strings.HasPrefix(p, "data:"):
		r.inline(c, "javascript", w, "node --import data:")
	case isURL(p):
		r.act(c, KindDownloadRun, "node --import "+p)
	case strings.HasPrefix(p, "."), isAbsolute(p), strings.HasPrefix(p, unknown):
		r.runsFile(c, "node", w)
	}
}

// deno handles deno run, eval and task.
func (r *reader) deno(c *call) value {
	_, rest := leading(c.args(), "cLr", []string{"--config", "--import-map"})
	if len(rest) == 0 {
		return r.input(c, "javascript")
	}
	verb := rest[0].text
	switch verb {
	case "run", "eval", "task", "serve", "install", "cache":
		_, rest = options(rest[1:], "cL", []string{"--config", "--import-map"})
	default:
		verb = "run"
	}
	if len(rest) == 0 {
		return r.input(c, "javascript")
	}
	switch {
	case verb == "eval":
		r.inline(c, "javascript", rest[0], "deno eval")
	case verb == "task":
		r.runsScript(c, "deno", rest[0])
	case isURL(rest[0].text):
		r.act(c, KindDownloadRun, "deno "+verb+" "+rest[0].text)
	case rest[0].text == "-":
		return r.input(c, "javascript")
	default:
		r.runsFile(c, "deno", rest[0])
	}
	return opaque(fromProcess)
}

// bun handles bun started on a file or on code; its other commands are those
// of a package manager.
func (r *reader) bun(c *call) value {
	opts, rest := leading(c.args(), "epr", []string{"--eval", "--print", "--preload", "--cwd"})
	coded := false
	for _, o := range opts {
		switch o.name {
		case "-e", "--eval", "-p", "--print":
			r.inline(c, "javascript", o.value, "bun "+o.name)
			coded = true
		case "-r", "--preload":
			r.nodeModule(c, o.value)
		}
	}
	if len(rest) > 0 && rest[0].text == "run" {
		rest = rest[1:]
	}
	switch {
	case coded:
	case len(rest) == 0 || rest[0].text == "-":
		return r.input(c, "javascript")
	case isURL(rest[0].text):
		r.act(c, KindDownloadRun, "bun "+rest[0].text)
	case strings.ContainsAny(rest[0].path(), "./"+unknown):
		r.runsFile(c, "bun", rest[0])
	}
	return opaque(fromProcess)
}

// powershell handles powershell.exe and pwsh (Microsoft documentation,
// about_PowerShell_exe). Options may be shortened and start with - or /.
func (r *reader) powershell(c *call) value {
	session := r.ps
	defer func() { r.ps = session }()
	r.ps = nil
	args := c.args()
	for len(args) > 0 {
		t := strings.ToLower(args[0].text)
		if t == "-" {
			return r.powershellInput(c)
		}
		if len(t) < 2 || t[0] != '-' && t[0] != '/' {
			break
		}
		o := strings.TrimLeft(t, "-/")
		args = args[1:]
		var next word
		if len(args) > 0 {
			next = args[0]
		}
		switch {
		case o == "":
		case strings.HasPrefix("command", o):
			return r.powershellCode(c, args, c.name+" -Command")
		case strings.HasPrefix("encodedcommand", o), o == "ec":
			return r.encodedCommand(c, next)
		case strings.HasPrefix("file", o):
			r.runsFile(c, c.name, next)
			return opaque(fromProcess)
		case strings.HasPrefix("windowstyle", o):
			if strings.HasPrefix("hidden", strings.ToLower(next.text)) {
				r.act(c, KindBackground, c.name+" -WindowStyle Hidden")
			}
			args = args[min(1, len(args)):]
		case strings.HasPrefix("executionpolicy", o), o == "ep", strings.HasPrefix("version", o),
			strings.HasPrefix("inputformat", o), strings.HasPrefix("outputformat", o), o == "if", o == "of",
			strings.HasPrefix("configurationname", o), strings.HasPrefix("workingdirectory", o), o == "wd":
			args = args[min(1, len(args)):]
		}
	}
	switch {
	case len(args) == 0:
		return r.powershellInput(c)
	case c.name == "pwsh" || strings.HasSuffix(strings.ToLower(args[0].text), ".ps1"):
		r.runsFile(c, c.name, args[0])
		return opaque(fromProcess)
	}
	return r.powershellCode(c, args, c.name)
}

func (r *reader) powershellInput(c *call) value {
	if c.stdin.text == "" {
		return value{}
	}
	return r.powershellText(c, c.stdin, word{offset: c.offset, exact: -1}, c.name+" from a pipe")
}

func (r *reader) powershellCode(c *call, words []word, how string) value {
	if len(words) == 0 {
		return value{}
	}
	if words[0].text == "-" {
		return r.powershellInput(c)
	}
	v := joinWindows(words)
	w := literal("", words[0])
	if len(words) == 1 {
		w = words[0]
	}
	return r.powershellText(c, v, w, how)
}

// encodedCommand handles base64 of UTF-16LE.
func (r *reader) encodedCommand(c *call, w word) value {
	how := c.name + " -EncodedCommand"
	v := opaque(w.taint)
	if w.known() {
		if raw, ok := decode64(w.text); ok {
			v.text = withoutNUL(decodeUTF16(raw))
		}
	}
	r.act(c, KindDecodeRun, how)
	return r.powershellText(c, v, literal("", w), how)
}

// powershellText records PowerShell code and reads it.
func (r *reader) powershellText(c *call, v value, w word, how string) value {
	w.value = v
	r.inline(c, "powershell", w, how)
	if c.src.depth >= MaxDepth {
		r.limit("shells nested more than %d levels deep", MaxDepth)
		return opaque(v.taint)
	}
	in := opaqueObject(c.stdin.taint)
	if in.text = c.stdin.text; in.known() && in.text != "" {
		in.kind = objText
	}
	return r.readPowerShell(c.src.inside(v.text, w, how), in).value
}

// invokeExpression handles PowerShell's eval.
func (r *reader) invokeExpression(c *call) value {
	v := joinWords(c.args())
	if len(c.args()) == 0 || strings.EqualFold(c.args()[0].text, "-command") && len(c.args()) == 1 {
		v = c.stdin
	}
	const how = "Invoke-Expression"
	if v.text != "" && !v.known() {
		// The commands whose output it is have been read.
		r.inline(c, "powershell", word{value: v, offset: c.offset, exact: -1}, how)
		return opaque(v.taint)
	}
	if v.text == "" {
		return value{}
	}
	w := word{offset: c.offset, exact: -1}
	if len(c.args()) == 1 {
		w = c.args()[0]
	}
	return r.powershellText(c, v, w, how)
}

// cmd handles cmd.exe: everything behind /c or /k is the command.
func (r *reader) cmd(c *call) value {
	for i, w := range c.args() {
		t := strings.ToLower(w.text)
		if !strings.HasPrefix(t, "/") {
			break
		}
		if !strings.HasPrefix(t, "/c") && !strings.HasPrefix(t, "/k") && !strings.HasPrefix(t, "/r") {
			continue
		}
		rest := c.args()[i+1:]
		if attached := w.text[2:]; attached != "" {
			rest = append([]word{literal(attached, w)}, rest...)
		}
		if len(rest) == 0 {
			return value{}
		}
		v, at := joinWindows(rest), literal("", rest[0])
		if len(rest) == 1 {
			at = rest[0]
		}
		if c.src.depth >= MaxDepth {
			r.limit("shells nested more than %d levels deep", MaxDepth)
			return opaque(v.taint)
		}
		r.executed(c, v.taint, "cmd /c")
		return r.split(c.src.inside(strings.ReplaceAll(v.text, unknown, "%_%"), at, "cmd /c"), dialectCmd, c.stdin)
	}
	return r.input(c, "shell")
}

// systemLibraries are what rundll32 is ordinarily used for.
var systemLibraries = map[string]bool{
	"shell32.dll": true, "user32.dll": true, "url.dll": true, "advpack.dll": true, "printui.dll": true,
	"shell32": true, "user32": true, "powrprof.dll": true, "ieframe.dll": true, "zipfldr.dll": true,
	"scrobj.dll": true,
}

// windowsLoader handles mshta, rundll32, regsvr32 and msiexec, which run what
// their argument names: a file, a URL or code.
func (r *reader) windowsLoader(c *call) value {
	for _, w := range c.args() {
		t := w.text
		if rest, ok := strings.CutPrefix(strings.ToLower(t), "/i:"); ok {
			t = t[len(t)-len(rest):]
		}
		lower := strings.ToLower(t)
		switch {
		case isURL(t):
			r.act(c, KindDownloadRun, c.name+" "+t)
		case strings.HasPrefix(lower, "javascript:"), strings.HasPrefix(lower, "vbscript:"):
			language, code, _ := strings.Cut(t, ":")
			r.code(c, strings.ToLower(language), value{code, w.taint})
			if language = strings.ToLower(language); language == "vbscript" {
				r.vbscript(c.src.inside(code, literal(code, w), c.name))
			}
		case strings.HasPrefix(t, "/"), strings.HasPrefix(t, "-"):
		default:
			file, _, _ := strings.Cut(w.path(), ",")
			if file != "" && !systemLibraries[strings.ToLower(file)] && strings.ContainsAny(file, "./") {
				r.runsFile(c, c.name, literal(file, w))
			}
		}
	}
	if len(c.args()) > 0 && c.name != "msiexec" {
		r.act(c, KindInlineCode, c.name)
	}
	return value{}
}

// java handles java -jar.
func (r *reader) java(c *call) value {
	args := c.args()
	for i, w := range args {
		if w.text == "-jar" && i+1 < len(args) {
			r.runsFile(c, c.name, args[i+1])
		}
	}
	return opaque(fromProcess)
}

// makeProgram handles make -f; the default file is up to the caller, who knows
// which of them exists.
func (r *reader) makeProgram(c *call) value {
	opts, _ := options(c.args(), "fCIoW", []string{"--file", "--makefile", "--directory"})
	for _, o := range opts {
		switch o.name {
		case "-f", "--file", "--makefile":
			r.runsFile(c, c.name, o.value)
		}
	}
	return opaque(fromProcess)
}
