package shell

import (
	"regexp"
	"slices"
	"strings"
)

// managerVerbs are subcommands by package manager that are no scripts of the
// manifest. For npm every word is a subcommand.
var managerVerbs = map[string]map[string]bool{
	"yarn": set("access", "add", "audit", "autoclean", "bin", "cache", "check", "config", "constraints", "create", "dedupe",
		"dlx", "exec", "explain", "generate-lock-entry", "global", "help", "import", "info", "init", "install",
		"licenses", "link", "list", "login", "logout", "npm", "node", "outdated", "owner", "pack", "patch", "plugin",
		"policies", "publish", "rebuild", "remove", "run", "search", "set", "tag", "team", "unlink", "unplug", "up",
		"upgrade", "upgrade-interactive", "version", "versions", "why", "workspace", "workspaces"),
	"pnpm": set("add", "audit", "bin", "cache", "config", "create", "dedupe", "deploy", "dlx", "doctor", "env", "exec", "fetch",
		"help", "i", "import", "init", "install", "it", "install-test", "licenses", "link", "list", "ln", "ls",
		"outdated", "pack", "patch", "patch-commit", "prune", "publish", "rb", "rebuild", "remove", "rm", "root", "run",
		"server", "setup", "store", "un", "uninstall", "unlink", "up", "update", "upgrade", "why"),
	"bun": set("a", "add", "audit", "build", "c", "create", "exec", "i", "info", "init", "install", "link", "outdated",
		"patch", "pm", "publish", "remove", "rm", "repl", "run", "test", "unlink", "update", "upgrade", "x"),
}

// reading are subcommands that change nothing.
var reading = set("", "-v", "--version", "-h", "--help", "audit", "bin", "check", "explain", "get", "help", "info", "list",
	"licenses", "ls", "ll", "la", "outdated", "ping", "prefix", "repl", "root", "search", "show", "view", "why", "whoami")

// managerValues are options of package managers whose value is the next word.
var managerValues = []string{
	"--prefix", "-C", "--cwd", "--dir", "--loglevel", "--registry", "--userconfig", "--cache", "--workspace", "-w",
	"--filter", "-F", "--tag", "--otp", "--access", "--scope", "--script-shell", "--config", "-c",
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// peelManager handles npm, yarn, pnpm and bun. It reports whether the command
// that the manager starts is left in c.words.
func (r *reader) peelManager(c *call) bool {
	name := r.programName(c)
	family := map[string]string{"yarnpkg": "yarn", "cnpm": "npm", "tnpm": "npm"}[name]
	if family == "" {
		family = name
	}
	dir := ""
	args := c.words[1:]
	for len(args) > 0 && strings.HasPrefix(args[0].text, "-") {
		o, attached, has := strings.Cut(args[0].text, "=")
		if family == "bun" && !has && slices.Contains([]string{"-e", "--eval", "-p", "--print", "-r", "--preload"}, o) {
			return false // bun as an interpreter
		}
		if o == "-v" || o == "--version" || o == "-h" || o == "--help" {
			return false
		}
		takes := !has && slices.Contains(managerValues, o) && len(args) > 1
		if takes {
			attached = args[1].text
		}
		if o == "--prefix" || o == "-C" || o == "--cwd" || o == "--dir" {
			dir = attached
		}
		args = args[1+btoi(takes):]
	}
	for _, w := range args {
		if strings.Contains(strings.ToLower(w.text), "_auth") {
			r.act(c, KindReadSecrets, name+" "+w.text)
		}
	}
	if len(args) == 0 {
		if family == "yarn" {
			r.act(c, KindPackageManager, "yarn install")
		}
		return false
	}
	verb, rest := args[0], args[1:]
	// npm takes its options anywhere in front of "--".
	_, operands := options(rest, "C", managerValues)
	for i, w := range rest {
		if w.text == "--" {
			break
		}
		if (w.text == "--prefix" || w.text == "--cwd" || w.text == "-C") && i+1 < len(rest) {
			dir = rest[i+1].text
		}
	}
	script := func(w word) {
		old := r.dir
		if dir != "" {
			r.cd(&call{src: c.src, words: []word{w, literal(dir, w)}})
		}
		r.runsScript(c, name, w)
		r.dir = old
	}
	switch v := verb.text; {
	case v == "run" && family == "bun" && len(operands) > 0 && isURL(operands[0].text):
		return false // bun as an interpreter
	case v == "run" || family == "npm" && (v == "run-script" || v == "rum" || v == "urn"):
		if len(operands) > 0 {
			script(operands[0])
			if family == "bun" || family == "yarn" {
				return r.startsBinary(c, operands[0], rest)
			}
		}
		return false
	case family != "bun" && family != "yarn" && slices.Contains([]string{"test", "t", "tst", "start", "stop", "restart"}, v):
		if v == "t" || v == "tst" {
			v = "test"
		}
		script(literal(v, verb))
		return false
	case v == "exec" || v == "x" && family != "yarn":
		if family == "npm" || family == "bun" && v == "x" {
			return r.npxArguments(c, name+" "+v, rest)
		}
		return r.after(c, rest)
	case v == "dlx":
		return r.npxArguments(c, name+" "+v, rest)
	case family == "yarn" && v == "node":
		c.words = append([]word{literal("node", verb)}, rest...)
		return true
	case family == "yarn" && v == "workspace" && len(operands) > 1, family == "yarn" && v == "workspaces":
		r.act(c, KindPackageManager, name+" "+v)
		return false
	case family == "npm" || managerVerbs[family][v] || !verb.known():
		r.managerAct(c, name, verb, operands)
		return false
	case family == "bun" && strings.ContainsAny(v, "./"):
		return false // bun as an interpreter
	}
	script(verb)
	c.words = args
	return true
}

// startsBinary leaves the command behind "run" to be analysed where it may be
// a dependency's program or a file instead of a script.
func (r *reader) startsBinary(c *call, name word, rest []word) bool {
	for i, w := range rest {
		if w.offset == name.offset && w.text == name.text {
			if strings.ContainsAny(name.path(), "./") && r.programName(c) == "bun" {
				r.runsFile(c, "bun", name)
				return false
			}
			c.words = rest[i:]
			return true
		}
	}
	return false
}

// after leaves the command behind leading options.
func (r *reader) after(c *call, rest []word) bool {
	_, rest = leading(rest, "cC", nil)
	if len(rest) == 0 {
		return false
	}
	c.words = rest
	return true
}

// managerAct records what a package manager is asked to change.
func (r *reader) managerAct(c *call, name string, verb word, operands []word) {
	if reading[verb.text] {
		return
	}
	if verb.text == "config" || verb.text == "c" || verb.text == "pkg" || verb.text == "token" || verb.text == "dist-tag" {
		if len(operands) == 0 || reading[operands[0].text] {
			if verb.text == "token" {
				r.act(c, KindReadSecrets, name+" token")
			}
			return
		}
	}
	detail := name + " " + verb.text
	for i, w := range operands {
		if i == 3 {
			break
		}
		detail += " " + w.text
	}
	r.act(c, KindPackageManager, detail)
	if verb.text != "config" && verb.text != "c" && verb.text != "set" {
		r.remoteSpecs(c, operands)
	}
}

// remoteSpecs records packages that do not come from a registry.
func (r *reader) remoteSpecs(c *call, specs []word) {
	for _, w := range specs {
		if m := scpPattern.FindStringSubmatch(w.text); m != nil {
			r.host(m[1])
		}
		if isURL(w.text) {
			r.act(c, KindDownloadRun, "package "+w.text)
		}
	}
}

// peelNpx handles npx and its relatives.
func (r *reader) peelNpx(c *call) bool {
	return r.npxArguments(c, r.programName(c), c.words[1:])
}

// npxArguments reads what follows npx, npm exec or a dlx command.
func (r *reader) npxArguments(c *call, name string, args []word) bool {
	opts, rest := leading(args, "pcw", []string{"--package", "--call", "--workspace", "--registry", "--cache", "--userconfig"})
	var local, remote bool
	var packages []word
	var command word
	for _, o := range opts {
		switch o.name {
		case "-p", "--package":
			packages = append(packages, o.value)
		case "-c", "--call":
			command = o.value
		case "--no-install", "--no", "--offline":
			local = true
		}
	}
	if len(rest) > 0 && strings.HasPrefix(name, "npm") && rest[0].text == "--" {
		rest = rest[1:]
	}
	if len(packages) == 0 && len(rest) > 0 {
		packages = rest[:1]
	}
	for _, p := range packages {
		switch {
		case strings.HasPrefix(p.path(), "./"), strings.HasPrefix(p.path(), "../"):
			// A folder; the command itself names its file.
		case isURL(p.text) || scpPattern.MatchString(p.text) || remoteSpec.MatchString(p.text):
			remote = true
			r.act(c, KindDownloadRun, name+" "+p.text)
			if m := scpPattern.FindStringSubmatch(p.text); m != nil {
				r.host(m[1])
			}
		case !local:
			r.act(c, KindPackageManager, name+" "+p.text)
		}
	}
	if command.text != "" {
		r.nested(c, command.value, command, name+" -c")
		return false
	}
	if len(rest) == 0 || remote && packages[0].offset == rest[0].offset {
		return false
	}
	first := rest[0]
	if binary := binaryName(first.text); first.known() && binary != first.text {
		first = literal(binary, first)
		first.raw = rest[0].raw
	}
	c.words = append([]word{first}, rest[1:]...)
	return true
}

// remoteSpec matches package specifications that name a repository.
var remoteSpec = regexp.MustCompile(`^(?:github|gitlab|bitbucket|gist|git):|^[\w.-]+/[\w.-]+(?:#.*)?$`)

// binaryName returns the program that npx runs for a package specification:
// the name without scope and version.
func binaryName(spec string) string {
	if strings.HasPrefix(spec, ".") || strings.HasPrefix(spec, "/") {
		return spec
	}
	if strings.HasPrefix(spec, "@") {
		_, spec, _ = strings.Cut(spec, "/")
	}
	name, _, _ := strings.Cut(spec, "@")
	return name
}

// managerOutput returns what a package manager prints, which may come from the
// registry. What else it does, peelManager has read.
func (r *reader) managerOutput(c *call) value {
	for _, w := range c.args() {
		switch w.text {
		case "view", "info", "show", "v":
			return opaque(fromDownload)
		}
	}
	return opaque(fromProcess)
}

// runAll handles npm-run-all, run-s and run-p, whose operands are patterns of
// script names.
func (r *reader) runAll(c *call) value {
	_, operands := options(c.args(), "", []string{"--max-parallel", "--npm-path"})
	for _, w := range operands {
		name, _, _ := strings.Cut(w.text, " ") // arguments for the script
		r.runsScript(c, "npm-run-all", literal(name, w))
	}
	return opaque(fromProcess)
}

// otherManager handles package managers of other languages and of systems.
func (r *reader) otherManager(c *call) value {
	_, operands := options(c.args(), "", nil)
	if len(operands) == 0 {
		return opaque(fromProcess)
	}
	switch verb := operands[0].text; verb {
	case "install", "i", "add", "run", "get", "download", "upgrade", "update", "-S", "-Sy", "-U", "pip", "tool", "require",
		"global", "use", "enable", "publish", "push", "yank":
		if c.name == "go" && verb == "run" && len(operands) > 1 && !strings.Contains(operands[1].text, "@") {
			r.runsFile(c, "go", operands[1])
			break
		}
		if (c.name == "cargo" || c.name == "dotnet" || c.name == "conda") && verb == "run" {
			break
		}
		detail := c.name
		for _, w := range operands[:min(4, len(operands))] {
			detail += " " + w.text
		}
		r.act(c, KindPackageManager, detail)
	}
	return opaque(fromProcess)
}

// git handles what git changes or fetches, and settings that make it run
// something.
func (r *reader) git(c *call) value {
	opts, rest := leading(c.args(), "Cc", []string{"--git-dir", "--work-tree"})
	for _, o := range opts {
		if o.name == "-c" {
			r.gitSetting(c, o.value.text)
		}
	}
	if len(rest) == 0 {
		return opaque(0)
	}
	verb := rest[0].text
	_, operands := options(rest[1:], "bmofFt", []string{"--branch", "--message", "--depth", "--get", "--file"})
	for _, w := range operands {
		if m := scpPattern.FindStringSubmatch(w.text); m != nil {
			r.host(m[1])
		}
	}
	switch verb {
	case "clone", "pull", "fetch":
		r.act(c, KindDownload, "git "+verb)
		if verb == "clone" && len(operands) > 0 {
			r.files[r.fileKey(cloneDir(operands))] = opaque(fromDownload)
		}
	case "push", "commit", "tag", "am", "apply", "submodule", "remote":
		r.act(c, KindPackageManager, "git "+verb)
	case "config":
		switch {
		case len(operands) > 1:
			r.gitSetting(c, operands[0].text+"="+operands[1].text)
		case len(operands) == 1 || slices.ContainsFunc(rest, func(w word) bool { return w.text == "--get" }):
			for _, w := range rest[1:] {
				if strings.HasPrefix(w.text, "user.") {
					r.act(c, KindHostIdentity, "git config "+w.text)
					return opaque(fromIdentity)
				}
			}
		}
	case "log", "remote-show", "show":
		return opaque(fromIdentity)
	case "credential", "credential-store", "credential-osxkeychain":
		r.act(c, KindReadSecrets, "git "+verb)
		return opaque(fromSecrets)
	}
	return opaque(fromProcess)
}

// cloneDir returns the folder that git clone makes.
func cloneDir(operands []word) word {
	if len(operands) > 1 {
		return operands[1]
	}
	name := strings.TrimSuffix(baseName(strings.TrimRight(operands[0].text, "/")), ".git")
	return literal(name, operands[0])
}

// gitSetting looks at a setting that makes git run a program.
func (r *reader) gitSetting(c *call, setting string) {
	name, v, _ := strings.Cut(setting, "=")
	switch lower := strings.ToLower(name); lower {
	case "core.hookspath":
		r.act(c, KindPersistence, "git config "+name)
	case "core.sshcommand", "core.fsmonitor", "core.pager", "core.editor", "credential.helper":
		r.nested(c, value{text: strings.TrimPrefix(v, "!")}, word{offset: c.offset, exact: -1}, "git config "+lower)
	default:
		if command, ok := strings.CutPrefix(v, "!"); ok && strings.HasPrefix(lower, "alias.") {
			r.nested(c, value{text: command}, word{offset: c.offset, exact: -1}, "git alias")
		}
	}
}

// gh handles GitHub's command line, which carries its user's token.
func (r *reader) gh(c *call) value {
	_, operands := options(c.args(), "", nil)
	if len(operands) == 0 {
		return opaque(0)
	}
	switch operands[0].text {
	case "auth":
		r.act(c, KindReadSecrets, "gh auth")
		return opaque(fromSecrets)
	case "api", "repo", "gist", "release", "secret", "workflow", "pr", "issue":
		r.act(c, KindPost, "gh "+operands[0].text)
	}
	return opaque(fromDownload)
}
