package javascript

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func members(f *File) (list []string) {
	for m := range f.Members() {
		list = append(list, fmt.Sprintf("%s %s %s", m.Kind, m.Name, f.Text[m.Pos:m.End]))
	}
	return list
}

func TestMembers(t *testing.T) {
	for _, test := range []struct {
		name, src string
		want      []string
	}{
		{"chain", `a.b.c().d = e?.f`, []string{"read b b", "call c c", "write d d", "read f f"}},
		{"elements", `a['b']['c' + 'd'][e][0][x.y]`, []string{"read b 'b'", "read cd 'c' + 'd'", "read y y"}},
		{"folded", "const k = 'p'; a[k](); a[`q`] += 1", []string{"call p k", "write q `q`"}},
		{"kinds", "new a.b(); a.c``; a.d++; --a.e; delete a.f; a.g.call(1); (a.h)()", []string{
			"call b b", "call c c", "write d d", "write e e", "write f f", "read g g", "call call call", "call h h"}},
		{"anything", `document.cookie; f().x; (a || b).y; this.z; super.w; 'v'.u; (() => 1).t`, []string{
			"read cookie cookie", "read x x", "read y y", "read z z", "read w w", "read u u", "read t t"}},
		{"private", `class A { #p = 1; m() { return this.#p } }`, []string{"read #p #p"}},
		{"patterns", `const {a, b: {c}, ['d' + 'e']: f, ...g} = h; function i({j = k.l}) {} for (const {m} of n.o) {}`, []string{
			"read a a", "read b b", "read c c", "read de ['d' + 'e']", "read j j", "read l l", "read m m", "read o o"}},
		{"assigned patterns", `({a, b: c.d, e: [f.g], h = i.j} = k.l); [m.n] = o; for (p.q of r) {} for (s.t in u.v) {}`, []string{
			"read a a", "read b b", "write d d", "read e e", "write g g", "read h h", "read j j", "read l l", "write n n", "write q q", "write t t", "read v v"}},
		{"pattern in pattern", `[{a: b.c = d.e}] = f`, []string{"read a a", "write c c", "read e e"}},
		{"around a pattern", `({a: b.c} = x).y; z[({w} = v).u]['t']; for (o.n of [{m} = l][k.j]) i.h`, []string{
			"read a a", "write c c", "read y y", "read w w", "read u u", "read t 't'", "write n n", "read m m", "read j j", "read h h"}},
		{"no members", `const o = {a: 1, b() {}, get c() {}}; class C { d = 1; static e() {} } f: for (;;) break f; "a.b"; /a.b/`, nil},
		{"element", `x = <a.b c={d.e} f-g="h"/>`, []string{"read b b", "read e e"}},
		{"types", `let a: b.c; interface D { e: f.g } x = y as z.w; class H extends i.j implements k.l {}; import type {m} from 'n'`, []string{"read j j"}},
		{"template", "`a${b.c}d`; import('e').then(f.g)", []string{"read c c", "call then then", "read g g"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := "a.jsx"
			if test.name == "types" {
				name = "a.ts"
			}
			f := Parse(name, []byte(test.src), Options{})
			if len(f.Errors) > 0 {
				t.Fatal(f.Errors)
			}
			if diff := cmp.Diff(test.want, members(f)); diff != "" {
				t.Errorf("members differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokenMembers(t *testing.T) {
	f := Parse("a.js", []byte(`a.b.c(); d['e'](); ['f']; g = ['h']; i?.j; k['l'] = m["n"]["o"]; p.q = 1; {r: 's'}; "t.u"; x.y++`), Options{Tokens: true})
	want := []string{"read b b", "call c c", "call e 'e'", "read j j", "write l 'l'", `read n "n"`, `read o "o"`, "write q q", "write y y"}
	if diff := cmp.Diff(want, members(f)); diff != "" {
		t.Errorf("members differ (-want +got):\n%s", diff)
	}
}
