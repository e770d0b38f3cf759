package training

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	libSvm "github.com/ewalker544/libsvm-go"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// TestLibSVM compares the SVM with libsvm-go's. That reads problems from files
// alone, changes GOMAXPROCS, computes all products of pairs before it starts,
// and starts with a share of nu·rows for the first row, more than the bound of
// 1; it gets rid of that where the first row is far from the margin and nu is
// small, as here.
func TestLibSVM(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, nu := range []float64{0.02, 0.05, 0.1} {
		rows := synthetic(400, 0, 11)
		names := []string{"update-type", "network", "pii", "file-system", "entropy-average"}
		for i := range rows {
			rows[i].Vector[feature.Index("update-type")]++
		}
		for _, name := range names {
			rows[0].Vector[feature.Index(name)] = 20
		}
		var file strings.Builder
		for i := range rows {
			file.WriteString("1")
			for j, name := range names {
				fmt.Fprintf(&file, " %d:%v", j+1, rows[i].Vector[feature.Index(name)])
			}
			file.WriteString("\n")
		}
		path := filepath.Join(t.TempDir(), "problem")
		if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		param := libSvm.NewParameter()
		param.SvmType, param.KernelType, param.Nu, param.QuietMode, param.NumCPU, param.Eps = libSvm.ONE_CLASS, libSvm.LINEAR, nu, true, 1, 1e-3
		problem, err := libSvm.NewProblem(path, param)
		if err != nil {
			t.Fatal(err)
		}
		oracle := libSvm.NewModel(param)
		if err := oracle.Train(problem); err != nil {
			t.Fatal(err)
		}

		places := make([]int, len(names))
		for j, name := range names {
			places[j] = feature.Index(name)
		}
		o := must(Options{Nu: nu, Unscaled: true}.normal())
		s, note := trainSVM(newMatrix(must(canonical(rows)), classifier.Numbers, places), &o)
		if note != "" {
			t.Fatal(note)
		}
		// libsvm's alpha sum up to nu·rows, ours to 1.
		unit := nu * float64(len(rows))
		disagree := 0
		for i := range rows {
			ours := -s.Offset
			x := make(map[int]float64)
			for j, p := range places {
				x[j+1] = rows[i].Vector[p]
				ours += s.Terms[j].Weight * rows[i].Vector[p]
			}
			sign, decision := oracle.PredictValues(x)
			theirs := decision[0] / unit
			margin := 0.02 * s.Offset
			if (ours < 0) != (sign < 0) && math.Abs(theirs) > margin {
				disagree++
			}
			if math.Abs(ours-theirs) > margin+0.02*math.Abs(theirs) {
				t.Errorf("nu %v, row %d: %v, and %v by libsvm", nu, i, ours, theirs)
			}
		}
		if disagree > 0 {
			t.Errorf("nu %v: %d of %d signs differ", nu, disagree, len(rows))
		}
	}
}
