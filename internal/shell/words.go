package shell

import (
	"regexp"
	"slices"
	"strings"
)

// Patterns over the text of words, in which unknown parts are NUL and folders
// are separated by forward slashes.
var (
	urlPattern = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*)://([^/?#\s"'<>|;()\\,` + "`" + `]+)`)
	scpPattern = regexp.MustCompile(`^[\w.-]+@([\w.-]+):`)

	secretPattern = regexp.MustCompile(`(?i)(?:^|[/\s"'=:@,(\x00]|~/)(` +
		`\.(?:npmrc|yarnrc(?:\.yml)?|netrc|git-credentials|pgpass|pypirc|(?:bash|zsh|node_repl|python)_history|` +
		`ssh|aws|gnupg|kube|azure|docker/config\.json|config/(?:gcloud|gh|solana|google-chrome)|electrum|bitcoin|ethereum|mozilla)` +
		`|\.env(?:\.(?:local|production|development|staging|prod|dev))?` +
		`|etc/(?:passwd|shadow|master\.passwd|sudoers)|proc/(?:self|\d+)/environ|run/secrets` +
		`|id_(?:rsa|dsa|ecdsa|ed25519)|wallet\.dat|login data|logins\.json|key[34]\.db|local storage/leveldb` +
		`|169\.254\.169\.254|metadata\.google\.internal)(?:$|[/\s"'` + "`" + `;,:)|>])`)

	persistPattern = regexp.MustCompile(`(?i)(?:^|[/\s"'=~\x00])(` +
		`\.(?:bashrc|bash_profile|bash_login|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|kshrc|xprofile|xinitrc)` +
		`|\.config/(?:autostart|systemd|fish)|etc/(?:cron[\w.]*|profile(?:\.d)?|init\.d|rc\.local|systemd|ld\.so\.preload)` +
		`|library/launch(?:agents|daemons)|\.github/workflows|\.git/hooks|\.vscode/(?:tasks|settings)\.json` +
		`|\.(?:claude|cursor|gemini)/[\w./-]+|authorized_keys|programs/startup|(?:microsoft\.powershell_)?profile\.ps1|currentversion/run(?:once)?)(?:$|[/\s"'` + "`" + `;,:)|>])`)

	// keys of Windows' registry that make something run (Microsoft
	// documentation, "Run and RunOnce Registry Keys", and what else Autoruns
	// lists)
	autostartPattern = regexp.MustCompile(`(?i)(currentversion/(?:run|runonce|runservices|policies/explorer/run|winlogon` +
		`|image file execution options|windows/(?:load|run|appinit_dlls))|command processor/autorun|environment/userinitmprlogonscript` +
		`|currentcontrolset/(?:services|control/session manager)|active setup/installed components|shell/open/command|treatas|inprocserver32)` +
		`(?:$|[/\s"'])`)

	// variables of cmd.exe and PowerShell
	percentPattern = regexp.MustCompile(`%([A-Za-z_][A-Za-z0-9_]*)%|\$(?i:env):([A-Za-z_][A-Za-z0-9_]*)`)

	metadataHosts = []string{"169.254.169.254", "metadata.google.internal"}
)

// pathMarks are characters of which the paths in these patterns have at least
// one.
const pathMarks = "./_ "

// startup returns what in a path is a place from which something is run again
// later, or "".
func startup(text string) string {
	if !strings.ContainsAny(text, pathMarks) {
		return ""
	}
	if m := persistPattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// autostart returns what in the path of a registry key makes Windows run
// something, or "".
func autostart(key string) string {
	if m := autostartPattern.FindStringSubmatch(key); m != nil {
		return m[1]
	}
	return ""
}

// slashes makes the separators of a path those of Unix.
func slashes(s string) string { return strings.ReplaceAll(s, `\`, "/") }

// secretPath returns what in text names a file or service that holds
// credentials, or "".
func secretPath(text string) string {
	if !strings.ContainsAny(text, pathMarks) {
		return ""
	}
	if m := secretPattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// secretWords are parts of the names of variables that hold credentials, and
// keyWords those that make a KEY one.
var (
	secretWords = map[string]bool{
		"TOKEN": true, "TOKENS": true, "SECRET": true, "SECRETS": true, "PASSWORD": true, "PASSWD": true,
		"PASSPHRASE": true, "PASS": true, "AUTH": true, "AUTHTOKEN": true, "CREDENTIAL": true,
		"CREDENTIALS": true, "CREDS": true, "APIKEY": true, "PAT": true, "MNEMONIC": true,
	}
	keyWords = map[string]bool{
		"API": true, "ACCESS": true, "PRIVATE": true, "SSH": true, "SIGNING": true, "ENCRYPTION": true, "DEPLOY": true,
	}
)

// secretName reports whether a variable of this name is likely to hold a
// credential.
func secretName(name string) bool {
	parts := strings.FieldsFunc(strings.ToUpper(name), func(c rune) bool { return c == '_' || c == '-' })
	for i, p := range parts {
		if secretWords[p] || p == "KEY" && i > 0 && keyWords[parts[i-1]] {
			return true
		}
	}
	return false
}

// identityNames are variables that tell who and where the machine is.
var identityNames = map[string]bool{
	"USER": true, "USERNAME": true, "LOGNAME": true, "HOSTNAME": true, "COMPUTERNAME": true,
	"USERDOMAIN": true, "HOST": true, "SUDO_USER": true,
}

// readers are commands for which a start-up file among the words is only read.
var readers = map[string]bool{
	"cat": true, "grep": true, "egrep": true, "ls": true, "head": true, "tail": true, "test": true, "[": true,
	"source": true, ".": true, "less": true, "more": true, "diff": true, "stat": true, "wc": true, "dir": true,
	"type": true, "cd": true, "find": true,
}

// writers are commands whose last operand is written.
var writers = map[string]bool{
	"cp": true, "mv": true, "copy": true, "move": true, "xcopy": true, "touch": true, "mkdir": true,
	"rm": true, "chmod": true, "chown": true, "ln": true,
}

// inspect looks at all words of a command for what does not depend on the
// command: hosts, credentials, start-up files.
func (r *reader) inspect(c *call) {
	for i := range c.words {
		w := &c.words[i]
		written := writers[c.name] && i > 0 && i == len(c.words)-1
		r.inspectWord(c, w, !written, !readers[c.name])
	}
	for i := range c.redirs {
		rd := &c.redirs[i]
		out := strings.Contains(rd.op, ">")
		r.inspectWord(c, &rd.target, !out, out)
		if rd.hasBody && rd.op != "<<<" {
			body := word{value: rd.body}
			r.inspectWord(c, &body, true, true)
		}
	}
	for i := range c.env {
		r.inspectWord(c, &c.env[i].word, true, true)
		r.environment(c, c.env[i])
	}
}

func (r *reader) inspectWord(c *call, w *word, reads, writes bool) {
	if strings.Contains(w.text, "://") {
		for _, m := range urlPattern.FindAllStringSubmatch(w.text, -1) {
			if !strings.EqualFold(m[1], "file") && !strings.EqualFold(m[1], "data") {
				r.host(authorityHost(m[2]))
			}
		}
	}
	text := w.path()
	if name := secretPath(text); name != "" && reads {
		if !slices.Contains(metadataHosts, name) {
			w.taint |= fromSecrets
		}
		r.act(c, KindReadSecrets, name)
	}
	if name := startup(text); name != "" && writes {
		r.act(c, KindPersistence, name)
	}
	names := slices.Clone(w.names)
	if strings.ContainsAny(w.text, "%$") {
		for _, m := range percentPattern.FindAllStringSubmatch(w.text, -1) {
			names = append(names, m[1]+m[2])
		}
	}
	for _, name := range names {
		if secretName(name) {
			w.taint |= fromSecrets
			r.act(c, KindReadSecrets, "$"+name)
		}
		if identityNames[strings.ToUpper(name)] {
			w.taint |= fromIdentity
		}
	}
}

// authorityHost returns the host of a URL's authority (RFC 3986, 3.2).
func authorityHost(authority string) string {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if strings.HasPrefix(authority, "[") {
		host, _, _ := strings.Cut(authority[1:], "]")
		return host
	}
	host, _, _ := strings.Cut(authority, ":")
	return host
}

// isURL reports whether a word starts as a URL of the network does.
func isURL(text string) bool {
	m := urlPattern.FindStringSubmatchIndex(text)
	return m != nil && m[0] == 0 && !strings.EqualFold(text[m[2]:m[3]], "file")
}

// environment looks at variables in front of a command that make the program
// load something.
func (r *reader) environment(c *call, v variable) {
	w := v.word
	switch v.name {
	case "NODE_OPTIONS":
		r.nodeOptions(c, strings.Fields(v.text), w)
	case "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "ENV", "PYTHONSTARTUP":
		r.runsFile(c, v.name, w)
	case "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "PAGER", "EDITOR", "PROMPT_COMMAND":
		r.nested(c, v.value, w, v.name)
	}
}

// nodeOptions records files that --require and the like name.
func (r *reader) nodeOptions(c *call, fields []string, like word) {
	for i, f := range fields {
		name, file, ok := strings.Cut(f, "=")
		if !slices.Contains(nodeLoads, name) {
			continue
		}
		if !ok && i+1 < len(fields) {
			file = fields[i+1]
		}
		r.nodeModule(c, literal(file, like))
	}
}
