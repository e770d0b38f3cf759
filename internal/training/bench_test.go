package training

import (
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
)

// BenchmarkTrain trains on 100,000 rows: -benchtime 1x.
func BenchmarkTrain(b *testing.B) {
	rows := synthetic(100_000, 2_000, 1)
	sorted, err := canonical(rows)
	if err != nil {
		b.Fatal(err)
	}
	o, err := Options{}.normal()
	if err != nil {
		b.Fatal(err)
	}
	benign, _ := split(sorted)
	features := o.features(o.Values)
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			if _, err := Train(rows, o, day(1)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tree", func(b *testing.B) {
		for b.Loop() {
			b.ReportMetric(float64(len(trainTree(newMatrix(sorted, o.Values, features), &o).Nodes)), "nodes")
		}
	})
	b.Run("bayes", func(b *testing.B) {
		for b.Loop() {
			trainBayes(sorted, o.features(classifier.Booleans))
		}
	})
	for _, test := range []struct {
		name     string
		nu       float64
		unscaled bool
		exclude  []string
	}{{"svm", 0.001, false, nil}, {"svm unscaled", 0.001, true, nil}, {"svm nu 0.05", 0.05, false, nil}, {"svm at the origin", 0.001, false, []string{"time", "update-type"}}} {
		b.Run(test.name, func(b *testing.B) {
			o := o
			o.Nu, o.Unscaled, o.Exclude = test.nu, test.unscaled, test.exclude
			features := o.features(o.Values)
			for b.Loop() {
				if _, note := trainSVM(newMatrix(benign, o.Values, features), &o); note != "" {
					b.Log(note)
				}
			}
		})
	}
}

// day is a time of a month.
func day(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }
