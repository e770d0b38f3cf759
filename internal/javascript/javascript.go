// Package javascript reads JavaScript and TypeScript: it parses a file,
// resolves its names to the modules and globals they stand for, and folds
// constant expressions. It never runs anything.
//
// Files are hostile. What would exhaust the parser's stack or the worker's
// memory is read by a token pass instead, which keeps imports, member chains
// on globals and string literals; File says so. Every step is bounded, and
// File.Limits says which bounds were reached.
package javascript

import (
	"fmt"
	"path"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/microsoft/typescript-go/shim"
)

// The limits of a file, in bytes.
const (
	// MaxTree bounds the text that is parsed to a tree, beside MaxTokens.
	MaxTree = 16 << 20
	// MaxText bounds the text that is read at all.
	MaxText = 128 << 20
	// MaxErrors bounds File.Errors.
	MaxErrors = 100
)

// Options steer Parse.
type Options struct {
	// Tokens reads the file by the token pass alone, for a file that killed a
	// worker before.
	Tokens bool
}

// File is one script.
type File struct {
	// Name is the name given to Parse.
	Name string
	// Text is the script's text: decoded to UTF-8 and without a byte order
	// mark. All offsets refer to it.
	Text string
	// Skipped is why there is no tree; empty where there is one.
	Skipped string
	// TokensOnly tells that the file was read by the token pass. A file larger
	// than MaxText has neither: it is not read at all.
	TokensOnly bool
	// Errors are the syntax errors, the first MaxErrors. The tree holds what
	// could be read around them.
	Errors []SyntaxError

	limits Limit
	lines  []int // offsets of the lines' starts, made when first needed
	last   mark  // the place that Position was asked for last
	tree   *shim.SourceFile
	names  *names
}

// SyntaxError is an error at an offset of the text.
type SyntaxError struct {
	Pos     int
	Message string
}

// Limit is a set of bounds that were reached while a file was read.
type Limit uint8

const (
	// FoldSteps: constants were left unfolded because one of the file's budgets
	// MaxSteps and MaxLooked, or MaxQuery for one expression, was used up.
	FoldSteps Limit = 1 << iota
	// FoldSize: a constant was left unfolded because it is longer than
	// MaxConstant.
	FoldSize
	// FoldDepth: an expression was left unresolved because it nests deeper
	// than maxEvalDepth.
	FoldDepth
)

// Limits returns the bounds that were reached so far. Names and constants are
// worked out when they are asked for, so it is complete behind Uses and
// Strings.
func (f *File) Limits() Limit { return f.limits }

// Tree tells whether the file has a syntax tree.
func (f *File) Tree() bool { return f.tree != nil }

// Unread tells that nothing of the file was read, not even its tokens.
func (f *File) Unread() bool { return f.tree == nil && !f.TokensOnly }

// dialect is what a file's suffix says about its language.
type dialect struct {
	kind       shim.ScriptKind
	suffix     string
	jsx, typed bool
}

// languageOf goes by the suffix. A file without a known one is a script that
// something names (a bin, a main without suffix), so it is read as JavaScript.
func languageOf(name string) dialect {
	base := strings.ToLower(path.Base(name))
	for _, declaration := range []string{".d.ts", ".d.mts", ".d.cts"} {
		if strings.HasSuffix(base, declaration) {
			return dialect{shim.ScriptKindTS, declaration, false, true}
		}
	}
	switch suffix := path.Ext(base); suffix {
	case ".ts", ".mts", ".cts":
		return dialect{shim.ScriptKindTS, suffix, false, true}
	case ".tsx":
		return dialect{shim.ScriptKindTSX, suffix, true, true}
	case ".jsx":
		return dialect{shim.ScriptKindJSX, suffix, true, false}
	case ".mjs", ".cjs":
		return dialect{shim.ScriptKindJS, suffix, true, false}
	}
	return dialect{shim.ScriptKindJS, ".js", true, false}
}

// runsTypeScript reports whether the first line names an interpreter of
// TypeScript.
func runsTypeScript(text string) bool {
	line, _, _ := strings.Cut(text[:min(len(text), 256)], "\n")
	if !strings.HasPrefix(line, "#!") {
		return false
	}
	for _, word := range strings.Fields(line[2:]) {
		switch path.Base(word) {
		case "ts-node", "ts-node-esm", "tsx":
			return true
		}
	}
	return false
}

// Parse reads one script. Its language follows from the name's suffix; a name
// without one is JavaScript, unless the first line names an interpreter of
// TypeScript. Parse does not fail: what cannot be read is said
// in the File.
func Parse(name string, src []byte, opts Options) *File {
	f := &File{Name: name}
	if len(src) > MaxText {
		f.Skipped = fmt.Sprintf("larger than %d MiB", MaxText>>20)
		return f
	}
	f.Text = decode(src)
	d := languageOf(name)
	if path.Ext(path.Base(name)) == "" && runsTypeScript(f.Text) {
		d = languageOf("script.ts")
	}
	switch {
	case opts.Tokens:
		f.Skipped = "read by tokens as asked"
	case len(f.Text) > MaxTree:
		f.Skipped = fmt.Sprintf("larger than %d MiB", MaxTree>>20)
	default:
		f.parse(d)
	}
	f.TokensOnly = f.tree == nil
	if f.tree != nil {
		f.names = resolve(f)
	}
	return f
}

// parse makes the tree where the text's shape allows one.
func (f *File) parse(d dialect) {
	// In JavaScript the parser reads types from JSDoc comments and adds nodes
	// for them. They say nothing of what runs, and are one more place to nest
	// without end, so the parser sees plain comments.
	var docs []int
	if f.Skipped = measure(f.Text, d, func(offset int) { docs = append(docs, offset) }); f.Skipped != "" {
		return
	}
	text := f.Text
	if len(docs) > 0 {
		var plain strings.Builder
		plain.Grow(len(text))
		done := 0
		for _, offset := range docs {
			plain.WriteString(text[done : offset+2])
			plain.WriteByte(' ')
			done = offset + 3
		}
		plain.WriteString(text[done:])
		text = plain.String()
	}
	if f.tree = tree(d, text); f.tree == nil {
		f.Skipped = "the parser failed"
		return
	}
	for _, e := range f.tree.Diagnostics() {
		if len(f.Errors) == MaxErrors {
			break
		}
		f.Errors = append(f.Errors, SyntaxError{e.Pos(), e.String()})
	}
}

// tree parses a text. It returns nil where the parser panics, as it does where
// its own assumptions fail.
func tree(d dialect, text string) (tree *shim.SourceFile) {
	defer func() {
		if recover() != nil {
			tree = nil
		}
	}()
	return shim.Parse("/file"+d.suffix, text, d.kind)
}

// decode returns src as UTF-8 without a byte order mark. Bytes that are not
// valid stay as they are: the parser reads each as one unknown character.
func decode(src []byte) string {
	switch {
	case len(src) >= 3 && src[0] == 0xef && src[1] == 0xbb && src[2] == 0xbf:
		return string(src[3:])
	case len(src) >= 2 && src[0] == 0xff && src[1] == 0xfe:
		return decode16(src[2:], 0, 1)
	case len(src) >= 2 && src[0] == 0xfe && src[1] == 0xff:
		return decode16(src[2:], 1, 0)
	}
	return string(src)
}

// decode16 decodes UTF-16 whose units have their low byte at index low.
func decode16(src []byte, low, high int) string {
	var b strings.Builder
	b.Grow(len(src) / 2)
	for i := 0; i+1 < len(src); i += 2 {
		r := rune(src[i+low]) | rune(src[i+high])<<8
		if utf16.IsSurrogate(r) && i+3 < len(src) {
			if pair := utf16.DecodeRune(r, rune(src[i+2+low])|rune(src[i+2+high])<<8); pair != utf8.RuneError {
				r = pair
				i += 2
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Position returns the line and column of an offset of Text. Both count from
// 1, columns in UTF-16 code units.
func (f *File) Position(offset int) (line, column int) {
	offset = max(0, min(offset, len(f.Text)))
	if f.lines == nil {
		f.lines = lineStarts(f.Text)
	}
	line = sort.SearchInts(f.lines, offset+1)
	start, column := f.lines[line-1], 1
	if f.last.column > 0 && f.last.start == start && f.last.offset <= offset {
		// Bundles have thousands of uses on one line.
		start, column = f.last.offset, f.last.column
	}
	for _, r := range f.Text[start:offset] {
		column += max(utf16.RuneLen(r), 1)
	}
	f.last = mark{f.lines[line-1], offset, column}
	return line, column
}

// mark is a place on a line whose column was counted.
type mark struct{ start, offset, column int }

// lineStarts returns the offsets at which lines start. Lines end as the
// language has it: with LF, CR, CR LF, U+2028 or U+2029.
func lineStarts(text string) []int {
	starts := make([]int, 1, 2+strings.Count(text, "\n"))
	if strings.IndexByte(text, '\r') < 0 && !strings.Contains(text, "\u2028") && !strings.Contains(text, "\u2029") {
		// Nearly all files.
		for i := strings.IndexByte(text, '\n'); i >= 0; {
			starts = append(starts, i+1)
			next := strings.IndexByte(text[i+1:], '\n')
			if next < 0 {
				break
			}
			i += 1 + next
		}
		return starts
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			starts = append(starts, i+1)
		case '\n':
			starts = append(starts, i+1)
		case 0xe2:
			if strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029") {
				starts = append(starts, i+3)
			}
		}
	}
	return starts
}
