package shell

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// psNumber reads a number with its suffix.
func psNumber(text string) (int64, bool) {
	text = strings.ToLower(text)
	factor := int64(1)
	for suffix, n := range map[string]int64{"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30} {
		if rest, ok := strings.CutSuffix(text, suffix); ok && !strings.HasPrefix(text, "0x") {
			text, factor = rest, n
		}
	}
	n, err := strconv.ParseInt(strings.TrimRight(text, "l"), 0, 64)
	if err != nil && strings.Trim(text, "0123456789") == "" {
		n, err = strconv.ParseInt(text, 10, 64) // 08 is no octal number
	}
	if err != nil {
		_, err = strconv.ParseFloat(text, 64)
		return 0, err == nil
	}
	return n * factor, true
}

// psOperators are the operators with names, and how tightly they bind.
var psOperators = map[string]int{
	"-and": 1, "-or": 1, "-xor": 1, "-band": 2, "-bor": 2, "-bxor": 2, "-eq": 3, "-ne": 3, "-gt": 3, "-ge": 3, "-lt": 3, "-le": 3,
	"-like": 3, "-notlike": 3, "-match": 3, "-notmatch": 3, "-contains": 3, "-notcontains": 3, "-in": 3, "-notin": 3, "-replace": 3,
	"-creplace": 3, "-ireplace": 3, "-split": 3, "-csplit": 3, "-isplit": 3, "-join": 3, "-is": 3, "-isnot": 3, "-as": 3, "-ceq": 3,
	"-ieq": 3, "-cne": 3, "-ine": 3, "-clike": 3, "-ilike": 3, "-cmatch": 3, "-imatch": 3, "-f": 6, "-shl": 5, "-shr": 5,
}

// The levels of the operators that are no words.
const (
	psAdd   = 4
	psTimes = 5
	psRange = 7
	psComma = 8
	psUnary = 9
)

// operatorName returns -word at the position, or "".
func (s *powershell) operatorName() string {
	if s.peek(0) != '-' {
		return ""
	}
	i := s.pos + 1
	for i < len(s.text) && (s.text[i] >= 'a' && s.text[i] <= 'z' || s.text[i] >= 'A' && s.text[i] <= 'Z') {
		i++
	}
	return s.text[s.pos:i]
}

// operator returns the operator at the position and how tightly it binds, 0 for
// none.
func (s *powershell) operator() (string, int) {
	switch c := s.peek(0); {
	case c == ',' && !s.single:
		return ",", psComma
	case c == '.' && s.peek(1) == '.':
		return "..", psRange
	case (c == '+' || c == '*' || c == '/' || c == '%' || c == '-') && s.peek(1) == '=':
		return "", 0
	case c == '+' && s.peek(1) != '+':
		return "+", psAdd
	case c == '*' && s.peek(1) != '>', c == '/', c == '%':
		return string(c), psTimes
	case c == '-':
		name := s.operatorName()
		if level := psOperators[strings.ToLower(name)]; level > 0 {
			return name, level
		}
		if len(name) == 1 && s.peek(1) != '-' {
			return "-", psAdd
		}
	}
	return "", 0
}

// expression reads an expression.
func (s *powershell) expression() object { return s.binary(1) }

// binary reads operators that bind at least as tightly as least.
func (s *powershell) binary(least int) object {
	left := s.unary()
	list := false
	for {
		pos, target := s.pos, s.target
		s.skip(false)
		op, level := s.operator()
		if level == 0 || level < least {
			s.pos, s.target = pos, target
			return left
		}
		s.pos += len(op)
		s.skip(true)
		right := s.binary(level + 1)
		s.target = ""
		if op == "," {
			if list {
				left.items = append(left.items, right)
				left.taint |= right.taint
			} else {
				left = listObject([]object{left, right})
				list = true
			}
			continue
		}
		list = false
		left = s.operate(strings.ToLower(op), left, right)
	}
}

// unary reads the operators in front of a value, and the value.
func (s *powershell) unary() object {
	if !s.enter() {
		s.pos = min(s.pos+1, len(s.text))
		return opaqueObject(0)
	}
	defer func() { s.state.depth-- }()
	s.skip(false)
	switch c := s.peek(0); {
	case c == '!':
		s.pos++
		s.unary()
		s.target = ""
		return opaqueObject(0)
	case c == ',':
		s.pos++
		return listObject([]object{s.unary()})
	case c == '-' || c == '+':
		name := strings.ToLower(s.operatorName())
		switch name {
		case "-not", "-bnot":
			s.pos += len(name)
			s.unary()
			s.target = ""
			return opaqueObject(0)
		case "-join":
			s.pos += len(name)
			o := s.binary(psComma)
			s.target = ""
			return s.joinItems(o, "")
		case "-split", "-csplit", "-isplit":
			s.pos += len(name)
			o := s.unary()
			s.target = ""
			return opaqueObject(o.taint)
		}
		s.pos++
		if s.peek(0) == c {
			s.pos++
		}
		o := s.unary()
		s.target = ""
		if c == '-' && o.kind == objNumber {
			return numberObject(-o.number, o.taint)
		}
		return o
	}
	return s.postfix()
}

// postfix reads a value with the members, calls and items behind it.
func (s *powershell) postfix() object {
	start := s.pos
	o := s.primary()
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c == '.' && s.peek(1) != '.' && s.member(), c == '?' && s.peek(1) == '.' && s.member():
			s.pos += 1 + btoi(c == '?')
			s.skip(true)
			o = s.access(o, start, false)
		case c == ':' && s.peek(1) == ':':
			s.pos += 2
			s.skip(false)
			o = s.access(o, start, true)
		case c == '[':
			s.pos++
			o = s.index(o)
		case (c == '+' || c == '-') && s.peek(1) == c:
			s.pos += 2
			if o.kind == objNumber {
				o = opaqueObject(o.taint)
			}
			s.target = ""
		default:
			return o
		}
	}
	return o
}

// member reports whether a dot starts the name of a member.
func (s *powershell) member() bool {
	i := s.pos + 1 + btoi(s.peek(0) == '?')
	for i < len(s.text) && strings.IndexByte(" \t\r\n", s.text[i]) >= 0 {
		i++
	}
	if i >= len(s.text) {
		return false
	}
	c := s.text[i]
	return isNameByte(c) && (c > '9' || i > s.pos+1) || strings.IndexByte("'\"($", c) >= 0
}

// access reads the name of a member and calls it where brackets follow.
func (s *powershell) access(o object, start int, static bool) object {
	name := ""
	switch c := s.peek(0); {
	case s.quoteAt() > 0:
		name = s.quotedText().text
	case c == '(':
		s.pos++
		name = s.brackets().text
	case c == '$':
		variable, at := s.variableName()
		name = s.value(variable, at).text
	default:
		from := s.pos
		for s.pos < len(s.text) && (isNameByte(s.text[s.pos]) || s.text[s.pos] == '`') {
			s.pos++
		}
		name = strings.ReplaceAll(s.text[from:s.pos], "`", "")
	}
	target := s.target
	s.target = ""
	if s.peek(0) == '{' && !static { // .ForEach{ }
		s.state.vars["_"] = o
		out := s.scriptBlock()
		return opaqueObject(o.taint | out.taint)
	}
	if s.peek(0) != '(' {
		return s.property(o, name, start, static)
	}
	c := &psCall{name: name, at: start, self: o, target: target}
	c.args = s.callArguments()
	if static {
		return s.static(c)
	}
	return s.method(c)
}

// callArguments reads arguments in brackets.
func (s *powershell) callArguments() []psArgument {
	s.pos++
	var out []psArgument
	if !s.enter() {
		return nil
	}
	single := s.single
	s.single = true
	defer func() { s.state.depth--; s.single = single }()
	for {
		s.skip(true)
		switch c := s.peek(0); {
		case s.pos >= len(s.text):
			return out
		case c == ')':
			s.pos++
			return out
		case c == ',':
			s.pos++
			continue
		case c == '}' || c == ';':
			return out
		}
		start := s.pos
		var o object
		if s.startsExpression() {
			o = s.expression()
		} else {
			o = valueObject(s.word().value)
		}
		out = append(out, psArgument{o, start, s.pos})
		s.target = ""
		if s.pos == start {
			s.pos++
		}
	}
}

// index reads what stands in square brackets behind a value.
func (s *powershell) index(o object) object {
	s.target = ""
	if !s.enter() {
		return opaqueObject(o.taint)
	}
	defer func() { s.state.depth-- }()
	single := s.single
	s.single = false
	s.skip(true)
	i := s.expression()
	s.single = single
	s.target = ""
	s.skip(true)
	if s.peek(0) == ']' {
		s.pos++
	}
	t := o.taint | i.taint
	if o.kind == objDict && i.known() {
		if n := slices.Index(o.keys, strings.ToLower(i.text)); n >= 0 {
			return o.items[n]
		}
		return opaqueObject(t)
	}
	list := o
	if !s.characters(&list) {
		x := opaqueObject(t)
		x.path = o.path
		return x
	}
	switch i.kind {
	case objNumber:
		if item, ok := list.at(i.number); ok {
			return item
		}
	case objList:
		var items []object
		for _, n := range i.items {
			item, ok := list.at(n.number)
			if n.kind != objNumber || !ok {
				return opaqueObject(t)
			}
			items = append(items, item)
		}
		return listObject(items).tainted(t)
	}
	return opaqueObject(t)
}

// characters makes a list of the characters of a text.
func (s *powershell) characters(o *object) bool {
	if o.kind == objList {
		return true
	}
	if !o.isText() || len(o.text) > maxItems || !s.spend(8*len(o.text)) {
		return false
	}
	var items []object
	for _, c := range o.text {
		items = append(items, textObject(string(c), o.taint))
	}
	*o = listObject(items).tainted(o.taint)
	return true
}

// skipType passes a type in square brackets and returns its name in lower case
// without "system.".
func (s *powershell) skipType() string {
	start := s.pos + 1
	for depth := 0; ; s.pos++ {
		if s.pos >= len(s.text) || s.pos > start+maxTypeName {
			s.pos = start // it is none
			return ""
		}
		switch s.text[s.pos] {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		}
		if depth == 0 {
			s.pos++
			break
		}
	}
	name := strings.ToLower(strings.TrimSpace(s.text[start:max(s.pos-1, start)]))
	return strings.TrimPrefix(name, "system.")
}

// primary reads one value.
func (s *powershell) primary() object {
	s.target = ""
	switch c := s.peek(0); {
	case c == 0 && s.pos >= len(s.text):
		return opaqueObject(0)
	case c == '$' && s.peek(1) == '(':
		s.pos += 2
		return s.emptied(s.brackets())
	case c == '$' && isVariableStart(s.text[s.pos:]):
		name, at := s.variableName()
		o := opaqueObject(0)
		if !strings.HasPrefix(name, "env:") || !s.assigns() {
			o = s.value(name, at)
		}
		s.target = name
		return o
	case c == '@' && s.peek(1) == '(':
		s.pos += 2
		o := s.emptied(s.brackets())
		if o.kind != objList && o.kind != objUnknown {
			return listObject([]object{o})
		}
		return o
	case c == '@' && s.peek(1) == '{':
		s.pos += 2
		return s.table()
	case c == '@' && (s.peek(1) == '"' || s.peek(1) == '\''):
		return s.hereText()
	case c == '(':
		s.pos++
		return s.emptied(s.brackets())
	case c == '{':
		out := s.scriptBlock()
		return object{kind: objOwn, own: &psBlock{out}, value: opaque(out.taint)}
	case c == '[':
		return s.typed()
	case s.quoteAt() > 0:
		return s.quotedText()
	case c >= '0' && c <= '9':
		start := s.pos
		for s.pos < len(s.text) && (isNameByte(s.text[s.pos]) || s.text[s.pos] == '.' && s.peek(1) != '.' && s.peek(1) >= '0' && s.peek(1) <= '9') {
			s.pos++
		}
		n, ok := psNumber(s.text[start:s.pos])
		if !ok || strings.Contains(s.text[start:s.pos], ".") {
			return opaqueObject(0)
		}
		return numberObject(n, 0)
	case c == unknown[0]:
		s.pos++
		return opaqueObject(0)
	case strings.IndexByte(")}];|", c) >= 0:
		return opaqueObject(0)
	case isNameByte(c): // a command where a value is expected
		return s.command(s.word(), opaqueObject(0))
	}
	_, n := utf8.DecodeRuneInString(s.text[s.pos:])
	s.pos += max(n, 1)
	return opaqueObject(0)
}

// emptied makes nothing unknown.
func (s *powershell) emptied(o object) object {
	if o.kind == objUnknown && o.text == "" {
		o.text = unknown
	}
	return o
}

// assigns reports whether the variable in front of the position is given a
// value here.
func (s *powershell) assigns() bool {
	rest := strings.TrimLeft(s.text[s.pos:min(s.pos+64, len(s.text))], " \t")
	return strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "==")
}

// table reads @{ key = value; … }.
func (s *powershell) table() object {
	o := object{kind: objDict, value: opaque(0)}
	if !s.enter() {
		return opaqueObject(0)
	}
	defer func() { s.state.depth-- }()
	for {
		s.skip(true)
		switch c := s.peek(0); {
		case s.pos >= len(s.text):
			return o
		case c == '}':
			s.pos++
			return o
		case c == ';' || c == ',':
			s.pos++
			continue
		case c == ')' || c == ']':
			return o
		}
		start := s.pos
		key := ""
		if s.startsExpression() {
			key = s.unary().text
		} else {
			for s.pos < len(s.text) && strings.IndexByte(" \t\r\n=;}", s.text[s.pos]) < 0 {
				s.pos++
			}
			key = s.text[start:s.pos]
		}
		s.skip(false)
		if s.peek(0) == '=' {
			s.pos++
			s.skip(true)
			item := s.statement()
			o.taint |= item.taint
			if len(o.items) < maxItems {
				o.keys, o.items = append(o.keys, strings.ToLower(key)), append(o.items, item)
			}
		}
		if s.pos == start {
			s.pos++
		}
	}
}

// typed reads [type]::member, a cast, or a type alone.
func (s *powershell) typed() object {
	name := s.skipType()
	if s.peek(0) == ':' && s.peek(1) == ':' {
		return refObject("["+name+"]", 0)
	}
	pos := s.pos
	s.skip(false)
	if c := s.peek(0); s.startsExpression() && c != ',' && c != '-' && c != '+' && c != '!' || c == '-' && s.startsExpression() && s.pos == pos {
		o := s.unary()
		target := s.target
		o = s.cast(name, o)
		s.target = target
		return o
	}
	s.pos = pos
	return refObject("["+name+"]", 0)
}

// joinItems joins a list to a text.
func (s *powershell) joinItems(o object, separator string) object {
	if o.kind != objList {
		return o
	}
	n, single := 0, len(o.items) >= fewCharacters
	parts := make([]string, len(o.items))
	for i, item := range o.items {
		if item.kind != objText && item.kind != objNumber || len(item.others) > 0 {
			return opaqueObject(o.taint)
		}
		parts[i] = item.text
		n += len(item.text) + len(separator)
		single = single && len([]rune(item.text)) == 1
	}
	if !s.spend(n) {
		return opaqueObject(o.taint)
	}
	t := o.taint
	if single {
		t |= fromDecoder
	}
	return object{kind: objText, value: value{squeeze(strings.Join(parts, separator)), t}}
}

// add is the operator +.
func (s *powershell) add(a, b object) object {
	t := a.taint | b.taint
	switch {
	case a.kind == objNumber && b.kind == objNumber:
		return numberObject(a.number+b.number, t)
	case a.kind == objList:
		items := []object{b}
		if b.kind == objList {
			items = b.items
		}
		if len(a.items)+len(items) > maxItems || !s.spend(8*(len(a.items)+len(items))) {
			return opaqueObject(t)
		}
		return listObject(append(slices.Clone(a.items), items...)).tainted(t)
	case a.kind == objDict || a.kind == objRef || b.kind == objRef || b.kind == objList:
		return opaqueObject(t)
	}
	o := s.join(a, b)
	if o.text == unknown && len(o.others) == 0 {
		o.kind = objUnknown
	}
	return o
}

// operate returns what an operator makes of two values.
func (s *powershell) operate(op string, a, b object) object {
	t := a.taint | b.taint
	switch op {
	case "+":
		return s.add(a, b)
	case "-f":
		return s.formatted(a, b)
	case "-join":
		return s.joinItems(a, b.text).tainted(t)
	case "-replace", "-creplace", "-ireplace":
		old, now := b, textObject("", 0)
		if b.kind == objList && len(b.items) == 2 {
			old, now = b.items[0], b.items[1]
		}
		if !old.isText() || !now.isText() || old.text == "" || strings.ContainsAny(old.text, `\.^$*+?()[]{}|`) || strings.Contains(now.text, "$") {
			return opaqueObject(t)
		}
		return s.each(a, func(text string) string { return strings.ReplaceAll(text, old.text, now.text) })
	case "-split", "-csplit", "-isplit":
		if a.isText() && b.isText() && b.text != "" && !strings.ContainsAny(b.text, `\.^$*+?()[]{}|`) {
			return s.splitText(a, b.text)
		}
		return opaqueObject(t)
	case "..":
		if a.kind != objNumber || b.kind != objNumber || a.number-b.number > maxItems || b.number-a.number > maxItems {
			return opaqueObject(t)
		}
		step := int64(1)
		if b.number < a.number {
			step = -1
		}
		var items []object
		for i := a.number; s.spend(8); i += step {
			items = append(items, numberObject(i, 0))
			if i == b.number {
				break
			}
		}
		return listObject(items)
	case "-as":
		return a.tainted(t)
	case "*":
		if a.isText() && b.kind == objNumber && b.number >= 0 && b.number < maxWork && int64(len(a.text))*b.number < maxWork &&
			s.spend(len(a.text)*int(b.number)) {
			return textObject(strings.Repeat(a.text, int(b.number)), t)
		}
	}
	if a.kind != objNumber || b.kind != objNumber {
		if level := psOperators[op]; level == 1 || level == 3 {
			return opaqueObject(0)
		}
		return opaqueObject(t)
	}
	x, y := a.number, b.number
	switch {
	case op == "-":
		return numberObject(x-y, t)
	case op == "*":
		return numberObject(x*y, t)
	case op == "/" && y != 0 && x%y == 0:
		return numberObject(x/y, t)
	case op == "%" && y != 0:
		return numberObject(x%y, t)
	case op == "-bxor":
		return numberObject(x^y, t)
	case op == "-band":
		return numberObject(x&y, t)
	case op == "-bor":
		return numberObject(x|y, t)
	}
	return opaqueObject(t)
}

// splitText splits a text at a separator.
func (s *powershell) splitText(o object, separator string) object {
	parts := strings.Split(o.text, separator)
	if len(parts) > maxItems || !s.spend(len(o.text)+8*len(parts)) {
		return opaqueObject(o.taint)
	}
	items := make([]object, len(parts))
	for i, part := range parts {
		items[i] = textObject(part, o.taint)
	}
	return listObject(items).tainted(o.taint)
}

// formatted is the operator -f: "{1}{0}" -f a, b.
func (s *powershell) formatted(format, args object) object {
	t := format.taint | args.taint
	items := []object{args}
	if args.kind == objList {
		items = args.items
	}
	if !format.isText() {
		return opaqueObject(t)
	}
	out, rest, moved := textObject("", t), format.text, false
	for last := -1; ; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			break
		}
		out = s.join(out, textObject(rest[:i], 0))
		if strings.HasPrefix(rest[i:], "{{") || strings.HasPrefix(rest[i:], "}}") || rest[i] == '}' {
			out = s.join(out, textObject(rest[i:i+1], 0))
			rest = rest[i+min(2, len(rest)-i):]
			continue
		}
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 {
			return opaqueObject(t)
		}
		field, _, plain := strings.Cut(rest[i+1:i+end], ":")
		n, err := strconv.Atoi(strings.TrimSpace(field))
		rest = rest[i+end+1:]
		if err != nil || n < 0 || n >= len(items) || plain {
			out = s.join(out, opaqueObject(0))
			continue
		}
		moved = moved || n < last
		last = n
		part := items[n]
		if part.kind != objText && part.kind != objNumber {
			part = opaqueObject(part.taint)
		}
		out = s.join(out, part)
	}
	if moved { // the parts stand in another order: a cipher
		out.taint |= fromDecoder
	}
	return s.join(out, textObject(rest, 0))
}

// cast converts a value to a type.
func (s *powershell) cast(name string, o object) object {
	switch name {
	case "char":
		if o.kind == objNumber && o.number > 0 && o.number <= 0x10ffff {
			return textObject(string(rune(o.number)), o.taint)
		}
		if n, ok := s.toNumber(o); ok && o.isText() && len(o.text) > 1 {
			return textObject(string(rune(n)), o.taint)
		}
		if o.kind == objUnknown {
			return opaqueObject(o.taint | fromDecoder)
		}
	case "char[]":
		list := o
		if s.characters(&list) {
			items := make([]object, len(list.items))
			for i, item := range list.items {
				items[i] = s.cast("char", item)
			}
			return listObject(items).tainted(o.taint)
		}
		return opaqueObject(o.taint)
	case "string":
		return s.joinItems(o, " ")
	case "int", "int32", "byte", "long", "int64", "uint32":
		if o.isText() && len([]rune(o.text)) == 1 && (o.text[0] < '0' || o.text[0] > '9') {
			return numberObject(int64([]rune(o.text)[0]), o.taint)
		}
		if n, ok := s.toNumber(o); ok {
			return numberObject(n, o.taint)
		}
		return opaqueObject(o.taint)
	case "byte[]":
		if o.kind != objList {
			return o
		}
		raw := make([]byte, 0, len(o.items))
		for _, item := range o.items {
			n, ok := s.toNumber(item)
			if !ok || n < 0 || n > 255 {
				return opaqueObject(o.taint)
			}
			raw = append(raw, byte(n))
		}
		if len(raw) >= fewCharacters {
			o.taint |= fromDecoder
		}
		return bytesObject(string(raw), o.taint)
	}
	return o
}

// toNumber converts a text of digits.
func (s *powershell) toNumber(o object) (int64, bool) {
	if o.kind == objNumber {
		return o.number, true
	}
	if !o.isText() {
		return 0, false
	}
	n, ok := psNumber(strings.TrimSpace(o.text))
	return n, ok && o.text != ""
}
