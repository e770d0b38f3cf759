package popular

import "strings"

// edit is one step from a name to another: a character put in, left out or
// replaced, or two neighbours swapped (Damerau-Levenshtein).
type edit struct {
	at int
	// slip tells that it is one that hands make often: neighbours swapped, or a
	// character doubled or not doubled.
	slip bool
	// typo tells of a character that is missing, or a wrong one that has its
	// place beside the right one on the keyboard.
	typo bool
	// odd tells that it changes the beginning of a word, which the eye does not
	// miss, or a digit, which numbers a name.
	odd bool
}

// compare returns the edits that lead from a to b, at most limit and preferably
// slips; nil where it takes more or none. The work grows as the length times
// 4 to the limit.
func compare(a, b string, limit int) []edit {
	edits, ok := compareFrom(a, b, 0, limit)
	if !ok {
		return nil
	}
	return edits
}

func compareFrom(a, b string, at, limit int) ([]edit, bool) {
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	if at == len(a) && at == len(b) {
		return nil, true
	}
	if limit == 0 || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return nil, false
	}
	var best []edit
	found := false
	try := func(e edit, a, b string, next int) {
		rest, ok := compareFrom(a, b, next, limit-1)
		if ok && (!found || len(rest)+1 < len(best)) {
			best, found = append([]edit{e}, rest...), true
		}
	}
	var x, y byte // what stands there
	if at < len(a) {
		x = a[at]
	}
	if at < len(b) {
		y = b[at]
	}
	begins := at == 0 || isSeparator(rune(a[at-1]))
	if at+1 < len(a) && at+1 < len(b) && x == b[at+1] && a[at+1] == y {
		try(edit{at: at, slip: true}, a, b[:at]+a[at:at+2]+b[at+2:], at+2)
	}
	if x != 0 { // a has one more
		e := edit{at: at, slip: at > 0 && x == a[at-1], odd: begins || isDigit(x)}
		e.typo = at > 0 && adjacent(x, a[at-1]) || at+1 < len(a) && adjacent(x, a[at+1])
		try(e, a[:at]+a[at+1:], b, at)
	}
	if y != 0 {
		try(edit{at: at, slip: at > 0 && y == b[at-1], typo: true, odd: begins || isDigit(y)}, a, b[:at]+b[at+1:], at)
	}
	if x != 0 && y != 0 {
		e := edit{at: at, typo: adjacent(x, y), odd: begins || isDigit(x) || isDigit(y)}
		try(e, a, b[:at]+a[at:at+1]+b[at+1:], at+1)
	}
	return best, found
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// adjacent reports whether two letters are neighbours on a QWERTY keyboard.
func adjacent(x, y byte) bool {
	for i := range len(keyRows) {
		at := strings.IndexByte(keyRows[i], x)
		if at < 0 {
			continue
		}
		for j := max(i-1, 0); j < min(i+2, len(keyRows)); j++ {
			// Each row is shifted to the right by half a key.
			low, high := at-1, at+1
			if j < i {
				low = at
			} else if j > i {
				high = at
			}
			if other := strings.IndexByte(keyRows[j], y); other >= max(low, 0) && other <= high && x != y {
				return true
			}
		}
	}
	return false
}

var keyRows = [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}
