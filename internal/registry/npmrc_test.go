package registry

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseNPMRC(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want []entry
	}{
		{"empty", "", nil},
		{"plain", "registry=https://r.invalid/", []entry{{key: "registry", value: "https://r.invalid/", line: 1}}},
		{"spaces", "  a  =  b c  \r\n", []entry{{key: "a", value: "b c", line: 1}}},
		{"byte order mark", "\ufeffa=b", []entry{{key: "a", value: "b", line: 1}}},
		{"carriage returns alone", "a=1\rb=2", []entry{{key: "a", value: "1", line: 1}, {key: "b", value: "2", line: 1}}},
		{"comments", "; x\n # y\na=b ; z\nc=d#e\n", []entry{{key: "a", value: "b", line: 3}, {key: "c", value: "d", line: 4}}},
		{"escaped comments", `a=b\;c\#d\\e\f`, []entry{{key: "a", value: `b;c#d\e\f`, line: 1}}},
		{"backslash at the end", `a=b\`, []entry{{key: "a", value: `b\`, line: 1}}},
		{"no value", "a\nb=", []entry{{key: "a", value: "true", line: 1}, {key: "b", line: 2}}},
		{"second equals sign", "a=b=c", []entry{{key: "a", value: "b=c", line: 1}}},
		{"double quotes", `a="b;\nc \" d"`, []entry{{key: "a", value: "b;\nc \" d", line: 1}}},
		{"double quotes that are no JSON", `a="b"c"`, []entry{{key: "a", value: `"b"c"`, line: 1}}},
		{"single quotes", `a='b ; c'`, []entry{{key: "a", value: "b ; c", line: 1}}},
		{"both quotes", `a='"b"'`, []entry{{key: "a", value: "b", line: 1}}},
		{"quoted key", `"//r.invalid/:_authToken" = t`, []entry{{key: "//r.invalid/:_authToken", value: "t", line: 1}}},
		{"list", "ca[]=1\nca[] = 2", []entry{{key: "ca", value: "1", list: true, line: 1}, {key: "ca", value: "2", list: true, line: 2}}},
		{"section", "a=1\n[s]\nb=2\n[]\nc=3", []entry{
			{key: "a", value: "1", line: 1},
			{key: "b", value: "2", section: "[s]", line: 3},
			{key: "c", value: "3", section: "[]", line: 5},
		}},
		{"section that looks like a setting", "[a=b]\nc=1", []entry{{key: "c", value: "1", section: "[a=b]", line: 2}}},
		{"setting that looks like a section", " [a]=b", []entry{{key: "[a]", value: "b", line: 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseNPMRC([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(entry{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseNPMRCErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"open section", "a=1\n[s\n", "line 2: a section"},
		{"no key", "a=1\n\n=x", "line 3: a value without a name"},
		{"empty quoted key", `""=x`, "line 1: a value without a name"},
		{"invalid UTF-8", "a=\xff", "line 1: invalid UTF-8"},
		{"NUL", "a=b\x00", "line 1: a NUL"},
		{"size", strings.Repeat("a=b\n", maxConfigSize/4+1), "more than the"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseNPMRC([]byte(test.in))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v; want an error with %q", got, err, test.want)
			}
		})
	}
}

func TestExpand(t *testing.T) {
	env := map[string]string{"A": "1", "EMPTY": "", "NESTED": "${A}"}
	tests := []struct {
		in, want string
		missing  []string
	}{
		{"x", "x", nil},
		{"${A}-${A}", "1-1", nil},
		{"${EMPTY}", "", nil},
		{"${NESTED}", "${A}", nil},
		{"${B}", "${B}", []string{"B"}},
		{"${B?}", "", nil},
		{"${A?}", "1", nil},
		{`\${A}`, "${A}", nil},
		{`\\${A}`, `\1`, nil},
		{`\\\${A}`, `\${A}`, nil},
		{"${}", "${}", nil},
		{"${A", "${A", nil},
		{"$A", "$A", nil},
	}
	for _, test := range tests {
		got, missing := expand(test.in, env)
		if got != test.want || !cmp.Equal(missing, test.missing) {
			t.Errorf("expand(%q) = %q, %q; want %q, %q", test.in, got, missing, test.want, test.missing)
		}
	}
}

func FuzzNPMRC(f *testing.F) {
	for _, seed := range []string{
		"", "registry=https://r.invalid/\n//r.invalid/:_authToken=${TOKEN}\n", "ca[]=\"a\\nb\"\nca[]='c'",
		"[s]\na=b", "a\\;b=c;d", "\ufeffa=b\r\nc", "[", "=", "strict-ssl=false\nproxy=http://u:p@h.invalid:1",
		"@s:registry=http://h.invalid", "fetch-retries=3", "//h.invalid/a:_password=eA==\n//h.invalid/a:username=u",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseNPMRC(data)
		if err != nil {
			return
		}
		read := files(map[string]string{"/project/.npmrc": string(data)})
		for _, e := range entries {
			if e.key == "" || e.line < 1 {
				t.Errorf("%+v has no name or no line", e)
			}
		}
		config, err := Load(LoadOptions{
			Environ:    []string{"TOKEN=secret-of-the-environment"},
			ProjectDir: "/project", UntrustedProject: true,
			ReadFile: read,
		})
		if err != nil {
			t.Fatalf("an untrusted file is no error: %v", err)
		}
		if config.Registry != "" || len(config.scopes) != 0 || len(config.credentials) != 0 || config.proxy != nil || config.insecureTLS {
			t.Errorf("an untrusted file has set something: %+v", config)
		}
		// A trusted one may fail, with the file named and no secret told.
		config, err = Load(LoadOptions{
			Environ:    []string{"TOKEN=secret-of-the-environment"},
			ProjectDir: "/project",
			ReadFile:   read,
		})
		if err != nil {
			if strings.Contains(err.Error(), "secret-of-the-environment") {
				t.Errorf("the error tells a secret: %v", err)
			}
			return
		}
		if _, err := config.RegistryFor("@s/name"); err != nil && config.Registry != "" {
			t.Errorf("registry %q was loaded and fails: %v", config.Registry, err)
		}
	})
}
