package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/amalfi-audit/audit/internal/chain"
	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/sandbox/leak"
	"github.com/amalfi-audit/audit/internal/shell"
)

// Revision changes when a Story has more to say of the same bytes than before.
const Revision = 1

// Plan says what of a package is run.
type Plan struct {
	Package Package `json:"package"`
	// Entries are run in their order.
	Entries []Entry `json:"entries"`
	// Engine, where set, is the only one that is used.
	Engine Engine `json:"engine,omitempty"`
	// Obfuscated has what goja sees nothing in run under QuickJS as well: debug
	// protection stops the one and not the other.
	Obfuscated bool `json:"obfuscated,omitempty"`
	// Killed are the runs, by Execution.Key, that ended the process when they were tried
	// before. They are told and not tried again.
	Killed []string `json:"killed,omitempty"`
	// Limits are those of one run.
	Limits Limits `json:"limits"`
}

// MaxTime is how long the runs of a package may take together.
const MaxTime = 20 * time.Second

// Story is what the scripts of a package did.
type Story struct {
	// Package is the name under which it was installed.
	Package    string      `json:"package"`
	Executions []Execution `json:"executions,omitempty"`
	// Untold is why the rest was not run, if so.
	Untold string `json:"untold,omitempty"`
	// Rest, where not 0, is the entry at which it stopped because a run could not be
	// stopped: what follows needs another process.
	Rest int `json:"rest,omitempty"`
}

// Execution is one script, run once.
type Execution struct {
	Entry Entry `json:"entry"`
	Trace
	// Why says why this engine, and who it ran as: empty for the first run of an
	// entry, goja on a machine that builds.
	Why string `json:"why,omitempty"`
	// Leaks are the invented secrets, and marks of the machine, that left.
	Leaks []Leak `json:"leaks,omitempty"`
	// Found is what code and commands that the script made would do.
	Found []Found `json:"found,omitempty"`
}

// Leak is a canary that left.
type Leak struct {
	Canary string `json:"canary"`
	// Secret tells credentials, keys and content of files from marks of the
	// machine.
	Secret   bool   `json:"secret,omitempty"`
	Encoding string `json:"encoding"`
	// Event is the event by which it left, the last of several.
	Event int `json:"event"`
}

// Found is what text that became code, a command or a file would do.
type Found struct {
	// Event is the event that has the text.
	Event  int           `json:"event"`
	Chains []chain.Chain `json:"chains,omitempty"`
	Acts   []shell.Kind  `json:"acts,omitempty"`
	Hosts  []string      `json:"hosts,omitempty"`
	// Hidden tells that the text is code of which most words stand in no file of
	// the package.
	Hidden bool `json:"hidden,omitempty"`
}

// Reason of a run that ended the process it ran in.
const Killed Reason = "killed"

// Key names a run within a plan.
func (r *Execution) Key() string {
	return strings.Join([]string{r.Entry.Name(), string(r.Engine), r.World}, "\x00")
}

// Name names an entry for a person.
func (e *Entry) Name() string {
	switch {
	case e.File != "" && e.Hook != "":
		return e.Hook + " " + e.File
	case e.File != "":
		return e.File
	}
	return e.Hook + " inline"
}

// Tell runs the entries of a plan. read gives the package's files; running is told
// the key of each run before it begins. Its work is bounded by the plan's limits
// and by MaxRuns.
func Tell(ctx context.Context, plan *Plan, read func(path string) ([]byte, bool), running func(key string)) *Story {
	t := &teller{plan: plan, read: read, running: running, told: make(map[string]bool)}
	t.story.Package = plan.Package.Name
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	for i := range plan.Entries {
		if t.entry(ctx, plan.Entries[i]); t.stuck {
			t.story.Rest = i + 1
			break
		}
		if ctx.Err() != nil {
			t.story.Untold = fmt.Sprintf("running it took longer than %v", MaxTime)
			break
		}
		if len(t.story.Executions) >= MaxRuns {
			t.story.Untold = fmt.Sprintf("more than %d runs", MaxRuns)
			break
		}
	}
	return &t.story
}

// The bounds of a Story.
const (
	// MaxRuns bounds the runs that are kept.
	MaxRuns = 40
	// maxKept is how many events of a run are kept, and maxShown how many bytes of
	// the data of each.
	maxKept  = 300
	maxShown = 2 << 10
	// maxPieces and maxPiece bound the texts of a run that are looked into, and
	// their size in bytes.
	maxPieces = 20
	maxPiece  = 256 << 10
)

type teller struct {
	plan    *Plan
	read    func(string) ([]byte, bool)
	running func(string)
	story   Story
	// told are the acts that are known of an entry.
	told map[string]bool
	// words are those of the package's files, once they were asked for.
	words map[string]bool
	// stuck tells that a run goes on in this process.
	stuck bool
}

// entry runs an entry as often as it takes.
func (t *teller) entry(ctx context.Context, e Entry) {
	clear(t.told)
	names := Identities()
	best := cmp.Or(t.plan.Engine, Goja)
	first := t.run(ctx, e, names[0], best, "")
	if why := t.again(first); why != "" && t.plan.Engine == "" {
		if second := t.run(ctx, e, names[0], QuickJS, why); second != nil {
			if len(second.Events) >= len(first.Events) {
				best, first = QuickJS, second
			}
		}
	}
	asked := asks(first)
	if asked == "" || best == Goja && first.cutShort() {
		return
	}
	for _, name := range names[1:] {
		t.run(ctx, e, name, best, "it asks for "+asked)
	}
}

// again says why an entry is run under QuickJS too.
func (t *teller) again(r *Execution) string {
	switch {
	case r == nil:
		return ""
	case r.cutShort():
		return "goja ended with " + string(r.Ending.Reason)
	case t.plan.Obfuscated && !slices.ContainsFunc(r.Events, acts):
		return "goja sees nothing in obfuscated code"
	}
	return ""
}

// cutShort reports whether a run ended before its script did.
func (r *Execution) cutShort() bool { return r.Ending.Reason != Done && r.Ending.Reason != Exit }

// acts tells events that do something.
func acts(e Event) bool {
	switch e.Kind {
	case Send, Lookup, Spawn, Write, Delete, Eval, Patch:
		return true
	}
	return false
}

// asks returns what a run asked of the machine that differs between identities.
func asks(r *Execution) string {
	if r == nil {
		return ""
	}
	m := machineOf(r.World)
	for _, e := range r.Events {
		if e.Kind == Read && strings.HasPrefix(e.Target, m.Home) && !strings.HasPrefix(e.Target, m.Project) {
			return "files of the user"
		}
		if e.Kind == Env && (strings.Contains(strings.ToUpper(e.Target), "APPDATA") || strings.EqualFold(e.Target, "USERPROFILE") || e.Target == "OS") {
			return "folders of Windows"
		}
		if e.Kind != Ask {
			continue
		}
		switch e.Target {
		case "platform", "locale", "timezone", "username", "time", "type", "release":
			return e.Target
		}
	}
	return ""
}

// run runs an entry once. A run that shows nothing new is not kept. It returns nil
// for one that could not be done.
func (t *teller) run(ctx context.Context, e Entry, identity string, engine Engine, why string) *Execution {
	if ctx.Err() != nil || len(t.story.Executions) >= MaxRuns || t.stuck {
		return nil
	}
	r := Execution{Entry: e, Trace: Trace{Engine: engine, World: identity}, Why: why}
	if slices.Contains(t.plan.Killed, r.Key()) {
		r.Ending = Ending{Reason: Killed, Message: "running it ended the process"}
		t.story.Executions = append(t.story.Executions, r)
		return &r
	}
	t.running(r.Key())
	world := NewWorld(identity, t.plan.Package, e)
	trace, err := Run(ctx, world, t.read, engine, t.plan.Limits)
	if err != nil {
		r.Ending = Ending{Reason: Failed, Message: err.Error()}
		t.story.Executions = append(t.story.Executions, r)
		return &r
	}
	r.Trace = *trace
	t.stuck = trace.Ending.Stuck
	r.leaks(world)
	r.look()
	t.hidden(&r)
	if t.news(&r) {
		kept := r
		kept.shorten()
		t.story.Executions = append(t.story.Executions, kept)
	}
	return &r
}

// news reports whether a run did what no earlier run of the entry did, or ended
// otherwise.
func (t *teller) news(r *Execution) bool {
	is := func(key ...string) bool {
		k := strings.Join(key, "\x00")
		old := t.told[k]
		t.told[k] = true
		return !old
	}
	fresh := is("ending", string(r.Ending.Reason))
	for _, e := range r.Events {
		if acts(e) || e.Kind == Load || e.Kind == Listen || e.Kind == Serve {
			fresh = is(string(e.Kind), e.API, path.Base(e.Path())) || fresh
		}
	}
	for _, l := range r.Leaks {
		fresh = is("leak", l.Canary) || fresh
	}
	return fresh
}

// leaks looks for canaries in what left.
func (r *Execution) leaks(w *World) {
	canaries := w.Canaries()
	secret := make(map[string]bool)
	for _, c := range canaries {
		secret[c.Name] = c.Secret
	}
	own := hostOf(w.Env["npm_config_registry"])
	var sent []leak.Sent
	var events []int
	for i := range r.Events {
		e := &r.Events[i]
		s := leak.Sent{To: e.Target, Data: []byte(e.Detail + "\n" + string(e.Data))}
		switch e.Kind {
		case Send, Lookup:
			if own != "" && strings.EqualFold(strings.TrimSuffix(e.Target, ":443"), own) {
				continue // the consumer's registry, which gave the secret
			}
			if e.Target == pageHost || e.Target == argumentHost || local(e.Target) {
				continue // where the sandbox itself has things sent, and this machine
			}
			if e.Kind == Lookup {
				s.Data = nil
				if strings.EqualFold(e.Target, w.Identity.Hostname) {
					continue // its own address
				}
			}
		case Spawn:
			if len(shell.Parse(cut(e.Detail)).Hosts) == 0 {
				continue
			}
			s.To = ""
		default:
			continue
		}
		sent, events = append(sent, s), append(events, i)
	}
	for _, l := range leak.Find(canaries, sent) {
		r.Leaks = append(r.Leaks, Leak{l.Canary, secret[l.Canary], l.Encoding, events[l.To]})
	}
}

// local tells the machine itself, and what clouds give each machine.
func local(host string) bool {
	host, _, _ = strings.Cut(host, ":")
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "[" || host == "0.0.0.0" || host == "169.254.169.254" || host == "169.254.170.2"
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func cut(text string) string { return text[:min(len(text), maxPiece)] }

// look reads the code and the commands that the script made.
func (r *Execution) look() {
	pieces := 0
	for i := range r.Events {
		e := &r.Events[i]
		f := Found{Event: i}
		switch {
		case e.Kind == Spawn:
			f.shell(shell.Parse(cut(e.Detail)))
		case (e.Kind == Eval || e.Kind == Write) && len(e.Data) > 0 && pieces < maxPieces:
			pieces++
			f.text(e)
		}
		if len(f.Chains) > 0 || len(f.Acts) > 0 {
			r.Found = append(r.Found, f)
		}
	}
}

// text reads text that became code or a file.
func (f *Found) text(e *Event) {
	data := e.Data[:min(len(e.Data), maxPiece)]
	name := strings.ToLower(path.Base(e.Path()))
	switch ext := path.Ext(name); {
	case e.Kind == Eval, ext == ".js", ext == ".cjs", ext == ".mjs":
		f.script(data)
	case shell.LanguageOf(name, string(data)) != "", strings.HasSuffix(name, "rc"), strings.HasSuffix(name, "profile"):
		f.shell(shell.ParseFile(string(data), name))
	case strings.HasPrefix(string(data), "#!") && strings.Contains(string(data[:min(len(data), 60)]), "node"):
		f.script(data)
	}
}

func (f *Found) script(data []byte) {
	file := javascript.Parse("code.js", data, javascript.Options{})
	concerned := chain.Tells(file)
	for u := range file.Uses() {
		if concerned {
			break
		}
		concerned = chain.Concerns(file, &u)
	}
	if !concerned {
		return
	}
	if s := chain.Summarise(file, file.Position); s != nil {
		f.Chains = chain.Link(map[string][]*chain.Summary{"code.js": {s}})
	}
}

// hidden marks text that became code and does not stand in the package, as it was
// hidden there: most of its words are in none of its files.
func (t *teller) hidden(r *Execution) {
	for i := range r.Events {
		e := &r.Events[i]
		if e.Kind != Eval || strings.HasPrefix(e.API, "WebAssembly") || len(e.Data) < minHidden || strings.Contains(string(e.Data), RemoteText) {
			continue
		}
		words := wordsOf(string(e.Data[:min(len(e.Data), maxPiece)]))
		if t.words == nil {
			t.known()
		}
		strange := 0
		for w := range words {
			switch {
			case e.Phase == Calling && ownWords()[w]:
				delete(words, w) // code can be made of what functions are called with
			case !t.words[w]:
				strange++
			}
		}
		if strange == 0 || strange*3 < len(words) || e.Phase == Calling && strange*3 < 2*len(words) {
			continue
		}
		at := slices.IndexFunc(r.Found, func(f Found) bool { return f.Event == i })
		if at < 0 {
			r.Found = append(r.Found, Found{Event: i})
			at = len(r.Found) - 1
		}
		r.Found[at].Hidden = true
	}
}

// minHidden is how long code must be to be told as hidden, in bytes, and maxKnown
// how much of the package's files is looked through for its words.
const (
	minHidden = 16
	maxKnown  = 8 << 20
)

// known collects the words of the package's files.
func (t *teller) known() {
	t.words = make(map[string]bool)
	left := maxKnown
	for _, name := range t.plan.Package.Files {
		if data, ok := t.read(name); ok && left > 0 {
			data = data[:min(len(data), left)]
			left -= len(data)
			for w := range wordsOf(string(data)) {
				t.words[w] = true
			}
		}
	}
}

// ownWords are the words of the fakes.
var ownWords = sync.OnceValue(func() map[string]bool { return wordsOf(builtin().text) })

// wordsOf returns the names in a text that have four letters or more.
func wordsOf(text string) map[string]bool {
	words := make(map[string]bool)
	start := -1
	for i := 0; i <= len(text); i++ {
		if i < len(text) && (text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z' || text[i] == '_' || text[i] == '$' || start >= 0 && text[i] >= '0' && text[i] <= '9') {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 && i-start >= 4 && i-start <= 60 {
			words[text[start:i]] = true
		}
		start = -1
	}
	for _, w := range []string{"function", "return", "this", "const", "class", "async", "await", "typeof", "else", "while", "throw", "catch", "strict", "void", "true", "false", "null", "undefined"} {
		delete(words, w)
	}
	return words
}

func (f *Found) shell(s *shell.Script) {
	for _, a := range s.Acts {
		if !a.Common && !slices.Contains(f.Acts, a.Kind) {
			f.Acts = append(f.Acts, a.Kind)
		}
	}
	f.Hosts = s.Hosts
}

// shorten keeps of a run what a report can show: the acts first, where there are
// too many events.
func (r *Execution) shorten() {
	keep := make([]bool, len(r.Events))
	left := maxKept
	mark := func(wanted func(int) bool) {
		for i := range r.Events {
			if left > 0 && !keep[i] && wanted(i) {
				keep[i] = true
				left--
			}
		}
	}
	named := make(map[int]bool)
	for _, l := range r.Leaks {
		named[l.Event] = true
	}
	for _, f := range r.Found {
		named[f.Event] = true
	}
	mark(func(i int) bool { return named[i] })
	mark(func(i int) bool { return acts(r.Events[i]) })
	mark(func(int) bool { return true })
	place := make([]int, len(r.Events))
	var events []Event
	for i, e := range r.Events {
		place[i] = -1
		if keep[i] {
			place[i] = len(events)
			e.Data = slices.Clone(e.Data[:min(len(e.Data), maxShown)])
			events = append(events, e)
		}
	}
	r.Ending.Dropped += len(r.Events) - len(events)
	r.Events = events
	r.Leaks = slices.DeleteFunc(slices.Clone(r.Leaks), func(l Leak) bool { return place[l.Event] < 0 })
	for i := range r.Leaks {
		r.Leaks[i].Event = place[r.Leaks[i].Event]
	}
	r.Found = slices.DeleteFunc(slices.Clone(r.Found), func(f Found) bool { return place[f.Event] < 0 })
	for i := range r.Found {
		r.Found[i].Event = place[r.Found[i].Event]
	}
}

// RemoteText is in everything that the sandbox's hosts answer where they are asked
// for a file, a script or a text: what has it came from a host.
const RemoteText = "remote7f3a91c2de"

// Origin returns the addresses that were asked before an event.
func (r *Execution) Origin(event int) string {
	var b strings.Builder
	for _, e := range r.Events[:min(event, len(r.Events))] {
		if e.Kind == Send {
			b.WriteString(e.Detail + " ")
		}
	}
	return b.String()
}

// Homely reports whether an event's path is the user's: their home, or in it, and
// not in the package's own folder, a cache or a folder for temporary files.
func (r *Execution) Homely(e *Event) bool {
	m := machineOf(r.World)
	p, home, project := e.Path(), slashes(m.Home), slashes(m.Project)
	if p == "/" || p == project || p == home || strings.HasPrefix(home+"/", p+"/") {
		return true
	}
	if !strings.HasPrefix(p, home+"/") {
		return false
	}
	return !strings.HasPrefix(p, project+"/node_modules/") && !strings.HasPrefix(p, project+"/build") && !strings.Contains(strings.ToLower(p), "cache") &&
		!strings.Contains(strings.ToLower(p), "temp") && !strings.Contains(p, "/tmp")
}

// Own returns an event's path relative to the folder of the package of that name,
// "" for one that is not in it.
func (r *Execution) Own(e *Event, name string) string {
	rest, ok := strings.CutPrefix(e.Path(), slashes(machineOf(r.World).Project)+"/node_modules/"+name+"/")
	if !ok {
		return ""
	}
	return rest
}

// Changed reports whether an event is what the sandbox's page or its wallet sends
// by functions that the script replaced, with other content: what they send by
// themselves is not recorded.
func (r *Execution) Changed(e *Event) bool {
	replaced := func(names ...string) bool {
		return slices.ContainsFunc(r.Events, func(p Event) bool {
			return p.Kind == Patch && slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(p.Target, name) })
		})
	}
	switch e.Target {
	case "wallet":
		return replaced("ethereum", "solana", "tron", "phantom")
	case pageHost:
		return (strings.Contains(e.Detail, pageHost+"/api/pay") || strings.Contains(e.Detail, pageHost+"/api/order") || strings.HasPrefix(e.Detail, "ANSWER ")) && replaced("fetch", "XMLHttpRequest")
	}
	return false
}

// pageHost is the host of the page that the prelude shows, and argumentHost that of
// the address which exported functions are given.
const (
	pageHost     = "shop.example.invalid"
	argumentHost = "api.example.invalid"
)
