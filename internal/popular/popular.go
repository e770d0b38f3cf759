// Package popular knows the names of npm's most used packages and finds the
// one that another name imitates.
//
// The names are those of the npm package npm-high-impact; README.md has the
// version and how the list is made anew.
package popular

import (
	_ "embed"
	"strings"
	"sync"
)

//go:generate go run ./generate npm-high-impact.tgz

// text holds one name a line, the most used first.
//
//go:embed names.txt
var text string

// Scope reports whether a name is in a scope that a popular package is in. A
// scope has one owner.
func Scope(name string) bool {
	scope, _, scoped := strings.Cut(name, "/")
	return scoped && load().scopes[scope]
}

// list is the names as the search for imitations needs them. A name's
// rank is its position plus 1, and 0 stands for none.
type list struct {
	names []string
	rank  map[string]int
	// scopes are the scopes of popular names, with the @.
	scopes map[string]bool
	// joined and drawn lead from joinedForm and drawnForm to the most used
	// name that has it.
	joined, drawn map[string]int
	// words are those that popular names consist of.
	words map[string]bool
	// lengths holds the names without scope by length.
	lengths [][]spelling
}

// spelling is a name with the set of its characters, which rules most names out
// before they are compared.
type spelling struct {
	rank       int
	characters uint64
}

var load = sync.OnceValue(func() *list {
	l := &list{
		rank: make(map[string]int), scopes: make(map[string]bool), joined: make(map[string]int),
		drawn: make(map[string]int), words: make(map[string]bool),
	}
	for line := range strings.Lines(text) {
		l.add(strings.TrimSuffix(line, "\n"))
	}
	return l
})

func (l *list) add(name string) {
	l.names = append(l.names, name)
	rank := len(l.names)
	l.rank[name] = rank
	joined := joinedForm(name)
	keep(l.joined, joined, rank)
	keep(l.drawn, drawnForm(joined), rank)
	for _, word := range words(name) {
		l.words[word] = true
	}
	if scope, _, scoped := strings.Cut(name, "/"); scoped {
		l.scopes[scope] = true
		return
	}
	for len(l.lengths) <= len(name) {
		l.lengths = append(l.lengths, nil)
	}
	l.lengths[len(name)] = append(l.lengths[len(name)], spelling{rank, characters(name)})
}

// keep remembers the first, which is the most used.
func keep(m map[string]int, key string, rank int) {
	if m[key] == 0 {
		m[key] = rank
	}
}

// isSeparator reports whether a character parts the words of a name.
func isSeparator(r rune) bool { return strings.ContainsRune("-_.@/", r) }

// words returns the words of a name in lower case, without digits at their end:
// auth2 is a numbered auth.
func words(name string) []string {
	parts := strings.FieldsFunc(strings.ToLower(name), isSeparator)
	out := parts[:0]
	for _, p := range parts {
		if p = strings.TrimRight(p, "0123456789"); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// joinedForm is a name in lower case without what parts its words, the scope's
// among them.
func joinedForm(name string) string {
	return strings.Map(func(r rune) rune {
		if isSeparator(r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

var lookalikes = strings.NewReplacer("rn", "m", "vv", "w", "0", "o", "1", "l", "i", "l")

// drawnForm maps joined forms that look alike in common typefaces to one.
func drawnForm(joined string) string { return lookalikes.Replace(joined) }

// characters is the set of a name's bytes, several of them to a bit.
func characters(name string) uint64 {
	var set uint64
	for i := range len(name) {
		set |= 1 << (name[i] & 63)
	}
	return set
}
