package feature

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/shell"
)

// The bounds of a Count. What exceeds them is counted and not listed.
const (
	// MaxOccurrences bounds the occurrences that are kept of a feature in one
	// file, and MaxDetails those beyond it that are kept because their detail
	// is a new one.
	MaxOccurrences = 50
	MaxDetails     = 200
	// MaxDetail bounds Occurrence.Detail, in bytes.
	MaxDetail = 100
)

// Count is how often a feature occurs in one file, and where.
type Count struct {
	Feature string       `json:"feature"`
	N       int          `json:"n"`
	At      []Occurrence `json:"at,omitempty"`
}

// Occurrence is one place where a feature occurs. Lines and columns count from
// 1, columns in UTF-16 code units; both are 0 for a file as a whole.
type Occurrence struct {
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Detail says what stands there: child_process#exec, a variable, a host.
	// Untrusted.
	Detail string `json:"detail,omitempty"`
}

// Reader counts features in the pieces of one file. It is a program.Visitor.
type Reader struct {
	counts  [64]*counter // by the place in Table
	members map[string]uint64
}

// counter collects a Count.
type counter struct {
	Count
	details map[string]bool
	seen    map[place]bool // occurrences of the piece at hand, each once
}

type place struct {
	pos    int
	detail string
}

// Piece counts what a piece of code has apart from its uses.
func (r *Reader) Piece(p *program.Piece) {
	for _, c := range r.counts {
		if c != nil {
			clear(c.seen)
		}
	}
	if p.Shell != nil {
		r.commands(p)
		return
	}
	f := p.JavaScript
	for u := range f.UnresolvedCalls() {
		r.method(p, &u)
	}
	for m := range f.Members() {
		if m.Kind != javascript.Write {
			r.member(p, &m)
		}
	}
	for s := range f.Strings() {
		r.text(p, &s)
	}
	signs := f.Signs()
	listed := make(map[javascript.SignKind]int)
	for _, s := range signs.List {
		listed[s.Kind]++
		for _, i := range matchers.signs[s.Kind] {
			r.addAt(p, i, s.Pos, s.Detail)
		}
	}
	for kind, n := range listed {
		for _, i := range matchers.signs[kind] {
			r.counter(i).N += signs.Count(kind) - n
		}
	}
}

// Counts returns what was counted, in the order of Table, and makes the reader
// ready for another file.
func (r *Reader) Counts() []Count {
	var out []Count
	for i, c := range r.counts {
		if c != nil {
			out = append(out, c.Count)
			r.counts[i] = nil
		}
	}
	return out
}

// Use counts a use of a module or global.
func (r *Reader) Use(p *program.Piece, u *javascript.Use) {
	if u.Kind == javascript.Import || u.Kind == javascript.Test || u.Alias {
		return
	}
	done := r.method(p, u)
	if slices.Contains(u.Names, javascript.Called) {
		return // of what a use gave
	}
	n := matchers.globals
	if u.Module != "" {
		if n = matchers.modules[u.Module]; n == nil {
			return
		}
	}
	for depth := 0; n != nil; depth++ {
		for _, m := range n.patterns {
			f := &Table[m.feature]
			bit := uint64(1) << m.feature
			switch {
			case done&bit != 0:
			case m.exact && depth < len(u.Names), m.below && depth == len(u.Names):
			case f.writes != (u.Kind == javascript.Write):
			case f.when != nil && !f.when(u):
			default:
				done |= bit
				r.addAt(p, m.feature, u.Pos, useDetail(f, u))
			}
		}
		if depth == len(u.Names) {
			return
		}
		n = n.members[u.Names[depth]]
	}
}

// useDetail says what a use is of.
func useDetail(f *Feature, u *javascript.Use) string {
	if f.names {
		if name := variable(u); name != "" {
			return name
		}
	}
	return u.Path.String()
}

// method counts a call of a method by its name, whatever it is called on. It
// returns the features counted.
func (r *Reader) method(p *program.Piece, u *javascript.Use) (done uint64) {
	if len(u.Names) == 0 || u.Kind != javascript.Call {
		return 0
	}
	name := u.Names[len(u.Names)-1]
	for _, m := range matchers.methods[name] {
		if m.when == nil || m.when(u) {
			r.addAt(p, m.feature, u.Pos, "."+name+"()")
			done |= 1 << m.feature
		}
	}
	return done
}

// maxMemory bounds the member names whose features are remembered.
const maxMemory = 50_000

// member counts an access to a member by its name.
func (r *Reader) member(p *program.Piece, m *javascript.Member) {
	set, ok := r.members[m.Name]
	if !ok {
		for _, i := range matchers.members {
			if Table[i].member(m.Name) {
				set |= 1 << i
			}
		}
		if r.members == nil || len(r.members) >= maxMemory {
			r.members = make(map[string]uint64)
		}
		r.members[strings.Clone(m.Name)] = set
	}
	if set == 0 {
		return
	}
	for _, i := range matchers.members {
		if set&(1<<i) != 0 {
			r.addAt(p, i, m.Pos, m.Name)
		}
	}
}

// text counts what a constant text names.
func (r *Reader) text(p *program.Piece, s *javascript.String) {
	for _, hit := range inspect(s.Text) {
		r.addAt(p, hit.feature, s.Pos, hit.detail)
	}
}

// commands counts what shell commands do.
func (r *Reader) commands(p *program.Piece) {
	for i := range p.Shell.Acts {
		a := &p.Shell.Acts[i]
		if a.Common {
			continue
		}
		line, column := p.ActPosition(a)
		for _, feature := range matchers.acts[a.Kind] {
			r.add(feature, line, column, a.Detail)
		}
	}
	for _, host := range p.Shell.Hosts {
		for _, hit := range inspect("//" + host) {
			line, column := p.ActPosition(&shell.Act{Line: 1, Column: 1})
			r.add(hit.feature, line, column, hit.detail)
		}
	}
}

// addAt counts an occurrence at an offset of a piece, once for each detail.
func (r *Reader) addAt(p *program.Piece, feature, offset int, detail string) {
	c := r.counter(feature)
	detail = shorten(detail)
	key := place{offset, detail}
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	c.N++
	if c.keeps(detail) {
		line, column := p.Position(offset)
		c.At = append(c.At, Occurrence{line, column, detail})
	}
}

// add counts an occurrence.
func (r *Reader) add(feature, line, column int, detail string) {
	c := r.counter(feature)
	detail = shorten(detail)
	c.N++
	if c.keeps(detail) {
		c.At = append(c.At, Occurrence{line, column, detail})
	}
}

func (r *Reader) counter(feature int) *counter {
	c := r.counts[feature]
	if c == nil {
		c = &counter{Count: Count{Feature: Table[feature].Name}, details: map[string]bool{}, seen: map[place]bool{}}
		r.counts[feature] = c
	}
	return c
}

// keeps reports whether an occurrence is listed: among the first ones, or as
// the first of its detail, so that many harmless ones do not hide another.
func (c *counter) keeps(detail string) bool {
	known := c.details[detail]
	if !known && len(c.details) < MaxOccurrences+MaxDetails {
		c.details[strings.Clone(detail)] = true
	}
	return len(c.At) < MaxOccurrences || !known && len(c.At) < MaxOccurrences+MaxDetails
}

// shorten bounds a detail. It does not keep the text alive that the detail is
// a part of.
func shorten(detail string) string {
	if len(detail) <= MaxDetail && utf8.ValidString(detail) {
		return strings.Clone(detail)
	}
	return strings.ToValidUTF8(detail[:min(len(detail), MaxDetail)], "")
}
