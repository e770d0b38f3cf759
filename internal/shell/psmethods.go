package shell

import (
	"cmp"
	"slices"
	"strings"
)

// psArgument is one argument of a method.
type psArgument struct {
	object
	start, end int // offsets in the source
}

// psCall is a call of a method with its arguments evaluated.
type psCall struct {
	name   string
	at     int
	self   object
	args   []psArgument
	target string // the variable that self is, or ""
}

func (c *psCall) taint() taint {
	t := c.self.taint
	for _, a := range c.args {
		t |= a.taint
	}
	return t
}

// arg returns the i-th argument.
func (c *psCall) arg(i int) object {
	if i < len(c.args) {
		return c.args[i].object
	}
	return opaqueObject(0)
}

// word makes a word of an argument.
func (s *powershell) argument(c *psCall, i int) word {
	if i >= len(c.args) {
		return word{value: opaque(0), offset: c.at, exact: -1}
	}
	a := c.args[i]
	return a.word(s.src, a.start, a.end)
}

// call makes a command of a method, so that it is read as a command would be.
func (s *powershell) call(at int, name string, words ...word) *call {
	program := word{value: value{text: name}, offset: at, exact: -1}
	return &call{src: s.src, offset: at, name: name, words: append([]word{program}, words...)}
}

// className is the name of a class of .NET as it is written here: in lower
// case, without "system.".
func className(name string) string {
	return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "system.")
}

// property returns o.name.
func (s *powershell) property(o object, name string, at int, static bool) object {
	lower := strings.ToLower(name)
	if static {
		switch o.ref + lower {
		case "[environment]username", "[environment]machinename", "[environment]userdomainname":
			s.actAt(s.src, at, KindHostIdentity, "Environment."+name, false)
			return opaqueObject(fromIdentity)
		case "[string]empty":
			return textObject("", 0)
		case "[environment]newline":
			return textObject("\n", 0)
		}
		return refObject(strings.TrimSuffix(o.ref, "]")+"."+lower+"]", 0)
	}
	switch {
	case strings.HasPrefix(o.ref, "com:") || lower == "nodetypedvalue":
		return s.comProperty(s.src, at, o, lower)
	case o.ref == "myinvocation" || strings.HasPrefix(o.ref, "myinvocation."):
		switch lower {
		case "path", "definition", "scriptname", "source":
			return s.value("pscommandpath", at)
		case "mycommand":
			return refObject("myinvocation.mycommand", 0)
		}
		return opaqueObject(0)
	case lower == "length" || lower == "count":
		if list := o; s.characters(&list) {
			return numberObject(int64(len(list.items)), 0)
		}
		return opaqueObject(0)
	case o.kind == objDict:
		if i := slices.Index(o.keys, lower); i >= 0 {
			return o.items[i]
		}
	case o.kind == objRef && len(o.ref)+len(lower) < maxRef:
		x := refObject(o.ref+"."+lower, o.taint)
		x.items = o.items
		return x
	}
	x := opaqueObject(o.taint)
	x.path = o.path
	return x
}

// evaluated handles methods that run a text as PowerShell.
func (s *powershell) evaluated(c *psCall, how string) object {
	w := s.argument(c, 0)
	v := s.powershellText(s.call(c.at, how), w.value, w, how)
	return object{kind: objOwn, own: &psBlock{valueObject(v)}, value: opaque(v.taint)}
}

// static calls a member of a class of .NET, or makes an object of it.
func (s *powershell) static(c *psCall) object {
	class := className(strings.Trim(c.self.ref, "[]"))
	name := strings.ToLower(c.name)
	first := c.arg(0)
	switch class + "::" + name {
	case "convert::frombase64string":
		return s.unpack(first, decode64)
	case "convert::fromhexstring":
		return s.unpack(first, decodeHex)
	case "convert::toint32", "convert::tobyte", "convert::toint16", "convert::tochar":
		return s.converted(c, name)
	case "scriptblock::create":
		return s.evaluated(c, "ScriptBlock.Create")
	case "io.file::readalltext", "io.file::readallbytes", "io.file::readalllines", "io.file::openread":
		w := s.argument(c, 0)
		cmd := s.call(c.at, "IO.File."+c.name, w)
		s.inspect(cmd)
		return valueObject(s.read(cmd.words[1]))
	case "io.file::writealltext", "io.file::writeallbytes", "io.file::writealllines", "io.file::appendalltext":
		w := s.argument(c, 0)
		cmd := s.call(c.at, "IO.File."+c.name, w)
		s.inspectWord(cmd, &cmd.words[1], false, true)
		s.write(s.fileKey(w), c.arg(1).value, name == "appendalltext")
		if s.isManifest(w) {
			s.act(cmd, KindReplaceManifest, "IO.File."+c.name)
		}
		return opaqueObject(0)
	case "io.file::delete":
		s.remove(s.call(c.at, "IO.File."+c.name, s.argument(c, 0)))
		return opaqueObject(0)
	case "io.file::copy", "io.file::move":
		cmd := s.call(c.at, "IO.File."+c.name, s.argument(c, 0), s.argument(c, 1))
		s.inspect(cmd)
		s.copyFile(cmd)
		return opaqueObject(0)
	case "io.path::combine":
		out := first
		for _, a := range c.args[min(1, len(c.args)):] {
			out = s.join(s.join(out, textObject("/", 0)), a.object)
		}
		return out
	case "io.path::gettemppath":
		return opaqueObject(0)
	case "reflection.assembly::load", "reflection.assembly::loadfile", "reflection.assembly::loadfrom", "reflection.assembly::unsafeloadfrom":
		cmd := s.call(c.at, "Reflection.Assembly."+c.name)
		s.executed(cmd, c.taint(), cmd.name)
		if first.kind == objText && name != "load" {
			s.runsFile(cmd, cmd.name, s.argument(c, 0))
		} else if first.kind != objText {
			s.act(cmd, KindNativeCode, cmd.name)
		}
		return refObject("assembly()", c.taint())
	case "environment::getenvironmentvariable":
		return s.environ(first.text, c.at)
	case "environment::getenvironmentvariables":
		s.actAt(s.src, c.at, KindReadSecrets, "Environment.GetEnvironmentVariables (the whole environment)", false)
		return opaqueObject(fromSecrets)
	case "environment::setenvironmentvariable":
		return opaqueObject(0)
	case "environment::getfolderpath":
		if strings.EqualFold(first.text, "startup") || strings.HasSuffix(strings.ToLower(first.ref), "startup]") {
			return textObject(unknown+"/Programs/Startup", 0)
		}
		return opaqueObject(0)
	case "string::join":
		if rest := c.arg(1); rest.kind == objList && first.isText() {
			return s.joinItems(rest, first.text)
		}
		return opaqueObject(c.taint())
	case "string::concat":
		out := textObject("", 0)
		for _, a := range c.args {
			out = s.join(out, a.object)
		}
		return out
	case "string::format":
		var items []object
		for _, a := range c.args[min(1, len(c.args)):] {
			items = append(items, a.object)
		}
		return s.formatted(first, listObject(items))
	case "string::new":
		return s.joinItems(first, "")
	case "array::reverse":
		s.reversed(c)
		return opaqueObject(0)
	case "diagnostics.process::start":
		return s.started(c)
	case "net.dns::gethostaddresses", "net.dns::gethostentry", "net.dns::resolve", "net.dns::gethostbyname":
		w := s.argument(c, 0)
		if w.text == unknown && w.taint&fromIdentity != 0 {
			return opaqueObject(fromIdentity)
		}
		return valueObject(s.lookup(s.call(c.at, "Net.Dns."+c.name, w)))
	case "net.dns::gethostname":
		s.actAt(s.src, c.at, KindHostIdentity, "Net.Dns.GetHostName", false)
		return opaqueObject(fromIdentity)
	case "security.principal.windowsidentity::getcurrent":
		return refObject("windowsidentity()", fromIdentity)
	case "net.sockets.tcpclient::new", "net.sockets.udpclient::new", "net.websockets.clientwebsocket::new":
		cmd := s.call(c.at, class)
		if len(c.args) > 0 {
			s.hostWord(authorityHost(s.argument(c, 0).text))
			s.act(cmd, KindPost, class)
		}
		return refObject(class+"()", fromDownload)
	case "runtime.interopservices.marshal::copy", "runtime.interopservices.marshal::getdelegateforfunctionpointer":
		s.actAt(s.src, c.at, KindNativeCode, "Marshal."+c.name, false)
		return opaqueObject(c.taint())
	case "net.webrequest::create", "net.httpwebrequest::create":
		o := refObject("net.webrequest()", c.taint())
		o.items = []object{first}
		return o
	case "microsoft.win32.registry::setvalue":
		s.inspect(s.call(c.at, "Registry.SetValue", s.argument(c, 0)))
		return opaqueObject(0)
	}
	if name == "getstring" || name == "getbytes" {
		return s.encoded(class, name, first)
	}
	if strings.Contains(class, "compression.") || strings.Contains(class, "cryptography.") && !strings.Contains(class, "hash") {
		return refObject(class+"()", c.taint()|fromDecoder)
	}
	x := refObject(class+"()", c.taint())
	for _, a := range c.args {
		x.items = append(x.items, a.object)
	}
	return x
}

// converted handles [convert]::toint32(text, base) and its relatives.
func (s *powershell) converted(c *psCall, name string) object {
	first, base := c.arg(0), c.arg(1)
	n, ok := s.toNumber(first)
	if base.kind == objNumber && first.isText() {
		n, ok = parseDigits(strings.ToLower(strings.TrimPrefix(first.text, "0x")), int(base.number))
	}
	switch {
	case !ok:
		return opaqueObject(c.taint())
	case name == "tochar":
		return s.cast("char", numberObject(n, c.taint()))
	}
	return numberObject(n, c.taint())
}

// encoded handles the methods of System.Text.Encoding.
func (s *powershell) encoded(class, name string, o object) object {
	wide := strings.HasSuffix(class, "unicode") && !strings.Contains(class, "big")
	if name == "getstring" {
		if o.kind == objList {
			o = s.cast("byte[]", o)
		}
		if o.kind != objBytes {
			return opaqueObject(o.taint)
		}
		if wide {
			return textObject(withoutNUL(decodeUTF16(o.raw)), o.taint)
		}
		return textObject(o.text, o.taint)
	}
	if o.isText() && !wide {
		return bytesObject(o.text, o.taint)
	}
	return opaqueObject(o.taint)
}

// reversed handles [array]::Reverse, which changes its argument.
func (s *powershell) reversed(c *psCall) {
	if len(c.args) == 0 {
		return
	}
	name := strings.ToLower(strings.Trim(s.src.slice(c.args[0].start, c.args[0].end), "$ "))
	if list := c.arg(0); s.characters(&list) {
		items := slices.Clone(list.items)
		slices.Reverse(items)
		s.state.vars[name] = listObject(items).tainted(list.taint | fromDecoder)
	}
}

// started handles [diagnostics.process]::Start(file, arguments).
func (s *powershell) started(c *psCall) object {
	w := s.argument(c, 0)
	words := []word{w}
	for _, f := range strings.Fields(c.arg(1).value.text) {
		words = append(words, literal(f, s.argument(c, 1)))
	}
	if len(c.args) < 2 {
		words = words[:1]
	}
	if isURL(w.text) { // it opens a page
		return opaqueObject(0)
	}
	return valueObject(s.run(&call{src: s.src, offset: c.at, words: words, via: []string{"Process.Start"}}))
}

// method calls o.name(…).
func (s *powershell) method(c *psCall) object {
	name := strings.ToLower(c.name)
	t := c.taint()
	if rest, ok := strings.CutPrefix(c.self.ref, "com:"); ok {
		var args []object
		for _, a := range c.args {
			args = append(args, a.object)
		}
		return s.com(&comCall{src: s.src, at: c.at, class: rest, name: name, self: c.self, args: args})
	}
	if b, ok := c.self.own.(*psBlock); ok {
		if strings.HasPrefix(name, "invoke") {
			return b.out
		}
		return opaqueObject(t)
	}
	if i := strings.LastIndexByte(c.self.ref, '.'); i > 0 && name == "invoke" && c.self.kind == objRef { // a method as a value
		inner := *c
		inner.name, inner.self.ref = c.self.ref[i+1:], c.self.ref[:i]
		return s.method(&inner)
	}
	cmd := s.call(c.at, "WebClient."+c.name)
	switch name {
	case "downloadstring", "downloaddata", "openread", "downloadstringasync", "downloaddataasync", "downloadstringtaskasync",
		"getstringasync", "getbytearrayasync", "getstreamasync", "getasync":
		return s.fetched(c, cmd, transfer{})
	case "downloadfile", "downloadfileasync", "downloadfiletaskasync":
		return s.fetched(c, cmd, transfer{file: s.argument(c, 1)})
	case "uploadstring", "uploaddata", "uploadfile", "uploadvalues", "uploadfileasync", "uploadstringasync", "uploadstringtaskasync",
		"postasync", "putasync", "patchasync", "openwrite":
		return s.fetched(c, cmd, transfer{post: c.name})
	case "getresponse", "getresponseasync":
		if len(c.self.items) > 0 {
			c.args = []psArgument{{c.self.items[0], c.at, c.at}}
		}
		cmd.name = "WebRequest." + c.name
		return s.fetched(c, cmd, transfer{})
	case "invokescript", "newscriptblock":
		return s.evaluated(c, "InvokeScript")
	case "connect", "connectasync":
		if strings.Contains(c.self.ref, "socket") || strings.Contains(c.self.ref, "tcpclient") {
			s.hostWord(authorityHost(s.argument(c, 0).text))
			s.act(cmd, KindPost, c.self.ref)
			return opaqueObject(fromDownload)
		}
	case "getstream":
		return opaqueObject(t | fromDownload)
	}
	if o, ok := s.textMethod(c, name); ok {
		return o
	}
	if c.self.kind == objRef {
		if name == "getstring" || name == "getbytes" {
			return s.encoded(strings.Trim(c.self.ref, "[]"), name, c.arg(0))
		}
		if name == "frombase64string" {
			return s.unpack(c.arg(0), decode64)
		}
		x := refObject(c.self.ref+"."+name+"()", t)
		x.items = c.self.items
		return x
	}
	x := opaqueObject(t)
	x.path = c.self.path
	return x
}

// fetched records a request of a web client.
func (s *powershell) fetched(c *psCall, cmd *call, t transfer) object {
	w := s.argument(c, 0)
	cmd.words = append(cmd.words, w)
	s.inspectWord(cmd, &cmd.words[1], false, false)
	if t.file.text != "" {
		s.inspectWord(cmd, &t.file, false, true)
	}
	cmd.stdin.taint = c.taint()
	t.urls = []word{cmd.words[1]}
	if t.post != "" {
		t.post = cmp.Or(w.text, t.post)
	}
	v := s.transfer(cmd, t)
	if v.text == "" {
		return opaqueObject(0)
	}
	return valueObject(v)
}

// textMethod handles methods of texts and lists.
func (s *powershell) textMethod(c *psCall, name string) (object, bool) {
	o, first, second := c.self, c.arg(0), c.arg(1)
	switch name {
	case "tostring", "trim", "normalize", "gettype", "clone":
		if name == "tostring" && len(c.args) > 0 || o.kind == objRef {
			return opaqueObject(c.taint()), true
		}
		if name == "trim" && len(c.args) == 0 {
			return s.each(o, strings.TrimSpace), true
		}
		return o, true
	case "replace":
		if first.isText() && second.isText() && first.text != "" {
			return s.each(o, func(text string) string { return strings.ReplaceAll(text, first.text, second.text) }), true
		}
	case "tolower", "tolowerinvariant":
		return s.each(o, strings.ToLower), true
	case "toupper", "toupperinvariant":
		return s.each(o, strings.ToUpper), true
	case "split":
		if o.isText() && first.isText() && first.text != "" && len([]rune(first.text)) == 1 {
			return s.splitText(o, first.text), true
		}
	case "tochararray":
		if list := o; s.characters(&list) {
			return list, true
		}
	case "substring":
		if o.isText() && first.kind == objNumber {
			from, to := first.number, int64(len(o.text))
			if second.kind == objNumber {
				to = from + second.number
			}
			if from >= 0 && from <= to && to <= int64(len(o.text)) {
				return textObject(strings.ToValidUTF8(o.text[from:to], ""), o.taint), true
			}
		}
	case "insert", "remove", "padleft", "trimstart", "trimend":
		return opaqueObject(c.taint()), true
	}
	return object{}, false
}
