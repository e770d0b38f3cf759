package training

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// row makes a row with the values of some features, 0 for others.
func row(name string, label Label, values map[string]float64) Row {
	r := Row{Package: name, Version: "1.0.0", Label: label, Vector: make(feature.Vector, len(feature.Table))}
	for f, x := range values {
		r.Vector[feature.Index(f)] = x
	}
	return r
}

// repeat makes n rows of the same values.
func repeat(n int, name string, label Label, values map[string]float64) []Row {
	var out []Row
	for i := range n {
		out = append(out, row(fmt.Sprintf("%s-%d", name, i), label, values))
	}
	return out
}

func mustTrain(t *testing.T, rows []Row, o Options) *classifier.Model {
	t.Helper()
	m, err := Train(rows, o, day(1))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type values = map[string]float64

func splitAt(name string, threshold float64, low, high int) *classifier.Split {
	return &classifier.Split{Feature: name, Threshold: threshold, Low: low, High: high}
}

func TestTree(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name string
		rows []Row
		o    Options
		want []classifier.Node
	}{
		{
			// Of 4 and 4, "network" > 1 leaves 3:1 and 1:3 (0.811 bits), "pii" > 0.5
			// 4:2 and 0:2 (0.689 bits): the latter is better. Then "network" splits
			// the 4:2 at 1.5 into 3:0 and 1:2 (0.459), or at 3 into 4:1 and 0:1 (0.602).
			name: "the larger gain first",
			rows: slices.Concat(
				repeat(3, "a", Benign, values{"network": 1}),
				repeat(1, "b", Benign, values{"network": 2}),
				repeat(1, "c", Malicious, values{"network": 1, "pii": 1}),
				repeat(1, "d", Malicious, values{"network": 2, "pii": 1}),
				repeat(1, "e", Malicious, values{"network": 2}),
				repeat(1, "f", Malicious, values{"network": 4}),
			),
			o: Options{MaxDepth: 2},
			want: []classifier.Node{
				{Split: splitAt("pii", 0.5, 1, 2), Benign: 4, Malicious: 4},
				{Split: splitAt("network", 1.5, 3, 4), Benign: 4, Malicious: 2}, {Benign: 0, Malicious: 2},
				{Benign: 3, Malicious: 0}, {Benign: 1, Malicious: 2},
			},
		},
		{
			name: "the first feature and the lowest threshold among equals",
			rows: []Row{row("a", Benign, values{"network": 1, "pii": 1}), row("b", Malicious, values{"network": 2, "pii": 2}), row("c", Benign, values{"network": 3, "pii": 3})},
			o:    Options{MaxDepth: 1},
			want: []classifier.Node{{Split: &classifier.Split{Feature: "pii", Threshold: 1.5, Low: 1, High: 2, UnknownHigh: true}, Benign: 2, Malicious: 1}, {Benign: 1}, {Benign: 1, Malicious: 1}},
		},
		{
			name: "too few to split",
			rows: append(repeat(9, "a", Benign, nil), row("b", Malicious, values{"pii": 1})),
			o:    Options{MinSplit: 11},
			want: []classifier.Node{{Benign: 9, Malicious: 1}},
		},
		{
			// Only splits that leave 2 rows on each side are allowed.
			name: "too few for a leaf",
			rows: slices.Concat(repeat(1, "a", Malicious, values{"pii": 1}), repeat(1, "b", Benign, values{"pii": 2}), repeat(2, "c", Benign, values{"pii": 3})),
			o:    Options{MinLeaf: 2},
			want: []classifier.Node{{Split: splitAt("pii", 2.5, 1, 2), Benign: 3, Malicious: 1}, {Benign: 1, Malicious: 1}, {Benign: 2}},
		},
		{
			name: "rows that contradict each other",
			rows: slices.Concat(repeat(2, "a", Benign, nil), repeat(1, "b", Malicious, nil), repeat(1, "c", Malicious, values{"pii": 2})),
			want: []classifier.Node{{Split: splitAt("pii", 1, 1, 2), Benign: 2, Malicious: 2}, {Benign: 2, Malicious: 1}, {Malicious: 1}},
		},
		{
			name: "unknown values go where they are like the others",
			rows: slices.Concat(repeat(2, "a", Benign, values{"time": 10}), repeat(2, "b", Malicious, values{"time": 20}), repeat(2, "c", Malicious, values{"time": nan})),
			want: []classifier.Node{
				{Split: &classifier.Split{Feature: "time", Threshold: 15, Low: 1, High: 2, UnknownHigh: true}, Benign: 2, Malicious: 4},
				{Benign: 2}, {Malicious: 4},
			},
		},
		{
			name: "unknown values that training has not seen go with most",
			rows: slices.Concat(repeat(1, "a", Benign, values{"time": 10}), repeat(2, "b", Malicious, values{"time": 20})),
			want: []classifier.Node{
				{Split: &classifier.Split{Feature: "time", Threshold: 15, Low: 1, High: 2, UnknownHigh: true}, Benign: 1, Malicious: 2},
				{Benign: 1}, {Malicious: 2},
			},
		},
		{
			name: "a split without gain that leads on",
			rows: []Row{row("a", Benign, nil), row("b", Malicious, values{"pii": 1}), row("c", Malicious, values{"network": 1}), row("d", Benign, values{"pii": 1, "network": 1})},
			want: []classifier.Node{
				{Split: splitAt("pii", 0.5, 1, 2), Benign: 2, Malicious: 2},
				{Split: splitAt("network", 0.5, 3, 4), Benign: 1, Malicious: 1}, {Split: splitAt("network", 0.5, 5, 6), Benign: 1, Malicious: 1},
				{Benign: 1}, {Malicious: 1}, {Malicious: 1}, {Benign: 1},
			},
		},
		{
			name: "booleans",
			rows: []Row{row("a", Benign, values{"pii": -3, "time": 1}), row("b", Malicious, values{"pii": 5, "time": 2})},
			o:    Options{Values: classifier.Booleans, Exclude: []string{"update-type"}},
			want: []classifier.Node{{Split: splitAt("pii", 0.5, 1, 2), Benign: 1, Malicious: 1}, {Benign: 1}, {Malicious: 1}},
		},
		{
			name: "positive values",
			rows: []Row{row("a", Benign, values{"pii": -3, "network": 1}), row("b", Malicious, values{"network": 2})},
			o:    Options{Values: classifier.Positive},
			want: []classifier.Node{{Split: splitAt("network", 1.5, 1, 2), Benign: 1, Malicious: 1}, {Benign: 1}, {Malicious: 1}},
		},
		{
			name: "excluded",
			rows: []Row{row("a", Benign, values{"pii": 3, "network": 1}), row("b", Malicious, values{"network": 2})},
			o:    Options{Exclude: []string{"pii"}},
			want: []classifier.Node{{Split: splitAt("network", 1.5, 1, 2), Benign: 1, Malicious: 1}, {Benign: 1}, {Malicious: 1}},
		},
		{
			// Half way between these two is the higher one.
			name: "neighbouring numbers",
			rows: []Row{row("a", Benign, values{"pii": 1}), row("b", Malicious, values{"pii": math.Nextafter(1, 2)})},
			want: []classifier.Node{{Split: splitAt("pii", 1, 1, 2), Benign: 1, Malicious: 1}, {Benign: 1}, {Malicious: 1}},
		},
	} {
		got := mustTrain(t, test.rows, test.o).Parameters().Update.Tree.Nodes
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestBayes(t *testing.T) {
	rows := slices.Concat(
		repeat(2, "a", Benign, values{"network": 1}), repeat(4, "b", Benign, values{"network": -1, "time": 5}),
		repeat(1, "c", Malicious, values{"network": 2, "pii": 1}), repeat(1, "d", Malicious, values{"pii": 7}),
	)
	b := mustTrain(t, rows, Options{Exclude: []string{"binary"}}).Parameters().Update.Bayes
	check := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(math.Exp(got)-want) > 1e-11 {
			t.Errorf("%s is %v, want %v", name, math.Exp(got), want)
		}
	}
	check("benign", b.Prior.Benign, 6.0/8)
	check("malicious", b.Prior.Malicious, 2.0/8)
	names := make(map[string]classifier.BayesTerm)
	for _, term := range b.Terms {
		names[term.Feature] = term
	}
	// Present in n of N: (n+1)/(N+2).
	network, pii, none := names["network"], names["pii"], names["minified"]
	check("network, benign", network.Present.Benign, 3.0/8)
	check("no network, benign", network.Absent.Benign, 5.0/8)
	check("network, malicious", network.Present.Malicious, 2.0/4)
	check("pii, benign", pii.Present.Benign, 1.0/8)
	check("pii, malicious", pii.Present.Malicious, 3.0/4)
	check("no pii, malicious", pii.Absent.Malicious, 1.0/4)
	check("minified, malicious", none.Present.Malicious, 1.0/4)
	for _, name := range append(Continuous(), "binary") {
		if _, ok := names[name]; ok {
			t.Errorf("there is a term for %s", name)
		}
	}
	if len(b.Terms) != len(feature.Table)-4 {
		t.Errorf("%d terms", len(b.Terms))
	}
}

func TestSVMByHand(t *testing.T) {
	// Of (3, 0), (0, 4) and what lies beyond, the point of the hull that is
	// nearest to the origin is on the line between the first two: w is across
	// that line, of the length 12/5, and both lie on the margin.
	rows := []Row{
		row("a", Benign, values{"network": 3}), row("b", Benign, values{"pii": 4}), row("c", Benign, values{"network": 5, "pii": 5}),
		row("d", Malicious, nil),
	}
	s := mustTrain(t, rows, Options{Unscaled: true, Nu: 0.01}).Parameters().Update.SVM
	want := map[string]float64{"network": 3 * 16.0 / 25, "pii": 4 * 9.0 / 25}
	for _, term := range s.Terms {
		if math.Abs(term.Weight-want[term.Feature]) > 5e-3 {
			t.Errorf("the weight of %s is %v, want %v", term.Feature, term.Weight, want[term.Feature])
		}
	}
	if math.Abs(s.Offset-144.0/25) > 2e-2 {
		t.Errorf("the offset is %v, want %v", s.Offset, 144.0/25)
	}
}

// TestSVMOptimal looks at what makes a solution one: the point that w is has
// shares within their bounds, and no point of the hull is much lower.
func TestSVMOptimal(t *testing.T) {
	for _, nu := range []float64{0.001, 0.05, 0.5, 1} {
		for _, unscaled := range []bool{false, true} {
			rows, _ := split(must(canonical(synthetic(1500, 0, 7))))
			o := must(Options{Nu: nu, Unscaled: unscaled}.normal())
			m := newMatrix(rows, o.Values, o.features(o.Values))
			trained, note := trainSVM(m, &o)
			if note != "" {
				t.Errorf("nu %v: %s", nu, note)
				continue
			}
			bound := 1 / (nu * float64(len(rows)))
			s := newSolver(m, trained.Terms, bound)
			if len(s.g) != len(rows) {
				t.Fatalf("%d distinct rows of %d", len(s.g), len(rows))
			}
			s.solve()
			// w is in the hull: corners are by how they are made, weights are shares.
			sum := 0.0
			for _, weight := range s.weights {
				sum += weight
				if weight < 0 {
					t.Errorf("nu %v: a weight of %v", nu, weight)
				}
			}
			low, left := 0.0, 1.0
			for _, g := range slices.Sorted(slices.Values(s.g)) {
				low += min(left, bound) * g
				left -= min(left, bound)
			}
			if norm := dot(s.w, s.w); math.Abs(sum-1) > 1e-9 || low < (1-svmTolerance)*norm || low > norm*(1+1e-9) {
				t.Errorf("nu %v, unscaled %v: weights sum up to %v; the lowest point is at %v of %v", nu, unscaled, sum, low, norm)
			}
			flagged := 0
			for _, r := range rows {
				sum := -trained.Offset
				for _, term := range trained.Terms {
					x := r.Vector[feature.Index(term.Feature)]
					if x != x {
						x = term.Mean
					}
					sum += term.Weight * x / term.Scale
				}
				if sum < 0 {
					flagged++
				}
			}
			if share := float64(flagged) / float64(len(rows)); share > nu || share < nu/2-1.0/1500 {
				t.Errorf("nu %v, unscaled %v: flags %v of the rows it was trained on", nu, unscaled, share)
			}
		}
	}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func TestSVMAtTheOrigin(t *testing.T) {
	rows := slices.Concat(repeat(1, "a", Benign, values{"network": 3}), repeat(1, "b", Benign, values{"network": -2}), repeat(1, "c", Malicious, nil))
	m := mustTrain(t, rows, Options{})
	if diff := cmp.Diff([]string{noteOrigin}, m.Parameters().Training.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	for _, r := range rows {
		if p, err := m.Predict(r.Vector); err != nil || p[classifier.OneClassSVM].Flagged {
			t.Errorf("%s: %v %v", &r, p, err)
		}
	}
}

func TestDegenerate(t *testing.T) {
	two := []Row{row("a", Benign, nil), row("b", Malicious, values{"pii": 1})}
	for _, test := range []struct {
		name string
		rows []Row
		o    Options
		is   error
		want string
	}{
		{"none", nil, Options{}, ErrTooFew, "there are none"},
		{"benign alone", two[:1], Options{}, ErrTooFew, "none to train on is malicious"},
		{"malicious alone", two[1:], Options{}, ErrTooFew, "none to train on is benign"},
		{"all the same", []Row{row("a", Benign, nil), row("b", Malicious, nil)}, Options{}, ErrTooFew, "the same values"},
		{"all the same but for what is excluded", two, Options{Exclude: []string{"pii"}}, ErrTooFew, "the same values"},
		{"all excluded", two, Options{Exclude: feature.Header()}, ErrTooFew, "all features are excluded"},
		{"left out", two, Options{LeaveOutPackages: []string{"b"}}, ErrTooFew, "none to train on is malicious"},
		{"too late", two, Options{Until: day(1)}, ErrTooFew, "there are none"},
		{"twice", append(two, two[0]), Options{}, ErrCorpus, `"a@1.0.0" is there twice`},
		{"label", []Row{row("a", "good", nil)}, Options{}, ErrCorpus, `"good" is no label`},
		{"short vector", []Row{{Package: "a", Version: "1", Label: Benign}}, Options{}, classifier.ErrFeatures, "0 values"},
		{"infinite", []Row{row("a", Benign, values{"pii": math.Inf(1)})}, Options{}, ErrCorpus, "pii is +Inf"},
		{"nu", two, Options{Nu: 2}, nil, "nu is 2"},
		{"nu NaN", two, Options{Nu: math.NaN()}, nil, "nu is NaN"},
		{"values", two, Options{Values: "x"}, nil, "no way to see values"},
		{"excluded", two, Options{Exclude: []string{"x"}}, nil, "no feature to exclude"},
		{"depth", two, Options{MaxDepth: classifier.MaxDepth + 1}, nil, "a depth of 101"},
	} {
		m, err := Train(test.rows, test.o, day(1))
		if m != nil || err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestOptionsChoose(t *testing.T) {
	rows := []Row{row("a", Benign, nil), row("b", Benign, nil), row("c", Malicious, nil), row("d", Malicious, nil)}
	rows[0].Published, rows[1].Published, rows[2].Published = day(1), day(2), day(1)
	rows[2].Family, rows[3].Family = "x", "y"
	for _, test := range []struct {
		name string
		o    Options
		want string
	}{
		{"all", Options{}, "a b c d"},
		{"family", Options{LeaveOutFamilies: []string{"x", ""}}, "a b d"},
		{"package", Options{LeaveOutPackages: []string{"a", "d"}}, "b c"},
		{"until", Options{Until: day(2)}, "a c"},
	} {
		var got []string
		for _, r := range test.o.choose(must(canonical(rows))) {
			got = append(got, r.Package)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestBalance(t *testing.T) {
	rows := must(canonical(synthetic(200, 20, 1)))
	chosen := func(seed uint64) []*Row {
		o := Options{Balance: true, Seed: seed}
		return o.choose(rows)
	}
	benign, malicious := split(chosen(1))
	if len(benign) != 20 || len(malicious) != 20 {
		t.Errorf("%d benign and %d malicious", len(benign), len(malicious))
	}
	if slices.Equal(chosen(1), chosen(2)) {
		t.Error("the seed changes nothing")
	}
	if few := must(canonical(synthetic(5, 20, 1))); len((&Options{Balance: true}).choose(few)) != 25 {
		t.Error("malicious rows are dropped")
	}
}

func TestDeterminism(t *testing.T) {
	rows := synthetic(600, 60, 3)
	for _, o := range []Options{{}, {Balance: true, Seed: 4}, {Values: classifier.Booleans, Nu: 0.1}, {Unscaled: true, MinLeaf: 3}} {
		var want []byte
		for i := range 3 {
			shuffled := slices.Clone(rows)
			r := rand.New(rand.NewPCG(uint64(i), 9))
			r.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
			got := must(mustTrain(t, shuffled, o).Encode())
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%+v: other bytes in another order", o)
			}
		}
		if _, err := classifier.Parse(want); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	a, b := mustTrain(t, rows, Options{Balance: true, Seed: 1}), mustTrain(t, rows, Options{Balance: true, Seed: 2})
	if cmp.Equal(a.Parameters().Update.Tree, b.Parameters().Update.Tree) {
		t.Error("the seed changes nothing")
	}
}

func TestTrainRecords(t *testing.T) {
	rows := synthetic(50, 10, 1)
	m := mustTrain(t, rows, Options{Seed: 3, Exclude: []string{"time", "pii", "time"}, LeaveOutFamilies: []string{"none"}, Until: day(27)})
	p := m.Parameters()
	digest := must(Digest(rows))
	if p.Date != "2026-03-01" || p.Corpus.Digest != digest || p.Corpus.Benign+p.Corpus.Malicious >= 60 || p.Training.Seed != 3 || p.Training.Nu != DefaultNu ||
		!slices.Equal(p.Training.Exclude, []string{"pii", "time"}) || p.Training.Until != "2026-03-27T12:00:00Z" {
		t.Errorf("%+v %+v %+v", p.Date, p.Corpus, p.Training)
	}
	rows[0].Label = Malicious
	if must(Digest(rows)) == digest {
		t.Error("the digest does not see a label")
	}
}

// TestLearns checks that the classifiers see what tells rows apart.
func TestLearns(t *testing.T) {
	m := mustTrain(t, synthetic(2000, 200, 1), Options{MinLeaf: 5})
	var tree, bayes classifier.Confusion
	for _, r := range synthetic(1000, 200, 2) {
		p, err := m.Predict(r.Vector)
		if err != nil {
			t.Fatal(err)
		}
		for c, flagged := range map[*classifier.Confusion]bool{&tree: p[classifier.DecisionTree].Flagged, &bayes: p[classifier.NaiveBayes].Flagged} {
			switch {
			case flagged && r.Label == Malicious:
				c.TruePositives++
			case flagged:
				c.FalsePositives++
			case r.Label == Malicious:
				c.FalseNegatives++
			}
		}
	}
	if tree.F1() < 0.6 || bayes.F1() < 0.6 {
		t.Errorf("tree %+v, naive Bayes %+v", tree, bayes)
	}
}

func TestMerge(t *testing.T) {
	a, b, c := row("a", Benign, nil), row("b", Benign, nil), row("c", Benign, nil)
	b2 := row("b", Malicious, nil)
	b3 := b2
	b3.Before = "0.9.0"
	if diff := cmp.Diff([]Row{a, b2, c, b3}, Merge([]Row{a, b}, []Row{c, b2, b3})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
