package provenance

import (
	"net/url"
	"strings"
)

// maxRepositoryLength bounds the addresses of repositories, in bytes.
const maxRepositoryLength = 512

// hosts are the shorthands of npm (npm documentation, "package.json",
// repository).
var hosts = map[string]string{"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

// NormalizeRepository returns the address of a repository as
// https://host/owner/name, "" for what names none. It reads the forms that npm
// accepts: owner/name, github:owner/name, git+https://, git+ssh://, git://,
// ssh://, user@host:path, with .git, a user, a port, a fragment or tree/….
func NormalizeRepository(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxRepositoryLength {
		return ""
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return ""
		}
	}
	text, _, _ = strings.Cut(text, "#")
	scheme, rest, ok := strings.Cut(text, ":")
	switch {
	case !ok:
		if strings.Count(text, "/") != 1 || strings.ContainsAny(text[:1], "@.~/") {
			return "" // a scope or a path
		}
		text = "https://github.com/" + text
	case hosts[scheme] != "":
		text = "https://" + hosts[scheme] + "/" + rest
	case !strings.HasPrefix(rest, "//"): // user@host:path
		_, host, found := strings.Cut(scheme, "@")
		if !found || strings.Contains(scheme, "/") {
			return ""
		}
		text = "ssh://" + host + "/" + rest
	}
	u, err := url.Parse(strings.TrimPrefix(text, "git+"))
	if err != nil || u.Hostname() == "" {
		return ""
	}
	switch u.Scheme {
	case "https", "http", "git", "ssh":
	default:
		return ""
	}
	path := strings.Trim(u.EscapedPath(), "/")
	if strings.Contains(path, "//") || strings.Contains(path, "..") {
		return ""
	}
	if i := strings.Index(path, "/tree/"); i >= 0 {
		path = path[:i]
	}
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/-"), ".git")
	if !strings.Contains(path, "/") {
		return ""
	}
	return "https://" + strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") + "/" + path
}

// sameRepository compares two addresses. The hosts that build for npm do not
// tell upper from lower case.
func sameRepository(a, b string) bool { return a != "" && strings.EqualFold(a, b) }
