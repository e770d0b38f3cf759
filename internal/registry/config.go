package registry

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// LoadOptions tells Load where to look. The zero value looks nowhere and gives
// a Config with the defaults and no registry.
type LoadOptions struct {
	// Environ is the environment, as os.Environ returns it.
	Environ []string
	// Registry overrides every other setting of the default registry, as
	// npm's --registry does.
	Registry string
	// ProjectDir is the folder with the project's .npmrc; "" for none.
	ProjectDir string
	// UntrustedProject is for a project that somebody else may have written,
	// such as the head of a pull request: see Load.
	UntrustedProject bool
	// Home is the user's home folder; "" takes it from Environ.
	Home string
	// GlobalPrefix is npm's prefix, below which lies etc/npmrc, where neither
	// Environ nor the user's .npmrc sets one. npm derives its own from the
	// place of the node executable, which only the caller can know.
	GlobalPrefix string
	// Default is the registry built into the program, used when nothing else
	// names one; "" for none.
	Default string
	// PublicHosts are further host names of the public registry: see
	// Config.TarballURL.
	PublicHosts []string
	// ReadFile reads a file; nil stands for the file system.
	ReadFile func(name string) ([]byte, error)
}

// Config is the configuration of npm as far as it concerns the registry.
type Config struct {
	// Registry is the default registry, "" when none is configured. The
	// caller may set it before the Config is used, from "npm config get
	// registry" for example.
	Registry string
	// Warnings says what was found and not used, in plain sentences without
	// secrets, in the order in which it was found.
	Warnings []string

	scopes      map[string]string     // "@scope" to registry
	credentials map[string]credential // by what nerfDart returns

	replaceHost string   // npmjs, never, always, a host name or a URL
	publicHosts []string // lower case, without port

	proxy               *url.URL // for every request
	httpProxy, tlsProxy *url.URL // from the environment, where proxy is nil
	noProxy             []string

	roots       *x509.CertPool // nil for the system's
	insecureTLS bool

	retries            int
	retryFactor        float64
	retryMin, retryMax time.Duration
	timeout            time.Duration
	maxSockets         int // 0 where not configured
}

// The defaults. npm waits 10 seconds before it retries, and 2 times; an audit
// makes more requests than an install and begins sooner.
const (
	defaultRetries     = 4
	defaultRetryFactor = 2
	defaultRetryMin    = 500 * time.Millisecond
	defaultRetryMax    = 30 * time.Second
	defaultTimeout     = time.Minute
)

// The upper limits of what a configuration can ask for.
const (
	maxRetries    = 20
	maxTimeout    = 30 * time.Minute
	maxMaxSockets = 64
)

// Load reads npm's configuration in npm's order of precedence: the Registry
// option, the environment (npm_config_*), the project's .npmrc, the user's,
// the global one, the Default option (npm documentation, "config" and
// "npmrc"). A file that is not there is no error; one that cannot be read or
// understood, and a value that makes no sense, is an error that names the file
// and the line.
//
// Whoever can write the project's .npmrc can name any host as the registry and
// have ${VARIABLE} expand to a secret of the environment, within a token for
// that host or within its address. npm install has the same weakness, but
// an audit exists to look at changes nobody has approved yet. With
// UntrustedProject nothing of that file is used; what it sets is listed in
// Warnings.
//
// Differences from npm: npm's own built-in npmrc is not read. Client
// certificates are not supported. A credential whose variable is not set is
// left out with a warning, where npm would send the unexpanded text. An
// invalid registry is an error, where npm would fall back to another one.
func Load(o LoadOptions) (*Config, error) {
	l := &loader{
		options: o,
		env:     make(map[string]string, len(o.Environ)),
		read:    o.ReadFile,
		config:  new(Config),
	}
	if l.read == nil {
		l.read = readFile
	}
	if err := l.load(); err != nil {
		return nil, fmt.Errorf("npm configuration: %w", err)
	}
	return l.config, nil
}

// readFile is os.ReadFile with a limit, since a project's .npmrc may be a link
// to anything. More than maxConfigSize bytes are refused by whoever parses them.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxConfigSize+1))
}

// setting is the value of one key in one layer.
type setting struct {
	values []string // one, or those of key[]
	where  string   // the file and line or the variable, for messages
}

// text is the value, of several the last.
func (s setting) text() string { return s.values[len(s.values)-1] }

type layer map[string]setting

type loader struct {
	options LoadOptions
	env     map[string]string
	read    func(string) ([]byte, error)
	config  *Config
	layers  []layer // the strongest first
}

func (l *loader) warn(format string, args ...any) {
	l.config.Warnings = append(l.config.Warnings, fmt.Sprintf(format, args...))
}

func (l *loader) load() error {
	l.layers = append(l.layers, l.environment())
	if err := l.files(); err != nil {
		return err
	}
	for _, step := range []func() error{l.registries, l.credentials, l.replacement, l.proxies, l.certificates, l.network} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// environment makes a layer of the variables npm_config_*, in any case. Their
// names have _ for -, but for a leading one and in keys that begin with a host.
func (l *loader) environment() layer {
	const prefix = "npm_config_"
	out := make(layer)
	for _, variable := range l.options.Environ {
		name, value, _ := strings.Cut(variable, "=")
		l.env[name] = value
		if value == "" || len(name) <= len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
			continue
		}
		key := name[len(prefix):]
		if !strings.HasPrefix(key, "//") {
			key = strings.ToLower(key[:1] + strings.ReplaceAll(key[1:], "_", "-"))
		}
		out[key] = setting{values: []string{value}, where: "the environment variable " + name}
	}
	return out
}

func (l *loader) files() error {
	home := l.options.Home
	for _, name := range []string{"HOME", "USERPROFILE"} {
		if home == "" {
			home = l.env[name]
		}
	}
	project := ""
	if l.options.ProjectDir != "" {
		project = filepath.Join(l.options.ProjectDir, ".npmrc")
	}
	location := func(key, fallback string) string {
		if s, ok := l.lookup(key); ok {
			path, _ := expand(s.text(), l.env)
			if rest, ok := strings.CutPrefix(path, "~/"); ok && home != "" {
				return filepath.Join(home, rest)
			}
			return path
		}
		return fallback
	}

	user := ""
	if home != "" {
		user = filepath.Join(home, ".npmrc")
	}
	// As for npm, a project in the home folder has no configuration of its own.
	if project != "" && project != location("userconfig", user) {
		if err := l.project(project); err != nil {
			return err
		}
	}
	if err := l.file(location("userconfig", user)); err != nil {
		return err
	}
	prefix := l.options.GlobalPrefix
	if p := l.env["PREFIX"]; p != "" {
		prefix = p
	}
	prefix = location("prefix", prefix)
	global := ""
	if prefix != "" {
		global = filepath.Join(prefix, "etc", "npmrc")
	}
	return l.file(location("globalconfig", global))
}

func (l *loader) project(path string) error {
	if !l.options.UntrustedProject {
		return l.file(path)
	}
	entries, err := l.entries(path)
	if err != nil {
		l.warn("%v; the file is not used, since the project is not trusted", err)
		return nil
	}
	for _, e := range entries {
		if e.section == "" && relevant(e.key) {
			l.warn("%s:%d sets %q, which is not used, since the project is not trusted", path, e.line, e.key)
		}
	}
	return nil
}

// relevant reports whether key has a meaning for this package.
func relevant(key string) bool {
	switch key {
	case "registry", "replace-registry-host", "proxy", "https-proxy", "noproxy", "ca", "cafile", "strict-ssl",
		"fetch-retries", "fetch-retry-factor", "fetch-retry-mintimeout", "fetch-retry-maxtimeout", "fetch-timeout",
		"maxsockets", "userconfig", "globalconfig", "prefix":
		return true
	}
	return strings.HasPrefix(key, "//") || strings.HasPrefix(key, "@") && strings.HasSuffix(key, ":registry")
}

// entries reads the file at path; none where there is no such file.
func (l *loader) entries(path string) ([]entry, error) {
	if path == "" {
		return nil, nil
	}
	data, err := l.read(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := parseNPMRC(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return entries, nil
}

// file adds the file at path as the weakest layer so far.
func (l *loader) file(path string) error {
	entries, err := l.entries(path)
	if err != nil {
		return err
	}
	out := make(layer)
	for _, e := range entries {
		if e.section != "" {
			if relevant(e.key) {
				l.warn("%s:%d sets %q below the section %s, where npm does not look", path, e.line, e.key, e.section)
			}
			continue
		}
		key, _ := expand(e.key, l.env)
		s := setting{values: []string{e.value}, where: fmt.Sprintf("%s:%d", path, e.line)}
		if before, ok := out[key]; ok && (e.list || len(before.values) > 1) {
			s.values = append(before.values, e.value)
		}
		out[key] = s
	}
	l.layers = append(l.layers, out)
	return nil
}

// lookup returns the strongest setting of key.
func (l *loader) lookup(key string) (setting, bool) {
	for _, layer := range l.layers {
		if s, ok := layer[key]; ok {
			return s, true
		}
	}
	return setting{}, false
}

// value returns the strongest setting of key with variables expanded. It is
// not ok where the key is not set or set to nothing.
func (l *loader) value(key string) (text string, s setting, ok bool, err error) {
	s, ok = l.lookup(key)
	if !ok {
		return "", s, false, nil
	}
	text, missing := expand(s.text(), l.env)
	if len(missing) > 0 {
		return "", s, false, fmt.Errorf("%s: %s uses ${%s}, which is not set", s.where, key, missing[0])
	}
	text = trim(text)
	return text, s, text != "" && text != "null", nil
}

func (l *loader) registries() error {
	c := l.config
	c.credentials = make(map[string]credential)
	c.scopes = make(map[string]string)
	text, s, ok, err := l.value("registry")
	switch {
	case l.options.Registry != "":
		text, s = l.options.Registry, setting{where: "--registry"}
	case err != nil:
		return err
	case !ok && l.options.Default != "":
		text, s = l.options.Default, setting{where: "the built-in default"}
	case !ok:
		text = ""
	}
	if text != "" {
		if c.Registry, err = l.registry(text, s.where); err != nil {
			return hideExpanded(s, err)
		}
	}
	for _, key := range l.keys() {
		scope, ok := strings.CutSuffix(key, ":registry")
		if !ok || !strings.HasPrefix(scope, "@") {
			continue
		}
		text, s, ok, err := l.value(key)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if c.scopes[scope], err = l.registry(text, s.where); err != nil {
			return hideExpanded(s, err)
		}
	}
	return nil
}

// hideExpanded returns err, about an address in s, without the address where
// variables of the environment are part of it.
func hideExpanded(s setting, err error) error {
	if len(s.values) > 0 && variable.MatchString(s.text()) {
		return fmt.Errorf("%s: %w, once its variables are expanded: %q", s.where, ErrURL, s.text())
	}
	return err
}

// keys returns all keys of all layers, sorted.
func (l *loader) keys() []string {
	var keys []string
	for _, layer := range l.layers {
		for key := range layer {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// registry returns the registry's address in normal form. A user name and
// password in it become credentials for it, so that they appear nowhere else.
func (l *loader) registry(text, where string) (string, error) {
	u, err := parseRegistry(text)
	if err != nil {
		return "", fmt.Errorf("%s: registry: %w", where, err)
	}
	if u.User != nil {
		password, _ := u.User.Password()
		l.config.credentials[nerfDart(u)] = credential{username: u.User.Username(), password: password}
		u.User = nil
	}
	return u.String(), nil
}

// credentials collects //host/path/:key settings.
func (l *loader) credentials() error {
	for _, key := range []string{"_auth", "_authToken", "_authtoken", "-authtoken", "username", "_password"} {
		if s, ok := l.lookup(key); ok {
			l.warn("%s: %s names no host and is not used; npm wants \"//host/path/:%s\"", s.where, key, key)
		}
	}
	for _, key := range l.keys() {
		i := strings.LastIndexByte(key, ':')
		if !strings.HasPrefix(key, "//") || i < 0 {
			continue
		}
		place, field := key[:i], key[i+1:]
		cred := l.config.credentials[place]
		var target *string
		switch field {
		case "_authToken":
			target = &cred.token
		case "_auth":
			target = &cred.auth
		case "username":
			target = &cred.username
		case "_password":
			target = &cred.password
		case "certfile", "keyfile":
			s, _ := l.lookup(key)
			l.warn("%s: %q: client certificates are not supported", s.where, key)
			continue
		default:
			continue
		}
		text, s, ok, err := l.value(key)
		if err != nil {
			l.warn("%v: no such credential is sent", err)
			continue
		}
		if !ok {
			continue
		}
		if !validHeader(text) {
			return fmt.Errorf("%s: the value of %q has a control character", s.where, key)
		}
		if field == "_password" {
			password, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
			if err != nil {
				return fmt.Errorf("%s: the value of %q is not base64", s.where, key)
			}
			text = string(password)
		}
		*target = text
		l.config.credentials[place] = cred
	}
	return nil
}

func (l *loader) replacement() error {
	c := l.config
	text, s, ok, err := l.value("replace-registry-host")
	if err != nil {
		return err
	}
	c.replaceHost = "npmjs"
	if ok {
		c.replaceHost = text
	}
	if strings.Contains(c.replaceHost, "://") {
		if _, err := parseURL(c.replaceHost); err != nil {
			return hideExpanded(s, fmt.Errorf("%s: replace-registry-host: %w", s.where, err))
		}
	}
	for _, host := range l.options.PublicHosts {
		c.publicHosts = append(c.publicHosts, strings.ToLower(host))
	}
	if l.options.Default != "" {
		u, err := parseRegistry(l.options.Default)
		if err != nil {
			return fmt.Errorf("the built-in default: registry: %w", err)
		}
		c.publicHosts = append(c.publicHosts, strings.ToLower(u.Hostname()))
	}
	return nil
}

// proxies reads the proxy settings. As in npm, https-proxy and proxy are for
// all requests, and the variables without npm's prefix (HTTPS_PROXY and so on,
// in any case) count where neither is set.
func (l *loader) proxies() error {
	c := l.config
	for _, key := range []string{"https-proxy", "proxy"} {
		text, s, ok, err := l.value(key)
		if err != nil {
			return err
		}
		if !ok || text == "false" || c.proxy != nil {
			continue
		}
		if c.proxy, err = parseProxy(text); err != nil {
			return fmt.Errorf("%s: %s: %w", s.where, key, err)
		}
	}
	ambient := make(map[string]string)
	for _, variable := range l.options.Environ {
		name, value, _ := strings.Cut(variable, "=")
		ambient[strings.ToLower(name)] = trim(value)
	}
	for _, p := range []struct {
		names  []string
		target **url.URL
	}{
		{[]string{"https_proxy"}, &c.tlsProxy},
		{[]string{"https_proxy", "http_proxy", "proxy"}, &c.httpProxy},
	} {
		for _, name := range p.names {
			if ambient[name] == "" || *p.target != nil || c.proxy != nil {
				continue
			}
			u, err := parseProxy(ambient[name])
			if err != nil {
				return fmt.Errorf("the environment variable %s: %w", name, err)
			}
			*p.target = u
		}
	}
	list := ambient["no_proxy"]
	if s, ok := l.lookup("noproxy"); ok {
		if text, _ := expand(strings.Join(s.values, ","), l.env); trim(text) != "" {
			list = text
		}
	}
	for host := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || space(r) }) {
		c.noProxy = append(c.noProxy, strings.ToLower(strings.Trim(host, ".")))
	}
	return nil
}

// parseProxy reads a proxy's address. One without a scheme is taken for http.
func parseProxy(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		// The text may hold a password, and so may the error.
		return nil, errors.New("the proxy's address is not a URL")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, fmt.Errorf("a proxy with the scheme %q is not supported", u.Scheme)
}

// proxyFor returns the proxy for a request to u, or nil.
func (c *Config) proxyFor(u *url.URL) *url.URL {
	proxy := c.proxy
	if proxy == nil {
		proxy = c.httpProxy
		if u.Scheme == "https" {
			proxy = c.tlsProxy
		}
	}
	host := "." + strings.ToLower(u.Hostname())
	for _, no := range c.noProxy {
		if no != "" && strings.HasSuffix(host, "."+no) {
			return nil
		}
	}
	return proxy
}

// certificates reads strict-ssl, ca and cafile, which replace the system's
// authorities, and node's NODE_EXTRA_CA_CERTS, which adds to them.
func (l *loader) certificates() error {
	c := l.config
	strict, s, ok, err := l.value("strict-ssl")
	if err != nil {
		return err
	}
	if ok {
		switch strict {
		case "true", "1":
		case "false", "0":
			c.insecureTLS = true
			l.warn("%s: strict-ssl is off: nothing tells the registry from somebody in between", s.where)
		default:
			return fmt.Errorf("%s: strict-ssl is %q, neither true nor false", s.where, s.text())
		}
	}

	var pem []byte
	if s, ok := l.lookup("ca"); ok {
		for _, value := range s.values {
			value, _ = expand(value, l.env)
			if value = trim(value); value != "" && value != "null" {
				// In an unquoted value line ends are written as \n.
				pem = append(pem, strings.ReplaceAll(value, `\n`, "\n")+"\n"...)
			}
		}
		if len(pem) > 0 {
			if c.roots, err = addCertificates(c.roots, pem, s.where+": ca"); err != nil {
				return err
			}
		}
	}
	path, s, ok, err := l.value("cafile")
	if err != nil {
		return err
	}
	if ok {
		data, err := l.read(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			l.warn("%s: cafile %q does not exist", s.where, s.text())
		case err != nil:
			return fmt.Errorf("%s: cafile: %w", s.where, err)
		default:
			if c.roots, err = addCertificates(c.roots, data, s.where+": cafile"); err != nil {
				return err
			}
		}
	}
	if extra := l.env["NODE_EXTRA_CA_CERTS"]; extra != "" && c.roots == nil {
		data, err := l.read(extra)
		if err != nil {
			l.warn("NODE_EXTRA_CA_CERTS: %v", err)
			return nil
		}
		system, err := x509.SystemCertPool()
		if err != nil {
			return fmt.Errorf("the system's certificates: %w", err)
		}
		c.roots, err = addCertificates(system, data, extra)
		return err
	}
	return nil
}

func addCertificates(pool *x509.CertPool, pem []byte, where string) (*x509.CertPool, error) {
	if len(pem) > maxConfigSize {
		return nil, fmt.Errorf("%s: %d bytes, more than the %d that are read", where, len(pem), maxConfigSize)
	}
	if pool == nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(bytes.ReplaceAll(pem, []byte("\r"), nil)) {
		return nil, fmt.Errorf("%s: no certificate in PEM form", where)
	}
	return pool, nil
}

func (l *loader) network() error {
	c := l.config
	millis := float64(time.Millisecond)
	for _, n := range []struct {
		key           string
		fallback, max float64
		set           func(float64)
	}{
		{"fetch-retries", defaultRetries, maxRetries, func(f float64) { c.retries = int(f) }},
		{"fetch-retry-factor", defaultRetryFactor, 100, func(f float64) { c.retryFactor = max(f, 1) }},
		{"fetch-retry-mintimeout", float64(defaultRetryMin) / millis, float64(maxTimeout) / millis,
			func(f float64) { c.retryMin = time.Duration(f * millis) }},
		{"fetch-retry-maxtimeout", float64(defaultRetryMax) / millis, float64(maxTimeout) / millis,
			func(f float64) { c.retryMax = time.Duration(f * millis) }},
		{"fetch-timeout", float64(defaultTimeout) / millis, float64(maxTimeout) / millis,
			func(f float64) { c.timeout = time.Duration(f * millis) }},
		{"maxsockets", 0, maxMaxSockets, func(f float64) { c.maxSockets = int(f) }},
	} {
		text, s, ok, err := l.value(n.key)
		if err != nil {
			return err
		}
		f := n.fallback
		if ok {
			f, err = strconv.ParseFloat(text, 64)
			if err != nil || f < 0 || math.IsNaN(f) {
				return fmt.Errorf("%s: %s is %q, not a number from 0 on", s.where, n.key, s.text())
			}
		}
		n.set(min(f, n.max))
	}
	c.retryMax = max(c.retryMax, c.retryMin)
	if c.timeout == 0 {
		c.timeout = maxTimeout // 0 is npm's "no limit"
	}
	return nil
}

// RegistryFor returns the address of the registry that serves name, ending in
// a slash, or ErrNoRegistry.
func (c *Config) RegistryFor(name string) (string, error) {
	if scope, _, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(scope, "@") {
		if registry := c.scopes[scope]; registry != "" {
			return registry, nil
		}
	}
	return c.defaultRegistry()
}

func (c *Config) defaultRegistry() (string, error) {
	if c.Registry == "" {
		return "", ErrNoRegistry
	}
	u, err := parseRegistry(c.Registry)
	if err != nil {
		return "", fmt.Errorf("registry: %w", err)
	}
	return u.String(), nil
}

// packumentURL is where the full packument of name is.
func (c *Config) packumentURL(name string) (string, error) {
	if err := npm.ValidateName(name); err != nil {
		return "", err
	}
	registry, err := c.RegistryFor(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	// The slash of a scope is escaped, as npm does it.
	return registry + strings.Replace(name, "/", "%2f", 1), nil
}
