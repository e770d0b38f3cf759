package registry

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// maxURLLength is the longest address that is fetched, in bytes. Signed
// addresses, to which some registries redirect, take up to 2 KiB.
const maxURLLength = 8192

// parseURL reads the address of something to fetch. What it returns has a
// lower-case host and no fragment. A path with . or .. segments is refused:
// clients and servers disagree on what it means, and credentials are bound to
// paths.
func parseURL(text string) (*url.URL, error) {
	if len(text) > maxURLLength {
		return nil, fmt.Errorf("%w: it is %d bytes long", ErrURL, len(text))
	}
	u, err := url.Parse(text)
	if err != nil {
		// The error repeats the text, which may hold a password.
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("%w: %v", ErrURL, err)
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%w %.200q: it does not begin with https:// or http://", ErrURL, redacted(u))
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("%w %.200q: it names no host", ErrURL, redacted(u))
	}
	for i := range len(u.Host) {
		if u.Host[i] >= 0x80 {
			// Unicode has many ways to write one host; credentials need one.
			return nil, fmt.Errorf("%w %.200q: its host is not in ASCII (Punycode)", ErrURL, redacted(u))
		}
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, fmt.Errorf("%w %.200q: its path has a %q segment", ErrURL, redacted(u), segment)
		}
	}
	u.Host = strings.ToLower(u.Host)
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// parseRegistry reads a registry's address; the result's path ends in a slash.
func parseRegistry(text string) (*url.URL, error) {
	u, err := parseURL(trim(text))
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" {
		return nil, fmt.Errorf("%w %.200q: a registry has no query", ErrURL, redacted(u))
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
		if u.RawPath != "" {
			u.RawPath += "/"
		}
	}
	return u, nil
}

// canonicalHost is u's host in lower case with its port, the scheme's own port
// left out.
func canonicalHost(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}

// sameOrigin reports whether both have the same scheme, host and port.
func sameOrigin(u, v *url.URL) bool {
	return u.Scheme == v.Scheme && canonicalHost(u) == canonicalHost(v)
}

// TarballURL returns where to fetch the tarball of a version: at resolved, the
// address in the lockfile; without one at tarball, the packument's
// dist.tarball; without that at the place where registries keep it by
// convention. A relative resolved, as pnpm writes it, is relative to the
// registry of the name.
//
// npm replaces the host of an address by that of the configured registry, so
// that a lockfile written against one registry installs from another (npm
// documentation, "replace-registry-host"): by default where the host is the
// public registry's. This package has no name for that one built in. What is
// public is what the program was built for, the host of LoadOptions.Default,
// and what its caller says, LoadOptions.PublicHosts. With neither, lockfile
// addresses are taken as they are. The bytes must match the lockfile's
// integrity wherever they come from.
func (c *Config) TarballURL(v npm.PackageVersion, resolved, tarball string) (string, error) {
	fail := func(err error) (string, error) { return "", fmt.Errorf("%s: %w", v, err) }
	registry, err := c.RegistryFor(v.Name)
	if err != nil && (resolved == "" || !strings.Contains(resolved, "://")) {
		return fail(err)
	}
	// npm replaces by the default registry in a lockfile's addresses and by
	// the scope's in those of a packument.
	replacement := registry
	address := tarball
	switch {
	case resolved != "":
		address = resolved
		if r, err := c.defaultRegistry(); err == nil {
			replacement = r
		}
	case tarball == "":
		if err := npm.ValidateName(v.Name); err != nil {
			return "", err
		}
		if !npm.ValidVersion(v.Version) {
			return fail(fmt.Errorf("%w: no version to look for", ErrURL))
		}
		return registry + v.Name + "/-/" + npm.BaseName(v.Name) + "-" + url.PathEscape(v.Version) + ".tgz", nil
	}
	if registry != "" {
		base, err := url.Parse(registry)
		if err != nil {
			return fail(fmt.Errorf("%w: %v", ErrURL, err))
		}
		if ref, err := url.Parse(address); err == nil && !ref.IsAbs() {
			address = base.ResolveReference(ref).String()
		}
	}
	u, err := parseURL(address)
	if err != nil {
		return fail(err)
	}
	if replacement != "" {
		if u, err = c.replace(u, replacement); err != nil {
			return fail(err)
		}
	}
	address = u.String()
	if len(address) > maxURLLength { // escaping has made it longer
		return fail(fmt.Errorf("%w: it is %d bytes long", ErrURL, len(address)))
	}
	return address, nil
}

// Public reports whether an address, or with "" the registry of name, is the
// public registry's. It is false where the program was not told which one that
// is.
func (c *Config) Public(name, address string) bool {
	if address == "" {
		address, _ = c.RegistryFor(name)
	}
	u, err := url.Parse(address)
	return err == nil && slices.Contains(c.publicHosts, strings.ToLower(u.Hostname()))
}

// replace applies replace-registry-host to u (npm's arborist,
// registryResolved).
func (c *Config) replace(u *url.URL, registry string) (*url.URL, error) {
	r, err := parseRegistry(registry)
	if err != nil {
		return nil, err
	}
	host := strings.ToLower(u.Hostname())
	prefix := "" // of the path, to be replaced as well
	switch mode := c.replaceHost; {
	case mode == "never":
		return u, nil
	case mode == "always":
	case mode == "npmjs":
		public := false
		for _, h := range c.publicHosts {
			public = public || h == host
		}
		if !public {
			return u, nil
		}
	case strings.Contains(mode, "://"):
		m, err := parseURL(mode)
		if err != nil {
			return nil, err
		}
		prefix = strings.TrimSuffix(m.EscapedPath(), "/")
		if m.Hostname() != host || !hasPathPrefix(u.EscapedPath(), prefix) {
			return u, nil
		}
	case !strings.EqualFold(mode, host):
		return u, nil
	}
	path := u.EscapedPath()
	base := strings.TrimSuffix(r.EscapedPath(), "/")
	switch {
	case prefix != "":
		path = base + path[len(prefix):]
	case !hasPathPrefix(path, base):
		path = base + path
	}
	out := *u
	out.Scheme, out.Host, out.User = r.Scheme, r.Host, nil
	if out.Path, err = url.PathUnescape(path); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrURL, err)
	}
	out.RawPath = path
	return &out, nil
}

func hasPathPrefix(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
