package javascript

import "strings"

// chain is a name with its members as the token pass sees it.
type chain struct {
	path     Path
	pos, end int
	called   bool
	created  bool
	imported bool
	argument string
	constant bool
}

// chains reads the file by tokens. It sees imports, require and import() with a
// literal, and names with their literal members, but no scopes: a name that is
// given a module once stands for it in the whole file.
func (f *File) chains(yield func(chain) bool) {
	d := languageOf(f.Name)
	s := newScanner(f.Text, d.jsx)
	aliases := make(map[string]string)
	var before, beforeThat token
	t := s.next()
	text := func(t token) string { return f.Text[t.start:t.end] }
	for t.kind != endOfText {
		if t.kind == stringLiteral && before.kind == word && (text(before) == "from" || text(before) == "import") {
			c := chain{path: module(unquote(text(t))).path(), pos: before.start, end: t.end, imported: true}
			if !yield(c) {
				return
			}
		}
		if t.kind != word || before.kind == punctuator && s.is(before, ".", "?.") || !nameStart(text(t)) {
			beforeThat, before, t = before, t, s.next()
			continue
		}
		c := chain{pos: t.start, end: t.end, created: before.kind == word && text(before) == "new"}
		assigned, assignee := before.kind == punctuator && s.is(before, "=") && beforeThat.kind == word, text(beforeThat)
		root := global.member(text(t))
		if m, ok := aliases[text(t)]; ok {
			root = module(m)
		}
		declares := s.is(t, "import")
		beforeThat, before, t = before, t, s.next()
		if declares && (t.kind != punctuator || !s.is(t, "(")) {
			continue
		}
	members:
		for root != nil && t.kind == punctuator {
			switch text(t) {
			case ".", "?.":
				beforeThat, before, t = before, t, s.next()
				if t.kind != word {
					break members
				}
				c.end = t.end
				root = root.member(text(t))
				beforeThat, before, t = before, t, s.next()
			case "[":
				beforeThat, before, t = before, t, s.next()
				key := t
				beforeThat, before, t = before, t, s.next()
				if key.kind != stringLiteral || t.kind != punctuator || text(t) != "]" {
					break members
				}
				c.end = t.end
				root = root.member(unquote(text(key)))
				beforeThat, before, t = before, t, s.next()
			case "(":
				c.called = true
				beforeThat, before, t = before, t, s.next()
				if t.kind == stringLiteral {
					c.argument, c.constant = unquote(text(t)), true
				}
				if !root.requires() && !root.isGlobal("import") || !c.constant {
					break members
				}
				beforeThat, before, t = before, t, s.next()
				if t.kind != punctuator || text(t) != ")" {
					break members
				}
				if assigned {
					aliases[assignee] = c.argument
				}
				c.imported, c.path, c.end = true, module(c.argument).path(), t.end
				if !yield(c) {
					return
				}
				root = module(c.argument)
				c = chain{pos: c.pos, end: t.end}
				beforeThat, before, t = before, t, s.next()
				if t.kind != punctuator || !s.is(t, ".", "?.", "[") {
					root = nil
				}
			default:
				break members
			}
		}
		if root != nil {
			c.path = root.path()
			if !yield(c) {
				return
			}
		}
	}
}

// nameStart tells a name from a keyword.
func nameStart(text string) bool {
	switch text {
	case "import", "this", "super", "function", "class", "true", "false", "null", "debugger", "break", "continue", "switch", "catch", "async", "get", "set", "static", "from":
		return text == "import"
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
		u := Use{Path: c.path, Pos: c.pos, End: c.end, file: f}
		switch {
		case c.imported:
			u.Kind = Import
		case c.created:
			u.Kind = New
		case c.called:
			u.Kind = Call
		}
		return yield(u)
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
