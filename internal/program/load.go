package program

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/jsontree"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/shell"
)

// Options say how a package is installed.
type Options struct {
	// Git tells that it is a git dependency, which npm prepares before it
	// installs it: more scripts run.
	Git bool
	// Read reads one script; nil stands for ReadSource. Whoever knows the
	// content already can answer from that.
	Read func(f *npm.File, language Language) *Source
}

// manifestName is the name of a manifest's file.
const manifestName = "package.json"

// gitScripts are the scripts that run when npm installs a git dependency, in
// the order in which they first run: npm install in the clone (npm,
// lib/commands/install.js; preunpack in its newest versions), prepack when the
// clone is packed, and then InstallScripts again, which are not repeated here.
// npm skips the preparation where none of the common ones is there (pacote,
// lib/git.js); other package managers decide otherwise, so that is left out.
var gitScripts = []string{
	"preunpack", "preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "prepack",
}

// Load analyses the files of one package version. The tree must be sorted. It
// never fails: what could not be analysed stands in Gaps.
func Load(tree *npm.Tree, opt Options) *Program {
	l := &loader{
		tree:      tree,
		program:   &Program{Tree: tree},
		manifests: map[string]*manifest{},
		visited:   map[string]bool{},
		text:      MaxShellText,
		reader:    opt.Read,
		scripts:   map[string]*Script{},
	}
	if l.reader == nil {
		l.reader = func(f *npm.File, language Language) *Source { return ReadSource(f, language, ReadOptions{}) }
	}
	l.readAll()
	l.lifecycle(opt)
	l.files()
	l.entries()
	l.list()
	return l.program
}

// loader collects a Program.
type loader struct {
	tree      *npm.Tree
	program   *Program
	manifests map[string]*manifest // by folder
	visited   map[string]bool      // scripts, gyp files and files that were looked at
	folded    map[string]string    // paths of the tree by their lower case
	text      int                  // bytes of shell that may still be parsed
	full      bool                 // Install has reached its bound
	reader    func(*npm.File, Language) *Source
	scripts   map[string]*Script         // by path
	shellRead int                        // bytes of shell files that were read
	matched   int                        // paths that were compared with patterns
	fields    map[string]json.RawMessage // of the package's manifest, by name
}

// gap notes what was not analysed, once.
func (l *loader) gap(file, format string, args ...any) {
	g := Gap{shorten(file, MaxPath), shorten(fmt.Sprintf(format, args...), MaxReason)}
	switch gaps := &l.program.Gaps; {
	case slices.Contains(*gaps, g):
	case len(*gaps) == MaxGaps-1:
		*gaps = append(*gaps, Gap{"", "there are further gaps"})
	case len(*gaps) < MaxGaps:
		*gaps = append(*gaps, g)
	}
}

// first reports whether key is new.
func (l *loader) first(kind, key string) bool {
	key = kind + "\x00" + key
	if l.visited[key] {
		return false
	}
	l.visited[key] = true
	return true
}

// manifest is a package.json with the places of its scripts.
type manifest struct {
	*npm.Manifest
	path    string
	lines   *jsontree.Lines
	scripts *jsontree.Value // nil where the places are not known
}

// position returns where the value of a script is written. Where the file is
// JSON to npm and not to the stricter jsontree, that is its start.
func (m *manifest) position(script string) (line, column int) {
	if v := m.scripts.Get(script); v != nil {
		return m.lines.Position(v.Offset)
	}
	return 1, 1
}

// manifest returns the manifest in a folder, or nil.
func (l *loader) manifest(dir string) *manifest {
	if m, ok := l.manifests[dir]; ok {
		return m
	}
	l.manifests[dir] = nil
	file := path.Join(dir, manifestName)
	f := l.tree.Lookup(file)
	if f == nil {
		return nil
	}
	parsed, err := npm.ParseManifest(f.Data)
	if err != nil {
		l.gap(file, "%v", err)
		return nil
	}
	m := &manifest{Manifest: parsed, path: file}
	if root, err := jsontree.Parse(f.Data); err == nil {
		m.lines, m.scripts = jsontree.NewLines(f.Data), root.Get("scripts")
	}
	l.manifests[dir] = m
	return m
}

// lifecycle lists what npm runs of the manifest and of the native build.
func (l *loader) lifecycle(opt Options) {
	m := l.manifest("")
	if m == nil {
		if l.tree.Lookup(manifestName) == nil {
			l.gap(manifestName, "the tarball has none")
		}
		// npm would not install this; a native build shows what was meant.
		m = &manifest{Manifest: new(npm.Manifest), path: manifestName}
	} else {
		l.program.Manifest = m.Manifest
	}
	hooks := npm.InstallScripts
	if opt.Git {
		hooks = gitScripts
	}
	gyp := l.tree.Lookup(gypName)
	implicit := gyp != nil && m.HasImplicitBuild()
	runs := func(hook string) bool { return strings.TrimSpace(m.Scripts[hook]) != "" }
	for _, hook := range hooks {
		l.first("script", "\x00"+hook) // not again as npm run install
	}
	for _, hook := range hooks {
		if runs(hook) {
			l.hookScript(m, hook, hook, "")
		}
		if hook != "install" || gyp == nil {
			continue
		}
		if implicit {
			l.add(InstallCommand{
				Hook: hook, Command: npm.ImplicitBuild, Implicit: true, Path: gypName, Line: 1, Column: 1,
				Script: l.parse(gypName, npm.ImplicitBuild),
			})
		}
		// A script may well start the build itself, be it by way of a file.
		if implicit || slices.ContainsFunc(hooks, runs) {
			l.build(implicit)
		}
	}
}

// add lists a command.
func (l *loader) add(c InstallCommand) bool {
	if len(l.program.Install) >= MaxInstallCommands {
		l.full = true
		l.gap(c.Path, "more than %d commands run at install", MaxInstallCommands)
		return false
	}
	c.Command = shorten(c.Command, MaxCommandText)
	l.program.Install = append(l.program.Install, c)
	return true
}

// parse parses a command that is written in a file.
func (l *loader) parse(file, command string) *shell.Script {
	if !l.afford(file, len(command)) {
		return nil
	}
	return l.checked(file, shell.Parse(command))
}

// afford takes n bytes off the text that may be parsed.
func (l *loader) afford(file string, n int) bool {
	n = min(n, shell.MaxSource)
	if n > l.text {
		l.gap(file, "more than %d bytes of shell commands; the rest was not parsed", MaxShellText)
		return false
	}
	l.text -= n
	return true
}

// checked notes the bounds that a script's analysis reached.
func (l *loader) checked(file string, s *shell.Script) *shell.Script {
	for _, limit := range s.Limits {
		l.gap(file, "%s", limit)
	}
	return s
}

// hookScript lists a script of a manifest and then those that its commands run.
func (l *loader) hookScript(m *manifest, hook, name, dir string) {
	c := InstallCommand{Hook: hook, Name: name, Command: m.Scripts[name], Path: m.path, Dir: dir}
	c.Line, c.Column = m.position(name)
	c.Script = l.parse(m.path, c.Command)
	if !l.add(c) || c.Script == nil {
		return
	}
	for _, run := range c.Script.Runs {
		l.run(hook, path.Join(dir, run.Dir), run)
	}
}

// run lists the scripts that a command such as npm run build runs: with those
// before and after it, as all managers but node and deno do.
func (l *loader) run(hook, dir string, run shell.ScriptRun) {
	if dir == "." {
		dir = ""
	}
	if outside(dir) {
		return // the manifest of another package
	}
	m := l.manifest(dir)
	if m == nil {
		return
	}
	for _, name := range matching(m.Scripts, run.Name) {
		names := []string{"pre" + name, name, "post" + name}
		if run.Manager == "node" || run.Manager == "deno" {
			names = []string{name}
		}
		for _, n := range names {
			if l.full {
				return
			}
			if m.Scripts[n] != "" && l.first("script", dir+"\x00"+n) {
				l.hookScript(m, hook, n, dir)
			}
		}
	}
}

// matching returns the names of scripts that match a pattern of npm-run-all,
// sorted: * stands for anything but a colon, ** for anything.
func matching(scripts map[string]string, pattern string) []string {
	if !strings.Contains(pattern, "*") {
		if scripts[pattern] == "" {
			return nil
		}
		return []string{pattern}
	}
	var out []string
	for name := range scripts {
		if matchName(strings.Split(pattern, ":"), strings.Split(name, ":")) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func matchName(pattern, name []string) bool {
	// As in a list of wildcards: back to the last ** when a part fails.
	p, n, back, from := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			back, from = p, n
			p++
		case p < len(pattern) && matchPart(pattern[p], name[n]):
			p++
			n++
		case back >= 0:
			from++
			p, n = back+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

func matchPart(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}

// gypName is the file that makes a package a native module, and gypIncludes
// are those that node-gyp includes unasked where they exist (node-gyp,
// lib/configure.js).
const gypName = "binding.gyp"

var gypIncludes = []string{"config.gypi", "common.gypi"}

// build lists what gyp runs to configure the native build, and the commands of
// the build.
func (l *loader) build(implicit bool) {
	queue := append([]string{gypName}, gypIncludes...)
	for n := 0; len(queue) > 0; n++ {
		file := queue[0]
		queue = queue[1:]
		f := l.tree.Lookup(file)
		if f == nil || !l.first("gyp", file) {
			continue
		}
		if n >= MaxGypFiles {
			l.gap(file, "more than %d gyp files", MaxGypFiles)
			return
		}
		g, err := shell.ParseGyp(f.Data)
		if err != nil {
			l.gap(file, "%v", err)
		}
		for _, limit := range g.Limits {
			l.gap(file, "%s", limit)
		}
		dir := path.Dir(file)
		if dir == "." {
			dir = ""
		}
		for _, e := range g.Expansions {
			c := InstallCommand{
				Hook: gypName, Gyp: e.Kind, Command: e.Text, Implicit: implicit,
				Path: file, Line: e.Line, Column: e.Column, Dir: dir,
			}
			if e.Script != nil && l.afford(file, len(e.Text)) {
				c.Script = l.checked(file, e.Script)
			}
			if !l.add(c) {
				return
			}
		}
		for _, include := range g.Includes {
			queue = append(queue, path.Join(dir, include))
		}
	}
}

// outside reports whether a cleaned path leads out of the package's folder.
func outside(p string) bool {
	return p == ".." || strings.HasPrefix(p, "../") || strings.HasPrefix(p, "/") || strings.HasPrefix(p, "~") ||
		len(p) > 1 && p[1] == ':'
}

// shorten cuts text to n bytes at a character's end.
func shorten(text string, n int) string {
	if len(text) > n {
		return strings.ToValidUTF8(text[:n], "")
	}
	return text
}
