package shell

import "slices"

// pyArgument is one argument of a call.
type pyArgument struct {
	name string // of a keyword argument
	star bool   // it is unpacked
	object
	start, end int // offsets in the source
}

// pyCall is a call with its arguments evaluated.
type pyCall struct {
	at   int // the offset of the called name
	self object
	args []pyArgument
}

// taint is the union of what the arguments carry.
func (c *pyCall) taint() taint {
	t := c.self.taint
	for _, a := range c.args {
		t |= a.taint
	}
	return t
}

// get returns the argument at a position or of one of the names.
func (c *pyCall) get(i int, names ...string) (pyArgument, bool) {
	for _, a := range c.args {
		if a.name != "" && slices.Contains(names, a.name) {
			return a, true
		}
	}
	if i < 0 {
		return pyArgument{}, false
	}
	for _, a := range c.args {
		if a.name != "" || a.star {
			continue
		}
		if i == 0 {
			return a, true
		}
		i--
	}
	return pyArgument{}, false
}

// arg is get without the answer whether there is one.
func (c *pyCall) arg(i int, names ...string) object {
	a, ok := c.get(i, names...)
	if !ok {
		return opaqueObject(0)
	}
	return a.object
}

// arguments reads the arguments in the brackets at the position.
func (p *python) arguments() []pyArgument {
	mate := p.tokens[p.pos].mate
	p.pos++
	var out []pyArgument
	p.within(mate, func() {
		for p.pos < p.end {
			next := p.find(",")
			p.within(next, func() {
				if p.pos >= p.end {
					return
				}
				a := pyArgument{start: p.tokens[p.pos].start, end: p.tokens[p.end-1].end}
				switch {
				case p.peek(1) == "=" && p.tokens[p.pos].kind == pyName:
					a.name = p.name()
					p.pos++
					if p.pos < p.end {
						a.start = p.tokens[p.pos].start
					}
				case p.peek(0) == "*" || p.peek(0) == "**":
					a.star = true
					p.pos++
				}
				if p.generator(p.end) {
					a.object = p.comprehension(p.end, true)
				} else {
					a.object = p.all()
				}
				if a.star && a.kind == objList {
					for _, item := range a.items {
						out = append(out, pyArgument{object: item, start: a.start, end: a.end})
					}
					return
				}
				out = append(out, a)
			})
			p.pos = next + 1
		}
	})
	p.pos = mate + 1
	return out
}

// call calls a value.
func (p *python) call(o object, c *pyCall) object {
	switch own := o.own.(type) {
	case *pyFunction:
		return p.invoke(own, c, nil)
	case *pyClass:
		if o.kind == objOwn {
			return p.construct(own, c)
		}
	}
	if o.kind == objRef {
		c.self.taint |= o.taint
		return p.library(o.ref, c)
	}
	return opaqueObject(o.taint | c.taint())
}

// construct makes an object of a class of the script.
func (p *python) construct(class *pyClass, c *pyCall) object {
	o := object{kind: objInstance, own: class, value: opaque(c.taint())}
	if class.base.kind == objRef {
		o.ref = class.base.ref + "()"
	}
	if f := class.methods["__init__"]; f != nil {
		p.invoke(f, c, &o)
	}
	return o
}

// invoke reads the body of a function for the arguments of a call.
func (p *python) invoke(f *pyFunction, c *pyCall, self *object) object {
	w := p.work
	if f.active || w.calls >= maxCalls || w.repeats <= 0 {
		t := c.taint()
		if self != nil {
			t |= self.taint
		}
		return opaqueObject(t)
	}
	if f.read {
		w.again++
		defer func() { w.again-- }()
	}
	o := f.owner.enter(f, c, self)
	f.read = f.read || w.again == 0 || w.repeats > 0
	return o
}

// enter reads the body of a function of this text; c is nil where nothing is
// known of the arguments.
func (p *python) enter(f *pyFunction, c *pyCall, self *object) object {
	f.active = true
	p.work.calls++
	pos, end, scope, span, indent, suite, peeking, level := p.pos, p.end, p.scope, p.span, p.indent, p.suite, p.peeking, p.level
	defer func() {
		p.pos, p.end, p.scope, p.span, p.indent, p.suite, p.peeking, p.level = pos, end, scope, span, indent, suite, peeking, level
		p.work.calls--
		f.active = false
	}()
	p.peeking, p.level = false, f.level
	inner := &pyScope{vars: map[string]object{}, parent: f.scope, result: opaqueObject(0)}
	p.scope = f.scope
	p.assignParameters(f, c, self, inner)
	p.scope = inner
	if f.lambda {
		p.pos, p.end = f.from, f.to
		return p.all()
	}
	if len(f.lines) > 0 {
		inner.indent = f.lines[0].indent
	}
	if f.from < f.to {
		p.pos, p.end, p.indent, p.suite = f.from, f.to, 0, false
		p.span = [2]int{p.tokens[f.from].start, p.tokens[f.to-1].end}
		p.statement()
	}
	p.run(f.lines)
	return inner.result
}

// assignParameters gives a function's parameters their values.
func (p *python) assignParameters(f *pyFunction, c *pyCall, self *object, scope *pyScope) {
	n := 0
	for i, param := range f.params {
		o := opaqueObject(0)
		switch {
		case i == 0 && f.method && self != nil:
			scope.vars[param.name] = *self
			continue
		case i == 0 && f.method && c == nil:
			scope.vars[param.name] = object{kind: objInstance, own: f.class, value: opaque(0)}
			continue
		}
		given := false
		if c != nil && !param.star {
			var a pyArgument
			if a, given = c.get(n, param.name); given {
				o = a.object
			}
			n++
		}
		if !given && param.from < param.to {
			p.pos, p.end = param.from, param.to
			o = p.all()
			given = true
		}
		if !given && c != nil {
			o.taint |= c.taint() // of what is unpacked
		}
		scope.vars[param.name] = o
	}
}
