package program

import (
	"cmp"
	"encoding/json"
	"path"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/shell"
)

// reference is a command's mention of a file.
type reference struct {
	shell.FileRun
	hook string // the lifecycle script that leads to it
	dir  string // the folder in which the script starts
	from string
	line int
}

// files lists the files that the install commands run, and follows what these
// start and load in turn.
func (l *loader) files() {
	var queue []reference
	done := 0 // commands of Install that were looked at
	for {
		for ; done < len(l.program.Install); done++ {
			c := l.program.Install[done]
			if c.Script == nil {
				continue
			}
			queue = append(queue, references(c.Script.Files, c.Hook, c.Dir, c.Path, c.Line)...)
			queue = append(queue, l.unnamed(c)...)
		}
		if len(queue) == 0 {
			return
		}
		ref := queue[0]
		queue = queue[1:]
		f, ok := l.installFile(ref)
		if !ok || f == nil {
			continue
		}
		switch l.languageFor(ref.Interpreter, f) {
		case Shell:
			queue = append(queue, l.shellFile(f, ref)...)
		case JavaScript:
			queue = append(queue, l.follow(f, JavaScript, AtInstall, ref)...)
		}
	}
}

// references returns the files that a script runs. Where line is 0, each has
// its own.
func references(files []shell.FileRun, hook, dir, from string, line int) []reference {
	out := make([]reference, len(files))
	for i, f := range files {
		out[i] = reference{f, hook, dir, from, cmp.Or(line, f.Line)}
	}
	return out
}

// shellFile reads a shell file that runs at install, and returns what it
// starts.
func (l *loader) shellFile(f *npm.File, ref reference) []reference {
	if !l.first("shell", f.Path) || !l.afford(f.Path, len(f.Data)) {
		return nil
	}
	s := l.script(f, Shell)
	s.Phase = AtInstall
	if s.Shell == nil {
		return nil
	}
	parsed, text := s.Shell, string(f.Data)
	language := ref.Language(text)
	switch {
	case language != shell.LanguageOf(f.Path, text):
		// Whatever its name, it is what the command's interpreter reads.
		parsed = shell.ParseScript(language, text, strings.TrimPrefix(f.Path, ref.dir+"/"))
		s.Shell = parsed
	case ref.dir != "":
		// The file runs in the folder of the command, which $0 is relative to.
		parsed = shell.ParseScript(language, text, strings.TrimPrefix(f.Path, ref.dir+"/"))
	}
	l.checked(f.Path, parsed)
	for _, run := range parsed.Runs {
		l.run(ref.hook, path.Join(ref.dir, run.Dir), run)
	}
	started := references(parsed.Files, ref.hook, ref.dir, f.Path, 0)
	for _, module := range references(parsed.Imports, ref.hook, ref.dir, f.Path, 0) {
		// Most modules are the interpreter's own.
		if l.resolve(module.Interpreter, path.Join(ref.dir, module.Path)) != nil {
			started = append(started, module)
		}
	}
	return started
}

// installFile lists the file that a command mentions. It returns the file
// itself where the tarball has it, and whether the mention is new.
func (l *loader) installFile(ref reference) (*npm.File, bool) {
	if ref.Dynamic {
		return nil, false // the script's acts tell of it
	}
	p := ref.Path
	if !outside(p) {
		p = path.Join(ref.dir, p)
	}
	file := InstallFile{Path: p, Interpreter: ref.Interpreter, From: ref.from, Line: ref.line}
	f := l.resolve(ref.Interpreter, p)
	if f == nil {
		file.Missing = true
	} else {
		file.Path = f.Path
	}
	if !l.first("file", file.Interpreter+"\x00"+file.Path) {
		return f, false
	}
	if len(l.program.InstallFiles) >= MaxInstallFiles {
		l.gap(ref.from, "more than %d files run at install", MaxInstallFiles)
		return nil, false
	}
	file.Path = shorten(file.Path, MaxPath)
	l.program.InstallFiles = append(l.program.InstallFiles, file)
	return f, true
}

// resolve finds the file that an interpreter opens for a path, or nil.
func (l *loader) resolve(interpreter, p string) *npm.File {
	if outside(p) {
		return nil
	}
	if isNode(interpreter) {
		return l.resolveNode(p, 0)
	}
	switch interpreter {
	case "coffee":
		return l.resolveNode(p, 0)
	case "python", "python2", "python3", "py", "pythonw", "pypy", "pypy3":
		return l.firstOf(p, "", ".py", "/__main__.py", "/__init__.py")
	case "":
		return l.firstOf(p, append([]string{""}, windowsExtensions...)...)
	}
	return l.firstOf(p, "")
}

// windowsExtensions are what cmd.exe tries behind a program's name (the
// default of PATHEXT).
var windowsExtensions = []string{".com", ".exe", ".bat", ".cmd", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh"}

// maxMain is how often a folder's main may name another folder.
const maxMain = 4

// resolveNode finds a file as node does (Node.js documentation, "CommonJS
// modules", LOAD_AS_FILE and LOAD_AS_DIRECTORY).
func (l *loader) resolveNode(p string, depth int) *npm.File {
	extensions := []string{".js", ".json", ".node", ".ts", ".mjs", ".cjs"}
	if f := l.firstOf(p, append([]string{""}, extensions...)...); f != nil {
		return f
	}
	dir := p
	if dir == "." {
		dir = ""
	}
	if f := l.tree.Lookup(path.Join(dir, manifestName)); f != nil && depth < maxMain {
		var m struct{ Main string }
		if json.Unmarshal(f.Data, &m) == nil && m.Main != "" {
			if main := path.Join(dir, m.Main); !outside(main) && main != p {
				if f := l.resolveNode(main, depth+1); f != nil {
					return f
				}
			}
		}
	}
	return l.firstOf(path.Join(dir, "index"), extensions...)
}

// firstOf returns the first file of the tree whose path is p with one of the
// endings. Where none is, case is ignored, as Windows and macOS do.
func (l *loader) firstOf(p string, endings ...string) *npm.File {
	for _, e := range endings {
		if f := l.tree.Lookup(p + e); f != nil {
			return f
		}
	}
	if l.tree == nil {
		return nil
	}
	if l.folded == nil {
		l.folded = make(map[string]string, len(l.tree.Files))
		for i := len(l.tree.Files) - 1; i >= 0; i-- {
			file := l.tree.Files[i].Path
			l.folded[strings.ToLower(file)] = file
		}
	}
	for _, e := range endings {
		if file, ok := l.folded[strings.ToLower(p+e)]; ok {
			return l.tree.Lookup(file)
		}
	}
	return nil
}

// defaultFiles are what programs read when they are given no file: code that
// runs with them.
var defaultFiles = map[string][]string{
	"make":             {"GNUmakefile", "makefile", "Makefile"},
	"gmake":            {"GNUmakefile", "makefile", "Makefile"},
	"nmake":            {"Makefile"},
	"cmake-js":         {"CMakeLists.txt"},
	"gulp":             {"gulpfile.js", "gulpfile.mjs", "gulpfile.cjs", "gulpfile.ts"},
	"grunt":            {"Gruntfile.js", "Gruntfile.cjs", "Gruntfile.coffee"},
	"jake":             {"Jakefile", "Jakefile.js"},
	"webpack":          {"webpack.config.js", "webpack.config.cjs", "webpack.config.mjs", "webpack.config.ts"},
	"rollup":           {"rollup.config.js", "rollup.config.mjs", "rollup.config.cjs"},
	"vite":             {"vite.config.js", "vite.config.mjs", "vite.config.ts"},
	"cargo":            {"build.rs"},
	"simple-git-hooks": {".simple-git-hooks.js", ".simple-git-hooks.cjs", "simple-git-hooks.js", "simple-git-hooks.cjs"},
}

// unnamed returns the files that commands run without naming them: the default
// file of a program, a program of the package itself, which npm links before
// it runs install and postinstall, and a file beside the manifest that cmd.exe
// starts in the place of a program of that name, since it looks in the working
// folder first.
func (l *loader) unnamed(c InstallCommand) []reference {
	var out []reference
	add := func(interpreter string, names ...string) {
		for _, name := range names {
			if f := l.tree.Lookup(path.Join(c.Dir, name)); f != nil {
				run := shell.FileRun{Interpreter: interpreter, Path: name}
				out = append(out, reference{run, c.Hook, c.Dir, c.Path, c.Line})
				return
			}
		}
	}
	for _, cmd := range c.Script.Commands {
		if cmd.Name == "" || cmd.Program.Dynamic {
			continue
		}
		add(cmd.Name, defaultFiles[cmd.Name]...)
		if m := l.program.Manifest; m != nil && m.Bin[cmd.Name] != "" && c.Dir == "" {
			add("", path.Clean(m.Bin[cmd.Name]))
		}
		if !strings.ContainsAny(cmd.Program.Text, `/\`) {
			for _, e := range windowsExtensions {
				add("", cmd.Name+e)
			}
		}
	}
	return out
}

// languageFor tells what an interpreter takes a file for.
func (l *loader) languageFor(interpreter string, f *npm.File) Language {
	run := shell.FileRun{Interpreter: interpreter, Path: f.Path}
	switch {
	case interpreter == "":
		return LanguageOf(f)
	case f.Content != npm.ContentText:
	case interpreter == "." || interpreter == "source" || interpreter == "BASH_ENV" || interpreter == "ENV",
		run.Language(string(f.Data[:min(len(f.Data), maxShebang)])) != "":
		return Shell
	}
	if isNode(interpreter) && path.Ext(f.Path) != ".json" && path.Ext(f.Path) != ".node" {
		return JavaScript // whatever its name
	}
	return NoLanguage
}
