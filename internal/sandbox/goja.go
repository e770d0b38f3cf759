package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// gojaDepth is how deep calls may nest. Calls through native functions take Go's
// stack, which this keeps far below its end.
const gojaDepth = 2000

// gojaMachine runs scripts under goja. Promise jobs run when a call from here
// ends. An uncaught stack overflow or interrupt cannot be caught by a script and
// drops the jobs.
type gojaMachine struct {
	host    *host
	prelude *prelude
	vm      *goja.Runtime
	stepper goja.Callable
	// syntaxError is the engine's own SyntaxError.
	syntaxError *goja.Object
	// rejected are the promises that were rejected and have no handler yet, in
	// order.
	rejected []*goja.Promise
}

// exitSignal is what the runtime is interrupted with to end a step.
type exitSignal struct{}

func newGoja(h *host, p *prelude) (runner, error) {
	p.gojaOnce.Do(func() { p.goja, p.gojaErr = compileGoja(inside, p.text) })
	if p.gojaErr != nil {
		return nil, fmt.Errorf("prelude: %w", p.locate(p.gojaErr))
	}
	m := &gojaMachine{host: h, prelude: p, vm: goja.New()}
	now := time.UnixMilli(h.world.Identity.Now)
	m.vm.SetTimeSource(func() time.Time { return now })
	m.vm.SetRandSource(func() float64 { return float64(h.random.Uint64()>>11) / (1 << 53) })
	m.vm.SetMaxCallStackSize(gojaDepth)
	m.vm.SetPromiseRejectionTracker(m.track)
	return m, nil
}

func (m *gojaMachine) track(p *goja.Promise, operation goja.PromiseRejectionOperation) {
	const most = 1000
	if operation == goja.PromiseRejectionReject {
		if len(m.rejected) < most {
			m.rejected = append(m.rejected, p)
		}
		return
	}
	for i, r := range m.rejected {
		if r == p {
			m.rejected = append(m.rejected[:i], m.rejected[i+1:]...)
			return
		}
	}
}

func (m *gojaMachine) interrupt() { m.vm.Interrupt(ended{reason: OutOfTime}) }
func (m *gojaMachine) close()     {}

func (m *gojaMachine) start() error {
	if _, err := m.vm.RunProgram(bindEvalGoja); err != nil {
		return m.failure(err)
	}
	m.syntaxError = m.vm.Get("SyntaxError").ToObject(m.vm)
	object := m.vm.NewObject()
	for _, f := range functions() {
		if err := object.Set(f.name, func(call goja.FunctionCall) goja.Value { return m.call(&f, call) }); err != nil {
			return err
		}
	}
	v, err := m.vm.RunProgram(m.prelude.goja)
	if err != nil {
		return m.failure(err)
	}
	main, ok := goja.AssertFunction(v)
	if !ok {
		return errors.New("no function")
	}
	if v, err = main(goja.Undefined(), object); err != nil {
		return m.failure(err)
	}
	if o, ok := v.(*goja.Object); ok {
		m.stepper, ok = goja.AssertFunction(o.Get("step"))
		if ok {
			return nil
		}
	}
	return errors.New("it returns no object with a function step")
}

// bindEval makes the name eval mean the engine's own function wherever a script
// says just that, so that direct calls stay direct: the prelude may put another
// function into the global object, for all other ways to get at it.
const bindEval = "let eval = globalThis.eval;"

var bindEvalGoja = goja.MustCompile(inside, bindEval, false)

func (m *gojaMachine) step() (progress, error) {
	m.rejected = m.rejected[:0]
	v, err := m.stepper(goja.Undefined())
	if err != nil {
		return 0, m.failure(err)
	}
	if len(m.rejected) > 0 {
		m.host.uncaught(m.describe(m.rejected[0].Result()))
	}
	if s, ok := v.(goja.String); ok && s.String() == "exit" {
		return exited, nil
	}
	if v.StrictEquals(m.vm.ToValue(true)) {
		return more, nil
	}
	return finished, nil
}

// failure tells what an error of the runtime means.
func (m *gojaMachine) failure(err error) error {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	var exception *goja.Exception
	switch {
	case errors.As(err, &interrupted):
		switch v := interrupted.Value().(type) {
		case ended:
			return v
		case exitSignal:
			return errExit
		}
	case errors.As(err, &overflow):
		return ended{reason: OutOfStack, message: "stack overflow"}
	case errors.As(err, &exception):
		if m.stepper != nil {
			return thrown{m.describe(exception.Value())}
		}
		return thrown{exception.String()} // the prelude's own, with its stack
	}
	return err
}

// describe returns an exception as text. That may run a script's code, which may
// throw again.
func (m *gojaMachine) describe(v goja.Value) (text string) {
	defer func() {
		if recover() != nil {
			text = "an exception without text"
		}
	}()
	switch v.(type) {
	case nil:
		return "undefined"
	case *goja.Symbol:
		return "a symbol"
	}
	if e := m.vm.Try(func() { text = v.String() }); e != nil {
		return "an exception without text"
	}
	return text
}

// call calls a function of the host.
func (m *gojaMachine) call(f *function, call goja.FunctionCall) goja.Value {
	args := make([]argument, 0, f.arity)
	for i := range min(f.arity, len(call.Arguments)) {
		a, ok := gojaArgument(call.Arguments[i])
		if !ok {
			panic(m.vm.NewTypeError(fmt.Sprintf("%s: argument %d is no primitive value", f.name, i+1)))
		}
		args = append(args, a)
	}
	if f.name == "record" && len(args) == f.arity && args[5].text == "" {
		args[5].text = m.here()
	}
	switch a := f.do(m.host, args); a.kind {
	case answerText:
		return gojaText(m.vm, a.text)
	case answerFlag:
		return m.vm.ToValue(a.flag)
	case answerList:
		list := make([]any, len(a.list))
		for i, s := range a.list {
			list[i] = gojaText(m.vm, s)
		}
		return m.vm.NewArray(list...)
	case answerProgram:
		return m.compile(a.code)
	case answerThrow:
		panic(m.vm.NewTypeError(a.text))
	case answerSyntax:
		panic(m.refuse(a.text))
	case answerExit:
		m.vm.Interrupt(exitSignal{})
		return goja.Undefined()
	default:
		return goja.Null()
	}
}

func gojaText(vm *goja.Runtime, s string) goja.Value { return vm.ToValue(s) }

// gojaArgument reads a primitive value. It runs no code of a script's.
func gojaArgument(v goja.Value) (argument, bool) {
	switch v := v.(type) {
	case *goja.Object, *goja.Symbol:
		return argument{}, false
	case goja.String:
		if v.Length() > maxArgument {
			return argument{text: v.Substring(0, maxArgument).String(), cut: true}, true
		}
		return argument{text: v.String()}, true
	default:
		if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
			return argument{missing: true}, true
		}
		return argument{text: v.String()}, true
	}
}

// here returns the stack as text.
func (m *gojaMachine) here() string {
	const most = 64
	var b strings.Builder
	for _, f := range m.vm.CaptureCallStack(most, nil) {
		if p := f.Position(); p.Filename != "" {
			fmt.Fprintf(&b, "at %s:%d:%d\n", p.Filename, p.Line, p.Column)
		} else if f.SrcName() != "<native>" {
			fmt.Fprintf(&b, "at <eval>:%d:%d\n", p.Line, p.Column)
		}
	}
	return b.String()
}

// compile makes a function of a program.
func (m *gojaMachine) compile(code program) goja.Value {
	p, err := compileGoja(code.name, code.text)
	if err != nil {
		message := strings.TrimPrefix(err.Error(), "SyntaxError: ")
		m.host.refusedBy(code, message)
		panic(m.refuse(message))
	}
	if code.script {
		return m.vm.ToValue(func(goja.FunctionCall) goja.Value { return m.run(p) })
	}
	f := m.run(p)
	if _, ok := goja.AssertFunction(f); !ok {
		panic(m.refuse("Unexpected end of the text"))
	}
	return f
}

// compileGoja compiles a text. The engine's parser panics at some that it does not
// take, such as "\u{10ffff}".
func compileGoja(name, text string) (p *goja.Program, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: %v", name, v)
		}
	}()
	return goja.Compile(name, text, false)
}

// run runs a program within the one that called.
func (m *gojaMachine) run(p *goja.Program) goja.Value {
	v, err := m.vm.RunProgram(p)
	if err != nil {
		panic(err)
	}
	return v
}

// refuse makes what the engine throws for a text that it cannot compile.
func (m *gojaMachine) refuse(message string) goja.Value {
	e, err := m.vm.New(m.syntaxError, m.vm.ToValue(message))
	if err != nil {
		panic(err)
	}
	return e
}
