package corpus

import (
	"testing"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/training"
)

// TestBase holds that bases are used evenly, whether there are more of them than
// samples or fewer.
func TestBase(t *testing.T) {
	for _, test := range []struct{ count, bases, most int }{{10, 25, 1}, {25, 25, 1}, {60, 25, 3}, {1, 1, 1}} {
		s := Simulation{Count: test.count, Bases: make([]npm.PackageVersion, test.bases)}
		used := make(map[int]int)
		first, last := test.bases, 0
		for i := range test.count {
			b := s.base(i)
			used[b]++
			first, last = min(first, b), max(last, b)
			if used[b] > test.most {
				t.Errorf("%d samples of %d bases: base %d is used %d times", test.count, test.bases, b, used[b])
			}
		}
		if first != 0 || last < test.bases*8/10 {
			t.Errorf("%d samples of %d bases: only those from %d to %d are used", test.count, test.bases, first, last)
		}
	}
}

// TestApart holds that no package has two families.
func TestApart(t *testing.T) {
	rows := apart([]training.Row{{Package: "a", Family: "x"}, {Package: "a", Family: "y"}, {Package: "b", Family: "y"}, {Package: "a", Family: "x"}})
	if len(rows) != 3 || rows[1].Package != "b" {
		t.Errorf("%v", rows)
	}
}
