package reproduce

import (
	"io/fs"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Repository is a repository at a host, without scheme, user and ".git".
type Repository struct {
	// Host is in lower case and has no port.
	Host string `json:"host"`
	// Path is owner/name at most hosts, more or fewer parts at others.
	Path string `json:"path"`
}

// String returns host/path.
func (r Repository) String() string { return r.Host + "/" + r.Path }

// URL returns the address that git reads the repository from.
func (r Repository) URL() string {
	return (&url.URL{Scheme: "https", Host: r.Host, Path: "/" + r.Path + ".git"}).String()
}

// Same reports whether both are one repository. The forges' paths do not tell
// upper from lower case.
func (r Repository) Same(other Repository) bool {
	if _, ok := forges[r.Host]; ok {
		return r.Host == other.Host && strings.EqualFold(r.Path, other.Path)
	}
	return r == other
}

// Field is the field of a manifest that claims a location.
type Field string

// The fields, in the order in which they are believed.
const (
	FieldRepository Field = "repository"
	FieldHomepage   Field = "homepage"
	FieldBugs       Field = "bugs"
)

// Location is where a version claims that its source is.
type Location struct {
	Repository
	// Directory is the package's folder in the repository, with forward slashes;
	// "" for the root or where nothing is said.
	Directory string `json:"directory,omitempty"`
	// Field is what claims it.
	Field Field `json:"field"`
}

const (
	// maxAddress is the longest address that is read, in bytes.
	maxAddress = 2048
	// maxParts is how many parts a repository's path may have. GitLab allows 20
	// groups within each other.
	maxParts = 22
	// maxDirectory is the longest folder that is read, in bytes.
	maxDirectory = 1024
)

// forge is a host whose paths are known.
type forge struct {
	// parts is how many parts name a repository; 0 for at least two.
	parts int
	// views are the parts behind a repository's that come before a branch and a
	// folder.
	views []string
	// pages are first parts that are no owners.
	pages []string
}

// forges are the hosts of the shorthands that npm knows (hosted-git-info), and
// others whose addresses have the same form.
var forges = map[string]forge{
	"github.com": {parts: 2, views: []string{"tree", "blob"},
		pages: []string{"about", "apps", "features", "marketplace", "orgs", "settings", "sponsors", "topics", "users"}},
	"gitlab.com":      {views: []string{"tree", "blob"}, pages: []string{"explore", "help", "users"}},
	"bitbucket.org":   {parts: 2, views: []string{"src"}},
	"codeberg.org":    {parts: 2, views: []string{"src"}},
	"git.sr.ht":       {parts: 2, views: []string{"tree"}},
	"gist.github.com": {parts: 1},
}

// shorthands are npm's (npm documentation, package.json, "repository").
var shorthands = map[string]string{
	"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org", "gist": "gist.github.com", "sourcehut": "git.sr.ht",
}

// Locations returns where a manifest claims its source: repository first, then
// homepage and bugs where these lead to a repository of a known forge. Each
// repository is given once. Addresses that git must not be given are left out:
// paths, transports that run programs, hosts that are no public names.
func Locations(m *npm.Manifest) []Location {
	var out []Location
	add := func(field Field, address, directory string) {
		l, ok := parseLocation(address, field == FieldRepository)
		if !ok || slices.ContainsFunc(out, func(o Location) bool { return o.Same(l.Repository) }) {
			return
		}
		if d, ok := cleanDirectory(directory); ok && d != "" {
			l.Directory = d
		}
		l.Field = field
		out = append(out, l)
	}
	add(FieldRepository, m.Repository.URL, m.Repository.Directory)
	add(FieldHomepage, m.Homepage, "")
	add(FieldBugs, m.Bugs, "")
	return out
}

// ParseLocation reads one address in any of the forms that npm accepts in the
// field repository (hosted-git-info; git documentation, "GIT URLS"). It reports
// whether the address names a repository.
func ParseLocation(address string) (Location, bool) { return parseLocation(address, true) }

var (
	shorthand = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9-]*)/([A-Za-z0-9._][A-Za-z0-9._-]*)$`)
	scp       = regexp.MustCompile(`^(?:[^@/:]+@)([A-Za-z0-9.-]+):([^/].*)$`)
)

// parseLocation reads an address. Where anyHost is not set, only known forges
// count, since a homepage elsewhere is no repository.
func parseLocation(address string, anyHost bool) (Location, bool) {
	address = strings.TrimSpace(address)
	if len(address) > maxAddress {
		return Location{}, false
	}
	address, _, _ = strings.Cut(address, "#") // a branch, a commit or a heading
	if address == "" || strings.HasPrefix(address, "-") || strings.ContainsFunc(address, forbidden) {
		return Location{}, false
	}
	if shorthand.MatchString(address) {
		return locate("github.com", address, anyHost)
	}
	if kind, rest, ok := strings.Cut(address, ":"); ok && shorthands[kind] != "" {
		return locate(shorthands[kind], rest, anyHost)
	}
	if m := scp.FindStringSubmatch(address); m != nil && !strings.Contains(address, "://") {
		return locate(m[1], m[2], anyHost)
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		// A forge's address is often written without a scheme.
		host, p, _ := strings.Cut(address, "/")
		if _, known := forges[strings.ToLower(strings.TrimPrefix(host, "www."))]; !known {
			return Location{}, false
		}
		return locate(host, p, anyHost)
	}
	switch strings.TrimPrefix(strings.ToLower(scheme), "git+") {
	case "https", "http", "ssh", "git":
	default:
		return Location{}, false
	}
	authority, p, _ := strings.Cut(rest, "/")
	authority = authority[strings.LastIndexByte(authority, '@')+1:] // credentials
	host, port, _ := strings.Cut(authority, ":")
	switch {
	case port == "":
	case strings.Trim(port, "0123456789") != "":
		p = port + "/" + p // ssh://git@host:owner/name
	case !strings.HasSuffix(strings.ToLower(scheme), "ssh"), port != "22":
		return Location{}, false
	}
	p, _, _ = strings.Cut(p, "?")
	return locate(host, p, anyHost)
}

// forbidden reports what no address of a repository has.
func forbidden(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\\\"'`<>|{}^$;*", r) }

// locate makes a location of a host and a path.
func locate(host, p string, anyHost bool) (Location, bool) {
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	f, known := forges[host]
	if !known && (!anyHost || !publicHost(host)) {
		return Location{}, false
	}
	var parts []string
	for part := range strings.SplitSeq(p, "/") {
		if part == "" {
			continue
		}
		part, err := url.PathUnescape(part)
		if err != nil || part != "-" && !validPart(part) {
			return Location{}, false
		}
		parts = append(parts, part)
	}
	n, directory := f.split(parts)
	if n == 0 || n > maxParts || slices.Contains(parts[:n], "-") || slices.Contains(f.pages, parts[0]) {
		return Location{}, false
	}
	if host == "gist.github.com" {
		parts = parts[n-1:] // the owner does not count
		n = 1
	}
	parts[n-1] = strings.TrimSuffix(parts[n-1], ".git")
	if !validPart(parts[n-1]) {
		return Location{}, false
	}
	directory, _ = cleanDirectory(directory)
	return Location{Repository: Repository{host, strings.Join(parts[:n], "/")}, Directory: directory}, true
}

// split returns how many parts of a path name a repository, 0 for none, and the
// folder that the rest names.
func (f forge) split(parts []string) (n int, directory string) {
	n = len(parts)
	switch {
	case f.parts == 1: // a gist: with or without its owner
		return min(n, 2), ""
	case f.parts > 0 && n >= f.parts:
		n = f.parts
	case f.parts > 0:
		return 0, ""
	case f.views != nil: // any number of groups
		for i, part := range parts {
			if part == "-" || i >= 2 && (slices.Contains(f.views, part) || part == "issues") {
				n = i
				break
			}
		}
		if n < 2 {
			return 0, ""
		}
	}
	rest := parts[n:]
	if len(rest) > 0 && rest[0] == "-" {
		rest = rest[1:]
	}
	if len(rest) > 2 && rest[0] == "src" && slices.Contains([]string{"branch", "tag", "commit"}, rest[1]) {
		rest = rest[1:] // Forgejo says what follows
	}
	if len(rest) > 2 && (slices.Contains(f.views, rest[0]) || f.views != nil && slices.Contains([]string{"branch", "tag", "commit"}, rest[0])) {
		directory = strings.Join(rest[2:], "/") // behind the branch
	}
	return n, directory
}

// validPart accepts what the parts of repositories' paths are made of.
func validPart(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.HasPrefix(s, "-") && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._~-+@", r))
	}) < 0
}

var hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// publicHost reports whether a host has the form of a public name. An address
// of a package must not lead into the network of whoever audits it.
func publicHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !hostLabel.MatchString(label) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.Trim(last, "0123456789") != "" && !slices.Contains([]string{"local", "localhost", "internal", "lan", "home", "corp", "intranet", "arpa"}, last)
}

// cleanDirectory reads a folder of a repository: no absolute path, none that
// leaves the repository. "" is the root.
func cleanDirectory(s string) (string, bool) {
	if len(s) > maxDirectory || strings.ContainsRune(s, '\x00') {
		return "", false
	}
	s = path.Clean(strings.Trim(strings.ReplaceAll(s, `\`, "/"), "/"))
	if s == "." {
		return "", true
	}
	return s, fs.ValidPath(s)
}
