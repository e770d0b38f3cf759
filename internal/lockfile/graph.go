package lockfile

import "slices"

// graph is who asks for whom. It tells direct from transitive dependencies,
// the chain that brings an entry in, and, where the format does not record it,
// what is needed for development only.
type graph struct {
	// edges[i] are the dependencies of entry i.
	edges [][]edge
	roots []root
}

type edge struct {
	to    int
	group group
}

// root is a dependency that a manifest of the project names.
type root struct {
	edge
	importer string // the manifest's folder; "" is the project's root
}

// maxChain bounds a Chain; what lies deeper is cut in front of its end.
const maxChain = 32

func (g *graph) grow(n int) {
	for len(g.edges) < n {
		g.edges = append(g.edges, nil)
	}
}

func (g *graph) add(from, to int, by group) {
	g.edges[from] = append(g.edges[from], edge{to, by})
}

func (g *graph) addRoot(to int, by group, importer string) {
	g.roots = append(g.roots, root{edge{to, by}, importer})
}

// apply writes what the graph tells into deps. Where flagged, dev and optional
// stay as the lockfile records them.
func (g *graph) apply(deps []Dependency, flagged bool) {
	if len(g.roots) == 0 {
		return
	}
	// Production before development, the project's root before its members,
	// so that of many chains the one that says most is shown.
	roots := slices.Clone(g.roots)
	slices.SortStableFunc(roots, func(a, b root) int {
		if a.group != b.group {
			return int(a.group) - int(b.group)
		}
		switch {
		case a.importer == b.importer:
			return 0
		case a.importer < b.importer:
			return -1
		}
		return 1
	})
	g.chains(deps, roots)
	if flagged {
		return
	}
	all := g.reach(roots, func(group) bool { return true })
	noDev := g.reach(roots, func(by group) bool { return by != development })
	noOptional := g.reach(roots, func(by group) bool { return by != optional })
	noPeer := g.reach(roots, func(by group) bool { return by != peer })
	for i := range deps {
		if all[i] {
			deps[i].Dev = !noDev[i]
			deps[i].Optional = !noOptional[i]
			deps[i].Peer = !noPeer[i]
		}
	}
}

// chains does a breadth-first search, so that each entry gets a shortest chain.
func (g *graph) chains(deps []Dependency, roots []root) {
	const unseen, none = -2, -1
	parent := make([]int, len(deps))
	for i := range parent {
		parent[i] = unseen
	}
	var queue []int
	for _, r := range roots {
		deps[r.to].Direct = true
		if parent[r.to] == unseen {
			parent[r.to] = none
			deps[r.to].Importer = r.importer
			queue = append(queue, r.to)
		}
	}
	for len(queue) > 0 {
		from := queue[0]
		queue = queue[1:]
		for _, e := range g.edges[from] {
			if parent[e.to] != unseen {
				continue
			}
			parent[e.to] = from
			deps[e.to].Importer = deps[from].Importer
			queue = append(queue, e.to)
		}
	}
	names := make([]string, len(deps)) // made once, as many chains share them
	for i := range deps {
		if deps[i].Direct || parent[i] < 0 {
			continue
		}
		var chain []string
		for at := parent[i]; at >= 0 && len(chain) < maxChain; at = parent[at] {
			if names[at] == "" {
				names[at] = deps[at].String()
			}
			chain = append(chain, names[at])
		}
		slices.Reverse(chain)
		deps[i].Chain = chain
	}
}

// reach returns which entries can be reached over edges that follow accepts.
func (g *graph) reach(roots []root, follow func(group) bool) []bool {
	seen := make([]bool, len(g.edges))
	var stack []int
	visit := func(e edge) {
		if follow(e.group) && !seen[e.to] {
			seen[e.to] = true
			stack = append(stack, e.to)
		}
	}
	for _, r := range roots {
		visit(r.edge)
	}
	for len(stack) > 0 {
		from := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range g.edges[from] {
			visit(e)
		}
	}
	return seen
}
