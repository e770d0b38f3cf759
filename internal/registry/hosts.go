package registry

import (
	"net/url"
	"slices"
	"strings"
)

// Hosts returns the hosts, with their ports, of all configured registries,
// sorted, and the hosts that stand for the public one.
func (c *Config) Hosts() []string {
	hosts := slices.Clone(c.publicHosts)
	add := func(address string) {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			hosts = append(hosts, strings.ToLower(u.Host))
		}
	}
	add(c.Registry)
	for _, address := range c.scopes {
		add(address)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
