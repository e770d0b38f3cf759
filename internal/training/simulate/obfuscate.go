package simulate

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// The presets of javascript-obfuscator's documentation, as far as obfuscate has
// something like them.
const (
	presetLow    = "low"
	presetMedium = "medium"
	presetHigh   = "high"
)

// obfuscator writes code as obfuscators of strings and names leave it: an array
// of strings that is rotated at start, a decoder, hexadecimal names, dispatch by
// an order string and branches that are never taken. names are the local ones.
type obfuscator struct {
	dice
	names   map[string]string
	preset  string
	array   []string
	index   map[string]int
	decoder string
	offset  int
	coded   bool
}

// obfuscate hides src, CommonJS or a classic script, in one of the presets.
func obfuscate(d dice, src, preset string, local []string) string {
	o := &obfuscator{dice: d, names: make(map[string]string), preset: preset, index: make(map[string]int), offset: 0x60 + d.IntN(0x180), coded: preset != presetLow}
	for _, n := range local {
		o.names[n] = o.hexName()
	}
	o.decoder = o.hexName()
	if preset == presetHigh {
		src = o.flatten(src)
	}
	if preset != presetLow {
		src = o.deadCode(src)
	}
	body := squeeze(o.rewrite(tokenize(src)))
	return o.head() + body + "\n"
}

func (o *obfuscator) hexName() string { return "_0x" + o.text(hexes[1:], 1) + o.text(hexes, 5) }

// rewrite replaces names, strings, numbers and members.
func (o *obfuscator) rewrite(tokens []token) []token {
	var out []token
	for i, t := range tokens {
		before, _ := near(tokens, i, -1)
		after, _ := near(tokens, i, 1)
		key := after.text == ":" && (before.text == "{" || before.text == ",")
		switch {
		case t.kind == quoted && key:
			t.text = "[" + o.call(unquote(t.text)) + "]"
		case t.kind == quoted:
			t = token{word, o.call(unquote(t.text))}
		case t.kind == template:
			t = token{sign, o.concatenation(t.text)}
		case t.kind == number && o.preset != presetLow && !strings.ContainsAny(t.text, ".xn"):
			if n, err := strconv.Atoi(t.text); err == nil {
				t.text = fmt.Sprintf("0x%x", n)
			}
		case t.kind == word && before.text == "." && o.preset != presetLow:
			if n := len(out); n > 0 && out[n-1].text == "." {
				out[n-1].text = ""
				t = token{sign, "[" + o.call(t.text) + "]"}
			}
		case t.kind == word && before.text != "." && before.text != "?." && !key && o.names[t.text] != "":
			t.text = o.names[t.text]
		}
		out = append(out, t)
	}
	return out
}

func (o *obfuscator) call(s string) string {
	at, ok := o.index[s]
	if !ok {
		at = len(o.array)
		o.index[s] = at
		o.array = append(o.array, s)
	}
	return fmt.Sprintf("%s(0x%x)", o.decoder, at+o.offset)
}

// concatenation writes a template literal as a sum.
func (o *obfuscator) concatenation(s string) string {
	s = s[1 : len(s)-1]
	parts := []string{o.call("")}
	for len(s) > 0 {
		open := strings.Index(s, "${")
		if open < 0 {
			parts = append(parts, o.call(s))
			break
		}
		if open > 0 {
			parts = append(parts, o.call(s[:open]))
		}
		end := open + closing(s[open:])
		parts = append(parts, "("+squeeze(o.rewrite(tokenize(s[open+2:end])))+")")
		s = s[end+1:]
	}
	return "(" + strings.Join(parts, "+") + ")"
}

// closing finds the brace that ends the expression at the start of s.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s) - 1
}

// head declares the array, its rotation and the decoder.
func (o *obfuscator) head() string {
	list := o.hexName()
	turns := 0
	if o.preset != presetLow && len(o.array) > 1 {
		turns = 1 + o.IntN(len(o.array)-1)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "const %s=[", list)
	for i := range o.array {
		// Rotating to the left by turns gives the order of the array.
		s := o.array[(i-turns+len(o.array))%len(o.array)]
		if o.coded {
			s = base64.StdEncoding.EncodeToString([]byte(s))
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("'" + strings.ReplaceAll(strings.ReplaceAll(quote(s)[1:len(quote(s))-1], `\"`, `"`), "'", `\'`) + "'")
	}
	b.WriteString("];")
	x, y, z := o.hexName(), o.hexName(), o.hexName()
	if turns > 0 {
		fmt.Fprintf(&b, "(function(%[1]s,%[2]s){for(let %[3]s=0x0;%[3]s<%[2]s;%[3]s++){%[1]s['push'](%[1]s['shift']());}}(%[4]s,0x%[5]x));", x, y, z, list, turns)
	}
	value := fmt.Sprintf("%s[%s]", list, y)
	if o.coded {
		value = "atob(" + value + ")"
	}
	fmt.Fprintf(&b, "function %[1]s(%[2]s){const %[3]s=%[2]s-0x%[4]x;return %[5]s;}", o.decoder, x, y, o.offset, value)
	return b.String()
}

// statements splits canonical code at its top level: a statement begins where a
// line begins with neither white space nor a closing bracket.
func statements(src string) []string {
	var out []string
	for _, line := range strings.SplitAfter(src, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if len(out) > 0 && strings.ContainsAny(line[:1], " \t})]") {
			out[len(out)-1] += line
		} else {
			out = append(out, line)
		}
	}
	return out
}

// flatten puts the statements into the cases of a switch that an order string
// drives. Functions, classes and comments stay outside.
func (o *obfuscator) flatten(src string) string {
	var outside strings.Builder
	var moved []string
	for _, s := range statements(src) {
		first, _, _ := strings.Cut(s, " ")
		switch first {
		case "function", "class", "async", "import", "export":
			outside.WriteString(s)
			continue
		}
		if strings.HasPrefix(s, "//") || strings.HasPrefix(s, "/*") || strings.HasPrefix(s, "\"use strict\"") {
			continue
		}
		for _, kind := range []string{"const ", "let "} {
			if rest, ok := strings.CutPrefix(s, kind); ok {
				s = "var " + rest
			}
		}
		moved = append(moved, s)
	}
	if len(moved) < 2 {
		return src
	}
	labels := o.Perm(len(moved))
	order := make([]string, len(moved))
	cases := make([]string, len(moved))
	for i, s := range moved {
		order[i] = strconv.Itoa(labels[i])
		cases[labels[i]] = fmt.Sprintf("    case %q:\n%s      continue;\n", order[i], s)
	}
	list, at := o.hexName(), o.hexName()
	return outside.String() + fmt.Sprintf("var %[1]s = %[2]q.split(\"|\"), %[3]s = 0;\nwhile (%[3]s < %[4]d) {\n  switch (%[1]s[%[3]s++]) {\n%[5]s  }\n}\n",
		list, strings.Join(order, "|"), at, len(moved), strings.Join(cases, ""))
}

// deadCode adds branches on unequal constants.
func (o *obfuscator) deadCode(src string) string {
	var b strings.Builder
	for range 1 + o.IntN(4) {
		x, y := o.hexName(), o.hexName()
		left, right := o.text(letters, 5), o.text(letters, 5)
		if left == right {
			continue
		}
		switch o.IntN(3) {
		case 0:
			fmt.Fprintf(&b, "if (%q === %q) {\n  const %s = [%d, %d].map((%s) => %s * %d);\n  console.log(%s.length);\n}\n", left, right, x, o.IntN(900), o.IntN(900), y, y, o.IntN(90), x)
		case 1:
			fmt.Fprintf(&b, "function %s(%s) {\n  return %q === %q ? %s + %d : %s;\n}\n", x, y, left, right, y, o.IntN(9000), y)
		case 2:
			fmt.Fprintf(&b, "var %s = { %s: %q, %s: function (%s, %s) {\n  return %s !== %s;\n} };\n", x, o.text(letters, 5), o.text(letters, 8), o.text(letters, 5), y, y+"a", y, y+"a")
		}
	}
	return b.String() + src
}

// unquote gives the value of a literal that quote or a template wrote.
func unquote(s string) string {
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'x':
			if n, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+3, len(s))], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
