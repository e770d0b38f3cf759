package training

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
)

// checkSplits holds splits to their promise.
func checkSplits(t *testing.T, rows []Row, splits []Split) {
	t.Helper()
	tested := make([]int, len(rows))
	for _, s := range splits {
		train := make(map[string]bool)
		for _, i := range s.Train {
			train["package "+rows[i].Package] = true
			train["family "+rows[i].Family] = rows[i].Family != ""
		}
		for _, i := range s.Test {
			tested[i]++
			if train["package "+rows[i].Package] || train["family "+rows[i].Family] {
				t.Errorf("%s: %s of the family %q is on both sides", s.Name, &rows[i], rows[i].Family)
			}
		}
		if both := slices.Sorted(slices.Values(slices.Concat(s.Train, s.Test))); len(both) != len(rows) || len(slices.Compact(both)) != len(rows) {
			t.Errorf("%s: %d rows to train on and %d to predict of %d", s.Name, len(s.Train), len(s.Test), len(rows))
		}
	}
	for i, n := range tested {
		if n != 1 {
			t.Errorf("%s is predicted %d times", &rows[i], n)
		}
	}
}

func TestKFold(t *testing.T) {
	rows := synthetic(400, 60, 1)
	for _, k := range []int{2, 5, 6} {
		splits, err := KFold(rows, k, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(splits) != k {
			t.Errorf("%d splits", len(splits))
		}
		checkSplits(t, rows, splits)
		for _, s := range splits {
			malicious := 0
			for _, i := range s.Test {
				if rows[i].Label == Malicious {
					malicious++
				}
			}
			if malicious == 0 || len(s.Test) < 460/k/2 || len(s.Test) > 460/k*2 {
				t.Errorf("%d splits: %d rows, %d malicious", k, len(s.Test), malicious)
			}
		}
	}
	if cmp.Equal(must(KFold(rows, 5, 1)), must(KFold(rows, 5, 2))) {
		t.Error("the seed changes nothing")
	}
}

func TestLeaveOneFamilyOut(t *testing.T) {
	rows := synthetic(400, 60, 1)
	for i := range rows {
		if rows[i].Family == "family-3" {
			rows[i].Family = "" // by package, then
		}
	}
	splits, err := LeaveOneFamilyOut(rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	checkSplits(t, rows, splits)
	var families []string
	for _, s := range splits {
		benign := 0
		for _, i := range s.Test {
			switch r := rows[i]; {
			case r.Label == Benign:
				benign++
			case !slices.Contains(strings.Split(s.Name, ", "), r.Family) && !strings.Contains(s.Name, r.Package):
				t.Errorf("%s of the family %s is in %s", &r, r.Family, s.Name)
			}
		}
		if benign == 0 {
			t.Errorf("%s has no benign rows", s.Name)
		}
		families = append(families, s.Name)
	}
	if len(families) < 2 {
		t.Errorf("%v", families)
	}
}

func TestGroups(t *testing.T) {
	// The families x and y share the package b, z shares none.
	rows := []Row{row("a", Malicious, nil), row("b", Malicious, nil), row("b", Malicious, nil), row("c", Malicious, nil), row("b", Benign, nil), row("d", Benign, nil), row("e", Benign, nil)}
	rows[0].Family, rows[1].Family, rows[2].Family, rows[3].Family = "x", "x", "y", "z"
	rows[2].Version, rows[4].Version = "2.0.0", "3.0.0"
	splits := must(LeaveOneFamilyOut(rows, 1))
	if len(splits) != 2 || splits[0].Name != "x, y" || splits[1].Name != "z" {
		t.Errorf("%+v", splits)
	}
	checkSplits(t, rows, splits)
}

func TestSplitErrors(t *testing.T) {
	one := []Row{row("a", Malicious, nil), row("b", Benign, nil), row("c", Benign, nil)}
	for name, test := range map[string]struct {
		err  func() error
		is   error
		want string
	}{
		"one part":       {func() error { _, err := KFold(one, 1, 1); return err }, ErrTooFew, "1 parts"},
		"too many parts": {func() error { _, err := KFold(one, 4, 1); return err }, ErrTooFew, "4 parts of 3 groups"},
		"one family":     {func() error { _, err := LeaveOneFamilyOut(one, 1); return err }, ErrTooFew, "one family"},
		"nothing":        {func() error { _, err := LeaveOneFamilyOut(nil, 1); return err }, ErrTooFew, "one family"},
		"no malware":     {func() error { _, err := KFold(one, 2, 1); return err }, ErrTooFew, "0 malicious"},
		"twice":          {func() error { _, err := KFold(append(one, one...), 2, 1); return err }, ErrCorpus, "is there twice"},
	} {
		if err := test.err(); !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEvaluate(t *testing.T) {
	rows := synthetic(600, 100, 1)
	e, err := Evaluate(rows, must(KFold(rows, 4, 1)), Options{MinLeaf: 3})
	if err != nil {
		t.Fatal(err)
	}
	if e.Benign != 600 || e.Malicious != 100 {
		t.Errorf("%d benign and %d malicious", e.Benign, e.Malicious)
	}
	for c, m := range append(e.Classifiers[:], e.Any) {
		if m.TruePositives+m.FalseNegatives != 100 || m.FalsePositives+m.TrueNegatives != 600 {
			t.Errorf("%d: %+v", c, m.Confusion)
		}
		if len(m.AtRecalls) != len(Recalls()) || m.AtRecalls[len(m.AtRecalls)-1].Recall != 1 {
			t.Errorf("%d: %+v", c, m.AtRecalls)
		}
		if m.TruePositives > e.Any.TruePositives || m.FalsePositives > e.Any.FalsePositives {
			t.Errorf("%d flags more than any", c)
		}
	}
	if e.Classifiers[classifier.NaiveBayes].F1() < 0.6 {
		t.Errorf("naive Bayes: %+v", e.Classifiers[classifier.NaiveBayes].Confusion)
	}
	families, found := 0, 0
	for _, f := range e.Families {
		families += f.Any.TruePositives + f.Any.FalseNegatives
		found += f.Any.TruePositives
		if f.Name == "" || f.Any.Recall() < 0 || f.Any.Recall() > 1 {
			t.Errorf("%+v", f)
		}
	}
	if families != 100 || found != e.Any.TruePositives || len(e.Families) != 10 {
		t.Errorf("%d rows of %d families, %d found", families, len(e.Families), found)
	}
	if len(e.FalseAlarms) != e.Any.FalsePositives || len(e.FalseAlarms) == 0 {
		t.Errorf("%d false alarms of %d", len(e.FalseAlarms), e.Any.FalsePositives)
	}
	for _, a := range e.FalseAlarms {
		if a.Row.Label != Benign || !a.Explanation.Prediction.Flagged() {
			t.Errorf("%s: %+v", a.Row, a.Explanation.Prediction)
		}
	}
	shuffled := slices.Clone(rows)
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
	again := must(Evaluate(shuffled, must(KFold(shuffled, 4, 1)), Options{MinLeaf: 3}))
	if diff := cmp.Diff(e, again, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("another order (-want +got):\n%s", diff)
	}
	if m, err := mustTrain(t, rows, Options{}).WithMetrics(e.Metrics("4 parts")); err != nil || m.Parameters().Metrics.Any != e.Any.Confusion {
		t.Errorf("%v", err)
	}
}

func TestCurve(t *testing.T) {
	var ta tally
	var scores []classifier.Score
	for i, s := range []struct {
		label Label
		value float64
	}{{Malicious, 9}, {Benign, 8}, {Malicious, 7}, {Benign, 7}, {Malicious, 5}, {Benign, 1}, {Malicious, 0}, {Benign, 0}} {
		r := row(fmt.Sprint(i), s.label, nil)
		ta.rows = append(ta.rows, &r)
		scores = append(scores, classifier.Score{Flagged: s.value >= 8, Value: s.value})
	}
	m := ta.measure(scores)
	want := Measured{classifier.Confusion{TruePositives: 1, FalsePositives: 1, TrueNegatives: 3, FalseNegatives: 3}, []PrecisionAt{
		{0.1, 0.25, 1, 9}, {0.25, 0.25, 1, 9},
		{0.5, 0.5, 0.5, 7}, // both of score 7
		{0.75, 0.75, 0.6, 5},
		{0.9, 1, 0.5, 0}, {0.95, 1, 0.5, 0}, {0.99, 1, 0.5, 0}, {1, 1, 0.5, 0},
	}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{7. / 8, 6. / 8, 4. / 8, 4. / 8, 3. / 8, 2. / 8, 0, 0}, ranks(scores)); diff != "" {
		t.Errorf("ranks (-want +got):\n%s", diff)
	}
}

func TestSlide(t *testing.T) {
	// Malware of day 3 runs install scripts, as before, that of day 4 reads
	// personal data, too, and that of day 5 does nothing else.
	var rows []Row
	add := func(n, d int, name string, label Label, v values) {
		for _, r := range repeat(n, name, label, v) {
			r.Published = day(d)
			rows = append(rows, r)
		}
	}
	add(20, 1, "old", Benign, values{"network": 1})
	add(5, 2, "old-malware", Malicious, values{"install-scripts": 1})
	add(20, 3, "new", Benign, values{"network": 1})
	add(5, 3, "new-malware", Malicious, values{"install-scripts": 1})
	add(5, 4, "more-malware", Malicious, values{"install-scripts": 1, "pii": 2})
	add(5, 5, "late-malware", Malicious, values{"pii": 2})
	add(3, 9, "after", Malicious, values{"pii": 2})
	rows = append(rows, row("undated", Benign, nil))
	for _, all := range []bool{false, true} {
		w, err := Slide(rows, WindowOptions{From: day(3), To: day(6), LearnAll: all})
		if err != nil {
			t.Fatal(err)
		}
		if len(w.Days) != 3 || w.Undated != 1 || w.Total.Malicious != 15 || w.Total.Benign != 20 {
			t.Fatalf("%d days, %d undated, %+v", len(w.Days), w.Undated, w.Total)
		}
		benign := 20
		if all {
			benign = 40
		}
		var got [][2]int
		for _, d := range w.Days {
			got = append(got, [2]int{d.Benign, d.Malicious})
		}
		if diff := cmp.Diff([][2]int{{20, 5}, {benign, 10}, {benign, 15}}, got); diff != "" {
			t.Errorf("learns all is %v: rows trained on (-want +got):\n%s", all, diff)
		}
		for i, want := range []float64{1, 1} {
			if got := w.Days[i].Evaluation.Any.Recall(); got != want {
				t.Errorf("day %d: recall %v, want %v", i, got, want)
			}
		}
		if !w.Days[0].Date.Equal(midnight(day(3))) || !math.IsNaN(w.Days[1].Evaluation.Any.Precision()) && w.Days[1].Evaluation.Benign != 0 {
			t.Errorf("%v", w.Days[0].Date)
		}
	}
	for name, test := range map[string]struct {
		o    WindowOptions
		want string
	}{
		"no days":  {WindowOptions{From: day(20), To: day(25)}, "none was published from 2026-03-20 to before 2026-03-25"},
		"too soon": {WindowOptions{From: day(2), To: day(5)}, "2026-03-02: not enough rows: none to train on is malicious"},
		"until":    {WindowOptions{From: day(3), To: day(5), Train: Options{Until: day(4)}}, "an end of its own"},
	} {
		if _, err := Slide(rows, test.o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
