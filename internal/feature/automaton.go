package feature

// automaton finds which of many needles a text has, without regard to the case
// of ASCII letters, in one pass (Aho and Corasick, "Efficient String Matching",
// 1975).
type automaton struct {
	next [][256]uint16
	ends [][]int // needles that end in a state
	n    int
}

func newAutomaton(vocabulary []term) *automaton {
	a := &automaton{next: make([][256]uint16, 1), ends: make([][]int, 1), n: len(vocabulary)}
	for i, t := range vocabulary {
		state := uint16(0)
		for j := range len(t.needle) {
			c := lower(t.needle[j])
			if a.next[state][c] == 0 {
				a.next = append(a.next, [256]uint16{})
				a.ends = append(a.ends, nil)
				a.next[state][c] = uint16(len(a.next) - 1)
			}
			state = a.next[state][c]
		}
		a.ends[state] = append(a.ends[state], i)
	}
	// Breadth first, every state gets the steps of the longest suffix that is
	// a state too.
	fail := make([]uint16, len(a.next))
	var queue []uint16
	for _, s := range a.next[0] {
		if s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		a.ends[s] = append(a.ends[s], a.ends[fail[s]]...)
		for c := range 256 {
			if t := a.next[s][c]; t != 0 {
				fail[t] = a.next[fail[s]][c]
				queue = append(queue, t)
			} else {
				a.next[s][c] = a.next[fail[s]][c]
			}
		}
	}
	for s := range a.next {
		for c := byte('A'); c <= 'Z'; c++ {
			a.next[s][c] = a.next[s][lower(c)]
		}
	}
	return a
}

// find returns which needles occur, nil for none.
func (a *automaton) find(text string) []bool {
	var found []bool
	state := uint16(0)
	for i := range len(text) {
		state = a.next[state][text[i]]
		for _, n := range a.ends[state] {
			if found == nil {
				found = make([]bool, a.n)
			}
			found[n] = true
		}
	}
	return found
}
