package training

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
)

func TestChoose(t *testing.T) {
	p := &npm.Packument{Name: "some-package"}
	for _, v := range []string{"1.0.0", "1.0.1", "1.1.0", "2.0.0-beta.1", "2.0.0", "2.0.1", "0.0.1-security"} {
		p.Releases = append(p.Releases, npm.Release{Version: v})
	}
	updates := map[string]string{"1.0.1": "1.0.0", "1.1.0": "1.0.1", "2.0.0": "1.1.0", "2.0.1": "2.0.0"}
	added := 0
	for i := range 40 {
		p.Name = fmt.Sprint("package-", i)
		steps := Choose(p, Benign, "test")
		if diff := cmp.Diff(steps, Choose(p, Benign, "test")); diff != "" {
			t.Fatalf("two choices differ:\n%s", diff)
		}
		kinds := make(map[string]bool)
		for _, s := range steps {
			if s.Before == "" {
				added++
				continue
			}
			if s.Before != updates[s.Version] {
				t.Errorf("%s is compared with %s", s.Version, s.Before)
			}
			kinds[s.Version] = true
		}
		if !kinds["2.0.0"] || !kinds["1.1.0"] || !kinds["2.0.1"] {
			t.Errorf("%s: no major, minor or latest update in %v", p.Name, steps)
		}
	}
	if added == 0 || added > 60 {
		t.Errorf("%d of 40 packages' steps are compared with nothing", added)
	}
	if steps := Choose(&npm.Packument{Name: "a", Releases: []npm.Release{{Version: "0.0.1-security"}}}, Benign, ""); len(steps) != 0 {
		t.Errorf("a placeholder gives %v", steps)
	}
}

// TestChooseSkips holds that one update skips versions, and that it is between
// versions that are chosen anyway.
func TestChooseSkips(t *testing.T) {
	p := &npm.Packument{Name: "a"}
	for _, v := range []string{"1.0.0", "1.1.0", "1.1.1", "1.1.2", "1.1.3", "1.1.4", "1.1.5", "2.0.0", "2.0.1"} {
		p.Releases = append(p.Releases, npm.Release{Version: v})
	}
	skipping := 0
	for i := range 40 {
		p.Name = fmt.Sprint("package-", i)
		steps := Choose(p, Benign, "test")
		after := make(map[string]bool)
		for _, s := range steps {
			if s.Before != "" {
				after[s.Version] = true
			}
		}
		for _, s := range steps {
			if s.Version == "2.0.0" && s.Before != "" && s.Before != "1.1.5" {
				skipping++
				if !after[s.Before] {
					t.Errorf("%s: %s is not chosen otherwise: %v", p.Name, s.Before, steps)
				}
			}
		}
		if len(steps) > 7 {
			t.Errorf("%s: %d steps", p.Name, len(steps))
		}
	}
	if skipping == 0 {
		t.Error("no update skips a version")
	}
}

func TestList(t *testing.T) {
	want := []Step{{"@a/b", "2.0.0", "1.0.0", Benign, "", "popular"}, {"c", "1.0.0", "", Malicious, "chain-01", "ours, \"quoted\""}}
	var b bytes.Buffer
	if err := WriteList(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadList(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	const header = "package,version,before,label,family,source\n"
	for text, want := range map[string]string{
		"":                                "header",
		"package,version\n":               "the header",
		header + "a,1.0.0,,good,,\n":      `"good" is no label`,
		header + "../a,1.0.0,,benign,,\n": "is no version",
		header + "a,1,,benign,,\n":        "is no version",
		header + "a,1.0.0,x,benign,,\n":   "is no version",
		header + "a,1.0.0,benign\n":       "wrong number of fields",
	} {
		if _, err := ReadList(strings.NewReader(text)); !errors.Is(err, ErrCorpus) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
