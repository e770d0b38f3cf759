package feature

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDifference(t *testing.T) {
	before := set("package.json", `{"dependencies":{"a":"1","b":"1"}}`, "a.js", "fetch(1); fetch(2); process.env.A")
	after := set("package.json", `{"scripts":{"postinstall":"x"},"dependencies":{"a":"2","c":"1"}}`, "a.js", "fetch(1); process.env.A; process.env.B")
	published := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	v := Difference(&Side{Set: before, Version: "1.2.3", Published: published},
		&Side{Set: after, Version: "1.3.0", Published: published.Add(time.Hour), Mismatches: 2})
	if len(v) != len(Table) {
		t.Fatalf("%d values for %d features", len(v), len(Table))
	}
	for name, want := range map[string]float64{"network": -1, "environment": 1, "install-scripts": 1, "dependencies": 1, "update-type": MinorUpdate, "time": 3600, "manifest-mismatch": 2, "pii": 0, "new-capabilities": 1, "unused-dependencies": 1} {
		if got := v[Index(name)]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	v = Difference(nil, &Side{Set: after, Version: "1.3.0"})
	if !math.IsNaN(v[Index("time")]) || v[Index("update-type")] != FirstVersion || v[Index("environment")] != 2 || v[Index("dependencies")] != 2 || v[Index("new-capabilities")] != 3 {
		t.Errorf("against nothing: %v", v)
	}
	data, err := json.Marshal(v)
	if err != nil || !strings.Contains(string(data), "null") {
		t.Errorf("%s %v", data, err)
	}
}

func TestUpdateType(t *testing.T) {
	for _, test := range []struct {
		before, after string
		want          int
	}{
		{"1.2.3", "2.0.0", MajorUpdate}, {"1.2.3", "1.3.0", MinorUpdate}, {"1.2.3", "1.2.4", PatchUpdate},
		{"1.2.3-a", "1.2.3-b", PrereleaseUpdate}, {"1.2.3+1", "1.2.3+2", BuildUpdate}, {"1.2.3", "1.2.3", BuildUpdate},
		{"1.2.3", "1.2.2", Downgrade}, {"", "1.0.0", FirstVersion}, {"1.0.0-rc.1", "1.0.0", PrereleaseUpdate},
	} {
		if got := UpdateType(test.before, test.after); got != test.want {
			t.Errorf("%s to %s is %d, want %d", test.before, test.after, got, test.want)
		}
	}
}

func TestCapabilities(t *testing.T) {
	manifest := `{"main":"index.js"}`
	for _, test := range []struct {
		name          string
		before, after *Set
		want          []string
	}{
		{"nothing new", set("package.json", manifest, "index.js", "fetch(1); process.env.A"), set("package.json", manifest, "index.js", "fetch(1); fetch(2); process.env.A"), nil},
		{"new kinds", set("package.json", manifest, "index.js", "1"),
			set("package.json", `{"main":"index.js","scripts":{"postinstall":"node i"}}`, "index.js", "\nfetch(1)", "i.js", "process.env.AWS_SECRET_ACCESS_KEY", "a.js", "fetch(0)"),
			[]string{"handles passwords, cards, cookies, tokens or keys at install (i.js:1)", "talks to the network (index.js:2)", "runs an install script (postinstall) (package.json:1)",
				"reads process.env (AWS_SECRET_ACCESS_KEY) at install (i.js:1)", "reads credentials from process.env (AWS_SECRET_ACCESS_KEY) at install (i.js:1)", "has scripts that nothing else runs at install (i.js)"}},
		{"new details", set("package.json", manifest, "index.js", "process.env.A; fetch('https://x.ngrok.io.invalid')"), set("package.json", manifest, "index.js", "process.env.A; process.env.B; process.env.NODE_ENV; fetch('https://x.ngrok.io.invalid')"),
			[]string{"reads process.env (B) (index.js:1)"}},
		{"against nothing", nil, set("package.json", manifest, "index.js", "require('fs').statSync(1)"), []string{"reads or writes files (index.js:1)"}},
		{"many details", nil, set("package.json", manifest, "index.js", "let {A,B,C,D,E,F,G,H,I,J} = process.env; f(A,B,C,D,E,F,G,H,I,J)"), []string{"reads process.env (A, B, C, D, E, F, G, H, …) (index.js:1)"}},
	} {
		var got []string
		for _, c := range Capabilities(test.before, test.after) {
			got = append(got, c.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
