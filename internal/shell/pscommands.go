package shell

import (
	"slices"
	"strings"
)

// psAliases are the names of commands that stand for others and matter here;
// those that the commands of other systems share are understood anyway.
var psAliases = map[string]string{
	"saps": "start-process", "start": "start-process", "ii": "invoke-item", "icm": "invoke-command", "sajb": "start-job",
	"gwmi": "get-wmiobject", "gcim": "get-ciminstance", "ipmo": "import-module", "sal": "set-alias", "nal": "set-alias",
	"new-alias": "set-alias", "sc": "set-content", "ac": "add-content", "sp": "set-itemproperty", "%": "foreach-object",
	"foreach": "foreach-object", "?": "where-object", "where": "where-object", "sv": "set-variable", "new-variable": "set-variable",
	"ni": "new-item", "tee": "tee-object", "write": "write-output", "sl": "set-location", "gp": "get-itemproperty",
	"cpi": "copy-item", "mi": "move-item", "cp": "copy-item", "copy": "copy-item", "mv": "move-item", "move": "move-item",
	"gsv": "get-service", "gps": "get-process", "gcb": "get-clipboard", "clc": "clear-content", "kill": "stop-process",
	"cat": "get-content", "type": "get-content", "gc": "get-content", "man": "get-help",
}

// command reads the words behind a program and runs it.
func (s *powershell) command(program word, in object) object {
	start := program.offset
	name := strings.ToLower(program.text)
	for range 4 { // an alias of an alias
		if to, ok := s.state.aliases[name]; ok {
			name = to
		} else if to, ok := psAliases[name]; ok {
			name = to
		} else {
			break
		}
	}
	if name != strings.ToLower(program.text) {
		program.text = name
	}
	old := s.state.vars["_"]
	if in.kind != objUnknown || in.text != "" {
		s.state.vars["_"] = in
	}
	if name == "foreach-object" || name == "where-object" {
		out := s.forEach(in)
		s.state.vars["_"] = old
		if name == "where-object" {
			return opaqueObject(in.taint)
		}
		return out
	}
	args := s.arguments()
	s.state.vars["_"] = old
	c := &call{src: s.src, offset: start, stdin: in.value, words: []word{program}}
	if in.kind == objUnknown && in.text == "" {
		c.stdin = value{}
	}
	if text, ok := in.constant(); ok {
		c.stdin.text = withoutNUL(text)
	}
	for _, a := range args.list {
		if a.kind == objList && !strings.Contains(name, "-") {
			for _, item := range a.items {
				c.words = append(c.words, item.word(s.src, a.start, a.end))
			}
			continue
		}
		if a.kind == objList {
			a.object = s.joinItems(a.object, " ")
		}
		c.words = append(c.words, a.word(s.src, a.start, a.end))
	}
	c.redirs = args.redirs
	c.capture = s.peek(0) == '|' && s.peek(1) != '|'
	s.quoteTo(start)
	defer func() { s.upstream = name }()
	if o, ok := s.cmdlet(name, c, args, in); ok {
		return o
	}
	for i, a := range args.list {
		if len(a.others) > 0 && len(c.words) == len(args.list)+1 {
			return valueObject(s.runEach(c, i+1, a))
		}
	}
	return valueObject(s.run(c))
}

// runEach runs a command for each text that one of its words may be.
func (s *powershell) runEach(c *call, i int, a psArgument) value {
	var out value
	for _, text := range a.others {
		again := *c
		again.words = slices.Clone(c.words)
		again.words[i].text = text
		out.taint |= s.run(&again).taint
	}
	return opaque(out.taint)
}

// quoteTo makes acts quote the source from start to the position, unless the
// statement that is quoted already starts before.
func (s *powershell) quoteTo(start int) {
	if s.span[0] > start || s.span[1] < s.pos {
		s.span = [2]int{min(s.span[0], start), s.pos}
	}
}

// psArguments are the words behind a command.
type psArguments struct {
	list   []psArgument
	redirs []redirect
}

// named returns the argument behind a parameter, whose name may be shortened
// to least bytes.
func (a *psArguments) named(parameter string, least int) (psArgument, bool) {
	for i, w := range a.list {
		name := strings.ToLower(w.text)
		if len(name) >= least && len(name) > 1 && strings.HasPrefix(parameter, name) && i+1 < len(a.list) && name[0] == '-' {
			return a.list[i+1], true
		}
	}
	return psArgument{}, false
}

// positional returns the i-th argument that stands behind no parameter.
func (a *psArguments) positional(i int) (psArgument, bool) {
	for n := 0; n < len(a.list); n++ {
		if strings.HasPrefix(a.list[n].text, "-") && len(a.list[n].text) > 1 && a.list[n].kind == objText {
			n++
			continue
		}
		if i == 0 {
			return a.list[n], true
		}
		i--
	}
	return psArgument{}, false
}

// arguments reads the words behind a command up to its end.
func (s *powershell) arguments() psArguments {
	var out psArguments
	joined := false // the last word is a list that commas made here
	for {
		s.skip(false)
		start := s.pos
		c := s.peek(0)
		switch {
		case s.pos >= len(s.text), strings.IndexByte(";|)}]\r\n", c) >= 0:
			return out
		case c == '&':
			return out
		case c == ',':
			s.pos++
			s.skip(true)
			if n := len(out.list); n > 0 {
				next := s.one()
				last := &out.list[n-1]
				if joined {
					last.items = append(last.items, next)
				} else {
					last.object = listObject([]object{last.object, next})
					joined = true
				}
				last.taint |= next.taint
				last.end = s.pos
				continue
			}
		case strings.HasPrefix(s.text[s.pos:], "--%"):
			s.pos += 3
			end := strings.IndexAny(s.text[s.pos:], "\r\n|")
			if end < 0 {
				end = len(s.text) - s.pos
			}
			for _, f := range strings.Fields(s.text[s.pos : s.pos+end]) {
				out.list = append(out.list, psArgument{textObject(f, 0), s.pos, s.pos + end})
			}
			s.pos += end
			continue
		case s.redirects():
			if rd, ok := s.redirection(); ok {
				out.redirs = append(out.redirs, rd)
			}
			continue
		case c == '<':
			s.pos++
			continue
		}
		o := s.one()
		joined = false
		if s.pos == start {
			s.pos++
			continue
		}
		// -Name:value is two words.
		if name, _, ok := strings.Cut(o.text, ":"); ok && c == '-' && o.isText() && name != "-" && !strings.Contains(name, "/") {
			rest := strings.TrimPrefix(o.text, name+":")
			out.list = append(out.list, psArgument{textObject(name, 0), start, start + len(name)})
			if rest != "" {
				out.list = append(out.list, psArgument{textObject(rest, o.taint), start + len(name) + 1, s.pos})
			}
			continue
		}
		out.list = append(out.list, psArgument{o, start, s.pos})
	}
}

// redirection reads an operator with its target.
func (s *powershell) redirection() (redirect, bool) {
	rd := redirect{op: ">"}
	if c := s.peek(0); c != '>' {
		rd.fd = string(c)
		s.pos++
	}
	s.pos++
	if s.peek(0) == '>' {
		rd.op = ">>"
		s.pos++
	}
	if rd.fd == "*" {
		rd.fd, rd.op = "", "&>"
	}
	if s.peek(0) == '&' {
		s.pos++
		rd.op = ">&"
		start := s.pos
		s.pos = min(s.pos+1, len(s.text))
		rd.target = word{value: value{text: s.text[start:s.pos]}, raw: s.text[start:s.pos], offset: start, exact: -1}
		return rd, true
	}
	s.skip(false)
	if c := s.peek(0); c == 0 || strings.IndexByte(";|)}\r\n", c) >= 0 {
		return rd, false
	}
	start := s.pos
	rd.target = s.one().word(s.src, start, s.pos)
	return rd, true
}

// one reads one word behind a command.
func (s *powershell) one() object {
	start := s.pos
	c := s.peek(0)
	switch {
	case c == '(' || c == '{' || c == '@' && s.startsExpression(), c == '$' && (s.peek(1) == '(' || isVariableStart(s.text[s.pos:])),
		c == unknown[0]:
		o := s.postfix()
		if s.pos < len(s.text) && s.pos > start && isWordByte(s.text[s.pos]) && c == '$' {
			o = s.join(o, valueObject(s.word().value))
		}
		return o
	case c == '@' && isNameByte(s.peek(1)): // a list or a table in the place of words
		s.pos++
		from := s.pos
		for s.pos < len(s.text) && isNameByte(s.text[s.pos]) {
			s.pos++
		}
		return opaqueObject(s.value(strings.ToLower(s.text[from:s.pos]), start).taint)
	}
	w := s.word()
	o := valueObject(w.value)
	if w.exact >= 0 {
		o.plain = w.exact + 1
	}
	o.kind = objText
	return o
}

// forEach reads the blocks of ForEach-Object: for each item where the input is
// known, else once.
func (s *powershell) forEach(in object) object {
	s.skip(false)
	list := in
	if s.peek(0) != '{' || list.kind != objList || len(list.items) > maxItems {
		args := s.arguments()
		out := opaqueObject(in.taint)
		for _, a := range args.list {
			if b, ok := a.own.(*psBlock); ok {
				out = b.out.tainted(in.taint)
			}
		}
		return s.emptied(out)
	}
	start := s.pos
	var items []object
	for _, item := range list.items {
		if s.state.repeats <= 0 {
			break
		}
		s.state.vars["_"] = item
		s.pos = start
		items = append(items, s.emptied(s.scriptBlock()))
		s.state.repeats -= s.pos - start + psItemCost
	}
	if len(items) == 0 {
		s.state.vars["_"] = opaqueObject(in.taint)
		return opaqueObject(in.taint | s.scriptBlock().taint)
	}
	out := listObject(items).tainted(in.taint)
	if len(items) < len(list.items) {
		return opaqueObject(out.taint)
	}
	return out
}

// cmdlet handles the commands of PowerShell that no other system has.
func (s *powershell) cmdlet(name string, c *call, args psArguments, in object) (object, bool) {
	c.name = name
	first, _ := args.positional(0)
	if f := s.state.functions[name]; f != nil {
		return s.enterFunction(f, &args, in), true
	}
	switch name {
	case "out-null":
		// The value of an expression or what a cmdlet returns hides nothing.
		if from := s.upstream; from != "" && !lookups[from] && (!strings.Contains(from, "-") || strings.HasPrefix(from, "invoke-")) {
			return valueObject(s.run(c)), true
		}
		s.record(c)
		return opaqueObject(0), true
	case "new-object":
		return s.newObject(c, args), true
	case "add-type":
		s.addType(c, args)
		return refObject("add-type()", 0), true
	case "set-content", "add-content", "out-file", "new-item":
		s.record(c)
		s.inspect(c)
		s.writes(name, c, args, in)
		return opaqueObject(0), true
	case "set-alias":
		target, _ := args.positional(1)
		if v, ok := args.named("-value", 3); ok {
			target = v
		}
		if v, ok := args.named("-name", 2); ok {
			first = v
		}
		if first.isText() && target.isText() && len(s.state.aliases) < MaxActs {
			s.state.aliases[strings.ToLower(first.text)] = strings.ToLower(target.text)
		}
		return opaqueObject(0), true
	case "set-variable":
		v, ok := args.positional(1)
		if w, named := args.named("-value", 2); named {
			v, ok = w, true
		}
		if w, named := args.named("-name", 2); named {
			first = w
		}
		if first.isText() && ok {
			s.assign(strings.ToLower(first.text), v.object)
		}
		return opaqueObject(0), true
	case "import-module":
		s.record(c)
		if v, ok := args.named("-name", 2); ok {
			first = v
		}
		s.module(c, first.word(s.src, first.start, first.end))
		return opaqueObject(0), true
	case "start-job", "start-threadjob", "register-objectevent", "register-engineevent":
		s.record(c)
		s.act(c, KindBackground, name)
		return opaqueObject(0), true
	case "invoke-command":
		s.record(c)
		for _, a := range args.list {
			if b, ok := a.own.(*psBlock); ok {
				return b.out, true
			}
		}
		if _, ok := args.named("-computername", 3); ok {
			s.act(c, KindPost, name)
		}
		return opaqueObject(c.taint()), true
	case "invoke-item":
		s.record(c)
		s.runsFile(c, "", first.word(s.src, first.start, first.end))
		return opaqueObject(0), true
	case "register-scheduledtask", "new-service", "register-wmievent", "set-wmiinstance", "register-scheduledjob":
		s.record(c)
		s.inspect(c)
		s.act(c, KindPersistence, name)
		return opaqueObject(0), true
	case "get-wmiobject", "get-ciminstance":
		s.record(c)
		class := strings.ToLower(first.text)
		if v, ok := args.named("-classname", 3); ok {
			class = strings.ToLower(v.text)
		}
		if identityClasses[class] {
			s.act(c, KindHostIdentity, name+" "+class)
			return opaqueObject(fromIdentity), true
		}
		return opaqueObject(fromProcess), true
	case "get-computerinfo", "get-netipaddress", "get-netadapter", "get-localuser":
		s.record(c)
		s.act(c, KindHostIdentity, name)
		return opaqueObject(fromIdentity), true
	case "get-clipboard", "get-credential", "get-storedcredential":
		s.record(c)
		s.act(c, KindReadSecrets, name)
		return opaqueObject(fromSecrets), true
	case "send-mailmessage":
		s.record(c)
		s.act(c, KindPost, name)
		return opaqueObject(0), true
	case "convertfrom-securestring", "convertto-json", "out-string", "select-object", "convertto-csv", "sort-object":
		if first.kind != objUnknown || first.taint != 0 {
			return opaqueObject(in.taint | c.taint()), true
		}
		return opaqueObject(in.taint), true
	case "write-output":
		if len(c.redirs) == 0 && len(args.list) == 1 {
			return args.list[0].object, true
		}
	case "split-path", "join-path", "resolve-path", "convert-path", "get-item", "test-path", "get-command", "write-host", "write-error",
		"write-verbose", "write-warning", "where-object", "get-variable":
		return s.pathCommand(name, args, c), true
	}
	return object{}, false
}

// identityClasses are the classes of WMI that tell who and where the machine
// is.
var identityClasses = set("win32_computersystem", "win32_computersystemproduct", "win32_bios", "win32_useraccount",
	"win32_networkadapterconfiguration", "win32_networkadapter", "win32_networkloginprofile", "win32_baseboard", "win32_loggedonuser")

// pathCommand handles commands that make paths or only show something.
func (s *powershell) pathCommand(name string, args psArguments, c *call) object {
	leaf := false
	args.list = slices.DeleteFunc(args.list, func(a psArgument) bool {
		leaf = leaf || strings.EqualFold(a.text, "-leaf")
		return strings.EqualFold(a.text, "-leaf") || strings.EqualFold(a.text, "-parent") || strings.EqualFold(a.text, "-resolve")
	})
	first, ok := args.positional(0)
	if v, named := args.named("-path", 2); named {
		first, ok = v, true
	}
	s.record(c)
	if !ok {
		return opaqueObject(0)
	}
	switch name {
	case "split-path":
		if leaf {
			return s.each(first.object, baseName)
		}
		if first.ref != "" && strings.HasPrefix(first.ref, "myinvocation") {
			return s.value("psscriptroot", first.start)
		}
		return s.each(first.object, parentFolder)
	case "join-path":
		out := first.object
		for i := 1; ; i++ {
			next, ok := args.positional(i)
			if v, named := args.named("-childpath", 2); named && i == 1 {
				next, ok = v, true
			}
			if !ok {
				return out
			}
			out = s.join(s.join(out, textObject("/", 0)), next.object)
		}
	case "resolve-path", "convert-path", "get-item":
		return first.object
	}
	return opaqueObject(0)
}

// module notes a module that is loaded by its path.
func (s *powershell) module(c *call, w word) {
	if strings.ContainsAny(w.path(), "/") {
		s.runsFile(c, "powershell", w)
	}
}

// writes handles the commands that write their input or a value to a file.
func (s *powershell) writes(name string, c *call, args psArguments, in object) {
	file, ok := args.named("-path", 3)
	if v, named := args.named("-filepath", 2); named && !ok {
		file, ok = v, true
	}
	if v, named := args.named("-literalpath", 2); named && !ok {
		file, ok = v, true
	}
	next := 0
	if !ok {
		file, ok = args.positional(0)
		next = 1
	}
	if !ok {
		return
	}
	v := in.value
	if name != "out-file" {
		if x, named := args.named("-value", 2); named {
			v = x.value
		} else if x, given := args.positional(next); given {
			v = x.value
		}
	}
	w := file.word(s.src, file.start, file.end)
	s.write(s.fileKey(w), v, name == "add-content")
	if s.isManifest(w) {
		s.act(c, KindReplaceManifest, name)
	}
}

// addType handles C# and libraries that are compiled or loaded.
func (s *powershell) addType(c *call, args psArguments) {
	s.record(c)
	for _, a := range args.list {
		if strings.Contains(a.text, "DllImport") {
			s.act(c, KindNativeCode, "Add-Type with DllImport")
		} else if strings.Contains(a.text, "class ") {
			s.act(c, KindInlineCode, "Add-Type")
		}
	}
	if file, ok := args.named("-path", 3); ok {
		s.runsFile(c, "Add-Type", file.word(s.src, file.start, file.end))
	}
}

// newObject handles New-Object: a class of .NET, or of COM.
func (s *powershell) newObject(c *call, args psArguments) object {
	s.record(c)
	if com, ok := args.named("-comobject", 2); ok {
		return refObject("com:"+strings.ToLower(com.text), 0)
	}
	class, ok := args.named("-typename", 2)
	list := args.list
	if !ok {
		class, ok = args.positional(0)
	}
	if !ok {
		return opaqueObject(0)
	}
	call := &psCall{name: "new", at: c.offset, self: refObject("["+className(class.text)+"]", 0)}
	if a, ok := args.named("-argumentlist", 2); ok {
		list = []psArgument{{}, a}
	}
	for i, a := range list {
		switch {
		case i == 0 || strings.HasPrefix(a.text, "-") && a.kind == objText || a.start == class.start && a.start > 0:
		case a.kind == objList:
			for _, item := range a.items {
				call.args = append(call.args, psArgument{item, a.start, a.end})
			}
		default:
			call.args = append(call.args, a)
		}
	}
	return s.static(call)
}
