package training

import (
	"cmp"
	"math"
	"slices"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// The one-class support vector machine of Schölkopf et al., "Estimating the
// support of a high-dimensional distribution" (2001), with a linear kernel. Its
// dual problem is to find the point w nearest to the origin in the hull of all
// rows, where no row has a share of more than 1/(nu·rows):
//
//	minimise |w|², w = Σ alpha·x, Σ alpha = 1, 0 ≤ alpha ≤ count/(nu·rows)
//
// Wolfe's "Finding the nearest point in a polytope" (1976) finds it among the
// corners of that hull. The lowest corner in a direction is the mean of the
// lowest nu·rows rows, so a step costs one look at all rows, and with as few
// dimensions as there are features few steps are needed.
type solver struct {
	columns int
	x       []float64 // by row
	share   []float64 // bounds of alpha
	norm    float64   // mean |x|²
	floor   float64   // see svmFloor
	w       []float64
	g       []float64 // w·x
	order   []int     // rows, see choose

	corners [][]float64 // w is their sum, each times its weight
	weights []float64
}

const (
	// svmTolerance is how far w may be from the best, in parts of its length.
	svmTolerance = 1e-3
	// svmFloor is the |w|², in parts of the mean |x|², that is taken for none:
	// a margin of a thousandth of what rows usually measure tells nothing.
	// Unscaled, one feature can outweigh the others by more than that, and only
	// what rounding leaves is none.
	svmFloor         = 1e-6
	svmFloorUnscaled = 1e-14
	// svmSteps bounds the work.
	svmSteps = 2000
	// svmEpsilon is the weight that is taken for none.
	svmEpsilon = 1e-12
)

// Notes of trainSVM.
const (
	noteOrigin    = "svm: nothing keeps the benign rows apart from no change at all, so it flags nothing"
	noteUnsettled = "svm: not settled, because of rounding or the number of steps"
)

// trainSVM trains on benign rows. The note, if any, says what is odd.
func trainSVM(m *matrix, o *Options) (classifier.SVM, string) {
	out := classifier.SVM{Values: o.Values}
	total := 0
	for _, n := range m.benign {
		total += n
	}
	for j, f := range m.features {
		term := classifier.SVMTerm{Feature: feature.Table[f].Name, Scale: 1}
		known, sum, squares := 0.0, 0.0, 0.0
		for i, n := range m.benign {
			if x := m.row(i)[j]; x == x {
				known += float64(n)
				sum += float64(x * float64(n))
				squares += float64(x * x * float64(n))
			}
		}
		if known > 0 {
			term.Mean = sum / known
		}
		switch {
		case o.Unscaled:
		case o.Values == classifier.Absences:
			// The standard deviation, with Laplace's correction: what benign rows
			// seldom add counts more.
			rare := (known - sum + 1) / (known + 2)
			term.Scale = math.Sqrt(rare * (1 - rare))
		case squares > 0:
			term.Scale = math.Sqrt(squares / known)
		}
		out.Terms = append(out.Terms, term)
	}
	s := newSolver(m, out.Terms, 1/(o.Nu*float64(total)))
	if o.Unscaled {
		s.floor = svmFloorUnscaled
	}
	settled := s.solve()
	if s.vanished() {
		return out, noteOrigin
	}
	for j := range out.Terms {
		out.Terms[j].Weight = s.w[j]
	}
	out.Offset = s.offset()
	if !settled {
		return out, noteUnsettled
	}
	return out, ""
}

// newSolver scales the rows and puts means in the place of unknown values. A
// row's alpha is share times its count at most.
func newSolver(m *matrix, terms []classifier.SVMTerm, share float64) *solver {
	n, d := len(m.benign), len(terms)
	s := &solver{columns: d, x: make([]float64, n*d), share: make([]float64, n), floor: svmFloor,
		w: make([]float64, d), g: make([]float64, n), order: make([]int, n)}
	for i := range n {
		row := s.row(i)
		for j, x := range m.row(i) {
			if x != x {
				x = terms[j].Mean
			}
			row[j] = x / terms[j].Scale
		}
		s.norm += dot(row, row) / float64(n)
		s.share[i] = share * float64(m.benign[i])
		s.order[i] = i
	}
	return s
}

func (s *solver) row(i int) []float64 { return s.x[i*s.columns : (i+1)*s.columns] }

// dot is a sum in one order without fused steps, so that all machines come to
// the same result.
func dot(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

// solve tells whether it came to an end.
func (s *solver) solve() bool {
	s.start()
	for range svmSteps {
		norm := dot(s.w, s.w)
		corner := s.lowest()
		if s.vanished() || dot(s.w, corner) >= (1-svmTolerance)*norm {
			return true
		}
		s.corners, s.weights = append(s.corners, corner), append(s.weights, 0)
		if !s.descend() || dot(s.w, s.w) >= norm {
			return false // rounding is all that is left
		}
	}
	return false
}

// start begins with the corner that is lowest in the direction of the mean.
func (s *solver) start() {
	total := 0.0
	for i, share := range s.share {
		total += share
		for j, x := range s.row(i) {
			s.w[j] += float64(share * x)
		}
	}
	for j := range s.w {
		s.w[j] /= total
	}
	s.corners, s.weights = [][]float64{s.lowest()}, []float64{1}
	copy(s.w, s.corners[0])
}

// lowest computes g and returns the lowest corner of the hull: no point of the
// hull is nearer to the origin than w·corner/|w|.
func (s *solver) lowest() []float64 {
	for i := range s.g {
		s.g[i] = dot(s.w, s.row(i))
	}
	corner := make([]float64, s.columns)
	left := 1.0
	for _, i := range s.order[:s.choose()] {
		share := min(left, s.share[i])
		left -= share
		for j, x := range s.row(i) {
			corner[j] += float64(share * x)
		}
	}
	return corner
}

// choose moves the rows with the lowest g to the front of the order, as many as
// it takes for their shares to sum up to 1; the highest is the last of them. It
// narrows down where that one is, as Hoare's quickselect does.
func (s *solver) choose() int {
	const enough = 1 - 1e-9 // with rounding
	compare := func(a, b int) int { return cmp.Or(cmp.Compare(s.g[a], s.g[b]), cmp.Compare(a, b)) }
	from, to, sum := 0, len(s.order), 0.0
	for to-from > 16 {
		ends := []int{s.order[from], s.order[(from+to)/2], s.order[to-1]}
		slices.SortFunc(ends, compare)
		middle, below := from, 0.0
		for k := from; k < to; k++ {
			if i := s.order[k]; compare(i, ends[1]) <= 0 {
				s.order[k], s.order[middle] = s.order[middle], i
				below += s.share[i]
				middle++
			}
		}
		if sum+below >= enough {
			to = middle
		} else {
			sum, from = sum+below, middle
		}
	}
	slices.SortFunc(s.order[from:to], compare)
	for k := from; k < to; k++ {
		if sum += s.share[s.order[k]]; sum >= enough {
			return k + 1
		}
	}
	return to
}

// vanished tells whether w is as good as nothing: the origin is in the hull.
func (s *solver) vanished() bool { return dot(s.w, s.w) <= s.floor*s.norm }

// descend moves w to the point nearest to the origin in the hull of some of the
// corners, and drops those that it does not need. It fails where rounding does
// not let it.
func (s *solver) descend() bool {
	for {
		nearest, ok := s.affine()
		if !ok {
			return false
		}
		// On the way there, the first weight to vanish ends the step.
		way, drop := 1.0, -1
		for k, to := range nearest {
			if to > svmEpsilon {
				continue
			}
			if from := s.weights[k]; drop < 0 || from/(from-to) < way {
				way, drop = min(1, from/max(from-to, math.SmallestNonzeroFloat64)), k
			}
		}
		for k, to := range nearest {
			s.weights[k] += float64(way * (to - s.weights[k]))
		}
		if drop >= 0 {
			s.corners, s.weights = slices.Delete(s.corners, drop, drop+1), slices.Delete(s.weights, drop, drop+1)
		}
		if drop < 0 || len(s.corners) == 1 {
			break
		}
	}
	total := 0.0
	clear(s.w)
	for k, weight := range s.weights {
		total += weight
		for j, x := range s.corners[k] {
			s.w[j] += float64(weight * x)
		}
	}
	for j := range s.w {
		s.w[j] /= total
	}
	return true
}

// affine returns the weights, of any sign, of the point nearest to the origin
// that corners sum up to with weights of the sum 1: they are in proportion to
// the solution of (products of corners + c)·y = 1, by Cholesky's decomposition.
func (s *solver) affine() (weights []float64, ok bool) {
	n := len(s.corners)
	a := make([][]float64, n)
	c := 0.0
	for k := range a {
		a[k] = make([]float64, n)
		for l := range k + 1 {
			a[k][l] = dot(s.corners[k], s.corners[l])
		}
		c = max(c, a[k][k])
	}
	for k := range a {
		for l := range k + 1 {
			sum := a[k][l] + c
			if k == l {
				sum += 1e-14 * c
			}
			sum -= dot(a[k][:l], a[l][:l])
			if k != l {
				a[k][l] = sum / a[l][l]
				continue
			}
			if sum <= 0 {
				return nil, false
			}
			a[k][k] = math.Sqrt(sum)
		}
	}
	y := make([]float64, n)
	for k := range n {
		y[k] = (1 - dot(a[k][:k], y[:k])) / a[k][k]
	}
	total := 0.0
	for k := n - 1; k >= 0; k-- {
		for l := k + 1; l < n; l++ {
			y[k] -= float64(a[l][k] * y[l])
		}
		y[k] /= a[k][k]
		total += y[k]
	}
	for k := range y {
		y[k] /= total
	}
	return y, total > 0
}

// offset is what is best for w: at most nu of the rows lie below.
func (s *solver) offset() float64 {
	s.lowest()
	margin := s.g[s.order[s.choose()-1]]
	// What rounding adds to a row on the margin does not flag it.
	return margin - 1e-9*math.Abs(margin)
}
