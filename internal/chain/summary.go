package chain

import (
	"path"
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
	g := f.Graph(passes, member)
	s := &summary{Summary: new(Summary), file: f, graph: g, at: at, sources: make(map[int32][]int), sinks: make(map[int32][]int), digested: make(map[int32]bool)}
	s.Cut = g.Cut
	for i := range g.Calls {
		s.call(&g.Calls[i])
	}
	for i := range g.Reads {
		s.read(&g.Reads[i])
	}
	s.members()
	s.gates()
	s.functions()
	s.exports()
	s.runFiles()
	s.flows()
	if len(s.Flows) == 0 {
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
	return isRequest(p) || isLookup(p) || isProcess(p) || isEvaluate(p) || fileMethod(p) != "" || identifies(p) ||
		p.Module == "" && len(p.Names) > 0 && (p.Names[0] == "process" && len(p.Names) > 1 && p.Names[1] == "env" || p.Names[0] == "document" || p.Names[0] == "localStorage" || p.Names[0] == "sessionStorage")
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
	".elements", "addEventListener", "_compile", "ecipher",
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
		case "parseInt", "parseFloat", "isNaN", "Number", "Boolean", "Math", "console", "setTimeout", "setInterval", "setImmediate", "performance":
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
	// digested are the results of signatures and, true, of hashes.
	digested map[int32]bool
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

// line returns the text around an offset, shortened.
func (s *summary) line(pos int) string {
	text := s.file.Text
	pos = min(pos, len(text))
	start := max(0, pos-MaxText/4)
	start += strings.LastIndexAny(text[start:pos], "\r\n") + 1
	end := min(len(text), start+MaxText)
	if i := strings.IndexAny(text[pos:max(end, pos)], "\r\n"); i >= 0 {
		end = pos + i
	}
	return strings.ToValidUTF8(strings.TrimSpace(text[start:max(end, start)]), "")
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
		s.add(s.sources, c.Node, Point{Kind: imported, Module: p.Module, Name: name, Call: c.Pos + 1}, c.Pos)
		for i, a := range c.Args {
			s.add(s.sinks, a, Point{Kind: argument, Module: p.Module, Name: name, Index: i, Call: c.Pos + 1}, c.Pos)
		}
		return
	}
	name := p.String()
	switch {
	case isRequest(p):
		s.request(c, name)
	case isLookup(p):
		if len(c.Args) > 0 {
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
	case len(p.Names) == 3 && isStream(javascript.Path{Module: p.Module, Names: p.Names[:2]}):
		s.piped = append(s.piped, c.Args...)
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
	case p.Module == "" && name == "require" && len(c.Args) > 0 && manifest(s.graph.Texts(c, 0)) && consumers(s.graph.Texts(c, 0)):
		s.source(c.Node, Manifest, "package.json", c.Pos)
	case p.Module == "" && (p.Names[0] == "$" || p.Names[0] == "jQuery") && slices.Contains([]string{"val", "serialize", "serializeArray"}, last(p.Names)):
		s.source(c.Node, Form, name, c.Pos)
	case decodes(p, func(i int) javascript.Arg { return s.graph.Arg(c, i) }):
		s.source(c.Node, Decoded, name, c.Pos)
	case p.Module == "" && name == "navigator.clipboard.readText":
		s.source(c.Node, Clipboard, name, c.Pos)
	case p.Module == "" && (strings.HasPrefix(name, "localStorage.get") || strings.HasPrefix(name, "sessionStorage.get")):
		s.source(c.Node, Cookie, name, c.Pos)
	case p.Module == "" && name == "FormData" && len(c.Args) > 0:
		s.source(c.Node, Form, name, c.Pos)
	case p.Module == "" && strings.HasSuffix(name, "addEventListener"):
		s.listener(c)
	case last(p.Names) == "createServer" || (p.Module == "express" || p.Module == "koa" || p.Module == "fastify") && slices.Contains([]string{"use", "get", "post", "all"}, last(p.Names)):
		s.source(c.Node, Incoming, name, c.Pos)
	}
}

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
	s.command(c, name, strings.Join(texts, "$unknown"))
	switch {
	case sendCommand.MatchString(command):
		class = Request
	case lookCommand.MatchString(command):
		class = Lookup
	}
	s.sink(c.Args[0], class, name, command, c.Pos)
	if len(list) > 0 {
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
	texts := s.graph.Texts(c, 0)
	switch {
	case isFileRead(method):
		switch secret := secretIn(texts); {
		case secret != "":
			s.source(c.Node, CredentialFile, name+" "+secret, c.Pos)
		case consumers(texts):
			s.source(c.Node, Manifest, name+" package.json", c.Pos)
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

// gates notes what the script asks for before it acts.
func (s *summary) gates() {
	for _, c := range s.graph.Calls {
		name := c.Method
		if name == "" && len(c.Paths) > 0 {
			name = last(c.Paths[0].Names)
		}
		switch name {
		case "getHours", "getUTCHours", "getDay", "getUTCDay":
			s.Gates = []string{"hours"}
			return
		}
	}
}

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
		if m.Path.Names[0] == "elements" {
			s.source(m.Node, Form, "elements", m.Pos)
		}
	}
	for _, w := range s.graph.Writes {
		if name := w.Path.Names[0]; name != "elements" {
			s.sink(w.Node, Request, name+" of an element", "", w.Pos)
		}
	}
}

// functions notes parameters that are called after key material, and what
// handlers are given.
func (s *summary) functions() {
	for _, f := range s.graph.Functions {
		for i, name := range f.Names {
			if keyName(name) {
				s.source(f.Params[i], KeyMaterial, "parameter "+name, s.graph.Pos(f.Params[i]))
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
	back := make(map[int32][]int32)
	for from := range int32(s.graph.Len()) {
		for _, to := range s.graph.To(from) {
			back[to] = append(back[to], from)
		}
	}
	return back
}

// share reports whether two values are made of one.
func share(back map[int32][]int32, a, b int32) bool {
	const near = 60
	reach := func(start int32) []int32 {
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
	second := reach(b)
	return slices.ContainsFunc(reach(a), func(n int32) bool { return slices.Contains(second, n) })
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
