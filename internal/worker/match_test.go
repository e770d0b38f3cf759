package worker

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// comparison is a tarball, and a commit that has other files for those that are
// named.
func comparison(t *testing.T, other ...string) ([]byte, Comparison) {
	t.Helper()
	files := []string{"package.json", `{"name": "a", "version": "1.0.0"}`, "index.js", "module.exports = 1\r\n", "setup.txt", "2"}
	data := packAll(t, files...)
	tree, err := tarball.Unpack(bytes.NewReader(data), tarball.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	c := &reproduce.Commit{Repository: reproduce.Repository{Host: "git.example.invalid", Path: "o/a"}, ID: strings.Repeat("1", 40),
		How: reproduce.FoundByTag, Tag: "v1.0.0", Reach: reproduce.Reachable}
	for i := 0; i < len(files); i += 2 {
		text := strings.ReplaceAll(files[i+1], "\r", "")
		for _, name := range other {
			if name == files[i] {
				text = "other"
			}
		}
		c.Entries = append(c.Entries, reproduce.Entry{Path: files[i], ID: reproduce.BlobID(40, []byte(text)), Size: int64(len(text))})
	}
	return data, Comparison{Version: npm.PackageVersion{Name: "a", Version: "1.0.0"}, Runs: []string{"setup.txt"}, Tree: tree, Commit: c}
}

// TestMatch has a child say what reproduce.Match says, and serve on.
func TestMatch(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1})
	for _, tt := range []struct {
		other []string
		want  reproduce.Verdict
	}{
		{nil, reproduce.Reproduced},
		{[]string{"index.js"}, reproduce.NotReproduced},
		{[]string{"setup.txt"}, reproduce.NotReproduced}, // it runs
	} {
		data, with := comparison(t, tt.other...)
		got, err := pool.Match(context.Background(), request(data), with)
		if err != nil {
			t.Fatal(err)
		}
		want := reproduce.Match(reproduce.Version{PackageVersion: with.Version, Tree: with.Tree, Runs: with.Runs}, with.Commit)
		if diff := cmp.Diff(want, got); diff != "" || got.Verdict != tt.want {
			t.Errorf("%q: verdict %s, want %s; result (-want +got):\n%s", tt.other, got.Verdict, tt.want, diff)
		}
		if _, err := load(t, pool, "nothing"); err != nil {
			t.Error(err)
		}
	}
}

// TestMatchForged believes no answer that does not fit what the parent knows.
func TestMatchForged(t *testing.T) {
	for _, mode := range []string{"answer well", "answer first", "answer nothing"} {
		data, with := comparison(t, "index.js")
		pool := newPool(t, mode, Options{Workers: 1})
		if r, err := pool.Match(context.Background(), request(data), with); !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: Match gives %+v and the error %v", mode, r, err)
		}
	}
	// Of another tarball than the parent knows.
	data, with := comparison(t)
	with.Tree.Files[0].SHA256 = strings.Repeat("0", 64)
	pool := newPool(t, "work", Options{Workers: 1})
	if r, err := pool.Match(context.Background(), request(data), with); !errors.Is(err, ErrAnswer) {
		t.Errorf("Match gives %+v and the error %v", r, err)
	}
}

// TestMatchHuge has a listing that is too large to be handed over.
func TestMatchHuge(t *testing.T) {
	data, with := comparison(t)
	pool := newPool(t, "work", Options{Workers: 1})
	small := with.Commit.Entries
	name := strings.Repeat("x", 1<<20)
	for range maxFrame >> 20 {
		with.Commit.Entries = append(with.Commit.Entries, reproduce.Entry{Path: name, ID: strings.Repeat("2", 40)})
	}
	if r, err := pool.Match(context.Background(), request(data), with); !errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), "handing the task over") {
		t.Errorf("Match gives %+v and the error %v", r, err)
	}
	with.Commit.Entries = small
	if _, err := pool.Match(context.Background(), request(data), with); err != nil {
		t.Error(err)
	}
}
