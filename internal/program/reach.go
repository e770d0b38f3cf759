package program

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// MaxOtherShell bounds the shell files that are read though no install command
// leads to them, in bytes.
const MaxOtherShell = 8 << 20

// readAll reads every file whose name or first line says that it is code.
func (l *loader) readAll() {
	if l.tree == nil {
		return
	}
	for i := range l.tree.Files {
		f := &l.tree.Files[i]
		language := LanguageOf(f)
		if language == Shell {
			if l.shellRead += len(f.Data); l.shellRead > MaxOtherShell {
				continue // read where an install command leads to it
			}
		}
		if language != NoLanguage {
			l.script(f, language)
		}
	}
}

// script returns a file's script, which it reads if need be.
func (l *loader) script(f *npm.File, language Language) *Script {
	if s := l.scripts[f.Path]; s != nil {
		return s
	}
	s := &Script{Path: f.Path, Language: language, Source: *l.reader(f, language)}
	l.scripts[f.Path] = s
	return s
}

// list puts the scripts into the program, and says what was not read.
func (l *loader) list() {
	for _, file := range slices.Sorted(maps.Keys(l.scripts)) {
		s := l.scripts[file]
		switch {
		case s.Unread != "":
			l.gap(file, "the script was not read: %s", s.Unread)
		case s.Reduced != "":
			l.gap(file, "the script was read without a syntax tree: %s", s.Reduced)
		}
		if s.Shell != nil && s.Phase != AtInstall {
			// What it does is in its acts; the words are for those who follow
			// what runs.
			acts := *s.Shell
			acts.Commands = nil
			s.Shell = &acts
		}
		l.program.Scripts = append(l.program.Scripts, *s)
	}
}

// follow marks a file and all that it loads as run in a phase. It returns what
// these files start. ref is how the first of them is started.
func (l *loader) follow(first *npm.File, language Language, phase Phase, ref reference) []reference {
	var started []reference
	stack := []*npm.File{first}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		s := l.script(f, language)
		language = JavaScript // of all that is loaded
		switch {
		case phase == AtInstall && s.Phase != AtInstall:
			s.Phase = AtInstall
		case phase == AtImport && !s.Imported:
			s.Imported = true
			if s.Phase == Unreached {
				s.Phase = AtImport
			}
		default:
			continue
		}
		for _, load := range s.Imports {
			if next := l.load(load.Name, path.Dir(f.Path)); next != nil {
				stack = append(stack, next)
			}
		}
		for _, start := range s.Starts {
			r := reference{start, ref.hook, ref.dir, f.Path, start.Line}
			if rest, ok := strings.CutPrefix(start.Path, DirName); ok {
				r.dir, r.Path = strings.TrimPrefix(path.Dir(f.Path), "."), rest
			}
			started = append(started, r)
		}
		if phase == AtInstall {
			for _, run := range s.Runs {
				l.run(ref.hook, path.Join(ref.dir, run.Dir), run)
			}
		}
	}
	return started
}

// load finds the file of the package that a module's name stands for in a
// folder, or nil. Files that node does not run are left out.
func (l *loader) load(name, dir string) *npm.File {
	var f *npm.File
	switch {
	case strings.HasPrefix(name, "./"), strings.HasPrefix(name, "../"), name == ".", name == "..":
		name, _, _ = strings.Cut(name, "?") // bundlers' queries
		p := path.Join(dir, name)
		if outside(p) {
			return nil
		}
		if f = l.resolveNode(p, 0); f == nil {
			if stem, ok := strings.CutSuffix(p, path.Ext(p)); ok && strings.HasSuffix(path.Ext(p), "js") {
				f = l.resolveNode(stem, 0) // TypeScript's sources name what they become
			}
		}
	case strings.HasPrefix(name, "#"):
		f = l.firstTarget(l.field("imports"), name)
	default:
		self := l.program.Manifest
		if self == nil || self.Name == "" {
			return nil
		}
		rest, ok := strings.CutPrefix(name, self.Name)
		if !ok || rest != "" && rest[0] != '/' {
			return nil
		}
		if f = l.firstTarget(self.Exports, "."+rest); f == nil && !outside(path.Join(".", rest)) {
			f = l.resolveNode(path.Join(".", rest), 0)
		}
	}
	if f == nil {
		return nil
	}
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".json", ".node", ".wasm", ".css", ".scss", ".less", ".svg", ".png", ".jpg", ".gif", ".woff", ".woff2", ".txt", ".md":
		if f.Content != npm.ContentText || path.Ext(f.Path) != ".txt" && path.Ext(f.Path) != ".md" {
			return nil
		}
	}
	if f.Content != npm.ContentText && f.Content != npm.ContentBinary {
		return nil
	}
	return f
}

// entries marks what runs when the package is imported or one of its programs
// is started: main and its relatives, exports, bin.
func (l *loader) entries() {
	var roots []*npm.File
	bins := 0
	add := func(p string) {
		if p = path.Clean(p); !outside(p) {
			if f := l.resolveNode(p, 0); f != nil {
				roots = append(roots, f)
			}
		}
	}
	m := l.program.Manifest
	if m != nil {
		for _, name := range slices.Sorted(maps.Keys(m.Bin)) {
			add(m.Bin[name])
		}
		bins = len(roots)
		for _, field := range []string{"main", "module", "browser", "jsnext:main", "esnext", "es2015", "react-native", "svelte", "bin"} {
			for _, target := range targets(l.field(field), "") {
				add(target)
			}
		}
		for _, target := range targets(m.Exports, "") {
			roots = append(roots, l.matching(target)...)
		}
		var directories struct{ Bin string }
		if json.Unmarshal(l.field("directories"), &directories) == nil && directories.Bin != "" {
			roots = append(roots, l.matching(path.Join(directories.Bin, "*"))...)
		}
	}
	add(".")
	for i, f := range roots {
		if f := l.code(f); f != nil {
			list := &l.program.Mains
			if i < bins {
				list = &l.program.Bins
			}
			if len(*list) < MaxEntries && !slices.Contains(*list, f.Path) && !slices.Contains(l.program.Bins, f.Path) {
				*list = append(*list, f.Path)
			}
			for queue := []*npm.File{f}; len(queue) > 0; queue = queue[1:] {
				for _, ref := range l.follow(queue[0], JavaScript, AtImport, reference{}) {
					if next := l.started(ref); next != nil {
						queue = append(queue, next)
					}
				}
			}
		}
	}
}

// code returns f where node reads it as a script, else nil.
func (l *loader) code(f *npm.File) *npm.File {
	switch LanguageOf(f) {
	case JavaScript:
		return f
	case NoLanguage:
		if path.Ext(f.Path) == "" && f.Content == npm.ContentText {
			return f
		}
	}
	return nil
}

// started finds the JavaScript file of the package that a reference starts, or
// nil.
func (l *loader) started(ref reference) *npm.File {
	p := path.Join(ref.dir, ref.Path)
	if outside(p) {
		return nil
	}
	f := l.resolve(ref.Interpreter, p)
	if f == nil || l.languageFor(ref.Interpreter, f) != JavaScript {
		return nil
	}
	return f
}

// field returns a field of the package's manifest as it is written.
func (l *loader) field(name string) json.RawMessage {
	if l.fields == nil {
		l.fields = map[string]json.RawMessage{}
		if f := l.tree.Lookup(manifestName); f != nil {
			// Invalid JSON has been said at the manifest.
			_ = json.Unmarshal(f.Data, &l.fields)
		}
	}
	return l.fields[name]
}

// maxTargets bounds how many targets of exports or imports are followed.
const maxTargets = 5000

// targets returns the paths in a value of exports, imports, main or browser,
// under any condition but types, sorted. Where key is set, only those of the
// entry for that name.
func targets(raw json.RawMessage, key string) []string {
	if len(raw) == 0 {
		return nil
	}
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	if object, ok := value.(map[string]any); ok && key != "" {
		if value = object[key]; value == nil {
			return nil
		}
	}
	var out []string
	stack := []any{value}
	for len(stack) > 0 && len(out) < maxTargets {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			stack = append(stack, v...)
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if name != "types" && !strings.HasPrefix(name, "types@") {
					stack = append(stack, v[name])
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxMatched bounds how many paths are compared with patterns.
const maxMatched = 2_000_000

// firstTarget returns the first file that an entry of exports or imports names.
func (l *loader) firstTarget(raw json.RawMessage, key string) *npm.File {
	for _, target := range targets(raw, key) {
		if files := l.matching(target); len(files) > 0 {
			return files[0]
		}
	}
	return nil
}

// matching returns the files that a target names; * stands for anything
// (Node.js documentation, "Subpath patterns").
func (l *loader) matching(target string) []*npm.File {
	target = path.Clean(target)
	if outside(target) || l.tree == nil {
		return nil
	}
	before, after, pattern := strings.Cut(target, "*")
	if !pattern {
		if f := l.resolveNode(target, 0); f != nil {
			return []*npm.File{f}
		}
		return nil
	}
	after = strings.ReplaceAll(after, "*", "")
	var out []*npm.File
	first, _ := slices.BinarySearchFunc(l.tree.Files, before, func(f npm.File, p string) int { return strings.Compare(f.Path, p) })
	for i := first; i < len(l.tree.Files) && strings.HasPrefix(l.tree.Files[i].Path, before); i++ {
		if l.matched++; l.matched > maxMatched {
			break
		}
		if f := &l.tree.Files[i]; strings.HasSuffix(f.Path, after) && len(f.Path) >= len(before)+len(after) {
			out = append(out, f)
		}
	}
	return out
}
