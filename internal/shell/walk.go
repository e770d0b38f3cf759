package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shell reads a text as shell and falls back to the simple reader. It returns
// what the text's commands print.
func (r *reader) shell(src *source, stdin value) value {
	if src.depth > MaxDepth {
		r.limit("shells nested more than %d levels deep", MaxDepth)
		return opaque(stdin.taint)
	}
	last, span, pinned, dir := r.last, r.span, r.pinned, r.dir
	r.last, r.pinned, r.span = -1, false, [2]int{0, len(src.text)}
	defer func() { r.last, r.span, r.pinned, r.dir = last, span, pinned, dir }()

	file, err := parse(src.text)
	if err != nil {
		if r.script.Err == "" {
			r.script.Err = snippet(err.Error())
		}
		return r.split(src, dialectAny, stdin)
	}
	hidden := r.declare(file)
	w := &walker{reader: r, src: src}
	out := w.list(file.Stmts, stdin)
	if hidden && src.depth == 0 {
		r.alsoWindows(src)
	}
	return out
}

// declare counts how often each variable is written, so that a variable with
// two values is not taken for a constant. It reports whether sh skips or
// quotes text in which cmd.exe would see further commands.
func (r *reader) declare(file *syntax.File) (hidden bool) {
	const operators = "&|"
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Comment:
			hidden = hidden || strings.ContainsAny(n.Text, operators)
		case *syntax.SglQuoted:
			hidden = hidden || strings.ContainsAny(n.Value, operators)
		case *syntax.Assign:
			if n.Name != nil {
				r.assigned[n.Name.Value]++
				if n.Append || n.Index != nil || n.Array != nil {
					r.assigned[n.Name.Value]++
				}
			}
		case *syntax.WordIter:
			r.assigned[n.Name.Value] += 2
		case *syntax.CallExpr:
			if len(n.Args) > 1 {
				switch n.Args[0].Lit() {
				case "read", "unset", "getopts", "mapfile", "readarray", "printf":
					for _, w := range n.Args[1:] {
						r.assigned[w.Lit()] += 2
					}
				}
			}
		case *syntax.BinaryArithm:
			if w, ok := n.X.(*syntax.Word); ok && strings.HasSuffix(n.Op.String(), "=") {
				r.assigned[w.Lit()] += 2
			}
		}
		return true
	})
	return hidden
}

// walker reads the syntax tree of one source.
type walker struct {
	*reader
	src *source
}

// list reads statements that follow one another and share their input.
func (w *walker) list(stmts []*syntax.Stmt, in value) value {
	var out value
	for i, s := range stmts {
		w.last = -1
		out = w.concat(out, w.stmt(s, in))
		switch {
		case s.Background, s.Coprocess:
			w.connect(OpBackground)
		case i+1 < len(stmts):
			w.connect(OpSequence)
		}
	}
	return out
}

// concat joins what two commands print.
func (r *reader) concat(a, b value) value {
	switch {
	case a.text == "":
		return value{b.text, a.taint | b.taint}
	case b.text == "":
		return value{a.text, a.taint | b.taint}
	case !r.spend(len(a.text) + len(b.text)):
		return opaque(a.taint | b.taint)
	}
	return value{a.text + b.text, a.taint | b.taint}
}

// link is an element of a list: the operator in front of it and itself.
type link struct {
	op   syntax.BinCmdOperator
	stmt *syntax.Stmt
}

// stmt reads one statement. Lists nest to the left as deep as they are long,
// so they are unrolled.
func (w *walker) stmt(s *syntax.Stmt, in value) value {
	links := unroll(s)
	if s.Background || s.Coprocess {
		w.quote(s, s)
		w.actAt(w.src, int(s.Pos().Offset()), KindBackground, "&", false)
	}
	var out value
	for len(links) > 0 {
		n := 1
		for n < len(links) && (links[n].op == syntax.Pipe || links[n].op == syntax.PipeAll) {
			n++
		}
		if links[0].op != 0 {
			w.connect(Operator(links[0].op.String()))
		}
		out = w.concat(out, w.pipeline(links[:n], in))
		links = links[n:]
	}
	return out
}

func unroll(s *syntax.Stmt) []link {
	var links []link
	for {
		b, ok := s.Cmd.(*syntax.BinaryCmd)
		if !ok {
			links = append(links, link{stmt: s})
			break
		}
		links = append(links, link{b.Op, b.Y})
		s = b.X
	}
	for i, j := 0, len(links)-1; i < j; i, j = i+1, j-1 {
		links[i], links[j] = links[j], links[i]
	}
	return links
}

// pipeline reads commands of which each takes the output of the one before.
func (w *walker) pipeline(links []link, in value) value {
	span, pinned := w.span, w.pinned
	defer func() { w.span, w.pinned = span, pinned }()
	w.quote(links[0].stmt, links[len(links)-1].stmt)
	w.pinned = w.pinned || len(links) > 1
	v := in
	for i, l := range links {
		if i > 0 {
			w.connect(Operator(l.op.String()))
		}
		dir := w.dir
		v = w.command(l.stmt, v, i+1 < len(links))
		if len(links) > 1 {
			w.dir = dir // each part of a pipeline is a shell of its own
		}
	}
	return v
}

// quote makes acts quote the source from one statement to another, unless a
// pipeline around them is quoted already.
func (w *walker) quote(from, to *syntax.Stmt) {
	if !w.pinned {
		w.span = [2]int{int(from.Pos().Offset()), int(to.End().Offset())}
	}
}

// command reads what one element of a pipeline does. The result is what it
// prints.
func (w *walker) command(s *syntax.Stmt, in value, piped bool) value {
	if c, ok := s.Cmd.(*syntax.CallExpr); ok {
		return w.simple(s, c, in, piped)
	}
	redirs := w.redirections(s.Redirs)
	to := w.redirect(w.src, int(s.Pos().Offset()), redirs, &in, false)
	var out value
	switch cmd := s.Cmd.(type) {
	case nil: // redirections alone; $(<file) prints the file
		out = in
	case *syntax.BinaryCmd:
		out = w.stmt(s, in)
	case *syntax.Subshell:
		dir := w.dir
		out = w.list(cmd.Stmts, in)
		w.dir = dir
	case *syntax.Block:
		out = w.list(cmd.Stmts, in)
	case *syntax.IfClause:
		for ; cmd != nil; cmd = cmd.Else {
			out = w.concat(out, w.list(cmd.Cond, in))
			out = w.concat(out, w.list(cmd.Then, in))
		}
	case *syntax.WhileClause:
		out = w.list(cmd.Cond, in)
		out = w.concat(out, w.list(cmd.Do, in))
	case *syntax.ForClause:
		w.loop(cmd.Loop)
		out = w.list(cmd.Do, in)
	case *syntax.CaseClause:
		w.single(cmd.Word)
		for _, item := range cmd.Items {
			for _, pattern := range item.Patterns {
				w.single(pattern)
			}
			out = w.concat(out, w.list(item.Stmts, in))
		}
	case *syntax.FuncDecl:
		w.functions[strings.ToLower(cmd.Name.Value)] = w.stmt(cmd.Body, value{})
	case *syntax.DeclClause:
		out = w.declaration(cmd, in, piped)
	case *syntax.TimeClause:
		if cmd.Stmt != nil {
			out = w.prefixed(cmd.Stmt, in)
		}
	case *syntax.CoprocClause:
		w.actAt(w.src, int(s.Pos().Offset()), KindBackground, "coproc", false)
		out = w.prefixed(cmd.Stmt, in)
	default: // arithmetic and tests
		w.inner(cmd)
	}
	return w.send(out, to)
}

// prefixed reads the statement behind a reserved word, with which it is quoted.
func (w *walker) prefixed(s *syntax.Stmt, in value) value {
	pinned := w.pinned
	defer func() { w.pinned = pinned }()
	w.pinned = true
	return w.stmt(s, in)
}

func (w *walker) loop(l syntax.Loop) {
	iter, ok := l.(*syntax.WordIter)
	if !ok {
		w.inner(l)
		return
	}
	var t taint
	for _, item := range iter.Items {
		for _, f := range w.fields(item) {
			t |= f.taint
		}
	}
	w.vars[iter.Name.Value] = opaque(t)
}

// simple reads a simple command.
func (w *walker) simple(s *syntax.Stmt, e *syntax.CallExpr, in value, piped bool) value {
	c := &call{src: w.src, offset: int(e.Pos().Offset()), stdin: in, capture: piped}
	for _, arg := range e.Args {
		c.words = append(c.words, w.fields(arg)...)
	}
	for _, a := range e.Assigns {
		c.env = append(c.env, w.assign(a))
	}
	c.redirs = w.redirections(s.Redirs)
	return w.reader.run(c)
}

// assign evaluates an assignment and notes the variable's value.
func (w *walker) assign(a *syntax.Assign) variable {
	v := variable{word: word{offset: int(a.Pos().Offset()), exact: -1}}
	if a.Value != nil {
		v.word = w.single(a.Value)
	}
	if a.Index != nil {
		w.inner(a.Index)
	}
	if a.Array != nil {
		v.value = opaque(0)
		for _, e := range a.Array.Elems {
			if e.Value != nil {
				v.taint |= w.single(e.Value).taint
			}
			if e.Index != nil {
				w.inner(e.Index)
			}
		}
	}
	if a.Name == nil || a.Naked {
		return v
	}
	v.name = a.Name.Value
	now := v.value
	if w.assigned[v.name] > 1 {
		now = opaque(w.vars[v.name].taint | now.taint)
	}
	w.vars[v.name] = now
	return v
}

// declaration reads export and its relatives as the command that it is.
func (w *walker) declaration(d *syntax.DeclClause, in value, piped bool) value {
	c := &call{src: w.src, offset: int(d.Pos().Offset()), stdin: in, capture: piped}
	c.words = []word{{value: value{text: d.Variant.Value}, raw: d.Variant.Value, offset: c.offset, exact: c.offset}}
	for _, a := range d.Args {
		switch v := w.assign(a); {
		case v.name != "":
			c.env = append(c.env, v)
		case a.Value != nil: // an option
			c.words = append(c.words, v.word)
		default:
			c.words = append(c.words, literal(a.Name.Value, v.word))
		}
	}
	return w.reader.run(c)
}

func (w *walker) redirections(list []*syntax.Redirect) []redirect {
	var out []redirect
	for _, rd := range list {
		to := redirect{op: rd.Op.String(), target: w.single(rd.Word)}
		if rd.N != nil {
			to.fd = rd.N.Value
		}
		switch {
		case rd.Hdoc != nil:
			to.hasBody = true
			to.body = w.document(rd)
		case rd.Op == syntax.WordHdoc:
			to.hasBody = true
			to.body = to.target.value
		}
		out = append(out, to)
	}
	return out
}

// document evaluates a here-document, which expands nothing where its
// delimiter is quoted.
func (w *walker) document(rd *syntax.Redirect) value {
	quoted := false
	for _, part := range rd.Word.Parts {
		lit, ok := part.(*syntax.Lit)
		quoted = quoted || !ok || strings.Contains(lit.Value, `\`)
	}
	b := &builder{walker: w, quoted: true}
	for _, part := range rd.Hdoc.Parts {
		if lit, ok := part.(*syntax.Lit); ok && quoted {
			b.add(lit.Value)
		} else {
			b.part(part)
		}
	}
	return b.value()
}

// inner reads the command substitutions inside a node that is not evaluated
// and returns what they carry.
func (w *walker) inner(n syntax.Node) taint {
	var t taint
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			t |= w.substitution(n.Stmts, value{}).taint
			return false
		case *syntax.ProcSubst:
			t |= w.substitution(n.Stmts, value{}).taint
			return false
		}
		return true
	})
	return t
}

// substitution reads commands whose output becomes part of a word.
func (w *walker) substitution(stmts []*syntax.Stmt, in value) value {
	last, dir, span, pinned, inWord := w.last, w.dir, w.span, w.pinned, w.inWord
	defer func() { w.last, w.dir, w.span, w.pinned, w.inWord = last, dir, span, pinned, inWord }()
	w.inWord, w.pinned = true, true
	v := w.list(stmts, in)
	v.text = strings.TrimRight(v.text, "\n")
	v.taint |= fromProcess
	return v
}
