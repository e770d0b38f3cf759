package shell

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzParse(f *testing.F) {
	for _, test := range legitimate {
		f.Add(test.command)
	}
	for _, test := range malicious {
		f.Add(test.command)
	}
	for _, unit := range hostileUnits {
		f.Add(unit + unit + unit)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := Parse(text)
		checkScript(t, text, s)
		if diff := cmp.Diff(s, Parse(text)); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
	})
}

func FuzzPython(f *testing.F) {
	fuzzScripts(f, LanguagePython, "a/x.py", pythonMalicious, pythonLegitimate)
}

func FuzzPowerShell(f *testing.F) {
	fuzzScripts(f, LanguagePowerShell, "a/x.ps1", powerShellMalicious, powerShellLegitimate)
}

func FuzzBatch(f *testing.F) {
	fuzzScripts(f, LanguageBatch, "a/x.bat", batchMalicious, batchLegitimate)
}

func FuzzVBScript(f *testing.F) {
	fuzzScripts(f, LanguageVBScript, "a/x.vbs", vbScriptMalicious, vbScriptLegitimate)
}

func fuzzScripts(f *testing.F, language Language, name string, seeds ...[]scriptTest) {
	for _, tests := range seeds {
		for _, test := range tests {
			f.Add(test.text)
		}
	}
	for _, unit := range hostileScripts[language] {
		f.Add(unit + unit + unit)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := ParseScript(language, text, name)
		checkScript(t, text, s)
		if diff := cmp.Diff(s, ParseScript(language, text, name)); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
	})
}

func FuzzParseGyp(f *testing.F) {
	f.Add([]byte(sampleGyp))
	for _, test := range badGyp {
		f.Add([]byte(test.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ParseGyp(data)
		if err != nil && !errors.Is(err, ErrGyp) {
			t.Errorf("an error without ErrGyp: %v", err)
		}
		if len(g.Expansions) > MaxExpansions || len(g.Includes) > MaxExpansions {
			t.Errorf("%d expansions, %d includes", len(g.Expansions), len(g.Includes))
		}
		for _, e := range g.Expansions {
			if e.Line < 1 || e.Column < 1 || len(e.Text) > MaxExpansionText {
				t.Errorf("expansion %+v", e)
			}
			if e.Script != nil {
				checkScript(t, e.Text, e.Script)
			}
		}
	})
}
