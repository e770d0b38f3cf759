package shell

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The bounds of ParseGyp.
const (
	// MaxGypSize is the largest file that is read, in bytes.
	MaxGypSize = 4 << 20
	// MaxExpansions bounds Gyp.Expansions and Gyp.Includes.
	MaxExpansions = 256
	// MaxExpansionText bounds Expansion.Text, in bytes.
	MaxExpansionText = 4096

	// maxGypText bounds the texts of all commands of a file, in bytes.
	maxGypText = 256 << 10
	// maxGypNesting is how deep expansions inside expansions are followed.
	maxGypNesting = 8
)

// ErrGyp is wrapped by every error of ParseGyp.
var ErrGyp = errors.New("gyp file")

// ErrGypCode is wrapped where a file is no literal but Python code, which gyp
// would evaluate.
var ErrGypCode = fmt.Errorf("%w: %w", ErrGyp, errPyCode)

// Gyp is what a .gyp or .gypi file makes gyp run, as plain data.
type Gyp struct {
	Expansions []Expansion `json:"expansions,omitempty"`
	// Includes are other gyp files that this one names, relative to its
	// folder, cleaned, sorted. Names with variables in them are left out and
	// noted in Limits.
	Includes []string `json:"includes,omitempty"`
	// Limits names the bounds that were reached; the rest was not analysed.
	Limits []string `json:"limits,omitempty"`
}

// GypKind says how gyp comes to run something.
type GypKind string

// The kinds of expansions (gyp documentation, "Command expansions" and
// "Actions").
const (
	GypCommand     GypKind = "command"     // <!(…), >!(…), ^!(…) and their list forms with @
	GypModule      GypKind = "module"      // <!pymod_do_main(…) runs a Python module
	GypFileList    GypKind = "file-list"   // <|(…) writes a file
	GypAction      GypKind = "action"      // the command of an action, rule or post-build step
	GypCondition   GypKind = "condition"   // an expression that does more than compare
	GypMake        GypKind = "make"        // $(shell …) and backquotes, which the Makefile runs
	GypMakeSetting GypKind = "make-global" // make_global_settings choose the programs of the build
)

// Expansion is one thing that gyp, or the build it prepares, runs.
type Expansion struct {
	Kind GypKind `json:"kind"`
	// Text is the source, shortened to MaxExpansionText bytes; the words of an
	// action are quoted where a shell needs it.
	Text   string `json:"text"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Script is what the text does; nil for a file list.
	Script *Script `json:"script,omitempty"`
}

// Common reports whether the expansion only asks an installed package for its
// include folder and the like, as ordinary native modules do.
func (e *Expansion) Common() bool {
	if e.Script == nil || len(e.Script.Commands) != 1 || e.Script.Err != "" || len(e.Script.Limits) > 0 {
		return false
	}
	for _, a := range e.Script.Acts {
		if !a.Common {
			return false
		}
	}
	return len(e.Script.Acts) == 1
}

// ParseGyp reads binding.gyp and files like it: a Python literal that gyp
// evaluates, running the commands in its strings while it configures a build
// (gyp's input.py, ExpandVariables). Conditions are Python expressions that
// gyp evaluates without built-in names; those that could reach around this
// are listed.
//
// Where the file is no literal the error wraps ErrGyp, and the Gyp returned
// with it holds what a search of the bare text finds.
func ParseGyp(data []byte) (*Gyp, error) {
	g := &gypReader{variables: map[string]string{}, several: map[string]bool{}, left: maxGypText, work: maxWork}
	if len(data) > MaxGypSize {
		return &g.gyp, fmt.Errorf("%w: %d bytes, more than the %d that are read", ErrGyp, len(data), MaxGypSize)
	}
	text := clean(string(data))
	g.lines = newPositions(text)
	root, err := parsePython(text)
	if err != nil {
		g.search(&pyValue{text: text, exact: 0})
		return g.finish(), g.explain(err)
	}
	if root.kind != pyDict {
		return &g.gyp, fmt.Errorf("%w: not a dictionary", ErrGyp)
	}
	g.collect(root, false)
	g.walk(root)
	return g.finish(), nil
}

// gypReader collects what a gyp file runs.
type gypReader struct {
	gyp   Gyp
	lines *positions
	// variables are constants of the file; several marks names with more than
	// one value, which are none.
	variables map[string]string
	several   map[string]bool
	left      int // bytes of commands that may still be analysed
	work      int // bytes that variables may still expand to
}

func (g *gypReader) finish() *Gyp {
	slices.Sort(g.gyp.Includes)
	g.gyp.Includes = slices.Compact(g.gyp.Includes)
	return &g.gyp
}

func (g *gypReader) explain(err error) error {
	sentinel := ErrGyp
	if errors.Is(err, errPyCode) {
		sentinel = ErrGypCode
	}
	var at *pyError
	if errors.As(err, &at) {
		line, column := g.lines.at(at.offset)
		return fmt.Errorf("%w: line %d, column %d: %v", sentinel, line, column, err)
	}
	return fmt.Errorf("%w: %v", sentinel, err)
}

func (g *gypReader) limit(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(g.gyp.Limits, text) {
		g.gyp.Limits = append(g.gyp.Limits, text)
	}
}

// baseKey is a key without the mark that tells gyp how to merge its value.
func baseKey(v *pyValue) string {
	if v.kind != pyString {
		return ""
	}
	return strings.TrimRight(v.text, "+=?!/%")
}

// collect finds the variables that have one string value.
func (g *gypReader) collect(v *pyValue, inside bool) {
	for i, item := range v.items {
		in := inside
		if v.kind == pyDict {
			key := baseKey(v.keys[i])
			in = inside || key == "variables"
			if inside {
				if old, ok := g.variables[key]; ok && old != item.text || item.kind != pyString {
					g.several[key] = true
				}
				g.variables[key] = item.text
			}
		}
		g.collect(item, in)
	}
}

// walk lists what the value and everything inside it run.
func (g *gypReader) walk(v *pyValue) {
	if v.kind == pyString {
		g.search(v)
		return
	}
	for i, item := range v.items {
		if v.kind == pyDict {
			g.search(v.keys[i])
			g.member(baseKey(v.keys[i]), item)
		}
		g.walk(item)
	}
}

// member looks at an entry of a dictionary whose key makes gyp run something
// or read another file.
func (g *gypReader) member(key string, v *pyValue) {
	switch key {
	case "action":
		g.action(v)
	case "conditions", "target_conditions":
		for _, c := range v.items {
			for _, part := range c.items {
				if part.kind == pyString && suspectCondition(part.text) {
					g.condition(part)
				}
			}
		}
	case "includes":
		for _, item := range v.items {
			g.include(item)
		}
	case "dependencies", "export_dependent_settings":
		for _, item := range v.items {
			if file, _, ok := strings.Cut(item.text, ":"); ok && file != "" {
				g.include(&pyValue{kind: item.kind, text: file})
			}
		}
	case "make_global_settings":
		for _, pair := range v.items {
			if len(pair.items) == 2 && pair.items[1].kind == pyString {
				g.add(GypMakeSetting, pair.items[1], pair.items[1].text, g.shellText(pair.items[1].text, 0))
			}
		}
	}
}

func (g *gypReader) include(v *pyValue) {
	if v.kind != pyString || v.text == "" {
		return
	}
	name := strings.TrimPrefix(strings.TrimPrefix(v.text, "<(module_root_dir)/"), "<(DEPTH)/")
	if strings.ContainsAny(name, "<>^") {
		if !strings.HasPrefix(v.text, "<!") { // which asks a package where it lies
			g.limit("includes with variables in their names")
		}
		return
	}
	if len(g.gyp.Includes) >= MaxExpansions {
		g.limit("more than %d includes", MaxExpansions)
		return
	}
	g.gyp.Includes = append(g.gyp.Includes, joinPath("", shorten(name, maxPath)))
}

// action lists a command given as its words, or as one string.
func (g *gypReader) action(v *pyValue) {
	var shown, run []string
	for _, item := range v.items {
		if item.kind == pyString || item.kind == pyAtom {
			shown = append(shown, quoteShell(item.text))
			run = append(run, g.quoted(item.text))
		}
	}
	if v.kind == pyString {
		shown, run = []string{v.text}, []string{g.shellText(v.text, 0)}
	}
	if len(shown) > 0 {
		g.add(GypAction, v, strings.Join(shown, " "), strings.Join(run, " "))
	}
}

// quoted returns the shell text of a word of which gyp expands variables.
func (g *gypReader) quoted(s string) string {
	text := g.shellText(s, 0)
	if text == s {
		return quoteShell(s)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`").Replace(text) + `"`
}

// suspicious matches what a condition needs to reach beyond comparisons: the
// attributes of built-in types, names built from escapes, loops.
var suspicious = regexp.MustCompile(`__|\\|\b(?:lambda|import|eval|exec|compile|open|getattr|globals|format|for)\b|[^\x00-\x7f]`)

func suspectCondition(text string) bool { return suspicious.MatchString(text) }

func (g *gypReader) condition(v *pyValue) {
	script := pythonScript(v.text, "gyp condition")
	g.list(GypCondition, v, 0, v.text, script)
}

// pythonScript is the Script of Python code that gyp evaluates.
func pythonScript(text, detail string) *Script {
	return &Script{
		Acts: []Act{{Kind: KindInlineCode, Line: 1, Column: 1, Text: snippet(text), Detail: detail}},
		Code: []Code{{Language: "python", Text: shorten(text, MaxSource), Line: 1, Column: 1}},
	}
}

// add lists a command that starts where v does.
func (g *gypReader) add(kind GypKind, v *pyValue, shown, run string) {
	if g.afford(len(run)) {
		g.list(kind, v, 0, shown, Parse(run))
	}
}

func (g *gypReader) afford(n int) bool {
	if n > g.left {
		g.limit("commands of more than %d bytes together", maxGypText)
		return false
	}
	g.left -= n
	return true
}

// list records an expansion at an offset into the text of a string.
func (g *gypReader) list(kind GypKind, v *pyValue, at int, shown string, script *Script) {
	if len(g.gyp.Expansions) >= MaxExpansions {
		g.limit("more than %d expansions", MaxExpansions)
		return
	}
	offset := v.offset
	if v.exact >= 0 {
		offset = v.exact + at
	}
	e := Expansion{Kind: kind, Text: shorten(shown, MaxExpansionText), Script: script}
	e.Line, e.Column = g.lines.at(offset)
	g.gyp.Expansions = append(g.gyp.Expansions, e)
}

// expansionStart matches the start of what gyp expands: early, late and
// latelate, as a variable, a command or a file list.
var (
	expansionStart = regexp.MustCompile(`([<>^])(!?@?|\|)([-a-zA-Z0-9_.]*)\(`)
	makeShell      = regexp.MustCompile(`\$[({](?:shell|eval) `)
)

// search lists what the text of a string runs.
func (g *gypReader) search(v *pyValue) { g.searchIn(v, v.text, 0, 0) }

// searchIn looks at a part of the text of v that starts at base.
func (g *gypReader) searchIn(v *pyValue, text string, base, nesting int) {
	if nesting > maxGypNesting {
		g.limit("expansions nested more than %d levels deep", maxGypNesting)
		return
	}
	var rest strings.Builder // the text outside expansions
	pos := 0
	for pos < len(text) {
		m := expansionStart.FindStringSubmatchIndex(text[pos:])
		if m == nil {
			break
		}
		start, open := pos+m[0], pos+m[1]-1
		content, end := bracketed(text, open)
		kind, module := text[pos+m[4]:pos+m[5]], text[pos+m[6]:pos+m[7]]
		rest.WriteString(text[pos:start])
		switch {
		case strings.HasPrefix(kind, "!"):
			g.command(v, base+start, text[start:end], content, module)
		case kind == "|":
			g.list(GypFileList, v, base+start, text[start:end], nil)
		}
		g.searchIn(v, content, base+open+1, nesting+1)
		pos = end
	}
	rest.WriteString(text[min(pos, len(text)):])
	if nesting == 0 && v.kind == pyString {
		g.makefile(v, rest.String())
	}
}

// command lists a command expansion.
func (g *gypReader) command(v *pyValue, at int, shown, content, module string) {
	if !g.afford(len(content)) {
		return
	}
	trimmed := strings.TrimSpace(content)
	switch {
	case module == "pymod_do_main":
		name, args, _ := strings.Cut(trimmed, " ")
		file := strings.ReplaceAll(g.shellText(name, 0), ".", "/") + ".py"
		g.list(GypModule, v, at, shown, Parse("python "+file+" "+g.shellText(args, 0)))
	case strings.HasPrefix(trimmed, "["):
		// gyp evaluates the list with all of Python's built-in names.
		list, err := parsePython(trimmed)
		if err != nil || list.kind != pyList {
			g.list(GypCommand, v, at, shown, pythonScript(trimmed, "gyp list expression"))
			return
		}
		var run []string
		for _, item := range list.items {
			run = append(run, g.quoted(item.text))
		}
		g.list(GypCommand, v, at, shown, Parse(strings.Join(run, " ")))
	default:
		g.list(GypCommand, v, at, shown, Parse(g.shellText(trimmed, 0)))
	}
}

// makefile lists what a string leads the generated Makefile to run.
func (g *gypReader) makefile(v *pyValue, text string) {
	for rest := text; ; {
		m := makeShell.FindStringIndex(rest)
		if m == nil {
			break
		}
		content, end := bracketed(rest, m[0]+1)
		_, command, _ := strings.Cut(content, " ") // behind the function's name
		g.add(GypMake, v, rest[m[0]:end], g.shellText(strings.TrimSpace(command), 0))
		rest = rest[end:]
	}
	for {
		_, rest, ok := strings.Cut(text, "`")
		command, after, closed := strings.Cut(rest, "`")
		if !ok || !closed {
			break
		}
		g.add(GypMake, v, "`"+command+"`", g.shellText(command, 0))
		text = after
	}
}

// bracketed returns the text inside the bracket at open and the offset behind
// the one that closes it, as gyp counts: quotes do not matter. An open end is
// the text's.
func bracketed(text string, open int) (content string, end int) {
	var stack []byte
	for i := open; i < len(text); i++ {
		switch c := text[i]; c {
		case '(':
			stack = append(stack, ')')
		case '[':
			stack = append(stack, ']')
		case '{':
			stack = append(stack, '}')
		case ')', ']', '}':
			if stack[len(stack)-1] != c {
				return text[open+1:], len(text)
			}
			if stack = stack[:len(stack)-1]; len(stack) == 0 {
				return text[open+1 : i], i + 1
			}
		}
	}
	return text[open+1:], len(text)
}

// maxVariable bounds the text that a variable of a gyp file stands for.
const maxVariable = 16 << 10

// shellText returns a command as a shell gets it: variables with one value are
// replaced by it, the others become shell variables, which are unknown.
func (g *gypReader) shellText(text string, depth int) string {
	var b strings.Builder
	for text != "" {
		m := expansionStart.FindStringSubmatchIndex(text)
		if m == nil || b.Len() > maxVariable {
			break
		}
		b.WriteString(text[:m[0]])
		content, end := bracketed(text, m[1]-1)
		name := strings.TrimSpace(content)
		kind := text[m[4]:m[5]]
		v, known := g.variables[name]
		switch {
		case kind != "" && kind != "@": // a command, listed on its own
			b.WriteString("${_}")
		case name == "module_root_dir" || name == "DEPTH":
			b.WriteString(".")
		case known && !g.several[name] && depth < maxGypNesting && g.work > 0:
			g.work -= len(v) + len(name)
			b.WriteString(shorten(g.shellText(v, depth+1), maxVariable))
		default:
			b.WriteString("${" + shellName(name) + "}")
		}
		text = text[end:]
	}
	b.WriteString(text)
	return b.String()
}

// shellName makes a variable's name of a gyp name.
func shellName(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < 0x80 && isNameByte(byte(c)) {
			return c
		}
		return '_'
	}, shorten(name, 64))
	if name == "" || name[0] <= '9' {
		return "_" + name
	}
	return name
}
