package javascript

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/microsoft/typescript-go/shim"
)

// valueKind is what is known of a value.
type valueKind uint8

const (
	unknownValue valueKind = iota
	undefinedValue
	nullValue
	boolValue     // num is 0 or 1
	numberValue   // num
	stringValue   // str
	bytesValue    // str is a Buffer's content
	arrayValue    // items; num counts the elements, those of elements included
	objectValue   // node is the literal or enumeration
	functionValue // node is the function or class
	regexpValue   // node is the literal
	pathValue     // paths
	methodValue   // str is a method of the one value in items
)

// value is an expression's value as far as it is known.
type value struct {
	kind  valueKind
	num   float64
	str   string
	node  *shim.Node
	array *[]value // of items; a pointer, so that a value fits in registers
	paths []*step
}

// items are an array's elements.
func (v value) items() []value {
	if v.array == nil {
		return nil
	}
	return *v.array
}

func stringOf(s string) value  { return value{kind: stringValue, str: s} }
func numberOf(f float64) value { return value{kind: numberValue, num: f} }

// pathOf returns the value that stands for one path. Most do, so that a step
// holds the list of itself.
func pathOf(p *step) value {
	if p == nil {
		return value{}
	}
	if p.self[0] == nil {
		p.self[0] = p
	}
	return value{kind: pathValue, paths: p.self[:]}
}

// listOf makes an array. It is unknown where its elements are more than
// MaxElements, those of elements included.
func listOf(list []value) value {
	size := float64(len(list))
	for i := range list {
		if list[i].kind == arrayValue {
			size += list[i].num
		}
	}
	if size > MaxElements {
		return value{}
	}
	return value{kind: arrayValue, num: size, array: &list}
}

func boolOf(b bool) value {
	if b {
		return value{kind: boolValue, num: 1}
	}
	return value{kind: boolValue}
}

func pathsOf(paths []*step) value {
	paths = paths[:min(len(paths), MaxAlternatives)]
	if len(paths) == 0 || paths[0] == nil {
		return value{}
	}
	return value{kind: pathValue, paths: paths}
}

// constant reports whether v is a primitive or an array of such.
func (v value) constant() bool {
	switch v.kind {
	case undefinedValue, nullValue, boolValue, numberValue, stringValue:
		return true
	case arrayValue:
		for _, item := range v.items() {
			if !item.constant() {
				return false
			}
		}
		return true
	}
	return false
}

// either returns what is known of a value that is a or b: the paths of both.
func either(a, b value) value {
	switch {
	case a.kind != pathValue && b.kind != pathValue:
		return value{}
	case a.kind != pathValue:
		return b
	case b.kind != pathValue:
		return a
	}
	paths := append([]*step(nil), a.paths...)
next:
	for _, p := range b.paths {
		for _, q := range paths {
			if same(p, q) {
				continue next
			}
		}
		paths = append(paths, p)
	}
	return pathsOf(paths)
}

// texts returns the elements of an array as Arg.List has them.
func (v value) texts() []string {
	if v.num > MaxList {
		return nil
	}
	list, known := make([]string, len(v.items())), false
	for i, item := range v.items() {
		list[i] = Unknown
		if text, ok := item.text(); ok && item.constant() {
			list[i], known = text, true
		}
	}
	if !known {
		return nil
	}
	return list
}

func same(a, b *step) bool {
	for a != b {
		if a == nil || b == nil || a.name != b.name || a.depth != b.depth || a.root != b.root {
			return false
		}
		a, b = a.parent, b.parent
	}
	return true
}

// truth returns v as a boolean and whether that is known.
func (v value) truth() (truth, known bool) {
	switch v.kind {
	case undefinedValue, nullValue:
		return false, true
	case boolValue, numberValue:
		return v.num != 0 && !math.IsNaN(v.num), true
	case stringValue:
		return v.str != "", true
	case bytesValue, arrayValue, objectValue, functionValue, regexpValue, methodValue:
		return true, true
	}
	return false, false
}

// text returns v as a string, as concatenation has it.
func (v value) text() (string, bool) {
	switch v.kind {
	case undefinedValue:
		return "undefined", true
	case nullValue:
		return "null", true
	case boolValue:
		return strconv.FormatBool(v.num != 0), true
	case numberValue:
		return formatNumber(v.num, 10), true
	case stringValue:
		return v.str, true
	case bytesValue:
		return strings.ToValidUTF8(v.str, "\ufffd"), true
	case arrayValue:
		return v.join(",")
	}
	return "", false
}

// join joins an array's items.
func (v value) join(separator string) (string, bool) {
	size := 0
	parts := make([]string, len(v.items()))
	for i, item := range v.items() {
		if item.kind != undefinedValue && item.kind != nullValue {
			s, ok := item.text()
			if !ok {
				return "", false
			}
			parts[i] = s
		}
		if size += len(parts[i]) + len(separator); size > MaxConstant {
			return "", false
		}
	}
	return strings.Join(parts, separator), true
}

// number returns v as a number.
func (v value) number() (float64, bool) {
	switch v.kind {
	case undefinedValue:
		return math.NaN(), true
	case nullValue:
		return 0, true
	case boolValue, numberValue:
		return v.num, true
	case stringValue, arrayValue:
		s, ok := v.text()
		return parseNumber(s), ok
	}
	return 0, false
}

// parseNumber converts a string as the unary plus does.
func parseNumber(s string) float64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' {
		if base := map[byte]int{'x': 16, 'o': 8, 'b': 2}[s[1]|0x20]; base != 0 {
			u, err := strconv.ParseUint(s[2:], base, 64)
			if err != nil {
				return math.NaN()
			}
			return float64(u)
		}
	}
	if strings.ContainsAny(s, "_xXpPnN") {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// parseInteger is the global parseInt.
func parseInteger(s string, base int) float64 {
	s = strings.TrimSpace(s)
	sign := 1.0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if (base == 0 || base == 16) && (strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X")) {
		s, base = s[2:], 16
	}
	if base == 0 {
		base = 10
	}
	if base < 2 || base > 36 {
		return math.NaN()
	}
	total, n := 0.0, 0
	for ; n < len(s); n++ {
		d := strings.IndexByte("0123456789abcdefghijklmnopqrstuvwxyz", s[n]|0x20)
		if s[n] <= '9' {
			d = strings.IndexByte("0123456789", s[n])
		}
		if d < 0 || d >= base {
			break
		}
		total = total*float64(base) + float64(d)
	}
	if n == 0 {
		return math.NaN()
	}
	return sign * total
}

// formatNumber writes a number as the language does, for the common cases.
func formatNumber(f float64, base int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.FormatInt(int64(f), base)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// int32Of converts as the bitwise operators do.
func int32Of(f float64) int32 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return int32(uint32(int64(math.Mod(math.Trunc(f), 1<<32))))
}

// units returns a string's UTF-16 code units.
func units(s string) []uint16 { return utf16.Encode([]rune(s)) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// length returns a string's length in UTF-16 code units.
func length(s string) int {
	if isASCII(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cut returns the code units from start up to end of a string. Half a surrogate
// pair becomes a replacement character.
func cut(s string, start, end int) string {
	if isASCII(s) {
		start, end = max(0, min(start, len(s))), max(0, min(end, len(s)))
		if start >= end {
			return ""
		}
		return s[start:end]
	}
	before, behind := "", ""
	from, to, unit := len(s), len(s), 0
	for i, r := range s {
		n := max(utf16.RuneLen(r), 1)
		if from == len(s) && unit >= start {
			from = i
			if unit > start && start >= 0 {
				before = "\ufffd"
			}
		}
		if unit+n > end {
			to = i
			if unit < end {
				behind = "\ufffd"
			}
			break
		}
		unit += n
	}
	if start >= end || from > to {
		return ""
	}
	return before + s[from:to] + behind
}
