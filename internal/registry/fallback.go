package registry

import (
	"fmt"
	"maps"
	"slices"
)

// Fallback sets registries where npm's configuration names none: the default
// one under "default", and those of scopes under the scope with its "@". It
// must be called before the Config is used. An address that cannot be used is
// an error that names where.
func (c *Config) Fallback(registries map[string]string, where string) error {
	for _, name := range slices.Sorted(maps.Keys(registries)) {
		u, err := parseRegistry(registries[name])
		if err != nil {
			return fmt.Errorf("%s: the registry of %s: %w", where, name, err)
		}
		u.User = nil
		switch {
		case name == "default":
			if c.Registry == "" {
				c.Registry = u.String()
			}
		case c.scopes[name] == "":
			if c.scopes == nil {
				c.scopes = make(map[string]string)
			}
			c.scopes[name] = u.String()
		}
	}
	return nil
}
