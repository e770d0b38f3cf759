package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxBraces is how many words a brace expansion may make; beyond it the braces
// stay as they are.
const maxBraces = 64

// fields evaluates a word of a command, which may become several or none.
func (w *walker) fields(sw *syntax.Word) []word {
	words := []*syntax.Word{sw}
	raw, offset := w.raw(sw), int(sw.Pos().Offset())
	if strings.Contains(sw.Lit(), "{") {
		split := &syntax.Word{Parts: slices.Clone(sw.Parts)}
		if syntax.SplitBraces(split) {
			words = expandBraces(split)
		}
	}
	var out []word
	for _, x := range words {
		b := &builder{walker: w, split: true}
		for _, part := range x.Parts {
			b.part(part)
		}
		out = append(out, b.end()...)
	}
	for i := range out {
		out[i].raw, out[i].offset, out[i].exact = raw, offset, -1
	}
	if len(out) == 1 {
		out[0].exact, out[0].quoted = standing(sw)
	}
	return out
}

// single evaluates a word that stays one: a redirection's target or an
// assigned value.
func (w *walker) single(sw *syntax.Word) word {
	b := &builder{walker: w}
	for _, part := range sw.Parts {
		b.part(part)
	}
	out := word{value: b.value(), raw: w.raw(sw), offset: int(sw.Pos().Offset()), names: b.names}
	out.exact, out.quoted = standing(sw)
	return out
}

func (w *walker) raw(sw *syntax.Word) string {
	return w.src.slice(int(sw.Pos().Offset()), int(sw.End().Offset()))
}

// standing returns the offset where the text of a word stands unchanged in the
// source, or -1, and whether the word is one quoted string.
func standing(sw *syntax.Word) (exact int, quoted bool) {
	if len(sw.Parts) != 1 {
		return -1, false
	}
	switch p := sw.Parts[0].(type) {
	case *syntax.Lit:
		if !strings.Contains(p.Value, `\`) {
			return int(p.ValuePos.Offset()), false
		}
	case *syntax.SglQuoted:
		if !p.Dollar {
			return int(p.Left.Offset()) + 1, true
		}
		return -1, true
	case *syntax.DblQuoted:
		if len(p.Parts) == 1 && !p.Dollar {
			if lit, ok := p.Parts[0].(*syntax.Lit); ok && !strings.Contains(lit.Value, `\`) {
				return int(p.Left.Offset()) + 1, true
			}
		}
		return -1, true
	}
	return -1, false
}

// expandBraces returns the words that {a,b} makes, or the word itself where
// there are too many of them. Sequences such as {1..9} stay as they are.
func expandBraces(sw *syntax.Word) []*syntax.Word {
	out := []*syntax.Word{{}}
	for _, part := range sw.Parts {
		alternatives := []*syntax.Word{{Parts: []syntax.WordPart{part}}}
		if br, ok := part.(*syntax.BraceExp); ok && !br.Sequence {
			alternatives = nil
			for _, e := range br.Elems {
				alternatives = append(alternatives, expandBraces(e)...)
				if len(alternatives) > maxBraces {
					return []*syntax.Word{sw}
				}
			}
		}
		if len(out)*len(alternatives) > maxBraces {
			return []*syntax.Word{sw}
		}
		var next []*syntax.Word
		for _, o := range out {
			for _, a := range alternatives {
				parts := append(o.Parts[:len(o.Parts):len(o.Parts)], a.Parts...)
				next = append(next, &syntax.Word{Parts: parts})
			}
		}
		out = next
	}
	return out
}

// builder puts the parts of a word together.
type builder struct {
	*walker
	split  bool // unquoted expansions are split at white space
	quoted bool // inside double quotes or a here-document

	text    strings.Builder
	windows strings.Builder
	slashes bool // a backslash is text to cmd.exe alone
	taint   taint
	names   []string
	begun   bool // the current word exists even if it is empty
	done    []word
}

func (b *builder) value() value { return value{b.text.String(), b.taint} }

// end returns the words made.
func (b *builder) end() []word {
	b.cut()
	return b.done
}

func (b *builder) cut() {
	if b.begun || b.text.Len() > 0 {
		out := word{value: b.value(), names: b.names}
		if b.slashes {
			out.windows = b.windows.String()
		}
		b.done = append(b.done, out)
	}
	b.text.Reset()
	b.windows.Reset()
	b.taint, b.names, b.slashes, b.begun = 0, nil, false, false
}

// add appends literal text.
func (b *builder) add(s string) {
	b.text.WriteString(s)
	b.windows.WriteString(s)
	b.begun = true
}

// expand appends the value of an expansion.
func (b *builder) expand(v value) {
	b.taint |= v.taint
	if !b.spend(len(v.text)) {
		v.text = unknown
	}
	if !b.split || b.quoted {
		b.add(v.text)
		return
	}
	for i, f := range strings.FieldsFunc(v.text, isSpace) {
		if i > 0 || isSpace(rune(v.text[0])) {
			b.cut()
			b.taint |= v.taint
		}
		b.add(f)
	}
	if v.text != "" && isSpace(rune(v.text[len(v.text)-1])) {
		b.cut()
	}
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }

func (b *builder) part(part syntax.WordPart) {
	switch p := part.(type) {
	case *syntax.Lit:
		b.literal(p.Value)
	case *syntax.SglQuoted:
		if p.Dollar {
			b.add(unescapeC(p.Value))
		} else {
			b.add(p.Value)
		}
		b.begun = true
	case *syntax.DblQuoted:
		quoted := b.quoted
		b.quoted, b.begun = true, true
		for _, inner := range p.Parts {
			b.part(inner)
		}
		b.quoted = quoted
	case *syntax.ParamExp:
		b.expand(b.parameter(p))
	case *syntax.CmdSubst:
		b.expand(b.substitution(p.Stmts, value{}))
	case *syntax.ProcSubst:
		v := b.substitution(p.Stmts, value{})
		b.expand(opaque(v.taint))
	case *syntax.ArithmExp:
		b.expand(opaque(b.inner(p)))
	case *syntax.ExtGlob:
		b.add(p.Op.String() + p.Pattern.Value + ")")
	case *syntax.BraceExp: // too many or a sequence
		for _, e := range p.Elems {
			for _, inner := range e.Parts {
				b.part(inner)
			}
		}
		b.expand(opaque(0))
	}
}

// literal appends text of the source in which backslashes escape.
func (b *builder) literal(s string) {
	if !strings.Contains(s, `\`) {
		b.add(s)
		return
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b.add(s[i : i+1])
			continue
		}
		i++
		switch next := s[i]; {
		case next == '\n':
		case b.quoted && !strings.ContainsRune("$`\"\\", rune(next)):
			b.add(s[i-1 : i+1])
		case b.quoted:
			b.add(s[i : i+1])
		default:
			b.text.WriteByte(next)
			b.windows.WriteString(s[i-1 : i+1])
			b.slashes, b.begun = true, true
		}
	}
}

// wellKnown are variables that npm or the system sets to a program.
var wellKnown = map[string]string{
	"npm_execpath":        "npm",
	"npm_node_execpath":   "node",
	"NODE":                "node",
	"npm_config_node_gyp": "node-gyp",
	"SHELL":               "sh",
	"COMSPEC":             "cmd",
	"BASH":                "bash",
}

// parameter returns the value of $name or ${name…}.
func (b *builder) parameter(p *syntax.ParamExp) value {
	name := p.Param.Value
	b.names = append(b.names, name)
	plain := !p.Excl && !p.Length && !p.Width && p.Index == nil && p.Slice == nil &&
		p.Repl == nil && p.Names == 0 && p.Exp == nil
	if plain {
		return b.variable(name)
	}
	if dir, ok := b.scriptFolder(p); ok {
		return dir
	}
	var t taint
	if p.Exp != nil && p.Exp.Word != nil {
		t |= b.inner(p.Exp.Word)
	}
	if p.Repl != nil {
		for _, sw := range []*syntax.Word{p.Repl.Orig, p.Repl.With} {
			if sw != nil {
				t |= b.inner(sw)
			}
		}
	}
	if p.Slice != nil {
		for _, x := range []syntax.ArithmExpr{p.Slice.Offset, p.Slice.Length} {
			if x != nil {
				t |= b.inner(x)
			}
		}
	}
	if p.Index != nil {
		t |= b.inner(p.Index)
	}
	return opaque(t | b.variable(name).taint)
}

// scriptFolder knows ${0%/*}, the script's folder, and ${BASH_SOURCE[0]}, its
// name.
func (b *builder) scriptFolder(p *syntax.ParamExp) (value, bool) {
	name, known := b.vars["0"]
	switch {
	case !known:
	case p.Param.Value == "BASH_SOURCE" && p.Exp == nil && p.Slice == nil && p.Repl == nil:
		return name, true
	case p.Param.Value == "0" && p.Exp != nil && p.Exp.Op == syntax.RemSmallSuffix && p.Exp.Word != nil && p.Exp.Word.Lit() == "/*":
		return value{text: path.Dir(name.text)}, true
	}
	return value{}, false
}

// pwd is the working folder, relative to the one in which the script starts.
func (r *reader) pwd() value {
	if r.dir == unknown {
		return opaque(fromIdentity)
	}
	return value{"./" + r.dir, fromIdentity}
}

// variable returns the value of a shell variable.
func (r *reader) variable(name string) value {
	switch name {
	case "PWD", "pwd", "cd", "CD":
		return r.pwd()
	case "BASH_SOURCE":
		name = "0"
	case "PSScriptRoot":
		if v, ok := r.vars["0"]; ok {
			return value{text: path.Dir(v.text)}
		}
	}
	if v, ok := r.vars[name]; ok {
		return v
	}
	if program, ok := wellKnown[name]; ok {
		return value{text: program}
	}
	var t taint
	if secretName(name) {
		t |= fromSecrets
	}
	if identityNames[name] {
		t |= fromIdentity
	}
	return opaque(t)
}
