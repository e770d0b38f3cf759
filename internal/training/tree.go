package training

import (
	"cmp"
	"math"
	"slices"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// grower grows a decision tree by information gain (Quinlan's ID3 with
// thresholds half way between neighbouring values, as in CART). Nodes are split
// level by level, so that a limit of nodes cuts the deepest.
type grower struct {
	options *Options

	columns           [][]float64 // by column and vector
	benign, malicious []int64
	features          []int
	// orders are the vectors by column, sorted by their value in it, unknown
	// ones first. A node has the same range in each.
	orders [][]int32
	high   []bool  // by vector: which side of the split it is on
	spare  []int32 // for the partition
	nlogn  []int64 // see information

	nodes []classifier.Node
	queue []growing
}

// growing is a node that may yet be split.
type growing struct {
	node       int
	start, end int
	depth      int
}

func trainTree(m *matrix, o *Options) classifier.Tree {
	n := len(m.benign)
	g := &grower{options: o, features: m.features, benign: make([]int64, n), malicious: make([]int64, n), high: make([]bool, n), spare: make([]int32, n)}
	var benign, malicious int64
	for i := range n {
		g.benign[i], g.malicious[i] = int64(m.benign[i]), int64(m.malicious[i])
		benign += g.benign[i]
		malicious += g.malicious[i]
	}
	for j := range m.features {
		column, order := make([]float64, n), make([]int32, n)
		for i := range n {
			column[i], order[i] = m.row(i)[j], int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(column[a], column[b]), cmp.Compare(a, b)) })
		g.columns, g.orders = append(g.columns, column), append(g.orders, order)
	}
	g.nlogn = information(benign + malicious)
	g.nodes = []classifier.Node{{Benign: int(benign), Malicious: int(malicious)}}
	g.queue = []growing{{0, 0, n, 0}}
	for len(g.queue) > 0 {
		next := g.queue[0]
		g.queue = g.queue[1:]
		g.grow(next)
	}
	return classifier.Tree{Values: o.Values, Nodes: g.nodes}
}

// information has n·log2(n) for each n, as a fixed-point number: what is equal
// by symmetry is equal then, whatever the order of the sums.
func information(n int64) []int64 {
	const unit = 1 << 24
	out := make([]int64, n+1)
	for i := int64(2); i <= n; i++ {
		out[i] = int64(math.Round(float64(i) * math.Log2(float64(i)) * unit))
	}
	return out
}

// entropy of a set, times its size.
func (g *grower) entropy(benign, malicious int64) int64 {
	return g.nlogn[benign+malicious] - g.nlogn[benign] - g.nlogn[malicious]
}

// candidate is a possible split.
type candidate struct {
	column      int
	threshold   float64
	unknownHigh bool
	entropy     int64 // of both sides
}

// grow splits a node if it can be.
func (g *grower) grow(at growing) {
	node := g.nodes[at.node]
	o := g.options
	if node.Benign == 0 || node.Malicious == 0 || node.Benign+node.Malicious < o.MinSplit || at.depth == o.MaxDepth ||
		len(g.nodes)+2 > classifier.MaxNodes {
		return
	}
	var best *candidate
	for column := range g.columns {
		// The first column and the lowest threshold win among equals.
		if c := g.best(column, at, int64(node.Benign), int64(node.Malicious)); c != nil && (best == nil || c.entropy < best.entropy) {
			best = c
		}
	}
	if best == nil {
		return
	}
	low, middle := g.partition(at, best)
	high := classifier.Node{Benign: node.Benign - low.Benign, Malicious: node.Malicious - low.Malicious}
	first := len(g.nodes)
	g.nodes = append(g.nodes, low, high)
	g.nodes[at.node].Split = &classifier.Split{
		Feature: feature.Table[g.features[best.column]].Name, Threshold: best.threshold, Low: first, High: first + 1, UnknownHigh: best.unknownHigh,
	}
	g.queue = append(g.queue, growing{first, at.start, middle, at.depth + 1}, growing{first + 1, middle, at.end, at.depth + 1})
}

// best returns the best split by one column, nil where there is none.
func (g *grower) best(column int, at growing, benign, malicious int64) *candidate {
	values, order := g.columns[column], g.orders[column][at.start:at.end]
	var unknown, below [2]int64 // benign and malicious
	i := 0
	for ; i < len(order) && values[order[i]] != values[order[i]]; i++ {
		unknown[0] += g.benign[order[i]]
		unknown[1] += g.malicious[order[i]]
	}
	if i == len(order) || values[order[i]] == values[order[len(order)-1]] {
		return nil
	}
	var best *candidate
	least := int64(g.options.MinLeaf)
	try := func(low [2]int64, threshold float64, unknownHigh bool) {
		high := [2]int64{benign - low[0], malicious - low[1]}
		if low[0]+low[1] < least || high[0]+high[1] < least {
			return
		}
		if e := g.entropy(low[0], low[1]) + g.entropy(high[0], high[1]); best == nil || e < best.entropy {
			best = &candidate{column, threshold, unknownHigh, e}
		}
	}
	for ; i < len(order)-1; i++ {
		below[0] += g.benign[order[i]]
		below[1] += g.malicious[order[i]]
		x, next := values[order[i]], values[order[i+1]]
		if x == next {
			continue
		}
		threshold := x + (next-x)/2
		if threshold >= next {
			threshold = x
		}
		if unknown == [2]int64{} {
			// Unknown values, which only others may have, go where most do.
			try(below, threshold, 2*(below[0]+below[1]) < benign+malicious)
			continue
		}
		try([2]int64{below[0] + unknown[0], below[1] + unknown[1]}, threshold, false)
		try(below, threshold, true)
	}
	return best
}

// partition sorts a node's vectors to the sides of a split and returns the low
// side and where the high one starts.
func (g *grower) partition(at growing, c *candidate) (low classifier.Node, middle int) {
	values := g.columns[c.column]
	for _, i := range g.orders[c.column][at.start:at.end] {
		x := values[i]
		if g.high[i] = x > c.threshold || x != x && c.unknownHigh; !g.high[i] {
			low.Benign += int(g.benign[i])
			low.Malicious += int(g.malicious[i])
		}
	}
	for _, order := range g.orders {
		part := order[at.start:at.end]
		above := g.spare[:0]
		n := 0
		for _, i := range part {
			if g.high[i] {
				above = append(above, i)
			} else {
				part[n] = i
				n++
			}
		}
		copy(part[n:], above)
		middle = at.start + n
	}
	return low, middle
}
