package training

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amalfi-audit/audit/internal/feature"
)

// synthetic makes rows that look like those of a corpus: most counts do not
// change, and malware adds some of what it needs. A tenth of it looks like
// everything else.
func synthetic(benign, malicious int, seed uint64) []Row {
	r := rand.New(rand.NewPCG(seed, 0))
	var rows []Row
	for i := range benign + malicious {
		row := Row{Package: fmt.Sprintf("package-%d", i/4), Version: fmt.Sprintf("1.%d.0", i%4), Label: Benign, Source: "made up",
			Published: day(1 + i%28), Vector: make(feature.Vector, len(feature.Table))}
		if i%4 > 0 {
			row.Before = fmt.Sprintf("1.%d.0", i%4-1)
		}
		for j := range feature.Table {
			switch name := feature.Table[j].Name; {
			case name == "update-type":
				row.Vector[j] = float64(1 + r.IntN(5))
				if row.Before == "" {
					row.Vector[j] = feature.FirstVersion
				}
			case name == "time":
				row.Vector[j] = math.Round(math.Exp(r.NormFloat64()*2 + 12))
				if row.Before == "" {
					row.Vector[j] = math.NaN()
				}
			case feature.Table[j].Kind == feature.Measured:
				row.Vector[j] = math.Round(r.NormFloat64()*1e4) / 1e4
			case r.Float64() < 0.15:
				row.Vector[j] = math.Round(r.NormFloat64()*3 + 1)
			}
		}
		if i >= benign {
			row.Label, row.Family = Malicious, fmt.Sprintf("family-%d", i/4%max(1, malicious/10))
			if r.Float64() < 0.9 {
				for range 4 {
					row.Vector[r.IntN(len(row.Vector)/2)] = float64(1 + r.IntN(5))
				}
				row.Vector[feature.Index("install-scripts")] = 1
			}
		}
		rows = append(rows, row)
	}
	return rows
}
