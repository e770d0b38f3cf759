package simulate

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// bump gives the package its next version number, and replaces the old one where
// scripts have it as a string.
func (g *generator) bump() {
	var old string
	if !unquoteJSON(g.manifest.get("version"), &old) || !npm.ValidVersion(old) {
		old = "1.0.0"
	}
	next := nextVersion(old, pick(g, []weighted[int]{{2, 72}, {1, 22}, {0, 6}}))
	g.manifest.set("version", quoteJSON(next))
	if old == "1.0.0" || !g.chance(0.7) {
		return
	}
	for _, file := range g.after.paths() {
		if g.usable(file) {
			text := string(g.after.Files[file])
			for _, q := range []string{`"`, `'`} {
				text = strings.ReplaceAll(text, q+old+q, q+next+q)
			}
			g.after.Files[file] = []byte(text)
		}
	}
}

// nextVersion increases one of the three numbers and drops a prerelease.
func nextVersion(version string, part int) string {
	release, _, _ := strings.Cut(version, "+")
	release, _, _ = strings.Cut(release, "-")
	numbers := strings.Split(release, ".")
	if len(numbers) != 3 {
		return "1.0.1"
	}
	n, err := strconv.ParseUint(numbers[part], 10, 32)
	if err != nil {
		return "1.0.1"
	}
	numbers[part] = fmt.Sprint(n + 1)
	for i := part + 1; i < 3; i++ {
		numbers[i] = "0"
	}
	return strings.Join(numbers, ".")
}

var lineComment = regexp.MustCompile(`(?m)^[ \t]*// [A-Za-z][^\r\n]*$`)

// noise makes the changes that a release has anyway.
func (g *generator) noise() {
	files := g.after.paths()
	for _, file := range files {
		if g.usable(file) && g.chance(4/float64(4+len(files))) {
			g.touch(file)
		}
	}
	for _, file := range files {
		switch strings.ToLower(path.Base(file)) {
		case "changelog.md", "history.md", "readme.md":
			if g.chance(0.5) {
				g.after.Files[file] = append([]byte("<!-- "+g.one(remarks...)+" -->\n"), g.after.Files[file]...)
			}
		}
	}
	g.bumpDependency()
	if g.chance(0.25) {
		g.addFile()
	}
	if g.chance(0.15) {
		g.removeFile(files)
	}
}

// touch changes some lines of a script so that it still parses: a line comment is
// reworded, or a function is added at the end. A reworded line that stands inside
// of a template literal changes its text alone.
func (g *generator) touch(file string) {
	text := string(g.after.Files[file])
	if places := lineComment.FindAllStringIndex(text, 200); len(places) > 0 && g.chance(0.6) {
		at := places[g.IntN(len(places))]
		line := text[at[0]:at[1]]
		if !strings.Contains(line, "`") && !strings.Contains(line, "${") && !strings.Contains(line, "*/") {
			text = text[:at[0]] + line[:strings.Index(line, "//")] + "// " + g.one(remarks...) + text[at[1]:]
		}
	} else if esm := g.isModule(file); len(text) < 200_000 {
		u := g.unit(esm)
		u.avoid = text
		text = endLine(text) + ";(function () {\n" + indent(endLine(u.expand(g.banal()))) + "})();\n"
	}
	g.after.Files[file] = []byte(text)
}

func (g *generator) bumpDependency() {
	list, err := parseObject(g.manifest.get("dependencies"))
	if err != nil || len(list) == 0 || !g.chance(0.4) {
		return
	}
	f := &list[g.IntN(len(list))]
	var old string
	if !unquoteJSON(f.value, &old) {
		return
	}
	version := strings.TrimLeft(old, "^~")
	if !npm.ValidVersion(version) {
		return
	}
	f.value = quoteJSON(old[:len(old)-len(version)] + nextVersion(version, 2))
	g.manifest.set("dependencies", list.compact())
}

func (g *generator) addFile() {
	dir := ""
	if main := g.mainFile(); strings.Contains(main, "/") {
		dir = path.Dir(main) + "/"
	}
	file := g.freePath(dir+"strings.js", dir+"lists.js", dir+"internal/shared.js", dir+"misc.js")
	g.after.Files[file] = g.module(1+g.IntN(4), g.moduleType())
}

// removeFile removes one that nothing loads.
func (g *generator) removeFile(files []string) {
	var idle []string
	for _, file := range files {
		if strings.HasSuffix(file, ".map") || strings.HasSuffix(file, ".md") && !strings.EqualFold(path.Base(file), "readme.md") || strings.HasSuffix(file, ".d.ts") {
			idle = append(idle, file)
		}
	}
	if len(idle) > 0 {
		delete(g.after.Files, g.one(idle...))
	}
}
