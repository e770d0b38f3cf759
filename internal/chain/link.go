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
	// back leads from a point to that before it, for the source that is followed;
	// work counts the points that were looked at.
	back map[place]way
	work int
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
			joined := false
			others := l.resolve(l.paths[i], p.Module)
			for _, other := range others {
				joined = l.lead(place{i, j}, other, p.Name) || joined
			}
			if joined {
				continue
			}
			// A method of what a module is: it may hand on what that is, and what it is
			// given.
			if p.Kind == argument {
				l.through(i, j)
			}
			for _, other := range others {
				l.lead(place{i, j}, other, "()")
			}
		}
	}
}

// lead joins a point where data leaves or enters a file with those of that name
// of another. It reports whether there are any.
func (l *linker) lead(here place, other int, name string) (joined bool) {
	p := l.point(here)
	for k := range l.scripts[other].Points {
		q := &l.scripts[other].Points[k]
		there := place{other, k}
		switch {
		case p.Kind == argument && q.Kind == parameter && q.Index == p.Index && matches(name, q.Name):
			l.next[here] = append(l.next[here], way{to: there})
			joined = true
		case p.Kind == imported && q.Kind == exported && (name == "" || matches(name, q.Name)):
			l.next[there] = append(l.next[there], way{to: here})
			joined = true
		}
	}
	return joined
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
	for i, s := range l.scripts {
		for j := range s.Points {
			start := place{i, j}
			switch {
			case s.Points[j].Kind != source:
			case s.Points[j].Class == string(secretPath):
				l.path(start, found)
			default:
				l.source(start, nil, found)
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

// follow visits the points that data from one reaches, nearest first.
func (l *linker) follow(start place, visit func(here place)) {
	l.back = map[place]way{start: {}}
	queue := []place{start}
	for k := 0; k < len(queue) && l.work < maxWork; k++ {
		l.work++
		here := queue[k]
		visit(here)
		for _, w := range l.next[here] {
			if _, seen := l.back[w.to]; !seen {
				l.back[w.to] = way{here, w.via}
				queue = append(queue, w.to)
			}
		}
	}
}

// source notes the chains of a source. Opened is how what it is came to be read,
// if it is the content of a file.
func (l *linker) source(start place, opened *Chain, found map[string]*Chain) {
	l.follow(start, func(here place) {
		p := l.point(here)
		class := l.point(start).Class
		if opened != nil {
			class = string(opened.Source)
		}
		if p.Kind != sink || idle(class, p.Class) {
			return
		}
		c := l.chain(start, here)
		if opened != nil {
			c.Source, c.From = opened.Source, opened.From+" "+c.From
			c.Steps = shortened(append(slices.Clone(opened.Steps), c.Steps...))
		}
		if old := found[c.Key()]; old == nil || len(c.Steps) < len(old.Steps) {
			if old != nil || len(found) < MaxChains {
				found[c.Key()] = &c
			}
		}
	})
}

// path notes the chains of what is read from a path.
func (l *linker) path(start place, found map[string]*Chain) {
	type file struct {
		at place
		by Chain
	}
	var files []file
	l.follow(start, func(here place) {
		p := l.point(here)
		if p.Kind != read || len(files) == maxOpened {
			return
		}
		by := l.chain(start, here)
		by.Source = CredentialFile
		for k := range l.scripts[here.script].Points {
			if q := l.point(place{here.script, k}); q.Kind == contents && q.Call == p.Call {
				files = append(files, file{place{here.script, k}, by})
			}
		}
	})
	for i := range files {
		l.source(files[i].at, &files[i].by, found)
	}
}

// maxOpened bounds the reads that are followed from one path.
const maxOpened = 8

// idle reports whether a way says nothing: what comes from elsewhere, or stands
// in the package, may be sent.
func idle(source, sink string) bool {
	switch {
	case Source(source) == secretPath: // what is read from there counts
		return true
	case Source(source) == SelfText:
		return Sink(sink) != Named && Sink(sink) != Evaluate
	case Source(source) == Home, Sink(sink) == Destroy:
		return Source(source) != Home || Sink(sink) != Destroy
	case Source(source) == Wallet, Sink(sink) == Swap:
		return Source(source) != Wallet || Sink(sink) != Swap
	case Sink(sink) == Named:
		return true
	case Sink(sink) == Written:
		return Source(source) != Remote
	case Sink(sink) != Request && Sink(sink) != Lookup:
		return false
	}
	switch Source(source) {
	case Remote, Decoded, Deciphered, Own, Incoming, Manifest:
		return true
	}
	return false
}

func (l *linker) point(p place) *Point { return &l.scripts[p.script].Points[p.point] }

// compact drops places between the source and the sink on a line that has one
// already, and keeps what text there is.
func compact(steps []Step) []Step {
	out := steps[:1]
	for i, s := range steps[1:] {
		last := &out[len(out)-1]
		same := s.Path == last.Path && s.Line == last.Line
		switch {
		case i == len(steps)-2 && same && len(out) > 1:
			*last = s
		case i == len(steps)-2 && (!same || s.Column != last.Column), !same:
			out = append(out, s)
		case last.Text == "":
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
	scripts := []int{end.script}
	steps := []Step{l.step(end.script, to.Step)}
	for here := end; here != start; {
		w := l.back[here]
		for i := len(w.via) - 1; i >= 0; i-- {
			steps = append(steps, l.step(here.script, w.via[i]))
		}
		here = w.to
		steps = append(steps, l.step(here.script, l.point(here).Step))
		if !slices.Contains(scripts, here.script) {
			scripts = append(scripts, here.script)
		}
	}
	c.Marks = l.marks(scripts)
	slices.Reverse(steps)
	c.Steps = shortened(steps)
	return c
}

// shortened leaves out steps in the middle.
func shortened(steps []Step) []Step {
	steps = compact(steps)
	if len(steps) > MaxSteps {
		steps = append(steps[:MaxSteps/2:MaxSteps/2], steps[len(steps)-MaxSteps/2:]...)
	}
	return steps
}

// marks are those of scripts and of the files that they call, sorted.
func (l *linker) marks(scripts []int) (out []Mark) {
	for _, i := range scripts {
		out = append(out, l.scripts[i].Marks...)
		for _, module := range l.scripts[i].Loads {
			for _, other := range l.resolve(l.paths[i], module) {
				out = append(out, l.scripts[other].Marks...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
