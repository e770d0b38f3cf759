package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/amalfi-audit/audit/internal/npmtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"audit": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

type serverKey struct{}

// TestScripts runs the transcripts in testdata/script. Each has a registry of
// its own, which npm's configuration names, and these commands:
//
//	publish NAME VERSION DIR          publish the files of DIR
//	lock FILE NAME VERSION…           write a package-lock.json with the true integrity values
//	fault PATH STATUS [TIMES]         let a request fail
//	cut PATH BYTES [TIMES]            break the connection off
//	replace PATH NAME VERSION         answer with another version's tarball
//	requested PATH COUNT              compare the number of requests
//	fill FILE…                        replace REGISTRY and INTEGRITY(NAME@VERSION)
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			s := &fakeRegistry{Server: npmtest.NewServer(), integrity: make(map[string]string)}
			e.Defer(s.Close)
			e.Values[serverKey{}] = s
			home := filepath.Join(e.WorkDir, ".home")
			if err := os.MkdirAll(home, 0o777); err != nil {
				return err
			}
			e.Setenv("HOME", home)
			e.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
			e.Setenv("REGISTRY", s.URL)
			e.Setenv("npm_config_registry", s.URL)
			e.Setenv("npm_config_fetch_retry_mintimeout", "1")
			e.Setenv("npm_config_fetch_retry_maxtimeout", "10")
			e.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				e.Setenv("GIT_"+who+"_NAME", "test")
				e.Setenv("GIT_"+who+"_EMAIL", "test@registry.invalid")
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"publish":   with((*fakeRegistry).publish),
			"pack":      pack,
			"lock":      with((*fakeRegistry).lock),
			"fault":     with((*fakeRegistry).fault),
			"cut":       with((*fakeRegistry).cut),
			"replace":   with((*fakeRegistry).replace),
			"requested": with((*fakeRegistry).requested),
			"fill":      with((*fakeRegistry).fill),
		},
	})
}

type fakeRegistry struct {
	*npmtest.Server
	integrity map[string]string // by name@version
}

func with(f func(*fakeRegistry, *testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("! is not supported")
		}
		f(ts.Value(serverKey{}).(*fakeRegistry), ts, args)
	}
}

func (s *fakeRegistry) publish(ts *testscript.TestScript, args []string) {
	if len(args) != 3 {
		ts.Fatalf("publish NAME VERSION DIR")
	}
	name, version := args[0], args[1]
	s.integrity[name+"@"+version] = s.Publish(name, version, folder(ts, args[2]), nil)[0].String()
}

// folder reads the files of a folder.
func folder(ts *testscript.TestScript, name string) npmtest.Files {
	dir := ts.MkAbs(name)
	files := make(npmtest.Files)
	ts.Check(filepath.Walk(dir, func(file string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	}))
	return files
}

// pack makes a tarball of a folder.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("pack FILE.tgz DIR")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), npmtest.Tarball(folder(ts, args[1])), 0o666))
}

func (s *fakeRegistry) lock(ts *testscript.TestScript, args []string) {
	if len(args) < 1 || len(args)%2 == 0 {
		ts.Fatalf("lock FILE NAME VERSION…")
	}
	var deps, packages strings.Builder
	for i := 1; i < len(args); i += 2 {
		name, version := args[i], args[i+1]
		fmt.Fprintf(&deps, "%q: %q,", name, version)
		fmt.Fprintf(&packages, ",\n    %q: {\n      \"version\": %q,\n      \"integrity\": %q\n    }", "node_modules/"+name, version, s.integrity[name+"@"+version])
	}
	text := fmt.Sprintf("{\n  \"name\": \"p\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\"dependencies\": {%s}}%s\n  }\n}\n",
		strings.TrimSuffix(deps.String(), ","), packages.String())
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o777))
	ts.Check(os.WriteFile(file, []byte(text), 0o666))
}

func number(ts *testscript.TestScript, args []string, i int) int {
	if i >= len(args) {
		return 0
	}
	n, err := strconv.Atoi(args[i])
	ts.Check(err)
	return n
}

func (s *fakeRegistry) fault(ts *testscript.TestScript, args []string) {
	header := make(http.Header)
	if n := number(ts, args, 1); n == http.StatusTooManyRequests {
		header.Set("Retry-After", "0")
	}
	s.Fault(args[0], npmtest.Fault{Status: number(ts, args, 1), Times: number(ts, args, 2), Header: header})
}

func (s *fakeRegistry) cut(ts *testscript.TestScript, args []string) {
	s.Fault(args[0], npmtest.Fault{BreakAfter: number(ts, args, 1), Times: number(ts, args, 2)})
}

func (s *fakeRegistry) replace(ts *testscript.TestScript, args []string) {
	if len(args) != 3 {
		ts.Fatalf("replace PATH NAME VERSION")
	}
	s.Fault(args[0], npmtest.Fault{Body: npmtest.Tarball(npmtest.Files{
		"package.json": fmt.Sprintf(`{"name": %q, "version": %q}`, args[1], args[2]), "evil.js": "1\n"})})
}

func (s *fakeRegistry) fill(ts *testscript.TestScript, args []string) {
	for _, file := range args {
		text := strings.ReplaceAll(ts.ReadFile(file), "REGISTRY", s.URL)
		for version, integrity := range s.integrity {
			text = strings.ReplaceAll(text, "INTEGRITY("+version+")", integrity)
		}
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o666))
	}
}

func (s *fakeRegistry) requested(ts *testscript.TestScript, args []string) {
	if got := len(s.Requests(args[0])); got != number(ts, args, 1) {
		ts.Fatalf("%s was requested %d times, want %s", args[0], got, args[1])
	}
}
