package registry

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
)

func TestTarballURL(t *testing.T) {
	load := func(replace string) *Config {
		return mustLoad(t, LoadOptions{
			Environ:     []string{"npm_config_replace_registry_host=" + replace, "npm_config_@s:registry=https://scoped.invalid/npm/"},
			Registry:    "https://mirror.invalid:8443/proxy/npm",
			Default:     "https://public.invalid/",
			PublicHosts: []string{"Alias.invalid"},
		})
	}
	plain := npm.PackageVersion{Name: "a", Version: "1.0.0"}
	scoped := npm.PackageVersion{Name: "@s/a", Version: "1.0.0-rc.1+b"}
	tests := []struct {
		name              string
		replace           string
		version           npm.PackageVersion
		resolved, tarball string
		want              string
	}{
		{"convention", "", plain, "", "", "https://mirror.invalid:8443/proxy/npm/a/-/a-1.0.0.tgz"},
		{"convention, scope", "", scoped, "", "", "https://scoped.invalid/npm/@s/a/-/a-1.0.0-rc.1+b.tgz"},
		{"resolved", "", plain, "https://other.invalid/a.tgz#0123", "https://x.invalid/", "https://other.invalid/a.tgz"},
		{"resolved public", "", plain, "https://public.invalid/a/-/a-1.0.0.tgz", "", "https://mirror.invalid:8443/proxy/npm/a/-/a-1.0.0.tgz"},
		{"resolved alias over http with a port", "npmjs", plain, "http://ALIAS.invalid:80/a/-/a.tgz?x=1", "", "https://mirror.invalid:8443/proxy/npm/a/-/a.tgz?x=1"},
		{"resolved public with the registry's path", "", plain, "https://public.invalid/proxy/npm/a.tgz", "", "https://mirror.invalid:8443/proxy/npm/a.tgz"},
		{"resolved public, user dropped", "", plain, "https://u:p@public.invalid/a.tgz", "", "https://mirror.invalid:8443/proxy/npm/a.tgz"},
		{"scoped resolved public goes to the default registry", "", scoped, "https://public.invalid/@s%2fa/-/a.tgz", "", "https://mirror.invalid:8443/proxy/npm/@s%2fa/-/a.tgz"},
		{"dist.tarball", "", plain, "", "https://public.invalid/a.tgz", "https://mirror.invalid:8443/proxy/npm/a.tgz"},
		{"scoped dist.tarball goes to the scope's registry", "", scoped, "", "https://public.invalid/a.tgz", "https://scoped.invalid/npm/a.tgz"},
		{"never", "never", plain, "https://public.invalid/a.tgz", "", "https://public.invalid/a.tgz"},
		{"always", "always", plain, "https://other.invalid/a.tgz", "", "https://mirror.invalid:8443/proxy/npm/a.tgz"},
		{"host", "other.invalid", plain, "https://other.invalid:444/a.tgz", "", "https://mirror.invalid:8443/proxy/npm/a.tgz"},
		{"host, not another", "other.invalid", plain, "https://public.invalid/a.tgz", "", "https://public.invalid/a.tgz"},
		{"URL", "https://old.invalid/repo/", plain, "https://old.invalid/repo/a.tgz", "", "https://mirror.invalid:8443/proxy/npm/a.tgz"},
		{"URL, another path", "https://old.invalid/repo", plain, "https://old.invalid/repository/a.tgz", "", "https://old.invalid/repository/a.tgz"},
		{"relative", "", plain, "a/-/a-1.0.0.tgz", "", "https://mirror.invalid:8443/proxy/npm/a/-/a-1.0.0.tgz"},
		{"relative, scope", "", scoped, "@s/a/-/a.tgz", "", "https://scoped.invalid/npm/@s/a/-/a.tgz"},
		{"absolute path", "", plain, "/a/-/a-1.0.0.tgz", "", "https://mirror.invalid:8443/a/-/a-1.0.0.tgz"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := load(test.replace).TarballURL(test.version, test.resolved, test.tarball)
			if err != nil || got != test.want {
				t.Errorf("got %q, %v\nwant %q", got, err, test.want)
			}
		})
	}
}

func TestTarballURLErrors(t *testing.T) {
	config := mustLoad(t, LoadOptions{Registry: "https://r.invalid"})
	plain := npm.PackageVersion{Name: "a", Version: "1.0.0"}
	tests := []struct {
		name     string
		version  npm.PackageVersion
		resolved string
		want     error
	}{
		{"file", plain, "file:a.tgz", ErrURL},
		{"git", plain, "git+ssh://git@host.invalid/a.git#1", ErrURL},
		{"no host", plain, "https:///a.tgz", ErrURL},
		{"dots", plain, "https://host.invalid/a/../b", ErrURL},
		{"encoded dots", plain, "https://host.invalid/a/%2E%2e/b", ErrURL},
		{"host in Unicode", plain, "https://\u212aelvin.invalid/a.tgz", ErrURL},
		{"long when escaped", plain, "https://host.invalid/" + strings.Repeat("\u00e9", maxURLLength/3), ErrURL},
		{"control character", plain, "https://host.invalid/a\n", ErrURL},
		{"name", npm.PackageVersion{Name: "../a", Version: "1.0.0"}, "", npm.ErrName},
		{"version", npm.PackageVersion{Name: "a", Version: "latest"}, "", ErrURL},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := config.TarballURL(test.version, test.resolved, ""); !errors.Is(err, test.want) {
				t.Errorf("got %q, %v; want %v", got, err, test.want)
			}
		})
	}
	t.Run("no registry", func(t *testing.T) {
		none := mustLoad(t, LoadOptions{})
		if _, err := none.TarballURL(plain, "", ""); !errors.Is(err, ErrNoRegistry) {
			t.Errorf("got %v, want ErrNoRegistry", err)
		}
		got, err := none.TarballURL(plain, "https://host.invalid/a.tgz", "")
		if err != nil || got != "https://host.invalid/a.tgz" {
			t.Errorf("an absolute address needs no registry: %q, %v", got, err)
		}
	})
}

func FuzzTarballURL(f *testing.F) {
	for _, seed := range []string{
		"https://public.invalid/a/-/a-1.0.0.tgz", "a/-/a.tgz", "//evil.invalid/a", "https://r.invalid/%2e%2e/a", "https://u:p@r.invalid/",
		`https://r.invalid\@evil.invalid/`, "https://r.invalid/a;b?c#d", "http://[::1]:80/a", "../../a", "https://r.invalid/npm/..%2fx",
	} {
		f.Add(seed)
	}
	config, err := Load(LoadOptions{
		Environ:  []string{"npm_config_//r.invalid/npm/:_authToken=token"},
		Registry: "https://r.invalid/npm/", Default: "https://public.invalid/",
		ReadFile: files(nil),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, resolved string) {
		address, err := config.TarballURL(npm.PackageVersion{Name: "a", Version: "1.0.0"}, resolved, "")
		if err != nil {
			return
		}
		u, err := parseURL(address)
		if err != nil {
			t.Fatalf("%q gives %q, which is not fetched: %v", resolved, address, err)
		}
		if config.authorization(u) != "" && (u.Scheme != "https" || canonicalHost(u) != "r.invalid" || !hasPathPrefix(u.Path, "/npm")) {
			t.Errorf("%q gives %q, which gets the token", resolved, address)
		}
	})
}

func TestOrigins(t *testing.T) {
	config := mustLoad(t, LoadOptions{
		Environ:     []string{"npm_config_@s:registry=http://Scope.invalid:8080/npm"},
		Registry:    "https://r.invalid",
		Default:     "https://default.invalid",
		PublicHosts: []string{"Alias.invalid", "r.invalid"},
	})
	want := []string{"alias.invalid", "default.invalid", "http://scope.invalid:8080", "r.invalid"}
	if diff := cmp.Diff(want, config.Origins()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
