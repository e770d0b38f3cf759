package popular

import (
	"encoding/csv"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

func TestNames(t *testing.T) {
	l := load()
	if len(l.names) < 10_000 || len(l.rank) != len(l.names) {
		t.Fatalf("%d names, %d of them distinct", len(l.names), len(l.rank))
	}
	for _, name := range l.names {
		if err := npm.ValidateName(name); err != nil {
			t.Error(err)
		}
		if i := Imitated(name); i != nil {
			t.Errorf("the popular %s imitates %s", name, i.Name)
		}
	}
	if !Scope("@babel/anything") || Scope("@acme-nobody/anything") || Scope("babel") {
		t.Error("scopes")
	}
}

func TestImitated(t *testing.T) {
	for _, c := range []struct{ name, of, how string }{
		{"lodahs", "lodash", "swapped"},
		{"lodashh", "lodash", "doubled"},
		{"comander", "commander", "dropped"},
		{"expess", "express", "one letter"},
		{"requedt", "request", "one letter"}, // d lies beside s
		{"minimatsh", "minimatch", "one letter"},
		{"babel-laoder", "babel-loader", "swapped"},
		{"babel-laodder", "babel-loader", "two letters"},
		{"axois", "axios", "swapped"},
		{"cross.env", "cross-env", "separators"},
		{"crossenv", "cross-env", "separators"},
		{"lo-dash", "lodash", "separators"},
		{"json5_", "json5", "separators"},
		{"Lodash", "lodash", "capitals"},
		{"babel-core", "", ""}, // popular itself
		{"types-node", "@types/node", "scope as part"},
		{"typesnode", "@types/node", "scope as part"},
		{"babel-parser", "@babel/parser", "scope as part"},
		{"@bable/core", "@babel/core", "scope differs"},
		{"@tpyes/node", "@types/node", "scope differs"},
		{"rnornent", "moment", "look alike"},
		{"l0dash", "lodash", "look alike"},
		{"asymc", "async", "one letter"},
		{"chazk", "", ""}, // five letters, and the wrong one is no slip
		{"dotenvs", "dotenv", "plural"},
		{"rpc-websocket", "", ""}, // little used
		{"inherit", "inherits", "singular"},
		{"express-js", "express", "adds js"},
		{"expressjs", "express", "adds js"},
		{"nodejs-commander", "commander", "adds nodejs"},
		{"commander-node", "commander", "adds node"},
		// No imitations.
		{"lodash", "", ""},
		{"preact", "", ""},
		{"lodash2", "", ""},
		{"sqlite4", "", ""},
		{"@acme/lodash", "", ""},
		{"@babel/corre", "", ""},
		{"css-loader-utils", "", ""},
		{"dash", "", ""},
		{"js", "", ""},
		{"gpt", "", ""},
		{"zip-streams-parser", "", ""},
		{"", "", ""},
		{"/", "", ""},
		{"@/", "", ""},
		{strings.Repeat("a", npm.MaxNameLength), "", ""},
	} {
		i := Imitated(c.name)
		switch {
		case i == nil && c.of != "":
			t.Errorf("%q imitates nothing, want %q", c.name, c.of)
		case i != nil && (i.Name != c.of || !strings.Contains(i.How, c.how)):
			t.Errorf("%q imitates %q, %s; want %q, %s", c.name, i.Name, i.How, c.of, c.how)
		}
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		limit int
		want  []edit
	}{
		{"abcd", "abcd", 1, nil},
		{"abdc", "abcd", 1, []edit{{at: 2, slip: true}}},
		{"aabcd", "abcd", 1, []edit{{at: 1, slip: true}}},
		{"abbcd", "abcd", 1, []edit{{at: 2, slip: true}}},
		{"abd", "abcd", 1, []edit{{at: 2, typo: true}}},
		{"xbcd", "abcd", 1, []edit{{at: 0, odd: true}}},
		{"ab-xd", "ab-cd", 1, []edit{{at: 3, typo: true, odd: true}}},
		{"ab1d", "abcd", 1, []edit{{at: 2, odd: true}}},
		{"abpd", "abcd", 1, []edit{{at: 2}}},
		{"abvd", "abcd", 1, []edit{{at: 2, typo: true}}},
		{"abpqd", "abcd", 1, nil},
		{"abpqd", "abcd", 2, []edit{{at: 2}, {at: 2}}},
		{"", "ab", 1, nil},
		{"", "a", 1, []edit{{at: 0, typo: true, odd: true}}},
	} {
		if got := compare(c.a, c.b, c.limit); !slices.Equal(got, c.want) {
			t.Errorf("compare(%q, %q, %d) = %+v, want %+v", c.a, c.b, c.limit, got, c.want)
		}
	}
}

func TestAdjacent(t *testing.T) {
	for _, pair := range []string{"qw", "qa", "aq", "aw", "as", "sz", "sx", "gh", "mn", "mj", "mk", "pl"} {
		if !adjacent(pair[0], pair[1]) {
			t.Errorf("%s are neighbours", pair)
		}
	}
	for _, pair := range []string{"aa", "qs", "pa", "gd", "a1", "mp", "--", "ez"} {
		if adjacent(pair[0], pair[1]) {
			t.Errorf("%s are no neighbours", pair)
		}
	}
}

// sharedData is where the third-party data lies that the tests compare with;
// they skip where it is not there.
func sharedData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AMALFI_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared data at %s", dir)
	}
	return dir
}

// lockfileNames returns the distinct names of registry packages in the shared
// lockfiles and bumps.
func lockfileNames(t *testing.T) []string {
	t.Helper()
	dir := sharedData(t)
	seen := make(map[string]bool)
	for _, sub := range []string{"lockfiles", "bumps"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			l, err := lockfile.Parse(d.Name(), data, os.DirFS(filepath.Dir(path)))
			if err != nil {
				return nil // other files and broken ones
			}
			for _, d := range l.Dependencies {
				if d.Kind == lockfile.KindRegistry {
					seen[d.Name] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// publishedNames returns the distinct names in tables of the Amalfi paper's
// artifact, those of malicious and those of other versions.
func publishedNames(t *testing.T) (malicious, others []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sharedData(t), "amalfi", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Skip("no tables")
	}
	bad, good := make(map[string]bool), make(map[string]bool)
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows := csv.NewReader(f)
		rows.FieldsPerRecord = -1
		records, err := rows.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records[1:] {
			if r[3] == "malicious" {
				bad[r[0]] = true
			} else {
				good[r[0]] = true
			}
		}
	}
	for name := range bad {
		delete(good, name)
	}
	return slices.Sorted(maps.Keys(bad)), slices.Sorted(maps.Keys(good))
}

// count prints the names that imitate a popular one and returns their number
// and that of all names that are not popular.
func count(t *testing.T, names []string) (found, unpopular int) {
	t.Helper()
	for _, name := range names {
		if load().rank[name] == 0 {
			unpopular++
		}
		if i := Imitated(name); i != nil {
			found++
			t.Logf("%s: %s, %s", name, i.Name, i.How)
		}
	}
	t.Logf("%d of %d names, %d of which are not popular", found, len(names), unpopular)
	return found, unpopular
}

// TestFalseImitations takes every package of real lockfiles for new and demands
// that fewer than 1 name in 1,000 resembles a popular one.
func TestFalseImitations(t *testing.T) {
	names := lockfileNames(t)
	if found, _ := count(t, names); len(names) < 1000 || 1000*found >= len(names) {
		t.Errorf("%d of %d names imitate a popular one, want fewer than 1 in 1,000", found, len(names))
	}
}

// TestPublishedImitations demands the same of what a week saw published, of the
// names that are not popular alone, and that a third of the names under which
// malware was published are found; the others imitate nothing, or what is not
// popular any more.
func TestPublishedImitations(t *testing.T) {
	malicious, others := publishedNames(t)
	if found, unpopular := count(t, others); unpopular < 1000 || 1000*found >= unpopular {
		t.Errorf("%d of %d names imitate a popular one, want fewer than 1 in 1,000", found, unpopular)
	}
	if found, unpopular := count(t, malicious); 3*found < unpopular {
		t.Errorf("%d of %d names of malware imitate a popular one, want a third", found, unpopular)
	}
}

func FuzzImitated(f *testing.F) {
	for _, seed := range []string{"lodahs", "@bable/core", "cross-env", "", "@", "@/", "///", "-._@/", "\x00\xff", "İstanbul", strings.Repeat("ab", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		i, again := Imitated(name), Imitated(name)
		if (i == nil) != (again == nil) || i != nil && *i != *again {
			t.Fatalf("%q: %v, then %v", name, i, again)
		}
		if i != nil && (load().rank[i.Name] == 0 || i.Name == name || i.How == "") {
			t.Fatalf("%q: %+v", name, i)
		}
	})
}

func BenchmarkImitated(b *testing.B) {
	load()
	names := []string{"acme-internal-wigdets", "lodahs", "@acmee/core", "react-native-elemets", "zzyzx"}
	for i := 0; b.Loop(); i++ {
		Imitated(names[i%len(names)])
	}
}
