package shell

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// maxWrappers bounds how many wrappers are taken off one command.
const maxWrappers = 16

// wrapper describes a program that starts another one given by its arguments.
type wrapper struct {
	short      string   // single-letter options that take a value
	long       []string // long options that take a value
	env        bool     // assignments may stand in front of the command
	skip       int      // operands in front of the command
	background bool     // it does not wait for the command, or outlives a terminal
}

var wrappers = map[string]wrapper{
	"builtin":     {},
	"busybox":     {},
	"c8":          {},
	"caffeinate":  {short: "tw"},
	"call":        {},
	"chroot":      {skip: 1},
	"command":     {},
	"cross-env":   {env: true},
	"daemonize":   {short: "acelopuE", background: true},
	"disown":      {background: true},
	"doas":        {short: "uC"},
	"dotenv":      {short: "ecv"},
	"env":         {short: "uC", long: []string{"--unset", "--chdir"}, env: true},
	"env-cmd":     {short: "fer", long: []string{"--file", "--environments", "--rc-file"}},
	"exec":        {short: "a"},
	"exit-zero":   {},
	"gtimeout":    {short: "ks", skip: 1},
	"ionice":      {short: "cnpPu"},
	"ltrace":      {short: "oe"},
	"nice":        {short: "n", long: []string{"--adjustment"}},
	"nohup":       {background: true},
	"nyc":         {},
	"proxychains": {},
	"setsid":      {background: true},
	"shx":         {},
	"stdbuf":      {short: "ioe"},
	"strace":      {short: "oespuPEIabSX"},
	"sudo":        {short: "ugpCThRDrtU", long: []string{"--user", "--group", "--prompt"}, env: true},
	"systemd-run": {short: "pu", background: true},
	"time":        {short: "fo"},
	"timeout":     {short: "ks", long: []string{"--signal", "--kill-after"}, skip: 1},
	"torsocks":    {},
	"toybox":      {},
	"unbuffer":    {},
	"watch":       {short: "n", long: []string{"--interval"}},
	"winpty":      {},
	"xargs":       {short: "ILnPsEda", long: []string{"--max-args", "--max-procs", "--replace"}},
	"xvfb-run":    {short: "naefps"},
}

// peelerFor returns what takes off a wrapper with rules of its own, or nil. A
// peeler reports whether another command is left in c.words.
func peelerFor(name string) func(*reader, *call) bool {
	switch name {
	case "start":
		return (*reader).peelStart
	case "start-process", "saps":
		return (*reader).peelStartProcess
	case "npx", "bunx", "pnpx":
		return (*reader).peelNpx
	case "npm", "cnpm", "tnpm", "yarn", "yarnpkg", "pnpm", "bun":
		return (*reader).peelManager
	}
	return nil
}

var assignmentPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// unwrap takes the wrappers off a command: what is left is the program that
// does the work.
func (r *reader) unwrap(c *call) {
	for range maxWrappers {
		if len(c.words) == 0 {
			return
		}
		name := r.programName(c)
		if peel := peelerFor(name); peel != nil {
			if !peel(r, c) {
				return
			}
		} else if wr, ok := wrappers[name]; !ok || !r.peel(c, name, wr) {
			return
		}
		c.via = append(c.via, name)
	}
	r.limit("more than %d wrappers around a command", maxWrappers)
}

// peel takes off an ordinary wrapper and reports whether a command was inside.
func (r *reader) peel(c *call, name string, wr wrapper) bool {
	rest := c.words[1:]
	var env []variable
	for len(rest) > 0 {
		t := rest[0].text
		if wr.env && assignmentPattern.MatchString(t) {
			k, v, _ := strings.Cut(t, "=")
			x := literal(v, rest[0])
			x.names = rest[0].names
			env = append(env, variable{k, x})
			rest = rest[1:]
			continue
		}
		if len(t) < 2 || t[0] != '-' {
			break
		}
		if name == "command" && (t == "-v" || t == "-V") {
			return false // it only looks a command up
		}
		if text, ok := splitString(name, rest); ok {
			rest = append(r.resplit(text), rest[min(2, len(rest)):]...)
			continue
		}
		n := 1
		if t == "--" {
			rest = rest[1:]
			break
		}
		if takesNext(t, wr.short, wr.long) {
			n = 2
		}
		if dir, ok := newFolder(name, rest); ok {
			r.cd(&call{src: c.src, words: []word{c.words[0], dir}})
			c.chdir = true
		}
		rest = rest[min(n, len(rest)):]
	}
	rest = rest[min(wr.skip, len(rest)):]
	if len(rest) == 0 {
		return false
	}
	if wr.background {
		r.act(c, KindBackground, name)
	}
	if name == "xargs" {
		rest = append(slices.Clone(rest), word{value: opaque(c.stdin.taint), exact: -1, offset: c.words[0].offset})
		if c.stdin.text != "" && c.stdin.known() {
			rest = append(rest[:len(rest)-1], r.resplit(literal(c.stdin.text, rest[len(rest)-1]))...)
		}
	}
	c.env = append(c.env, env...)
	c.words = rest
	return true
}

// newFolder returns the folder in which env -C runs the command.
func newFolder(name string, rest []word) (word, bool) {
	t := rest[0].text
	switch dir, attached := strings.CutPrefix(t, "--chdir="); {
	case name != "env":
	case attached:
		return literal(dir, rest[0]), true
	case (t == "-C" || t == "--chdir") && len(rest) > 1:
		return rest[1], true
	}
	return word{}, false
}

// splitString returns the text of env -S, which holds the command in one word.
func splitString(name string, rest []word) (word, bool) {
	t := rest[0].text
	switch {
	case name != "env":
	case t == "-S" || t == "--split-string":
		if len(rest) > 1 {
			return rest[1], true
		}
	case strings.HasPrefix(t, "-S"):
		return literal(t[2:], rest[0]), true
	}
	return word{}, false
}

// resplit splits the text of one word into words at white space.
func (r *reader) resplit(w word) []word {
	var out []word
	for _, f := range strings.Fields(w.text) {
		x := literal(strings.Trim(f, `"'`), w)
		out = append(out, x)
	}
	return out
}

// takesNext reports whether an option's value is the next word.
func takesNext(option, short string, long []string) bool {
	if strings.HasPrefix(option, "--") {
		return slices.Contains(long, option)
	}
	for i := 1; i < len(option); i++ {
		if strings.IndexByte(short, option[i]) >= 0 {
			return i == len(option)-1
		}
	}
	return false
}

// option is one option of a command with its value, if it has one.
type option struct {
	name  string // with its dashes; bundled letters apart
	value word
}

// options splits arguments as getopt_long does, operands and options mixed.
// Short names the letters that take a value, long the long options that do.
func options(args []word, short string, long []string) (opts []option, operands []word) {
	for len(args) > 0 {
		var more []option
		more, args = leading(args, short, long)
		opts = append(opts, more...)
		if len(args) > 0 {
			operands = append(operands, args[0])
			args = args[1:]
		}
	}
	return opts, operands
}

// leading splits the options in front of the first operand off.
func leading(args []word, short string, long []string) (opts []option, rest []word) {
	for len(args) > 0 {
		w := args[0]
		t := w.text
		if len(t) < 2 || t[0] != '-' {
			break
		}
		args = args[1:]
		if t == "--" {
			break
		}
		// next takes the value that follows the option's name.
		next := func(attached string, has bool) (v word) {
			if has {
				v = w
				v.text, v.windows, v.exact = attached, "", -1
			} else if len(args) > 0 {
				v, args = args[0], args[1:]
			}
			return v
		}
		if t[1] == '-' {
			name, v, has := strings.Cut(t, "=")
			o := option{name: name}
			if has || slices.Contains(long, name) {
				o.value = next(v, has)
			}
			opts = append(opts, o)
			continue
		}
		for i := 1; i < len(t); i++ {
			o := option{name: "-" + t[i:i+1]}
			takes := strings.IndexByte(short, t[i]) >= 0
			if takes {
				o.value = next(t[i+1:], i+1 < len(t))
			}
			opts = append(opts, o)
			if takes {
				break
			}
		}
	}
	return opts, args
}

// programName returns Command.Name for a call.
func (r *reader) programName(c *call) string {
	if len(c.words) == 0 {
		return ""
	}
	w := c.words[0]
	if strings.EqualFold(w.text, "%comspec%") || w.text == unknown && strings.EqualFold(w.raw, "%comspec%") {
		return "cmd"
	}
	if !w.known() {
		return r.systemProgram(w)
	}
	name := commandName(w.text)
	if w.windows != "" {
		// Known to one reading only: c\url is curl to sh, bin\curl to cmd.exe.
		if other := commandName(w.windows); !isKnown(name) && isKnown(other) {
			return other
		}
	}
	return name
}

// systemPrograms are programs that scripts start from the folder in which they
// found them, and whose names are none of common words.
var systemPrograms = set("bash", "bitsadmin", "bun", "certutil", "cmd", "cscript", "curl", "deno", "git", "java", "javaw", "mshta", "node",
	"nodejs", "npm", "npx", "pnpm", "powershell", "pwsh", "python", "reg", "regsvr32", "rundll32", "schtasks", "wscript", "yarn")

// systemProgram returns the name of a program in a folder that only a run
// would tell, if it is the system's and the script did not make it itself.
func (r *reader) systemProgram(w word) string {
	name := commandName(w.path())
	if !systemPrograms[canonical(name)] || strings.ContainsAny(w.text, " \n") {
		return ""
	}
	if _, made := r.files[r.fileKey(w)]; made {
		return ""
	}
	return name
}

func commandName(text string) string {
	name := strings.ToLower(baseName(strings.TrimRight(text, "/")))
	name = strings.Trim(strings.ReplaceAll(name, "^", ""), `@"'`)
	for _, ext := range []string{".exe", ".cmd", ".com"} {
		if base, ok := strings.CutSuffix(name, ext); ok && base != "" {
			return base
		}
	}
	return name
}

// isKnown reports whether this package knows what a program does.
func isKnown(name string) bool {
	if _, ok := wrappers[name]; ok {
		return true
	}
	return peelerFor(name) != nil || handlerFor(canonical(name)) != nil
}

// peelStart takes off cmd.exe's start: a title in quotes, options, a command.
func (r *reader) peelStart(c *call) bool {
	rest := c.words[1:]
	if len(rest) > 0 && (strings.HasPrefix(rest[0].raw, `"`) || rest[0].text == "") {
		rest = rest[1:]
	}
	detail, waits := "start", false
	for len(rest) > 0 && strings.HasPrefix(rest[0].text, "/") {
		o := strings.ToLower(rest[0].text)
		if len(o) > 1 && strings.Contains(o[1:], "/") {
			break // a path
		}
		if o == "/b" || o == "/min" {
			detail = "start " + o
		}
		waits = waits || o == "/wait" || o == "/w"
		rest = rest[1:]
		if o == "/d" && len(rest) > 0 {
			rest = rest[1:]
		}
	}
	if len(rest) == 0 || isURL(rest[0].text) {
		return false // a page is opened
	}
	if !waits {
		r.act(c, KindBackground, detail)
	}
	c.words = rest
	return true
}

// peelStartProcess takes off PowerShell's Start-Process.
func (r *reader) peelStartProcess(c *call) bool {
	detail := "Start-Process"
	var waits, hidden bool
	var rest []word
	args := c.words[1:]
	for len(args) > 0 {
		w := args[0]
		args = args[1:]
		name := strings.ToLower(w.text)
		if !strings.HasPrefix(name, "-") {
			rest = append(rest, w)
			continue
		}
		switch {
		case name == "-wait":
			waits = true
		case name == "-nonewwindow", name == "-passthru", name == "-usenewenvironment":
			continue
		case strings.HasPrefix(name, "-w") && len(args) > 0 && strings.EqualFold(args[0].text, "hidden"):
			detail, hidden = detail+" hidden", true
			args = args[1:]
		case strings.HasPrefix("-filepath", name), strings.HasPrefix("-argumentlist", name), name == "-args":
			if len(args) > 0 {
				separator := func(c rune) bool { return isSpace(c) || strings.ContainsRune(`,"'`, c) }
				for _, f := range strings.FieldsFunc(args[0].text, separator) {
					x := literal(f, args[0])
					x.raw = cmp.Or(rawText(f), x.raw)
					rest = append(rest, x)
				}
				args = args[1:]
			}
		case len(args) > 0:
			args = args[1:]
		}
	}
	if len(rest) == 0 || isURL(rest[0].text) {
		return false // a page is opened
	}
	if hidden || !waits {
		r.act(c, KindBackground, detail)
	}
	c.words = rest
	return true
}
