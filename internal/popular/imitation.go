package popular

import (
	"math/bits"
	"strings"
)

// Imitation is a popular name that another name can be taken for.
type Imitation struct {
	Name string
	// How says in a few words how the other name differs from it.
	How string
}

// What a popular name must be for a kind of resemblance to count: how long, in
// bytes, and how much used. Short names resemble each other by chance, and so
// do names of little use: the kinds that much software has in common ask for
// more. The bounds were chosen on names of real lockfiles: see README.md.
const (
	minLength = 5
	// A letter left out, or put in or replaced by its neighbour on the keyboard.
	minTypoLength, maxTypoRank = 6, 3000
	// The same for shorter names.
	maxShortTypoRank = 500
	// Any other letter.
	minEditLength, maxEditRank = 8, 3000
	// Two edits.
	minTwoLength, maxTwoRank = 9, 10000
	// Other separators, a plural, another scope, js or node at an end: projects
	// name their packages like this themselves, and move into scopes.
	maxFormRank = 3000
)

// Imitated returns the popular name that name imitates, the closest and most
// used one, or nil. A popular name imitates nothing; neither does a name in a
// popular scope, which has one owner. The search takes some 50 microseconds.
func Imitated(name string) *Imitation {
	l := load()
	if l.rank[name] != 0 || len(name) > 2*len(l.lengths) {
		return nil
	}
	if scope, base, scoped := strings.Cut(name, "/"); scoped {
		if l.scopes[scope] {
			return nil
		}
		return l.otherScope(scope, base)
	}
	joined := joinedForm(name)
	if i := l.sameForm(name, joined); i != nil {
		return i
	}
	if i := l.plural(joined); i != nil {
		return i
	}
	if i := l.affixed(joined, name); i != nil {
		return i
	}
	if l.ordinary(name) {
		return nil
	}
	return l.misspelt(name)
}

func (l *list) imitation(rank int, how string) *Imitation {
	return &Imitation{Name: l.names[rank-1], How: how}
}

// sameForm finds a name of the same letters, or of letters drawn alike.
func (l *list) sameForm(name, joined string) *Imitation {
	if len(joined) < minLength {
		return nil
	}
	if rank := l.joined[joined]; rank != 0 && rank <= maxFormRank {
		how := "it has the same letters with other separators"
		if strings.HasPrefix(l.names[rank-1], "@") {
			how = "it has the scope as part of the name"
		} else if strings.EqualFold(name, l.names[rank-1]) {
			how = "it has capitals where the other has small letters, or the reverse"
		}
		return l.imitation(rank, how)
	}
	if rank := l.drawn[drawnForm(joined)]; rank != 0 && l.joined[joined] == 0 {
		return l.imitation(rank, "it has characters that look alike")
	}
	return nil
}

// plural finds a name that has one s more or less at its end.
func (l *list) plural(joined string) *Imitation {
	other, more := strings.CutSuffix(joined, "s")
	if !more {
		other = joined + "s"
	}
	rank := l.joined[other]
	if len(other) < minTypoLength || rank == 0 || rank > maxFormRank || strings.HasPrefix(l.names[rank-1], "@") {
		return nil
	}
	if more {
		return l.imitation(rank, "it is the plural")
	}
	return l.imitation(rank, "it is the singular")
}

// affixed finds a name to which a word was added that says nothing.
func (l *list) affixed(joined, name string) *Imitation {
	for _, word := range []string{"nodejs", "node", "js"} {
		for _, rest := range []string{strings.TrimSuffix(joined, word), strings.TrimPrefix(joined, word)} {
			if rank := l.joined[rest]; rest != joined && len(rest) >= minLength && rank != 0 && rank <= maxFormRank &&
				!strings.HasPrefix(l.names[rank-1], "@") {
				return l.imitation(rank, "it adds "+word)
			}
		}
	}
	return nil
}

// otherScope finds a scoped name whose scope differs in one slip.
func (l *list) otherScope(scope, base string) *Imitation {
	if len(scope) <= minLength {
		return nil
	}
	best := 0
	for s := range l.scopes {
		rank := l.rank[s+"/"+base]
		if rank == 0 || best != 0 && rank > best || len(s) <= minLength {
			continue
		}
		if e := compare(scope, s, 1); e != nil && !e[0].odd && e[0].at > 1 {
			best = rank
		}
	}
	if best == 0 {
		return nil
	}
	return l.imitation(best, "its scope differs in one letter")
}

// ordinary reports whether a name has only words that popular names have too:
// such a name is another combination of words and no slip of the hand.
func (l *list) ordinary(name string) bool {
	for _, word := range words(name) {
		if !l.words[word] {
			return false
		}
	}
	return true
}

// misspelt finds the name without scope from which the fewest and most typical
// slips lead to name.
func (l *list) misspelt(name string) *Imitation {
	set := characters(name)
	best, weight := 0, 0
	for n := max(len(name)-2, minLength-1); n <= len(name)+2 && n < len(l.lengths); n++ {
		for _, s := range l.lengths[n] {
			if bits.OnesCount64(set^s.characters) > 4 {
				continue // an edit changes two characters at most
			}
			w := likeness(compare(name, l.names[s.rank-1], 2), n, s.rank)
			if w > weight || w == weight && w > 0 && s.rank < best {
				best, weight = s.rank, w
			}
		}
	}
	if best == 0 {
		return nil
	}
	how := "it differs in one letter"
	if weight == twoEdits {
		how = "it differs in two letters"
	} else if weight == oneSlip {
		how = "it differs in a letter that is doubled, dropped or swapped with the next"
	}
	return l.imitation(best, how)
}

// The weights of a likeness, from the least.
const (
	twoEdits = 1 + iota
	oneEdit
	oneSlip
)

// likeness weighs the edits between a name and a popular one, 0 for none that
// counts.
func likeness(edits []edit, length, rank int) int {
	switch {
	case len(edits) == 1 && edits[0].slip && length >= minLength:
		return oneSlip
	case len(edits) == 1 && !edits[0].odd && (length >= minEditLength && rank <= maxEditRank ||
		edits[0].typo && (length >= minTypoLength && rank <= maxTypoRank || length >= minLength && rank <= maxShortTypoRank)):
		return oneEdit
	case len(edits) == 2 && (edits[0].slip || edits[1].slip) && !edits[0].odd && !edits[1].odd && length >= minTwoLength && rank <= maxTwoRank:
		return twoEdits
	}
	return 0
}
