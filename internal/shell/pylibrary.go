package shell

import (
	"path"
	"slices"
	"strings"
)

// imports notes a module that the text loads: a file of the package may bear
// its name. Leading dots stand for the package of the file and those around it.
func (p *python) imports(module string) {
	name := strings.TrimLeft(module, ".")
	dir := p.folder
	for range len(module) - len(name) - 1 {
		dir = path.Join(dir, "..")
	}
	run := FileRun{Interpreter: "python", Path: shorten(path.Join(dir, strings.ReplaceAll(name, ".", "/")), maxPath)}
	type key struct{ imported string }
	if strings.Contains(module, unknown) || !p.first(key{run.Path}) || !p.room(len(p.script.Imports), MaxActs, "imports") {
		return
	}
	at := 0
	if p.pos > 0 && p.pos <= len(p.tokens) {
		at = p.tokens[p.pos-1].start
	}
	run.Line, run.Column = p.src.position(at)
	p.script.Imports = append(p.script.Imports, run)
}

// starNames are what from module import * brings that matters here.
var starNames = map[string][]string{
	"os":         {"system", "popen", "environ", "getenv", "remove", "unlink", "path", "getlogin", "fork", "startfile", "execv", "listdir"},
	"subprocess": {"run", "Popen", "call", "check_call", "check_output", "getoutput", "DEVNULL", "PIPE"},
	"socket":     {"socket", "gethostname", "getfqdn", "gethostbyname", "create_connection"},
	"base64":     {"b64decode", "b32decode", "b16decode", "b85decode", "a85decode", "urlsafe_b64decode"},
	"zlib":       {"decompress"}, "marshal": {"loads"}, "codecs": {"decode"}, "binascii": {"unhexlify", "a2b_hex", "a2b_base64"},
	"requests": {"get", "post", "put", "request", "Session"}, "urllib.request": {"urlopen", "urlretrieve", "Request"},
	"ctypes": {"windll", "cdll", "CDLL", "WinDLL", "memmove"}, "pathlib": {"Path"}, "shutil": {"copy", "copyfile", "move", "rmtree"},
}

func (p *python) star(module string) {
	for _, name := range starNames[module] {
		p.bind(name, refObject(module+"."+name, 0))
	}
}

// pyRenamed are other names of modules, of Python 2 above all.
var pyRenamed = []struct{ old, now string }{
	{"six.moves.", ""}, {"__builtin__.", "builtins."}, {"urllib2.", "urllib.request."}, {"urllib.urlopen", "urllib.request.urlopen"},
	{"urllib.urlretrieve", "urllib.request.urlretrieve"}, {"urllib.URLopener", "urllib.request.URLopener"},
	{"urllib.urlencode", "urllib.parse.urlencode"}, {"httplib.", "http.client."}, {"commands.", "subprocess."}, {"posix.", "os."},
	{"nt.", "os."}, {"_winreg.", "winreg."}, {"subprocess32.", "subprocess."}, {"pathlib2.", "pathlib."}, {"cPickle.", "pickle."},
	{"builtins.file", "builtins.open"}, {"io.open", "builtins.open"}, {"codecs.open", "builtins.open"}, {"os.fdopen", "builtins.open"},
	{"requests.sessions.", "requests."}, {"requests.api.", "requests."}, {"xmlrpclib.", "xmlrpc.client."},
}

func pyCanonical(ref string) string {
	for _, r := range pyRenamed {
		if rest, ok := strings.CutPrefix(ref, r.old); ok {
			ref = r.now + rest
		}
	}
	return ref
}

// attribute returns o.name.
func (p *python) attribute(o object, name string, at int) object {
	if name == "__dict__" || name == "__class__" {
		return o
	}
	switch own := o.own.(type) {
	case *pyClass:
		if f := own.methods[name]; f != nil {
			return object{kind: objOwn, own: f, value: opaque(0)}
		}
		if v, ok := p.attributes[name]; ok {
			return v
		}
		if v, ok := own.vars[name]; ok {
			return v
		}
		if o.ref != "" {
			return refObject(o.ref+"."+name, o.taint)
		}
	}
	if o.kind == objRef {
		ref := o.ref + "." + name
		if text, ok := pyConstants[ref]; ok {
			return textObject(text, 0)
		}
		if ref == "os.path" || o.ref == "pathlib.Path()" {
			return refObject(ref, o.taint)
		}
		x := refObject(ref, o.taint)
		x.items, x.path = o.items, o.path
		return x
	}
	if isPath(o) {
		switch name {
		case "parent":
			return p.pathOf(p.each(o, parentFolder))
		case "name", "stem":
			return p.each(o, path.Base)
		}
	}
	if v, ok := p.attributes[name]; ok && o.kind == objUnknown {
		return v.tainted(o.taint)
	}
	x := opaqueObject(o.taint)
	x.path = o.path
	return x
}

// method calls o.name, whose arguments start at the position.
func (p *python) method(o object, name string, at int) object {
	c := &pyCall{at: at, self: o, args: p.arguments()}
	switch own := o.own.(type) {
	case *pyClass:
		if f := own.methods[name]; f != nil {
			if o.kind == objOwn { // the class itself
				return p.invoke(f, c, &object{kind: objInstance, own: own, value: opaque(0)})
			}
			return p.invoke(f, c, &o)
		}
		if v, ok := p.attributes[name]; ok {
			return p.call(v, c)
		}
		if o.ref != "" {
			return p.library(o.ref+"."+name, c)
		}
		return opaqueObject(o.taint | c.taint())
	}
	if strings.HasPrefix(name, "__get") && len(c.args) > 0 { // __getattribute__
		if last := c.args[len(c.args)-1]; last.isText() {
			return p.attribute(o, last.text, at)
		}
	}
	if o.kind == objRef {
		return p.library(o.ref+"."+name, c)
	}
	if name == "decrypt" {
		return opaqueObject(c.taint() | fromDecoder)
	}
	if o.kind == objUnknown {
		if fs := p.methods[name]; len(fs) == 1 {
			return p.invoke(fs[0], c, &object{kind: objInstance, own: fs[0].class, value: opaque(o.taint)})
		}
		if v, ok := p.attributes[name]; ok && v.kind != objUnknown {
			return p.call(v, c)
		}
	}
	return p.valueMethod(o, name, c)
}

// library calls what a library provides.
func (p *python) library(ref string, c *pyCall) object {
	ref = pyCanonical(ref)
	for _, group := range []func(*python, string, *pyCall) (object, bool){
		(*python).callBuiltin, (*python).callDecoder, (*python).callProcess, (*python).callEnvironment, (*python).callNetwork,
		(*python).callSocket, (*python).callOpen, (*python).callFiles, (*python).callPath, (*python).callIdentity, (*python).callNative,
		(*python).callLater,
	} {
		if o, ok := group(p, ref, c); ok {
			return o
		}
	}
	x := refObject(ref+"()", c.taint())
	x.items, x.path = c.self.items, c.self.path
	return x
}

// note records an act of a call.
func (p *python) note(c *pyCall, kind Kind, detail string) { p.actAt(p.src, c.at, kind, detail, false) }

// command makes a command of a call, so that it is read as a shell's would be.
func (p *python) command(c *pyCall, name string, words ...word) *call {
	program := word{value: value{text: name}, offset: c.at, exact: -1}
	return &call{src: p.src, offset: c.at, name: name, words: append([]word{program}, words...), via: nil}
}

// word makes a word of an argument.
func (p *python) word(a pyArgument) word { return a.word(p.src, a.start, a.end) }

// words makes words of an argument: one for each text that it may be.
func (p *python) words(a pyArgument) []word {
	var out []word
	for _, t := range a.texts() {
		w := p.word(a)
		w.text = t
		out = append(out, w)
	}
	return out
}

// callBuiltin handles the built-in functions and those that run code.
func (p *python) callBuiltin(ref string, c *pyCall) (object, bool) {
	first := c.arg(0)
	switch ref {
	case "builtins.exec", "builtins.eval":
		return p.execute(ref, c), true
	case "builtins.execfile", "runpy.run_path":
		p.runs(c, c.arg(0, "path_name"))
		return opaqueObject(0), true
	case "imp.load_source", "importlib.util.spec_from_file_location", "importlib.machinery.SourceFileLoader":
		p.runs(c, c.arg(1, "location", "path"))
		return refObject(ref+"()", 0), true
	case "builtins.compile":
		return c.arg(0, "source"), true
	case "types.FunctionType", "types.CodeType":
		p.executed(p.command(c, ref), c.taint(), ref)
		return opaqueObject(c.taint()), true
	case "builtins.__import__", "importlib.import_module", "importlib.__import__":
		if first.isText() && first.text != "" {
			p.imports(first.text)
			if name, _, _ := strings.Cut(first.text, "."); ref == "builtins.__import__" {
				return refObject(name, 0), true
			}
			return refObject(first.text, 0), true
		}
		return opaqueObject(0), true
	case "builtins.getattr":
		name := c.arg(1)
		if !name.isText() {
			return opaqueObject(c.taint()), true
		}
		return p.attribute(first, name.text, c.at), true
	case "builtins.vars":
		return first, true
	case "builtins.chr", "builtins.unichr":
		if first.kind == objNumber && first.number > 0 && first.number <= 0x10ffff {
			return textObject(string(rune(first.number)), first.taint), true
		}
		return opaqueObject(first.taint | fromDecoder), true
	case "builtins.ord":
		if list := first; p.expand(&list) && len(list.items) == 1 {
			if item := list.items[0]; item.kind == objText {
				return numberObject(int64([]rune(item.text)[0]), first.taint), true
			}
		}
		return opaqueObject(first.taint), true
	case "builtins.int":
		return p.integer(c), true
	case "builtins.bytes", "builtins.bytearray", "builtins.memoryview":
		return p.bytesOf(first), true
	case "builtins.str", "builtins.unicode", "builtins.repr", "builtins.format", "json.dumps", "urllib.parse.urlencode", "pickle.dumps",
		"pprint.pformat", "urllib.parse.quote", "base64.b64encode":
		p.stringified(first, c.at)
		switch {
		case ref == "builtins.str" && first.kind == objBytes, ref == "builtins.unicode" && first.kind == objBytes:
			return p.decodeText(first), true
		case ref == "builtins.str" && first.kind == objNumber:
			return textObject(first.text, first.taint), true
		case ref == "builtins.str" && first.kind == objText:
			return first, true
		}
		return opaqueObject(c.taint()), true
	case "builtins.list", "builtins.tuple", "builtins.set", "builtins.iter", "builtins.sorted", "builtins.next", "builtins.enumerate":
		if list := first; ref != "builtins.enumerate" && ref != "builtins.next" && p.expand(&list) {
			return list, true
		}
		return opaqueObject(c.taint()), true
	case "builtins.reversed":
		if list := first; p.expand(&list) {
			items := slices.Clone(list.items)
			slices.Reverse(items)
			return listObject(items).tainted(fromDecoder), true
		}
		return opaqueObject(c.taint()), true
	case "builtins.dict":
		if first.ref == "os.environ" {
			return first, true
		}
		return opaqueObject(c.taint()), true
	case "builtins.map", "builtins.filter":
		return p.mapped(c), true
	case "builtins.super":
		if class := p.scope.parent; class != nil && class.class != nil && class.class.base.kind == objRef {
			return refObject(class.class.base.ref+"()", 0), true
		}
		return opaqueObject(0), true
	case "builtins.globals", "builtins.locals":
		return refObject(ref+"()", 0), true
	case "builtins.print", "builtins.len", "builtins.range", "builtins.xrange", "builtins.hasattr", "builtins.type":
		return p.counted(ref, c), true
	case "threading.Thread", "threading.Timer", "multiprocessing.Process", "functools.partial", "atexit.register", "asyncio.run",
		"multiprocessing.Pool().apply_async", "concurrent.futures.ThreadPoolExecutor().submit":
		p.started(ref, c)
		return refObject(ref+"()", c.taint()), true
	}
	return object{}, false
}

// execute handles exec and eval: the text is read as Python in turn.
func (p *python) execute(ref string, c *pyCall) object {
	a, ok := c.get(0, "source", "object")
	if !ok {
		return opaqueObject(0)
	}
	name := strings.TrimPrefix(ref, "builtins.")
	cmd := p.command(c, name)
	if a.path != "" {
		p.runs(c, textObject(a.path, a.taint))
	}
	result := opaqueObject(0)
	for _, text := range a.texts() {
		v := value{text, a.taint}
		p.actAt(p.src, c.at, KindInlineCode, name, false)
		p.executed(cmd, a.taint, name)
		if !v.known() {
			continue
		}
		p.code(cmd, "python", v)
		w := a.word(p.src, a.start, a.end)
		w.text = text
		result = p.nestedPython(text, w, name)
	}
	if ref == "builtins.exec" || len(a.others) > 0 {
		return opaqueObject(a.taint)
	}
	return result.tainted(a.taint)
}

// nestedPython reads a text that runs in the scope of this one. It returns the
// value of a text that is one expression.
func (p *python) nestedPython(text string, w word, how string) object {
	in := p.src.inside(text, w, how)
	if in.depth > MaxDepth {
		p.limit("programs nested more than %d levels deep", MaxDepth)
		return opaqueObject(w.taint)
	}
	if !p.spend(len(text)) {
		return opaqueObject(w.taint)
	}
	span := p.span
	defer func() { p.span = span }()
	q := newPython(p.reader, in, p.work)
	q.global, q.attributes, q.methods, q.folder = p.global, p.attributes, p.methods, p.folder
	return q.program()
}

// runs records that a file of Python is run.
func (p *python) runs(c *pyCall, o object) {
	for _, text := range o.texts() {
		w := word{value: value{text, o.taint}, offset: c.at, exact: -1}
		p.runsFile(p.command(c, "python"), "python", w)
	}
}

// started handles what calls a function that it is given.
func (p *python) started(ref string, c *pyCall) {
	i, rest := 0, 1
	if ref == "threading.Timer" {
		i, rest = 1, 2
	}
	f := c.arg(i, "target", "function")
	if ref == "threading.Thread" || ref == "multiprocessing.Process" {
		f, rest = c.arg(1, "target"), len(c.args)
	}
	inner := &pyCall{at: c.at}
	if list := c.arg(-1, "args"); list.kind == objList {
		for _, item := range list.items {
			inner.args = append(inner.args, pyArgument{object: item, start: c.at, end: c.at})
		}
	} else if rest < len(c.args) {
		inner.args = c.args[rest:]
	}
	if f.kind == objRef || f.kind == objOwn {
		p.call(f, inner)
	}
}

// mapped handles map(f, items).
func (p *python) mapped(c *pyCall) object {
	f, list := c.arg(0), c.arg(1)
	known := p.expand(&list)
	if !known || f.kind != objRef && f.kind != objOwn {
		return opaqueObject(c.taint())
	}
	var out []object
	p.work.again++
	defer func() { p.work.again-- }()
	for _, item := range list.items {
		if p.work.repeats--; p.exhausted() {
			return opaqueObject(c.taint())
		}
		out = append(out, p.call(f, &pyCall{at: c.at, args: []pyArgument{{object: item, start: c.at, end: c.at}}}))
	}
	return listObject(out).tainted(c.taint())
}

// counted handles range and what gives nothing away.
func (p *python) counted(ref string, c *pyCall) object {
	if ref == "builtins.len" {
		if list := c.arg(0); p.expand(&list) {
			return numberObject(int64(len(list.items)), 0)
		}
	}
	if ref != "builtins.range" && ref != "builtins.xrange" {
		return opaqueObject(0)
	}
	n := [3]int64{0, 0, 1}
	for i := range c.args {
		o := c.arg(i)
		if o.kind != objNumber || i > 2 {
			return opaqueObject(0)
		}
		n[i] = o.number
	}
	if len(c.args) == 1 {
		n[0], n[1] = 0, n[0]
	}
	if n[2] <= 0 || n[1]-n[0] > maxItems || n[0] < -maxItems || n[1] > 1<<31 {
		return opaqueObject(0)
	}
	var items []object
	for i := n[0]; i < n[1] && p.spend(8); i += n[2] {
		items = append(items, numberObject(i, 0))
	}
	return listObject(items)
}

// integer handles int(text, base).
func (p *python) integer(c *pyCall) object {
	o, base := c.arg(0), c.arg(1, "base")
	if o.kind == objNumber {
		return o
	}
	if !o.isText() {
		return opaqueObject(o.taint)
	}
	b := 10
	if base.kind == objNumber {
		b = int(base.number)
	}
	text := strings.ToLower(strings.TrimSpace(o.text))
	for prefix, of := range map[string]int{"0x": 16, "0b": 2, "0o": 8} {
		if b == of || b == 0 {
			if rest, ok := strings.CutPrefix(text, prefix); ok {
				text, b = rest, of
			}
		}
	}
	if n, ok := parseDigits(text, b); ok {
		return numberObject(n, o.taint)
	}
	return opaqueObject(o.taint)
}

// bytesOf handles bytes(x): of a list of numbers, of a text.
func (p *python) bytesOf(o object) object {
	switch {
	case o.kind == objBytes:
		return o
	case o.isText():
		return bytesObject(o.text, o.taint)
	case o.kind != objList || len(o.items) == 0:
		return opaqueObject(o.taint)
	}
	out := make([]byte, 0, len(o.items))
	for _, item := range o.items {
		if item.kind != objNumber || item.number < 0 || item.number > 255 {
			return opaqueObject(o.taint)
		}
		out = append(out, byte(item.number))
	}
	if len(out) >= fewCharacters {
		o.taint |= fromDecoder
	}
	return bytesObject(string(out), o.taint)
}

// fewCharacters is the length from which a text that is put together from its
// characters counts as decoded.
const fewCharacters = 8

// decodeText makes text of bytes.
func (p *python) decodeText(o object) object {
	if o.kind == objBytes {
		x := textObject(o.text, o.taint)
		x.path = o.path
		return x
	}
	return o
}

// stringified records that the environment as a whole becomes text.
func (p *python) stringified(o object, at int) {
	if o.ref == "os.environ" {
		p.actAt(p.src, at, KindReadSecrets, "os.environ (the whole environment)", false)
	}
}

// callEnvironment handles the variables of the environment.
func (p *python) callEnvironment(ref string, c *pyCall) (object, bool) {
	switch ref {
	case "os.environ.get", "os.getenv", "os.environ.pop", "os.getenvb", "os.environ.setdefault":
		o := p.environ(c.arg(0, "key"), c.at)
		if d, ok := c.get(1, "default"); ok && ref != "os.environ.setdefault" {
			o.taint |= d.taint
		}
		return o, true
	case "os.environ.copy":
		return p.whole(refObject("os.environ", 0), c.at), true
	case "os.environ.items", "os.environ.values", "os.environ.keys", "os.environ.__iter__":
		return opaqueObject(p.whole(refObject("os.environ", 0), c.at).taint), true
	case "os.environ.update", "os.putenv", "os.unsetenv":
		return opaqueObject(0), true
	case "os.path.expandvars":
		return c.arg(0), true
	}
	return object{}, false
}

// environ reads one variable of the environment.
func (p *python) environ(name object, at int) object {
	var t taint
	for _, n := range name.texts() {
		t |= p.environmentRead(p.src, at, n)
	}
	return opaqueObject(t)
}

// callDecoder handles what decodes and unpacks.
func (p *python) callDecoder(ref string, c *pyCall) (object, bool) {
	var d decoder
	switch ref {
	case "base64.b64decode", "base64.urlsafe_b64decode", "base64.standard_b64decode", "base64.decodebytes", "base64.decodestring",
		"binascii.a2b_base64":
		d = decode64
	case "base64.b32decode":
		d = decode32
	case "base64.b16decode", "binascii.unhexlify", "binascii.a2b_hex", "builtins.bytes.fromhex", "builtins.bytearray.fromhex":
		d = decodeHex
	case "base64.b85decode":
		d = decode85
	case "base64.a85decode", "lzma.decompress", "pickle.loads", "pickle.load", "dill.loads", "marshal.load", "zlib.decompressobj().decompress",
		"codecs.getdecoder()", "brotli.decompress":
	case "zlib.decompress":
		d = inflate(openZlib)
	case "gzip.decompress":
		d = inflate(openGzip)
	case "bz2.decompress":
		d = inflate(openBzip2)
	case "marshal.loads":
		o := opaqueObject(c.taint() | fromDecoder)
		return o, true
	case "codecs.decode":
		return p.codec(c.arg(0, "obj"), c.arg(1, "encoding")), true
	default:
		if strings.HasSuffix(ref, ".decrypt") {
			return opaqueObject(c.taint() | fromDecoder), true
		}
		return object{}, false
	}
	if strings.HasPrefix(ref, "pickle.") && c.taint()&(fromDownload|fromDecoder) != 0 {
		p.executed(p.command(c, ref), c.taint(), ref) // it calls what the data names
	}
	return p.unpack(c.arg(0, "s", "data"), d), true
}

// codec handles decode(data, encoding) of a codec that is no character set.
func (p *python) codec(o, encoding object) object {
	if !encoding.isText() {
		return p.decodeText(o)
	}
	switch strings.ReplaceAll(strings.ToLower(encoding.text), "-", "_") {
	case "base64", "base_64", "base64_codec":
		return p.unpack(o, decode64)
	case "hex", "hex_codec":
		return p.unpack(o, decodeHex)
	case "rot13", "rot_13":
		x := p.unpack(o, rot13)
		if x.kind == objBytes {
			return textObject(x.raw, x.taint)
		}
		return x
	case "zip", "zlib", "zlib_codec":
		return p.unpack(o, inflate(openZlib))
	case "bz2", "bz2_codec":
		return p.unpack(o, inflate(openBzip2))
	case "unicode_escape", "string_escape":
		if raw, ok := o.constant(); ok {
			var b strings.Builder
			q := &pyParser{text: raw}
			for q.pos < len(raw) {
				if raw[q.pos] == '\\' && q.pos+1 < len(raw) {
					q.escape(&b)
				} else {
					b.WriteByte(raw[q.pos])
					q.pos++
				}
			}
			return textObject(b.String(), o.taint|fromDecoder)
		}
		return opaqueObject(o.taint | fromDecoder)
	}
	return p.decodeText(o)
}
