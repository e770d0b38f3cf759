package classifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amalfi-audit/audit/internal/feature"
)

// logs returns the logarithms of a probability in each class, and of its
// opposite.
func logs(benign, malicious float64) (Logs, Logs) {
	return Logs{math.Log(benign), math.Log(malicious)}, Logs{math.Log(1 - benign), math.Log(1 - malicious)}
}

// parameters is a small model.
func parameters() Parameters {
	network, quiet := logs(0.25, 0.5)
	install, none := logs(0.125, 0.75)
	return Parameters{
		Schema:   Schema,
		Date:     "2026-03-01",
		Features: Features{feature.Digest(), feature.Header()},
		Corpus:   Corpus{strings.Repeat("a", 64), 90, 10},
		Training: Training{Seed: 1, Nu: 0.001, Exclude: []string{"a <b>"}, Handpicked: []string{}, LeaveOutFamily: []string{}, LeaveOutPackage: []string{}, Notes: []string{}},
		Update: Part{Benign: 90, Malicious: 10, Tree: Tree{Numbers, []Node{
			{&Split{"install-scripts", 0.5, 1, 2, false}, 90, 10},
			{nil, 80, 1},
			{&Split{"time", 60, 3, 4, true}, 10, 9},
			{nil, 0, 8},
			{nil, 10, 1},
		}},
			Bayes: Bayes{Logs{math.Log(0.75), math.Log(0.25)}, []BayesTerm{{"network", network, quiet}, {"install-scripts", install, none}}},
			SVM:   SVM{Positive, 1, []SVMTerm{{"time", 100, 300, 0.5}, {"update-type", 1, 2, 0.25}, {"pii", 1, 0, 0}}},
		},
		Metrics: &Metrics{
			Method: "by hand", Tree: Confusion{8, 2, 88, 2},
		},
	}
}

// vectorOf has the values of some features, 0 for others.
func vectorOf(values map[string]float64) feature.Vector {
	v := make(feature.Vector, len(feature.Table))
	for name, x := range values {
		v[feature.Index(name)] = x
	}
	return v
}

func model(t testing.TB) *Model {
	m, err := New(parameters())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPredict(t *testing.T) {
	m := model(t)
	nan := math.NaN()
	for _, test := range []struct {
		name   string
		values map[string]float64
		want   Prediction
	}{
		// Naive Bayes: 1/3 · (1/2)/(3/4) · (1/4)/(7/8); SVM: 300·0.5/100 + 2·0.25 - 1 = 1.
		{"harmless", map[string]float64{"time": 300, "update-type": 2}, Prediction{{false, 2.0 / 83}, {false, math.Log(1.0 / 3 * 2 / 3 * 2 / 7)}, {false, -1}}},
		// 1/3 · (1/2)/(1/4) · (3/4)/(1/8) = 4.
		{"install script, at once", map[string]float64{"time": 60, "install-scripts": 1, "network": 3}, Prediction{{true, 9.0 / 10}, {true, math.Log(4)}, {true, 0.7}}},
		{"install script, later", map[string]float64{"time": 61, "install-scripts": 1}, Prediction{{false, 2.0 / 13}, {true, math.Log(4.0 / 3)}, {true, 1 - 0.305}}},
		// Unknown values: to the high side, and the mean.
		{"unknown time", map[string]float64{"time": nan, "install-scripts": 1, "network": nan}, Prediction{{false, 2.0 / 13}, {true, math.Log(4.0 / 3)}, {false, -0.5}}},
		{"infinite time", map[string]float64{"time": math.Inf(-1), "install-scripts": 1}, Prediction{{false, 2.0 / 13}, {true, math.Log(4.0 / 3)}, {false, -0.5}}},
		// The SVM takes negative values for 0.
		{"negative", map[string]float64{"time": -5, "network": -1}, Prediction{{false, 2.0 / 83}, {false, math.Log(1.0 / 3 * 2 / 3 * 2 / 7)}, {true, 1}}},
		{"huge", map[string]float64{"time": 1e300}, Prediction{{false, 2.0 / 83}, {false, math.Log(1.0 / 3 * 2 / 3 * 2 / 7)}, {false, 1 - 0.5*MaxValue/100}}},
		{"on the margin", map[string]float64{"time": 200}, Prediction{{false, 2.0 / 83}, {false, math.Log(1.0 / 3 * 2 / 3 * 2 / 7)}, {false, 0}}},
	} {
		got, err := m.Predict(vectorOf(test.values))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.want, got, cmpopts.EquateApprox(1e-12, 1e-12)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if flagged := got[0].Flagged || got[1].Flagged || got[2].Flagged; got.Flagged() != flagged {
			t.Errorf("%s: flagged is %v", test.name, got.Flagged())
		}
	}
	for _, v := range []feature.Vector{nil, make(feature.Vector, len(feature.Table)+1)} {
		if _, err := m.Predict(v); !errors.Is(err, ErrFeatures) {
			t.Errorf("a vector of %d values: %v", len(v), err)
		}
		if _, err := m.Explain(v); !errors.Is(err, ErrFeatures) {
			t.Errorf("a vector of %d values, explained: %v", len(v), err)
		}
	}
}

// TestAdded holds that what is compared with nothing has classifiers of its own
// where the model has them.
func TestAdded(t *testing.T) {
	p := parameters()
	added := p.Update
	added.Tree = Tree{Numbers, []Node{{nil, 1, 9}}}
	added.SVM = SVM{Absences, 1.5, []SVMTerm{{"pii", 1, 0.9, 1}, {"network", 0.5, 0.5, 0.5}}}
	added.Thresholds = &Thresholds{Tree: 0.5, Bayes: 9, SVM: -0.5}
	p.Added = &added
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		values map[string]float64
		want   [3]bool
		svm    float64
	}{
		{"update", map[string]float64{"update-type": 1, "time": 400}, [3]bool{}, -1.25},
		{"added, of nothing new", nil, [3]bool{true, false, false}, -0.5},
		{"added", map[string]float64{"pii": 2, "network": 1}, [3]bool{true, false, true}, 1.5},
		{"added, unknown", map[string]float64{"pii": math.NaN(), "network": 1}, [3]bool{true, false, true}, 0.5},
	} {
		v := vectorOf(test.values)
		got, err := m.Predict(v)
		if err != nil || [3]bool{got[0].Flagged, got[1].Flagged, got[2].Flagged} != test.want || math.Abs(got[OneClassSVM].Value-test.svm) > 1e-12 {
			t.Errorf("%s: %v %v, want %v and %v", test.name, got, err, test.want, test.svm)
		}
		e, err := m.Explain(v)
		if err != nil || e.Prediction != got {
			t.Errorf("%s: explained as %v %v", test.name, e, err)
		}
	}
	e, err := m.Explain(vectorOf(map[string]float64{"pii": 2, "network": 1}))
	if err != nil {
		t.Fatal(err)
	}
	want := []Contribution{{"pii", 1, 0.1, 0.9}, {"network", 1, 0.5, 0.5}}
	if diff := cmp.Diff(want, e.SVM, cmpopts.EquateApprox(1e-12, 1e-12)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPredictAllocates(t *testing.T) {
	m, v := model(t), vectorOf(map[string]float64{"time": 60, "install-scripts": 1})
	if n := testing.AllocsPerRun(100, func() { m.Predict(v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestExplain(t *testing.T) {
	m := model(t)
	v := vectorOf(map[string]float64{"time": math.NaN(), "update-type": 4, "install-scripts": 2})
	got, err := m.Explain(v)
	if err != nil {
		t.Fatal(err)
	}
	prediction, _ := m.Predict(v)
	want := &Explanation{
		Prediction: prediction,
		Values:     Numbers,
		Path:       []Step{{"install-scripts", 2, 0.5, true, 90, 10}, {"time", math.NaN(), 60, true, 10, 9}},
		Benign:     10, Malicious: 1,
		Bayes: []Contribution{{"install-scripts", 1, 0, math.Log(6)}, {"network", 0, 0, math.Log(2.0 / 3)}},
		SVM:   []Contribution{{"update-type", 4, 2, -0.5}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSides(t *testing.T) {
	for want, path := range map[string][]Step{
		"it adds a, c and not b": {{Feature: "a", High: true}, {Feature: "b"}, {Feature: "c", High: true}},
		"not b":                  {{Feature: "b"}, {Feature: "update-type", High: true}},
		"it adds a":              {{Feature: "a", High: true}},
	} {
		e := &Explanation{Path: path, Values: Booleans, Benign: 1, Malicious: 9}
		text, _ := e.words(DecisionTree)
		if text != "the decision tree flags the change: "+want+"; of the corpus 9 malicious and 1 benign steps went this way" {
			t.Errorf("%q", text)
		}
	}
}

func TestExplainBounds(t *testing.T) {
	p := parameters()
	p.Update.Bayes.Terms = nil
	for i, name := range feature.Header() {
		present, absent := logs(0.5, 0.5-0.4*float64(i)/float64(len(feature.Table)))
		p.Update.Bayes.Terms = append(p.Update.Bayes.Terms, BayesTerm{name, present, absent})
	}
	m, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	e, err := m.Explain(vectorOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	last := feature.Header()[len(feature.Table)-MaxContributions:]
	if len(e.Bayes) != MaxContributions || e.Bayes[0].Feature != last[len(last)-1] || e.Bayes[MaxContributions-1].Feature != last[0] {
		t.Errorf("not the largest %d from %s to %s: %v", MaxContributions, last[len(last)-1], last[0], e.Bayes)
	}
}

func TestConfusion(t *testing.T) {
	c := Confusion{TruePositives: 3, FalsePositives: 1, FalseNegatives: 2}
	if c.Precision() != 0.75 || c.Recall() != 0.6 || math.Abs(c.F1()-2/(1/0.75+1/0.6)) > 1e-12 {
		t.Errorf("%v %v %v", c.Precision(), c.Recall(), c.F1())
	}
	if c = (Confusion{}); !math.IsNaN(c.Precision()) || !math.IsNaN(c.Recall()) || !math.IsNaN(c.F1()) {
		t.Errorf("of nothing: %v %v %v", c.Precision(), c.Recall(), c.F1())
	}
}

func TestEncode(t *testing.T) {
	data, err := model(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	for name, given := range map[string][]byte{
		"as written": data,
		"compact":    func() []byte { json.Compact(&compact, data); return compact.Bytes() }(),
		"indented":   func() []byte { var b bytes.Buffer; json.Indent(&b, data, "\t", "\t"); return b.Bytes() }(),
	} {
		m, err := Read(bytes.NewReader(given))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := m.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s: other bytes after reading (%v):\n%s", name, err, again)
		}
		if diff := cmp.Diff(parameters(), *m.Parameters()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, line := range []string{
		"\n" + `  "schema": "amalfi-audit model 2",` + "\n",
		"\n" + `        {"split": {"feature": "install-scripts", "threshold": 0.5, "low": 1, "high": 2, "unknown_high": false}, "benign": 90, "malicious": 10},` + "\n",
		"\n" + `        {"feature": "time", "scale": 100, "mean": 300, "weight": 0.5},` + "\n",
	} {
		if !strings.Contains(string(data), line) {
			t.Errorf("no line %q in\n%s", line, data)
		}
	}
}

func TestWithMetrics(t *testing.T) {
	m := model(t)
	other, err := m.WithMetrics(nil)
	if err != nil || other.Parameters().Metrics != nil || m.Parameters().Metrics == nil {
		t.Errorf("%v %v", other, err)
	}
	if _, err := m.WithMetrics(&Metrics{Any: Confusion{TruePositives: -1}}); !errors.Is(err, ErrModel) {
		t.Errorf("a negative count: %v", err)
	}
}

// broken are models that are refused, as what is changed in a good one's
// parameters.
var brokenModels = []struct {
	name   string
	change func(*Parameters)
	want   string
}{
	{"schema", func(p *Parameters) { p.Schema = "amalfi-audit model 1" }, `the schema is "amalfi-audit model 1"`},
	{"rows of a part", func(p *Parameters) { p.Update.Benign = -1 }, "classifiers of -1 benign"},
	{"added part", func(p *Parameters) { p.Added = &Part{} }, "sees values as"},
	{"threshold of the tree", func(p *Parameters) { p.Update.Thresholds = &Thresholds{Tree: 0.4} }, "the thresholds are 0.4"},
	{"threshold NaN", func(p *Parameters) { p.Update.Thresholds = &Thresholds{Tree: 0.5, SVM: math.NaN()} }, "the thresholds are 0.5"},
	{"date", func(p *Parameters) { p.Date = "2026-02-30" }, "no date"},
	{"corpus digest", func(p *Parameters) { p.Corpus.Digest = strings.Repeat("A", 64) }, "no digest of a corpus"},
	{"corpus rows", func(p *Parameters) { p.Corpus.Benign = -1 }, "-1 benign"},
	{"long text", func(p *Parameters) { p.Training.Notes = []string{strings.Repeat("x", 2000)} }, "a text of more than"},
	{"long list", func(p *Parameters) { p.Training.LeaveOutFamily = make([]string, 5000) }, "a list of more than"},
	{"nu", func(p *Parameters) { p.Training.Nu = math.Inf(1) }, "a number that is none"},
	{"metrics", func(p *Parameters) { p.Metrics.SVM.FalseNegatives = -3 }, "a negative or a huge count"},
	{"long method", func(p *Parameters) { p.Metrics.Method = strings.Repeat("x", 2000) }, "a text of more than"},

	{"tree values", func(p *Parameters) { p.Update.Tree.Values = "colours" }, `sees values as "colours"`},
	{"no nodes", func(p *Parameters) { p.Update.Tree.Nodes = nil }, "no nodes"},
	{"cycle", func(p *Parameters) { p.Update.Tree.Nodes[2].Split.Low = 0 }, "node 2 has node 0 as a child"},
	{"cycle of one", func(p *Parameters) { p.Update.Tree.Nodes[2].Split.Low = 2 }, "node 2 has node 2 as a child"},
	{"child twice", func(p *Parameters) { p.Update.Tree.Nodes[2].Split.Low = 4 }, "node 4 is the child of two"},
	{"skipped child", func(p *Parameters) { p.Update.Tree.Nodes[0].Split.Low = 3 }, "do not share its rows"},
	{"no child", func(p *Parameters) { p.Update.Tree.Nodes[2].Split.High = 5 }, "node 2 has node 5 as a child"},
	{"negative child", func(p *Parameters) { p.Update.Tree.Nodes[2].Split.High = -1 }, "node 2 has node -1 as a child"},
	{"unreachable", func(p *Parameters) { p.Update.Tree.Nodes = append(p.Update.Tree.Nodes, Node{Benign: 1}) }, "nothing leads to node 5"},
	{"rows of a node", func(p *Parameters) { p.Update.Tree.Nodes[1].Benign = 79 }, "do not share its rows"},
	{"negative rows", func(p *Parameters) { p.Update.Tree.Nodes[3].Malicious, p.Update.Tree.Nodes[4].Malicious = -1, 10 }, "do not share its rows"},
	{"huge rows", func(p *Parameters) { p.Update.Tree.Nodes[0].Benign = math.MaxInt }, "node 0 stands for"},
	{"empty leaf", func(p *Parameters) { p.Update.Tree.Nodes = []Node{{}} }, "node 0 stands for 0 benign and 0 malicious"},
	{"tree feature", func(p *Parameters) { p.Update.Tree.Nodes[0].Split.Feature = "colour" }, `"colour" is no feature`},
	{"threshold NaN", func(p *Parameters) { p.Update.Tree.Nodes[0].Split.Threshold = math.NaN() }, "the threshold NaN"},
	{"threshold Inf", func(p *Parameters) { p.Update.Tree.Nodes[0].Split.Threshold = math.Inf(-1) }, "the threshold -Inf"},
	{"too many nodes", func(p *Parameters) { p.Update.Tree.Nodes = make([]Node, MaxNodes+1) }, "65537 nodes"},
	{"too deep", func(p *Parameters) { p.Update.Tree.Nodes = chain(MaxDepth + 1) }, "more than 100 levels deep"},

	{"no bayes terms", func(p *Parameters) { p.Update.Bayes.Terms = nil }, "naive Bayes has 0 terms"},
	{"many bayes terms", func(p *Parameters) { p.Update.Bayes.Terms = make([]BayesTerm, 1000) }, "naive Bayes has 1000 terms"},
	{"bayes feature", func(p *Parameters) { p.Update.Bayes.Terms[0].Feature = "" }, `"" is no feature`},
	{"bayes feature twice", func(p *Parameters) { p.Update.Bayes.Terms[0] = p.Update.Bayes.Terms[1] }, "install-scripts has two terms"},
	{"prior", func(p *Parameters) { p.Update.Bayes.Prior.Benign = -3 }, "probabilities of the classes"},
	{"prior of 0", func(p *Parameters) { p.Update.Bayes.Prior = Logs{0, math.Inf(-1)} }, "probabilities of the classes"},
	{"probability above 1", func(p *Parameters) { p.Update.Bayes.Terms[0].Present.Benign = 1 }, "probabilities of network"},
	{"probability NaN", func(p *Parameters) { p.Update.Bayes.Terms[0].Absent.Malicious = math.NaN() }, "probabilities of network"},
	{"probabilities", func(p *Parameters) { p.Update.Bayes.Terms[1].Absent.Malicious = -0.1 }, "probabilities of install-scripts"},

	{"svm values", func(p *Parameters) { p.Update.SVM.Values = "" }, `sees values as ""`},
	{"no svm terms", func(p *Parameters) { p.Update.SVM.Terms = nil }, "the SVM has 0 terms"},
	{"svm feature twice", func(p *Parameters) { p.Update.SVM.Terms[2].Feature = "time" }, "time has two terms"},
	{"svm feature", func(p *Parameters) { p.Update.SVM.Terms[2].Feature = "Time" }, `"Time" is no feature`},
	{"offset", func(p *Parameters) { p.Update.SVM.Offset = math.NaN() }, "the offset NaN"},
	{"scale of 0", func(p *Parameters) { p.Update.SVM.Terms[0].Scale = 0 }, "for time the scale 0"},
	{"scale NaN", func(p *Parameters) { p.Update.SVM.Terms[0].Scale = math.NaN() }, "for time the scale NaN"},
	{"tiny scale", func(p *Parameters) { p.Update.SVM.Terms[0].Scale = 1e-300 }, "for time the scale 1e-300"},
	{"weight", func(p *Parameters) { p.Update.SVM.Terms[0].Weight = math.Inf(1) }, "the weight +Inf"},
	{"mean", func(p *Parameters) { p.Update.SVM.Terms[0].Mean = math.NaN() }, "the mean NaN"},
}

// chain is a tree of one long branch.
func chain(depth int) []Node {
	var nodes []Node
	for i := range depth {
		left := depth - i + 1
		nodes = append(nodes, Node{&Split{"network", float64(i), 2*i + 1, 2*i + 2, false}, left, 0}, Node{nil, 1, 0})
	}
	// The order is that of the levels: a leaf comes before the node beside it.
	nodes = append(nodes, Node{nil, 1, 0})
	return nodes
}

func TestBrokenModels(t *testing.T) {
	for _, test := range brokenModels {
		p := parameters()
		test.change(&p)
		if _, err := New(p); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	p := parameters()
	p.Update.Tree.Nodes = chain(MaxDepth)
	if _, err := New(p); err != nil {
		t.Errorf("a tree of the largest depth: %v", err)
	}
}

func TestOtherFeatures(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Features)
		want   string
	}{
		{"missing", func(f *Features) { f.Names = f.Names[2:] }, "lacks pii, file-system"},
		{"unknown", func(f *Features) { f.Names = append(f.Names, "colour") }, `has "colour"`},
		{"renamed", func(f *Features) { f.Names[0] = "PII" }, `lacks pii and has "PII"`},
		{"order", func(f *Features) { f.Names[0], f.Names[1] = f.Names[1], f.Names[0] }, "another order"},
		{"twice", func(f *Features) { f.Names = append(f.Names, "pii") }, "another order or several times"},
		{"digest", func(f *Features) { f.Digest = strings.Repeat("0", 32) }, "counted in another way"},
		{"many", func(f *Features) { f.Names = make([]string, 100_000) }, "has 100000"},
	} {
		p := parameters()
		test.change(&p.Features)
		if _, err := New(p); !errors.Is(err, ErrFeatures) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(data); !errors.Is(err, ErrFeatures) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, from a file: %v, want %q", test.name, err, test.want)
		}
	}
}

// brokenFiles are files that are refused, as what is replaced in a good one.
var brokenFiles = []struct{ name, old, new, want string }{
	{"NaN", `"offset": 1`, `"offset": NaN`, "invalid character"},
	{"overflow", `"offset": 1`, `"offset": 1e999`, "1e999"},
	{"null", `"offset": 1`, `"offset": null`, "not as this program writes it"},
	{"missing", `"offset": 1,`, ``, "not as this program writes it"},
	{"twice", `"offset": 1,`, `"offset": 1, "offset": 1,`, "given twice"},
	{"twice, in another case", `"offset": 1,`, `"offset": 1, "Offset": 2,`, "given twice"},
	{"unknown", `"offset": 1,`, `"offset": 1, "bias": 1,`, `unknown field "bias"`},
	{"text", `"offset": 1,`, `"offset": "1",`, "cannot unmarshal"},
	{"spelled in another way", `"offset": 1,`, `"offset": 1.0,`, "1.0"},
	{"split of nothing", `"split": {"feature": "time"`, `"split": {"colour": "time"`, `unknown field "colour"`},
	{"huge child", `"high": 4`, `"high": 99999999999999999999`, "cannot unmarshal"},
	{"invalid UTF-8", `by hand`, "by \xff hand", "not as this program writes it"},
	{"behind the end", "\n}\n", "\n}\n{}", "invalid character"},
}

func TestBrokenFiles(t *testing.T) {
	good, err := model(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range brokenFiles {
		if strings.Count(string(good), test.old) != 1 {
			t.Errorf("%s: %q is not there once", test.name, test.old)
		}
		data := strings.Replace(string(good), test.old, test.new, 1)
		if _, err := Parse([]byte(data)); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	for n := range len(bytes.TrimSpace(good)) {
		if _, err := Parse(good[:n]); !errors.Is(err, ErrModel) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	for name, data := range map[string]string{
		"too large":   strings.Repeat(" ", MaxSize+1),
		"deep":        strings.Repeat("[", 1<<20),
		"array":       "[]",
		"other JSON":  "{}",
		"many nodes":  strings.Replace(string(good), `"nodes": [`, `"nodes": [`+strings.Repeat(`{"benign":1,"malicious":0},`, MaxNodes), 1),
		"no document": "",
	} {
		if _, err := Read(strings.NewReader(data)); !errors.Is(err, ErrModel) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadError(t *testing.T) {
	if _, err := Read(errReader{}); !errors.Is(err, os.ErrClosed) || errors.Is(err, ErrModel) {
		t.Errorf("%v", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, os.ErrClosed }

// FuzzParse reads a model. What is read can be used, and is written as it was
// but for white space.
func FuzzParse(f *testing.F) {
	good, err := model(f).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, test := range brokenFiles {
		f.Add(bytes.Replace(good, []byte(test.old), []byte(test.new), 1))
	}
	for _, test := range brokenModels {
		p := parameters()
		test.change(&p)
		if data, err := json.Marshal(p); err == nil && len(data) < 1<<14 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrModel) && !errors.Is(err, ErrFeatures) {
				t.Errorf("%v", err)
			}
			return
		}
		var given, written bytes.Buffer
		encoded, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		json.Compact(&given, data)
		json.Compact(&written, encoded)
		if !bytes.Equal(given.Bytes(), written.Bytes()) {
			t.Errorf("read\n%s\nand wrote\n%s", given.Bytes(), written.Bytes())
		}
		for _, x := range []float64{0, 1, -1, MaxValue, math.Inf(1), math.NaN()} {
			v := make(feature.Vector, len(feature.Table))
			for i := range v {
				v[i] = x
			}
			e, err := m.Explain(v)
			if err != nil {
				t.Fatal(err)
			}
			for c, s := range e.Prediction {
				if !finite(s.Value) {
					t.Errorf("%v of %v is %v", Classifier(c), x, s.Value)
				}
			}
		}
	})
}

func BenchmarkPredict(b *testing.B) {
	p := parameters()
	p.Update.Tree.Nodes = chain(MaxDepth)
	p.Update.SVM.Terms, p.Update.Bayes.Terms = nil, nil
	v := make(feature.Vector, len(feature.Table))
	for i, name := range feature.Header() {
		present, absent := logs(0.5, 0.25)
		p.Update.Bayes.Terms = append(p.Update.Bayes.Terms, BayesTerm{name, present, absent})
		p.Update.SVM.Terms = append(p.Update.SVM.Terms, SVMTerm{name, 2, 1, 3})
		v[i] = 1000
	}
	m, err := New(p)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Predict(v); err != nil {
			b.Fatal(err)
		}
	}
}
