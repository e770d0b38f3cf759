package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/javascript"
)

// maxArgument bounds the text of one argument of a host function, in bytes of
// UTF-8.
const maxArgument = 32 << 20

// host is what the prelude can call, and what it recorded. Both engines call it
// with primitive values alone.
type host struct {
	world  *World
	text   string // the world as JSON
	read   func(path string) ([]byte, bool)
	random *rand.ChaCha8
	files  map[string]bool // the package's, by the names that engines have for them
	// compiled are the texts that were compiled, by the name that the engine has
	// for them.
	compiled map[string]compiled

	// mu guards what follows: a stuck engine goes on while its trace is read. Once
	// that is, sealed keeps it as it is.
	mu      sync.Mutex
	sealed  bool
	events  []Event
	dropped int
	data    int // bytes of Data that are kept
	// message is the first uncaught exception, and refused the first syntax that
	// the engine lacks.
	message, refused string
}

// compiled is a text that an engine compiled.
type compiled struct {
	file string // "" for evaluated code
	// place returns where a place is in the file, where it was rewritten.
	place func(line, column int) (int, int)
}

func newHost(world *World, read func(path string) ([]byte, bool)) (*host, error) {
	text, err := json.Marshal(world)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	h := &host{
		world:    world,
		text:     string(text),
		read:     read,
		random:   rand.NewChaCha8([32]byte{}),
		files:    make(map[string]bool),
		compiled: make(map[string]compiled),
	}
	for _, file := range world.Package.Files {
		h.files[safeName(file)] = true
	}
	return h, nil
}

// argument is a primitive value that a host function is called with.
type argument struct {
	text string
	// missing marks undefined and null, and cut a text longer than maxArgument.
	missing, cut bool
}

// answer is what a host function gives.
type answer struct {
	kind answerKind
	text string
	list []string
	flag bool
	code program
}

type answerKind uint8

const (
	answerNull answerKind = iota
	answerText
	answerFlag
	answerList
	answerProgram // a function that the engine makes of the code
	answerThrow   // a TypeError
	answerSyntax  // a SyntaxError
	answerExit    // what runs ends at once
)

// program is a text to compile. Its value is a function; where script is set, it
// is global code, and the function runs it.
type program struct {
	text, name string
	script     bool
}

func textOf(s string) answer { return answer{kind: answerText, text: s} }
func flagOf(b bool) answer   { return answer{kind: answerFlag, flag: b} }
func bytesOf(b []byte) answer {
	return answer{kind: answerText, text: latin1(b)}
}
func throw(format string, args ...any) answer {
	return answer{kind: answerThrow, text: fmt.Sprintf(format, args...)}
}

// latin1 returns bytes as a string with one character for each.
func latin1(data []byte) string {
	var b strings.Builder
	b.Grow(len(data) + len(data)/2)
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// bytes is the reverse of latin1. Characters above 255 keep their low byte, as in
// Node.js.
func (a argument) bytes() []byte {
	data := make([]byte, 0, len(a.text))
	for _, r := range a.text {
		data = append(data, byte(r))
	}
	return data
}

// number reads an argument that is a whole number from low to high.
func (a argument) number(low, high int) (int, bool) {
	n, err := strconv.Atoi(a.text)
	return n, err == nil && low <= n && n <= high
}

// function is one function of __host. It is called with arity arguments; those
// that the caller left out are missing.
type function struct {
	name     string
	arity    int
	optional int // how many of the last arguments may be missing
	call     func(h *host, args []argument) answer
}

// functions are the functions of __host:
//
//	world() → string                                    the World as JSON
//	read(path) → string | null                          a package file, one character per byte
//	record(kind, api, target, detail, data, at, phase)  → boolean: false where the trace is full.
//	                                                    data is one character per byte; at is "" for where the
//	                                                    call stands, or the stack of an Error
//	compile(source, file, kind) → function              kind: "module", "script", "function"
//	rewrite(source, file?) → string
//	hash(algorithm, data) → string | null
//	hmac(algorithm, key, data) → string | null
//	cipher(algorithm, encrypt, key, iv, data, aad, tag, padding?) → [output, tag] | string, the error.
//	                                                    padding false: none
//	derive("pbkdf2", password, salt, iterations, length, digest) → string | null
//	derive("scrypt", password, salt, N, r, p, length) → string | null
//	random(n) → string
//	inflate(kind, data) → string | null                 kind: "gzip", "zlib", "raw"
//	deflate(kind, data) → string | null
//	exit()                                              ends the step at once: neither catch nor finally runs
func functions() []function {
	return []function{
		{"world", 0, 0, func(h *host, _ []argument) answer { return textOf(h.text) }},
		{"read", 1, 0, (*host).readFile},
		{"record", 7, 0, (*host).record},
		{"compile", 3, 0, (*host).compile},
		{"rewrite", 2, 1, (*host).rewrite},
		{"hash", 2, 0, (*host).hash},
		{"hmac", 3, 0, (*host).hmac},
		{"cipher", 8, 3, (*host).cipher},
		{"derive", 7, 1, (*host).derive},
		{"random", 1, 0, (*host).randomBytes},
		{"inflate", 2, 0, (*host).inflate},
		{"deflate", 2, 0, (*host).deflate},
		{"exit", 0, 0, func(*host, []argument) answer { return answer{kind: answerExit} }},
	}
}

// do calls a function with what an engine read of its arguments.
func (f *function) do(h *host, args []argument) answer {
	for len(args) < f.arity {
		args = append(args, argument{missing: true})
	}
	args = args[:f.arity]
	for i, a := range args {
		if a.missing && i < f.arity-f.optional {
			return throw("%s: argument %d is missing", f.name, i+1)
		}
		if a.cut && f.name != "record" {
			return throw("%s: argument %d is too long", f.name, i+1)
		}
	}
	return f.call(h, args)
}

func (h *host) readFile(args []argument) answer {
	data, ok := h.read(args[0].text)
	if !ok {
		return answer{}
	}
	return bytesOf(data)
}

func isKind(kind Kind) bool {
	return slices.Contains([]Kind{Send, Lookup, Spawn, Read, Write, Delete, Env, Ask, Eval, Load, Patch, Listen, Serve, Missing, Decipher}, kind)
}

func isPhase(phase Phase) bool {
	return slices.Contains([]Phase{Running, Exiting, Calling, Browsing}, phase)
}

// record keeps an event. at has the place of the call where the prelude gave no
// stack: the engine put it there.
func (h *host) record(args []argument) answer {
	kind, phase := Kind(args[0].text), Phase(args[6].text)
	if !isKind(kind) || !isPhase(phase) {
		return throw("record: no event %q in a phase %q", kind, phase)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == MaxEvents || h.sealed {
		h.dropped++
		return flagOf(false)
	}
	e := Event{
		Kind:   kind,
		API:    clip(args[1].text),
		Target: clip(args[2].text),
		Detail: clip(args[3].text),
		At:     h.position(args[5].text),
		Phase:  phase,
	}
	// Cut first: what is not kept is not converted.
	data := argument{text: head(args[4].text, 2*MaxData)}.bytes()
	if room := min(MaxData, MaxAllData-h.data); len(data) > room {
		data = data[:room]
	}
	if len(data) > 0 {
		e.Data = slices.Clip(data)
		h.data += len(data)
	}
	h.events = append(h.events, e)
	return flagOf(true)
}

// head returns at most n bytes of a text, and no half of a character.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func clip(s string) string { return strings.ToValidUTF8(head(s, MaxText), "\uFFFD") }

// uncaught notes an exception that no script caught.
func (h *host) uncaught(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.message == "" {
		h.message = clip(message)
	}
}

func (h *host) trace(engine Engine, e ended) *Trace {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sealed = true
	message := clip(e.message)
	if h.refused != "" && (e.reason == Done || e.reason == Exit) {
		e.reason, message = Unsupported, h.refused
	}
	if message == "" {
		message = h.message
	}
	return &Trace{
		Engine: engine,
		World:  h.world.Identity.Name,
		Events: h.events,
		Ending: Ending{Reason: e.reason, Message: message, Dropped: h.dropped, Stuck: e.stuck},
	}
}

func (h *host) randomBytes(args []argument) answer {
	const most = 1 << 20
	n, ok := args[0].number(0, most)
	if !ok {
		return throw("random: not a number up to %d", most)
	}
	data := make([]byte, n)
	h.random.Read(data) // it never fails
	return bytesOf(data)
}

// moduleHead is what stands before a module's text.
const moduleHead = "(function (exports, require, module, __filename, __dirname, __import, __meta) {"

func (h *host) compile(args []argument) answer {
	source, file, kind := args[0].text, args[1].text, args[2].text
	switch kind {
	case "module":
		m, err := javascript.CommonJS([]byte(source), file)
		if err != nil {
			return h.refuse(err.Error())
		}
		text := moduleHead + m.Text + "\n})"
		m.Text = "" // is not kept
		name := h.name(file, func(line, column int) (int, int) {
			if line == 1 {
				column -= len(moduleHead)
			}
			return m.Place(line, column)
		})
		return answer{kind: answerProgram, code: program{text: text, name: name}}
	case "script":
		return answer{kind: answerProgram, code: program{text: rewritten(source), name: h.name(file, nil), script: true}}
	case "function":
		text, err := functionText(source)
		if err != nil {
			return throw("compile: %v", err)
		}
		return answer{kind: answerProgram, code: program{text: rewritten(text), name: h.name(file, nil)}}
	}
	return throw("compile: no kind %q", kind)
}

// functionText is the text of a function that was made of texts, as the language
// has it.
func functionText(source string) (string, error) {
	var f struct {
		Params []string `json:"params"`
		Body   string   `json:"body"`
		Kind   string   `json:"kind"`
	}
	if err := json.Unmarshal([]byte(source), &f); err != nil {
		return "", err
	}
	heads := map[string]string{
		"function": "function", "async": "async function",
		"generator": "function*", "asyncgenerator": "async function*",
	}
	head, ok := heads[f.Kind]
	if !ok {
		return "", fmt.Errorf("no kind of function %q", f.Kind)
	}
	return "(" + head + " anonymous(" + strings.Join(f.Params, ",") + "\n) {\n" + f.Body + "\n})", nil
}

func (h *host) rewrite(args []argument) answer { return textOf(rewritten(args[0].text)) }

// rewritten is a script in which direct calls of eval and import() are seen. A
// text that cannot be parsed stays as it is.
func rewritten(source string) string {
	text, err := javascript.Script([]byte(source))
	if err != nil {
		return source
	}
	return text
}

// refuse is what a text ends in that the engine cannot compile.
func (h *host) refuse(message string) answer {
	h.refusal(message)
	return answer{kind: answerSyntax, text: message}
}

// refusedBy notes that the engine does not take a text. Where the parser does not
// either, the fault is not the engine's.
func (h *host) refusedBy(code program, message string) {
	if h.compiled[code.name].file == "" {
		return
	}
	if len(javascript.Parse("file.js", []byte(code.text), javascript.Options{}).Errors) == 0 {
		h.refusal(message)
	}
}

func (h *host) refusal(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refused == "" {
		h.refused = clip(message)
	}
}

// name returns the name by which an engine is to know a text. place is set for a
// file of the package; evaluated code cannot have the name of one.
func (h *host) name(file string, place func(line, column int) (int, int)) string {
	name := safeName(file)
	isFile := h.files[name] || name == safeName(h.world.Entry.File)
	c := compiled{place: place}
	switch {
	case name == "" || isFile && place == nil:
		name = "evalmachine.<anonymous>"
	case isFile:
		c.file = file
	}
	h.compiled[name] = c
	return name
}

// safeName returns a name that cannot be taken for another frame of a stack.
func safeName(file string) string {
	const most = 1 << 10
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '(' || r == ')' || r == ':' || r == utf8.RuneError {
			return '_'
		}
		return r
	}, head(file, most))
}
