package feature

import (
	"strings"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/shell"
)

// matcher finds the features of uses, members, texts, signs and acts.
type matcher struct {
	modules map[string]*node
	globals *node
	methods map[string][]method
	members []int // features that go by a member's name
	signs   map[javascript.SignKind][]int
	acts    map[shell.Kind][]int
}

// node is a step of the patterns: a module or a member.
type node struct {
	patterns []pattern
	members  map[string]*node
}

// pattern ends at a node.
type pattern struct {
	feature int
	// exact asks for just this member, below for a member of it.
	exact, below bool
}

type method struct {
	feature int
	when    func(*javascript.Use) bool
}

// matchers is made from Table, which does not change.
var matchers = newMatcher()

func newMatcher() *matcher {
	m := &matcher{
		modules: make(map[string]*node), globals: new(node), methods: make(map[string][]method),
		signs: make(map[javascript.SignKind][]int), acts: make(map[shell.Kind][]int),
	}
	for i := range Table {
		f := &Table[i]
		for _, use := range f.uses {
			m.add(i, use)
		}
		for name, when := range f.methods {
			m.methods[name] = append(m.methods[name], method{i, when})
		}
		if f.member != nil {
			m.members = append(m.members, i)
		}
		for _, s := range f.signs {
			m.signs[s] = append(m.signs[s], i)
		}
		for _, a := range f.acts {
			m.acts[a] = append(m.acts[a], i)
		}
	}
	return m
}

// add adds a pattern: module#a.b or a.b, with "!" for exactly that and "." for
// its members alone.
func (m *matcher) add(feature int, text string) {
	p := pattern{feature: feature}
	text, p.exact = strings.CutSuffix(text, "!")
	text, p.below = strings.CutSuffix(text, ".")
	n := m.globals
	if module, rest, ok := strings.Cut(text, "#"); ok {
		if n = m.modules[module]; n == nil {
			n = new(node)
			m.modules[module] = n
		}
		text = rest
	}
	// The path of import.meta has one name for the two.
	text = strings.Replace(text, "import.meta", "import\x00meta", 1)
	for name := range strings.SplitSeq(text, ".") {
		if name == "" {
			continue
		}
		name = strings.Replace(name, "\x00", ".", 1)
		if n.members[name] == nil {
			if n.members == nil {
				n.members = make(map[string]*node)
			}
			n.members[name] = new(node)
		}
		n = n.members[name]
	}
	n.patterns = append(n.patterns, p)
}

// isRead accepts what takes a value.
func isRead(u *javascript.Use) bool { return u.Kind == javascript.Read }

// variable returns the environment variable that a use is of, "*" for a
// computed one, or "".
func variable(u *javascript.Use) string {
	names := u.Names
	switch {
	case u.Module == "bun" && len(names) > 1 && names[0] == "env":
		return names[1]
	case u.Module != "" || len(names) < 2:
		return ""
	case len(names) > 2 && names[1] == "env" && (names[0] == "process" || names[0] == "Bun"):
		return names[2]
	case len(names) > 2 && names[0] == "import.meta" && names[1] == "env":
		return names[2]
	case names[0] == "Deno" && names[1] == "env":
		if args := u.Args(); len(args) > 0 && args[0].Constant {
			return args[0].Text
		}
		if len(names) > 2 && names[2] == "get" {
			return javascript.Computed
		}
	}
	return ""
}

// readsVariable accepts a variable that is read.
func readsVariable(u *javascript.Use) bool { return variable(u) != "" }

// readsSecret accepts a variable that is named like a credential.
func readsSecret(u *javascript.Use) bool { return shell.SecretName(variable(u)) }

// readsIdentity accepts what tells who and where the machine is: everything
// but other environment variables.
func readsIdentity(u *javascript.Use) bool {
	if isEnvironment(u) {
		return shell.IdentityName(variable(u))
	}
	return true
}

// readsHome accepts what tells where the user's files are.
func readsHome(u *javascript.Use) bool {
	if isEnvironment(u) {
		switch variable(u) {
		case "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "HOMEPATH", "HOMEDRIVE", "XDG_CONFIG_HOME", "XDG_DATA_HOME":
			return true
		}
		return false
	}
	return true
}

func isEnvironment(u *javascript.Use) bool {
	return u.Module == "" && len(u.Names) > 1 && u.Names[1] == "env" || u.Module == "bun"
}

// encodes accepts Buffer functions that are told an encoding, and everything
// that is not of Buffer.
func encodes(u *javascript.Use) bool {
	if u.Module != "" || u.Names[0] != "Buffer" {
		return true
	}
	return (u.Kind == javascript.Call || u.Kind == javascript.New) && namesEncoding(u)
}

// namesEncoding reports whether an argument of a call is the name of an
// encoding other than plain text.
func namesEncoding(u *javascript.Use) bool {
	for _, a := range u.Args() {
		if !a.Constant {
			continue
		}
		switch strings.ToLower(a.Text) {
		case "base64", "base64url", "hex", "binary", "latin1", "ucs2", "ucs-2", "utf16le", "utf-16le":
			return true
		}
	}
	return false
}

// makesCode accepts what turns text into code: a timer only where it is given
// text, Function only where it is called, require and import() only where the
// name is not constant, which is why they are calls and not imports.
func makesCode(u *javascript.Use) bool {
	if u.Module != "" {
		return u.Module != "module" || u.Kind != javascript.Read
	}
	switch u.Names[0] {
	case "eval":
		return true
	case "setTimeout", "setInterval", "setImmediate":
		if u.Kind != javascript.Call {
			return false
		}
		args := u.Args()
		return len(args) > 0 && args[0].Constant && args[0].Text != "undefined" && args[0].Text != "null"
	case "Function", "execScript":
		return u.Kind == javascript.Call || u.Kind == javascript.New
	case "require", "import", "module", "__non_webpack_require__":
		if u.Kind != javascript.Call {
			return false
		}
		args := u.Args()
		return len(args) > 0 && !args[0].Constant && args[0].List == nil
	}
	return u.Kind != javascript.Read || u.Names[0] != "WebAssembly"
}

// looksUpData accepts a lookup of a name that its call puts together.
func looksUpData(u *javascript.Use) bool {
	if u.Kind != javascript.Call || len(u.Names) == 0 {
		return false
	}
	name := u.Names[len(u.Names)-1]
	if !strings.HasPrefix(name, "lookup") && !strings.HasPrefix(name, "resolve") && name != "reverse" {
		return false
	}
	args := u.Args()
	return len(args) > 0 && args[0].Composed
}
