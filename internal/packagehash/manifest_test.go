package packagehash

import (
	"errors"
	"strings"
	"testing"
)

// The values wanted in this file are those that Python 3.11 gave.

// rewritten are manifests and what they become.
var rewritten = []struct{ name, in, want string }{
	{"empty", `{}`,
		`{"name": "", "version": ""}`},
	{"name and version are emptied", `{"version":"1.2.3","a":1,"name":"x"}`,
		`{"a": 1, "name": "", "version": ""}`},
	{"name and version of other types", `{"version":{"b":[1,{"c":2}],"a":1},"name":null}`,
		`{"name": "", "version": ""}`},
	{"name and version inside stay", `{"a":{"version":"1","name":"x"},"z":[{"name":"y"}]}`,
		`{"a": {"name": "x", "version": "1"}, "name": "", "version": "", "z": [{"name": "y"}]}`},
	{"keys that sort around name and version", `{"nam":1,"namf":2,"names":3,"versio":4,"versions":5,"zz":6}`,
		`{"nam": 1, "name": "", "names": 3, "namf": 2, "versio": 4, "version": "", "versions": 5, "zz": 6}`},
	{"separators and white space", " \t\r\n{ \"b\" : [ 1 ,\r\n2 ,[ ] , { } ] ,\t\"a\" : { \"x\" : { } } }\r\n ",
		`{"a": {"x": {}}, "b": [1, 2, [], {}], "name": "", "version": ""}`},
	{"CRLF and CR", "{\r\n\"b\": 1,\r\"a\": \"x\"\r\n}\r",
		`{"a": "x", "b": 1, "name": "", "version": ""}`},
	{"duplicate keys", `{"a":1,"b":2,"a":{"c":3},"a":[4]}`,
		`{"a": [4], "b": 2, "name": "", "version": ""}`},
	{"duplicate name", `{"name":"x","name":{"y":[{}]},"a":{}}`,
		`{"a": {}, "name": "", "version": ""}`},
	{"keys that differ by escapes", `{"\u0061":1,"a":2,"\u0061\u0000":3,"a\u0000":4,"\/":5,"/":6}`,
		`{"/": 6, "a": 2, "a\u0000": 4, "name": "", "version": ""}`},
	{"escaped name", `{"n\u0061me":"x","vers\u0069on":"y"}`,
		`{"name": "", "version": ""}`},
	{"keys by code point", "{\"\xf0\x9f\x98\x80\":1,\"\xef\xbf\xbf\":2,\"\xee\x80\x80\":3,\"\xc3\xa9\":4,\"e\":5,\"Z\":6,\"\":7,\"\xf0\x90\x80\x80\":8}",
		`{"": 7, "Z": 6, "e": 5, "name": "", "version": "", "\u00e9": 4, "\ue000": 3, "\uffff": 2, "\ud800\udc00": 8, "\ud83d\ude00": 1}`},
	{"lone surrogates as keys", `{"\ud800":1,"\udfff":2,"\ue000":3,"\ud7ff":4,"\ud83d\ude00":5,"\ud800a":6}`,
		`{"name": "", "version": "", "\ud7ff": 4, "\ud800": 1, "\ud800a": 6, "\udfff": 2, "\ue000": 3, "\ud83d\ude00": 5}`},
	{"surrogate pairs", `{"a":"\ud83d\ude00","b":"\uD83D\uDE00","c":"\ud83d \ude00","d":"\ude00\ud83d"}`,
		`{"a": "\ud83d\ude00", "b": "\ud83d\ude00", "c": "\ud83d \ude00", "d": "\ude00\ud83d", "name": "", "version": ""}`},
	{"pair and itself are one key", `{"\ud83d\ude00":1,"😀":2}`,
		`{"name": "", "version": "", "\ud83d\ude00": 2}`},
	{"lone surrogates before a pair", `{"a":"\ud83d\ud83d\ude00","b":"\ud800\ud801\ud802","c":"\ud800\u0041","d":"\ud800\n"}`,
		`{"a": "\ud83d\ud83d\ude00", "b": "\ud800\ud801\ud802", "c": "\ud800A", "d": "\ud800\n", "name": "", "version": ""}`},
	{"highest and lowest of a pair", `{"a":"\ud800\udc00","b":"\udbff\udfff"}`,
		`{"a": "\ud800\udc00", "b": "\udbff\udfff", "name": "", "version": ""}`},
	{"printable ASCII", "{\"a\":\" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~\"}",
		"{\"a\": \" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~\", \"name\": \"\", \"version\": \"\"}"},
	{"escapes", `{"a":"\"\\\/\b\f\n\r\t\u000b\u001f\u0000"}`,
		`{"a": "\"\\/\b\f\n\r\t\u000b\u001f\u0000", "name": "", "version": ""}`},
	{"DEL and C1", "{\"a\":\"\x7f\xc2\x80\xc2\xa0\xc3\xbf\"}",
		`{"a": "\u007f\u0080\u00a0\u00ff", "name": "", "version": ""}`},
	{"line separators", "{\"a\":\"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf\"}",
		`{"a": "\u2028\u2029\ufeff\ufffd\ufffe\uffff", "name": "", "version": ""}`},
	{"two, three and four bytes", "{\"\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87\":\"\xd0\xb7\xd0\xbd\xd0\xb0\xd1\x87\xd0\xb5\xd0\xbd\xd0\xb8\xd0\xb5 \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x92\xa9\xf4\x8f\xbf\xbf\"}",
		`{"name": "", "version": "", "\u043a\u043b\u044e\u0447": "\u0437\u043d\u0430\u0447\u0435\u043d\u0438\u0435 \u6f22\u5b57 \ud83d\udca9\udbff\udfff"}`},
	{"literals", `{"a":[true,false,null,NaN,Infinity,-Infinity]}`,
		`{"a": [true, false, null, NaN, Infinity, -Infinity], "name": "", "version": ""}`},
}

func TestManifest(t *testing.T) {
	for _, test := range rewritten {
		t.Run(test.name, func(t *testing.T) {
			got, err := anonymous([]byte(test.in))
			if err != nil || string(got) != test.want {
				t.Errorf("anonymous(%q) = %s, %v; want %s", test.in, got, err, test.want)
			}
		})
	}
}

// numbers are number literals and what they become.
var numbers = []struct{ in, want string }{
	{`0`, `0`},
	{`-0`, `0`},
	{`1`, `1`},
	{`-1`, `-1`},
	{`12345678901234567890123456789012345678901234567890`, `12345678901234567890123456789012345678901234567890`},
	{`-9223372036854775809`, `-9223372036854775809`},
	{`0.0`, `0.0`},
	{`-0.0`, `-0.0`},
	{`0e0`, `0.0`},
	{`-0e5`, `-0.0`},
	{`0E-400`, `0.0`},
	{`0e999999999999999999999`, `0.0`},
	{`-0.0e-999999999999999999999`, `-0.0`},
	{`1e3`, `1000.0`},
	{`1E3`, `1000.0`},
	{`1e+3`, `1000.0`},
	{`1e-3`, `0.001`},
	{`1.0`, `1.0`},
	{`1.50`, `1.5`},
	{`-1.25`, `-1.25`},
	{`1e0`, `1.0`},
	{`10e-1`, `1.0`},
	{`100.0`, `100.0`},
	{`0.1`, `0.1`},
	{`0.0001`, `0.0001`},
	{`0.00001`, `1e-05`},
	{`0.00012345`, `0.00012345`},
	{`1e-4`, `0.0001`},
	{`1e-5`, `1e-05`},
	{`1.5e-5`, `1.5e-05`},
	{`123456789e-12`, `0.000123456789`},
	{`1e15`, `1000000000000000.0`},
	{`1e16`, `1e+16`},
	{`1e17`, `1e+17`},
	{`9999999999999998.0`, `9999999999999998.0`},
	{`9999999999999999.0`, `1e+16`},
	{`123456789012345678.0`, `1.2345678901234568e+17`},
	{`1234567890123456.7`, `1234567890123456.8`},
	{`12345678901234567.0`, `1.2345678901234568e+16`},
	{`1e21`, `1e+21`},
	{`1e22`, `1e+22`},
	{`1e23`, `1e+23`},
	{`1e100`, `1e+100`},
	{`1.7976931348623157e308`, `1.7976931348623157e+308`},
	{`1.7976931348623159e308`, `Infinity`},
	{`1e308`, `1e+308`},
	{`1e309`, `Infinity`},
	{`-1e309`, `-Infinity`},
	{`1E400`, `Infinity`},
	{`-1E400`, `-Infinity`},
	{`1e99999999999999999999`, `Infinity`},
	{`-1e99999999999999999999`, `-Infinity`},
	{`1e-323`, `1e-323`},
	{`5e-324`, `5e-324`},
	{`4.9e-324`, `5e-324`},
	{`2e-324`, `0.0`},
	{`2.4703282292062328e-324`, `5e-324`},
	{`2.4703282292062327e-324`, `0.0`},
	{`1e-400`, `0.0`},
	{`-1e-400`, `-0.0`},
	{`1e-99999999999999999999`, `0.0`},
	{`2.2250738585072014e-308`, `2.2250738585072014e-308`},
	{`2.2250738585072011e-308`, `2.225073858507201e-308`},
	{`0.1000000000000000055511151231257827021181583404541015625`, `0.1`},
	{`9007199254740993.0`, `9007199254740992.0`},
	{`9007199254740992.5`, `9007199254740992.0`},
	{`8.41e21`, `8.41e+21`},
	{`2.0e-3`, `0.002`},
	{`5e22`, `5e+22`},
	{`4.35`, `4.35`},
	{`0.3`, `0.3`},
	{`2.675`, `2.675`},
	{`1.1e1`, `11.0`},
	{`33333333333333333333.3`, `3.333333333333333e+19`},
	{`4722366482869645.2136960`, `4722366482869645.0`},
}

func TestNumbers(t *testing.T) {
	for _, test := range numbers {
		t.Run(test.in, func(t *testing.T) {
			checkNumber(t, test.in, test.want)
		})
	}
}

// checkNumber checks what a number literal becomes.
func checkNumber(t *testing.T, in, want string) {
	t.Helper()
	got, err := anonymous([]byte(`{"a":` + in + `}`))
	if want := `{"a": ` + want + `, "name": "", "version": ""}`; err != nil || string(got) != want {
		t.Errorf("%.80q becomes %.80q, %v; want %.80q", in, got, err, want)
	}
}

// Zeros and exponents that make up for one another, of more digits than an
// exponent has in strconv.ParseFloat.
func TestLongNumbers(t *testing.T) {
	zeros := strings.Repeat("0", 100_000)
	nines := strings.Repeat("9", 100_000)
	tests := map[string]struct{ in, want string }{
		"leading zeros":                        {"0." + zeros + "15e100001", "1.5"},
		"trailing zeros":                       {"25" + zeros + "e-100001", "2.5"},
		"negative":                             {"-25" + zeros + ".0e-100001", "-2.5"},
		"nines":                                {nines + "e-100000", "1.0"},
		"nines of a fraction":                  {"0." + nines, "1.0"},
		"half of the last place, and a little": {"9007199254740993." + zeros + "1", "9007199254740994.0"},
		"half of the last place":               {"9007199254740993." + zeros, "9007199254740992.0"},
		"too large":                            {"1" + zeros + ".0", "Infinity"},
		"too small":                            {"-0." + zeros + "1", "-0.0"},
		"zeros alone":                          {"0." + zeros + "e100000", "0.0"},
		"long exponent":                        {"1e" + zeros + "3", "1000.0"},
		"long negative exponent":               {"1e-" + zeros + "3", "0.001"},
		"long integer":                         {"-" + nines, "-" + nines},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { checkNumber(t, test.in, test.want) })
	}
}

// broken are what Python's json.load fails on, or what has no members to set.
var broken = []struct{ name, in string }{
	{"nothing", ``},
	{"white space", " \n"},
	{"list", `[]`},
	{"list with an object", `[{"name":"x"}]`},
	{"string", `"x"`},
	{"number", `1`},
	{"null", `null`},
	{"true", `true`},
	{"NaN", `NaN`},
	{"byte order mark", "\xef\xbb\xbf{}"},
	{"UTF-16", "{\x00}\x00"},
	{"Latin-1", "{\"a\":\"\xe9\"}"},
	{"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}"},
	{"overlong UTF-8", "{\"a\":\"\xc0\x80\"}"},
	{"beyond Unicode", "{\"a\":\"\xf4\x90\x80\x80\"}"},
	{"truncated UTF-8", "{\"a\":\"\xe2\x82\"}"},
	{"data behind", `{} {}`},
	{"comma behind", `{},`},
	{"NUL behind", "{}\x00"},
	{"form feed", "\x0c{}"},
	{"no-break space", "\xc2\xa0{}"},
	{"vertical tab inside", "{\"a\":\x0b1}"},
	{"line feed in a string", "{\"a\":\"\n\"}"},
	{"tab in a key", "{\"\t\":1}"},
	{"NUL in a string", "{\"a\":\"\x00\"}"},
	{"unit separator in a string", "{\"a\":\"\x1f\"}"},
	{"unknown escape", `{"a":"\x41"}`},
	{"escape of a quote mark", `{"a":"\'"}`},
	{"upper-case escape", `{"a":"\U0041"}`},
	{"short escape", `{"a":"\u41"}`},
	{"sign in an escape", `{"a":"\u+041"}`},
	{"underscore in an escape", `{"a":"\u0_41"}`},
	{"other digits in an escape", `{"a":"\u٠٠٤١"}`},
	{"broken low half", `{"a":"\ud83d\uzzzz"}`},
	{"ends in an escape", `{"a":"\u004`},
	{"ends behind a backslash", `{"a":"\`},
	{"ends in a pair", `{"a":"\ud83d\ude0`},
	{"string without end", `{"a":"b}`},
	{"object without end", `{"a":1`},
	{"array without end", `{"a":[1`},
	{"ends behind a key", `{"a"`},
	{"ends behind a colon", `{"a":`},
	{"ends behind a comma", `{"a":1,`},
	{"trailing comma in an object", `{"a":1,}`},
	{"trailing comma in an array", `{"a":[1,]}`},
	{"comma first", `{,"a":1}`},
	{"comma first in an array", `{"a":[,1]}`},
	{"two commas", `{"a":1,,"b":2}`},
	{"no comma", `{"a":1 "b":2}`},
	{"no colon", `{"a" 1}`},
	{"two colons", `{"a"::1}`},
	{"no value", `{"a":}`},
	{"brackets crossed", `{"a":[1}`},
	{"braces crossed", `{"a":{"b":1]}`},
	{"key without quotes", `{a:1}`},
	{"number as a key", `{1:1}`},
	{"single quotes", `{'a':1}`},
	{"line comment", `{"a":1}//x`},
	{"block comment", `{/**/"a":1}`},
	{"plus sign", `{"a":+1}`},
	{"minus alone", `{"a":-}`},
	{"two signs", `{"a":--1}`},
	{"leading zero", `{"a":01}`},
	{"negative leading zero", `{"a":-01}`},
	{"leading zero of a fraction", `{"a":00.5}`},
	{"no digit before the point", `{"a":.5}`},
	{"no digit behind the point", `{"a":1.}`},
	{"no digit before the exponent", `{"a":1.e5}`},
	{"no exponent", `{"a":1e}`},
	{"no exponent behind its sign", `{"a":1e+}`},
	{"two points", `{"a":1.2.3}`},
	{"fraction of an exponent", `{"a":1e5.5}`},
	{"underscore in a number", `{"a":1_000}`},
	{"hexadecimal", `{"a":0x10}`},
	{"other digits", `{"a":١}`},
	{"other digits behind", `{"a":1٢}`},
	{"space in a number", `{"a":- 1}`},
	{"-NaN", `{"a":-NaN}`},
	{"nan", `{"a":nan}`},
	{"inf", `{"a":inf}`},
	{"+Infinity", `{"a":+Infinity}`},
	{"Infinit", `{"a":Infinit}`},
	{"True", `{"a":True}`},
	{"None", `{"a":None}`},
	{"undefined", `{"a":undefined}`},
	{"nulll", `{"a":nulll}`},
	{"truefalse", `{"a":truefalse}`},
	{"Infinity1", `{"a":Infinity1}`},
}

func TestBroken(t *testing.T) {
	for _, test := range broken {
		t.Run(test.name, func(t *testing.T) {
			got, err := anonymous([]byte(test.in))
			if !errors.Is(err, ErrNoHash) || got != nil {
				t.Errorf("anonymous(%q) = %q, %v; want ErrNoHash", test.in, got, err)
			}
		})
	}
}

func TestDepth(t *testing.T) {
	const deepest = 993 // of what Python takes, in a script as flat as the artifact
	const rest = `, "name": "", "version": ""}`
	for _, test := range []struct{ open, close, inner string }{
		{"[", "]", ""}, {"[", "]", `"x"`}, {`{"x": `, "}", "1"}, {`[{"x": `, "}]", "{}"}, {`{"": [`, "]}", ""},
	} {
		levels := strings.Count(test.open, "[") + strings.Count(test.open, "{")
		spare := strings.Count(test.inner, "{")
		for n := deepest/levels - 3; n < deepest/levels+3; n++ {
			depth := 1 + n*levels + spare
			in := `{"a": ` + strings.Repeat(test.open, n) + test.inner + strings.Repeat(test.close, n)
			got, err := anonymous([]byte(in + "}"))
			switch {
			case depth <= deepest && (err != nil || string(got) != in+rest):
				t.Errorf("%d levels of %q: %v, or other bytes", depth, test.open, err)
			case depth > deepest && !errors.Is(err, ErrNoHash):
				t.Errorf("%d levels of %q: %v, want ErrNoHash", depth, test.open, err)
			}
		}
	}
	// Far too deep, without an end.
	for _, open := range []string{"[", `{"a":`, `{"a":[`} {
		if _, err := anonymous([]byte(`{"a":` + strings.Repeat(open, 500_000))); !errors.Is(err, ErrNoHash) {
			t.Errorf("half a million of %q: %v, want ErrNoHash", open, err)
		}
	}
}

// Members that hold objects are written in another order than they were read.
func TestNestedOrder(t *testing.T) {
	in := `{"z": [{"b": {"d": 1, "c": [{}, [{"f": {}, "e": {}}], {}]}, "a": {}}, 2, {}], "a": {"y": {}, "x": {"w": {}}}, "m": {}, "y": 3, "b": [[], {"z": 1, "a": {"z": {}, "a": 0}}, 4]}`
	want := `{"a": {"x": {"w": {}}, "y": {}}, "b": [[], {"a": {"a": 0, "z": {}}, "z": 1}, 4], "m": {}, "name": "", "version": "", "y": 3, "z": [{"a": {}, "b": {"c": [{}, [{"e": {}, "f": {}}], {}], "d": 1}}, 2, {}]}`
	got, err := anonymous([]byte(in))
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestManifestTooLarge(t *testing.T) {
	for size, want := range map[int]error{MaxManifestSize: nil, MaxManifestSize + 1: ErrTooLarge} {
		data := []byte(`{"a":"` + strings.Repeat("x", size-len(`{"a":""}`)) + `"}`)
		if _, err := anonymous(data); !errors.Is(err, want) || errors.Is(err, ErrNoHash) {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
	}
}
