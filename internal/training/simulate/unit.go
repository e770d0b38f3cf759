package simulate

import (
	"regexp"
	"slices"
	"strings"
)

// Code is written as templates. In them
//
//	$name       is a local name, drawn once for a package,
//	#module     is a module, #module.member one of its members,
//	«text»      is a string that may be encoded,
//	~           is the back quote of a template literal.
var (
	nameRef   = regexp.MustCompile(`\$[a-z][A-Za-z0-9]*`)
	moduleRef = regexp.MustCompile(`#([a-z][a-z0-9_]*)(\.[A-Za-z]+)?`)
	secretRef = regexp.MustCompile(`«[^»]*»`)
)

// Stand-ins for characters of finished text that mean something in templates.
const (
	heldDollar = "\x01"
	heldHash   = "\x02"
	heldTilde  = "\x03"
)

var (
	hold    = strings.NewReplacer("$", heldDollar, "#", heldHash, "~", heldTilde)
	release = strings.NewReplacer(heldDollar, "$", heldHash, "#", heldTilde, "~", "~", "`")
)

// verbatim quotes a string for use in a template.
func verbatim(s string) string { return hold.Replace(quote(s)) }

// unit is one file's code while it is written.
type unit struct {
	g       *generator
	esm     bool
	avoid   string   // text whose names must not be declared again
	heads   []string // declarations that strings need
	imports []string // lines, in order of first use
	bound   map[string]string
}

func (g *generator) unit(esm bool) *unit {
	return &unit{g: g, esm: esm, bound: make(map[string]string)}
}

func (u *unit) declare(head string) {
	if !slices.Contains(u.heads, head) {
		u.heads = append(u.heads, head)
	}
}

// expand turns a template into canonical code; the imports it needs are kept.
func (u *unit) expand(text string) string {
	text = secretRef.ReplaceAllStringFunc(text, func(s string) string {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "«"), "»")
		return protectQuotes(u.secret(release.Replace(s)))
	})
	text = strings.Join(u.heads, "") + text
	u.heads = nil
	text = moduleRef.ReplaceAllStringFunc(text, u.module)
	text = nameRef.ReplaceAllStringFunc(text, func(s string) string { return u.g.name(s[1:]) })
	return release.Replace(text)
}

// protectQuotes holds the special characters inside of string literals, so that
// names and modules of the expression around them are still replaced.
func protectQuotes(s string) string {
	tokens := tokenize(s)
	for i, t := range tokens {
		if t.kind == quoted {
			tokens[i].text = hold.Replace(t.text)
		}
	}
	return join(tokens)
}

func (u *unit) module(ref string) string {
	name, member, _ := strings.Cut(ref[1:], ".")
	source := name
	if u.g.style.nodes && name != "axios" {
		source = "node:" + name
	}
	q := quote(source)
	style := u.g.style.imports
	if u.esm {
		return u.esModule(name, member, q, style)
	}
	switch {
	case style == inlined:
		return dotted("require("+q+")", member)
	case style == destructured && member != "":
		return u.bind(name+"."+member, func(local string) string {
			if local == member {
				return "const { " + member + " } = require(" + q + ");\n"
			}
			return "const { " + member + ": " + local + " } = require(" + q + ");\n"
		}, member)
	case style == interop:
		local := u.bind(name, func(local string) string { return "const " + local + " = $interop(require(" + q + "));\n" }, name+"_1")
		return dotted(local+".default", member)
	}
	return dotted(u.bind(name, func(local string) string { return "const " + local + " = require(" + q + ");\n" }, name), member)
}

func (u *unit) esModule(name, member, q string, style importStyle) string {
	switch {
	case style == destructured && member != "":
		return u.bind(name+"."+member, func(local string) string {
			if local == member {
				return "import { " + member + " } from " + q + ";\n"
			}
			return "import { " + member + " as " + local + " } from " + q + ";\n"
		}, member)
	case style == starred || style == interop:
		return dotted(u.bind(name, func(local string) string { return "import * as " + local + " from " + q + ";\n" }, name), member)
	}
	return dotted(u.bind(name, func(local string) string { return "import " + local + " from " + q + ";\n" }, name), member)
}

func dotted(object, member string) string {
	if member == "" {
		return object
	}
	return object + "." + member
}

// bind gives the local name of an import, which is declared on first use.
func (u *unit) bind(key string, line func(local string) string, wish string) string {
	if local, ok := u.bound[key]; ok {
		return local
	}
	if u.g.naming != plainNames && u.g.naming != camouflaged && u.g.chance(0.5) {
		wish = u.g.fresh(wish)
	} else if u.g.used[wish] && !u.g.importName[wish] {
		wish = u.g.fresh(wish)
	}
	// The names of another file's code around are not to be declared again.
	for slices.Contains(u.locals(), wish) || u.esm && strings.Contains(u.avoid, wish) {
		wish += "_" + u.g.text(lower, 2)
	}
	u.g.used[wish] = true
	u.g.importName[wish] = true
	u.bound[key] = wish
	u.imports = append(u.imports, line(wish))
	return wish
}

func (u *unit) locals() []string {
	var out []string
	for _, local := range u.bound {
		out = append(out, local)
	}
	return out
}

// header is the imports in canonical form.
func (u *unit) header() string {
	text := strings.Join(u.imports, "")
	if strings.Contains(text, "$interop") {
		text = "const $interop = (this && this.__importDefault) || function ($mod) {\n  return ($mod && $mod.__esModule) ? $mod : { \"default\": $mod };\n};\n" + text
		text = nameRef.ReplaceAllStringFunc(text, func(s string) string {
			if s == "$interop" {
				return "__importDefault"
			}
			return u.g.name(s[1:])
		})
	}
	return text
}

// indent shifts every line of canonical code.
func indent(s string) string {
	var b strings.Builder
	for _, line := range strings.SplitAfter(s, "\n") {
		if strings.TrimSpace(line) != "" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}
