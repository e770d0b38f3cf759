package registry

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// credential is what is configured for one //host/path/.
type credential struct {
	token              string // _authToken
	auth               string // _auth, base64 of user:password
	username, password string // the password in the clear
}

// header returns the value of the Authorization header, "" for none. A token
// counts before _auth and that before a user name (npm-registry-fetch).
func (c credential) header() string {
	switch {
	case c.token != "":
		return "Bearer " + c.token
	case c.auth != "":
		return "Basic " + c.auth
	case c.username != "" && c.password != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.username+":"+c.password))
	}
	return ""
}

// authorization returns the Authorization header for a request to u, "" for
// none. The longest //host/path/ prefix of the address that has credentials
// decides (npm-registry-fetch, regFromURI): credentials are never used for
// another host, port or path.
//
// Two things are narrower than in npm. A registry's credentials are not used
// for addresses of the same host outside their path: on a host that serves
// many tenants, a lockfile could direct them to another one. And they are sent
// over plain http only to hosts whose configured registry is plain http.
func (c *Config) authorization(u *url.URL) string {
	if u.Scheme != "https" && !c.plainHost(u) {
		return ""
	}
	key := "//" + canonicalHost(u) + u.EscapedPath()
	for len(key) > len("//") {
		if header := c.credentials[key].header(); header != "" {
			return header
		}
		if k, ok := strings.CutSuffix(key, "/"); ok {
			key = k
		} else {
			key = key[:strings.LastIndexByte(key, '/')+1]
		}
	}
	return ""
}

// plainHost reports whether a configured registry is at u's host over http.
func (c *Config) plainHost(u *url.URL) bool {
	plain := func(registry string) bool {
		r, err := parseRegistry(registry)
		return err == nil && r.Scheme == "http" && canonicalHost(r) == canonicalHost(u)
	}
	if c.Registry != "" && plain(c.Registry) {
		return true
	}
	for _, registry := range c.scopes {
		if plain(registry) {
			return true
		}
	}
	return false
}

// nerfDart is the key of a registry's credentials: its address without scheme
// and without what follows the last slash.
func nerfDart(u *url.URL) string {
	path := u.EscapedPath()
	return "//" + canonicalHost(u) + path[:strings.LastIndexByte(path, '/')+1]
}

// validHeader reports whether s can be part of a header's value.
func validHeader(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}
