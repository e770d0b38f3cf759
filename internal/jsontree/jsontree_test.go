package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	const text = `{
  "a": [1, -2.5e3, "x\n\u00e9", true, false, null],
  "b": {"c": {}},
  "": []
}
`
	at := func(s string) int { return strings.Index(text, s) }
	doc, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(kind Kind, content, source string) *Value {
		return &Value{Kind: kind, Text: content, Offset: at(source), End: at(source) + len(source)}
	}
	want := &Value{Kind: Object, Offset: 0, End: len(text) - 1, Members: []Member{
		{"a", at(`"a"`), &Value{Kind: Array, Offset: at("[1"), End: at("null]") + 5, Items: []*Value{
			leaf(Number, "1", "1"), leaf(Number, "-2.5e3", "-2.5e3"), leaf(String, "x\né", `"x\n\u00e9"`),
			leaf(Bool, "true", "true"), leaf(Bool, "false", "false"), leaf(Null, "", "null"),
		}}},
		{"b", at(`"b"`), &Value{Kind: Object, Offset: at(`{"c"`), End: at("{}}") + 3, Members: []Member{
			{"c", at(`"c"`), leaf(Object, "", "{}")},
		}}},
		{"", at(`""`), leaf(Array, "", "[]")},
	}}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := doc.Get("b").Get("c"); got == nil || got.Kind != Object {
		t.Errorf("b.c is %+v", got)
	}
	if got := doc.Get("a").Items[2].Str(); got != "x\né" {
		t.Errorf("Str is %q", got)
	}
	if !doc.Get("a").Items[3].True() || doc.Get("a").Items[4].True() || doc.Get("a").Items[0].True() {
		t.Error("True is not the literal true alone")
	}
	if doc.Get("none") != nil || doc.Get("a").Get("x") != nil || doc.Get("a").Str() != "" {
		t.Error("something where nothing is")
	}
}

// TestNil reads through values that are not there.
func TestNil(t *testing.T) {
	var v *Value
	if v.Get("a").Get("b") != nil || v.Str() != "" || v.True() {
		t.Error("a nil value is not empty")
	}
}

func TestKind(t *testing.T) {
	for kind, want := range map[Kind]string{Null: "null", Bool: "a boolean", Number: "a number", String: "a string", Array: "an array", Object: "an object"} {
		if got := kind.String(); got != want {
			t.Errorf("%d is %q, want %q", kind, got, want)
		}
	}
}

func TestScalars(t *testing.T) {
	for text, want := range map[string]Value{
		"null": {Kind: Null}, "true": {Kind: Bool, Text: "true"}, "0": {Kind: Number, Text: "0"},
		"-0": {Kind: Number, Text: "-0"}, "1E400": {Kind: Number, Text: "1E400"},
		"123456789012345678901234567890": {Kind: Number, Text: "123456789012345678901234567890"},
		`""`:                             {Kind: String}, `"😀"`: {Kind: String, Text: "😀"}, `"\ud83d\ude00"`: {Kind: String, Text: "😀"},
		`"\u0000"`: {Kind: String, Text: "\x00"}, `"\ud800"`: {Kind: String, Text: "\ufffd"},
	} {
		want.Offset, want.End = 2, 2+len(text)
		got, err := Parse([]byte(" \n" + text + "\t\r\n"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestErrors checks what is refused, and where.
func TestErrors(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth)
	tests := []struct {
		name, text   string
		line, column int
		message      string
	}{
		{"empty", "", 1, 1, "too early"},
		{"white space", " \n ", 1, 1, "too early"},
		{"truncated object", "{\n  \"a\": 1,\n", 2, 10, "too early"},
		{"truncated array", "[1, 2", 1, 6, "too early"},
		{"truncated string", "[\"abc", 1, 6, "too early"},
		{"truncated literal", "[tru", 1, 5, "too early"},
		{"truncated key", "{\"a", 1, 4, "too early"},
		{"no value", "{\"a\": }", 1, 7, "invalid character"},
		{"no key", "{1: 2}", 1, 2, ""},
		{"trailing comma", "[1,\n]", 2, 1, "invalid character"},
		{"two commas", "{\"a\": 1,,\n\"b\": 2}", 1, 9, "invalid character"},
		{"a comma first", "[,1]", 1, 2, "invalid character"},
		{"no comma", "[1\n 2]", 2, 2, "invalid character"},
		{"no colon", "{\"a\" 1}", 1, 6, "invalid character"},
		{"wrong bracket", "[1}", 1, 3, "invalid character"},
		{"a comment", "{} // x", 1, 4, "after the document"},
		{"a comment first", "// x\n{}", 1, 1, "invalid character"},
		{"single quotes", "{'a': 1}", 1, 2, "invalid character"},
		{"NaN", "[NaN]", 1, 2, "invalid character"},
		{"leading zero", "[01]", 1, 3, "invalid character"},
		{"a second value", "{}\n {}", 2, 2, "after the document"},
		{"rubbish", "1 x", 1, 3, "after the document"},
		{"a control character in a string", "[\"a\nb\"]", 1, 2, "invalid character"},
		{"an unknown escape", `["\x41"]`, 1, 2, "invalid character"},
		{"the same key twice", "{\"a\": 1,\n  \"a\": 2}", 2, 3, `the key "a" is given twice`},
		{"the same key twice, escaped", "{\"a\": 1, \"\\u0061\": 2}", 1, 10, `the key "a" is given twice`},
		{"the same key twice, deeper", "{\"b\": [{\"a\": 1, \"a\": 2}]}", 1, 17, `the key "a" is given twice`},
		{"two broken keys that become the same", `{"\ud800": 1, "\udfff": 2}`, 1, 15, "is given twice"},
		{"invalid UTF-8", "{\n\"\xff\": 1}", 2, 2, "invalid UTF-8"},
		{"a surrogate in UTF-8", "[\"\xed\xa0\x80\"]", 1, 3, "invalid UTF-8"},
		{"UTF-16", "\xff\xfe{\x00}\x00", 1, 1, "invalid UTF-8"},
		{"NUL bytes", "\x00\x00", 1, 1, "invalid character"},
		{"two byte order marks", "\ufeff\ufeff{}", 1, 2, "invalid character"},
		{"too deep", deep + "[" + strings.Repeat("]", MaxDepth+1), 1, MaxDepth + 1, "nested more than 1000 levels deep"},
		{"behind wide characters", "[\"é😀\", x]", 1, 9, "invalid character"},
	}
	for _, test := range tests {
		v, err := Parse([]byte(test.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: read as %+v with error %v", test.name, v, err)
			continue
		}
		if v != nil {
			t.Errorf("%s: a value beside the error", test.name)
		}
		if syntax.Line != test.line || syntax.Column != test.column || !strings.Contains(syntax.Message, test.message) {
			t.Errorf("%s: %v, want %q at line %d, column %d", test.name, err, test.message, test.line, test.column)
		}
	}
	if _, err := Parse([]byte(deep + strings.Repeat("]", MaxDepth))); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
	e := &SyntaxError{2, 3, "m"}
	if got, want := e.Error(), "line 2, column 3: m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestManyKeys finds duplicates in objects of every size around the one from
// which on they are looked up in a map.
func TestManyKeys(t *testing.T) {
	for n := 1; n < 3*smallObject; n++ {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%q: %d, ", fmt.Sprint("k", i), i)
		}
		doc, err := Parse([]byte("{" + b.String() + `"last": true}`))
		if err != nil {
			t.Fatalf("%d keys: %v", n, err)
		}
		if len(doc.Members) != n+1 || !doc.Get("last").True() || doc.Get("k0").Text != "0" {
			t.Errorf("%d keys are read as %d", n, len(doc.Members)-1)
		}
		for _, twice := range []int{0, n / 2, n - 1} {
			if _, err := Parse([]byte(fmt.Sprintf(`{%s"k%d": 1}`, b.String(), twice))); err == nil {
				t.Errorf("%d keys, of which the key %d stands twice, are read", n, twice)
			}
		}
	}
}

// TestByteOrderMark checks that a mark moves offsets and does no more.
func TestByteOrderMark(t *testing.T) {
	data := []byte("\ufeff{\"a\": 1}")
	before := bytes.Clone(data)
	doc, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Offset != 3 || doc.Members[0].Offset != 4 {
		t.Errorf("the document begins at %d, its key at %d", doc.Offset, doc.Members[0].Offset)
	}
	if !bytes.Equal(before, data) {
		t.Error("Parse changed its input")
	}
	if line, column := Position(data, doc.Members[0].Offset); line != 1 || column != 3 {
		t.Errorf("the key stands at %d:%d", line, column)
	}
}

func TestParseLenient(t *testing.T) {
	tests := []struct{ name, text, same string }{
		{"nothing special", `{"a": [1, "x"]}`, `{"a": [1, "x"]}`},
		{"trailing commas", `{"a": [1, 2,], "b": {"c": 3,},}`, `{"a": [1, 2 ], "b": {"c": 3 } }`},
		{"a comma, space, a bracket", "[1,\n\t ]", "[1 \n\t ]"},
		{"a line comment", "[1, // two, ]\n3]", "[1,          \n3]"},
		{"a line comment at the end", "[1] // x", "[1]     "},
		{"a block comment", "[1, /* 2, ] */ 3]", "[1,            3]"},
		{"a block comment over lines", "[1, /* a\n*\n// b */ 3]", "[1,     \n \n        3]"},
		{"a comment behind a comma", "[1, /* x */ ]", "[1          ]"},
		{"comments that are none", `["// a", "/* b */", "a,]", "\"//", "\\"]`, `["// a", "/* b */", "a,]", "\"//", "\\"]`},
		{"a comment with wide characters", "[1, /* é😀 */ 3]", "[1,              3]"},
		{"an empty block comment", "[/**/1]", "[    1]"},
		{"a comment with stars", "[/***/1]", "[     1]"},
		{"CRLF", "[1, // x\r\n]", "[1       \n]"},
	}
	for _, test := range tests {
		before := test.text
		got, err := ParseLenient([]byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		want, err := Parse([]byte(test.same))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if before != test.text {
			t.Errorf("%s: the input is changed", test.name)
		}
	}
	bad := []struct {
		name, text   string
		line, column int
	}{
		{"a lone comma", "[,]", 1, 2},
		{"two trailing commas", "[1,,]", 1, 4},
		{"two commas", "[1,,2]", 1, 4},
		{"two commas with a comment between", "[1,/* */,2]", 1, 9},
		{"an open comment", "[1]\n/* x", 2, 1},
		{"a comment in a comment", "[/* /* */ */1]", 1, 11},
		{"a lone slash", "[1/2]", 1, 3},
		{"a comma at the end", "[1],", 1, 4},
		{"an open string", "[\"a, // x\n]", 1, 2},
		{"an unquoted key", "{a: 1}", 1, 2},
		{"a comment with invalid UTF-8", "[1] // \xff", 1, 8},
	}
	for _, test := range bad {
		v, err := ParseLenient([]byte(test.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: read as %+v", test.name, v)
			continue
		}
		if syntax.Line != test.line || syntax.Column != test.column {
			t.Errorf("%s: %v, want line %d, column %d", test.name, err, test.line, test.column)
		}
	}
}

func TestPosition(t *testing.T) {
	const text = "ab\né😀x\r\n\n\tz"
	at := func(s string) int { return strings.Index(text, s) }
	tests := []struct {
		offset       int
		line, column int
	}{
		{0, 1, 1}, {1, 1, 2}, {at("\n"), 1, 3}, {at("é"), 2, 1}, {at("😀"), 2, 2}, {at("x"), 2, 4}, {at("\r"), 2, 5},
		{at("\t"), 4, 1}, {at("z"), 4, 2}, {len(text), 4, 3}, {len(text) + 100, 4, 3},
	}
	lines := NewLines([]byte(text))
	for _, test := range tests {
		if line, column := Position([]byte(text), test.offset); line != test.line || column != test.column {
			t.Errorf("Position(%d) = %d:%d, want %d:%d", test.offset, line, column, test.line, test.column)
		}
		if line, column := lines.Position(test.offset); line != test.line || column != test.column {
			t.Errorf("Lines.Position(%d) = %d:%d, want %d:%d", test.offset, line, column, test.line, test.column)
		}
	}
	if line, column := NewLines(nil).Position(0); line != 1 || column != 1 {
		t.Errorf("in an empty document: %d:%d", line, column)
	}
}

// TestLines compares the index with counting, on lines short and long.
func TestLines(t *testing.T) {
	texts := []string{
		strings.Repeat("x", 5*markDistance),
		strings.Repeat("é", 3*markDistance),
		strings.Repeat("😀", 2*markDistance) + "\n" + strings.Repeat("a😀é", markDistance),
		strings.Repeat("a\n", markDistance),
		strings.Repeat("\n", 10) + strings.Repeat("x", markDistance-1) + "\n" + strings.Repeat("x", markDistance) + "\n" + strings.Repeat("x", markDistance+1),
		"\xff\xfe" + strings.Repeat("\xf0\x9f", 300) + "\n\x80",
	}
	for _, text := range texts {
		lines := NewLines([]byte(text))
		for offset := range []byte(text + "$") {
			line, column := lines.Position(offset)
			if !strings.Contains(text, "\xff") { // within a character the counts may differ
				for offset < len(text) && offset > 0 && text[offset]&0xc0 == 0x80 {
					offset--
				}
			}
			wantLine, wantColumn := Position([]byte(text), offset)
			if line != wantLine || strings.IndexByte("\xff", text[0]) < 0 && column < wantColumn {
				t.Fatalf("%.20q at %d: %d:%d, want %d:%d", text, offset, line, column, wantLine, wantColumn)
			}
		}
	}
}

// content is the value as encoding/json decodes it into an any.
func content(v *Value) any {
	switch v.Kind {
	case Bool:
		return v.Text == "true"
	case Number:
		return json.Number(v.Text)
	case String:
		return v.Text
	case Array:
		items := make([]any, len(v.Items))
		for i, item := range v.Items {
			items[i] = content(item)
		}
		return items
	case Object:
		members := make(map[string]any, len(v.Members))
		for _, m := range v.Members {
			members[m.Key] = content(m.Value)
		}
		return members
	}
	return nil
}

// checkOffsets checks that every value stands where it says it does.
func checkOffsets(t *testing.T, data []byte, v *Value) {
	t.Helper()
	if v.Offset < 0 || v.End <= v.Offset || v.End > len(data) {
		t.Fatalf("%s at %d to %d of %d bytes", v.Kind, v.Offset, v.End, len(data))
	}
	var again any
	dec := json.NewDecoder(bytes.NewReader(data[v.Offset:v.End]))
	dec.UseNumber()
	if err := dec.Decode(&again); err != nil {
		t.Fatalf("%s at %d to %d is %q: %v", v.Kind, v.Offset, v.End, data[v.Offset:v.End], err)
	}
	if want := content(v); !reflect.DeepEqual(want, again) {
		t.Fatalf("at %d to %d stands %v, not %v", v.Offset, v.End, again, want)
	}
	for _, m := range v.Members {
		if data[m.Offset] != '"' {
			t.Fatalf("the key %q is not at %d", m.Key, m.Offset)
		}
	}
}

// FuzzParse compares with encoding/json: whatever Parse reads, that reads too,
// with the same content.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, -2.5e3, "x\n\u00e9", true, false, null], "b": {"c": {}}, "": []}`,
		"\ufeff{}", "[1, 2]", `"\ud83d\ude00\ud800"`, `{"a": 1, "a": 2}`, "{\"\xff\": 1}", "[1,]", "{} // x", "", " 0 ", "[[[[]]]]", `{"a"  :1 , "b":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || v != nil {
				t.Fatalf("error %v of type %T with value %v", err, err, v)
			}
			if syntax.Line < 1 || syntax.Column < 1 {
				t.Fatalf("%v has no place", err)
			}
			return
		}
		plain := bytes.TrimPrefix(data, bom)
		dec := json.NewDecoder(bytes.NewReader(plain))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("encoding/json refuses what Parse reads: %v", err)
		}
		if !json.Valid(plain) {
			t.Fatal("encoding/json finds it invalid")
		}
		if got := content(v); !reflect.DeepEqual(want, got) {
			t.Fatalf("content %v, want %v", got, want)
		}
		var walk func(v *Value)
		walk = func(v *Value) {
			checkOffsets(t, data, v)
			for _, item := range v.Items {
				walk(item)
			}
			for _, m := range v.Members {
				walk(m.Value)
			}
		}
		if len(data) < 1000 {
			walk(v)
		}
	})
}

// FuzzParseLenient checks that comments and commas change no offset, and that
// whatever Parse reads is read the same.
func FuzzParseLenient(f *testing.F) {
	for _, seed := range []string{
		"{\"a\": [1, 2,], // x\n \"b\": /* é */ 3,}", `["// a", "\"/*", "*/"]`, "[1,,]", "/* x", "[/**/]", "{}", "[1, /* , */ ]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		lenient, err := ParseLenient(data)
		if !bytes.Equal(before, data) {
			t.Fatal("the input is changed")
		}
		strict, strictErr := Parse(data)
		if strictErr == nil {
			if err != nil {
				t.Fatalf("Parse reads it, ParseLenient does not: %v", err)
			}
			if !reflect.DeepEqual(strict, lenient) {
				t.Fatalf("Parse reads %v, ParseLenient %v", content(strict), content(lenient))
			}
		}
		if err != nil {
			return
		}
		blanked := blank(data)
		if len(blanked) != len(data) || bytes.Count(blanked, []byte("\n")) != bytes.Count(data, []byte("\n")) {
			t.Fatal("blanking moved lines or bytes")
		}
		for i, c := range blanked {
			if c != data[i] && c != ' ' {
				t.Fatalf("byte %d is %q instead of %q", i, c, data[i])
			}
		}
	})
}

// FuzzLines compares the index with counting.
func FuzzLines(f *testing.F) {
	f.Add([]byte("ab\né😀x\r\n\n\tz"), 5)
	f.Add(bytes.Repeat([]byte("x"), 600), 599)
	f.Fuzz(func(t *testing.T, data []byte, offset int) {
		if offset < 0 || offset > len(data) || len(data) > 1<<16 {
			return
		}
		line, column := NewLines(data).Position(offset)
		wantLine, wantColumn := Position(data, offset)
		if line != wantLine || column != wantColumn {
			t.Fatalf("%d:%d, want %d:%d", line, column, wantLine, wantColumn)
		}
	})
}
