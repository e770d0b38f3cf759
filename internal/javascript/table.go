package javascript

import (
	"crypto/rc4"
	"encoding/base64"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/microsoft/typescript-go/shim"
)

// Obfuscators move the strings of a program to one array, and put a function in
// their place that is called with a shifted index. A prologue rotates the array
// until a sum of numbers at the start of some strings has the right value.

const (
	// maxRotations bounds the prologues that are looked at in one file.
	maxRotations = 16
	// maxTurnSteps bounds the nodes looked at to find how far one file's arrays
	// are rotated.
	maxTurnSteps = 1 << 19
	// maxPrologue bounds the nodes of one prologue.
	maxPrologue = 1 << 14
	// maxUsed bounds the elements that are looked at before a turn is tried.
	maxUsed = 64
	// maxNesting bounds how deep within its function a rotation is looked for.
	maxNesting = 32
	// maxCiphers bounds the functions of one file in which a cipher is looked for.
	maxCiphers = 16
	// maxAlphabets bounds the alphabets that the elements of one array are in.
	maxAlphabets = 4
	// keyCost is what making a key stream costs, in steps, and keyedCost what
	// looking at one enciphered string does.
	keyCost   = 64
	keyedCost = 4
)

// table is an array that a prologue rotates.
type stringTable struct {
	state evalState
	value value
	// prologue is the function that rotates it.
	prologue *shim.Node
	// sum is what is to have the value of target, and length the number of turns
	// where there is no sum.
	sum, target *shim.Node
	length      int
	// tried is the array as the turn that is being tried has it, and used are the
	// elements that the sum takes of it.
	tried value
	used  []usedElement
}

var kindCaretEquals = kindNamed("KindCaretEqualsToken")

// usedElement is an element of an array, and what it goes through if anything.
// One array may hold strings for several decoders.
type usedElement struct {
	index   int
	decoder decoder
	key     string
}

// decoder is how the strings of an array are encoded: in base64 with an alphabet
// of their own, and below that enciphered where keyed.
type decoder struct {
	alphabet string
	keyed    bool
}

// rotates notes a call that moves an array's first element to its end.
func (w *walker) rotates(call *shim.Node) {
	if len(w.names.rotations) == maxRotations || len(call.Arguments()) != 1 || call.Expression().Expression().Kind != shim.KindIdentifier {
		return
	}
	shift := unwrap(call.Arguments()[0])
	if shift.Kind != shim.KindCallExpression || literalMember(shift.Expression()) != "shift" {
		return
	}
	if array := shift.Expression().Expression(); array.Kind == shim.KindIdentifier && array.Text() == call.Expression().Expression().Text() {
		w.names.rotations = append(w.names.rotations, call)
	}
}

// literalMember returns the name that a member access spells out.
func literalMember(node *shim.Node) string {
	switch node.Kind {
	case shim.KindPropertyAccessExpression:
		return textOf(node.Name())
	case shim.KindElementAccessExpression:
		if index := node.AsElementAccessExpression().ArgumentExpression; index != nil && index.Kind == shim.KindStringLiteral {
			return index.Text()
		}
	}
	return ""
}

// tables returns the arrays that prologues rotate, by the names of the arrays
// or of the functions that give them. One that is rotated twice is nil.
func (n *names) tables() map[*binding]*stringTable {
	if n.tableList == nil {
		n.tableList = make(map[*binding]*stringTable)
		for _, call := range n.rotations {
			b, t := n.prologue(call)
			if before := n.tableList[b]; before != nil && t != nil && before.prologue == t.prologue {
				continue // it turns in one place where the sum differs, and in one where it fails
			}
			if _, twice := n.tableList[b]; twice {
				t = nil
			}
			n.tableList[b] = t
		}
	}
	return n.tableList
}

// prologue reads the function around a rotation. It returns what is rotated,
// and how far as far as that is understood.
func (n *names) prologue(rotation *shim.Node) (*binding, *stringTable) {
	array := rotation.Expression().Expression()
	fn := rotation
	for depth := 0; ; depth++ {
		if fn = fn.Parent; fn == nil || depth == maxNesting {
			return nil, nil
		}
		if (fn.Kind == shim.KindFunctionExpression || fn.Kind == shim.KindArrowFunction) && callOf(fn) != nil {
			break
		}
	}
	b := n.bindingOf(array)
	for range 4 { // array, its value within the prologue, the parameter, the argument
		if b == nil || len(b.writes) == 0 {
			return nil, nil
		}
		var node *shim.Node
		switch w := b.writes[0]; {
		case w.how == writeParameter && w.node.Parent == fn:
			node = argumentFor(w.node)
		case w.how == writeExpression && fn.Pos() <= w.node.Pos() && w.node.End() <= fn.End():
			if node = unwrap(w.node); node.Kind == shim.KindCallExpression {
				node = unwrap(node.Expression())
			}
		default:
			return b, n.until(fn)
		}
		if node == nil || node.Kind != shim.KindIdentifier {
			return nil, nil
		}
		b = n.bindingOf(node)
	}
	return nil, nil
}

// argumentFor returns what the call of a function on the spot gives a parameter.
func argumentFor(parameter *shim.Node) *shim.Node {
	fn := parameter.Parent
	call := callOf(fn)
	if call == nil || unwrap(call.Expression()) != fn {
		return nil
	}
	for i, p := range fn.Parameters() {
		if p == parameter && i < len(call.Arguments()) {
			return unwrap(call.Arguments()[i])
		}
	}
	return nil
}

// until looks for what ends a prologue: a comparison of a sum with a number, or
// a count. It returns nil where it finds neither.
func (n *names) until(fn *shim.Node) *stringTable {
	stack := []*shim.Node{fn.Body()}
	for visited := 0; len(stack) > 0 && visited < maxPrologue; visited++ {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch node.Kind {
		case shim.KindBinaryExpression:
			b := node.AsBinaryExpression()
			if op := b.OperatorToken.Kind; op == shim.KindEqualsEqualsEqualsToken || op == shim.KindEqualsEqualsToken {
				for _, sides := range [][2]*shim.Node{{b.Left, b.Right}, {b.Right, b.Left}} {
					if n.eval.of(sides[1]).kind == numberValue {
						return &stringTable{prologue: fn, sum: n.written(sides[0]), target: sides[1]}
					}
				}
			}
		case shim.KindPrefixUnaryExpression:
			if u := node.AsPrefixUnaryExpression(); u.Operator == shim.KindMinusMinusToken && u.Operand.Kind == shim.KindIdentifier {
				if turns, ok := n.turns(fn, u.Operand); ok {
					return &stringTable{prologue: fn, length: turns}
				}
			}
		}
		node.ForEachChild(func(child *shim.Node) bool {
			stack = append(stack, child)
			return false
		})
	}
	return nil
}

// written returns the expression that a name is given, if it is a name.
func (n *names) written(node *shim.Node) *shim.Node {
	if node = unwrap(node); node.Kind == shim.KindIdentifier {
		if b := n.bindingOf(node); b != nil && len(b.writes) == 1 && b.writes[0].how == writeExpression {
			return b.writes[0].node
		}
	}
	return node
}

// turns tells how often while (--name) turns: the name is a parameter of the
// prologue, or of a function within that is called with ++ of that.
func (n *names) turns(fn, name *shim.Node) (int, bool) {
	b := n.bindingOf(name)
	if b == nil || len(b.writes) == 0 || b.writes[0].how != writeParameter {
		return 0, false
	}
	parameter, more := b.writes[0].node, 0
	if inner := parameter.Parent; inner != fn {
		holder := n.flows().holders[inner]
		if holder == nil || len(inner.Parameters()) != 1 {
			return 0, false
		}
		parameter = nil
		for i := range n.refs {
			call := n.refs[i].node.Parent
			if n.refs[i].binding != holder || call.Kind != shim.KindCallExpression || call.Expression() != n.refs[i].node || len(call.Arguments()) != 1 {
				continue
			}
			if given := unwrap(call.Arguments()[0]); given.Kind == shim.KindPrefixUnaryExpression && given.AsPrefixUnaryExpression().Operator == shim.KindPlusPlusToken {
				if b := n.bindingOf(unwrap(given.AsPrefixUnaryExpression().Operand)); b != nil && b.writes[0].how == writeParameter {
					parameter, more = b.writes[0].node, 1
				}
			}
		}
	}
	if parameter == nil {
		return 0, false
	}
	argument := argumentFor(parameter)
	if argument == nil {
		return 0, false
	}
	v := n.eval.of(argument)
	if v.kind != numberValue || v.num < 1 || v.num > 1<<30 {
		return 0, false
	}
	return int(v.num) + more - 1, true
}

// rotated returns the array of a table as the program uses it.
func (e *evaluator) rotated(b *binding, list []value) value {
	t := e.names.tables()[b]
	switch {
	case t == nil, len(list) == 0:
		return value{}
	case e.trial == t:
		return t.tried
	case t.state == evaluated:
		return t.value
	case t.state == evaluating, e.trial != nil:
		e.circles++
		return value{}
	}
	t.state = evaluating
	if t.sum == nil {
		k := t.length % len(list)
		t.value = listOf(append(list[k:len(list):len(list)], list[:k]...))
	} else {
		region, query, frames, depth := e.region, e.query, e.frames, e.depth
		e.region, e.frames, e.trial = 0, nil, t
		t.value = e.turn(t, list)
		e.region, e.query, e.frames, e.depth, e.trial = region, query, frames, depth, nil
	}
	t.state, t.tried = evaluated, value{}
	return t.value
}

// turn tries the rotations of a list until the sum fits.
func (e *evaluator) turn(t *stringTable, list []value) value {
	e.trial = nil
	target := e.of(t.target)
	e.trial = t
	twice := append(list[:len(list):len(list)], list...)
	t.tried = listOf(list)
	var texts map[string][]string
	for k := range list {
		if k == 1 {
			texts = t.texts(list)
		}
		if e.turnSteps > maxTurnSteps {
			e.names.file.limits |= FoldSteps
			return value{}
		}
		if k > 0 && !e.promising(t, texts, k) {
			continue
		}
		before := e.steps
		e.query, e.depth = 0, 1
		turned := twice[k : k+len(list) : k+len(list)]
		t.tried.array = &turned
		sum := e.of(t.sum)
		e.turnSteps += e.steps - before
		if sum.kind == numberValue && target.kind == numberValue && sum.num == target.num {
			return t.tried
		}
	}
	return value{}
}

// takes notes the elements that a sum takes of the array that is being tried.
func (t *stringTable) takes(v value, i int) {
	if list := t.tried.items(); len(v.items()) > 0 && len(v.items()) == len(list) && &v.items()[0] == &list[0] && len(t.used) < maxUsed {
		t.used = append(t.used, usedElement{index: i})
	}
}

// texts returns how the elements start by the alphabets of the decoders that the
// sum calls, as they are without a decoder; empty for what is no text.
func (t *stringTable) texts(list []value) map[string][]string {
	all := make(map[string][]string)
	for _, used := range t.used {
		alphabet := used.decoder.alphabet
		if all[alphabet] != nil || len(all) == maxAlphabets {
			continue
		}
		texts := make([]string, len(list))
		for i, v := range list {
			switch {
			case v.kind == numberValue:
				texts[i] = "0"
			case alphabet != "":
				texts[i] = startWith(alphabet, v.str)
			default:
				texts[i] = v.str
			}
		}
		all[alphabet] = texts
	}
	return all
}

// promising reports whether all elements that the sum takes begin with a number
// after k turns: else it is none.
func (e *evaluator) promising(t *stringTable, texts map[string][]string, k int) bool {
	for _, used := range t.used {
		list := texts[used.decoder.alphabet]
		if list == nil {
			return false
		}
		text := list[(used.index+k)%len(list)]
		if used.decoder.keyed {
			e.turnSteps += keyedCost
			text = decipher(text[:min(len(text), utf8.UTFMax)], used.key)
		}
		if text == "" || !('0' <= text[0] && text[0] <= '9' || strings.IndexByte(" +-", text[0]) >= 0) {
			return false
		}
	}
	return true
}

// decoderIn returns how a function of the file decodes strings, without an
// alphabet where it does not: a literal of 64 different characters, with = at its
// end or not, and below that at most the RC4 cipher.
func (n *names) decoderIn(fn *shim.Node) (d decoder) {
	for i := sort.Search(len(n.strings), func(i int) bool { return n.strings[i].Pos() >= fn.Pos() }); i < len(n.strings) && n.strings[i].End() <= fn.End(); i++ {
		if text := strings.TrimSuffix(n.strings[i].Text(), "="); isAlphabet(text) {
			d.alphabet = text
			break
		}
	}
	if d.alphabet != "" && strings.IndexByte(n.file.Text[fn.Pos():fn.End()], '^') >= 0 {
		// Functions with an exclusive or decode more than base64.
		if d.keyed = len(fn.Parameters()) == 2 && n.ciphers(fn); !d.keyed {
			return decoder{}
		}
	}
	return d
}

// ciphers reports whether a function holds the RC4 cipher and no other exclusive
// or: in a function of a text and a key, two loops up to 256 and sums modulo 256.
func (n *names) ciphers(fn *shim.Node) bool {
	if n.eval.ciphers++; n.eval.ciphers > maxCiphers {
		return false
	}
	const states, minLoops, minSums = 256, 2, 3
	loops, sums, exclusive := 0, 0, 0
	stack := []*shim.Node{fn.Body()}
	for visited := 0; len(stack) > 0; visited++ {
		if visited == maxPrologue {
			return false
		}
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if node.Kind == shim.KindBinaryExpression {
			b := node.AsBinaryExpression()
			switch b.OperatorToken.Kind {
			case shim.KindCaretToken, kindCaretEquals:
				exclusive++
				if inner := enclosing(node); inner == nil || inner == fn || len(inner.Parameters()) != 2 {
					return false
				}
			case shim.KindPercentToken, shim.KindLessThanToken:
				if v := n.eval.of(b.Right); v.kind != numberValue || v.num != states {
					break
				}
				if b.OperatorToken.Kind == shim.KindLessThanToken {
					loops++
				} else {
					sums++
				}
			}
		}
		node.ForEachChild(func(child *shim.Node) bool {
			stack = append(stack, child)
			return false
		})
	}
	return exclusive == 1 && loops >= minLoops && sums >= minSums
}

// decipher applies RC4 to the UTF-16 code units of a text, with the low bytes of
// those of a key.
func decipher(text, key string) string {
	var keys []byte
	for _, unit := range utf16.Encode([]rune(key)) {
		keys = append(keys, byte(unit))
	}
	// The cipher takes no more of a key.
	c, err := rc4.NewCipher(keys[:min(len(keys), 256)])
	if err != nil {
		return ""
	}
	units := utf16.Encode([]rune(text))
	stream := make([]byte, len(units))
	c.XORKeyStream(stream, stream)
	for i := range units {
		units[i] ^= uint16(stream[i])
	}
	return string(utf16.Decode(units))
}

func isAlphabet(text string) bool {
	if len(text) != 64 {
		return false
	}
	var seen [utf8.RuneSelf]bool
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c >= utf8.RuneSelf || c == '=' || seen[c] {
			return false
		}
		seen[c] = true
	}
	return true
}

// decodeWith decodes base64 in an alphabet, as UTF-8.
func decodeWith(alphabet, s string) (string, bool) {
	data, err := base64.NewEncoding(alphabet).WithPadding(base64.NoPadding).DecodeString(strings.TrimRight(s, "="))
	return string(data), err == nil && utf8.Valid(data)
}

// startWith decodes enough of a text to hold its first character.
func startWith(alphabet, s string) string {
	const enough = 8 // six bytes
	s = strings.TrimRight(s[:min(len(s), enough)], "=")
	data, _ := base64.NewEncoding(alphabet).WithPadding(base64.NoPadding).DecodeString(s)
	return string(data)
}

// decoded is what a decoder of strings gives: it takes a string out of an array
// and decodes that, before it keeps it for the next time.
func (e *evaluator) decoded(fn *shim.Node, d decoder, given []value) value {
	key := ""
	if d.keyed {
		if key = given[1].str; given[1].kind != stringValue || key == "" || !e.spend(keyCost) {
			return value{}
		}
	}
	used := 0
	if e.trial != nil {
		used = len(e.trial.used)
	}
	list := fn.Body().Statements()
	end := 0
	var last *shim.Node
	for end < len(list) && end < maxStatements && plainStatement(list[end]) {
		if list[end].Kind == shim.KindVariableStatement {
			last = list[end]
		}
		end++
	}
	if last == nil {
		return value{}
	}
	declarations := last.AsVariableStatement().DeclarationList.AsVariableDeclarationList().Declarations.Nodes
	taken := declarations[len(declarations)-1]
	if init := unwrap(taken.Initializer()); init == nil || init.Kind != shim.KindElementAccessExpression {
		return value{}
	}
	v := e.framed(fn, given, func(scope *scope) value {
		if _, ok := e.statements(scope, list[:end]); !ok {
			return value{}
		}
		if b := scope.lookup(textOf(taken.Name())); b != nil {
			v, _ := e.local(b)
			return v
		}
		return value{}
	})
	if v.kind != stringValue || !e.look(v) {
		return value{}
	}
	if e.trial != nil {
		for i := used; i < len(e.trial.used); i++ {
			e.trial.used[i].decoder, e.trial.used[i].key = d, key
		}
	}
	text, ok := decodeWith(d.alphabet, v.str)
	if !ok {
		return value{}
	}
	if d.keyed {
		text = decipher(text, key)
	}
	return e.made(text)
}
