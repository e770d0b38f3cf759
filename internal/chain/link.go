package chain

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// Link joins the summaries of a package's scripts, by path, to chains, sorted
// and one of each Key.
func Link(summaries map[string][]*Summary) []Chain {
	l := newLinker(summaries)
	return l.chains()
}

// place is a point of a script.
type place struct {
	script, point int
}

type linker struct {
	paths   []string
	scripts []*Summary
	files   map[string][]int
	// entries are where data enters a file, by what it is called.
	entries map[string][]place
	next    map[place][]way
	back    map[place]way
}

type way struct {
	to  place
	via []Step
}

func newLinker(summaries map[string][]*Summary) *linker {
	l := &linker{files: make(map[string][]int), entries: make(map[string][]place), next: make(map[place][]way)}
	for p, list := range summaries {
		if len(list) > 0 {
			l.paths = append(l.paths, p)
		}
	}
	slices.Sort(l.paths)
	var names []string
	for _, p := range l.paths {
		for _, s := range summaries[p] {
			l.files[p] = append(l.files[p], len(l.scripts))
			l.scripts = append(l.scripts, s)
			names = append(names, p)
		}
	}
	l.paths = names
	for i, s := range l.scripts {
		for _, f := range s.Flows {
			if f.From < 0 || f.To < 0 || f.From >= len(s.Points) || f.To >= len(s.Points) {
				continue
			}
			from := place{i, f.From}
			l.next[from] = append(l.next[from], way{place{i, f.To}, f.Via})
		}
	}
	l.join()
	return l
}

// join leads from where data leaves a file to where it enters another.
func (l *linker) join() {
	for i, s := range l.scripts {
		for j := range s.Points {
			p := &s.Points[j]
			if p.Kind != imported && p.Kind != argument {
				continue
			}
			others := l.resolve(l.paths[i], p.Module)
			if len(others) == 0 && p.Kind == argument {
				l.through(i, j)
			}
			for _, other := range others {
				for k := range l.scripts[other].Points {
					q := &l.scripts[other].Points[k]
					here, there := place{i, j}, place{other, k}
					switch {
					case p.Kind == argument && q.Kind == parameter && q.Index == p.Index && matches(p.Name, q.Name):
						l.next[here] = append(l.next[here], way{to: there})
					case p.Kind == imported && q.Kind == exported && (p.Name == "" || matches(p.Name, q.Name)):
						l.next[there] = append(l.next[there], way{to: here})
					}
				}
			}
		}
	}
}

// through has an argument of a function that is not known go to what the call
// gives.
func (l *linker) through(script, argument int) {
	s := l.scripts[script]
	for k := range s.Points {
		if q := &s.Points[k]; q.Kind == imported && q.Call == s.Points[argument].Call {
			here := place{script, argument}
			l.next[here] = append(l.next[here], way{to: place{script, k}})
		}
	}
}

// matches reports whether a member of a module is an export.
func matches(member, export string) bool { return member == export || member == "()" && export == "" }

// resolve finds the scripts that a module's name stands for in a file.
func (l *linker) resolve(from, module string) []int {
	base := path.Join(path.Dir(from), module)
	for _, suffix := range []string{"", ".js", ".cjs", ".mjs", ".ts", ".json", "/index.js", "/index.cjs", "/index.mjs", "/index.ts"} {
		if list := l.files[base+suffix]; len(list) > 0 {
			return list
		}
	}
	// Sources of TypeScript name what they are compiled to.
	if stem, ok := strings.CutSuffix(base, ".js"); ok {
		return l.files[stem+".ts"]
	}
	return nil
}

// chains follows every source.
func (l *linker) chains() []Chain {
	found := make(map[string]*Chain)
	work := 0
	for i, s := range l.scripts {
		for j := range s.Points {
			if s.Points[j].Kind != source {
				continue
			}
			start := place{i, j}
			l.back = map[place]way{start: {}}
			queue := []place{start}
			for k := 0; k < len(queue) && work < maxWork; k++ {
				work++
				here := queue[k]
				if p := l.point(here); p.Kind == sink && !idle(s.Points[j].Class, p.Class) {
					c := l.chain(start, here)
					if old := found[c.Key()]; old == nil || len(c.Steps) < len(old.Steps) {
						if old != nil || len(found) < MaxChains {
							found[c.Key()] = &c
						}
					}
				}
				for _, w := range l.next[here] {
					if _, seen := l.back[w.to]; !seen {
						l.back[w.to] = way{here, w.via}
						queue = append(queue, w.to)
					}
				}
			}
		}
	}
	out := make([]Chain, 0, len(found))
	for _, c := range found {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Chain) int { return cmp.Compare(a.Key(), b.Key()) })
	return out
}

// idle reports whether a way says nothing: what comes from elsewhere, or stands
// in the package, may be sent.
func idle(source, sink string) bool {
	out := sink == string(Request) || sink == string(Lookup)
	return out && (source == string(Remote) || source == string(Decoded) || source == string(Deciphered) || source == string(Own) || source == string(Incoming) || source == string(Manifest))
}

func (l *linker) point(p place) *Point { return &l.scripts[p.script].Points[p.point] }

// compact drops places on a line that has one already, and keeps what text there
// is.
func compact(steps []Step) []Step {
	out := steps[:1]
	for _, s := range steps[1:] {
		last := &out[len(out)-1]
		if s.Path != last.Path || s.Line != last.Line {
			out = append(out, s)
		} else if last.Text == "" {
			last.Text = s.Text
		}
	}
	return out
}

// step gives a step its path: a summary has none, since files of the same
// content share it.
func (l *linker) step(script int, s Step) Step {
	s.Path = l.paths[script]
	return s
}

// chain writes down the way from a source to a sink.
func (l *linker) chain(start, end place) Chain {
	from, to := l.point(start), l.point(end)
	c := Chain{Source: Source(from.Class), Sink: Sink(to.Class), From: from.Name, To: to.Name, Target: to.Target, Origin: from.Target, Checked: from.Checked}
	gates := func(script int) {
		for _, g := range l.scripts[script].Gates {
			if !slices.Contains(c.Gates, g) {
				c.Gates = append(c.Gates, g)
			}
		}
	}
	gates(end.script)
	steps := []Step{l.step(end.script, to.Step)}
	for here := end; here != start; {
		w := l.back[here]
		for i := len(w.via) - 1; i >= 0; i-- {
			steps = append(steps, l.step(here.script, w.via[i]))
		}
		here = w.to
		steps = append(steps, l.step(here.script, l.point(here).Step))
		gates(here.script)
	}
	slices.Reverse(steps)
	steps = compact(steps)
	if len(steps) > MaxSteps {
		steps = append(steps[:MaxSteps/2:MaxSteps/2], steps[len(steps)-MaxSteps/2:]...)
	}
	c.Steps = steps
	return c
}
