package detector

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/chain"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/shell"
)

// Behavior reports behaviour chains: data that goes from a source to a sink.
var Behavior = &Detector{
	Rule: Rule{
		ID:    "behavior-chain",
		Title: "Data goes where it should not",
		Level: Error,
		Tags:  []string{TagCode, TagSignal},
		Help: `Data of a kind that malware is after reaches a place where malware sends or runs it: credentials or the whole
environment in a request or a name lookup; what comes from a host, or out of a decoder, in an evaluation or a program that is
started; what a form's user types in a request. The evidence gives the way, step by step, with the file and the line.

A chain says that data can get there, not that it was meant to. It blocks together with a marker of intent: the code runs at
install, sends to a collector or paste host, is obfuscated, or hides what it starts. Without one the most telling chains
warn, and those that clients of services have as well (a token in a request to the service) are notes. What the replaced
version did too is a note.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if p.After.Program == nil {
			return nil
		}
		type ends struct {
			source chain.Source
			sink   chain.Sink
		}
		had := make(map[ends]bool)
		if p.Update() {
			for i := range p.Before.Chains {
				c := &p.Before.Chains[i]
				had[ends{c.Source, c.Sink}] = true
			}
		}
		for i := range p.After.Chains {
			c := &p.After.Chains[i]
			w := weigh(p, c)
			if w.what == "" {
				continue
			}
			f := Finding{Level: w.level, Confidence: w.confidence, Message: w.message(c), Evidence: steps(c)}
			if had[ends{c.Source, c.Sink}] {
				f.Level, f.Confidence = Note, Low
				f.Message += fmt.Sprintf("; %s did too", p.Before.Version)
			}
			p.Report(f)
		}
		commands(p)
		patches(p)
		remoteNew(p)
		return nil
	},
}

// commands reports what scripts that run at install do by shell commands, as
// shipped files of a shell or as constant texts that they run.
func commands(p *Pass) {
	for i := range p.After.Program.Scripts {
		s := &p.After.Program.Scripts[i]
		if s.Phase != program.AtInstall || p.Update() && sameFile(p, s.Path) {
			continue
		}
		file := p.After.Features.File(s.Path)
		has := func(name string) bool { return len(file.At(name)) > 0 }
		f := Finding{Level: Error, Confidence: High}
		var names []string
		switch {
		case has("command-run"):
			f.Message, names = "runs what a command downloads", []string{"command-run"}
			if checksHash(s.Shell) && ownHost(p.After, strings.Join(s.Shell.Hosts, " ")) {
				f.Level, f.Confidence = Note, Low
				f.Message += " from the package's own host, and checks its hash"
			}
		case has("command-send") && (has("command-secrets") || has("environment-whole") || has("credential-paths") || has("host-identity")):
			f.Message, names = "sends credentials or the identity of the machine by a command", []string{"command-send", "command-secrets", "credential-paths", "host-identity"}
		case has("command-send"):
			f.Level, f.Confidence = Warning, Medium
			f.Message, names = "sends data out by a command", []string{"command-send"}
			if s.Shell != nil && len(s.Shell.Hosts) > 0 && ownHost(p.After, strings.Join(s.Shell.Hosts, " ")) {
				f.Level, f.Confidence = Note, Low
			}
		default:
			continue
		}
		f.Message = fmt.Sprintf("%q, which runs at install, %s", s.Path, f.Message)
		for _, name := range names {
			for _, o := range file.At(name) {
				f.Evidence = append(f.Evidence, occurrence(s.Path, o, name))
			}
		}
		p.Report(f)
	}
}

// checksHash reports whether a shell script computes the hash of a file.
func checksHash(s *shell.Script) bool {
	return s != nil && slices.ContainsFunc(s.Commands, func(c shell.Command) bool {
		switch c.Name {
		case "sha256sum", "sha384sum", "sha512sum", "shasum", "b3sum":
			return true
		}
		return false
	})
}

// patches reports wallets and request functions of a page that an update begins
// to replace.
func patches(p *Pass) {
	if p.After.Features == nil {
		return
	}
	var evidence []Evidence
	wallet := false
	for file, o := range p.After.Features.Occurrences("global-patches") {
		detail := strings.ToLower(o.Detail)
		isWallet := strings.Contains(detail, "ethereum") || strings.Contains(detail, "solana")
		if isWallet || strings.Contains(detail, "fetch") || strings.Contains(detail, "xmlhttprequest") {
			wallet = wallet || isWallet
			evidence = append(evidence, occurrence(file.Path, o, "replaced"))
		}
	}
	if len(evidence) == 0 {
		return
	}
	f := Finding{Level: Note, Confidence: Low, Evidence: evidence, Message: "functions of the page that send requests are replaced"}
	if wallet {
		f.Message = "functions of a wallet are replaced"
	}
	new := p.Update() && p.Before.Features != nil && p.Before.Features.Value(feature.Lookup("global-patches")) == 0
	if wallet && !p.Update() || new {
		f.Level, f.Confidence = Warning, Medium
	}
	p.Report(f)
}

// remoteNew reports that an update begins to depend on a repository or a URL.
func remoteNew(p *Pass) {
	remote := feature.Lookup("remote-dependencies")
	if !p.Update() || p.Before.Features == nil || p.After.Features == nil || p.After.Features.Value(remote) <= p.Before.Features.Value(remote) {
		return
	}
	p.Report(Finding{Level: Warning, Confidence: Medium, Evidence: occurrences(p.After.Features, remote),
		Message: "it newly depends on a repository or a URL, from which code comes that no registry has"})
}

// weight is what a chain amounts to.
type weight struct {
	level      Level
	confidence Confidence
	what       string
	markers    []string
}

func (w *weight) message(c *chain.Chain) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %q reaches %q", w.what, c.From, c.To)
	if c.Target != "" {
		fmt.Fprintf(&b, " (%q)", c.Target)
	}
	if len(w.markers) > 0 {
		b.WriteString("; " + strings.Join(w.markers, ", "))
	}
	return b.String()
}

// weigh decides what a chain means.
func weigh(p *Pass, c *chain.Chain) weight {
	w := weight{level: Note, confidence: Low, markers: markers(p, c)}
	install := slices.Contains(w.markers, atInstall)
	hard := len(w.markers) > 1 || len(w.markers) == 1 && !install
	own := ownHost(p.After, c.Target+" "+c.Origin)
	// set gives the levels of a chain by itself, at install, and with another
	// marker of intent.
	set := func(what string, alone, atInstall, marked Level) weight {
		w.what, w.level, w.confidence = what, alone, Medium
		switch {
		case hard:
			w.level, w.confidence = marked, High
		case install:
			w.level, w.confidence = atInstall, High
		}
		if (hostless(c) || ofElement(c)) && !install && !hard {
			w.level = Note // the address is not the package's choice
		}
		if bundled(p.After, c) && w.level > Note && !install {
			w.what, w.level = what+", in a bundle", Note
		}
		if own && !hard {
			w.what, w.level = what+", to or from the package's own host", Note
		}
		if w.level == Note {
			w.confidence = Low
		}
		return w
	}
	out := c.Sink == chain.Request || c.Sink == chain.Lookup
	run := c.Sink == chain.Evaluate || c.Sink == chain.Process
	switch {
	case c.Source == chain.CredentialFile && out:
		if !p.Update() && ofService(c.From) {
			return set("the configuration of a service's client is sent out", Note, Error, Error)
		}
		return set("a file with credentials is sent out", Warning, Error, Error)
	case c.Source == chain.Environment && out:
		return set("the whole environment is sent out", Warning, Error, Error)
	case c.Source == chain.SecretVariable && out:
		return set("a credential of the environment is sent out", Note, Warning, Error)
	case c.Source == chain.Identity && c.Sink == chain.Lookup:
		return set("the identity of the machine goes into a name lookup", Warning, Error, Error)
	case c.Source == chain.Identity && out:
		return set("the identity of the machine is sent out", Note, Error, Error)
	case c.Source == chain.Manifest && run:
		if deciphered(p.After, c) {
			return set("text that the consumer's manifest unlocks is run", Error, Error, Error)
		}
	case c.Source == chain.Deciphered && run:
		return set("deciphered text is run", Warning, Error, Error)
	case c.Source == chain.Decoded && run:
		if p.Update() && c.Sink == chain.Evaluate {
			return set("decoded text is run", Warning, Warning, Error)
		}
		return set("decoded text is run", Note, Warning, Error)
	case c.Source == chain.Remote && c.Sink == chain.Evaluate:
		return set("what a host answers is run as code", Note, Error, Error)
	case c.Source == chain.Remote && strings.HasSuffix(c.To, " command"):
		return set("a command downloads something and runs it", Warning, Error, Error)
	case c.Source == chain.Remote && (c.Sink == chain.Process || c.Sink == chain.Run):
		if c.Checked && !hard {
			return set("a file from a host is checked by its hash and run", Note, Note, Note)
		}
		return set("what a host answers is run", Note, Warning, Error)
	case c.Sink == chain.Written:
		if install && !own && startsHidden(p) {
			return set("what a host answers is put into a file, and a program is started with its output hidden", Note, Warning, Error)
		}
	case c.Source == chain.Own && c.Sink == chain.Run:
		return set("a script is written and run that starts programs of the system", Note, Error, Error)
	case c.Sink == chain.Startup && (c.Source == chain.Remote || c.Source == chain.Decoded || c.Source == chain.Deciphered):
		return set("code from elsewhere is put where it is run again later", Warning, Error, Error)
	case c.Sink == chain.Startup:
		return set("text is put where it is run again later", Note, Error, Error)
	case c.Sink == chain.Traces:
		return set("the package changes or removes its own files", Note, Warning, Error)
	case c.Source == chain.CredentialFile && c.Sink == chain.Process && (strings.Contains(c.Target, "publish") || strings.Contains(c.Target, "git push")):
		return set("credentials are used to publish or push", Note, Error, Error)
	case c.Source == chain.SelfText && c.Sink == chain.Named:
		return set("names that say what is called are hidden in the text of a function", Warning, Error, Error)
	case c.Source == chain.SelfText && run:
		if deciphered(p.After, c) {
			return set("text hidden in the code of a function is decoded and run", Warning, Error, Error)
		}
	case c.Source == chain.Home:
		if slices.Contains(c.Marks, chain.Place) {
			return set("the user's files are removed, depending on where in the world the machine is", Warning, Error, Error)
		}
	case c.Source == chain.Wallet:
		if slices.Contains(c.Marks, chain.Replaces) {
			return set("addresses of wallets are put in place of others where functions that send are replaced", Error, Error, Error)
		}
		return set("addresses of wallets are put in place of others", Note, Warning, Error)
	case c.Source == chain.Incoming && run:
		// That it is there at install says nothing: nobody asks then.
		if deciphered(p.After, c) {
			return set("what a request brings is decoded and run", Warning, Warning, Error)
		}
		return set("what a request brings is run", Note, Note, Error)
	case c.Source == chain.KeyMaterial && out:
		if telling(c.From) && p.After.Features != nil && p.After.Features.Value(feature.Lookup("cryptography")) > 0 {
			return set("a private key that is handed to the package is sent out", Warning, Error, Error)
		}
		return set("a secret that is handed to the package is sent out", Note, Note, Error)
	case (c.Source == chain.Form || c.Source == chain.Clipboard || c.Source == chain.Cookie) && out:
		return set("what a page's user enters or keeps is sent out", Note, Warning, Error)
	}
	return w
}

// startsHidden reports whether a script that runs at install starts a program
// with its output hidden.
func startsHidden(p *Pass) bool {
	return slices.ContainsFunc(p.After.Chains, func(c chain.Chain) bool {
		return c.Sink == chain.Hidden && slices.Contains(markers(p, &c), atInstall)
	})
}

// bundle is the size of a script, in bytes, from which on it is taken for a bundle
// of many: there a chain may lead through what has nothing to do with each other.
const bundle = 200 << 10

func bundled(v *Version, c *chain.Chain) bool {
	return slices.ContainsFunc(c.Steps, func(s chain.Step) bool {
		f := v.Program.Tree.Lookup(s.Path)
		return f != nil && f.Size > bundle
	})
}

// hostless reports whether a request's address has no constant host.
func hostless(c *chain.Chain) bool {
	return c.Sink == chain.Request && !strings.Contains(c.To, "()") && !strings.Contains(c.To, " of an element") &&
		!strings.Contains(c.Target, "://") && !strings.Contains(c.Target, ".")
}

// ofElement reports whether what has no place in a page goes into one: the code of a
// server and that of a page are one package then.
func ofElement(c *chain.Chain) bool {
	switch c.Source {
	case chain.Environment, chain.SecretVariable, chain.CredentialFile, chain.Identity:
		return strings.HasSuffix(c.To, " of an element")
	}
	return false
}

// telling tells the names of keys that no service asks for.
func telling(from string) bool {
	from = strings.ToLower(from)
	for _, name := range []string{"privatekey", "privkey", "secretkey", "mnemonic", "seedphrase", "wif", "xprv", "keypair"} {
		if strings.Contains(from, name) {
			return true
		}
	}
	return false
}

// ofService tells credential files that clients of a service read to send them to
// it.
func ofService(from string) bool {
	return slices.ContainsFunc([]string{".npmrc", ".netrc", ".docker", ".kube", ".aws", ".yarnrc"}, func(name string) bool { return strings.Contains(from, name) })
}

// deciphered reports whether the same sink gets deciphered text.
func deciphered(v *Version, c *chain.Chain) bool {
	if len(c.Steps) == 0 {
		return false
	}
	end := c.Steps[len(c.Steps)-1]
	return slices.ContainsFunc(v.Chains, func(d chain.Chain) bool {
		return (d.Source == chain.Deciphered || d.Source == chain.Decoded) && d.Sink == c.Sink && len(d.Steps) > 0 && d.Steps[len(d.Steps)-1] == end
	})
}

// ownHost reports whether a text names a host of the package's own: that of its
// homepage, repository or issue tracker, or the repository on a shared host.
func ownHost(v *Version, text string) bool {
	if v.Program == nil || v.Program.Manifest == nil {
		return false
	}
	m := v.Program.Manifest
	for _, address := range []string{m.Homepage, m.Bugs, m.Repository.URL} {
		host, folder := siteOf(address)
		if host == "" {
			continue
		}
		// A registry's own site has the pages of all packages.
		if shared[host] || strings.HasPrefix(folder, "package/") {
			if folder != "" && strings.Contains(text, host+"/"+folder) {
				return true
			}
			continue
		}
		if strings.Contains(text, host) {
			return true
		}
	}
	return false
}

// shared are the hosts of many owners' projects.
var shared = map[string]bool{"github.com": true, "gitlab.com": true, "bitbucket.org": true}

// siteOf returns the last two labels of an address's host, and the first two
// segments of its path.
func siteOf(address string) (host, folder string) {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "", ""
	}
	host, folder, _ = strings.Cut(rest, "/")
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	labels := strings.Split(host, ".")
	if n := len(labels); n >= 2 {
		host = strings.Join(labels[n-2:], ".")
	} else {
		return "", ""
	}
	segments := strings.SplitN(strings.TrimSuffix(folder, ".git"), "/", 3)
	if len(segments) < 2 {
		return host, ""
	}
	return host, segments[0] + "/" + segments[1]
}

const atInstall = "at install"

// markers are signs of intent in the files of a chain.
func markers(p *Pass, c *chain.Chain) []string {
	var out []string
	add := func(text string) {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	for i := range c.Steps {
		path := c.Steps[i].Path
		if i > 0 && path == c.Steps[i-1].Path {
			continue
		}
		s := p.After.Program.Script(path)
		if s != nil && s.Phase == program.AtInstall ||
			s == nil && slices.ContainsFunc(p.After.Program.Install, func(c program.InstallCommand) bool { return c.Path == path }) {
			add(atInstall)
		}
		file := p.After.Features.File(path)
		for _, m := range fileMarkers {
			if slices.ContainsFunc(file.At(m.feature), func(o feature.Occurrence) bool { return !resolver(o.Detail) }) {
				add(m.text)
			}
		}
	}
	if c.Source == chain.Form && slices.Contains(c.Marks, chain.Hours) && slices.Contains(c.Marks, chain.CredentialFields) {
		add("passwords or cards at certain hours")
	}
	if c.Source == chain.KeyMaterial && slices.Contains(c.Marks, chain.DeliveryHeaders) {
		add("in headers that look like those of a content delivery network")
	}
	return out
}

// resolver tells the addresses of public name servers, by which programs see whether
// there is a network.
func resolver(address string) bool {
	switch address {
	case "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9":
		return true
	}
	return false
}

var fileMarkers = []struct{ feature, text string }{
	{"webhook-hosts", "to a collector"}, {"oast-hosts", "to a collector"},
	{"tunnel-hosts", "through a tunnel"}, {"ip-hosts", "to a bare address"},
	{"string-arrays", "in obfuscated code"}, {"flattened-control-flow", "in obfuscated code"}, {"self-defence", "in obfuscated code"},
	{"hex-names", "in obfuscated code"}, {"escaped-strings", "in obfuscated code"}, {"invisible-characters", "in concealed code"},
	{"pushed-code", "in concealed code"},
	{"command-hidden", "with its output hidden"},
}

// steps are the places of a chain as evidence.
func steps(c *chain.Chain) []Evidence {
	out := make([]Evidence, len(c.Steps))
	for i, s := range c.Steps {
		note := "carried on"
		switch i {
		case 0:
			note = "source: " + string(c.Source)
		case len(c.Steps) - 1:
			note = "sink: " + string(c.Sink)
		}
		out[i] = Evidence{Path: s.Path, Line: s.Line, Column: s.Column, Snippet: s.Text, Note: note}
	}
	return out
}
