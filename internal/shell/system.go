package shell

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// effect analyses what the command itself does and returns what it prints.
func (r *reader) effect(c *call) value {
	if len(c.words) == 0 {
		return c.stdin // $(<file) prints the file
	}
	program := c.words[0]
	if !program.known() && c.name == "" {
		r.executed(c, program.taint, "output as a command")
		if strings.ContainsAny(program.path(), "/") && !strings.ContainsAny(program.text, " \n") {
			r.runsFile(c, "", program)
		} else {
			r.act(c, KindDynamicCommand, program.text)
		}
		return opaque(c.taint() | fromProcess)
	}
	if r.isOwnFile(c) {
		v := r.files[r.fileKey(program)]
		r.runsFile(c, "", program)
		if v.text != "" && v.text != unknown && peelerFor(c.name) == nil && handlerFor(c.name) == nil {
			return r.nested(c, value{v.text, 0}, literal("", program), program.text)
		}
	}
	if handle := handlerFor(canonical(c.name)); handle != nil {
		return handle(r, c)
	}
	if body, ok := r.functions[c.name]; ok {
		return value{body.text, body.taint | c.taint()}
	}
	return opaque(c.taint() | fromProcess)
}

// scriptExtensions are started by their extension on Windows, without a path.
var scriptExtensions = map[string]bool{
	".bat": true, ".cmd": true, ".ps1": true, ".vbs": true, ".vbe": true, ".js": true, ".jse": true, ".wsf": true,
	".hta": true, ".sh": true, ".scr": true,
}

// isOwnFile reports whether the program of a call is named by a path that is
// not the system's.
func (r *reader) isOwnFile(c *call) bool {
	p := c.words[0].path()
	if !strings.Contains(c.words[0].text, "/") && isKnown(commandName(c.words[0].text)) {
		return false // what only cmd.exe reads as a path
	}
	if _, ok := r.files[r.fileKey(c.words[0])]; ok {
		return true
	}
	switch {
	case strings.HasPrefix(p, "~"), strings.HasPrefix(p, "/tmp/"), strings.HasPrefix(p, "/var/tmp/"), strings.HasPrefix(p, "/dev/shm/"):
		return true
	case isAbsolute(p), !c.words[0].known() && r.systemProgram(c.words[0]) != "":
		return false
	case strings.Contains(p, "node_modules/.bin/"):
		return false // a dependency's program, as on npm's PATH
	case strings.Contains(p, "/"):
		return true
	}
	return scriptExtensions[strings.ToLower(path.Ext(p))] && !isKnown(c.name)
}

// handlerFor returns what analyses a command by its program's name, or nil. A
// handler returns what the command prints; programs without one are taken to
// print something made of what they are given.
func handlerFor(name string) func(*reader, *call) value {
	if _, ok := interpreters[name]; ok {
		return (*reader).interpret
	}
	switch name {
	// the network
	case "curl":
		return (*reader).curl
	case "wget", "wget2":
		return (*reader).wget
	case "fetch", "aria2c", "axel", "lwp-download", "lwp-request", "lynx", "w3m", "links":
		return (*reader).downloader
	case "http", "https", "xh", "httpie":
		return (*reader).httpie
	case "invoke-webrequest", "iwr", "invoke-restmethod", "irm", "start-bitstransfer":
		return (*reader).webRequest
	case "certutil":
		return (*reader).certutil
	case "bitsadmin":
		return (*reader).bitsadmin
	case "nc", "ncat", "netcat", "socat", "telnet", "cryptcat":
		return (*reader).socket
	case "ssh", "scp", "sftp", "rsync", "ftp", "tftp":
		return (*reader).secureShell
	case "nslookup", "dig", "host", "drill", "kdig", "resolve-dnsname":
		return (*reader).lookup
	case "ping", "ping6", "traceroute", "tracert":
		return (*reader).ping

	// interpreters
	case "sh", "bash", "zsh", "dash", "ash", "ksh", "mksh", "fish", "rbash", "csh", "tcsh":
		return (*reader).shellProgram
	case "eval":
		return (*reader).eval
	case "source", ".":
		return (*reader).sourceFile
	case "trap", "alias":
		return (*reader).deferred
	case "su", "runuser", "script", "flock":
		return (*reader).optionC
	case "forfiles":
		return (*reader).forFiles
	case "cross-env-shell", "concurrently":
		return (*reader).commandWords
	case "find":
		return (*reader).find
	case "node", "nodejs":
		return (*reader).node
	case "deno":
		return (*reader).deno
	case "bun":
		return (*reader).bun
	case "powershell", "pwsh":
		return (*reader).powershell
	case "iex", "invoke-expression":
		return (*reader).invokeExpression
	case "cmd":
		return (*reader).cmd
	case "mshta", "rundll32", "regsvr32", "msiexec":
		return (*reader).windowsLoader
	case "java", "javaw":
		return (*reader).java
	case "make", "gmake", "nmake":
		return (*reader).makeProgram

	// packages
	case "npm", "yarn", "pnpm":
		return (*reader).managerOutput
	case "npm-run-all", "run-s", "run-p", "npm-run-all2":
		return (*reader).runAll
	case "pip", "pipx", "uv", "conda", "gem", "cargo", "go", "brew", "apt", "apt-get", "yum", "dnf", "apk",
		"pacman", "choco", "winget", "scoop", "snap", "composer", "dotnet", "luarocks", "nvm", "corepack", "volta":
		return (*reader).otherManager
	case "git":
		return (*reader).git
	case "gh":
		return (*reader).gh

	// what values are made of
	case "echo", "write-output", "write-host":
		return (*reader).echo
	case "printf":
		return (*reader).printf
	case "cat", "type", "get-content", "gc":
		return (*reader).cat
	case "base64", "base32", "basenc", "uudecode":
		return (*reader).base64
	case "xxd":
		return (*reader).xxd
	case "openssl":
		return (*reader).openssl
	case "rev":
		return (*reader).rev
	case "tr":
		return (*reader).tr
	case "gunzip", "zcat", "gzcat", "bunzip2", "bzcat", "unxz", "xzcat", "unzstd", "zstdcat", "gzip", "xz", "bzip2", "zstd", "brotli":
		return (*reader).decompress
	case "tee", "tee-object":
		return (*reader).tee
	case "read":
		return (*reader).readVariable
	case "dirname", "basename":
		return (*reader).pathPart
	case "cd", "chdir", "pushd", "set-location":
		return (*reader).cd

	// the machine
	case "env", "printenv", "set", "export", "declare", "typeset", "get-childitem", "gci":
		return (*reader).environmentDump
	case "whoami", "hostname", "ifconfig", "ipconfig", "systeminfo", "tasklist", "netstat", "arp", "hostnamectl",
		"logname", "who", "w", "users", "last", "getmac", "wmic", "scutil", "dscl", "dmidecode", "lsb_release",
		"id", "uname", "ps", "ip", "ss", "pwd", "ls":
		return (*reader).identity
	case "aws", "gcloud", "az", "kubectl", "vault", "op", "security", "secret-tool", "cmdkey", "trufflehog", "gitleaks":
		return (*reader).credentials
	case "rm", "unlink", "del", "erase", "rmdir", "rd", "rimraf", "del-cli", "remove-item", "ri", "shred", "trash":
		return (*reader).remove
	case "mv", "cp", "move", "copy", "ren", "rename", "xcopy", "cpy", "ncp", "cpx", "move-item", "copy-item", "install":
		return (*reader).copyFile
	case "chmod":
		return (*reader).chmod
	case "crontab", "systemctl", "launchctl", "schtasks", "reg", "update-rc.d", "chkconfig", "at", "batch", "sc", "setx":
		return (*reader).persistence
	case "screen", "tmux":
		return (*reader).detached
	case "out-null":
		return (*reader).outNull
	case "local", "readonly", "true", "false", ":", "exit", "test", "[", "mkdir", "touch", "sleep", "wait", "ln", "chown", "shift",
		"return", "break", "continue", "unset", "popd", "umask", "exec":
		return (*reader).silent
	}
	return nil
}

// lookups are commands whose output is all they do, or is of no interest, so
// that nothing is hidden by discarding it.
var lookups = set("which", "type", "hash", "where", "command", "whence", "get-command", "test", "[", "attrib", "cd", "chcp", "chdir", "cls",
	"color", "copy", "cp", "del", "echo", "egrep", "erase", "fgrep", "find", "findstr", "grep", "md", "mkdir", "mode", "move", "mv",
	"pause", "ping", "popd", "pushd", "rd", "ren", "rm", "rmdir", "sleep", "taskkill", "tasklist", "timeout", "title", "touch", "ver",
	"xcopy")

// hidesNothing reports whether a command's output may be discarded without
// hiding what it does: it looks something up, or is asked for its version.
func hidesNothing(c *call) bool {
	if lookups[c.name] {
		return true
	}
	args := c.args()
	if len(args) == 0 {
		return false
	}
	switch args[0].text {
	case "-version", "--version", "-v", "-V", "--help", "-help", "/?":
		return len(args) == 1
	case "rev-parse", "symbolic-ref", "ls-files":
		return c.name == "git"
	case "query":
		return c.name == "reg"
	}
	return false
}

// outNull handles PowerShell's way to throw output away.
func (r *reader) outNull(c *call) value {
	r.act(c, KindDiscardOutput, "stdout")
	return value{}
}

func (r *reader) silent(*call) value { return value{} }

func (r *reader) eval(c *call) value {
	v := joinWords(c.args())
	if v.text == "" {
		return value{}
	}
	w := word{offset: c.offset, exact: -1}
	if len(c.args()) == 1 {
		w = c.args()[0]
	}
	return r.nested(c, v, w, "eval")
}

func (r *reader) sourceFile(c *call) value {
	if len(c.args()) == 0 {
		return value{}
	}
	return r.shellFile(c, c.args()[0])
}

// deferred handles commands whose arguments are shell for later: trap and
// alias.
func (r *reader) deferred(c *call) value {
	for i, w := range c.args() {
		v, at := w.value, w
		if c.name == "alias" {
			_, text, ok := strings.Cut(w.text, "=")
			if !ok {
				continue
			}
			v.text, at = text, literal("", w)
		} else if i > 0 || v.text == "-" || v.text == "" {
			break
		}
		r.nested(c, v, at, c.name)
	}
	return value{}
}

// optionC handles programs that hand the value of -c to a shell.
func (r *reader) optionC(c *call) value {
	opts, _ := options(c.args(), "cgGsw", []string{"--command"})
	for _, o := range opts {
		if o.name == "-c" || o.name == "--command" {
			return r.nested(c, o.value.value, o.value, c.name+" -c")
		}
	}
	return opaque(fromProcess)
}

// commandWords handles programs whose operands are command lines.
func (r *reader) commandWords(c *call) value {
	_, operands := options(c.args(), "ncpls", []string{"--names", "--prefix", "--prefix-colors"})
	if c.name == "cross-env-shell" {
		for len(operands) > 0 && assignmentPattern.MatchString(operands[0].text) {
			operands = operands[1:]
		}
		v := joinWords(operands)
		if v.text == "" {
			return value{}
		}
		return r.nested(c, v, literal("", operands[0]), c.name)
	}
	for _, w := range operands {
		if name, ok := strings.CutPrefix(w.text, "npm:"); ok {
			r.runsScript(c, c.name, literal(name, w))
			continue
		}
		r.nested(c, w.value, w, c.name)
	}
	return opaque(fromProcess)
}

// forFiles handles Windows' forfiles /c command.
func (r *reader) forFiles(c *call) value {
	args := c.args()
	for i, w := range args {
		if strings.EqualFold(w.text, "/c") && i+1 < len(args) {
			return r.again(c, c.name, r.resplit(args[i+1]))
		}
	}
	return opaque(fromIdentity)
}

// find handles find -exec.
func (r *reader) find(c *call) value {
	args := c.args()
	for i := 0; i < len(args); i++ {
		switch args[i].text {
		case "-exec", "-execdir", "-ok", "-okdir":
			end := i + 1
			for end < len(args) && args[end].text != ";" && args[end].text != "+" {
				end++
			}
			r.again(c, "find", args[i+1:end])
			i = end
		}
	}
	return opaque(c.taint() | fromIdentity)
}

func (r *reader) echo(c *call) value {
	args := c.args()
	escapes, newline := false, "\n"
	for len(args) > 0 && len(args[0].text) > 1 && strings.Trim(args[0].text, "neE") == "-" {
		escapes = escapes || strings.Contains(args[0].text, "e")
		if strings.Contains(args[0].text, "n") {
			newline = ""
		}
		args = args[1:]
	}
	v := joinWords(args)
	if escapes {
		v.text = unescapeC(v.text)
	}
	v.text += newline
	return r.bounded(v)
}

// bounded returns v if there is work left for another copy of its text.
func (r *reader) bounded(v value) value {
	if !r.spend(len(v.text)) {
		v.text = unknown
	}
	return v
}

// printf knows %s, %b, %c, %d and %%; any other directive makes the result
// unknown.
func (r *reader) printf(c *call) value {
	args := c.args()
	if len(args) > 0 && args[0].text == "-v" {
		return value{}
	}
	if len(args) == 0 {
		return value{}
	}
	format, args := unescapeC(args[0].text), args[1:]
	var b strings.Builder
	t := c.taint()
	for {
		used := false
		for i := 0; i < len(format); i++ {
			if format[i] != '%' || i+1 == len(format) {
				b.WriteByte(format[i])
				continue
			}
			i++
			switch format[i] {
			case '%':
				b.WriteByte('%')
			case 's', 'b', 'c', 'd':
				if len(args) > 0 {
					text := args[0].text
					if format[i] == 'b' {
						text = unescapeC(text)
					}
					b.WriteString(text)
					args, used = args[1:], true
				}
			default:
				return opaque(t)
			}
		}
		if len(args) == 0 || !used {
			break
		}
	}
	return r.bounded(value{b.String(), t})
}

func (r *reader) cat(c *call) value {
	_, operands := options(c.args(), "", nil)
	if len(operands) == 0 {
		return c.stdin
	}
	var v value
	for _, w := range operands {
		if w.text == "-" {
			v = r.concat(v, c.stdin)
			continue
		}
		part := r.read(w)
		part.taint |= w.taint
		v = r.concat(v, part)
	}
	return v
}

// source of a filter: its file operand or its input.
func (r *reader) filterInput(c *call, operands []word) value {
	if len(operands) > 0 && operands[0].text != "-" {
		return r.read(operands[0])
	}
	return c.stdin
}

// decoded returns the output of a decoder.
func decoded(in value, decode func(string) (string, bool)) value {
	t := in.taint | fromDecoder
	if in.known() && in.text != "" {
		if text, ok := decode(in.text); ok {
			return value{withoutNUL(text), t}
		}
	}
	return opaque(t)
}

func (r *reader) base64(c *call) value {
	opts, operands := options(c.args(), "wbo", []string{"--wrap"})
	in := r.filterInput(c, operands)
	for _, o := range opts {
		switch o.name {
		case "-d", "-D", "--decode":
			if c.name != "base64" {
				return opaque(in.taint | fromDecoder)
			}
			return decoded(in, decode64)
		}
	}
	if c.name == "uudecode" {
		return opaque(in.taint | fromDecoder)
	}
	return opaque(in.taint | fromProcess)
}

func (r *reader) xxd(c *call) value {
	opts, operands := options(c.args(), "clsog", nil)
	in := r.filterInput(c, operands)
	if slices.ContainsFunc(opts, func(o option) bool { return o.name == "-r" || o.name == "--revert" }) {
		return decoded(in, decodeHex)
	}
	return opaque(in.taint | fromProcess)
}

// openssl decodes with enc -d, base64 -d or a cipher's name and -d, and talks
// to the network with s_client.
func (r *reader) openssl(c *call) value {
	args := c.args()
	if len(args) == 0 {
		return value{}
	}
	if args[0].text == "s_client" {
		r.act(c, KindPost, "openssl s_client")
		for _, w := range args[1:] {
			r.hostWord(authorityHost(w.text))
		}
		return opaque(fromDownload | c.taint())
	}
	t := c.taint()
	in := c.stdin
	out := word{}
	base := args[0].text == "base64"
	decodes := false
	for i, w := range args {
		switch w.text {
		case "-d":
			decodes = true
		case "-base64", "-a":
			base = base || args[0].text == "enc"
		case "-in":
			if i+1 < len(args) {
				in = r.read(args[i+1])
			}
		case "-out":
			if i+1 < len(args) {
				out = args[i+1]
			}
		default:
			// A cipher beside -base64 makes more than base64 of it.
			base = base && !(strings.HasPrefix(w.text, "-aes") || strings.HasPrefix(w.text, "-des"))
		}
	}
	v := opaque(t | in.taint | fromProcess)
	switch {
	case decodes && base:
		v = decoded(in, decode64)
	case decodes:
		v = opaque(t | in.taint | fromDecoder)
	}
	if out.text != "" {
		r.files[r.fileKey(out)] = v
		return value{}
	}
	return v
}

func (r *reader) rev(c *call) value {
	return decoded(r.filterInput(c, c.args()), func(s string) (string, bool) { return reverse(s), true })
}

// tr is a decoder where it maps characters, not where it deletes them.
func (r *reader) tr(c *call) value {
	opts, operands := options(c.args(), "", nil)
	if len(opts) > 0 || len(operands) < 2 {
		return opaque(c.stdin.taint | fromProcess)
	}
	return opaque(c.stdin.taint | fromDecoder)
}

func (r *reader) decompress(c *call) value {
	opts, operands := options(c.args(), "S", nil)
	in := r.filterInput(c, operands)
	packs := c.name == "gzip" || c.name == "xz" || c.name == "bzip2" || c.name == "zstd" || c.name == "brotli"
	if packs && !slices.ContainsFunc(opts, func(o option) bool {
		return o.name == "-d" || o.name == "--decompress" || o.name == "--uncompress"
	}) {
		return opaque(in.taint | fromProcess)
	}
	return opaque(in.taint | fromDecoder)
}

func (r *reader) tee(c *call) value {
	opts, operands := options(c.args(), "", nil)
	appends := slices.ContainsFunc(opts, func(o option) bool { return o.name == "-a" || o.name == "--append" })
	for _, w := range operands {
		r.write(r.fileKey(w), c.stdin, appends)
		if r.isManifest(w) {
			r.act(c, KindReplaceManifest, "tee")
		}
	}
	return c.stdin
}

// readVariable makes variables of the input.
func (r *reader) readVariable(c *call) value {
	_, operands := options(c.args(), "adinNptu", nil)
	for _, w := range operands {
		if w.known() {
			r.vars[w.text] = opaque(c.stdin.taint)
		}
	}
	return value{}
}

// pathPart handles dirname and basename.
func (r *reader) pathPart(c *call) value {
	_, operands := options(c.args(), "s", nil)
	if len(operands) == 0 || !operands[0].known() {
		return opaque(c.taint())
	}
	v := operands[0].value
	if c.name == "dirname" {
		v.text = path.Dir(v.text)
	} else {
		v.text = path.Base(v.text)
		if len(operands) > 1 {
			v.text = strings.TrimSuffix(v.text, operands[1].text)
		}
	}
	return v
}

func (r *reader) cd(c *call) value {
	_, operands := options(c.args(), "", nil)
	operands = slices.DeleteFunc(operands, func(w word) bool { return strings.EqualFold(w.text, "/d") })
	switch {
	case len(operands) == 0:
		r.dir = unknown
	case !operands[0].known(), isAbsolute(operands[0].path()), r.dir == unknown, operands[0].text == "-":
		r.dir = unknown
	default:
		switch r.dir = joinPath(r.dir, operands[0].path()); {
		case r.dir == ".":
			r.dir = ""
		case len(r.dir) > maxPath:
			r.dir = unknown
		}
	}
	return value{}
}

// captured reports whether something takes a command's output: a pipe, a word
// or a file.
func (r *reader) captured(c *call) bool {
	return c.capture || r.inWord || slices.ContainsFunc(c.redirs, func(rd redirect) bool {
		return strings.HasPrefix(rd.op, ">") && !isNull(rd.target) && !strings.HasPrefix(rd.op, ">&")
	})
}

// environmentDump handles commands that print the whole environment.
func (r *reader) environmentDump(c *call) value {
	args := c.args()
	switch c.name {
	case "printenv":
		for _, w := range args {
			if secretName(w.text) {
				r.act(c, KindReadSecrets, "$"+w.text)
				return opaque(fromSecrets)
			}
		}
	case "export", "declare", "typeset":
		if len(c.env) > 0 {
			return value{}
		}
		args = slices.DeleteFunc(slices.Clone(args), func(w word) bool { return w.text == "-p" || w.text == "-x" })
	case "get-childitem", "gci":
		if len(args) == 0 || !strings.HasPrefix(strings.ToLower(args[0].text), "env:") {
			return opaque(fromProcess)
		}
		args = nil
	case "env":
		args = slices.DeleteFunc(slices.Clone(args), func(w word) bool { return w.text == "-0" || w.text == "--null" })
	}
	if len(args) > 0 {
		return value{}
	}
	if r.captured(c) {
		r.act(c, KindReadSecrets, c.name+" (the whole environment)")
	}
	return opaque(fromSecrets)
}

// identity handles commands that tell who and where the machine is. Some have
// ordinary uses and count only by what is done with their output.
func (r *reader) identity(c *call) value {
	has := func(options string) bool {
		return slices.ContainsFunc(c.args(), func(w word) bool {
			return strings.HasPrefix(w.text, "-") && strings.ContainsAny(w.text[1:], options)
		})
	}
	switch c.name {
	case "pwd":
		return r.pwd()
	case "ls", "ps", "ip", "ss", "lsb_release":
		return opaque(fromIdentity)
	case "uname":
		if !has("an") {
			return opaque(0)
		}
	case "id":
		if has("ug") && !has("n") {
			return opaque(0) // numbers
		}
	case "hostname":
		if len(c.args()) > 0 && !strings.HasPrefix(c.args()[0].text, "-") {
			return value{}
		}
	}
	if c.name == "wmic" {
		return r.wmic(c)
	}
	r.act(c, KindHostIdentity, c.name)
	return opaque(fromIdentity)
}

// wmic handles the command line of WMI, which starts programs too.
func (r *reader) wmic(c *call) value {
	args := c.args()
	for i, w := range args {
		if strings.EqualFold(w.text, "create") && i+1 < len(args) && i > 0 && strings.EqualFold(args[i-1].text, "call") {
			return r.again(c, "wmic", r.resplit(args[i+1]))
		}
	}
	if len(args) > 0 && slices.Contains([]string{"computersystem", "useraccount", "bios", "csproduct", "nic", "nicconfig", "baseboard", "os",
		"diskdrive", "cpu", "logicaldisk"}, strings.ToLower(args[0].text)) {
		r.act(c, KindHostIdentity, c.name+" "+args[0].text)
		return opaque(fromIdentity)
	}
	return opaque(fromProcess)
}

// credentials handles programs that keep or find credentials.
func (r *reader) credentials(c *call) value {
	if len(c.args()) == 0 {
		return value{}
	}
	verb := c.args()[0].text
	if c.name == "security" && !keychainReads[verb] {
		return opaque(fromProcess)
	}
	r.act(c, KindReadSecrets, c.name+" "+verb)
	return opaque(fromSecrets)
}

// keychainReads are the commands of macOS's security that give out what a
// keychain holds, not only which certificates there are.
var keychainReads = set("dump-keychain", "export", "find-generic-password", "find-internet-password", "find-key", "unlock-keychain")

// ownScript are extensions of files whose removal covers tracks.
var ownScript = map[string]bool{
	".js": true, ".cjs": true, ".mjs": true, ".ts": true, ".sh": true, ".bash": true, ".bat": true, ".cmd": true,
	".ps1": true, ".py": true, ".vbs": true, ".exe": true, ".dll": true, ".jar": true, ".php": true, ".pl": true, ".rb": true,
}

// remove records the removal of scripts, of the manifest, of files that the
// script itself runs, and of everything.
func (r *reader) remove(c *call) value {
	_, operands := options(c.args(), "", nil)
	for _, w := range operands {
		p := w.path()
		lower := strings.ToLower(p)
		ran := func(f FileRun) bool { return !f.Dynamic && w.known() && f.Path == r.fileKey(w) }
		own, named := r.vars["0"]
		switch {
		case named && w.known() && r.fileKey(w) == path.Clean(own.text),
			strings.Contains(w.raw, "$0"), strings.Contains(w.raw, "BASH_SOURCE"), strings.HasPrefix(lower, "%~f0"), strings.HasPrefix(lower, "%0"):
			r.act(c, KindDelete, "itself")
		case p == "/" || p == "/*" || p == "~" || p == "~/" || p == "*" || p == "." || p == "./" || p == "./*" ||
			w.raw == "$HOME" || w.raw == "${HOME}" || w.raw == `"$HOME"`:
			r.act(c, KindDelete, "everything in "+cmp.Or(strings.ReplaceAll(p, unknown, "$HOME"), "."))
		case strings.Contains(lower, "node_modules/"):
		case path.Base(lower) == "package.json" && r.isManifest(w), slices.ContainsFunc(r.script.Files, ran),
			ownScript[path.Ext(lower)] && !strings.Contains(lower, "*"):
			r.act(c, KindDelete, p)
		}
	}
	return value{}
}

// copyFile follows files through mv and cp.
func (r *reader) copyFile(c *call) value {
	_, operands := options(c.args(), "mogt", nil)
	operands = slices.DeleteFunc(operands, func(w word) bool { return strings.HasPrefix(w.text, "/") && len(w.text) == 2 })
	if len(operands) < 2 {
		return value{}
	}
	from, to := operands[0], operands[len(operands)-1]
	if v, ok := r.files[r.fileKey(from)]; ok {
		r.files[r.fileKey(to)] = v
	}
	if r.isManifest(to) {
		r.act(c, KindReplaceManifest, c.name+" "+from.text)
	}
	return value{}
}

// chmod makes files executable; of a downloaded file that is as good as
// running it.
func (r *reader) chmod(c *call) value {
	_, operands := options(c.args(), "", nil)
	for _, w := range operands[min(1, len(operands)):] {
		if v, ok := r.files[r.fileKey(w)]; ok {
			r.executed(c, v.taint, "chmod "+w.path())
		}
	}
	return value{}
}

// persistence handles the programs that arrange for something to run later.
func (r *reader) persistence(c *call) value {
	args := c.args()
	first := ""
	for _, w := range args {
		if first = strings.ToLower(w.text); !strings.HasPrefix(first, "--") {
			break
		}
	}
	lasting := true
	switch c.name {
	case "crontab":
		lasting = first != "-l" && first != ""
	case "systemctl":
		lasting = slices.ContainsFunc(args, func(w word) bool {
			return w.text == "enable" || w.text == "start" || w.text == "restart" || w.text == "daemon-reload"
		})
	case "launchctl":
		lasting = first == "load" || first == "bootstrap" || first == "submit" || first == "enable" || first == "start"
	case "schtasks":
		lasting = slices.ContainsFunc(args, func(w word) bool { return strings.EqualFold(w.text, "/create") })
	case "reg":
		lasting = first == "import" || first == "add" && slices.ContainsFunc(args, func(w word) bool { return autostart(w.path()) != "" })
	case "setx":
		lasting = slices.Contains([]string{"node_options", "pythonstartup", "bash_env", "git_ssh_command", "comspec"}, first)
	case "sc":
		lasting = first == "create" || first == "start" || first == "config"
	}
	if lasting {
		r.act(c, KindPersistence, strings.TrimSpace(c.name+" "+first))
	}
	return opaque(fromProcess)
}

// detached handles terminal multiplexers that are told to go on alone.
func (r *reader) detached(c *call) value {
	args := c.args()
	for i, w := range args {
		if w.text == "-d" || w.text == "-dm" || w.text == "-dmS" || w.text == "-S" || w.text == "-s" {
			r.act(c, KindBackground, c.name+" "+w.text)
			rest := args[i+1:]
			if len(rest) > 1 && (w.text == "-dmS" || w.text == "-S" || w.text == "-s") {
				rest = rest[1:]
			}
			if len(rest) == 1 {
				r.nested(c, rest[0].value, rest[0], c.name)
			} else {
				r.again(c, c.name, rest)
			}
			break
		}
	}
	return value{}
}
