package javascript

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microsoft/typescript-go/shim"
)

// SignKind is a kind of concealment.
type SignKind uint8

// The kinds of signs. Those that are decided by text and tokens alone are given
// for files without a tree as well: Minified, HexNames, EscapedStrings,
// HighEntropyLiteral, ManyNumbers, InvisibleUnicode, BidiUnicode and PushedRight.
const (
	// Minified: most of the file stands on lines of at least longLine bytes that
	// hold code without the white space that people write. Comment lines do not
	// count, nor does the content of string literals, so that a table, a data URL
	// or a module in base64 is no code. One sign a file, at the first such line.
	// Minified is not obfuscated: it is what bundlers write.
	Minified SignKind = iota
	// HexNames: at least minMachineNames distinct identifiers in a scheme that
	// obfuscators write and minifiers do not: _0x and hexadecimal digits, _$_ and
	// hexadecimal digits, only the letters I, l and 1, only O, 0, o and Q, or a
	// mix of $ and _ alone. One sign a file, at the first such name; Detail holds
	// the number of distinct names.
	HexNames
	// StringArray: an array of at least minStringArray strings that the program
	// reads through a lookup only: a function that replaces itself by one that
	// returns the array, or a name that is indexed with shifted numbers by a
	// function called with constants, or directly with constants as member names.
	// The sign stands at the array. The loop that rotates such an array until a
	// checksum fits is a sign of its own.
	StringArray
	// ControlFlowFlattening: an endless loop around a switch that takes the next
	// step from a list (switch (order[i++]) { case '0': … continue; }), or whose
	// cases, in no order, each set the next number of the switched variable.
	ControlFlowFlattening
	// SelfDefence: code against those who read it: functions made of text that
	// holds debugger or an endless loop, the texts that self-defending code
	// matches its own source with, a timer around debugger, console methods
	// replaced by masked empty ones, a computed member of a function literal
	// called with computed text.
	SelfDefence
	// DecodeRun: eval, Function, vm or another runner of text is given what a
	// decoder makes: atob, Buffer.from with base64 or hex, unescape,
	// decodeURIComponent, fromCharCode, TextDecoder, inflate, a cipher, or a
	// function of the file that is given a long literal. So is Function given a
	// literal of at least minProgram bytes.
	DecodeRun
	// EscapedStrings: a string literal with at least minEscapes letters and
	// digits written as \xNN or \uNNNN, which make up at least half of it. One
	// sign a literal.
	EscapedStrings
	// HighEntropyLiteral: a string of at least minEntropyText bytes of base64 or
	// hexadecimal digits with nearly the entropy of random data in that alphabet,
	// or that decodes to text. Whole images, fonts, sounds, WebAssembly modules,
	// source maps, certificates, public keys, integrity hashes and the primes of
	// the standard Diffie-Hellman groups give no sign. One sign a literal.
	HighEntropyLiteral
	// ManyNumbers: a list of at least minCodes numbers that are the character
	// codes of text. One sign a list.
	ManyNumbers
	// InvisibleUnicode: characters that show nothing: a run of at least
	// minHidden zero-width characters, tag characters and variation selectors, a
	// single one or a Hangul filler within a name, or many spread over the file.
	// Joiners next to letters of scripts that need them, and emoji sequences, are
	// writing.
	InvisibleUnicode
	// BidiUnicode: a bidirectional control (U+202A to U+202E, U+2066 to U+2069)
	// written as such (CVE-2021-42574). Within text that has letters of a script
	// written from right to left, a pair that is closed on its line is writing.
	BidiUnicode
	// PushedRight: code behind at least minPush spaces or tabs with other text
	// before them on the line, or behind at least minBlankLines blank lines.
	PushedRight

	signKinds = iota
)

func (k SignKind) String() string {
	return [...]string{
		"minified", "hex-names", "string-array", "control-flow-flattening", "self-defence", "decode-run",
		"escaped-strings", "high-entropy-literal", "many-numbers", "invisible-unicode", "bidi-unicode", "pushed-right",
	}[k]
}

// The limits of signs.
const (
	// MaxSigns bounds the signs of one kind that are kept.
	MaxSigns = 64
	// MaxDetail bounds Sign.Detail, in bytes.
	MaxDetail = 120
)

// Sign is one place where a file conceals what it does.
type Sign struct {
	Kind SignKind
	// Pos and End are offsets into File.Text.
	Pos, End int
	// Detail says what was found, as text that is safe to print.
	Detail string
}

// Signs are the signs of a file.
type Signs struct {
	// List holds the first MaxSigns of each kind in source order.
	List   []Sign
	counts [signKinds]int
}

// Count returns how many signs of a kind the file has, kept or not.
func (s *Signs) Count(kind SignKind) int { return s.counts[kind] }

// Signs returns what the file's layout and structure say about concealment. It
// reads the text and what Parse noted of the tree, and resolves the names that
// may stand for runners of text, within the bounds of Uses.
func (f *File) Signs() Signs {
	s := signer{file: f}
	s.text()
	if f.names != nil {
		s.tree()
	} else {
		s.tokens()
	}
	s.layout()
	return s.signs()
}

// signer collects the signs of one file.
type signer struct {
	file   *File
	kept   [signKinds][]Sign
	counts [signKinds]int
	// cut tells that only the first MaxSigns of a kind are kept from here on, and
	// in order.
	cut [signKinds]bool

	shape    layout
	machines map[string]struct{}
	machine  Sign
}

// add notes a sign. Passes give the signs of a kind nearly in source order, and
// only the first ones are kept.
func (s *signer) add(kind SignKind, pos, end int, detail string) {
	s.counts[kind]++
	if s.cut[kind] && pos > s.kept[kind][MaxSigns-1].Pos {
		return
	}
	list := append(s.kept[kind], Sign{kind, pos, end, excerpt(detail)})
	if len(list) == 2*MaxSigns {
		slices.SortFunc(list, bySource)
		list = list[:MaxSigns]
		s.cut[kind] = true
	}
	s.kept[kind] = list
}

func bySource(a, b Sign) int {
	if a.Pos != b.Pos {
		return a.Pos - b.Pos
	}
	if a.End != b.End {
		return a.End - b.End
	}
	return int(a.Kind) - int(b.Kind)
}

func (s *signer) signs() Signs {
	if len(s.machines) >= minMachineNames {
		s.add(HexNames, s.machine.Pos, s.machine.End, plural(len(s.machines), "machine-made name")+", the first "+s.machine.Detail)
	}
	out := Signs{counts: s.counts}
	for _, list := range s.kept {
		slices.SortFunc(list, bySource)
		out.List = append(out.List, list[:min(len(list), MaxSigns)]...)
	}
	slices.SortFunc(out.List, bySource)
	return out
}

// excerpt cuts a text to MaxDetail and leaves nothing in it that does not show
// or that moves other text.
func excerpt(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), 2*MaxDetail)], "?")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, text)
	if len(text) <= MaxDetail {
		return text
	}
	end := MaxDetail - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// tokens collects from tokens what tree collects from the tree's lists.
func (s *signer) tokens() {
	f := s.file
	if f.Text == "" {
		return
	}
	scan := newScanner(f.Text, languageOf(f.Name).jsx)
	for t := scan.next(); t.kind != endOfText; t = scan.next() {
		switch t.kind {
		case word:
			if name := f.Text[t.start:t.end]; len(name) >= minMachineName && machineName(name) {
				s.name(name, t.start)
			}
		case stringLiteral:
			s.escapes(t.start, t.end)
			s.entropy(unquote(f.Text[t.start:t.end]), t.start, t.end)
		case templatePiece:
			if t.end-t.start > 1 && f.Text[t.start] == '`' && f.Text[t.end-1] == '`' {
				s.escapes(t.start, t.end)
				s.entropy(unquote(f.Text[t.start:t.end]), t.start, t.end)
			}
		}
	}
}

// tree collects from what the walk over the tree noted.
func (s *signer) tree() {
	n := s.file.names
	t := structure{signer: s, names: n, file: s.file}
	for _, node := range n.strings {
		text := node.Text()
		// An escape is at least three bytes longer than its letter.
		if node.End()-node.Pos()-len(text) >= 3*minEscapes {
			s.escapes(s.file.start(node), node.End())
		}
		if len(text) >= minEntropyText {
			s.entropy(text, s.file.start(node), node.End())
		}
		if selfPattern(text) {
			s.add(SelfDefence, s.file.start(node), node.End(), "a pattern for its own text: "+text)
		}
		t.element(node)
	}
	for _, node := range n.folds {
		s.joined(node)
	}
	t.findRunners()
	for i := range n.refs {
		// Most references are to plain locals and not looked at.
		r := &n.refs[i]
		if b := r.binding; !r.named || r.special || b == nil || b.runner || b.machine || t.tables != nil && len(b.writes) > 0 {
			t.reference(r)
		}
	}
	for _, node := range n.switches {
		t.switched(node)
	}
	t.arrays()
}

// joined looks at a sum of short literals as at one.
func (s *signer) joined(node *shim.Node) {
	if node.Kind != shim.KindBinaryExpression || node.End()-node.Pos() < minEntropyText {
		return
	}
	var b strings.Builder
	for _, operand := range operands(node) {
		if operand.Kind != shim.KindStringLiteral && operand.Kind != shim.KindNoSubstitutionTemplateLiteral || len(operand.Text()) >= minEntropyText {
			return
		}
		b.WriteString(operand.Text())
	}
	s.entropy(b.String(), s.file.start(node), node.End())
}
