package training

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Split divides rows, given by their place, into those to train on and those
// to predict.
type Split struct {
	// Name says what is predicted: a number, or families.
	Name        string
	Train, Test []int
}

// group is rows that stay on one side: those of one package, and those of one
// family of malware.
type group struct {
	rows      []int
	families  []string
	malicious int
	hash      [32]byte
}

// groupRows groups rows by package and family, and whatever these connect. The
// order of groups does not depend on that of the rows.
func groupRows(rows []Row, seed uint64) ([]*group, error) {
	sorted, err := canonical(rows)
	if err != nil {
		return nil, err
	}
	place := make(map[*Row]int, len(rows))
	for i := range rows {
		place[&rows[i]] = i
	}
	parent := make([]int, len(sorted))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	first := make(map[[2]string]int)
	connect := func(i int, kind, name string) {
		key := [2]string{kind, name}
		if j, ok := first[key]; ok {
			a, b := find(i), find(j)
			parent[max(a, b)] = min(a, b)
			return
		}
		first[key] = i
	}
	for i, r := range sorted {
		connect(i, "package", r.Package)
		if r.Family != "" {
			connect(i, "family", r.Family)
		}
	}
	byRoot := make(map[int]*group)
	var groups []*group
	for i, r := range sorted {
		g := byRoot[find(i)]
		if g == nil {
			// The root is the group's first row.
			g = &group{hash: hashOf(seed, "group", r.Package)}
			byRoot[find(i)] = g
			groups = append(groups, g)
		}
		g.rows = append(g.rows, place[r])
		if r.Label == Malicious {
			g.malicious++
			g.families = append(g.families, cmp.Or(r.Family, r.Package))
		}
	}
	for _, g := range groups {
		slices.Sort(g.families)
		g.families = slices.Compact(g.families)
	}
	// Large ones first, as what is left evens out the parts.
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.malicious, a.malicious), cmp.Compare(len(b.rows), len(a.rows)), bytes.Compare(a.hash[:], b.hash[:]))
	})
	return groups, nil
}

// KFold divides rows into k parts of about the same size, each of which is
// predicted once. A family is in one part, and so is a package. Errors wrap
// ErrCorpus or ErrTooFew.
func KFold(rows []Row, k int, seed uint64) ([]Split, error) {
	if k < 2 {
		return nil, fmt.Errorf("%w: %d parts", ErrTooFew, k)
	}
	groups, err := groupRows(rows, seed)
	if err != nil {
		return nil, err
	}
	if k > len(groups) {
		return nil, fmt.Errorf("%w: %d parts of %d groups of packages and families", ErrTooFew, k, len(groups))
	}
	parts := make([]part, k)
	for i := range parts {
		parts[i].name = fmt.Sprint(i + 1)
	}
	for _, g := range groups {
		smallest(parts, g.malicious > 0).add(g)
	}
	return divide(rows, parts)
}

// LeaveOneFamilyOut divides rows into as many parts as there are families;
// families that share a package are one, and malware of no known family is by
// package. The other packages are spread evenly. Errors wrap ErrCorpus or
// ErrTooFew.
func LeaveOneFamilyOut(rows []Row, seed uint64) ([]Split, error) {
	groups, err := groupRows(rows, seed)
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, g := range groups {
		if g.malicious > 0 {
			parts = append(parts, part{name: strings.Join(g.families, ", ")})
			parts[len(parts)-1].add(g)
		}
	}
	if len(parts) < 2 {
		return nil, fmt.Errorf("%w: of one family alone", ErrTooFew)
	}
	// Only benign ones count for the size: a part with a large family gets its
	// share of them too.
	for i := range parts {
		parts[i].size -= parts[i].malicious
	}
	for _, g := range groups {
		if g.malicious == 0 {
			smallest(parts, false).add(g)
		}
	}
	return divide(rows, parts)
}

// part is what is predicted together.
type part struct {
	name            string
	rows            []int
	size, malicious int
}

func (p *part) add(g *group) {
	p.rows = append(p.rows, g.rows...)
	p.size += len(g.rows)
	p.malicious += g.malicious
}

// smallest returns the part with the fewest rows, or malicious ones.
func smallest(parts []part, malicious bool) *part {
	best := &parts[0]
	for i := range parts {
		p := &parts[i]
		if malicious && p.malicious != best.malicious {
			if p.malicious < best.malicious {
				best = p
			}
			continue
		}
		if p.size < best.size {
			best = p
		}
	}
	return best
}

// divide makes a split of each part.
func divide(rows []Row, parts []part) ([]Split, error) {
	var out []Split
	for _, p := range parts {
		test := make([]bool, len(rows))
		for _, i := range p.rows {
			test[i] = true
		}
		s := Split{Name: p.name}
		benign, malicious := 0, 0
		for i := range rows {
			switch {
			case test[i]:
				s.Test = append(s.Test, i)
				continue
			case rows[i].Label == Malicious:
				malicious++
			default:
				benign++
			}
			s.Train = append(s.Train, i)
		}
		if benign == 0 || malicious == 0 {
			return nil, fmt.Errorf("%w: without part %s there are %d benign and %d malicious ones", ErrTooFew, p.name, benign, malicious)
		}
		out = append(out, s)
	}
	return out, nil
}
