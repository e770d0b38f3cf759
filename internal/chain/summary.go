package chain

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/shell"
)

// Summarise works out what a script does with data. at gives the place of an
// offset. It returns nil for a script in which data goes from nowhere to nowhere.
func Summarise(f *javascript.File, at func(offset int) (line, column int)) *Summary {
	if len(f.Text) > MaxScript {
		return nil
	}
	g := f.Graph(javascript.Interest{Passes: passes, Member: member, Replaced: replaced, Literal: literal})
	s := &summary{Summary: new(Summary), file: f, graph: g, at: at, sources: make(map[int32][]int), sinks: make(map[int32][]int), digested: make(map[int32]bool)}
	s.Cut = g.Cut
	s.literals()
	for i := range g.Calls {
		s.call(&g.Calls[i])
	}
	for i := range g.Reads {
		s.read(&g.Reads[i])
	}
	s.members()
	s.destroys()
	s.concealed()
	s.functions()
	s.marks()
	s.exports()
	s.runFiles()
	s.flows()
	if len(s.Flows) == 0 && len(s.Marks) == 0 {
		return nil
	}
	s.prune()
	s.finish()
	return s.Summary
}

// prune drops the points from which and to which nothing leads.
func (s *summary) prune() {
	place := make([]int, len(s.Points)) // counted from 1
	var kept []Point
	use := func(i int) int {
		if place[i] == 0 {
			kept = append(kept, s.Points[i])
			place[i] = len(kept)
		}
		return place[i] - 1
	}
	for i := range s.Flows {
		s.Flows[i].From, s.Flows[i].To = use(s.Flows[i].From), use(s.Flows[i].To)
	}
	s.Points = kept
}

// Concerns reports whether a script with such a use may have part in a chain: it
// has a source or a sink, or hands data from one file to another.
func Concerns(f *javascript.File, u *javascript.Use) bool {
	if u.Kind == javascript.Import || u.Kind == javascript.Test {
		return false
	}
	p := u.Path
	if strings.HasPrefix(p.Module, ".") || p.Module == "zlib" || p.Module == "" && len(p.Names) > 0 && (p.Names[0] == "Buffer" || p.Names[0] == "atob") {
		return u.Kind != javascript.Read && len(f.Text) < maxGlue
	}
	return isRequest(p) || isLookup(p) || isProcess(p) || isEvaluate(p) || fileMethod(p) != "" || identifies(p) || deciphers(p) || makesKey(p) || isDatabase(p) ||
		p.Module == "" && len(p.Names) > 0 && (p.Names[0] == "process" && len(p.Names) > 1 && p.Names[1] == "env" || p.Names[0] == "document" || p.Names[0] == "Image" || p.Names[0] == "localStorage" || p.Names[0] == "sessionStorage")
}

// Tells is Concerns for what is no use of a module or global: words of a script.
func Tells(f *javascript.File) bool {
	text := f.Text[:min(len(f.Text), maxTelling)]
	return slices.ContainsFunc(telling, func(word string) bool { return strings.Contains(text, word) })
}

// maxGlue is the size, in bytes, of scripts that are looked at because they call
// functions of other files, or decode something, alone.
const maxGlue = 32 << 10

// telling are words of sources and sinks that are no uses of modules and globals,
// in the spellings that names have.
var telling = []string{
	"rivateKey", "rivatekey", "rivKey", "rivkey", "ecretKey", "ecretkey", "ecretOrKey", "nemonic", "eedPhrase", "eedphrase",
	".elements", "addEventListener", "_compile", "ecipher", ".headers", "awHeaders", "createHmac", "createPrivateKey",
	"id_rsa", ".npmrc", "leveldb", "Login Data", ".aws/", ".ssh/", "0x[", "'0x", "\"0x", "bc1q", "getHours", "ethereum",
}

// maxTelling is how much of a script is looked through for them, in bytes.
const maxTelling = 1 << 20

// passes reports whether a call hands on what it is given.
func passes(p javascript.Path) bool {
	switch {
	case isRequest(p), isLookup(p), isProcess(p):
		return false
	case fileMethod(p) != "":
		return false
	case p.Module == "" && len(p.Names) > 0:
		switch p.Names[0] {
		case "parseFloat", "isNaN", "Boolean", "Math", "console", "setTimeout", "setInterval", "setImmediate", "performance":
			return false
		}
	case p.Module == "" && len(p.Names) == 0:
		return true
	}
	if strings.HasPrefix(p.Module, ".") {
		// Functions are joined by Link; a method of what one gives may hand it on.
		return slices.Contains(p.Names, javascript.Called)
	}
	return true
}

type summary struct {
	*Summary
	file  *javascript.File
	graph *javascript.Graph
	at    func(int) (int, int)
	// sources and sinks are the points at a node.
	sources, sinks map[int32][]int
	writes         []fileWrite
	runs           []fileRun
	// piped is what is written to streams.
	piped []int32
	back  map[int32][]int32 // the edges in reverse, once they were asked for
	// homes are where the user's folder is asked for, and removals the paths of what
	// is removed.
	homes, removals []removal
	// keys are what is used as a secret key.
	keys []int32
	// digested are the results of signatures and, true, of hashes.
	digested map[int32]bool
}

// removal is a place at which something is removed, or which it may come from.
type removal struct {
	node int32
	name string
	pos  int
}

// fileWrite is content that is written to a file, and fileRun a file that is run.
type fileWrite struct {
	path, data int32
	texts      []string
	// text is the constant part of the content.
	text   string
	pos    int
	stream bool
}

type fileRun struct {
	path  int32
	texts []string
	point Point
}

// add adds a point at a node.
func (s *summary) add(to map[int32][]int, node int32, p Point, pos int) {
	if node < 0 {
		return
	}
	if len(s.Points) >= maxPoints {
		s.Cut = true
		return
	}
	p.Step = s.step(pos)
	to[node] = append(to[node], len(s.Points))
	s.Points = append(s.Points, p)
}

// step stands for an offset until finish works out its place.
func (s *summary) step(pos int) Step { return Step{Column: pos} }

// finish works out the places of all steps, in their order: finding one on a
// line of megabytes takes as long as the line is.
func (s *summary) finish() {
	var all []*Step
	kept := make(map[*Step]bool) // those whose text a reader wants to see
	for i := range s.Points {
		p := &s.Points[i]
		all = append(all, &p.Step)
		kept[&p.Step] = p.Kind == source || p.Kind == sink || p.Kind == argument
	}
	for i := range s.Flows {
		for j := range s.Flows[i].Via {
			all = append(all, &s.Flows[i].Via[j])
		}
	}
	slices.SortFunc(all, func(a, b *Step) int { return a.Column - b.Column })
	for _, step := range all {
		pos := max(step.Column, 0)
		step.Line, step.Column = s.at(pos)
		if kept[step] {
			step.Text = s.line(pos)
		}
	}
}

// line returns the text around an offset, shortened: "…" stands for the rest of
// the line on either side.
func (s *summary) line(pos int) string {
	const mark = "…"
	text := s.file.Text
	pos = min(pos, len(text))
	first := max(0, pos-MaxText/4)
	for i := 0; i < MaxText/8 && first > 0 && inWord(text[first-1]) && inWord(text[first]); i++ {
		first-- // begin with a whole name
	}
	start := first + strings.LastIndexAny(text[first:pos], "\r\n") + 1
	before, after := "", ""
	if start == first && start > 0 && text[start-1] != '\n' && text[start-1] != '\r' {
		before = mark
	}
	end := min(len(text), start+MaxText-2*len(mark))
	if i := strings.IndexAny(text[pos:max(end, pos)], "\r\n"); i >= 0 {
		end = pos + i
	} else if end < len(text) && text[end] != '\r' && text[end] != '\n' {
		after = mark
	}
	return before + strings.ToValidUTF8(strings.TrimSpace(text[start:max(end, start)]), "") + after
}

// inWord tells the bytes of names; all beyond ASCII count as such.
func inWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

func shorten(text string) string {
	if len(text) <= MaxText {
		return text
	}
	cut := MaxText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

func (s *summary) source(node int32, class Source, name string, pos int) {
	s.add(s.sources, node, Point{Kind: source, Class: string(class), Name: shorten(name)}, pos)
}

func (s *summary) sink(node int32, class Sink, name, target string, pos int) {
	s.add(s.sinks, node, Point{Kind: sink, Class: string(class), Name: shorten(name), Target: shorten(target)}, pos)
}

// read notes what is taken of modules and globals.
func (s *summary) read(r *javascript.GraphRead) {
	p := r.Path
	if strings.HasPrefix(p.Module, ".") {
		if strings.HasSuffix(p.Module, "../../package.json") {
			s.source(r.Node, Manifest, p.Module, r.Pos)
			return
		}
		s.add(s.sources, r.Node, Point{Kind: imported, Module: p.Module, Name: first(p.Names)}, r.Pos)
		return
	}
	if p.Module != "" || len(p.Names) == 0 {
		return
	}
	switch p.Names[0] {
	case "process":
		if len(p.Names) < 2 || p.Names[1] != "env" {
			return
		}
		if len(p.Names) == 2 {
			s.source(r.Node, Environment, "process.env", r.Pos)
			return
		}
		switch name := p.Names[2]; {
		case name == "HOME" || name == "USERPROFILE":
			s.homes = append(s.homes, removal{r.Node, p.String(), r.Pos})
		case strings.HasPrefix(name, "npm_package_"):
			s.source(r.Node, Manifest, p.String(), r.Pos)
		case shell.SecretName(name):
			s.source(r.Node, SecretVariable, p.String(), r.Pos)
		case shell.IdentityName(name):
			s.source(r.Node, Identity, p.String(), r.Pos)
		}
	case "document":
		if p.Names[len(p.Names)-1] == "cookie" {
			s.source(r.Node, Cookie, p.String(), r.Pos)
		}
		if p.Names[len(p.Names)-1] == "value" && len(p.Names) > 2 {
			s.source(r.Node, Form, p.String(), r.Pos)
		}
		if p.Names[len(p.Names)-1] == "forms" {
			s.source(r.Node, Form, p.String(), r.Pos)
		}
	case "localStorage", "sessionStorage":
		s.source(r.Node, Cookie, p.String(), r.Pos)
	case "window", "globalThis":
		s.read(&javascript.GraphRead{Path: javascript.Path{Names: p.Names[1:]}, Node: r.Node, Pos: r.Pos})
	}
}

func first(names []string) string {
	for _, n := range names {
		if n != javascript.Called && n != "default" {
			return n
		}
	}
	return ""
}

// call notes what a call takes, gives, runs and sends.
func (s *summary) call(c *javascript.GraphCall) {
	for _, p := range c.Paths {
		s.called(c, p)
	}
	if len(c.Paths) > 0 {
		return
	}
	switch c.Method {
	case "_compile":
		if len(c.Args) > 0 {
			s.sink(c.Args[0], Evaluate, "module._compile", "", c.Pos)
		}
	case "pipe":
		if len(c.Args) > 0 && slices.ContainsFunc(s.graph.Arg(c, 0).Paths, isStream) {
			s.piped = append(s.piped, c.Receiver)
		}
	case "addEventListener":
		s.listener(c)
	case "on", "once", "addListener", "addHook":
		s.incoming(c)
	case "replace", "replaceAll":
		s.swaps(c)
	}
}

// swaps notes texts that are put in place of others.
func (s *summary) swaps(c *javascript.GraphCall) {
	for i, a := range c.Args {
		if len(s.sources[a]) > 0 || !s.graph.IsLiteral(c, i) {
			s.sink(a, Swap, "replace", "", c.Pos)
		}
	}
}

// incoming notes the requests that a listener is given.
func (s *summary) incoming(c *javascript.GraphCall) {
	if event := s.graph.Arg(c, 0); event.Constant && (event.Text == "request" || event.Text == "upgrade" || event.Text == "onRequest") {
		s.source(c.Node, Incoming, event.Text+" event", c.Pos)
	}
}

// listener notes what a page's user enters where something listens for it.
func (s *summary) listener(c *javascript.GraphCall) {
	if event := s.graph.Arg(c, 0); event.Constant && typed(event.Text) {
		s.source(c.Node, Form, event.Text+" event", c.Pos)
	}
}

func (s *summary) called(c *javascript.GraphCall, p javascript.Path) {
	if p.Module == "" && len(p.Names) == 0 {
		return // the global object itself
	}
	if strings.HasPrefix(p.Module, ".") {
		name := first(p.Names)
		if slices.Contains(p.Names, javascript.Called) {
			name = last(p.Names)
		}
		if len(s.Loads) < maxLoads && !slices.Contains(s.Loads, p.Module) {
			s.Loads = append(s.Loads, p.Module)
		}
		s.add(s.sources, c.Node, Point{Kind: imported, Module: p.Module, Name: name, Call: c.Pos + 1}, c.Pos)
		for i, a := range c.Args {
			s.add(s.sinks, a, Point{Kind: argument, Module: p.Module, Name: name, Index: i, Call: c.Pos + 1}, c.Pos)
		}
		return
	}
	name := p.String()
	if i := keyArgument(p); i >= 0 && i < len(c.Args) {
		s.keys = append(s.keys, c.Args[i])
	}
	switch {
	case isRequest(p):
		s.request(c, name)
	case isLookup(p):
		if len(c.Args) > 0 && !ownName(s.graph.Arg(c, 0)) {
			s.sink(c.Args[0], Lookup, name, strings.Join(s.graph.Texts(c, 0), ""), c.Pos)
		}
	case isProcess(p):
		s.process(c, name)
	case isEvaluate(p):
		for _, a := range c.Args {
			s.sink(a, Evaluate, name, "", c.Pos)
		}
	case identifies(p):
		s.source(c.Node, Identity, name, c.Pos)
	case fileMethod(p) != "":
		s.files(c, fileMethod(p), name)
	case isDatabase(p) && len(c.Args) > 0:
		s.opened(c.Args[0], c.Node, name, c.Pos)
	case len(p.Names) == 3 && isStream(javascript.Path{Module: p.Module, Names: p.Names[:2]}):
		s.piped = append(s.piped, c.Args...)
	case p.Module == "os" && first(p.Names) == "homedir":
		s.homes = append(s.homes, removal{c.Node, name, c.Pos})
	case p.Module == "rimraf" || p.Module == "del":
		if len(c.Args) > 0 {
			s.removals = append(s.removals, removal{c.Args[0], name, c.Pos})
		}
	case deciphers(p):
		s.source(c.Node, Deciphered, name, c.Pos)
	case digests(p):
		s.digested[c.Node] = hashes(p)
	case makesKey(p):
		s.source(c.Node, KeyMaterial, "privateKey of "+name, c.Pos)
	case p.Module == "" && name == "import" && len(c.Args) > 0:
		if texts := s.graph.Texts(c, 0); len(texts) > 0 && strings.HasPrefix(texts[0], "data:") {
			s.sink(c.Args[0], Evaluate, "import", "data:", c.Pos)
		}
	case p.Module == "" && name == "require" && len(c.Args) > 0 && !s.graph.Arg(c, 0).Constant && len(s.graph.Texts(c, 0)) == 0:
		s.sink(c.Args[0], Named, "the module that is loaded", "", c.Pos)
	case p.Module == "" && name == "require" && len(c.Args) > 0 && manifest(s.graph.Texts(c, 0)) && consumers(s.graph.Texts(c, 0)):
		s.source(c.Node, Manifest, "package.json", c.Pos)
	case p.Module == "" && (p.Names[0] == "$" || p.Names[0] == "jQuery") && slices.Contains([]string{"val", "serialize", "serializeArray"}, last(p.Names)):
		s.source(c.Node, Form, name, c.Pos)
	case decodes(p, func(i int) javascript.Arg { return s.graph.Arg(c, i) }):
		s.source(c.Node, Decoded, name, c.Pos)
	case p.Module == "" && name == "Buffer.from" && len(c.Args) > 1:
		s.sink(c.Args[1], Named, "the encoding of "+name, "", c.Pos)
	case p.Module == "" && name == "navigator.clipboard.readText":
		s.source(c.Node, Clipboard, name, c.Pos)
	case p.Module == "" && (strings.HasPrefix(name, "localStorage.get") || strings.HasPrefix(name, "sessionStorage.get")):
		s.source(c.Node, Cookie, name, c.Pos)
	case p.Module == "" && name == "FormData" && len(c.Args) > 0:
		s.source(c.Node, Form, name, c.Pos)
	case p.Module == "" && strings.HasSuffix(name, "addEventListener"):
		s.listener(c)
	case last(p.Names) == "replace" || last(p.Names) == "replaceAll":
		s.swaps(c)
	case last(p.Names) == "on" || last(p.Names) == "once" || last(p.Names) == "addHook":
		s.incoming(c)
	case last(p.Names) == "createServer" || (p.Module == "express" || p.Module == "koa" || p.Module == "fastify") && slices.Contains([]string{"use", "get", "post", "all"}, last(p.Names)):
		s.source(c.Node, Incoming, name, c.Pos)
	}
}

// maxLoads bounds the files of which a summary says that it calls them.
const maxLoads = 50

func last(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// request notes what is sent, and what comes back.
func (s *summary) request(c *javascript.GraphCall, name string) {
	target := ""
	for i, a := range c.Args {
		if i == 0 {
			for _, text := range s.graph.Texts(c, 0) {
				if len(text) > len(target) {
					target = text
				}
			}
		}
		s.sink(a, Request, name, target, c.Pos)
	}
	s.add(s.sources, c.Node, Point{Kind: source, Class: string(Remote), Name: name, Target: shorten(target)}, c.Pos)
}

// process notes what is run. A command that sends or looks up is that.
func (s *summary) process(c *javascript.GraphCall, name string) {
	if len(c.Args) == 0 {
		return
	}
	texts := s.graph.Texts(c, 0)
	var list []string
	if len(c.Args) > 1 && len(s.graph.Arg(c, 1).List) > 0 || len(c.Args) > 1 && !s.graph.Arg(c, 1).Constant {
		list = s.graph.Texts(c, 1)
	}
	command := strings.Join(append(slices.Clone(texts), list...), " ")
	class := Process
	for i := 1; i < len(c.Args) && !s.graph.Arg(c, 0).Constant; i++ {
		if s.graph.IsObject(c, i) && slices.Contains(s.graph.Texts(c, i), "ignore") {
			s.own(name, Point{Kind: sink, Class: string(Hidden), Name: name}, c.Pos)
		}
	}
	s.command(c, name, strings.Join(texts, "$unknown"))
	switch {
	case sendCommand.MatchString(command):
		class = Request
	case lookCommand.MatchString(command):
		class = Lookup
	}
	s.sink(c.Args[0], class, name, command, c.Pos)
	if len(list) > 0 || class != Process && len(c.Args) > 1 && !s.graph.IsObject(c, 1) {
		s.sink(c.Args[1], class, name, command, c.Pos)
	}
	switch {
	case class == Request:
		s.add(s.sources, c.Node, Point{Kind: source, Class: string(Remote), Name: name, Target: shorten(command)}, c.Pos)
	case whoCommand.MatchString(command):
		s.source(c.Node, Identity, name+" "+command, c.Pos)
	case envCommand.MatchString(command):
		s.source(c.Node, Environment, name+" "+command, c.Pos)
	case secretIn([]string{command}) != "":
		s.source(c.Node, CredentialFile, name+" "+command, c.Pos)
	}
	run := Point{Kind: sink, Class: string(Run), Name: name, Target: shorten(command), Step: s.step(c.Pos)}
	s.runs = append(s.runs, fileRun{c.Args[0], texts, run})
	if len(c.Args) > 1 {
		s.runs = append(s.runs, fileRun{c.Args[1], list, run})
	}
}

// command notes what a command that is put together does by itself. Those that
// are constant are read as shell elsewhere.
func (s *summary) command(c *javascript.GraphCall, name, text string) {
	if len(text) > maxCommand || s.graph.Arg(c, 0).Constant {
		return
	}
	script := shell.Parse(text)
	to := Point{Kind: sink, Class: string(Run), Name: name + " command", Target: shorten(text)}
	switch {
	case script.Has(shell.KindDownloadRun):
		s.whole(Remote, "download", to, c.Pos)
	case script.Has(shell.KindPost) && script.Has(shell.KindReadSecrets):
		to.Class = string(Request)
		s.whole(CredentialFile, "command", to, c.Pos)
	}
}

// maxCommand bounds a command that is read as shell, in bytes.
const maxCommand = 16 << 10

// files notes what is read and written.
func (s *summary) files(c *javascript.GraphCall, method, name string) {
	if len(c.Args) == 0 {
		return
	}
	s.traces(c, method, name)
	if isRemoval(method) {
		s.removals = append(s.removals, removal{c.Args[0], name, c.Pos})
	}
	texts := s.graph.Texts(c, 0)
	switch {
	case isFileRead(method):
		switch secret := secretIn(texts); {
		case secret != "":
			s.source(c.Node, CredentialFile, name+" "+secret, c.Pos)
		case consumers(texts):
			s.source(c.Node, Manifest, name+" package.json", c.Pos)
		default:
			s.opened(c.Args[0], c.Node, name, c.Pos)
		}
	case isFileWrite(method):
		w := fileWrite{path: c.Args[0], data: -1, texts: texts, pos: c.Pos}
		if len(c.Args) > 1 {
			w.data = c.Args[1]
		}
		w.stream = method == "createWriteStream"
		if place := startup(texts); place != "" {
			s.own(name, Point{Kind: sink, Class: string(Startup), Name: name, Target: place}, c.Pos)
			if w.data >= 0 {
				s.sink(w.data, Startup, name, place, c.Pos)
			}
		}
		if len(c.Args) > 1 {
			w.text = strings.Join(s.graph.Texts(c, 1), " ")
		}
		s.writes = append(s.writes, w)
	}
}

// opened notes that a file of a path that is not known is read: where the path is
// that of credentials, so is what it gives.
func (s *summary) opened(path, content int32, name string, pos int) {
	s.add(s.sinks, path, Point{Kind: read, Call: pos + 1}, pos)
	s.add(s.sources, content, Point{Kind: contents, Name: shorten(name), Call: pos + 1}, pos)
}

// own adds a chain of text of the package that goes to a sink.
func (s *summary) own(name string, to Point, pos int) { s.whole(Own, name, to, pos) }

// whole adds a chain that begins and ends at one place.
func (s *summary) whole(class Source, name string, to Point, pos int) {
	if len(s.Points)+2 > maxPoints {
		s.Cut = true
		return
	}
	to.Step = s.step(pos)
	s.Points = append(s.Points, Point{Kind: source, Class: string(class), Name: shorten(name), Step: to.Step}, to)
	s.Flows = append(s.Flows, Flow{From: len(s.Points) - 2, To: len(s.Points) - 1})
}

// destroys notes what is removed, and where in a file that removes something the
// user's folder is asked for.
func (s *summary) destroys() {
	if len(s.removals) == 0 {
		return
	}
	for _, r := range s.removals {
		s.sink(r.node, Destroy, r.name, "", r.pos)
	}
	for _, h := range s.homes {
		s.source(h.node, Home, h.name, h.pos)
	}
}

// marks notes what tells the intent of a script besides its flows.
func (s *summary) marks() {
	for _, c := range s.graph.Calls {
		name := c.Method
		if name == "" && len(c.Paths) > 0 {
			name = last(c.Paths[0].Names)
		}
		switch name {
		case "getHours", "getUTCHours", "getDay", "getUTCDay":
			s.mark(Hours)
		case "querySelectorAll", "querySelector", "matches", "closest", "getElementsByName":
			if credentialField.MatchString(strings.Join(s.graph.Texts(&c, 0), "")) {
				s.mark(CredentialFields)
			}
		}
	}
	// Looking through a whole text takes longer than all else, and what it tells
	// counts for some sources only.
	for _, m := range []struct {
		mark    Mark
		source  Source
		pattern *regexp.Regexp
	}{
		{CredentialFields, Form, credentialField}, {DeliveryHeaders, KeyMaterial, deliveryHeader}, {Place, Home, placeWord},
	} {
		if slices.ContainsFunc(s.Points, func(p Point) bool { return p.Kind == source && p.Class == string(m.source) }) && m.pattern.MatchString(s.file.Text) {
			s.mark(m.mark)
		}
	}
	if len(s.graph.Replaced) > 0 {
		s.mark(Replaces)
	}
}

func (s *summary) mark(m Mark) {
	if !slices.Contains(s.Marks, m) {
		s.Marks = append(s.Marks, m)
	}
}

// literals notes paths of credentials, and addresses of wallets.
func (s *summary) literals() {
	for _, l := range s.graph.Literals {
		if secret := secretIn([]string{l.Name}); secret != "" {
			s.add(s.sources, l.Node, Point{Kind: source, Class: string(secretPath), Name: shorten(secret)}, l.Pos)
		}
		if isWallet(l.Name) {
			s.source(l.Node, Wallet, shorten(l.Name), l.Pos)
		}
	}
}

// concealed notes names that are made of a function's own text, and what is mixed
// with a key.
func (s *summary) concealed() {
	for _, l := range s.graph.SelfTexts {
		s.source(l.Node, SelfText, "text of "+cmp.Or(l.Name, "a function"), l.Pos)
	}
	for _, l := range s.graph.Computed {
		s.sink(l.Node, Named, "a computed name", "", l.Pos)
	}
	runs := slices.ContainsFunc(s.Points, func(p Point) bool { return p.Kind == sink && p.Class == string(Evaluate) })
	for _, l := range s.graph.Mixed[:min(len(s.graph.Mixed), maxMixed)] {
		if runs {
			s.source(l.Node, Deciphered, "an exclusive or", l.Pos)
		}
	}
}

// maxMixed bounds the places that are taken for a cipher.
const maxMixed = 20

// traces notes changes of the package's own manifest and of the script itself.
func (s *summary) traces(c *javascript.GraphCall, method, name string) {
	at := 0
	switch method {
	case "unlink", "unlinkSync", "rm", "rmSync", "remove", "removeSync", "writeFile", "writeFileSync":
	case "rename", "renameSync", "copyFile", "copyFileSync", "move", "moveSync", "copy", "copySync":
		at = 1
	default:
		return
	}
	if at >= len(c.Args) {
		return
	}
	place := s.graph.Arg(c, at)
	self := javascript.DirName + "/" + path.Base(s.file.Name)
	removes := strings.HasPrefix(method, "unlink") || strings.HasPrefix(method, "rm") || strings.HasPrefix(method, "remove")
	texts := s.graph.Texts(c, at)
	own := place.Constant && (place.Text == self && removes || place.Text == javascript.DirName+"/package.json") ||
		!removes && at == 1 && len(texts) > 0 && texts[len(texts)-1] == "package.json" && consumers(texts[len(texts)-1:])
	if own {
		s.own(name, Point{Kind: sink, Class: string(Traces), Name: name, Target: path.Base(place.Text)}, c.Pos)
	}
}

func startup(texts []string) string {
	for _, text := range append(texts, strings.Join(texts, "/")) {
		if place := shell.StartupPath(text); place != "" {
			return place
		}
	}
	return ""
}

// members notes the fields of forms, and addresses that are put together.
func (s *summary) members() {
	for _, m := range s.graph.Members {
		switch m.Name {
		case "elements":
			s.source(m.Node, Form, m.Name, m.Pos)
		case "headers", "rawHeaders":
			s.source(m.Node, Incoming, m.Name, m.Pos)
		}
	}
	for _, w := range s.graph.Writes {
		switch w.Name {
		case "src", "href":
			s.sink(w.Node, Request, w.Name+" of an element", "", w.Pos)
		case "to":
			s.sink(w.Node, Swap, "the member to", "", w.Pos)
		}
	}
}

// functions notes parameters that are called after key material, and what
// handlers are given.
func (s *summary) functions() {
	used := s.usedAsKeys()
	for _, f := range s.graph.Functions {
		for i, name := range f.Names {
			switch {
			case i == 0 && takesKey.MatchString(f.Name):
				s.source(f.Params[i], KeyMaterial, "parameter of "+f.Name, s.graph.Pos(f.Params[i]))
			case keyName(name):
				s.source(f.Params[i], KeyMaterial, "parameter "+name, s.graph.Pos(f.Params[i]))
			case used[f.Params[i]]:
				s.source(f.Params[i], KeyMaterial, "parameter that is used as a key", s.graph.Pos(f.Params[i]))
			}
		}
		if f.Name == "handleEvent" && len(f.Params) > 0 {
			s.source(f.Params[0], Form, "event", s.graph.Pos(f.Params[0]))
		}
		if len(f.Names) >= 2 && (f.Names[0] == "req" || f.Names[0] == "request" || f.Names[0] == "ctx" && f.Names[1] == "next") {
			s.source(f.Params[0], Incoming, "parameter "+f.Names[0], s.graph.Pos(f.Params[0]))
		}
	}
}

// usedAsKeys returns the nodes near by that what is used as a secret key comes
// from.
func (s *summary) usedAsKeys() map[int32]bool {
	if len(s.keys) == 0 {
		return nil
	}
	used := make(map[int32]bool)
	back := make(map[int32][]int32) // of an object with a key in it, not all is one
	for to, from := range s.origins() {
		if !s.graph.IsPart(to) {
			back[to] = from
		}
	}
	for _, key := range s.keys[:min(len(s.keys), maxKeys)] {
		for _, n := range reach(back, key) {
			used[n] = true
		}
	}
	return used
}

// maxKeys bounds the uses of keys that are followed.
const maxKeys = 20

// exports notes what the file gives to others.
func (s *summary) exports() {
	for _, e := range s.graph.Exports {
		name := e.Name
		if name == "default" {
			name = ""
		}
		pos := s.graph.Pos(e.Node)
		s.add(s.sinks, e.Node, Point{Kind: exported, Name: name}, pos)
		if e.Function >= 0 {
			s.enter(name, e.Function)
		}
	}
	// Methods are called by their name alone.
	for i, f := range s.graph.Functions {
		if f.Name != "" && len(s.graph.Exports) > 0 {
			s.enter(f.Name, i)
		}
	}
}

func (s *summary) enter(name string, function int) {
	f := s.graph.Functions[function]
	for i, p := range f.Params {
		s.add(s.sources, p, Point{Kind: parameter, Name: name, Index: i}, f.Pos)
	}
	s.add(s.sinks, f.Return, Point{Kind: exported, Name: name}, f.Pos)
}

// runFiles turns a write into an evaluation where the file is run: a file of
// the same name, or one that the same variable names.
func (s *summary) runFiles() {
	for _, w := range slices.Clone(s.writes) {
		for i := range min(len(s.piped), maxPiped) {
			if w.stream {
				w.data = s.piped[i]
				s.writes = append(s.writes, w)
			}
		}
	}
	for _, w := range s.writes {
		if w.data >= 0 {
			s.sink(w.data, Written, "a file", strings.Join(w.texts, ""), w.pos)
		}
	}
	if len(s.writes) == 0 || len(s.runs) == 0 {
		return
	}
	origins := s.origins()
	for _, w := range s.writes {
		for _, r := range s.runs {
			if !samePath(w.texts, r.texts) && !share(origins, w.path, r.path) {
				continue
			}
			if w.data >= 0 {
				s.add(s.sinks, w.data, r.point, w.pos)
			}
			m := foreign.FindString(w.text)
			if m == "" && len(s.file.Text) < maxSmall {
				m = living.FindString(s.file.Text)
			}
			if m != "" {
				p := r.point
				p.Target = m
				s.own("text with "+m, p, w.pos)
			}
			break
		}
	}
}

// maxSmall is the size of a script, in bytes, that is looked through for the
// programs of a script that it writes, where its text is not constant.
const maxSmall = 64 << 10

// maxPiped bounds the values that are taken to be written to each stream.
const maxPiped = 8

// isStream reports whether a path is what createWriteStream gives.
func isStream(p javascript.Path) bool {
	return len(p.Names) == 2 && p.Names[0] == "createWriteStream" && p.Names[1] == javascript.Called
}

func samePath(a, b []string) bool {
	for _, x := range a {
		if len(x) < 4 || strings.HasPrefix(x, "-") {
			continue
		}
		base := x[strings.LastIndexAny(x, "/\\")+1:]
		if len(base) < 4 {
			continue
		}
		for _, y := range b {
			if strings.Contains(y, base) {
				return true
			}
		}
	}
	return false
}

// origins are the edges in reverse.
func (s *summary) origins() map[int32][]int32 {
	if s.back != nil {
		return s.back
	}
	back := make(map[int32][]int32)
	s.back = back
	for from := range int32(s.graph.Len()) {
		for _, to := range s.graph.To(from) {
			back[to] = append(back[to], from)
		}
	}
	return back
}

// share reports whether two values are made of one.
func share(back map[int32][]int32, a, b int32) bool {
	second := reach(back, b)
	return slices.ContainsFunc(reach(back, a), func(n int32) bool { return slices.Contains(second, n) })
}

// reach returns the nodes that a value comes from, the nearest first, at most
// near.
func reach(back map[int32][]int32, start int32) []int32 {
	const near = 60
	seen := []int32{start}
	for i := 0; i < len(seen) && len(seen) < near; i++ {
		for _, from := range back[seen[i]] {
			if !slices.Contains(seen, from) {
				seen = append(seen, from)
			}
		}
	}
	return seen
}

// flows finds which points lead to which.
func (s *summary) flows() {
	if len(s.sources) == 0 || len(s.sinks) == 0 {
		return
	}
	work := 0
	parent := make([]int32, s.graph.Len())
	mark := make([]int32, s.graph.Len())
	round := int32(0)
	personal := make(map[int32]bool) // nodes with sources that a hash makes harmless
	for node, points := range s.sources {
		personal[node] = slices.ContainsFunc(points, func(i int) bool {
			if s.Points[i].Kind == contents {
				return true
			}
			switch Source(s.Points[i].Class) {
			case Environment, SecretVariable, Identity, CredentialFile, KeyMaterial, Form, Cookie, Clipboard:
				return true
			}
			return false
		})
	}
	var starts []int32
	for node := range s.sources {
		starts = append(starts, node)
	}
	slices.Sort(starts)
	for _, start := range starts {
		round++
		queue := []int32{start}
		mark[start], parent[start] = round, -1
		for i := 0; i < len(queue); i++ {
			node := queue[i]
			if work++; work > maxWork || len(s.Flows) >= maxFlows {
				s.Cut = true
				return
			}
			for _, to := range s.sinks[node] {
				for _, from := range s.sources[start] {
					if s.Points[from].Kind == source && s.Points[to].Kind == sink && idle(s.Points[from].Class, s.Points[to].Class) {
						continue
					}
					flow := Flow{From: from, To: to}
					if s.Points[from].Kind == source || s.Points[to].Kind == sink { // between doors there are too many
						flow.Via = s.via(parent, node)
					}
					s.Flows = append(s.Flows, flow)
				}
			}
			if hash, is := s.digested[node]; is {
				for _, from := range s.sources[start] {
					s.Points[from].Checked = s.Points[from].Checked || s.Points[from].Class == string(Remote)
				}
				if personal[start] && !(hash && s.isKey(start)) {
					continue
				}
			}
			for _, next := range s.graph.To(node) {
				if mark[next] != round {
					mark[next], parent[next] = round, node
					queue = append(queue, next)
				}
			}
		}
	}
}

// isKey reports whether the only sources at a node are key material: a hash of it
// is a key as well.
func (s *summary) isKey(node int32) bool {
	return !slices.ContainsFunc(s.sources[node], func(i int) bool { return s.Points[i].Class != string(KeyMaterial) })
}

// maxVia bounds how far back via looks and maxVias how many places it picks;
// minApart is how far apart they are, in bytes.
const (
	maxVia   = 200
	maxVias  = 4
	minApart = 20
)

// via picks places on the way to a node.
func (s *summary) via(parent []int32, node int32) []Step {
	var steps []Step
	last := -MaxText
	for n, seen := parent[node], 0; n >= 0 && parent[n] >= 0 && seen < maxVia; n, seen = parent[n], seen+1 {
		pos := s.graph.Pos(n)
		if pos < 0 || pos > last-minApart && pos < last+minApart {
			continue
		}
		last = pos
		steps = append(steps, s.step(javascript.SkipTrivia(s.file, pos)))
		if len(steps) == maxVias {
			break
		}
	}
	slices.Reverse(steps)
	return steps
}
