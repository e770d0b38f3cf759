package registry

import "testing"

func TestFallback(t *testing.T) {
	for name, test := range map[string]struct {
		environ          []string
		plain, acme, one string // the registries of a, @acme/a and @one/a
	}{
		"nothing configured": {nil, "https://d.invalid/", "https://acme.invalid/npm/", "https://d.invalid/"},
		"default configured": {[]string{"npm_config_registry=https://own.invalid"}, "https://own.invalid/", "https://acme.invalid/npm/", "https://own.invalid/"},
		"scope configured":   {[]string{"npm_config_@acme:registry=https://own.invalid"}, "https://d.invalid/", "https://own.invalid/", "https://d.invalid/"},
	} {
		c, err := Load(LoadOptions{Environ: test.environ})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Fallback(map[string]string{"default": "https://d.invalid", "@acme": "https://acme.invalid/npm"}, "f"); err != nil {
			t.Fatal(err)
		}
		for pkg, want := range map[string]string{"a": test.plain, "@acme/a": test.acme, "@one/a": test.one} {
			if got, err := c.RegistryFor(pkg); err != nil || got != want {
				t.Errorf("%s: %s comes from %q (%v), want %q", name, pkg, got, err, want)
			}
		}
	}
	if err := new(Config).Fallback(map[string]string{"default": "ftp://d.invalid"}, "f"); err == nil {
		t.Error("an address that is none was taken")
	}
	c := new(Config)
	if err := c.Fallback(map[string]string{"@acme": "https://acme.invalid"}, "f"); err != nil || c.scopes["@acme"] != "https://acme.invalid/" {
		t.Errorf("%v, %v", err, c.scopes)
	}
}
