package shell

import (
	"path"
	"strings"
)

// Language is what a script is written in.
type Language string

// The languages of scripts that ParseScript reads.
const (
	LanguageShell      Language = "shell"      // of Unix
	LanguageBatch      Language = "batch"      // cmd.exe's
	LanguagePowerShell Language = "powershell" // also its modules
	LanguagePython     Language = "python"
	LanguageVBScript   Language = "vbscript" // also in .wsf and .hta files
)

// LanguageOf returns the language of a script: by the extension of its name,
// else by its first line, for which the start of the text is enough. It is
// empty for what is none of them.
func LanguageOf(name, head string) Language {
	switch strings.ToLower(path.Ext(name)) {
	case ".sh", ".bash", ".zsh", ".ksh":
		return LanguageShell
	case ".bat", ".cmd":
		return LanguageBatch
	case ".ps1", ".psm1":
		return LanguagePowerShell
	case ".py", ".pyw":
		return LanguagePython
	case ".vbs", ".wsf", ".hta":
		return LanguageVBScript
	}
	line, _, _ := strings.Cut(head[:min(len(head), 256)], "\n")
	line, ok := strings.CutPrefix(line, "#!")
	if !ok {
		return ""
	}
	for _, w := range strings.Fields(line) {
		switch {
		case path.Base(w) == "env", strings.HasPrefix(w, "-"), assignmentPattern.MatchString(w):
			continue
		}
		return interpreterLanguage(path.Base(w))
	}
	return ""
}

// interpreterLanguage returns the language that a program reads, or "".
func interpreterLanguage(program string) Language {
	switch name := canonical(strings.ToLower(program)); name {
	case "sh", "bash", "zsh", "dash", "ash", "ksh", "mksh", "rbash", "source", ".":
		return LanguageShell
	case "cmd", "call":
		return LanguageBatch
	case "powershell", "pwsh":
		return LanguagePowerShell
	case "python", "py", "pythonw", "pypy":
		return LanguagePython
	case "mshta":
		return LanguageVBScript
	}
	return ""
}

// Language returns the language in which the file is read: its interpreter's
// or, where the file is started itself or by a program of several languages,
// its own (LanguageOf). The head is the start of the file's text.
func (f *FileRun) Language(head string) Language {
	switch f.Interpreter {
	case "", "start", "wscript", "cscript":
		return LanguageOf(f.Path, head)
	case "BASH_ENV", "ENV":
		return LanguageShell
	}
	return interpreterLanguage(f.Interpreter)
}

// ParseScript reads a script of the given language; one without a language is
// taken to be for a Unix shell. The name is relative to the folder in which
// the script is started, with forward slashes; code that asks for it ($0,
// %~dp0, __file__) gets it. UTF-16 with a byte order mark is understood; a mark
// is not counted in columns. It never fails: what went wrong stands in Err and
// Limits.
func ParseScript(language Language, text, name string) *Script {
	r := newReader()
	r.vars["0"] = value{text: name}
	s := newSource(r.cut(fromUTF16(text)))
	switch language {
	case LanguageBatch:
		r.readBatch(s)
	case LanguagePowerShell:
		r.readPowerShell(s, opaqueObject(0))
	case LanguagePython:
		r.python(s, name)
	case LanguageVBScript:
		r.vbscript(s)
	default:
		r.shell(s, value{})
	}
	return r.finish()
}

// fromUTF16 returns a text without its byte order mark, as UTF-8.
func fromUTF16(text string) string {
	if rest, ok := strings.CutPrefix(text, "\ufeff"); ok {
		return rest
	}
	big := strings.HasPrefix(text, "\xfe\xff")
	if !big && !strings.HasPrefix(text, "\xff\xfe") {
		return text
	}
	raw := []byte(text[2:min(len(text), 2*MaxSource+4)])
	if big {
		for i := 0; i+1 < len(raw); i += 2 {
			raw[i], raw[i+1] = raw[i+1], raw[i]
		}
	}
	return decodeUTF16(string(raw))
}

// ParseFile reads a script in the language that its name or its first line
// tells (LanguageOf, ParseScript).
func ParseFile(text, name string) *Script {
	return ParseScript(LanguageOf(name, text), text, name)
}
