package feature

import (
	"net/netip"
	"strings"
	"unicode"

	"github.com/amalfi-audit/audit/internal/shell"
)

// personalWords are names that stand for personal data by themselves, and
// personalPairs those that do with another word before them.
var (
	personalWords = map[string]bool{
		"password": true, "passwords": true, "passwd": true, "passphrase": true, "cookie": true, "cookies": true, "creditcard": true, "cvv": true, "cvc": true,
		"cardnumber": true, "mnemonic": true, "seedphrase": true, "authtoken": true, "accesstoken": true, "apikey": true, "privatekey": true, "secretkey": true,
		"wallet": true, "wallets": true, "ssn": true,
	}
	personalPairs = map[string]map[string]bool{
		"token":  {"auth": true, "access": true, "api": true, "session": true, "refresh": true, "bearer": true, "npm": true, "github": true, "gitlab": true, "gh": true, "jwt": true, "id": true, "oauth": true, "bot": true, "discord": true, "user": true, "secret": true},
		"key":    {"private": true, "secret": true, "api": true, "access": true, "ssh": true, "signing": true, "encryption": true},
		"secret": {"client": true, "app": true, "api": true, "consumer": true},
		"card":   {"credit": true, "debit": true},
		"number": {"card": true},
		"phrase": {"seed": true, "recovery": true, "pass": true},
	}
)

// isPersonal reports whether a member of this name is likely to hold personal
// data or a credential. A bare "token" or "key" is not: parsers have tokens,
// objects have keys.
func isPersonal(name string) bool {
	if len(name) < 3 || len(name) > 60 {
		return false
	}
	before := ""
	for _, w := range words(name) {
		if personalWords[w] || personalPairs[w][before] || strings.HasSuffix(w, "s") && personalPairs[w[:len(w)-1]][before] {
			return true
		}
		before = w
	}
	return false
}

// words cuts a name into its words, in lower case: camelCase, snake_case and
// kebab-case.
func words(name string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		}
		b.WriteRune(unicode.ToLower(r))
	}
	flush()
	return out
}

// hit is a feature that a text has.
type hit struct {
	feature int
	detail  string
}

// maxInspected bounds how much of a text is inspected, in bytes.
const maxInspected = 64 << 10

// inspect finds what a constant text names. Most texts name nothing, so a scan
// for needles comes first.
func inspect(text string) []hit {
	if len(text) < 5 {
		return nil
	}
	text = text[:min(len(text), maxInspected)]
	var hits []hit
	add := func(feature int, detail string) {
		if detail == "" {
			return
		}
		for _, h := range hits {
			if h.feature == feature {
				return
			}
		}
		hits = append(hits, hit{feature, detail})
	}
	found := needles.find(text)
	for i := range found {
		if found[i] {
			for _, feature := range vocabulary[i].features {
				if f := &Table[feature]; f.text != nil {
					add(feature, f.text(text))
				} else {
					add(feature, hostIn(text, vocabulary[i].host))
				}
			}
		}
	}
	if isDigit(text[0]) && len(text) <= 21 {
		add(addressFeature, publicAddress("//"+text))
	}
	return hits
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// term is a needle and what its presence asks to be looked at.
type term struct {
	needle   string
	host     string
	features []int
}

var (
	vocabulary     = terms()
	needles        = newAutomaton(vocabulary)
	addressFeature = Index("ip-hosts")
)

// pathNeedles are parts of what shell.SecretPath and shell.StartupPath look
// for: none of their patterns matches without one.
var (
	secretNeedles = []string{
		".npmrc", ".yarnrc", ".netrc", ".git-credentials", ".pgpass", ".pypirc", "_history", ".ssh", ".aws", ".gnupg", ".kube", ".azure", ".docker/",
		".docker\\", ".config/g", ".config/solana", ".config\\g", ".electrum", ".bitcoin", ".ethereum", ".mozilla", ".env", "etc/", "/environ", "run/secrets", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
		"wallet.dat", "login data", "logins.json", "key3.db", "key4.db", "local storage/leveldb", "local storage\\leveldb", "169.254.169.254", "metadata.google.internal",
		"google/chrome", "google\\chrome", "bravesoftware", "user data", "local state", "exodus", "atomic/local", "nkbihfbeogaeaoehlefnkodbefgpgknn", "keychain",
	}
	startupNeedles = []string{
		".bashrc", ".bash_", ".profile", ".zsh", ".zprofile", ".zlogin", ".kshrc", ".xprofile", ".xinitrc", ".config/", ".config\\", "etc/", "library/launch",
		".github/workflows", ".github\\workflows", ".git/hooks", ".git\\hooks", ".vscode/", ".vscode\\", ".claude/", ".cursor/", ".gemini/", "authorized_keys",
		"programs/startup", "programs\\startup", "currentversion",
	}
)

// terms lists all needles with their features.
func terms() []term {
	index := make(map[string]int)
	var out []term
	add := func(needle, host string, feature int) {
		i, ok := index[needle]
		if !ok {
			i = len(out)
			index[needle] = i
			out = append(out, term{needle: needle, host: host})
		}
		out[i].features = append(out[i].features, feature)
	}
	for i := range Table {
		f := &Table[i]
		for _, host := range f.hosts {
			add(host, host, i)
		}
		var list []string
		switch f.Name {
		case "credential-paths":
			list = secretNeedles
		case "startup-paths":
			list = startupNeedles
		case "ip-hosts":
			list = []string{"//"}
		}
		for _, needle := range list {
			add(needle, "", i)
		}
	}
	return out
}

// hostIn returns the host, with the path where the table has one, if the text
// names it as a host: not as the end of a longer word. A name under .invalid,
// which never resolves, stands for the name before it.
func hostIn(text, host string) string {
	for from := 0; ; {
		i := indexFold(text[from:], host)
		if i < 0 {
			return ""
		}
		start := from + i
		end := start + len(host)
		from = end
		if start > 0 && isHostByte(text[start-1]) && text[start-1] != '.' {
			continue
		}
		rest := strings.TrimPrefix(text[end:], ".invalid")
		if rest != "" && (isHostByte(rest[0]) && rest[0] != '.' || rest[0] == '.' && len(rest) > 1 && isHostByte(rest[1]) && rest[1] != ' ') {
			continue
		}
		return host
	}
}

// indexFold is strings.Index without regard to the case of ASCII letters;
// needle is in lower case.
func indexFold(text, needle string) int {
next:
	for i := 0; i+len(needle) <= len(text); i++ {
		for j := range len(needle) {
			if lower(text[i+j]) != needle[j] {
				continue next
			}
		}
		return i
	}
	return -1
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isHostByte(c byte) bool {
	return 'a' <= lower(c) && lower(c) <= 'z' || isDigit(c) || c == '-' || c == '.'
}

// publicAddress returns a public IP address that stands in the text as the
// host of a URL, or as all of it.
func publicAddress(text string) string {
	for from := 0; ; {
		i := strings.Index(text[from:], "//")
		if i < 0 {
			return ""
		}
		from += i + 2
		host := text[from:]
		if end := strings.IndexAny(host, "/?#'\"` \t\r\n<>|;,)\\$"); end >= 0 {
			host = host[:end]
		}
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			host = host[at+1:]
		}
		if name, _, ok := strings.Cut(host, "]"); ok && strings.HasPrefix(name, "[") {
			host = name[1:]
		} else if name, _, ok := strings.Cut(host, ":"); ok {
			host = name
		}
		if address, err := netip.ParseAddr(host); err == nil && isPublic(address.Unmap()) {
			return address.String()
		}
	}
}

// reserved are the networks of documentation and tests (RFC 5737, RFC 3849,
// RFC 2544, RFC 6598).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("0.0.0.0/8"),
}

// isPublic reports whether an address is one of the internet's. Those of
// documentation in IPv4 count, as fixtures use them.
func isPublic(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// credentialPath returns what a text names that holds credentials.
func credentialPath(text string) string {
	slashed := strings.ReplaceAll(text, `\`, "/")
	if p := shell.SecretPath(slashed); p != "" && !strings.HasPrefix(p, ".env") {
		return p
	}
	for _, p := range browserPaths {
		if indexFold(slashed, p) >= 0 {
			return p
		}
	}
	return ""
}

// browserPaths are folders of browsers and wallets.
var browserPaths = []string{
	"google/chrome/user data", "google/chrome/default", "bravesoftware/brave-browser", "exodus/exodus.wallet", "atomic/local storage",
	"nkbihfbeogaeaoehlefnkodbefgpgknn", "library/keychains", "microsoft/edge/user data",
}

// startupPath returns what a text names from which something is run later.
func startupPath(text string) string {
	return shell.StartupPath(strings.ReplaceAll(text, `\`, "/"))
}

// CollectorIn returns what in a text names a collector, an out-of-band service, a
// tunnel or a bare public address, or "".
func CollectorIn(text string) string {
	for _, h := range inspect(text) {
		switch Table[h.feature].Name {
		case "webhook-hosts", "oast-hosts", "tunnel-hosts", "ip-hosts":
			return h.detail
		}
	}
	return ""
}
