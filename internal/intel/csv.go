package intel

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLine bounds a line of CSV, in bytes.
const maxLine = 64 << 10

// columns are the places of the columns of a list of hashes, -1 for one that
// is not there.
type columns struct {
	hash, family, source, name, version, path, analysis int
}

// csv reads a list of hashes, of which the first line names the columns, in any
// order. With a column "analysis" it is a table of the Amalfi artifact (package,
// version, hash, analysis): package hashes, of which the rows that are
// "malicious" are taken. Otherwise "hash" is all that is needed, and "family",
// "source", "package", "version" and "path" are read where they are there; the length
// says what kind of hash it is.
//
// Each line is read for itself, so that a quotation mark too many does not
// swallow the lines behind it.
func (im *importer) csv(name string, data []byte) error {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var at columns
	header := true
	for n := 1; len(data) > 0; n++ {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		fields, err := csvFields(line)
		if err == nil && header {
			if at, err = csvHeader(fields); err == nil {
				header = false
				continue
			}
		}
		if err != nil {
			im.problem(name, n, err)
			if header {
				return nil
			}
			continue
		}
		if err := im.row(name, n, fields, at); err != nil {
			return err
		}
	}
	if header {
		im.problem(name, 0, errors.New("no line that names the columns"))
	}
	return nil
}

func csvFields(line []byte) ([]string, error) {
	switch {
	case len(line) > maxLine:
		return nil, fmt.Errorf("a line of %d bytes, more than %d", len(line), maxLine)
	case !utf8.Valid(line):
		return nil, errInvalidUTF8
	}
	fields, err := csv.NewReader(bytes.NewReader(line)).Read()
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		err = parse.Err // its line is always 1
	}
	return fields, err
}

func csvHeader(fields []string) (columns, error) {
	for i := range fields {
		fields[i] = strings.ToLower(strings.TrimSpace(fields[i]))
	}
	place := func(name string) int { return slices.Index(fields, name) }
	at := columns{place("hash"), place("family"), place("source"), place("package"), place("version"), place("path"), place("analysis")}
	if at.hash < 0 {
		return at, fmt.Errorf("no column \"hash\" in %.80q", strings.Join(fields, ","))
	}
	if at.analysis >= 0 && (at.name < 0 || at.version < 0) {
		return at, errors.New("a column \"analysis\" without \"package\" and \"version\"")
	}
	return at, nil
}

// row reads one row. Cells that are missing are empty.
func (im *importer) row(file string, line int, fields []string, at columns) error {
	cell := func(i int) string {
		if i < 0 || i >= len(fields) {
			return ""
		}
		return strings.TrimSpace(fields[i])
	}
	h := Hash{Sum: cell(at.hash), Family: cell(at.family), Source: cell(at.source), Name: cell(at.name), Version: cell(at.version), Path: cell(at.path)}
	if at.analysis >= 0 {
		switch {
		case cell(at.analysis) != "malicious":
			im.NotMalicious++
			return nil
		case h.Sum == "":
			im.WithoutHash++ // the artifact could not hash it
			return nil
		}
		h.Kind = PackageMD5
		return im.hash(file, line, h)
	}
	for _, kind := range Kinds() {
		if len(h.Sum) == 2*kind.size() {
			h.Kind = kind
			return im.hash(file, line, h)
		}
	}
	im.problem(file, line, fmt.Errorf("%.80q is no MD5, no SHA-256 and no similarity hash", h.Sum))
	return nil
}
