package simulate

import (
	"fmt"
	"regexp"
	"strings"
)

// snippets are harmless functions. The first placeholder of each is its name.
var snippets = []string{
	"function $slug($text) {\n  return String($text).trim().toLowerCase().replace(/[^a-z0-9]+/g, \"-\");\n}\n",
	"function $clamp($value, $low, $high) {\n  return Math.min(Math.max($value, $low), $high);\n}\n",
	"function $pad($text, $size, $fill) {\n  let $out = String($text);\n  while ($out.length < $size) {\n    $out = ($fill || \" \") + $out;\n  }\n  return $out;\n}\n",
	"function $debounce($fn, $wait) {\n  let $timer = null;\n  return function (...$args) {\n    clearTimeout($timer);\n    $timer = setTimeout(() => $fn.apply(null, $args), $wait);\n  };\n}\n",
	"function $merge($target, ...$sources) {\n  for (const $source of $sources) {\n    for (const $key of Object.keys($source || {})) {\n      $target[$key] = $source[$key];\n    }\n  }\n  return $target;\n}\n",
	"function $chunk($list, $size) {\n  const $out = [];\n  for (let $i = 0; $i < $list.length; $i += $size) {\n    $out.push($list.slice($i, $i + $size));\n  }\n  return $out;\n}\n",
	"function $unique($list) {\n  return Array.from(new Set($list));\n}\n",
	"function $pick($object, $keys) {\n  return $keys.reduce(($out, $key) => {\n    if ($key in $object) {\n      $out[$key] = $object[$key];\n    }\n    return $out;\n  }, {});\n}\n",
	"function $bytes($count) {\n  const $units = [\"B\", \"kB\", \"MB\", \"GB\"];\n  let $i = 0;\n  while ($count >= 1000 && $i < $units.length - 1) {\n    $count /= 1000;\n    $i++;\n  }\n  return $count.toFixed(1) + \" \" + $units[$i];\n}\n",
	"function $camel($text) {\n  return $text.replace(/[-_](\\w)/g, ($all, $c) => $c.toUpperCase());\n}\n",
	"function $memo($fn) {\n  const $seen = new Map();\n  return ($key) => {\n    if (!$seen.has($key)) {\n      $seen.set($key, $fn($key));\n    }\n    return $seen.get($key);\n  };\n}\n",
	"class $emitter {\n  constructor() {\n    this.handlers = {};\n  }\n  on($name, $fn) {\n    (this.handlers[$name] = this.handlers[$name] || []).push($fn);\n    return this;\n  }\n  emit($name, $value) {\n    (this.handlers[$name] || []).forEach(($fn) => $fn($value));\n  }\n}\n",
	"class $recent {\n  constructor($max) {\n    this.max = $max;\n    this.map = new Map();\n  }\n  get($key) {\n    const $value = this.map.get($key);\n    this.map.delete($key);\n    this.map.set($key, $value);\n    return $value;\n  }\n  set($key, $value) {\n    this.map.set($key, $value);\n    if (this.map.size > this.max) {\n      this.map.delete(this.map.keys().next().value);\n    }\n  }\n}\n",
	"function $range($from, $to) {\n  return Array.from({ length: $to - $from }, ($none, $i) => $from + $i);\n}\n",
	"function $escaped($text) {\n  return $text.replace(/&/g, \"&amp;\").replace(/</g, \"&lt;\").replace(/>/g, \"&gt;\");\n}\n",
	"function $parsed($text) {\n  const $m = /^(\\d+)\\.(\\d+)\\.(\\d+)$/.exec($text);\n  return $m ? { major: +$m[1], minor: +$m[2], patch: +$m[3] } : null;\n}\n",
	"function $compare($left, $right) {\n  return $left < $right ? -1 : $left > $right ? 1 : 0;\n}\n",
	"function $retry($fn, $times) {\n  return $fn().catch(($err) => {\n    if ($times <= 1) {\n      throw $err;\n    }\n    return $retry($fn, $times - 1);\n  });\n}\n",
	"function $mean($list) {\n  return $list.length ? $list.reduce(($sum, $n) => $sum + $n, 0) / $list.length : 0;\n}\n",
	"function $group($list, $by) {\n  const $out = {};\n  $list.forEach(($item) => {\n    const $key = $by($item);\n    $out[$key] = ($out[$key] || []).concat($item);\n  });\n  return $out;\n}\n",
	"function $isPlain($value) {\n  return Object.prototype.toString.call($value) === \"[object Object]\";\n}\n",
	"function $wait($ms) {\n  return new Promise(($done) => setTimeout($done, $ms));\n}\n",
	"function $joined($base, $rest) {\n  return $base.replace(/\\/+$/, \"\") + \"/\" + $rest.replace(/^\\/+/, \"\");\n}\n",
	"function $hexed($r, $g, $b) {\n  return \"0x\" + [$r, $g, $b].map(($c) => $c.toString(16).padStart(2, \"0\")).join(\"\");\n}\n",
}

// banal gives one of the snippets under names that were not used before.
func (g *generator) banal() string {
	s, _ := g.snippet()
	return s
}

var numbered = regexp.MustCompile(`q[0-9]+$`)

func (g *generator) snippet() (text, name string) {
	s := snippets[g.IntN(len(snippets))]
	g.count++
	text = nameRef.ReplaceAllStringFunc(s, func(ref string) string { return fmt.Sprintf("%sq%d", ref, g.count) })
	return text, nameRef.FindString(text)
}

// library gives a module of n snippets in template form.
func (g *generator) library(n int, esm bool) string {
	var b strings.Builder
	var names []string
	for range n {
		text, name := g.snippet()
		b.WriteString(text)
		names = append(names, name)
	}
	for i, name := range names {
		public := numbered.ReplaceAllString(name[1:], "")
		if i > 0 {
			public += fmt.Sprint(i)
		}
		switch {
		case esm:
			fmt.Fprintf(&b, "export { %s as %s };\n", name, public)
		default:
			fmt.Fprintf(&b, "module.exports.%s = %s;\n", public, name)
		}
	}
	return b.String()
}

// module renders a library in the author's style.
func (g *generator) module(n int, esm bool) []byte {
	return []byte(endLine(g.style.apply(g.unit(esm).expand(g.library(n, esm)))))
}

var wellKnown = []string{"express", "lodash", "react", "chalk", "commander", "axios", "moment", "request", "webpack", "colors", "discord", "mongoose", "ethers", "typescript", "eslint", "dotenv", "puppeteer", "electron", "prettier", "socket"}

// newPackage makes the package that a new name begins with.
func (g *generator) newPackage() {
	name, version := g.newName()
	g.esm = g.chance(0.15)
	g.after = Package{Files: make(map[string][]byte)}
	g.manifest = object{}
	g.manifest.set("name", quoteJSON(name))
	g.manifest.set("version", quoteJSON(version))
	description := g.one("", "Utility functions", "Internal package", "A small helper library", "Security research", "Shared components", "Simple "+name+" implementation")
	author := g.one("", g.text(lower, 7), "research")
	if g.honest {
		description, author = "A small helper library", g.text(lower, 7)
	}
	g.manifest.set("description", quoteJSON(description))
	main := g.one("index.js", "index.js", "index.js", "lib/index.js", "main.js", "src/index.js")
	g.manifest.set("main", quoteJSON(main))
	if g.esm {
		g.manifest.set("type", quoteJSON("module"))
	}
	if g.chance(0.6) {
		g.manifest.put("scripts", "test", "echo \"Error: no test specified\" && exit 1")
	}
	if g.chance(0.7) {
		g.manifest.set("author", quoteJSON(author))
	}
	g.manifest.set("license", quoteJSON(g.one("ISC", "ISC", "MIT")))
	if g.chance(0.15) {
		g.manifest.put("repository", "type", "git")
		g.manifest.put("repository", "url", "git+https://"+g.host("github.com")+"/"+g.text(lower, 6)+"/"+strings.ReplaceAll(strings.TrimPrefix(name, "@"), "/", "-")+".git")
	}
	switch {
	case !g.honest && g.chance(0.35):
		g.after.Files[main] = []byte(g.one("module.exports = {};\n", "console.log('hello');\n", "module.exports = function () {};\n", "// placeholder\n"))
		if g.esm {
			g.after.Files[main] = []byte("export default {};\n")
		}
	default:
		g.after.Files[main] = g.module(1+g.IntN(6), g.esm)
	}
	if g.chance(0.6) {
		g.after.Files["README.md"] = []byte(g.readme(name))
	}
	if g.chance(0.2) {
		g.after.Files["LICENSE"] = []byte("Placeholder for a licence.\n")
	}
	if g.chance(0.2) {
		g.after.Files["test/index.test.js"] = g.module(1, g.esm)
	}
}

func (g *generator) readme(name string) string {
	text := "# " + name + "\n\n" + g.one("Utility package.", "Internal use only.", "A helper for your project.", "Work in progress.") + "\n"
	if g.chance(0.6) {
		text += "\n## Install\n\n    npm install " + name + "\n"
	}
	if g.chance(0.4) {
		text += "\n## Usage\n\n    const lib = require('" + name + "');\n"
	}
	return text
}

// newName draws a typosquat or the name of somebody's internal package; for a
// legitimate package a name of its own.
func (g *generator) newName() (name, version string) {
	if g.honest {
		name = g.one("tidy", "swift", "open", "mini", "micro", "smart") + "-" + g.one("parser", "driver", "image", "router", "store", "charts") + "-" + g.text(lower, 4)
		return name, fmt.Sprintf("%d.%d.%d", g.IntN(6), g.IntN(20), g.IntN(20))
	}
	if g.chance(0.45) {
		name = g.one("corp", "acme", "payments", "platform", "mobile", "infra", "design", "checkout", "fleet") + "-" + g.one("ui", "core", "config", "auth-client", "api-sdk", "shared-utils", "eslint-rules", "analytics", "tokens", "i18n")
		switch g.IntN(3) {
		case 0:
			name = "@" + strings.Replace(name, "-", "/", 1)
		case 1:
			name += "-internal"
		}
		return name, g.one("99.0.0", "99.99.99", "99.9.9", "999.0.0", "10.0.0", "9.9.9", "99.10.9", fmt.Sprintf("99.%d.%d", g.IntN(100), g.IntN(100)))
	}
	name = g.one(wellKnown...)
	at := 1 + g.IntN(len(name)-2)
	switch g.IntN(6) {
	case 0:
		name = name[:at] + name[at+1:]
	case 1:
		name = name[:at] + name[at:at+1] + name[at:]
	case 2:
		name = name[:at] + name[at+1:at+2] + name[at:at+1] + name[at+2:]
	case 3:
		name += g.one("-js", "js", "-node", "s", "-utils", "-helper", "-cli")
	case 4:
		name = g.one("node-", "js-", "the-", "easy-", "new-") + name
	case 5:
		name = name[:at] + g.text(lower, 1) + name[at:]
	}
	return name, g.one("1.0.0", "1.0.1", "0.0.1", "1.0.2", "2.1.3", "1.2.0", fmt.Sprintf("%d.%d.%d", g.IntN(6), g.IntN(20), g.IntN(20)))
}
