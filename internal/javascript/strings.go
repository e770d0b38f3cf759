package javascript

import (
	"iter"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// String is a text in the file.
type String struct {
	Text     string
	Pos, End int
	// Folded tells that the text does not stand in the file as it is.
	Folded bool
}

// Strings yields the string literals in source order, and then the constants
// that folding makes of other expressions, the largest ones and not their parts,
// and what is constant between the substitutions of templates.
func (f *File) Strings() iter.Seq[String] {
	return func(yield func(String) bool) {
		if f.names == nil {
			f.tokenStrings(yield)
			return
		}
		for _, node := range f.names.strings {
			if !yield(String{Text: node.Text(), Pos: f.start(node), End: node.End()}) {
				return
			}
		}
		f.names.folded(yield)
	}
}

// folded yields what folds without being a literal.
func (n *names) folded(yield func(String) bool) {
	end := -1
	for _, node := range n.folds {
		if node.Pos() < end {
			continue
		}
		s, ok := n.eval.of(node), false
		if s.kind == stringValue || s.kind == bytesValue {
			ok = true
		}
		if ok {
			end = node.End()
			if !yield(String{Text: strings.ToValidUTF8(s.str, "\ufffd"), Pos: n.file.start(node), End: end, Folded: true}) {
				return
			}
			continue
		}
		switch node.Kind {
		case shim.KindBinaryExpression:
			if !n.runs(node, yield) {
				return
			}
		case shim.KindTemplateExpression:
			if !n.template(node, yield) {
				return
			}
		}
	}
}

// runs yields the constants within a sum that is none: x + 'a' + 'b' holds ab.
func (n *names) runs(node *shim.Node, yield func(String) bool) bool {
	var parts []string
	pos, end, size := 0, 0, 0
	flush := func() bool {
		more := len(parts) < 2 || yield(String{Text: strings.Join(parts, ""), Pos: pos, End: end, Folded: true})
		parts, size = parts[:0], 0
		return more
	}
	for _, operand := range operands(node) {
		v := value{}
		if operand.Kind != shim.KindParenthesizedExpression {
			v = n.eval.of(operand)
		}
		if v.kind != stringValue || size+len(v.str) > MaxConstant || !n.eval.look(v) {
			if !flush() {
				return false
			}
			continue
		}
		if len(parts) == 0 {
			pos = n.file.start(operand)
		}
		parts = append(parts, v.str)
		size += len(v.str)
		end = operand.End()
	}
	return flush()
}

// template yields the constants within a template that is none: `${x}/a${'b'}`
// holds /ab.
func (n *names) template(node *shim.Node, yield func(String) bool) bool {
	t := node.AsTemplateExpression()
	var b strings.Builder
	pos := n.file.start(t.Head)
	b.WriteString(t.Head.Text())
	flush := func(end int) bool {
		more := b.Len() == 0 || yield(String{Text: b.String(), Pos: pos, End: end, Folded: true})
		b.Reset()
		return more
	}
	for _, span := range t.TemplateSpans.Nodes {
		s := span.AsTemplateSpan()
		known := false
		if v := n.eval.of(s.Expression); v.kind == stringValue && b.Len()+len(v.str) <= MaxConstant && n.eval.look(v) {
			b.WriteString(v.str)
			known = true
		}
		if !known {
			if !flush(s.Expression.End()) {
				return false
			}
			pos = n.file.start(s.Literal)
		}
		if b.Len()+len(s.Literal.Text()) <= MaxConstant {
			b.WriteString(s.Literal.Text())
		}
	}
	return flush(node.End())
}
