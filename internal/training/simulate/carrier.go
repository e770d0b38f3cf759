package simulate

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"path"
	"regexp"
	"strings"
)

func unquoteJSON(data []byte, s *string) bool { return json.Unmarshal(data, s) == nil }

// carry puts a plan's code into the package.
func (g *generator) carry(p plan) error {
	if p.loose && !p.browser && p.data.path == "" && g.chance(0.06) {
		p = g.fixture(p)
	}
	if p.data.path != "" {
		p.data.path = g.freePath(p.data.path)
		g.after.Files[p.data.path] = []byte(p.data.content)
	}
	if g.scriptOnly != "" {
		return g.newScript(p, g.scriptOnly, "binding-gyp")
	}
	when := p.moment
	if when == anywhere {
		when = atInstall
		if g.fixedHook == "" && g.chance(0.12) {
			when = atImport
		}
	}
	if when == atInstall {
		return g.carryByHook(p)
	}
	return g.carryByModule(p)
}

// fixture moves a plan's code into test data, and leaves what decodes it.
func (g *generator) fixture(p plan) plan {
	code := g.inner(p)
	text, form := base64.StdEncoding.EncodeToString([]byte(code)), "base64"
	if g.chance(0.3) {
		text, form = hex.EncodeToString([]byte(code)), "hex"
	}
	read := "#fs.readFileSync(DATA, \"utf8\").trim()"
	if g.chance(0.3) {
		text, read = reverse(text), read+".split(\"\").reverse().join(\"\")"
	}
	p.decls = nil
	p.main = "const $code = Buffer.from(" + read + ", \"" + form + "\").toString();\n" + g.evaluate()
	p.data = dataFile{g.one("test/fixtures/", "test/", "__fixtures__/", "spec/data/") + g.one("sample", "input", "snapshot", "expected") + g.one(".txt", ".snap", ".dat"), text + "\n"}
	return p
}

// carryByHook adds a lifecycle script and what it runs.
func (g *generator) carryByHook(p plan) error {
	if p.data.path == "" && g.chance(0.07) {
		code := g.inner(p)
		command := "node -e \"" + code + "\""
		if strings.ContainsAny(code, "\"$`\\") {
			command = "node -e \"eval(Buffer.from('" + base64.StdEncoding.EncodeToString([]byte(code)) + "','base64').toString())\""
		}
		g.script(g.hook(), g.quiet(command))
		g.carrier = "hook-inline"
		return nil
	}
	ext := ".js"
	if g.moduleType() {
		ext = g.one(".js", ".cjs", ".cjs")
	} else if g.chance(0.04) {
		ext = ".cjs"
	}
	names := []string{"preinstall", "postinstall", "install", "setup", "index", "build", "scripts/install", "scripts/setup", "scripts/check", "lib/telemetry", "lib/init", "tools/prepare", "bin/setup", "dist/setup", "src/analytics", "utils/env", "init", "config", "main", "start"}
	for i := range names {
		names[i] += ext
	}
	file := g.freePath(names...)
	if main := g.mainFile(); !g.hasBase && main != "" && g.chance(0.4) {
		// New packages often have nothing but the payload.
		file = main
	}
	g.script(g.hook(), g.quiet(g.one("node ", "node ", "node ", "node ./")+file))
	return g.newScript(p, file, "hook-script")
}

// newScript writes the payload as a file of its own, or as several.
func (g *generator) newScript(p plan, file, carrier string) error {
	esm := g.moduleType() && !strings.HasSuffix(file, ".cjs")
	g.carrier = carrier
	if !esm && len(p.decls) > 0 && p.loose && g.chance(0.2) {
		if err := g.split(&p, file); err != nil {
			return err
		}
		g.carrier = carrier + "-split"
	}
	u := g.unit(esm)
	header, code, err := g.compose(p, u, file, false)
	if err != nil {
		return err
	}
	text := header + code
	if !esm && !p.browser && g.style.imports == interop && g.chance(0.6) {
		text = "\"use strict\";\nObject.defineProperty(exports, \"__esModule\", { value: true });\n" + text
	}
	if g.chance(0.08) {
		text = "#!/usr/bin/env node\n" + text
	}
	g.after.Files[file] = []byte(text)
	return nil
}

var declaration = regexp.MustCompile(`(?m)^(?:async )?(?:function|class|const) \$([a-z][A-Za-z0-9]*)`)

// split moves the declarations of a plan to another file that it requires.
func (g *generator) split(p *plan, file string) error {
	helper := g.freePath("lib/util.js", "lib/helpers.js", "utils.js", "src/common.js", "lib/http.js", "lib/report.js", "internal/support.js")
	if g.moduleType() {
		helper = strings.TrimSuffix(helper, ".js") + ".cjs"
	}
	var exports, imports []string
	for _, d := range p.decls {
		for _, m := range declaration.FindAllStringSubmatch(d, -1) {
			exports = append(exports, "module.exports."+m[1]+" = $"+m[1]+";\n")
			imports = append(imports, m[1]+": $"+m[1])
		}
	}
	body := plan{decls: p.decls, main: strings.Join(exports, ""), data: p.data}
	header, code, err := g.compose(body, g.unit(false), helper, false)
	if err != nil {
		return err
	}
	g.after.Files[helper] = []byte(header + code)
	p.decls = []string{"const { " + strings.Join(imports, ", ") + " } = require(" + quote(relative(file, helper)) + ");\n"}
	return nil
}

// relative writes the path of a file as another one requires it.
func relative(from, to string) string {
	up := strings.Count(from, "/")
	common := 0
	a, b := strings.Split(path.Dir(from), "/"), strings.Split(path.Dir(to), "/")
	if up == 0 {
		return "./" + to
	}
	for common < len(a) && common < len(b) && a[common] == b[common] {
		common++
	}
	rest := strings.Split(to, "/")[common:]
	if n := len(a) - common; n > 0 {
		return strings.Repeat("../", n) + strings.Join(rest, "/")
	}
	return "./" + strings.Join(rest, "/")
}

// compose renders a plan for one file. Code that is put into a file with other
// code is wrapped, so that its names do not clash.
func (g *generator) compose(p plan, u *unit, file string, wrapped bool) (header, code string, err error) {
	main := p.main
	if p.loose {
		main = g.wrap(main)
	}
	text := strings.Join(p.decls, "") + main
	if p.data.path != "" {
		text = g.place(text, p, u, file)
	}
	if p.loose && (!u.esm || p.browser) && !strings.Contains(text, "__dirname") && g.chance(0.07) {
		text = g.packed(text)
	}
	if !wrapped && p.loose && g.chance(0.25) {
		text = g.banal() + text
	}
	text = u.expand(text)
	header = u.header()
	if g.style.comments {
		text = g.commented(text)
	}
	g.code = append(g.code, header+text)
	if !u.esm {
		text, header = header+text, ""
	}
	if wrapped {
		text = g.one(";(function () {\n"+indent(text)+"})();\n", ";(() => {\n"+indent(text)+"})();\n")
	}
	if !u.esm && !g.honest && g.chance(0.21) {
		text, err = g.hide(text)
		return "", text, err
	}
	return g.style.apply(header), endLine(g.style.apply(text)), nil
}

func endLine(s string) string {
	if strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// place puts the places of a plan's data file into its code.
func (g *generator) place(text string, p plan, u *unit, file string) string {
	to := relative(file, p.data.path)
	at := "#path.join(__dirname, " + quote(to) + ")"
	if u.esm {
		at = "new URL(" + quote(to) + ", import.meta.url).pathname"
	}
	return strings.NewReplacer("DATA", at, "KEPT", "require("+quote(to)+")").Replace(text)
}

// packed hides the whole code in a string that is evaluated.
func (g *generator) packed(text string) string {
	saved := g.encoding
	code := g.inner(plan{main: text})
	g.encoding = g.coded()
	u := g.unit(false)
	value := protectQuotes(u.secret(code))
	out := strings.Join(u.heads, "") + "const $code = " + value + ";\n" + g.evaluate()
	g.encoding = saved
	return out
}

// hide obfuscates a script.
func (g *generator) hide(text string) (string, error) {
	preset := pick(g, []weighted[string]{{presetLow, 35}, {presetMedium, 40}, {presetHigh, 25}})
	if g.options.Obfuscate != nil {
		return g.options.Obfuscate(text, preset)
	}
	return obfuscate(g.dice, text, preset, g.declared()), nil
}

var remarks = []string{
	"Collect anonymous usage statistics", "Initialise the environment", "Check the runtime before going on", "TODO: move to config",
	"Helper for the build", "Fallback for older versions of Node.js", "Report the result", "Do not remove, needed for CI", "Performance sampling",
	"Normalise the options", "See the README for details", "eslint-disable-next-line", "Compatibility layer", "Runs once",
}

// commented puts comments in front of some statements.
func (g *generator) commented(text string) string {
	var b strings.Builder
	for _, s := range statements(text) {
		if g.chance(0.35) {
			r := g.one(remarks...)
			b.WriteString(g.one("// "+r+"\n", "/* "+r+" */\n", "/**\n * "+r+".\n */\n"))
		}
		b.WriteString(s)
	}
	return b.String()
}

// carryByModule puts the payload into code that runs at import.
func (g *generator) carryByModule(p plan) error {
	main := g.mainFile()
	if main == "" {
		main = g.addMain()
	}
	choices := []weighted[string]{{"append", 22}, {"inject", 22}, {"helper", 22}, {"method", 14}}
	if bundle := g.bundleFile(); bundle != "" {
		w := 14.0
		if g.wantBundle {
			w = 120
		}
		choices = append(choices, weighted[string]{"bundle", w})
	} else if !g.hasBase && g.wantBundle {
		choices = append(choices, weighted[string]{"new-bundle", 120})
	} else if !g.hasBase {
		choices = append(choices, weighted[string]{"new-bundle", 8})
	}
	switch how := pick(g, choices); how {
	case "helper":
		return g.carryByHelper(p, main)
	case "bundle":
		return g.into(p, g.bundleFile(), how)
	case "new-bundle":
		return g.newBundle(p)
	default:
		return g.into(p, main, how)
	}
}

// carryByHelper adds a module that the main one loads.
func (g *generator) carryByHelper(p plan, main string) error {
	dir := path.Dir(main) + "/"
	if dir == "./" {
		dir = ""
	}
	ext := path.Ext(main)
	if ext == "" {
		ext = ".js"
	}
	esm := g.isModule(main)
	file := g.freePath(dir+"helper"+ext, dir+"internal/stats"+ext, dir+"utils/compat"+ext, dir+"metrics"+ext, dir+"vendor/polyfill"+ext, dir+"cache"+ext, dir+"runtime"+ext)
	header, code, err := g.compose(p, g.unit(esm), file, false)
	if err != nil {
		return err
	}
	g.after.Files[file] = []byte(header + code)
	to := quote(relative(main, file))
	line := g.one("require("+to+");\n", "var "+g.fresh("compat")+" = require("+to+");\n", "try { require("+to+"); } catch ("+g.fresh("ignored")+") {}\n")
	if esm {
		line = "import " + to + ";\n"
	}
	text := string(g.after.Files[main])
	at := headEnd(text)
	if !esm && g.chance(0.5) {
		at = len(text)
		line = "\n" + line
	}
	g.after.Files[main] = []byte(text[:at] + g.style.apply(line) + text[at:])
	g.carrier = "helper-module"
	return nil
}

// into puts the payload into a file that exists.
func (g *generator) into(p plan, file, how string) error {
	text := string(g.after.Files[file])
	u := g.unit(g.isModule(file))
	u.avoid = text
	if how == "bundle" {
		g.style.tight = true
	}
	header, code, err := g.compose(p, u, file, true)
	if err != nil {
		return err
	}
	if how == "bundle" || how == "inject" && g.chance(0.15) {
		code = strings.TrimSuffix(code, "\n")
	}
	if !strings.HasPrefix(code, ";") {
		code = ";" + code
	}
	at := len(text)
	switch how {
	case "inject", "bundle":
		at = g.boundary(text, false)
	case "method":
		at = g.boundary(text, true)
	}
	before, after := text[:at], text[at:]
	if how != "bundle" || at == len(text) {
		before = endLine(before)
	}
	if how == "method" {
		code = indent(code)
	}
	head := min(headEnd(text), at)
	g.after.Files[file] = []byte(before[:head] + header + before[head:] + code + after)
	g.carrier = how
	return nil
}

// newBundle makes the main module of a new package one long line.
func (g *generator) newBundle(p plan) error {
	var library strings.Builder
	for range 3 + g.IntN(5) {
		library.WriteString(g.banal())
	}
	saved := g.style
	g.style.tight, g.style.comments = true, false
	u := g.unit(false)
	rest := g.style.apply(u.expand(library.String()))
	header, code, err := g.compose(p, g.unit(false), "dist/index.min.js", true)
	g.style = saved
	if err != nil {
		return err
	}
	cut := g.boundary(rest, false)
	code = strings.TrimSuffix(header+code, "\n")
	if !strings.HasPrefix(code, ";") {
		code = ";" + code
	}
	g.after.Files["dist/index.min.js"] = []byte(rest[:cut] + code + rest[cut:] + "\n")
	g.manifest.set("main", quoteJSON("dist/index.min.js"))
	g.manifest = g.manifest.without("type")
	g.carrier = "bundle"
	return nil
}

func (o object) without(key string) object {
	var out object
	for _, f := range o {
		if f.key != key {
			out = append(out, f)
		}
	}
	return out
}

// importDependency adds an import of a package to the main module.
func (g *generator) importDependency(name string) {
	main := g.mainFile()
	if main == "" {
		return
	}
	text := string(g.after.Files[main])
	line := "require(" + quote(name) + ");\n"
	if g.isModule(main) {
		line = "import " + quote(name) + ";\n"
	}
	at := headEnd(text)
	g.after.Files[main] = []byte(text[:at] + g.style.apply(line) + text[at:])
}
