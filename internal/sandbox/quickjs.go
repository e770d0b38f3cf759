//go:build !386 && !arm

package sandbox

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// This file is a binding of its own to modernc.org/libquickjs: that of
// modernc.org/quickjs compiles under one file name, so that an event could not
// say where in which file it happened, and turns the objects that a function is
// given to JSON, which runs a script's code.
//
// A value of the engine is counted; who gets one from a function owns it, and
// arguments are borrowed.

// quickjsMachine runs scripts under QuickJS. A stack overflow and a lack of
// memory are exceptions that a script may catch.
type quickjsMachine struct {
	host    *host
	prelude *prelude
	list    []function
	pin     runtime.Pinner

	tls     *libc.TLS
	runtime uintptr
	context uintptr
	stepper lib.TJSValue
	// rejected are the promises that were rejected and have no handler yet, in
	// order, each with its reason.
	rejected []rejection

	stopped atomic.Bool // set by interrupt
	exiting bool        // the script ended its process
	started bool
	// inside counts the calls into the engine that did not return. After a panic
	// it stays above zero: the engine's state is not to be touched then.
	inside int
	// failed is what the host panicked with. A panic does not go through the
	// engine.
	failed any
}

type rejection struct{ promise, reason lib.TJSValue }

const valueSize = int(unsafe.Sizeof(lib.TJSValue{}))

func undefined() lib.TJSValue { return lib.TJSValue{Ftag: lib.EJS_TAG_UNDEFINED} }

func flagValue(b bool) lib.TJSValue {
	v := lib.TJSValue{Ftag: lib.EJS_TAG_BOOL}
	if b {
		v.Fu.Fuint641 = 1
	}
	return v
}

func tagOf(v lib.TJSValue) int32      { return int32(v.Ftag) }
func isException(v lib.TJSValue) bool { return tagOf(v) == lib.EJS_TAG_EXCEPTION }

// valueAt is a value in the engine's memory, which Go does not manage.
func valueAt(address uintptr) *lib.TJSValue { return *(**lib.TJSValue)(unsafe.Pointer(&address)) }

// machineAt is the machine that the engine knows by an address. It is pinned.
func machineAt(address uintptr) *quickjsMachine {
	return *(**quickjsMachine)(unsafe.Pointer(&address))
}

// pointer is a Go function as the engine takes it: what C would call.
func pointer(f any) uintptr { return (*[2]uintptr)(unsafe.Pointer(&f))[1] }

// cString copies a text to the engine's memory. It must be freed.
func cString(s string) uintptr {
	p, err := libc.CString(s)
	if err != nil {
		panic(err) // no memory: as where Go has none
	}
	return p
}

func newQuickJS(h *host, limits Limits, p *prelude) (runner, error) {
	p.quickjsOnce.Do(func() {
		p.quickjsErr = guard(func() (err error) {
			p.quickjs, err = compilePrelude(p)
			return err
		})
	})
	if p.quickjsErr != nil {
		return nil, p.quickjsErr
	}
	m, err := openQuickJS(limits.Memory)
	if err != nil {
		return nil, err
	}
	m.host, m.prelude, m.list = h, p, functions()
	return m, nil
}

// openQuickJS makes an engine without a host.
func openQuickJS(memory int64) (*quickjsMachine, error) {
	const least = 4 << 20 // the engine itself needs some
	m := &quickjsMachine{tls: libc.NewTLS()}
	m.runtime = lib.XJS_NewRuntime(m.tls)
	if m.runtime == 0 {
		m.tls.Close()
		return nil, errors.New("quickjs: no memory")
	}
	lib.XJS_SetMemoryLimit(m.tls, m.runtime, lib.Tsize_t(max(memory, least)))
	m.context = lib.XJS_NewContext(m.tls, m.runtime)
	if m.context == 0 {
		lib.XJS_FreeRuntime(m.tls, m.runtime)
		m.tls.Close()
		return nil, errors.New("quickjs: no memory")
	}
	m.pin.Pin(m)
	self := uintptr(unsafe.Pointer(m))
	lib.XJS_SetContextOpaque(m.tls, m.context, self)
	lib.XJS_SetInterruptHandler(m.tls, m.runtime, pointer(interruptQuickJS), self)
	lib.XJS_SetHostPromiseRejectionTracker(m.tls, m.runtime, pointer(trackQuickJS), self)
	m.stepper = undefined()
	return m, nil
}

func compilePrelude(p *prelude) ([]byte, error) {
	const memory = 256 << 20
	m, err := openQuickJS(memory)
	if err != nil {
		return nil, err
	}
	defer m.close()
	v := m.eval(p.text, inside, lib.MJS_EVAL_FLAG_COMPILE_ONLY)
	if isException(v) {
		return nil, fmt.Errorf("prelude: %w", p.locate(errors.New(m.takeException(true))))
	}
	defer m.free(v)
	size := m.tls.Alloc(8)
	defer m.tls.Free(8)
	data := lib.XJS_WriteObject(m.tls, m.context, size, v, lib.MJS_WRITE_OBJ_BYTECODE)
	if data == 0 {
		return nil, errors.New("prelude: " + m.takeException(true))
	}
	defer lib.Xjs_free(m.tls, m.context, data)
	return append([]byte(nil), libc.GoBytes(data, int(**(**lib.Tsize_t)(unsafe.Pointer(&size))))...), nil
}

// interruptQuickJS tells the engine whether to stop.
func interruptQuickJS(_ *libc.TLS, _, opaque uintptr) int32 {
	if machineAt(opaque).stopped.Load() {
		return 1
	}
	return 0
}

func trackQuickJS(tls *libc.TLS, context uintptr, promise, reason lib.TJSValue, handled lib.TBOOL, opaque uintptr) {
	const most = 1000
	m := machineAt(opaque)
	if handled == 0 {
		if len(m.rejected) < most {
			m.rejected = append(m.rejected, rejection{lib.XDupValue(tls, context, promise), lib.XDupValue(tls, context, reason)})
		}
		return
	}
	for i, r := range m.rejected {
		if r.promise == promise {
			m.rejected = append(m.rejected[:i], m.rejected[i+1:]...)
			m.free(r.promise)
			m.free(r.reason)
			return
		}
	}
}

func (m *quickjsMachine) interrupt() { m.stopped.Store(true) }

func (m *quickjsMachine) free(v lib.TJSValue) { lib.XFreeValue(m.tls, m.context, v) }

// close frees the engine. One that panicked is left as it is: its objects cannot
// be walked.
func (m *quickjsMachine) close() {
	defer m.pin.Unpin()
	if m.inside > 0 {
		return
	}
	m.forget()
	m.free(m.stepper)
	lib.XJS_FreeContext(m.tls, m.context)
	lib.XJS_FreeRuntime(m.tls, m.runtime)
	m.tls.Close()
}

// forget drops the rejected promises.
func (m *quickjsMachine) forget() {
	for _, r := range m.rejected {
		m.free(r.promise)
		m.free(r.reason)
	}
	m.rejected = m.rejected[:0]
}

// enter marks a call into the engine, and leave its end. A panic goes past leave,
// which is why it is not deferred.
func (m *quickjsMachine) enter() { m.inside++ }

func (m *quickjsMachine) leave() {
	m.inside--
	if p := m.failed; p != nil && m.inside == 0 {
		m.failed = nil
		panic(p)
	}
}

// eval evaluates global code, or compiles it.
func (m *quickjsMachine) eval(text, name string, flags int32) lib.TJSValue {
	source, file := cString(text), cString(name)
	defer libc.Xfree(m.tls, source)
	defer libc.Xfree(m.tls, file)
	m.enter()
	v := lib.XJS_Eval(m.tls, m.context, source, lib.Tsize_t(len(text)), file, lib.MJS_EVAL_TYPE_GLOBAL|flags)
	m.leave()
	return v
}

func (m *quickjsMachine) call(f lib.TJSValue, args ...lib.TJSValue) lib.TJSValue {
	var list uintptr
	if len(args) > 0 {
		list = libc.Xmalloc(m.tls, lib.Tsize_t(len(args)*valueSize))
		defer libc.Xfree(m.tls, list)
		for i, v := range args {
			*valueAt(list + uintptr(i*valueSize)) = v
		}
	}
	m.enter()
	v := lib.XJS_Call(m.tls, m.context, f, undefined(), int32(len(args)), list)
	m.leave()
	return v
}

func (m *quickjsMachine) start() error {
	v := m.eval(bindEval, inside, 0)
	if isException(v) {
		return m.failure()
	}
	m.free(v)
	v = m.load(m.prelude.quickjs)
	if isException(v) {
		return m.failure()
	}
	object := m.hostObject()
	result := m.call(v, object)
	m.free(v)
	m.free(object)
	if isException(result) {
		return m.failure()
	}
	m.stepper = m.property(result, "step")
	m.free(result)
	if lib.XJS_IsFunction(m.tls, m.context, m.stepper) == 0 {
		return errors.New("it returns no object with a function step")
	}
	m.started = true
	return nil
}

// load runs a program that was compiled before.
func (m *quickjsMachine) load(code []byte) lib.TJSValue {
	data := cString(string(code))
	defer libc.Xfree(m.tls, data)
	m.enter()
	v := lib.XJS_ReadObject(m.tls, m.context, data, lib.Tsize_t(len(code)), lib.MJS_READ_OBJ_BYTECODE)
	if !isException(v) {
		v = lib.XJS_EvalFunction(m.tls, m.context, v)
	}
	m.leave()
	return v
}

// hostObject makes __host.
func (m *quickjsMachine) hostObject() lib.TJSValue {
	object := lib.XJS_NewObject(m.tls, m.context)
	for i, f := range m.list {
		name := cString(f.name)
		v := lib.XJS_NewCFunction2(m.tls, m.context, pointer(callQuickJS), name, int32(f.arity), lib.EJS_CFUNC_generic_magic, int32(i))
		lib.XJS_SetPropertyStr(m.tls, m.context, object, name, v) // takes v
		libc.Xfree(m.tls, name)
	}
	return object
}

func (m *quickjsMachine) property(object lib.TJSValue, name string) lib.TJSValue {
	p := cString(name)
	defer libc.Xfree(m.tls, p)
	m.enter()
	v := lib.XJS_GetPropertyStr(m.tls, m.context, object, p)
	m.leave()
	return v
}

func (m *quickjsMachine) step() (progress, error) {
	m.forget()
	v := m.call(m.stepper)
	if isException(v) {
		err := m.failure()
		if !errors.As(err, new(thrown)) {
			return 0, err
		}
		// What the jobs do counts, also behind an exception.
		if e := m.jobs(); e != nil && !errors.As(e, new(thrown)) {
			return 0, e
		}
		return 0, err
	}
	defer m.free(v)
	if err := m.jobs(); err != nil {
		return 0, err
	}
	if len(m.rejected) > 0 {
		m.host.uncaught(m.describe(m.rejected[0].reason))
		if m.stopped.Load() {
			return 0, ended{reason: OutOfTime}
		}
	}
	switch tagOf(v) {
	case lib.EJS_TAG_BOOL:
		if v.Fu.Fuint641 != 0 {
			return more, nil
		}
	case lib.EJS_TAG_STRING, lib.EJS_TAG_STRING_ROPE:
		if s, ok := m.text(v); ok && s == "exit" {
			return exited, nil
		}
	}
	return finished, nil
}

// jobs runs the promise jobs until there are none.
func (m *quickjsMachine) jobs() error {
	context := m.tls.Alloc(8)
	defer m.tls.Free(8)
	for {
		m.enter()
		n := lib.XJS_ExecutePendingJob(m.tls, m.runtime, context)
		m.leave()
		switch {
		case m.stopped.Load() || m.exiting:
			return m.failure()
		case n < 0:
			return m.failure()
		case n == 0:
			return nil
		}
	}
}

// failure takes the pending exception and tells what it means.
func (m *quickjsMachine) failure() error {
	switch {
	case m.exiting:
		m.exiting = false
		m.drop()
		return errExit
	case m.stopped.Load():
		m.drop()
		return ended{reason: OutOfTime}
	}
	message := m.takeException(!m.started)
	switch message {
	case "InternalError: out of memory":
		return ended{reason: OutOfMemory, message: "out of memory"}
	case "InternalError: stack overflow":
		return ended{reason: OutOfStack, message: "stack overflow"}
	}
	return thrown{message}
}

// drop drops the pending exception, if there is one.
func (m *quickjsMachine) drop() {
	m.free(lib.XJS_GetException(m.tls, m.context))
	lib.XJS_SetUncatchableException(m.tls, m.context, 0)
}

// takeException returns the pending exception as text, with its stack where that
// is asked for.
func (m *quickjsMachine) takeException(stack bool) string {
	e := lib.XJS_GetException(m.tls, m.context)
	defer m.free(e)
	text := m.describe(e)
	if stack {
		v := m.property(e, "stack")
		defer m.free(v)
		if s, ok := m.primitive(v); ok {
			text += "\n" + s.text
		}
	}
	return text
}

// describe returns an exception as text. That may run a script's code.
func (m *quickjsMachine) describe(v lib.TJSValue) string {
	if s, ok := m.text(v); ok {
		return s
	}
	m.drop()
	if tagOf(v) == lib.EJS_TAG_SYMBOL {
		return "a symbol"
	}
	return "an exception without text"
}

// text returns a value as a text. Where it is false, an exception is pending.
func (m *quickjsMachine) text(v lib.TJSValue) (string, bool) {
	size := m.tls.Alloc(8)
	defer m.tls.Free(8)
	m.enter()
	p := lib.XJS_ToCStringLen2(m.tls, m.context, size, v, 0)
	m.leave()
	if p == 0 {
		return "", false
	}
	defer lib.XJS_FreeCString(m.tls, m.context, p)
	return string(libc.GoBytes(p, int(**(**lib.Tsize_t)(unsafe.Pointer(&size))))), true
}

// primitive reads an argument. It runs no code of a script's.
func (m *quickjsMachine) primitive(v lib.TJSValue) (argument, bool) {
	switch tagOf(v) {
	case lib.EJS_TAG_STRING, lib.EJS_TAG_STRING_ROPE:
		s, ok := m.text(v)
		if !ok {
			m.drop()
			return argument{cut: true}, true // no memory for a copy
		}
		return argument{text: head(s, maxArgument), cut: len(s) > maxArgument}, true
	case lib.EJS_TAG_INT:
		return argument{text: strconv.Itoa(int(int32(v.Fu.Fuint641)))}, true
	case lib.EJS_TAG_FLOAT64:
		return argument{text: strconv.FormatFloat(math.Float64frombits(v.Fu.Fuint641), 'f', -1, 64)}, true
	case lib.EJS_TAG_BOOL:
		return argument{text: strconv.FormatBool(v.Fu.Fuint641 != 0)}, true
	case lib.EJS_TAG_NULL, lib.EJS_TAG_UNDEFINED:
		return argument{missing: true}, true
	}
	return argument{}, false
}

// newText makes a string.
func (m *quickjsMachine) newText(s string) lib.TJSValue {
	p := cString(s)
	defer libc.Xfree(m.tls, p)
	return lib.XJS_NewStringLen(m.tls, m.context, p, lib.Tsize_t(len(s)))
}

// callQuickJS is what the engine calls for each function of __host.
func callQuickJS(_ *libc.TLS, context uintptr, _ lib.TJSValue, argc int32, argv uintptr, magic int32) (result lib.TJSValue) {
	m := machineAt(lib.XJS_GetContextOpaque(nil, context))
	inside := m.inside
	defer func() {
		if p := recover(); p != nil {
			if m.inside > inside {
				panic(p) // the engine's own, called from here
			}
			m.failed = p
			result = m.uncatchable("the host failed")
		}
	}()
	result = m.callHost(&m.list[magic], int(argc), argv)
	if m.stopped.Load() || m.exiting {
		m.free(result)
		return m.uncatchable("interrupted")
	}
	return result
}

func (m *quickjsMachine) callHost(f *function, argc int, argv uintptr) lib.TJSValue {
	args := make([]argument, 0, f.arity)
	for i := range min(f.arity, argc) {
		a, ok := m.primitive(*valueAt(argv + uintptr(i*valueSize)))
		if !ok {
			return m.throw(lib.XJS_ThrowTypeError, fmt.Sprintf("%s: argument %d is no primitive value", f.name, i+1))
		}
		args = append(args, a)
	}
	if f.name == "record" && len(args) == f.arity && args[5].text == "" && len(m.host.events) < MaxEvents {
		args[5].text = m.here()
	}
	switch a := f.do(m.host, args); a.kind {
	case answerText:
		return m.newText(a.text)
	case answerFlag:
		return flagValue(a.flag)
	case answerList:
		return m.newList(a.list)
	case answerProgram:
		return m.compile(a.code)
	case answerThrow:
		return m.throw(lib.XJS_ThrowTypeError, a.text)
	case answerSyntax:
		return m.throw(lib.XJS_ThrowSyntaxError, a.text)
	case answerExit:
		m.exiting = true
		return undefined()
	default:
		return lib.TJSValue{Ftag: lib.EJS_TAG_NULL}
	}
}

func (m *quickjsMachine) newList(list []string) lib.TJSValue {
	v := lib.XJS_NewArray(m.tls, m.context)
	for i, s := range list {
		// It takes the string, and does not look at a prototype.
		if lib.XJS_DefinePropertyValueUint32(m.tls, m.context, v, uint32(i), m.newText(s), lib.MJS_PROP_C_W_E) < 0 {
			m.free(v)
			return lib.TJSValue{Ftag: lib.EJS_TAG_EXCEPTION}
		}
	}
	return v
}

// throw throws an error with a message.
func (m *quickjsMachine) throw(how func(*libc.TLS, uintptr, uintptr, uintptr) lib.TJSValue, message string) lib.TJSValue {
	const most = 1 << 10
	format, p := cString("%s"), cString(head(message, most))
	defer libc.Xfree(m.tls, format)
	defer libc.Xfree(m.tls, p)
	list := m.tls.Alloc(16)
	defer m.tls.Free(16)
	return how(m.tls, m.context, format, libc.VaList(list+8, p))
}

// uncatchable throws what no script can catch.
func (m *quickjsMachine) uncatchable(message string) lib.TJSValue {
	v := m.throw(lib.XJS_ThrowInternalError, message)
	lib.XJS_SetUncatchableException(m.tls, m.context, 1)
	return v
}

// here returns the stack as text.
func (m *quickjsMachine) here() string {
	m.throw(lib.XJS_ThrowInternalError, "")
	e := lib.XJS_GetException(m.tls, m.context)
	defer m.free(e)
	v := m.property(e, "stack") // the error's own
	defer m.free(v)
	a, _ := m.primitive(v)
	return a.text
}

// compile makes a function of a program.
func (m *quickjsMachine) compile(code program) lib.TJSValue {
	flags := int32(0)
	if code.script {
		flags = lib.MJS_EVAL_FLAG_COMPILE_ONLY
	}
	v := m.eval(code.text, code.name, flags)
	if isException(v) {
		e := lib.XJS_GetException(m.tls, m.context)
		m.host.refusedBy(code, m.describe(e))
		return lib.XJS_Throw(m.tls, m.context, e)
	}
	if code.script {
		defer m.free(v)
		data := m.tls.Alloc(valueSize)
		defer m.tls.Free(valueSize)
		*valueAt(data) = v
		return lib.XJS_NewCFunctionData(m.tls, m.context, pointer(runQuickJS), 0, 0, 1, data)
	}
	if lib.XJS_IsFunction(m.tls, m.context, v) == 0 {
		m.free(v)
		return m.throw(lib.XJS_ThrowSyntaxError, "Unexpected end of the text")
	}
	return v
}

// runQuickJS runs a compiled script.
func runQuickJS(tls *libc.TLS, context uintptr, _ lib.TJSValue, _ int32, _ uintptr, _ int32, data uintptr) lib.TJSValue {
	return lib.XJS_EvalFunction(tls, context, lib.XDupValue(tls, context, *valueAt(data)))
}
