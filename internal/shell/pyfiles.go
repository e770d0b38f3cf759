package shell

import (
	"path"
	"strings"
)

// isPath reports whether an object is one of pathlib.
func isPath(o object) bool { return o.ref == "pathlib.Path" }

// pathOf makes a path of pathlib of a text.
func (p *python) pathOf(o object) object {
	o.ref, o.plain = "pathlib.Path", 0
	return o
}

// joinPaths joins parts of a path: one that is absolute drops those before it.
func (p *python) joinPaths(parts ...object) object {
	out := textObject("", 0)
	library := false
	for i, part := range parts {
		library = library || isPath(part)
		switch {
		case part.isText() && isAbsolute(slashes(part.text)) && !strings.HasPrefix(part.text, "~"):
			out = part.tainted(out.taint)
		case i == 0 || out.text == "" && out.isText():
			out = part.tainted(out.taint)
		case part.isText() && part.text == "":
		default:
			out = p.join(p.join(out, textObject("/", 0)), part)
		}
	}
	if out.kind != objText {
		out = object{kind: objText, value: value{unknown, out.taint}}
	}
	out.path = ""
	if library {
		return p.pathOf(out)
	}
	out.ref = ""
	return out
}

// parentFolder is os.path.dirname.
func parentFolder(s string) string {
	s = strings.TrimRight(slashes(s), "/")
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		return s[:max(i, 1)]
	}
	if strings.Contains(s, unknown) {
		return unknown
	}
	return "."
}

// callPath handles os.path and pathlib, as far as they only make names.
func (p *python) callPath(ref string, c *pyCall) (object, bool) {
	a := c.arg(0, "path")
	switch ref {
	case "os.path.join", "posixpath.join", "ntpath.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath":
		parts := make([]object, 0, len(c.args))
		for _, arg := range c.args {
			parts = append(parts, arg.object)
			if arg.star {
				parts[len(parts)-1] = opaqueObject(arg.taint)
			}
		}
		if len(parts) == 0 {
			parts = append(parts, textObject(".", 0))
		}
		o := p.joinPaths(parts...)
		if strings.HasPrefix(ref, "pathlib.") {
			o = p.pathOf(o)
		}
		return o, true
	case "pathlib.Path.home":
		return p.pathOf(textObject("~", 0)), true
	case "os.path.dirname":
		return p.each(a, parentFolder), true
	case "os.path.basename":
		return p.each(a, func(s string) string { return path.Base(slashes(s)) }), true
	case "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.path.relpath", "os.fspath", "os.fsencode",
		"os.fsdecode", "shlex.quote", "pipes.quote":
		return a, true
	case "os.path.exists", "os.path.isfile", "os.path.isdir", "os.path.getsize", "os.path.getmtime":
		return opaqueObject(0), true
	case "shlex.split":
		if a.isText() && p.spend(len(a.text)) {
			var items []object
			for _, f := range strings.Fields(a.text) {
				items = append(items, textObject(strings.Trim(f, `"'`), a.taint))
			}
			return listObject(items), true
		}
		return opaqueObject(a.taint), true
	case "tempfile.gettempdir", "tempfile.mkdtemp":
		return opaqueObject(0), true
	}
	return object{}, false
}

// callOpen handles open and what is done with an open file.
func (p *python) callOpen(ref string, c *pyCall) (object, bool) {
	switch ref {
	case "builtins.open":
		a, _ := c.get(0, "file", "name", "filename")
		mode := c.arg(1, "mode")
		return p.opened(c, a, mode.text), true
	case "builtins.open().read", "builtins.open().readlines", "builtins.open().readline":
		w := word{value: value{text: c.self.path}, raw: c.self.path, offset: c.at, exact: -1}
		o := opaqueObject(c.self.taint)
		if v := p.read(w); v.known() && v.text != "" {
			o = textObject(v.text, o.taint|v.taint)
		}
		o.path = c.self.path
		return o, true
	case "builtins.open().write", "builtins.open().writelines":
		p.written(c, c.self.path, c.arg(0))
		return opaqueObject(0), true
	case "json.load", "yaml.load", "yaml.safe_load":
		if first := c.arg(0); first.ref == "builtins.open()" {
			return opaqueObject(first.taint), true
		}
	case "json.dump", "shutil.copyfileobj":
		data, file := c.arg(0), c.arg(1)
		if file.ref == "builtins.open()" {
			p.written(c, file.path, data)
		}
		return opaqueObject(0), true
	}
	return object{}, false
}

// opened records what opening a file means.
func (p *python) opened(c *pyCall, a pyArgument, mode string) object {
	writes := strings.ContainsAny(mode, "wax+")
	var t taint
	for _, w := range p.words(a) {
		t |= p.touches(c, w, !writes || strings.Contains(mode, "+"), writes)
		if writes && p.isManifest(w) {
			p.note(c, KindReplaceManifest, "write")
		}
	}
	o := refObject("builtins.open()", t)
	o.path = a.text
	if len(a.others) > 0 {
		o.path = common(a.others)
	}
	if strings.Contains(o.path, unknown) && !writes {
		o.path = "" // nothing to tell of it
	}
	return o
}

// touches records that a file with credentials is read, or that one is written
// that runs later. It returns what reading the file gives.
func (p *python) touches(c *pyCall, w word, reads, writes bool) taint {
	name := w.path()
	var t taint
	if reads {
		if s := secretPath(name); s != "" {
			t |= fromSecrets
			p.note(c, KindReadSecrets, s)
		}
		if v, ok := p.files[p.fileKey(w)]; ok {
			t |= v.taint
		}
	}
	if writes {
		if m := startup(name); m != "" {
			p.note(c, KindPersistence, m)
		}
	}
	return t
}

// written notes what a file holds now.
func (p *python) written(c *pyCall, name string, o object) {
	if name == "" || name == unknown {
		return
	}
	w := word{value: value{text: name}, raw: name, offset: c.at, exact: -1}
	v := o.value
	if o.kind == objList {
		v = opaque(o.taint)
	}
	p.write(p.fileKey(w), v, false)
}

// touching are functions that read the file of their first argument.
var touching = set("os.listdir", "os.walk", "os.scandir", "glob.glob", "glob.iglob", "sqlite3.connect", "dotenv.load_dotenv",
	"dotenv.dotenv_values", "configparser.ConfigParser().read", "zipfile.ZipFile().write", "tarfile.open().add", "os.open",
	"paramiko.RSAKey.from_private_key_file", "shutil.make_archive")

// callFiles handles what copies, moves, removes and writes files.
func (p *python) callFiles(ref string, c *pyCall) (object, bool) {
	from, _ := c.get(0, "src", "path", "filename")
	to, _ := c.get(1, "dst", "target")
	switch ref {
	case "shutil.copy", "shutil.copyfile", "shutil.copy2", "shutil.copytree", "shutil.move", "os.rename", "os.replace", "os.symlink", "os.link":
		for _, w := range p.words(from) {
			t := p.touches(c, w, true, false)
			for _, w2 := range p.words(to) {
				p.touches(c, w2, false, true)
				if t != 0 {
					p.files[p.fileKey(w2)] = opaque(t)
				}
				p.copyFile(p.command(c, ref, w, w2))
			}
		}
		return opaqueObject(0), true
	case "os.remove", "os.unlink", "shutil.rmtree", "os.rmdir", "os.removedirs":
		p.removed(ref, c, from)
		return opaqueObject(0), true
	case "os.chmod":
		p.chmod(p.command(c, ref, word{}, p.word(from)))
		return opaqueObject(0), true
	case "os.chdir":
		p.cd(p.command(c, "cd", p.word(from)))
		return opaqueObject(0), true
	}
	if touching[ref] {
		var t taint
		for _, w := range p.words(from) {
			t |= p.touches(c, w, true, false)
		}
		if strings.HasPrefix(ref, "os.") || strings.HasPrefix(ref, "glob.") {
			t |= fromIdentity // as ls
		}
		return refObject(ref+"()", t|from.taint), true
	}
	return object{}, false
}

// removed records the removal of a file or a folder.
func (p *python) removed(ref string, c *pyCall, a pyArgument) {
	for _, w := range p.words(a) {
		p.remove(p.command(c, ref, w))
	}
}

// pathMethod handles the methods of a path of pathlib that touch files.
func (p *python) pathMethod(o object, name string, c *pyCall) (object, bool) {
	a := pyArgument{object: o, start: c.at, end: c.at}
	a.ref = ""
	first := c.arg(0)
	switch name {
	case "joinpath":
		parts := []object{o}
		for _, arg := range c.args {
			parts = append(parts, arg.object)
		}
		return p.joinPaths(parts...), true
	case "resolve", "absolute", "expanduser", "as_posix", "__str__", "__fspath__":
		return o, true
	case "with_name":
		return p.joinPaths(p.pathOf(p.each(o, parentFolder)), first), true
	case "open":
		return p.opened(c, a, c.arg(0, "mode").text), true
	case "read_text", "read_bytes":
		f := p.opened(c, a, "r")
		x := opaqueObject(f.taint)
		x.path = f.path
		return x, true
	case "write_text", "write_bytes":
		f := p.opened(c, a, "w")
		p.written(c, f.path, first)
		return opaqueObject(0), true
	case "unlink", "rmdir":
		p.removed("os.remove", c, a)
		return opaqueObject(0), true
	case "rename", "replace", "symlink_to":
		to, _ := c.get(0, "target")
		for _, w := range p.words(a) {
			for _, w2 := range p.words(to) {
				p.touches(c, w2, false, true)
				p.copyFile(p.command(c, "os.rename", w, w2))
			}
		}
		return opaqueObject(0), true
	case "glob", "rglob", "iterdir":
		t := taint(fromIdentity)
		for _, w := range p.words(a) {
			t |= p.touches(c, w, true, false)
		}
		return opaqueObject(t), true
	case "chmod":
		p.chmod(p.command(c, "os.chmod", word{}, p.word(a)))
		return opaqueObject(0), true
	case "exists", "is_file", "is_dir", "mkdir", "touch", "stat":
		return opaqueObject(0), true
	}
	return object{}, false
}

// valueMethod handles methods of text, bytes, lists and dictionaries.
func (p *python) valueMethod(o object, name string, c *pyCall) object {
	t := o.taint | c.taint()
	if isPath(o) {
		if x, ok := p.pathMethod(o, name, c); ok {
			return x
		}
	}
	first, second := c.arg(0), c.arg(1)
	switch name {
	case "join":
		return p.joined(o, first)
	case "format":
		return p.formatted(o, c)
	case "format_map":
		return opaqueObject(t)
	case "replace":
		if first.isText() && second.isText() && first.text != "" {
			return p.each(o, func(s string) string { return strings.ReplaceAll(s, first.text, second.text) }).tainted(t)
		}
		x, ok1 := first.constant()
		y, ok2 := second.constant()
		if o.kind == objBytes && ok1 && ok2 && x != "" {
			return bytesObject(strings.ReplaceAll(o.raw, x, y), t)
		}
		return opaqueObject(t)
	case "lower", "casefold":
		return p.each(o, strings.ToLower)
	case "upper":
		return p.each(o, strings.ToUpper)
	case "swapcase":
		return p.each(o, swapCase)
	case "strip", "lstrip", "rstrip":
		return p.stripped(o, name, first)
	case "split", "rsplit", "splitlines":
		return p.splitText(o, name, c)
	case "decode":
		return p.codec(o, c.arg(0, "encoding"))
	case "encode":
		switch e := c.arg(0, "encoding"); {
		case e.isText() && (strings.Contains(e.text, "base64") || strings.Contains(e.text, "hex")):
			return opaqueObject(t)
		case o.isText():
			x := bytesObject(o.text, o.taint)
			x.path, x.plain = o.path, o.plain
			return x
		}
		return o
	case "translate":
		return opaqueObject(t | fromDecoder)
	case "read", "readlines", "readline", "getvalue":
		x := opaqueObject(o.taint)
		x.path = o.path
		return x
	case "write":
		return opaqueObject(0)
	case "append", "extend", "insert", "update", "add":
		return opaqueObject(0)
	case "get", "setdefault", "pop":
		if o.kind == objDict && first.known() {
			return p.index(o, pySlice{index: first, known: true}, c.at)
		}
	case "items", "values", "keys", "copy":
		if o.kind == objDict && name == "values" {
			return listObject(o.items)
		}
		if o.kind == objDict && name == "items" {
			var pairs []object
			for i, item := range o.items {
				pairs = append(pairs, listObject([]object{textObject(o.keys[i], 0), item}))
			}
			return listObject(pairs)
		}
	case "__call__":
		return p.call(o, c)
	}
	if strings.HasPrefix(name, "fromhex") {
		return p.unpack(first, decodeHex)
	}
	x := opaqueObject(t)
	x.path = o.path
	return x
}

// joined handles separator.join(items).
func (p *python) joined(o, list object) object {
	t := o.taint | list.taint
	if !p.expand(&list) {
		return opaqueObject(t)
	}
	sep, ok := o.constant()
	if !ok {
		return opaqueObject(t)
	}
	n := 0
	single := len(list.items) >= fewCharacters
	for _, item := range list.items {
		if item.kind != objText && item.kind != objBytes || len(item.others) > 0 {
			return opaqueObject(t)
		}
		n += len(sep) + max(len(item.text), len(item.raw))
		single = single && len([]rune(item.text)) == 1
	}
	if !p.spend(n) {
		return opaqueObject(t)
	}
	if single {
		t |= fromDecoder
	}
	parts := make([]string, len(list.items))
	for i, item := range list.items {
		parts[i] = item.text
		if o.kind == objBytes {
			parts[i] = item.raw
		}
	}
	text := strings.Join(parts, sep)
	if o.kind == objBytes {
		return bytesObject(text, t)
	}
	return object{kind: objText, value: value{squeeze(text), t}}
}

// formatted handles text.format(…) without format specifications.
func (p *python) formatted(o object, c *pyCall) object {
	t := o.taint | c.taint()
	if !o.isText() {
		return opaqueObject(t)
	}
	for _, a := range c.args {
		p.stringified(a.object, c.at)
	}
	out, rest, next := textObject("", o.taint), o.text, 0
	for {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			return p.join(out, textObject(rest, 0))
		}
		out = p.join(out, textObject(rest[:i], 0))
		if strings.HasPrefix(rest[i:], "{{") || strings.HasPrefix(rest[i:], "}}") || rest[i] == '}' {
			out = p.join(out, textObject(rest[i:i+1], 0))
			rest = rest[i+min(2, len(rest)-i):]
			continue
		}
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 {
			return p.join(out, textObject(rest[i:], 0))
		}
		field := rest[i+1 : i+end]
		rest = rest[i+end+1:]
		name, _, _ := strings.Cut(field, ":")
		name, _, _ = strings.Cut(name, "!")
		var part object
		if n, ok := parseDigits(name, 10); ok && name != "" {
			part = c.arg(int(min(n, maxItems)))
		} else if name == "" {
			part = c.arg(next)
			next++
		} else {
			part = c.arg(-1, name)
		}
		out = p.join(out, part)
	}
}

// stripped handles strip(characters).
func (p *python) stripped(o object, name string, cut object) object {
	chars := " \t\r\n\f\v"
	if s, ok := cut.constant(); ok {
		chars = s
	}
	strip := func(s string) string {
		if name != "rstrip" {
			s = strings.TrimLeft(s, chars)
		}
		if name != "lstrip" {
			s = strings.TrimRight(s, chars)
		}
		return s
	}
	if o.kind == objBytes {
		return bytesObject(strip(o.raw), o.taint)
	}
	return p.each(o, strip)
}

// splitText handles split(separator).
func (p *python) splitText(o object, name string, c *pyCall) object {
	if !o.isText() || !p.spend(len(o.text)) || len(c.args) > 1 {
		x := opaqueObject(o.taint)
		x.path = o.path
		return x
	}
	var parts []string
	sep, ok := c.arg(0, "sep").constant()
	switch {
	case name == "splitlines":
		parts = strings.Split(strings.TrimSuffix(o.text, "\n"), "\n")
	case ok && sep != "":
		parts = strings.Split(o.text, sep)
	case len(c.args) == 0:
		parts = strings.Fields(o.text)
	default:
		return opaqueObject(o.taint)
	}
	if len(parts) > maxItems {
		return opaqueObject(o.taint)
	}
	items := make([]object, len(parts))
	for i, s := range parts {
		items[i] = textObject(s, o.taint)
	}
	return listObject(items).tainted(o.taint)
}

func swapCase(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z':
			return c - 'A' + 'a'
		}
		return c
	}, s)
}

// parseDigits reads a number that is all of a text.
func parseDigits(s string, base int) (int64, bool) {
	if base < 2 || base > 36 || s == "" || len(s) > 15 {
		return 0, false
	}
	n, width := digits(s, base, len(s))
	return int64(n), width == len(s)
}
