package javascript

import "strings"

// chain is a name with its members as the token pass sees it.
type chain struct {
	path     *step
	pos, end int
	kind     UseKind
}

// maxAliases bounds the names that the token pass remembers.
const maxAliases = 1 << 16

// tokenReader reads a file by tokens. It sees imports, require and import() with a
// literal, and names with their literal members, but no scopes: a name that is
// given a module once stands for it in the rest of the file.
type tokenReader struct {
	file *File
	s    *scanner
	// t is the token at hand, and before those in front of it, the nearest first.
	t       token
	before  tokensBefore
	aliases map[string]*step
	// taken are the names of the last object pattern, which ends at takenEnd.
	taken    []rename
	takenEnd int
	yield    func(chain) bool
	stopped  bool
}

type tokensBefore [4]token

// rename is a member that is given a name.
type rename struct {
	member, name string
	pos, end     int
}

func (r *tokenReader) next() {
	r.before = tokensBefore{r.t, r.before[0], r.before[1], r.before[2]}
	r.t = r.s.next()
}

func (r *tokenReader) text(t token) string { return r.file.Text[t.start:t.end] }

// at reports whether the token at hand is one of the given punctuators.
func (r *tokenReader) at(texts ...string) bool { return r.is(r.t, texts...) }

func (r *tokenReader) is(t token, texts ...string) bool {
	return t.kind == punctuator && r.s.is(t, texts...)
}

func (r *tokenReader) emit(path *step, kind UseKind, pos, end int) {
	r.stopped = r.stopped || !r.yield(chain{path, pos, end, kind})
}

func (r *tokenReader) alias(name string, p *step) {
	if len(r.aliases) < maxAliases && p != nil {
		r.aliases[name] = p
	}
}

// chains yields what the token pass sees.
func (f *File) chains(yield func(chain) bool) {
	r := &tokenReader{file: f, s: newScanner(f.Text, languageOf(f.Name).jsx), aliases: make(map[string]*step), yield: yield}
	for r.next(); r.t.kind != endOfText && !r.stopped; {
		last := r.before[0]
		switch {
		case r.t.kind != word, last.kind == punctuator && r.s.is(last, ".", "?."), !nameStart(r.text(r.t)):
			r.next()
		default:
			r.name()
		}
	}
}

// name reads a word that begins something.
func (r *tokenReader) name() {
	start, before := r.t, r.before
	r.next()
	switch r.text(start) {
	case "export":
		if r.at("{", "*") {
			r.declaration(start, true)
		}
	case "import":
		switch {
		case r.at("("):
			r.members(start, before, global.member("import"))
		case !r.at("."):
			r.declaration(start, false)
		}
	case "const", "let", "var":
		if r.at("{") {
			r.taken = r.names()
			r.takenEnd = r.before[0].end
		}
	default:
		root := r.aliases[r.text(start)]
		if root == nil {
			root = global.member(r.text(start))
		}
		r.members(start, before, root)
	}
}

// names reads a list of names in braces: a pattern, or what is imported or
// exported. What is more than names in it is left out.
func (r *tokenReader) names() (list []rename) {
	r.next()
	var one rename
	renamed := false
	for ; r.t.kind == word || r.t.kind == stringLiteral || r.at(",", ":"); r.next() {
		switch text := r.text(r.t); {
		case text == ",":
			one, renamed = rename{}, false
		case text == ":" || text == "as" && one.name != "":
			renamed = true
		case r.t.kind == stringLiteral:
			one = rename{member: unquote(text), pos: r.t.start, end: r.t.end}
		case renamed && len(list) > 0 && list[len(list)-1].pos == one.pos:
			list[len(list)-1].name = text
		default:
			member := text
			if renamed {
				member = one.member
			}
			one = rename{member, text, r.t.start, r.t.end}
			if len(list) < maxAliases {
				list = append(list, one)
			}
		}
	}
	if r.at("}") {
		r.next()
	}
	return list
}

// declaration reads an import or export declaration behind its keyword.
func (r *tokenReader) declaration(keyword token, exports bool) {
	var names []rename
	whole := ""
	for ; r.t.kind == word && r.text(r.t) != "from" || r.at("{", "*", ","); r.next() {
		if r.at("{") {
			names = r.names()
			break
		}
		if text := r.text(r.t); r.t.kind == word && text != "as" && text != "type" {
			whole = text
			r.alias(whole, nil)
		}
	}
	if r.t.kind == word && r.text(r.t) == "from" {
		r.next()
	}
	if r.t.kind != stringLiteral {
		return
	}
	root := module(unquote(r.text(r.t)))
	r.emit(root, Import, keyword.start, r.t.end)
	if exports && names == nil {
		r.emit(root, Read, keyword.start, r.t.end)
	}
	for _, n := range names {
		p := root.member(n.member)
		if exports {
			r.emit(p, Read, n.pos, n.end)
		} else {
			r.alias(n.name, p)
		}
	}
	if whole != "" && !exports {
		r.alias(whole, root)
	}
	r.next()
}

// members reads the members and calls behind a name that stands for root.
func (r *tokenReader) members(start token, before tokensBefore, root *step) {
	kind, end := Read, start.end
	if before[0].kind == word && r.text(before[0]) == "new" {
		kind = New
	}
	loaded := false
	for root != nil {
		switch {
		case r.at("(") && (root.requires() || root.isGlobal("import")):
			pos := r.t.end
			name, ok := r.argument()
			if !ok {
				r.emit(root, Call, start.start, end)
				return
			}
			root, end = module(name), r.before[0].end
			r.emit(root, Import, start.start, max(pos, end))
			loaded, kind = true, Read
			continue
		case r.at("("):
			if kind == Read {
				kind = Call
			}
		case r.at(".", "?.", "["):
			name, ok := r.member()
			if ok {
				root, end, loaded = root.member(name), r.before[0].end, false
				continue
			}
		case r.at("=") && end != start.end:
			kind = Write
		}
		if kind != Read || root.base().root != moduleRoot || !r.given(root, before) && !(loaded && r.alone(start, before)) {
			r.emit(root, kind, start.start, end)
		}
		return
	}
}

// argument reads the first argument of a call that loads a module, and up to the
// end of that call where there is no other. It returns false where the argument
// is no literal.
func (r *tokenReader) argument() (name string, ok bool) {
	r.next()
	literal := r.t
	if literal.kind != stringLiteral {
		return "", false
	}
	if r.next(); r.at(")") {
		r.next()
		return unquote(r.text(literal)), true
	}
	return "", false
}

// member reads a member whose name is spelled out.
func (r *tokenReader) member() (name string, ok bool) {
	bracket := r.at("[")
	r.next()
	t := r.t
	if !bracket {
		if t.kind == word {
			r.next()
		}
		return r.text(t), t.kind == word
	}
	if t.kind != stringLiteral {
		return "", false
	}
	if r.next(); !r.at("]") {
		return "", false
	}
	r.next()
	return unquote(r.text(t)), true
}

// alone reports whether what was loaded is a statement of its own.
func (r *tokenReader) alone(start token, before tokensBefore) bool {
	if r.awaits(before) {
		start, before = before[0], tokensBefore{before[1]}
	}
	begins := before[0].kind == endOfText || start.newline || r.is(before[0], ";", "{", "}", ")")
	return begins && (r.t.newline || r.t.kind == endOfText || r.at(";", "}"))
}

func (r *tokenReader) awaits(before tokensBefore) bool {
	return before[0].kind == word && r.s.is(before[0], "await", "void")
}

// given reports whether a module or member of one is given to a name, or to those
// of a pattern, which stand for it from then on.
func (r *tokenReader) given(root *step, before tokensBefore) bool {
	if r.awaits(before) {
		before = tokensBefore{before[1], before[2], before[3]}
	}
	target := before[1]
	switch {
	case !r.is(before[0], "="):
	case target.kind == word && !r.is(before[2], ".", "?."):
		r.alias(r.text(target), root)
		return true
	case r.is(target, "}") && target.end == r.takenEnd:
		for _, n := range r.taken {
			r.alias(n.name, root.member(n.member))
		}
		return true
	}
	return false
}

// nameStart tells what begins a chain or declaration from other keywords.
func nameStart(text string) bool {
	switch text {
	case "import", "export", "const", "let", "var":
		return true
	case "this", "super", "function", "class", "true", "false", "null", "debugger", "break", "continue", "switch", "catch", "async", "get", "set", "static", "from":
		return false
	}
	return !beforeOperand(text)
}

// unquote returns a string literal's text. Escapes of characters are undone.
func unquote(literal string) string {
	if len(literal) < 2 {
		return ""
	}
	body := literal[1:]
	body = strings.TrimSuffix(body, literal[:1])
	if strings.IndexByte(body, '\\') < 0 {
		return body
	}
	body = strings.ReplaceAll(strings.ReplaceAll(body, `\x`, "%"), `\u`, "%u")
	return strings.ReplaceAll(unescape(body), `\`, "")
}

// tokenUses yields the uses that the token pass sees.
func (f *File) tokenUses(yield func(Use) bool) {
	if f.Text == "" {
		return
	}
	f.chains(func(c chain) bool {
		return yield(Use{Path: c.path.path(), Kind: c.kind, Pos: c.pos, End: c.end, file: f})
	})
}

// tokenStrings yields the string literals.
func (f *File) tokenStrings(yield func(String) bool) {
	d := languageOf(f.Name)
	s := newScanner(f.Text, d.jsx)
	for t := s.next(); t.kind != endOfText; t = s.next() {
		if t.kind == stringLiteral && !yield(String{Text: unquote(f.Text[t.start:t.end]), Pos: t.start, End: t.end}) {
			return
		}
	}
}

// tokenMembers yields the member accesses that the token pass sees.
func (f *File) tokenMembers(yield func(Member) bool) {
	d := languageOf(f.Name)
	s := newScanner(f.Text, d.jsx)
	text := func(t token) string { return f.Text[t.start:t.end] }
	// index tells that before opens an index: a bracket behind an operand.
	var before token
	index, opens := false, false
	t := s.next()
	for t.kind != endOfText {
		operand := s.operand
		next := s.next()
		m := Member{Pos: t.start, End: t.end}
		switch {
		case t.kind == word && before.kind == punctuator && s.is(before, ".", "?."):
			m.Name = text(t)
		case t.kind == stringLiteral && index && next.kind == punctuator && s.is(next, "]"):
			m.Name = unquote(text(t))
			t, next, operand = next, s.next(), true
		}
		if m.Name != "" {
			m.Kind = tokenUse(text(next))
			if !yield(m) {
				return
			}
		}
		index, opens = opens, operand && next.kind == punctuator && s.is(next, "[")
		before, t = t, next
	}
}

// tokenUse tells how a member is used by the token behind it.
func tokenUse(next string) UseKind {
	switch next {
	case "(", "?.(", "`":
		return Call
	case "=", "+=", "-=", "++", "--", "||=", "??=", "&&=":
		return Write
	}
	return Read
}
