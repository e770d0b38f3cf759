package simulate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// digest pins the output of Version 1. A change of it needs a new Version.
const digest = "65a915055b7515a7b5ee86c98f6628d36ec15b933a11b18ad3b08ed7c688f26c"

// bases are packages as updates start from.
func bases() map[string]*Package {
	minified := "!function(){" + strings.Repeat(`function a(b,c){return b+c>2?a(b-1,c):{d:b,e:/[/"]/.test(c)}}var f="x;y";`, 40) + "}();var g=1;function h(i){return i/2};const j=[1,2];\n"
	return map[string]*Package{
		"commonjs": {Files: map[string][]byte{
			"package.json":     []byte("{\n  \"name\": \"lines\",\n  \"version\": \"2.3.4\",\n  \"main\": \"lib\",\n  \"scripts\": {\"postinstall\": \"node lib/check.js\", \"test\": \"tap\"},\n  \"dependencies\": {\"a\": \"^1.2.3\", \"b\": \"file:../b\"}\n}\n"),
			"lib/index.js":     []byte("#!/usr/bin/env node\n'use strict';\n\n// Splits text.\nconst cut = /[\\/}]\\s*(/.source ? /\\r?\\n/ : null;\n\nfunction lines(text) {\n  // Empty text has one line.\n  return text.split(cut).map((l) => `${l}${`{`}`);\n}\n\nclass Lines {\n  constructor(a = {}) { this.a = a; }\n}\n\nmodule.exports = { lines, Lines, version: \"2.3.4\" }\n"),
			"lib/check.js":     []byte("if (process.version) console.log('ok')\n"),
			"CHANGELOG.md":     []byte("# 2.3.4\n"),
			"lib/index.d.ts":   []byte("export function lines(text: string): string[];\n"),
			"lib/index.js.map": []byte("{}"),
		}},
		"module": {Files: map[string][]byte{
			"package.json": []byte(`{"name":"@s/m","version":"0.1.0-rc.1","type":"module","exports":"./index.js","main":"./index.js"}`),
			"index.js":     []byte("import os, { hostname } from 'node:os';\nimport https from 'https'\n\nexport const name = () => hostname() + os.EOL\n\nexport default function get(url) {\n  return https.get(url);\n}\n"),
		}},
		"bundle": {Files: map[string][]byte{
			"package.json":       []byte(`{"name":"packed","version":"10.0.9","main":"dist/packed.js"}`),
			"dist/packed.js":     []byte("module.exports = require('./packed.min.js');\n"),
			"dist/packed.min.js": []byte(minified),
		}},
		"styles": {Files: map[string][]byte{
			"package.json": []byte(`{"name":"styles","version":"1.0.0","scripts":["none"]}`),
			"a.css":        []byte("a{}"),
		}},
	}
}

// change is one result with what it came from.
type change struct {
	what   string
	base   *Package
	after  Package
	family string
}

// changes makes n changes of each kind.
func changes(t *testing.T, n uint64) []change {
	t.Helper()
	var out []change
	add := func(what string, base *Package, after Package, family string, err error) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		out = append(out, change{what, base, after, family})
	}
	list := bases()
	for seed := range n {
		after, family, err := Generate(seed, nil, Options{})
		add(fmt.Sprintf("new %d", seed), nil, after, family, err)
		after, family, err = Benign(seed, nil)
		add(fmt.Sprintf("benign %d", seed), nil, after, family, err)
		for _, name := range sortedKeys(list) {
			after, family, err = Generate(seed, list[name], Options{Chain: 1 + int(seed%17)})
			add(fmt.Sprintf("%s %d", name, seed), list[name], after, family, err)
			after, family, err = Benign(seed, list[name])
			add(fmt.Sprintf("%s benign %d", name, seed), list[name], after, family, err)
		}
	}
	return out
}

func TestScriptsParse(t *testing.T) {
	for _, c := range changes(t, 400) {
		for name, data := range c.after.Files {
			switch path.Ext(name) {
			case ".js", ".mjs", ".cjs", ".ts":
				f := javascript.Parse(name, data, javascript.Options{})
				if len(f.Errors) > 0 || !f.Tree() {
					t.Errorf("%s %s: %s: %v %s\n%s", c.what, c.family, name, f.Errors, f.Skipped, data)
				}
			case ".json":
				if !json.Valid(data) {
					t.Errorf("%s %s: %s is not JSON:\n%s", c.what, c.family, name, data)
				}
			}
		}
		if _, err := c.after.Manifest(); err != nil {
			t.Errorf("%s %s: %v", c.what, c.family, err)
		}
	}
}

// TestChanged checks that a change is one, and that it is an update.
func TestChanged(t *testing.T) {
	before := bases()
	for _, c := range changes(t, 60) {
		if c.base == nil {
			continue
		}
		old, err := c.base.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.after.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != old.Name || m.Version == old.Version {
			t.Errorf("%s: %s@%s after %s@%s", c.what, m.Name, m.Version, old.Name, old.Version)
		}
	}
	after := bases()
	for name := range before {
		if !maps.EqualFunc(before[name].Files, after[name].Files, bytes.Equal) {
			t.Errorf("the base %s was changed", name)
		}
	}
}

func TestDeterministic(t *testing.T) {
	first, second := changes(t, 40), changes(t, 40)
	for i, c := range first {
		if c.family != second[i].family || !maps.EqualFunc(c.after.Files, second[i].after.Files, bytes.Equal) {
			t.Errorf("%s: two runs differ", c.what)
		}
	}
}

// TestFrozen fails when the output changes: increase Version with the digest.
func TestFrozen(t *testing.T) {
	h := sha256.New()
	for _, c := range changes(t, 200) {
		fmt.Fprintf(h, "%s\n%s\n", c.what, c.family)
		for _, name := range c.after.paths() {
			fmt.Fprintf(h, "%s %d\n", name, len(c.after.Files[name]))
			h.Write(c.after.Files[name])
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != digest || Version != 1 {
		t.Errorf("Version %d gives %s, want %s of version 1", Version, got, digest)
	}
}

// payload is what a change brings: new and changed files without white space.
func payload(c change) string {
	var b strings.Builder
	for _, name := range c.after.paths() {
		if c.base == nil || !bytes.Equal(c.base.Files[name], c.after.Files[name]) {
			b.Write(bytes.Join(bytes.Fields(c.after.Files[name]), nil))
		}
	}
	return b.String()
}

// TestVariety counts distinct payloads, and distinct forms of code: names,
// strings and numbers left out.
func TestVariety(t *testing.T) {
	payloads, forms := make(map[string]bool), make(map[string]bool)
	scripts := 0
	for seed := range uint64(500) {
		g, err := newGenerator(seed, maliciousStream, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := g.chain(0)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.build(c); err != nil {
			t.Fatal(err)
		}
		payloads[payload(change{after: g.finished()})] = true
		if len(g.code) == 0 {
			continue
		}
		scripts++
		var form strings.Builder
		for i, tokens := 0, tokenize(strings.Join(g.code, "")); i < len(tokens); i++ {
			switch tokens[i].kind {
			case sign:
				form.WriteString(tokens[i].text)
			case word:
				if keyword[tokens[i].text] {
					form.WriteString(tokens[i].text)
				}
				form.WriteByte('w')
			case quoted, number, regex, template:
				form.WriteByte('v')
			}
		}
		forms[form.String()] = true
	}
	t.Logf("%d payloads, %d of %d forms of code", len(payloads), len(forms), scripts)
	if len(payloads) < 480 {
		t.Errorf("%d distinct payloads of 500", len(payloads))
	}
	if len(forms)*100 < scripts*95 {
		t.Errorf("%d distinct forms of %d scripts", len(forms), scripts)
	}
}

var (
	url    = regexp.MustCompile(`https?://([A-Za-z0-9.-]+)`)
	packed = regexp.MustCompile(`[A-Za-z0-9+/]{24,}={0,2}`)
	hexed  = regexp.MustCompile(`(?:[0-9a-f]{2}){12,}`)
	writes = regexp.MustCompile(`\b(unlink|rm|rmdir|rename|writeFile|copyFile|appendFile|unlinkSync|rmSync|rmdirSync|renameSync|writeFileSync|copyFileSync|appendFileSync)\(`)
	loops  = regexp.MustCompile(`while\s*\((true|1|!!\[\]|!0)\)|for\s*\(;;\)|\.fork\(|:\(\)\s*\{`)
)

// whole is the depth of a text that was not decoded from another.
const whole = 3

// reachable lists what looks like a host that could be reached, in a text and in
// what is encoded in it.
func reachable(text string, depth int) []string {
	var out []string
	for _, m := range url.FindAllStringSubmatchIndex(text, -1) {
		// What is decoded may be a piece that ends in the middle of a host.
		if h := text[m[2]:m[3]]; !inert(h) && (depth == whole || m[3] < len(text)) {
			out = append(out, h)
		}
	}
	for _, names := range services {
		for _, name := range names {
			for rest := text; ; {
				_, after, ok := strings.Cut(rest, name)
				if !ok {
					break
				}
				if !strings.HasPrefix(after, ".invalid"[:min(len(after), len(".invalid"))]) || depth == whole && after == "" {
					out = append(out, name)
				}
				rest = after
			}
		}
	}
	if depth == 0 {
		return out
	}
	for _, s := range packed.FindAllString(text, -1) {
		if data, err := base64.StdEncoding.DecodeString(s); err == nil {
			out = append(out, reachable(string(data), depth-1)...)
		}
	}
	for _, s := range hexed.FindAllString(text, -1) {
		if data, err := hex.DecodeString(s); err == nil {
			out = append(out, reachable(string(data), depth-1)...)
		}
	}
	return out
}

func TestReachable(t *testing.T) {
	hidden := base64.StdEncoding.EncodeToString([]byte("curl https://collector.example/path"))
	for text, want := range map[string]int{
		"https://a.oast.fun.invalid/x": 0,
		"http://192.0.2.7:80":          0,
		"http://192.0.2.7.example":     1,
		"oast.fun":                     1,
		"'" + hidden + "'":             1,
		hex.EncodeToString([]byte("https://example.org/")): 1,
	} {
		if got := reachable(text, whole); len(got) != want {
			t.Errorf("%s: %v, want %d", text, got, want)
		}
	}
}

// TestInert looks at files, and at the code before it was encoded.
func TestInert(t *testing.T) {
	check := func(what, text string) {
		t.Helper()
		if found := reachable(text, whole); len(found) > 0 {
			t.Errorf("%s: %v in\n%s", what, found, text)
		}
		if loops.MatchString(text) {
			t.Errorf("%s: %q in\n%s", what, loops.FindString(text), text)
		}
		if writes.MatchString(text) && !strings.Contains(text, Marker) {
			t.Errorf("%s: %q outside of the marker's folder in\n%s", what, writes.FindString(text), text)
		}
	}
	hosts := 0
	for seed := range uint64(1700) {
		for _, stream := range []string{"new", "update"} {
			var base *Package
			if stream == "update" {
				base = bases()["commonjs"]
			}
			g, err := newGenerator(seed, stream, base, Options{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := g.chain(1 + int(seed%17))
			if err != nil {
				t.Fatal(err)
			}
			if err := g.build(c); err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("%s %d chain %d", stream, seed, c.number)
			for _, h := range g.hosts {
				hosts++
				if !inert(h) {
					t.Errorf("%s: host %s", what, h)
				}
			}
			for _, text := range slices.Concat(g.inside, g.code) {
				check(what, text)
			}
			for name, data := range g.finished().Files {
				check(what+" "+name, string(data))
			}
		}
	}
	if hosts < 1700 {
		t.Errorf("only %d hosts were made", hosts)
	}
}

// TestWeights checks the shares of hooks and sinks against those published.
func TestWeights(t *testing.T) {
	hooks, chainsSeen := make(map[string]int), make(map[string]int)
	const n = 3000
	elsewhere := 0
	for seed := range uint64(n) {
		after, family, err := Generate(seed, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		number, carrier, _ := strings.Cut(family, "/")
		chainsSeen[number]++
		m, err := after.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		run := false
		for _, hook := range []string{"preinstall", "install", "postinstall"} {
			if m.Scripts[hook] != "" {
				hooks[hook]++
				run = true
			}
		}
		if !run {
			elsewhere++
		}
		if carrier == "" {
			t.Errorf("seed %d: family %s", seed, family)
		}
	}
	t.Log(hooks, elsewhere, chainsSeen)
	total := hooks["preinstall"] + hooks["install"] + hooks["postinstall"]
	if share := 100 * hooks["preinstall"] / total; share < 80 || share > 90 {
		t.Errorf("%d %% of hooks are preinstall", share)
	}
	if share := 100 * elsewhere / n; share < 20 || share > 35 {
		t.Errorf("%d %% run elsewhere", share)
	}
	if len(chainsSeen) != 17 {
		t.Errorf("%d chains", len(chainsSeen))
	}
}

func TestSinks(t *testing.T) {
	g, err := newGenerator(1, "sinks", nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 10_000
	seen := make(map[sink]int)
	for range n {
		seen[g.destination().kind]++
	}
	var sum float64
	for _, s := range sinks {
		sum += s.weight
	}
	for _, s := range sinks {
		if got, want := 100*float64(seen[s.value])/n, 100*s.weight/sum; got < want-2 || got > want+2 {
			t.Errorf("%s: %.1f %%, want %.1f %%", s.value, got, want)
		}
	}
}

// TestHeldOut checks the rule that the comment of heldOut gives.
func TestHeldOut(t *testing.T) {
	best := make(map[kind]chain)
	sum := func(c chain) string {
		s := sha256.Sum256(fmt.Appendf(nil, "chain-%02d", c.number))
		return string(s[:])
	}
	for _, c := range chains {
		if b, ok := best[c.kind]; !ok || sum(c) < sum(b) {
			best[c.kind] = c
		}
	}
	var want []int
	for _, c := range best {
		want = append(want, c.number)
	}
	slices.Sort(want)
	if got := HeldOut(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTarball(t *testing.T) {
	for seed := range uint64(30) {
		want, _, err := Generate(seed, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := Tarball(want)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Tarball(want)
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("two tarballs differ: %v", err)
		}
		tree, err := tarball.Unpack(bytes.NewReader(data), tarball.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if len(tree.Oddities) > 0 {
			t.Errorf("%v", tree.Oddities)
		}
		got, err := FromTree(tree)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.EqualFunc(got.Files, want.Files, bytes.Equal) {
			t.Errorf("seed %d: files differ", seed)
		}
	}
}

func TestObfuscateHook(t *testing.T) {
	calls := 0
	hook := func(source, preset string) (string, error) {
		calls++
		if preset != presetLow && preset != presetMedium && preset != presetHigh {
			t.Errorf("preset %q", preset)
		}
		return "/* hidden */\n", nil
	}
	for seed := range uint64(200) {
		if _, _, err := Generate(seed, nil, Options{Obfuscate: hook}); err != nil {
			t.Fatal(err)
		}
	}
	if calls < 10 {
		t.Errorf("called %d times in 200", calls)
	}
	fault := errors.New("fault")
	failed := 0
	for seed := range uint64(200) {
		_, _, err := Generate(seed, nil, Options{Obfuscate: func(string, string) (string, error) { return "", fault }})
		if err != nil && !errors.Is(err, fault) {
			t.Fatal(err)
		}
		if err != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("the error of Obfuscate is lost")
	}
}

func TestErrors(t *testing.T) {
	if _, _, err := Generate(1, nil, Options{Chain: 18}); !errors.Is(err, ErrChain) {
		t.Errorf("chain 18: %v", err)
	}
	for _, manifest := range []string{"", "[]", "{", "\xff"} {
		base := &Package{Files: map[string][]byte{"package.json": []byte(manifest)}}
		if _, _, err := Generate(1, base, Options{}); err == nil {
			t.Errorf("no error for the manifest %q", manifest)
		}
	}
}

// TestEncodings checks that an encoded string is not there to be read.
func TestEncodings(t *testing.T) {
	const secret = "a.oast.fun.invalid"
	for e := base64Coded; e <= deflated; e++ {
		for seed := range uint64(20) {
			g, err := newGenerator(seed, "encodings", nil, Options{})
			if err != nil {
				t.Fatal(err)
			}
			g.encoding = e
			u := g.unit(false)
			text := u.expand("const $x = «" + secret + "»;\n")
			if strings.Contains(text, secret) {
				t.Errorf("encoding %d: %s", e, text)
			}
			if f := javascript.Parse("a.js", []byte(u.header()+text), javascript.Options{}); len(f.Errors) > 0 {
				t.Errorf("encoding %d: %v in %s", e, f.Errors, text)
			}
		}
	}
}

// TestUpdates checks how the dependency chains change their victim.
func TestUpdates(t *testing.T) {
	base := bases()["commonjs"]
	for seed := range uint64(40) {
		for number, find := range map[int]func(old, new map[string]string) bool{
			7: func(old, new map[string]string) bool { return len(new) == len(old)+1 },
			9: func(old, new map[string]string) bool {
				for name, v := range new {
					if old[name] == "" && strings.Contains(v, ".invalid/") {
						return true
					}
				}
				return false
			},
		} {
			after, family, err := Generate(seed, base, Options{Chain: number})
			if err != nil {
				t.Fatal(err)
			}
			old, _ := base.Manifest()
			m, err := after.Manifest()
			if err != nil {
				t.Fatal(err)
			}
			all := maps.Clone(m.Dependencies)
			maps.Copy(all, m.OptionalDependencies)
			if !find(old.Dependencies, all) {
				t.Errorf("seed %d %s: %v after %v", seed, family, all, old.Dependencies)
			}
			if m.Scripts["preinstall"] != "" || m.Scripts["install"] != "" {
				t.Errorf("seed %d %s: %v", seed, family, m.Scripts)
			}
		}
	}
}

// FuzzGenerate checks that any base gives a package or an error.
func FuzzGenerate(f *testing.F) {
	f.Add(uint64(1), []byte(`{"version":"1.2.3","scripts":{"install":1},"dependencies":{"a":"^1.0.0"}}`), []byte("function a(){}\nconst b = /[/]/;"))
	f.Add(uint64(7), []byte(`{"main":"..","version":null,"dependencies":[]}`), []byte("\xff`${"))
	f.Add(uint64(9), []byte(`{"main":"a.js","type":"module","version":"1.0.0-a+b"}`), []byte("#!x"))
	f.Fuzz(func(t *testing.T, seed uint64, manifest, script []byte) {
		base := &Package{Files: map[string][]byte{"package.json": manifest, "a.js": script, "b/a.min.js": script}}
		after, _, err := Generate(seed, base, Options{})
		if err != nil {
			return
		}
		if !json.Valid(after.Files["package.json"]) {
			t.Errorf("no manifest: %q", after.Files["package.json"])
		}
		if !bytes.Equal(base.Files["a.js"], script) {
			t.Error("the base was changed")
		}
	})
}
