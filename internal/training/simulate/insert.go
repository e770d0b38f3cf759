package simulate

import (
	"path"
	"regexp"
	"strings"
)

var moduleSyntax = regexp.MustCompile(`(?m)^(import\s*["'{*\w]|export\s+(default|const|let|var|function|class|async|\{|\*)|export\{)`)

// moduleType tells whether .js files of the package are ES modules.
func (g *generator) moduleType() bool {
	return string(g.manifest.get("type")) == `"module"`
}

// isModule tells whether a file is an ES module, by its name, the manifest and
// what it looks like.
func (g *generator) isModule(file string) bool {
	switch path.Ext(file) {
	case ".mjs":
		return true
	case ".cjs":
		return false
	}
	text := string(g.after.Files[file])
	return g.moduleType() || moduleSyntax.MatchString(text) || strings.Contains(text, "export{") || strings.Contains(text, "export default")
}

// mainFile is the file that an import of the package loads, "" where there is
// none that is JavaScript.
func (g *generator) mainFile() string {
	var main string
	unquoteJSON(g.manifest.get("main"), &main)
	main = strings.TrimPrefix(path.Clean(main), "./")
	for _, file := range []string{main, main + ".js", main + "/index.js", "index.js", "index.mjs", "index.cjs", "lib/index.js", "dist/index.js", "src/index.js", "dist/index.mjs"} {
		if g.usable(file) {
			return file
		}
	}
	for _, file := range g.after.paths() {
		if g.usable(file) && !strings.Contains(file, "test") {
			return file
		}
	}
	return ""
}

// maxHost bounds the files that code is put into: splitting a larger one into
// tokens costs more than it is worth.
const maxHost = 1 << 20

func (g *generator) usable(file string) bool {
	data, ok := g.after.Files[file]
	switch path.Ext(file) {
	case ".js", ".mjs", ".cjs":
		return ok && len(data) < maxHost
	}
	return false
}

// addMain makes a main module where a package has none.
func (g *generator) addMain() string {
	file := g.freePath("index.js")
	u := g.unit(g.moduleType())
	g.after.Files[file] = []byte(g.style.apply(u.expand(g.banal())))
	g.manifest.set("main", quoteJSON(file))
	return file
}

// bundleFile is a minified script of the package, the first that there is.
func (g *generator) bundleFile() string {
	for _, file := range g.after.paths() {
		if !g.usable(file) {
			continue
		}
		data := g.after.Files[file]
		lines := strings.Count(string(data), "\n") + 1
		if len(data) > 2000 && len(data)/lines > 400 {
			return file
		}
	}
	return ""
}

// headEnd is where the first statement may stand: behind what must come first in
// a file.
func headEnd(text string) int {
	at := 0
	if strings.HasPrefix(text, "\ufeff") {
		at = len("\ufeff")
	}
	if strings.HasPrefix(text[at:], "#!") {
		at += until(text[at:], "\n", true)
	}
	// A directive of one line; anything longer is not looked for.
	rest := strings.TrimLeft(text[at:], " \t\r\n")
	for _, directive := range []string{`"use strict";`, `'use strict';`, `"use strict"`, `'use strict'`} {
		if after, ok := strings.CutPrefix(rest, directive); ok && strings.HasPrefix(after, "\n") {
			return len(text) - len(after) + 1
		}
	}
	return at
}

// boundary finds a place between two statements: in a function's body, or at the
// top level. It is the end of the text where none is found.
func (g *generator) boundary(text string, method bool) int {
	tokens := tokenize(text)
	var places []int
	depth, at := 0, 0
	for i, t := range tokens {
		at += len(t.text)
		if t.kind != sign {
			continue
		}
		switch t.text {
		case "(", "[":
			depth++
		case "{":
			depth++
			if method && bodyOf(tokens, i) {
				places = append(places, at)
			}
		case ")", "]":
			depth--
		case "}":
			depth--
			if !method && depth == 0 && followed(tokens, i, true) {
				places = append(places, at)
			}
		case ";":
			if !method && depth == 0 && followed(tokens, i, false) {
				places = append(places, at)
			}
		}
	}
	if len(places) == 0 {
		return len(text)
	}
	return places[g.IntN(len(places))]
}

// bodyOf tells whether the brace at i opens the body of a function declaration
// without parameters that hold braces.
func bodyOf(tokens []token, i int) bool {
	before, ok := near(tokens, i, -1)
	if !ok || before.text != ")" {
		return false
	}
	open := opening(tokens, i)
	if open < 0 {
		return false
	}
	name := -1
	for j := open - 1; j >= 0; j-- {
		if tokens[j].kind == blank || tokens[j].kind == comment {
			continue
		}
		if tokens[j].text == "function" {
			return true
		}
		if name >= 0 || tokens[j].kind != word {
			return false
		}
		name = j
	}
	return false
}

// followed tells whether a keyword that only begins statements comes next; behind
// a brace it must be on a line of its own.
func followed(tokens []token, i int, brace bool) bool {
	if brace && (i+1 >= len(tokens) || tokens[i+1].kind != blank || !strings.Contains(tokens[i+1].text, "\n")) {
		return false
	}
	after, ok := near(tokens, i, 1)
	if !ok || after.kind != word {
		return false
	}
	switch after.text {
	case "const", "let", "var", "function", "class", "export", "import":
		return true
	}
	return false
}
