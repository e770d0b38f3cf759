// Package evaluate repeats published experiments on their published data, to
// show that this program finds what the paper found.
//
// A table is a CSV file with a header whose first columns are package, version,
// hash and analysis: the package hash (package packagehash), empty where there
// is none, and "malicious", "benign" or "not triaged". Further columns are not
// read.
package evaluate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// corpus is the name of the table of what is known on the first day. The tables
// of the days are called by month and day, such as july-29.csv.
const corpus = "basic-corpus.csv"

// ErrTable is what errors wrap that lie in a table's content.
var ErrTable = errors.New("invalid table")

// A table's analyses.
const (
	malicious  = "malicious"
	benign     = "benign"
	notTriaged = "not triaged"
)

// day is what the clone detector finds among the versions of one day.
type day struct {
	date     time.Time // of the year 0
	versions int
	known    int // hashes of malware, in the morning
	unhashed int // versions without a hash, which match nothing

	clones    int // versions whose hash is a known one
	confirmed int // of these, those that triage found malicious
	false     int // of these, those that triage found benign
}

// Clones replays the week of the Amalfi paper's first experiment with the clone
// detector alone and writes a table of the days. The folder holds
// basic-corpus.csv and the tables of the days, all of one year.
//
// The days follow one another as in the calendar. A day's versions are compared
// with the malicious ones of the corpus and with what triage found malicious on
// the days before, not on the same day: triage begins when the detectors are
// done. Errors in a table wrap ErrTable.
func Clones(dir fs.FS, w io.Writer) error {
	days, err := replay(dir)
	if err != nil {
		return err
	}
	return write(w, days)
}

// replay returns the days in their order.
func replay(dir fs.FS) ([]day, error) {
	known := make(map[string]bool)
	err := eachRow(dir, corpus, func(r row) { r.learn(known) })
	if err != nil {
		return nil, err
	}
	dates, err := tables(dir)
	if err != nil {
		return nil, err
	}
	var days []day
	for _, t := range dates {
		d := day{date: t.date, known: len(known)}
		found := make(map[string]bool)
		if err := eachRow(dir, t.name, func(r row) {
			d.add(r, known)
			r.learn(found)
		}); err != nil {
			return nil, err
		}
		for hash := range found {
			known[hash] = true
		}
		days = append(days, d)
	}
	return days, nil
}

// add counts a version.
func (d *day) add(r row, known map[string]bool) {
	d.versions++
	switch {
	case r.hash == "":
		d.unhashed++
		return
	case !known[r.hash]:
		return
	}
	d.clones++
	switch r.analysis {
	case malicious:
		d.confirmed++
	case benign:
		d.false++
	}
}

// table is the table of a day.
type table struct {
	name string
	date time.Time
}

// tables returns the tables of the days, in order.
func tables(dir fs.FS) ([]table, error) {
	names, err := fs.Glob(dir, "*.csv")
	if err != nil {
		return nil, err
	}
	var list []table
	for _, name := range names {
		if date, err := time.Parse("January-2", strings.TrimSuffix(name, ".csv")); err == nil {
			list = append(list, table{name, date})
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no table of a day, such as july-29.csv")
	}
	slices.SortStableFunc(list, func(a, b table) int { return a.date.Compare(b.date) })
	return list, nil
}

// row is one version of a table.
type row struct {
	hash     string
	analysis string
}

// learn adds the hash of a malicious version to those that are known.
func (r row) learn(known map[string]bool) {
	if r.analysis == malicious && r.hash != "" {
		known[r.hash] = true
	}
}

var columns = []string{"package", "version", "hash", "analysis"}

// eachRow reads a table.
func eachRow(dir fs.FS, name string, each func(row)) error {
	file, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.ReuseRecord = true
	for first := true; ; first = false {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && !first:
			return nil
		case err != nil:
			return fmt.Errorf("%w: %s: %w", ErrTable, name, err)
		case len(record) < len(columns) || first && !slices.Equal(record[:len(columns)], columns):
			return fmt.Errorf("%w: %s: the first columns are not %s", ErrTable, name, strings.Join(columns, ", "))
		case first:
			continue
		}
		row, err := parse(record)
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("%w: %s: line %d: %w", ErrTable, name, line, err)
		}
		each(row)
	}
}

// parse reads a record of at least four fields.
func parse(record []string) (row, error) {
	hash, analysis := record[2], record[3]
	if len(hash) != 0 && len(hash) != 32 || strings.Trim(hash, "0123456789abcdef") != "" {
		return row{}, fmt.Errorf("%q is no package hash", hash)
	}
	switch analysis {
	case malicious, benign, notTriaged:
		// A copy, since the reader uses its memory again.
		return row{strings.Clone(hash), analysis}, nil
	}
	return row{}, fmt.Errorf("%q is no analysis", analysis)
}

// write writes one row a day and their sum.
func write(w io.Writer, days []day) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "day\tversions\tknown\tclones\tconfirmed\tfalse\tnot triaged\t")
	var sum day
	for _, d := range days {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", d.date.Format("2 January"),
			d.versions, d.known, d.clones, d.confirmed, d.false, d.clones-d.confirmed-d.false)
		sum.versions += d.versions
		sum.unhashed += d.unhashed
		sum.clones += d.clones
		sum.confirmed += d.confirmed
		sum.false += d.false
	}
	fmt.Fprintf(t, "sum\t%d\t\t%d\t%d\t%d\t%d\t\n",
		sum.versions, sum.clones, sum.confirmed, sum.false, sum.clones-sum.confirmed-sum.false)
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nVersions without a hash, which match nothing: %d\n", sum.unhashed)
	return err
}
