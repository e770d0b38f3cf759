package intel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The versions of the property test, in their order; the place is what the
// naive evaluator compares.
var ladder = []string{
	"0.0.0-a", "0.0.0", "0.9.0", "0.10.0", "1.0.0-a", "1.0.0-a.2", "1.0.0-a.10", "1.0.0-b", "1.0.0", "1.0.1",
	"1.2.0-rc.1", "1.2.0", "1.10.0", "2.0.0-0", "2.0.0", "2.0.1", "10.0.0",
}

func rung(version string) int {
	version, _, _ = strings.Cut(version, "+")
	return slices.Index(ladder, version)
}

// randomEntry makes an OSV record as a map, of few names and versions so that
// much of it matches.
func randomEntry(rng *rand.Rand, i int) map[string]any {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	e := map[string]any{
		"id":       "MAL-" + strconv.Itoa(rng.IntN(40)),
		"modified": time.Unix(int64(1e9+rng.IntN(1000)*1000+i), 0).UTC().Format(time.RFC3339), // never twice the same
	}
	if rng.IntN(6) == 0 {
		e["withdrawn"] = e["modified"]
	}
	var affected []any
	for range 1 + rng.IntN(3) {
		a := map[string]any{"package": map[string]any{"ecosystem": pick("npm", "npm", "npm", "npm:x", "PyPI", "Root:npm"), "name": pick("a", "A", "b", "@a/b")}}
		if rng.IntN(2) == 0 {
			var versions []any
			for range rng.IntN(4) {
				versions = append(versions, ladder[rng.IntN(len(ladder))]+pick("", "", "+build"))
			}
			a["versions"] = versions
		}
		var ranges []any
		for range rng.IntN(3) {
			ranges = append(ranges, map[string]any{"type": pick("SEMVER", "SEMVER", "ECOSYSTEM", "GIT"), "events": randomEvents(rng)})
		}
		if ranges != nil {
			a["ranges"] = ranges
		}
		affected = append(affected, a)
	}
	e["affected"] = affected
	return e
}

func randomEvents(rng *rand.Rand) []any {
	version := func() string { return ladder[rng.IntN(len(ladder))] }
	events := []any{map[string]any{"introduced": "0"}}
	if rng.IntN(3) > 0 {
		events[0] = map[string]any{"introduced": version()}
	}
	closing := "fixed"
	if rng.IntN(2) == 0 {
		closing = "last_affected"
	}
	for range rng.IntN(4) {
		events = append(events, map[string]any{[]string{"introduced", closing}[rng.IntN(2)]: version()})
	}
	for range max(0, rng.IntN(6)-3) {
		events = append(events, map[string]any{"limit": []string{"*", version(), version()}[rng.IntN(3)]})
	}
	rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}

// naive follows the specification's pseudocode on the decoded JSON.
func naive(e map[string]any, name, version string) bool {
	if e["withdrawn"] != nil {
		return false
	}
	for _, a := range e["affected"].([]any) {
		a := a.(map[string]any)
		p := a["package"].(map[string]any)
		if p["name"] != name || p["ecosystem"] != "npm" && p["ecosystem"] != "npm:x" {
			continue
		}
		versions, _ := a["versions"].([]any)
		for _, v := range versions {
			if rung(v.(string)) == rung(version) {
				return true
			}
		}
		ranges, _ := a["ranges"].([]any)
		for _, r := range ranges {
			r := r.(map[string]any)
			if r["type"] != "GIT" && naiveRange(r["events"].([]any), rung(version)) {
				return true
			}
		}
	}
	return false
}

func naiveRange(list []any, v int) bool {
	type event struct {
		kind string
		at   int
	}
	var events []event
	limits, below := 0, false
	for _, e := range list {
		for kind, version := range e.(map[string]any) {
			at := rung(version.(string))
			switch {
			case kind == "limit":
				limits++
				below = below || version == "*" || v < at
				continue
			case version == "0":
				at = -1
			}
			events = append(events, event{kind, at})
		}
	}
	if limits > 0 && !below {
		return false
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	vulnerable := false
	for _, e := range events {
		if e.kind == "introduced" && v >= e.at {
			vulnerable = true
		} else if e.kind == "fixed" && v >= e.at || e.kind == "last_affected" && v > e.at {
			vulnerable = false
		}
	}
	return vulnerable
}

// TestAgreesWithNaive asks the store and the naive evaluator about the same
// random records, of each ID the one that was modified last.
func TestAgreesWithNaive(t *testing.T) {
	found := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		last := make(map[string]map[string]any)
		var files []string
		for i := range 80 {
			e := randomEntry(rng, i)
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, fmt.Sprintf("%d.json", i), string(text))
			id := e["id"].(string)
			// A state without an npm package is none of this list's.
			if isNPM := func(a any) bool {
				return strings.HasPrefix(a.(map[string]any)["package"].(map[string]any)["ecosystem"].(string), "npm")
			}; !slices.ContainsFunc(e["affected"].([]any), isNPM) {
				continue
			}
			if old := last[id]; old == nil || old["modified"].(string) < e["modified"].(string) {
				last[id] = e
			}
		}
		s := mustOpen(t, mustImport(t, "all.zip", string(zipOf(t, files...))))
		for _, name := range []string{"a", "A", "b", "@a/b", "c"} {
			for _, version := range ladder {
				for _, build := range []string{"", "+other"} {
					var want []string
					for id, e := range last {
						if naive(e, name, version+build) {
							want = append(want, id)
						}
					}
					slices.Sort(want)
					found += len(want)
					if got := ids(s.Lookup(name, version+build)); got != strings.Join(want, " ") {
						t.Fatalf("seed %d: %s %s%s: %q, not %q", seed, name, version, build, got, strings.Join(want, " "))
					}
				}
			}
		}
	}
	if found < 10_000 {
		t.Errorf("only %d matches: the records are too rare", found)
	}
}
