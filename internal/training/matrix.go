package training

import (
	"cmp"
	"slices"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
)

// matrix holds the distinct vectors of rows, sorted, and how many rows have
// each.
type matrix struct {
	// features are the places in a vector that the columns are of.
	features []int
	// values has len(features) of each vector, one vector after the other.
	values []float64
	// benign and malicious are numbers of rows for each vector.
	benign, malicious []int
}

func newMatrix(rows []*Row, values classifier.Values, features []int) *matrix {
	d := len(features)
	all := make([]float64, 0, len(rows)*d)
	for _, r := range rows {
		for _, f := range features {
			all = append(all, values.Of(r.Vector[f])+0)
		}
	}
	vector := func(i int) []float64 { return all[i*d : i*d+d] }
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return slices.CompareFunc(vector(a), vector(b), cmp.Compare) })

	m := &matrix{features: features, values: make([]float64, 0, len(all))}
	for i, row := range order {
		if i == 0 || slices.CompareFunc(vector(order[i-1]), vector(row), cmp.Compare) != 0 {
			m.values = append(m.values, vector(row)...)
			m.benign, m.malicious = append(m.benign, 0), append(m.malicious, 0)
		}
		last := len(m.benign) - 1
		if rows[row].Label == Malicious {
			m.malicious[last]++
		} else {
			m.benign[last]++
		}
	}
	return m
}

// row returns a vector.
func (m *matrix) row(i int) []float64 {
	d := len(m.features)
	return m.values[i*d : i*d+d]
}
