package registry

import (
	"encoding/pem"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npmtest"
)

// files is a ReadFile of files in memory.
func files(contents map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		content, ok := contents[filepath.ToSlash(name)]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(content), nil
	}
}

func mustLoad(t testing.TB, o LoadOptions) *Config {
	t.Helper()
	if o.ReadFile == nil {
		o.ReadFile = files(nil)
	}
	config, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestRegistryPrecedence(t *testing.T) {
	all := LoadOptions{
		Registry:     "http://option.invalid",
		Environ:      []string{"NPM_CONFIG_REGISTRY=http://env.invalid", "HOME=/home"},
		ProjectDir:   "/project",
		GlobalPrefix: "/usr",
		Default:      "http://default.invalid",
		ReadFile: files(map[string]string{
			"/project/.npmrc": "registry=http://project.invalid",
			"/home/.npmrc":    "registry=http://user.invalid",
			"/usr/etc/npmrc":  "registry=http://global.invalid",
		}),
	}
	// Each step takes the strongest source of the step before away.
	steps := []struct {
		without func(*LoadOptions)
		want    string
	}{
		{func(*LoadOptions) {}, "http://option.invalid/"},
		{func(o *LoadOptions) { o.Registry = "" }, "http://env.invalid/"},
		{func(o *LoadOptions) { o.Environ = o.Environ[1:] }, "http://project.invalid/"},
		{func(o *LoadOptions) { o.ProjectDir = "" }, "http://user.invalid/"},
		{func(o *LoadOptions) { o.Environ = nil }, "http://global.invalid/"},
		{func(o *LoadOptions) { o.GlobalPrefix = "" }, "http://default.invalid/"},
	}
	for _, step := range steps {
		step.without(&all)
		got, err := mustLoad(t, all).RegistryFor("name")
		if err != nil || got != step.want {
			t.Errorf("got %q, %v; want %q", got, err, step.want)
		}
	}
	all.Default = ""
	all.Environ = []string{"npm_config_registry=null"}
	_, err := mustLoad(t, all).RegistryFor("name")
	if !errors.Is(err, ErrNoRegistry) {
		t.Errorf("got %v, want ErrNoRegistry", err)
	}
	for _, way := range []string{"npm config set registry", "npm_config_registry", "--registry"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%q does not mention %q", err, way)
		}
	}
}

func TestFileLocations(t *testing.T) {
	contents := files(map[string]string{
		"/home/.npmrc":      "globalconfig=/g\nregistry=http://home.invalid",
		"/home/other":       "prefix=/p\nregistry=http://other.invalid",
		"/g":                "@a:registry=http://g.invalid",
		"/p/etc/npmrc":      "@a:registry=http://p.invalid",
		"/prefix/etc/npmrc": "@a:registry=http://prefix.invalid",
	})
	tests := []struct {
		name           string
		environ        []string
		registry, forA string
	}{
		{"globalconfig of the user", []string{"HOME=/home"}, "http://home.invalid/", "http://g.invalid/"},
		{"userconfig, its prefix", []string{"HOME=/home", "npm_config_userconfig=~/other", "PREFIX=/prefix"}, "http://other.invalid/", "http://p.invalid/"},
		{"PREFIX", []string{"PREFIX=/prefix", "npm_config_registry=http://x.invalid"}, "http://x.invalid/", "http://prefix.invalid/"},
		{"globalconfig of the environment", []string{"HOME=/home", "npm_config_globalconfig=/p/etc/npmrc"}, "http://home.invalid/", "http://p.invalid/"},
		{"USERPROFILE", []string{"USERPROFILE=/home"}, "http://home.invalid/", "http://g.invalid/"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := mustLoad(t, LoadOptions{Environ: test.environ, ReadFile: contents})
			if config.Registry != test.registry {
				t.Errorf("registry %q, want %q", config.Registry, test.registry)
			}
			if got, err := config.RegistryFor("@a/b"); err != nil || got != test.forA {
				t.Errorf("registry of @a/b %q, %v; want %q", got, err, test.forA)
			}
		})
	}
}

// A project in the home folder has no configuration of its own.
func TestProjectIsHome(t *testing.T) {
	config := mustLoad(t, LoadOptions{
		Environ: []string{"HOME=/home"}, ProjectDir: "/home", UntrustedProject: true,
		ReadFile: files(map[string]string{"/home/.npmrc": "registry=http://home.invalid"}),
	})
	if config.Registry != "http://home.invalid/" || config.Warnings != nil {
		t.Errorf("registry %q, warnings %q", config.Registry, config.Warnings)
	}
}

func TestUntrustedProject(t *testing.T) {
	npmrc := strings.Join([]string{
		"registry=http://evil.invalid/${SECRET}",
		"@a:registry=http://evil.invalid",
		"//evil.invalid/:_authToken=${SECRET}",
		"proxy=http://evil.invalid",
		"cafile=evil.pem",
		"strict-ssl=false",
		"userconfig=./evil",
		"replace-registry-host=always",
		"save-exact=true",
		"[section]",
		"registry=http://evil.invalid",
	}, "\n")
	o := LoadOptions{
		Environ:    []string{"HOME=/home", "SECRET=s3cret"},
		ProjectDir: "/project",
		ReadFile: files(map[string]string{
			"/project/.npmrc": npmrc,
			"/home/.npmrc":    "registry=http://user.invalid\n//user.invalid/:_authToken=t",
		}),
		UntrustedProject: true,
	}
	config := mustLoad(t, o)
	if config.Registry != "http://user.invalid/" || len(config.scopes) != 0 || len(config.credentials) != 1 ||
		config.proxy != nil || config.insecureTLS || config.replaceHost != "npmjs" {
		t.Errorf("the project was trusted: %+v", config)
	}
	if len(config.Warnings) != 8 {
		t.Errorf("got %d warnings, want one for each of 8 settings: %q", len(config.Warnings), config.Warnings)
	}
	for _, warning := range config.Warnings {
		if strings.Contains(warning, "s3cret") || strings.Contains(warning, "evil.pem") {
			t.Errorf("a warning repeats a value: %q", warning)
		}
	}

	o.ReadFile = files(map[string]string{"/project/.npmrc": "[open"})
	if config := mustLoad(t, o); len(config.Warnings) != 1 || !strings.Contains(config.Warnings[0], ".npmrc: line 1") {
		t.Errorf("a malformed file: %q", config.Warnings)
	}
}

func TestCredentials(t *testing.T) {
	config := mustLoad(t, LoadOptions{
		Environ: []string{
			"HOME=/home", "TOKEN=from-env",
			"npm_config_//env.invalid/:_authToken=env-token",
			"NPM_CONFIG_//Case.invalid/:_authToken=never",
		},
		ReadFile: files(map[string]string{"/home/.npmrc": strings.Join([]string{
			"registry=https://user:pa%3Ass@url.invalid/npm",
			"@plain:registry=http://plain.invalid:8080/",
			"//host.invalid/:_authToken=root",
			"//host.invalid/team/:_authToken=${TOKEN}",
			"//host.invalid/team/:username=ignored",
			"//host.invalid/noslash:_authToken=noslash",
			"//basic.invalid/:_auth=dTpw",
			"//password.invalid/:username=user",
			"//password.invalid/:_password=cGFzcw==",
			"//unset.invalid/:_authToken=${UNSET}",
			"//port.invalid:8443/:_authToken=port",
			"//plain.invalid:8080/:_authToken=plain",
			"//cert.invalid/:certfile=/c",
			"_authToken=nowhere",
		}, "\n")}),
	})
	const urlBasic = "Basic dXNlcjpwYTpzcw==" // user:pa:ss
	tests := []struct{ url, want string }{
		{"https://host.invalid/", "Bearer root"},
		{"https://host.invalid/a/-/a-1.0.0.tgz", "Bearer root"},
		{"https://HOST.invalid:443/team/x", "Bearer from-env"},
		{"https://host.invalid/team/", "Bearer from-env"},
		{"https://host.invalid/team", "Bearer root"},
		{"https://host.invalid/teammate/x", "Bearer root"},
		{"https://host.invalid/noslash/x", "Bearer noslash"},
		{"https://host.invalid/noslash-not/x", "Bearer root"},
		{"https://basic.invalid/x", "Basic dTpw"},
		{"https://password.invalid/x", "Basic dXNlcjpwYXNz"},
		{"https://env.invalid/x", "Bearer env-token"},
		{"https://unset.invalid/x", ""},
		{"https://case.invalid/x", ""},
		{"https://port.invalid:8443/x", "Bearer port"},
		{"https://port.invalid/x", ""},
		{"https://url.invalid/npm/x", urlBasic},
		{"https://url.invalid/other", ""},
		{"https://other.invalid/", ""},
		// Plain http only where the registry is.
		{"http://host.invalid/x", ""},
		{"http://plain.invalid:8080/x", "Bearer plain"},
		{"https://plain.invalid:8080/x", "Bearer plain"},
	}
	for _, test := range tests {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := config.authorization(u); got != test.want {
			t.Errorf("authorization for %s is %q, want %q", test.url, got, test.want)
		}
	}
	if config.Registry != "https://url.invalid/npm/" {
		t.Errorf("registry %q still has a user or lacks a slash", config.Registry)
	}
	want := []string{
		`/home/.npmrc:14: _authToken names no host and is not used; npm wants "//host/path/:_authToken"`,
		`/home/.npmrc:13: "//cert.invalid/:certfile": client certificates are not supported`,
		`/home/.npmrc:10: //unset.invalid/:_authToken uses ${UNSET}, which is not set: no such credential is sent`,
	}
	if diff := cmp.Diff(want, config.Warnings); diff != "" {
		t.Errorf("warnings (-want +got)\n%s", diff)
	}
}

func TestLoadErrors(t *testing.T) {
	tests := []struct{ name, npmrc, want string }{
		{"syntax", "a=1\n[", "/home/.npmrc: line 2"},
		{"registry without a scheme", "\nregistry=r.invalid", "/home/.npmrc:2: registry: unusable URL"},
		{"registry of a file", "registry=file:///etc", "/home/.npmrc:1: registry"},
		{"registry with an unset variable", "registry=${NOWHERE}", "/home/.npmrc:1: registry uses ${NOWHERE}"},
		{"registry with a query", "registry=http://r.invalid/?a", "a registry has no query"},
		{"registry with dots", "registry=http://r.invalid/a/%2e%2e/b", "its path has a"},
		{"scope", "@a:registry=x", "/home/.npmrc:1: registry"},
		{"strict-ssl", "strict-ssl=no", "/home/.npmrc:1: strict-ssl"},
		{"retries", "fetch-retries=many", "/home/.npmrc:1: fetch-retries"},
		{"timeout", "fetch-timeout=-1", "/home/.npmrc:1: fetch-timeout"},
		{"proxy", "proxy=socks4://p.invalid", "/home/.npmrc:1: proxy: a proxy with the scheme"},
		{"ca", "ca=none", "/home/.npmrc:1: ca: no certificate"},
		{"password", "//h.invalid/:_password=$", "/home/.npmrc:1: the value of"},
		{"header", `//h.invalid/:_authToken="a\nb"`, "/home/.npmrc:1: the value of"},
		{"replace", "replace-registry-host=ftp://x", "/home/.npmrc:1: replace-registry-host"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(LoadOptions{Home: "/home", ReadFile: files(map[string]string{"/home/.npmrc": test.npmrc})})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
	t.Run("unreadable", func(t *testing.T) {
		denied := func(name string) ([]byte, error) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
		_, err := Load(LoadOptions{Home: "/home", ReadFile: denied})
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), ".npmrc") {
			t.Errorf("got %v, want a permission error that names the file", err)
		}
	})
}

// Without ReadFile the file system is read, up to a limit.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, ".npmrc"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("registry=http://r.invalid")
	config, err := Load(LoadOptions{Home: dir})
	if err != nil || config.Registry != "http://r.invalid/" {
		t.Errorf("got %+v, %v", config, err)
	}
	write(strings.Repeat("a=b\n", maxConfigSize/4+1))
	if _, err := Load(LoadOptions{Home: dir}); err == nil || !strings.Contains(err.Error(), "more than the") {
		t.Errorf("a huge file: %v", err)
	}
	if _, err := Load(LoadOptions{Home: filepath.Join(dir, ".npmrc")}); err != nil {
		t.Errorf("a home that is no folder: %v", err)
	}
}

func TestNetworkSettings(t *testing.T) {
	config := mustLoad(t, LoadOptions{})
	if config.retries != defaultRetries || config.retryMin != defaultRetryMin || config.retryMax != defaultRetryMax ||
		config.timeout != defaultTimeout || config.maxSockets != 0 || config.insecureTLS || config.roots != nil {
		t.Errorf("defaults: %+v", config)
	}
	config = mustLoad(t, LoadOptions{Environ: []string{
		"npm_config_fetch_retries=0", "npm_config_fetch_retry_factor=3", "npm_config_fetch_retry_mintimeout=20",
		"npm_config_fetch_retry_maxtimeout=10", "npm_config_fetch_timeout=0", "npm_config_maxsockets=1000",
		"npm_config_strict_ssl=false",
	}})
	if config.retries != 0 || config.retryFactor != 3 || config.retryMin != 20*time.Millisecond || config.retryMax != 20*time.Millisecond ||
		config.timeout != maxTimeout || config.maxSockets != maxMaxSockets || !config.insecureTLS {
		t.Errorf("set: %+v", config)
	}
	if len(config.Warnings) != 1 || !strings.Contains(config.Warnings[0], "strict-ssl is off") {
		t.Errorf("warnings %q", config.Warnings)
	}
}

func TestProxy(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    map[string]string // by request, "" for none
	}{
		{"none", nil, map[string]string{"https://r.invalid": "", "http://r.invalid": ""}},
		{"https-proxy is for all", []string{"npm_config_https_proxy=http://p.invalid:1", "npm_config_proxy=http://q.invalid"},
			map[string]string{"https://r.invalid": "http://p.invalid:1", "http://r.invalid": "http://p.invalid:1"}},
		{"proxy is for all", []string{"npm_config_proxy=q.invalid:8080", "HTTPS_PROXY=http://z.invalid"},
			map[string]string{"https://r.invalid": "http://q.invalid:8080", "http://r.invalid": "http://q.invalid:8080"}},
		{"environment", []string{"Http_Proxy=http://h.invalid"},
			map[string]string{"https://r.invalid": "", "http://r.invalid": "http://h.invalid"}},
		{"environment, https", []string{"http_proxy=http://h.invalid", "https_proxy=http://s.invalid"},
			map[string]string{"https://r.invalid": "http://s.invalid", "http://r.invalid": "http://s.invalid"}},
		{"noproxy", []string{"npm_config_proxy=http://p.invalid", "npm_config_noproxy=.corp.invalid, r.invalid", "NO_PROXY=z.invalid"},
			map[string]string{"https://r.invalid": "", "https://a.r.invalid:1": "", "https://ar.invalid": "http://p.invalid",
				"https://x.corp.invalid": "", "https://z.invalid": "http://p.invalid"}},
		{"NO_PROXY", []string{"npm_config_proxy=http://p.invalid", "no_proxy=r.invalid"},
			map[string]string{"https://R.invalid": "", "https://s.invalid": "http://p.invalid"}},
		{"switched off", []string{"npm_config_proxy=false"}, map[string]string{"https://r.invalid": ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := mustLoad(t, LoadOptions{Environ: test.environ})
			for request, want := range test.want {
				u, err := url.Parse(request)
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				if proxy := config.proxyFor(u); proxy != nil {
					got = proxy.String()
				}
				if got != want {
					t.Errorf("proxy for %s is %q, want %q", request, got, want)
				}
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	srv := npmtest.NewTLSServer()
	defer srv.Close()
	cert := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate()}))
	read := files(map[string]string{
		"/home/.npmrc": "ca[]=\"" + strings.ReplaceAll(cert, "\n", `\n`) + `"`,
		"/ca.pem":      strings.ReplaceAll(cert, "\n", "\r\n"),
		"/bad.pem":     "x",
	})
	for _, o := range []LoadOptions{
		{Home: "/home"},
		{Environ: []string{"npm_config_cafile=/ca.pem"}},
		{Environ: []string{"npm_config_ca=" + cert}},
		{Environ: []string{"NODE_EXTRA_CA_CERTS=/ca.pem"}},
	} {
		o.ReadFile, o.Registry = read, srv.URL
		client := newClient(t, o, Options{})
		srv.Publish("a", "1.0.0", nil, nil)
		if _, err := client.Packument(t.Context(), "a"); err != nil {
			t.Errorf("%+v: %v", o.Environ, err)
		}
	}
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	if _, err := client.Packument(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the authority: %v", err)
	}
	if n := len(srv.Requests()); n != 4 {
		t.Errorf("%d requests arrived, want 4", n)
	}

	if _, err := Load(LoadOptions{Environ: []string{"npm_config_cafile=/bad.pem"}, ReadFile: read}); err == nil {
		t.Error("a cafile without a certificate is no error")
	}
	config := mustLoad(t, LoadOptions{Environ: []string{"npm_config_cafile=/missing.pem", "NODE_EXTRA_CA_CERTS=/missing.pem"}, ReadFile: read})
	if len(config.Warnings) != 2 || config.roots != nil {
		t.Errorf("missing files: %q", config.Warnings)
	}
}
