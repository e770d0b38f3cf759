package detector

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/chain"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/sandbox"
	"github.com/amalfi-audit/audit/internal/shell"
)

// SandboxLeak reports invented secrets that a script took out of the sandbox.
var SandboxLeak = &Detector{
	Rule: Rule{
		ID:    "sandbox-leak",
		Title: "A script sent secrets away when it was run",
		Level: Error,
		Tags:  []string{"sandbox", TagSignal},
		Help: `The version's scripts were run in a sandbox: a machine that does not exist, with invented tokens, keys and wallets in
its environment and files, where every call is answered and recorded. One of these secrets left: in a request, a host name
that was looked up, or a command, plain or encoded. The evidence shows the call and how the secret was encoded.

A secret that leaves at install or when the package is loaded blocks. Where the package's functions were called with a
secret as an argument, as a client of a service is, it warns. Marks of the machine (host and user name, home folder) are
telemetry as well: they block at install, and are a note else, unless they go into a name lookup or to a collector. What
goes to the registry that the machine is set up for does not count.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		told := make(map[string]bool)
		each(p, func(x *sandbox.Execution) {
			for _, l := range x.Leaks {
				e := &x.Events[l.Event]
				level := leakLevel(p, x, e, l.Canary, l.Secret)
				key := fmt.Sprint(l.Secret, hostPart(e), level)
				if told[key] {
					continue
				}
				told[key] = true
				what := "a mark of the machine"
				if l.Secret {
					what = "a secret"
				}
				p.Report(Finding{Level: level, Confidence: certain(level), Evidence: []Evidence{eventEvidence(p, e)},
					Message: fmt.Sprintf("%s sent %s (%s, %s, invented for this run) to %q by %s", x.Entry.Name(), what, l.Canary, l.Encoding, hostPart(e), e.API)})
			}
		})
		return nil
	},
}

// each visits the executions whose events can be relied on to exist.
func each(p *Pass, visit func(*sandbox.Execution)) {
	if p.After.Story == nil {
		return
	}
	for i := range p.After.Story.Executions {
		x := &p.After.Story.Executions[i]
		if slices.ContainsFunc(x.Leaks, func(l sandbox.Leak) bool { return l.Event < 0 || l.Event >= len(x.Events) }) ||
			slices.ContainsFunc(x.Found, func(f sandbox.Found) bool { return f.Event < 0 || f.Event >= len(x.Events) }) {
			continue // not what a worker of ours says
		}
		visit(x)
	}
}

// leakLevel decides what a leak is worth.
func leakLevel(p *Pass, x *sandbox.Execution, e *sandbox.Event, canary string, secret bool) Level {
	install := installs(x)
	own := ownHost(p.After, hostPart(e)+" "+e.Detail)
	collector := e.Kind == sandbox.Lookup || feature.CollectorIn("https://"+hostPart(e)+"/ "+e.Detail) != ""
	switch {
	case secret && e.Phase == sandbox.Calling && !collector:
		if keyLike(canary) {
			return Warning
		}
		return Note // what clients of services are given and send
	case secret && own && !install:
		return Note
	case secret:
		return Error
	case own:
		return Note
	case e.Phase == sandbox.Calling && !collector:
		return Note
	case install || collector:
		return Error
	}
	return Note
}

// keyLike tells the names of keys and phrases that no service asks for.
func keyLike(canary string) bool {
	canary = strings.ToLower(canary)
	return strings.Contains(canary, "phrase") || strings.Contains(canary, "private") || strings.Contains(canary, "wallet") || strings.HasSuffix(canary, " key") && !strings.Contains(canary, "api")
}

// installs reports whether an entry runs at install.
func installs(x *sandbox.Execution) bool { return x.Entry.AtInstall() }

// levelAt chooses between what runs at install and what does not.
func levelAt(x *sandbox.Execution, install, otherwise Level) Level {
	if installs(x) {
		return install
	}
	return otherwise
}

func certain(l Level) Confidence {
	switch l {
	case Error:
		return High
	case Warning:
		return Medium
	}
	return Low
}

// hostPart names where an event leads to.
func hostPart(e *sandbox.Event) string {
	if e.Kind == sandbox.Spawn {
		return shorten(e.Detail)
	}
	return shorten(e.Target)
}

// eventEvidence is an event as evidence.
func eventEvidence(p *Pass, e *sandbox.Event) Evidence {
	text := e.Target
	if e.Detail != "" {
		text += " " + e.Detail
	}
	if len(e.Data) > 0 {
		text += " " + strings.ToValidUTF8(string(e.Data[:min(len(e.Data), 200)]), "�")
	}
	ev := Evidence{Line: e.At.Line, Column: e.At.Column, Snippet: shorten(strings.TrimSpace(text)), Note: "when it was run, with invented secrets: " + shorten(e.API)}
	if p.After.Program != nil && p.After.Program.Tree.Lookup(e.At.File) != nil {
		ev.Path = e.At.File
	} else {
		ev.Line, ev.Column = 0, 0 // code that was made at run time
	}
	return ev
}

// SandboxAct reports what scripts did in the sandbox.
var SandboxAct = &Detector{
	Rule: Rule{
		ID:    "sandbox-act",
		Title: "A script did harm when it was run",
		Level: Error,
		Tags:  []string{"sandbox", TagSignal},
		Help: `The version's scripts were run in a sandbox, where nothing they do has an effect and everything is recorded. They ran
what a host had answered, wrote where something is run again later, started commands that download and run or send data,
removed files of the user, replaced the functions by which a page or a wallet sends so that other addresses were sent, or
made code at run time that does such things. The evidence shows each call with what it was given.

At install these block, but for a program that is downloaded and started, which warns, as packages with a binary do so. In
what runs when the package is loaded or its functions are called they warn, where legitimate programs do the same. A run
that ended early is a signal at install and where the code is obfuscated: it may have noticed.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		told := make(map[string]bool)
		report := func(level Level, x *sandbox.Execution, e *sandbox.Event, format string, args ...any) {
			message := x.Entry.Name() + " " + fmt.Sprintf(format, args...)
			if told[message] {
				return
			}
			told[message] = true
			f := Finding{Level: level, Confidence: certain(level), Message: message, Evidence: []Evidence{eventEvidence(p, e)}}
			p.Report(f)
		}
		each(p, func(x *sandbox.Execution) {
			at := func(install, otherwise Level) Level { return levelAt(x, install, otherwise) }
			for _, f := range x.Found {
				if what, level := foundLevel(p, x, &f); what != "" {
					report(level, x, &x.Events[f.Event], "%s", what)
				}
			}
			for i := range x.Events {
				e := &x.Events[i]
				switch e.Kind {
				case sandbox.Eval:
					// What functions are called with has the text as well.
					if strings.Contains(string(e.Data), sandbox.RemoteText) && (e.Phase != sandbox.Calling || asked(x, i)) {
						report(at(Error, Warning), x, e, "ran what a host had answered, by %s", e.API)
					}
				case sandbox.Decipher:
					if e.Phase == sandbox.Running {
						report(Warning, x, e, "deciphered a text (%s)", e.Target)
					}
				case sandbox.Write:
					if installs(x) && x.Own(e, p.After.Story.Package) == "package.json" {
						report(Warning, x, e, "replaced its own manifest")
					}
					if place := shell.StartupPath(e.Path()); place != "" && e.Phase != sandbox.Calling && x.Entry.Hook != "bin" {
						report(at(Error, Warning), x, e, "wrote to %q, from where something is run again later", place)
					}
				case sandbox.Spawn:
					if installs(x) && ofSystem(e) {
						report(Error, x, e, "started a program of the system that runs others unseen: %q", shorten(e.Detail))
					}
					if w := wroteRemote(x, i); w != nil && !ownHost(p.After, x.Origin(i)) {
						report(at(Warning, Note), x, e, "started the file %q that it had made of what a host answered", path.Base(w.Path()))
					}
				case sandbox.Read:
					if installs(x) && personal(e.Path()) || private(e.Path()) {
						report(Warning, x, e, "looked into %q", e.Path())
					}
				case sandbox.Delete:
					if x.Homely(e) && e.Phase != sandbox.Calling {
						report(at(Error, Warning), x, e, "removed the user's files: %q", e.Path())
					}
					if own := x.Own(e, p.After.Story.Package); installs(x) && own != "" && (own == "package.json" || own == e.At.File || strings.HasPrefix(e.At.File, own+"/")) {
						report(Warning, x, e, "removed its own %q", own)
					}
				case sandbox.Send:
					if e.Phase == sandbox.Browsing && x.Changed(e) {
						report(Error, x, e, "changed what the page sent: %s", e.API)
					}
				}
			}
			if early(x) && (installs(x) || p.After.Features.Obfuscated()) {
				p.Report(Finding{Level: Note, Confidence: Medium, Evidence: []Evidence{{Path: x.Entry.File, Note: "it was not seen to its end"}},
					Message: fmt.Sprintf("the run of %s ended early: %s %q", x.Entry.Name(), x.Ending.Reason, shorten(x.Ending.Message))})
			}
		})
		return nil
	},
}

// personal tells files that no build reads.
func personal(p string) bool {
	secret := shell.SecretPath(p)
	return secret != "" && !strings.Contains(secret, ".npmrc") && !strings.Contains(secret, ".yarnrc") && !strings.Contains(secret, ".env") && !strings.HasPrefix(secret, "/etc/")
}

// ofSystem tells programs of Windows that load others, which no package needs at
// install.
func ofSystem(e *sandbox.Event) bool {
	command := strings.ToLower(e.Target + " " + e.Detail)
	return slices.ContainsFunc([]string{"regsvr32", "rundll32", "mshta", "bitsadmin", "certutil", "wscript", "cscript", "schtasks"}, func(name string) bool { return strings.Contains(command, name) })
}

// private tells what belongs to other programs of the user: browsers, wallets,
// chats, the shell's history.
func private(p string) bool {
	p = strings.ToLower(p)
	return slices.ContainsFunc([]string{"local storage/leveldb", "login data", "local state", "default/cookies", "network/cookies", "cookies.sqlite", "logins.json", "key4.db", "wallet.dat", "exodus.wallet", "electrum/wallets",
		"bash_history", "zsh_history", "local extension settings", "keychains/", ".ssh/id_", ".config/solana"}, func(part string) bool { return strings.Contains(p, part) })
}

// wroteRemote returns the write before an event by which a file that the event
// starts got what a host answered, or nil.
func wroteRemote(x *sandbox.Execution, spawn int) *sandbox.Event {
	for i := range spawn {
		e := &x.Events[i]
		if e.Kind == sandbox.Write && (strings.Contains(string(e.Data), sandbox.RemoteText) || asked(x, i) && executable(e.Path())) && strings.Contains(x.Events[spawn].Target+" "+x.Events[spawn].Detail, e.Target) {
			return e
		}
	}
	return nil
}

// asked reports whether something was sent before an event.
func asked(x *sandbox.Execution, event int) bool {
	return slices.ContainsFunc(x.Events[:event], func(e sandbox.Event) bool { return e.Kind == sandbox.Send })
}

func executable(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".dll", ".exe", ".bin", ".node", ".so", ".dylib", "":
		return true
	}
	return false
}

// early reports whether a run ended before its script did.
func early(x *sandbox.Execution) bool {
	switch x.Ending.Reason {
	case sandbox.Done, sandbox.Exit, sandbox.Unsupported:
		return false
	}
	return true
}

// foundLevel says what text that a script made would do, and what that is worth.
func foundLevel(p *Pass, x *sandbox.Execution, f *sandbox.Found) (what string, level Level) {
	e := &x.Events[f.Event]
	other := levelAt(x, Error, Warning)
	if f.Hidden {
		return fmt.Sprintf("ran code by %s that stands in none of its files", e.API), other
	}
	has := func(k shell.Kind) bool { return slices.Contains(f.Acts, k) }
	personal := has(shell.KindReadSecrets) || has(shell.KindHostIdentity)
	own := ownHost(p.After, strings.Join(f.Hosts, " "))
	switch {
	case own:
	case has(shell.KindDownloadRun):
		return "started a command that downloads something and runs it", other
	case has(shell.KindDecodeRun):
		return "started a command that decodes text and runs it", other
	case (has(shell.KindPost) || has(shell.KindDNSLookup)) && personal:
		return "started a command that sends secrets or the identity of the machine", other
	case has(shell.KindPost) && installs(x):
		return "started a command that sends data", Warning
	case has(shell.KindPersistence):
		return "started a command that arranges for something to be run again", other
	case has(shell.KindDownload) && installs(x):
		return "started a command that downloads something", Warning
	}
	for i := range f.Chains {
		c := &f.Chains[i]
		out := c.Sink == chain.Request || c.Sink == chain.Lookup
		run := c.Sink == chain.Evaluate || c.Sink == chain.Run || c.Sink == chain.Process || c.Sink == chain.Startup
		switch c.Source {
		case chain.Environment, chain.CredentialFile, chain.SecretVariable, chain.KeyMaterial, chain.Form:
			if out {
				return fmt.Sprintf("made code by %s in which %q reaches %q", e.API, c.From, c.To), other
			}
		case chain.Identity:
			if out && installs(x) {
				return fmt.Sprintf("made code by %s in which %q reaches %q", e.API, c.From, c.To), Error
			}
		case chain.Remote, chain.Deciphered, chain.Incoming:
			if run {
				return fmt.Sprintf("made code by %s in which %q reaches %q", e.API, c.From, c.To), other
			}
		}
	}
	return "", Note
}
