package registry

import (
	"net/url"
	"slices"
	"strings"
)

// Origins returns where the configured registries are, sorted: the host, with
// its port where it has one, and with "http://" in front where the registry is
// not encrypted. The hosts that stand for the public one are among them.
func (c *Config) Origins() []string {
	origins := slices.Clone(c.publicHosts)
	add := func(address string) {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return
		}
		origin := strings.ToLower(u.Host)
		if u.Scheme == "http" {
			origin = "http://" + origin
		}
		origins = append(origins, origin)
	}
	add(c.Registry)
	for _, address := range c.scopes {
		add(address)
	}
	slices.Sort(origins)
	return slices.Compact(origins)
}
