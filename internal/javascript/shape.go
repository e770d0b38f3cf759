package javascript

import (
	"fmt"
	"strings"
)

// The limits of a tree. The parser descends once for every nested construct,
// and Go cannot recover from an exhausted stack, so what is deeper never
// reaches it.
const (
	// MaxDepth bounds how deep constructs may nest: brackets, templates and
	// elements, and what nests without any (a => a => …, if (a) if (a) …).
	// Measured: the costliest construct takes 6 KB of stack a level, so that
	// the deepest tree fits in 64 MB with room to spare.
	MaxDepth = 5000
	// MaxChain bounds how long a chain of operators, members or calls may be.
	// The parser reads a chain in a loop, but walks over the result may descend
	// once a link.
	MaxChain = 40000
	// MaxTokens bounds the tokens of a text with a tree. Measured: tree and
	// names take up to 90 bytes a token, so that they stay below 220 MB.
	MaxTokens = 2_500_000
	// MaxLookups bounds the work of a step in the parser that looks each import
	// and require up from the root, in nodes visited.
	MaxLookups = 1 << 30
	// MaxWork bounds the text that is parsed again and again, in bytes. The
	// parser reads what stands behind async, and behind a < that opens no
	// element, once to see what it is and once more to keep it, so that each
	// such level within another doubles the work.
	MaxWork = 128 << 20
)

// angleCost is how much of the text behind an open < is read once more, as
// measured: looking at types costs more than the text's share.
const angleCost = 16

// nesting is what is open at one level of brackets.
type nesting struct {
	// statements are the headers that wait for the end of their statement, and
	// expressions the operators that wait for their right side.
	statements, expressions int
	// chain counts the operators read in a loop, and items the elements and
	// statements side by side.
	chain, items int
	// doubling counts what is read twice, and angles the open <.
	doubling, angles int
	// ended tells that a statement has ended unless an else follows, and
	// closed that a block has closed, which may have ended one.
	ended, closed bool
}

// shape follows the nesting of a text token by token.
type shape struct {
	scanner *scanner
	typed   bool
	levels  []nesting
	// depth is the sum of everything open, widest the largest number of items
	// side by side in one level.
	depth, deepest, longest, widest int
	// doubling is the sum over all levels, and work the text to be read.
	doubling, work int
	// angles counts the < of types and comparisons that are open. Behind each
	// the parser looks for the end of type arguments.
	angles int
	before token
	// meta tells that the text holds import.meta.
	meta bool
}

// measure reads the whole text. It returns why the text is to have no tree,
// or nothing. docs receives the offset of each JSDoc comment.
func measure(text string, d dialect, docs func(offset int)) (reason string) {
	m := &shape{scanner: newScanner(text, d.jsx), typed: d.typed, levels: make([]nesting, 1, 64)}
	m.scanner.docs = docs
	for tokens := 0; ; tokens++ {
		operand := m.scanner.operand
		t := m.scanner.next()
		if t.kind == endOfText {
			break
		}
		if tokens == MaxTokens {
			return fmt.Sprintf("more than %d tokens", MaxTokens)
		}
		m.token(t, operand)
		m.before = t
		m.work += (t.end - t.start) * (1 + angleCost*m.angles) << min(m.doubling, 30)
		if m.work > MaxWork {
			return fmt.Sprintf("async and < nest so that more than %d MiB would be read", MaxWork>>20)
		}
		m.deepest = max(m.deepest, m.depth)
		if m.deepest > MaxDepth {
			return fmt.Sprintf("constructs nest more than %d deep", MaxDepth)
		}
		if m.longest > MaxChain {
			return fmt.Sprintf("an expression chains more than %d operators", MaxChain)
		}
	}
	if lookups := strings.Count(text, "import") + strings.Count(text, "require"); lookups*max(m.widest, m.longest) > MaxLookups {
		return fmt.Sprintf("%d mentions of import and require beside %d statements", lookups, m.widest)
	}
	// Looking for import.meta descends a sequence a, b, c once an element.
	if m.widest > MaxChain && m.meta {
		return fmt.Sprintf("%d elements side by side in a module", m.widest)
	}
	return ""
}

func (m *shape) token(t token, operand bool) {
	text := m.scanner.text[t.start:t.end]
	if text == "." && m.before.kind == word && m.before.end-m.before.start == len("import") && m.scanner.is(m.before, "import") {
		m.meta = true
	}
	level := &m.levels[len(m.levels)-1]
	m.boundary(level, t, text, operand)
	switch open := len(m.scanner.levels); {
	case open > len(m.levels):
		if operand {
			m.link(level)
		}
		m.levels = append(m.levels, nesting{})
		m.depth++
		return
	case open < len(m.levels):
		m.end(level)
		m.levels = m.levels[:open]
		m.depth--
		m.levels[open-1].closed = text == "}"
		return
	}
	switch t.kind {
	case word:
		m.word(level, text)
	case punctuator:
		m.punctuator(level, text, operand)
	case templatePiece:
		m.link(level)
	}
}

// boundary ends the statement before t where one has ended.
func (m *shape) boundary(level *nesting, t token, text string, operand bool) {
	starts := t.kind != punctuator
	if t.kind == word && (level.ended || level.closed || operand) {
		switch text {
		case "else", "in", "instanceof", "of", "as", "satisfies":
			if text != "else" && level.ended {
				break
			}
			level.ended, level.closed = false, false
			return
		}
	}
	if level.ended || starts && (level.closed || operand && t.newline) {
		m.end(level)
		level.items++
		m.widest = max(m.widest, level.items)
	}
	level.ended, level.closed = false, false
}

// end takes back what a level has open.
func (m *shape) end(level *nesting) {
	m.depth -= level.statements
	level.statements = 0
	m.part(level)
}

// part takes back what an element or expression of a level has open.
func (m *shape) part(level *nesting) {
	m.depth -= level.expressions
	m.doubling -= level.doubling
	m.angles -= level.angles
	level.expressions, level.chain, level.doubling, level.angles = 0, 0, 0, 0
}

// double counts one more construct that is read twice.
func (m *shape) double(level *nesting) {
	level.doubling++
	m.doubling++
}

// link counts one more operator of a chain.
func (m *shape) link(level *nesting) {
	level.chain++
	m.longest = max(m.longest, level.chain)
}

func (m *shape) word(level *nesting, text string) {
	switch text {
	case "if", "for", "while", "with", "do":
		level.statements++
		m.depth++
	case "typeof", "void", "delete", "await", "yield", "new", "extends",
		"keyof", "readonly", "unique", "infer", "asserts":
		m.wait(level)
	case "async":
		if m.before.kind != punctuator || !m.scanner.is(m.before, ".", "?.") {
			m.wait(level)
			m.double(level)
		}
	case "case", "default":
		m.end(level)
	case "in", "instanceof", "of", "as", "satisfies":
		m.link(level)
	}
}

// wait counts an operator that waits for its right side.
func (m *shape) wait(level *nesting) {
	level.expressions++
	m.depth++
}

func (m *shape) punctuator(level *nesting, text string, operand bool) {
	switch text {
	case ";":
		m.part(level)
		level.ended = true
	case ",":
		m.part(level)
		level.items++
		m.widest = max(m.widest, level.items)
	case "=>":
		// What async announced is an arrow function, which is read once.
		m.doubling -= level.doubling
		level.doubling = 0
		m.wait(level)
	case "?", ":", "**", "!", "~", "++", "--", "...", "@":
		m.wait(level)
	case "<":
		if !operand {
			// A cast, whose operand nests in it, or an error.
			m.wait(level)
			m.double(level)
			m.double(level)
		}
		if m.typed {
			m.wait(level)
			level.angles++
			m.angles++
		} else {
			m.link(level)
		}
	case ">", ">>", ">>>":
		if m.typed {
			closed := min(len(text), level.angles)
			level.angles -= closed
			m.angles -= closed
			n := min(len(text), level.expressions)
			level.expressions -= n
			m.depth -= n
		} else {
			m.link(level)
		}
	case "==", "===", "!=", "!==", "<=", ">=":
		m.link(level)
	default:
		if !operand && (text == "+" || text == "-") || strings.HasSuffix(text, "=") {
			m.wait(level)
		} else {
			m.link(level)
		}
	}
}
