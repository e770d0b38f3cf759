package shell

import (
	"encoding/json"
	"strings"
	"testing"
)

// hostileUnits are texts that, repeated, nest the parser or the analysis.
var hostileUnits = []string{
	"(", "( ", "((", "$(", `"$(`, "`", "\\`", "{ ", "if ", "${a:-", `"${a:-`, "$((", "$[", "$((-", "$((1?", "$((a[", "${a[",
	"a|", "a&&", "a;", "a&", "a&a|", "while ", "case a in a) ", "a()", "a() { ", "<(", ">(", "<<a ", "<<-a\n$(", "time ", "coproc ",
	"for a in b;do ", "a <<<", "{a,", "{a,b}", "{a,{b,", "function f ", "let -", "! { ", "x=$x$x;", "eval ", "sh -c ", "sh -c '", `sh -c "`,
	"sudo ", "env a=1 ", "npx ", "npm exec ", "xargs ", "echo a>>f;cat f|", "cat f f>>f;", "$(echo ", "trap ", "alias a=", "cd a;",
	"cmd /c ", "cmd /c (", "powershell -c ", "powershell (", "iex (", "find -exec ", "node -r ./a ", "curl a.b ", "'", `"`, "\\", "%a%", "$a", "${",
	")", "a)", "&(", ";)", "if exist a (", "for %i in ('", "\xff", "\x00", "\n", "\u00e9a;", "\U0001F600;a;", "rm a.js;", "> /dev/null ",
	"printf %s%s a;", "echo $X|sh;", "X=`a`;$X;", "A=b;$A ", "f(){ f;};f|", "0`(`", "[[ ! ", "((a", "git -c alias.x=!", "bash <(",
}

// TestHostileNesting stands for the promise that no text of MaxSource bytes
// overflows the stack, which no process survives, or makes a Script that is
// larger than its bounds say.
func TestHostileNesting(t *testing.T) {
	prefixes := []string{"", "sh -c '"}
	if testing.Short() {
		prefixes = prefixes[:1]
	}
	for _, prefix := range prefixes {
		for _, unit := range hostileUnits {
			text := prefix + strings.Repeat(unit, MaxSource/len(unit))
			checkScript(t, text, Parse(text))
		}
	}
}

// hostileScripts are texts in other languages that, repeated, nest their
// readers, have them read on to the end, or compute.
var hostileScripts = map[Language][]string{
	LanguagePowerShell: {
		"(", "{", "[", "@(", "@{", "@{a=", "$(", `"$(`, `"`, "'", "@'\n", "@\"\n", "@\"\n$(", "`", "#", "<#", "$a=",
		"$a+=$a;", "$a=$a+$a\n", "$a,", ",", "a|", "|", "&", "& {", "& a ", ". ", "if(", "if(a){", "foreach($a in ",
		"foreach($a in 1){", "function a{", "function a{a}\na\n", "function a{b;b}\nfunction b{a;a}\na;", "function a($x){", "function a(){param($x=",
		"param(", "switch(a){", "try{", "% {", "1..9999|%{", "1..99|%{1..99|%{$_}};",
		"iex '", "iex \"", "iex iex ", "[char]", "[a]::b(", "[a", "$a.b", "$a.b(", "$a::b", "$a[", "-join ", "-f ", "a -f ",
		"'{0}' -f ", "!", "-not ", "-", "+", "$", "${", "${a", "$env:A ", "@a ", "a>", ">", "2>&1 ", "--% ", "a,b ", "“",
		"\u00e9 ", "\xff", "\x00", "powershell -c ", "powershell -enc ", "cmd /c ", "cmd /c powershell ", "sal a b;",
		"sal a a;a;", "new-object ", "return ", "class a{", "using module ", ")", "}", "]", "$a=@($a,$a);", "'a'*9999;",
		"$a='a'*9999;", "[array]::Reverse($a);", "a\n", "\n", ";",
	},
}

// TestHostileScripts is TestHostileNesting for the other languages.
func TestHostileScripts(t *testing.T) {
	for language, units := range hostileScripts {
		if testing.Short() {
			units = units[:len(units)/4]
		}
		for _, unit := range units {
			text := strings.Repeat(unit, MaxSource/len(unit))
			checkScript(t, text, ParseScript(language, text, "x"))
		}
	}
}

// checkScript verifies what holds for the Script of any text.
func checkScript(t *testing.T, text string, s *Script) {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatalf("%.40q: %v", text, err)
	}
	if most := 4 << 20; len(data) > most {
		t.Errorf("%.40q: the script takes %d bytes as JSON, more than %d", text, len(data), most)
	}
	if len(s.Commands) > MaxCommands || len(s.Acts) > 2*MaxActs || len(s.Files) > 2*MaxActs || len(s.Hosts) > MaxActs || len(s.Imports) > MaxActs {
		t.Errorf("%.40q: %d commands, %d acts, %d files, %d hosts", text, len(s.Commands), len(s.Acts), len(s.Files), len(s.Hosts))
	}
	for _, a := range s.Acts {
		if a.Line < 1 || a.Column < 1 || len(a.Text) > MaxSnippet || len(a.Detail) > MaxSnippet {
			t.Errorf("%.40q: act %+v", text, a)
		}
	}
	for _, c := range s.Commands {
		if c.Line < 1 || c.Column < 1 {
			t.Errorf("%.40q: command %+v", text, c)
		}
	}
	if strings.Contains(string(data), `\u0000`) {
		t.Errorf("%.40q: the mark of the unknown is left in the script", text)
	}
}
