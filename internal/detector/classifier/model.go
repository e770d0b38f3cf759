// Package classifier has the three classifiers of Amalfi (Sejfia and Schäfer,
// "Practical Automated Detection of Malicious npm Packages", ICSE 2022): a
// decision tree, Bernoulli naive Bayes and a one-class linear support vector
// machine. It reads models, predicts and explains; package training makes them.
//
// A model is one JSON file that people can read. It is untrusted: New and Parse
// refuse what prediction could not handle, with work in proportion to its size.
package classifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/feature"
)

// Schema is the first member of a model file.
const Schema = "amalfi-audit model 2"

// Limits of a model.
const (
	// MaxSize is the size of a model file in bytes. The largest tree takes less.
	MaxSize = 16 << 20
	// MaxNodes is the number of nodes of the decision tree, MaxDepth how many
	// splits lead to a leaf at most.
	MaxNodes = 1 << 16
	MaxDepth = 100
	// MaxValue bounds what a feature's value can be; beyond, it is taken for
	// the bound. It is more than the seconds since the beginning of time.
	MaxValue = 1e15
	// maxCount bounds counts of rows, so that sums do not overflow.
	maxCount = 1 << 40
	maxText  = 1 << 10
	maxTexts = 1 << 12
)

// Errors that others wrap.
var (
	// ErrModel stands for a model that is broken.
	ErrModel = errors.New("invalid model")
	// ErrFeatures stands for a model or a vector made for other features.
	ErrFeatures = errors.New("made for other features")
)

// Parameters is what a model file holds.
type Parameters struct {
	Schema string `json:"schema"`
	// Date is the day the model was made, as 2006-01-02.
	Date     string   `json:"date"`
	Features Features `json:"features"`
	Corpus   Corpus   `json:"corpus"`
	Training Training `json:"training"`
	// Update judges updates. It was trained on all rows.
	Update Part `json:"update"`
	// Added judges what is compared with nothing: all that a new package does is
	// new, and of an update mostly nothing is. It was trained on such rows alone.
	// It is nil where these were too few; Update judges everything then.
	Added *Part `json:"added"`
	// Metrics is nil where the model was not measured.
	Metrics *Metrics `json:"metrics"`
}

// Part is three classifiers.
type Part struct {
	// Benign and Malicious are the rows that they were trained on.
	Benign    int   `json:"benign"`
	Malicious int   `json:"malicious"`
	Tree      Tree  `json:"decision_tree"`
	Bayes     Bayes `json:"naive_bayes"`
	SVM       SVM   `json:"svm"`
	// Thresholds is nil where each classifier flags by itself: the tree where more
	// malicious rows came to the leaf, naive Bayes where malware is likelier, the
	// SVM outside of the half-space of the benign rows.
	Thresholds *Thresholds `json:"thresholds"`
}

// Features names what vectors have to be made of.
type Features struct {
	// Digest is feature.Digest's, Names is feature.Header's.
	Digest string   `json:"digest"`
	Names  []string `json:"names"`
}

// Corpus is what the model was trained on.
type Corpus struct {
	// Digest is the SHA-256 of the corpus in its canonical form, in hex.
	Digest string `json:"digest"`
	// Benign and Malicious are the rows that were used.
	Benign    int `json:"benign"`
	Malicious int `json:"malicious"`
}

// Training records how the model was trained (training.Options). It changes no
// prediction.
type Training struct {
	Seed            uint64   `json:"seed"`
	Nu              float64  `json:"nu"`
	FalseAlarms     float64  `json:"false_alarms"`
	Handpicked      []string `json:"handpicked"`
	MinSplit        int      `json:"min_split"`
	MinLeaf         int      `json:"min_leaf"`
	MaxDepth        int      `json:"max_depth"`
	Balance         bool     `json:"balance"`
	Exclude         []string `json:"exclude"`
	LeaveOutFamily  []string `json:"leave_out_families"`
	LeaveOutPackage []string `json:"leave_out_packages"`
	// Until is a time as RFC 3339 has it, or empty.
	Until string `json:"until"`
	// Notes say what is odd about the corpus or the result.
	Notes []string `json:"notes"`
}

// Values tells how a classifier sees the values of a vector.
type Values string

// The ways to see values.
const (
	// Numbers are taken as they are.
	Numbers Values = "numbers"
	// Positive numbers are taken as they are, negative ones as 0.
	Positive Values = "positive"
	// Booleans are 1 for positive values, 0 for others and unknown ones.
	Booleans Values = "booleans"
	// Absences are 0 for positive values, 1 for others and unknown ones. A one-class
	// SVM separates from the origin; seen so, that is a step that adds everything,
	// and not one that changes nothing.
	Absences Values = "absences"
)

// Of returns how a value is seen: NaN for unknown ones, except as Booleans and
// Absences.
func (s Values) Of(x float64) float64 {
	switch s {
	case Booleans:
		if x > 0 {
			return 1
		}
		return 0
	case Absences:
		return 1 - Booleans.Of(x)
	}
	if x != x || math.IsInf(x, 0) {
		return math.NaN()
	}
	if s == Positive && x < 0 {
		return 0
	}
	return max(-MaxValue, min(x, MaxValue))
}

// Tree is a decision tree.
type Tree struct {
	Values Values `json:"values"`
	// Nodes starts with the root. A node stands before its children.
	Nodes []Node `json:"nodes"`
}

// Node is a split or, without one, a leaf. Benign and Malicious are the rows of
// the corpus that came to it. A leaf flags where more of them were malicious.
type Node struct {
	Split     *Split `json:"split,omitempty"`
	Benign    int    `json:"benign"`
	Malicious int    `json:"malicious"`
}

// Split sends values up to the threshold to node Low, others to node High.
type Split struct {
	Feature   string  `json:"feature"`
	Threshold float64 `json:"threshold"`
	Low       int     `json:"low"`
	High      int     `json:"high"`
	// UnknownHigh sends unknown values to High instead of Low.
	UnknownHigh bool `json:"unknown_high"`
}

// Bayes is a Bernoulli naive Bayes classifier: natural logarithms of
// probabilities. It sees Booleans and flags where malicious is likelier.
type Bayes struct {
	Prior Logs        `json:"prior"`
	Terms []BayesTerm `json:"terms"`
}

// BayesTerm has the probabilities that a feature is present and absent.
type BayesTerm struct {
	Feature string `json:"feature"`
	Present Logs   `json:"present"`
	Absent  Logs   `json:"absent"`
}

// Logs are logarithms of the probability in each class.
type Logs struct {
	Benign    float64 `json:"benign"`
	Malicious float64 `json:"malicious"`
}

func (l Logs) odds() float64 { return l.Malicious - l.Benign }

// SVM is a one-class linear support vector machine: the decision is the sum of
// weight · value / scale, less the offset. It flags where that is negative.
type SVM struct {
	Values Values    `json:"values"`
	Offset float64   `json:"offset"`
	Terms  []SVMTerm `json:"terms"`
}

// SVMTerm is the weight of one feature.
type SVMTerm struct {
	Feature string  `json:"feature"`
	Scale   float64 `json:"scale"`
	// Mean is the mean value of the benign rows, unscaled. It stands for unknown
	// values.
	Mean   float64 `json:"mean"`
	Weight float64 `json:"weight"`
}

// Thresholds are the scores (Score.Value) above which classifiers flag.
type Thresholds struct {
	Tree  float64 `json:"decision_tree"`
	Bayes float64 `json:"naive_bayes"`
	SVM   float64 `json:"svm"`
}

// Natural are the thresholds of a Part without Thresholds.
var Natural = Thresholds{Tree: 0.5}

// Metrics says how well models of this corpus did on rows they were not
// trained on.
type Metrics struct {
	// Method is how they were measured.
	Method string    `json:"method"`
	Tree   Confusion `json:"decision_tree"`
	Bayes  Confusion `json:"naive_bayes"`
	SVM    Confusion `json:"svm"`
	// Any counts what at least one of the three flags.
	Any Confusion `json:"any"`
}

// Confusion counts what was flagged and what was not.
type Confusion struct {
	TruePositives  int `json:"true_positives"`
	FalsePositives int `json:"false_positives"`
	TrueNegatives  int `json:"true_negatives"`
	FalseNegatives int `json:"false_negatives"`
}

// Malicious is how many rows are malicious.
func (c Confusion) Malicious() int { return c.TruePositives + c.FalseNegatives }

// Benign is how many rows are benign.
func (c Confusion) Benign() int { return c.FalsePositives + c.TrueNegatives }

// Precision is the share of malicious ones among what was flagged, NaN where
// nothing was.
func (c Confusion) Precision() float64 {
	return float64(c.TruePositives) / float64(c.TruePositives+c.FalsePositives)
}

// Recall is the share of flagged ones among what is malicious, NaN where
// nothing is.
func (c Confusion) Recall() float64 {
	return float64(c.TruePositives) / float64(c.TruePositives+c.FalseNegatives)
}

// F1 is the harmonic mean of precision and recall, NaN where nothing is
// malicious and nothing was flagged.
func (c Confusion) F1() float64 {
	return float64(2*c.TruePositives) / float64(2*c.TruePositives+c.FalsePositives+c.FalseNegatives)
}

// Model is a checked model, ready to predict. It may be used concurrently.
type Model struct {
	parameters    Parameters
	update, added *part // the same where there is one alone
}

// Parameters returns what the model holds. It must not be changed.
func (m *Model) Parameters() *Parameters { return &m.parameters }

// WithMetrics returns the model with other metrics.
func (m *Model) WithMetrics(metrics *Metrics) (*Model, error) {
	p := m.parameters
	p.Metrics = metrics
	return New(p)
}

// New checks parameters and makes a model of them. It keeps them; they must not
// be changed afterwards. Errors wrap ErrModel or ErrFeatures.
func New(p Parameters) (*Model, error) {
	if p.Schema != Schema {
		return nil, broken("the schema is %q, not %q", clip(p.Schema), Schema)
	}
	if err := p.Features.check(); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	m := &Model{parameters: p}
	var err error
	if m.update, err = compile(&m.parameters.Update); err != nil {
		return nil, err
	}
	m.added = m.update
	if p.Added != nil {
		if m.added, err = compile(p.Added); err != nil {
			return nil, fmt.Errorf("%w (what is compared with nothing)", err)
		}
	}
	return m, nil
}

// Read reads a model file of at most MaxSize bytes.
func Read(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// Parse reads a model file. It must be as Encode writes it but for white space,
// so that nothing in it is missing, given twice or without effect. Errors wrap
// ErrModel or ErrFeatures.
func Parse(data []byte) (*Model, error) {
	if len(data) > MaxSize {
		return nil, broken("more than %d bytes", MaxSize)
	}
	var given bytes.Buffer
	if err := json.Compact(&given, data); err != nil {
		return nil, broken("%v", err)
	}
	// The schema and the features decide whether the rest can be understood.
	var head struct {
		Schema   string   `json:"schema"`
		Features Features `json:"features"`
	}
	if err := json.Unmarshal(given.Bytes(), &head); err != nil {
		return nil, broken("%v", err)
	}
	if head.Schema != Schema {
		return nil, broken("the schema is %q, not %q", clip(head.Schema), Schema)
	}
	if err := head.Features.check(); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(given.Bytes()))
	dec.DisallowUnknownFields()
	var p Parameters
	if err := dec.Decode(&p); err != nil {
		return nil, broken("%v", err)
	}
	written, err := json.Marshal(p)
	if err != nil {
		return nil, broken("%v", err)
	}
	if i := difference(given.Bytes(), written); i >= 0 {
		return nil, broken("not as this program writes it near %q: something is missing, given twice, in another order or spelled in another way",
			around(given.Bytes(), i))
	}
	return New(p)
}

// Encode returns the model file. The same model gives the same bytes.
func (m *Model) Encode() ([]byte, error) {
	data, err := json.Marshal(m.parameters)
	if err != nil {
		return nil, err
	}
	return layout(data), nil
}

// layout breaks compact JSON into lines: members of the outer four levels have
// a line each, so that a node or a term is one line.
func layout(data []byte) []byte {
	const levels = 4
	var out bytes.Buffer
	depth := 0
	line := func() {
		if depth <= levels {
			out.WriteByte('\n')
			for range depth {
				out.WriteString("  ")
			}
		}
	}
	quoted := false
	for i, c := range data {
		switch {
		case quoted:
			out.WriteByte(c)
			if c == '"' && !escaped(data[:i]) {
				quoted = false
			}
		case c == '"':
			out.WriteByte(c)
			quoted = true
		case (c == '{' || c == '[') && data[i+1] != c+2: // c+2 closes it
			out.WriteByte(c)
			depth++
			line()
		case (c == '}' || c == ']') && data[i-1] != c-2:
			if depth--; depth < levels {
				line()
			}
			out.WriteByte(c)
		case c == ',':
			out.WriteByte(c)
			line()
			if depth > levels {
				out.WriteByte(' ')
			}
		case c == ':':
			out.WriteString(": ")
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// escaped tells whether an odd number of backslashes ends the text.
func escaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}

// difference returns where two texts differ first, -1 where they do not.
func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

// around returns some bytes of a text at a place.
func around(text []byte, i int) string {
	return string(bytes.ToValidUTF8(text[max(0, i-30):min(len(text), i+30)], []byte("?")))
}

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrModel, fmt.Sprintf(format, args...))
}

func clip(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}

// check compares with the features of this program.
func (f *Features) check() error {
	own := feature.Header()
	if len(f.Names) > maxTexts {
		return fmt.Errorf("%w: the model has %d", ErrFeatures, len(f.Names))
	}
	var missing, unknown []string
	for _, name := range own {
		if !slices.Contains(f.Names, name) {
			missing = append(missing, name)
		}
	}
	for _, name := range f.Names {
		if !slices.Contains(own, name) {
			unknown = append(unknown, fmt.Sprintf("%q", clip(name)))
		}
	}
	switch {
	case len(missing) > 0 && len(unknown) > 0:
		return fmt.Errorf("%w: the model lacks %s and has %s", ErrFeatures, strings.Join(missing, ", "), strings.Join(unknown, ", "))
	case len(missing) > 0:
		return fmt.Errorf("%w: the model lacks %s", ErrFeatures, strings.Join(missing, ", "))
	case len(unknown) > 0:
		return fmt.Errorf("%w: the model has %s", ErrFeatures, strings.Join(unknown, ", "))
	case !slices.Equal(f.Names, own):
		return fmt.Errorf("%w: the model has them in another order or several times", ErrFeatures)
	case f.Digest != feature.Digest():
		return fmt.Errorf("%w: they are called the same and counted in another way (the model has %q, this program %q)", ErrFeatures, clip(f.Digest), feature.Digest())
	}
	return nil
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check looks at what is not of a classifier.
func (p *Parameters) check() error {
	if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
		return broken("%q is no date", clip(p.Date))
	}
	if !sha256Hex.MatchString(p.Corpus.Digest) {
		return broken("%q is no digest of a corpus", clip(p.Corpus.Digest))
	}
	if !counts(p.Corpus.Benign, p.Corpus.Malicious) {
		return broken("a corpus of %d benign and %d malicious rows", p.Corpus.Benign, p.Corpus.Malicious)
	}
	t := &p.Training
	if !finite(t.Nu) {
		return broken("the training has a number that is none")
	}
	for _, texts := range [][]string{t.Exclude, t.Handpicked, t.LeaveOutFamily, t.LeaveOutPackage, t.Notes, {t.Until}} {
		if len(texts) > maxTexts {
			return broken("the training has a list of more than %d", maxTexts)
		}
		for _, text := range texts {
			if len(text) > maxText {
				return broken("the training has a text of more than %d bytes", maxText)
			}
		}
	}
	if m := p.Metrics; m != nil {
		if len(m.Method) > maxText {
			return broken("the metrics have a text of more than %d bytes", maxText)
		}
		for _, c := range []Confusion{m.Tree, m.Bayes, m.SVM, m.Any} {
			if !counts(c.TruePositives, c.FalsePositives, c.TrueNegatives, c.FalseNegatives) {
				return broken("the metrics have a negative or a huge count")
			}
		}
	}
	return nil
}

// counts tells whether numbers of rows can be.
func counts(numbers ...int) bool {
	for _, n := range numbers {
		if n < 0 || n > maxCount {
			return false
		}
	}
	return true
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
