package registry

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestDecodeExported(t *testing.T) {
	const text = `{"name": "a", "dist-tags": {"latest": "2.0.0"}, "versions": {
		"2.0.0": {"name": "a", "version": "2.0.0", "_npmUser": {"name": "ann", "email": "ann@people.invalid"}},
		"1.0.0": {"name": "a", "version": "1.0.0"}},
		"time": {"1.0.0": "2020-01-01T00:00:00Z", "2.0.0": "2021-01-01T00:00:00Z"}}`
	p, err := DecodePackument(strings.NewReader(text), "a", "2.0.0", "3.0.0")
	if err != nil {
		t.Fatal(err)
	}
	r := p.Records["2.0.0"]
	if len(p.Releases) != 2 || len(p.Records) != 1 || r == nil || r.Publisher.Name != "ann" ||
		!r.Published.Equal(time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)) || p.DistTags["latest"] != "2.0.0" {
		t.Errorf("got %+v", p)
	}
	if _, err := DecodePackument(strings.NewReader(text), "b"); !errors.Is(err, ErrPackument) {
		t.Errorf("another name: %v", err)
	}
	bad := strings.Replace(text, `"version": "1.0.0"`, `"dist": {"integrity": "sha512-!"}`, 1)
	if _, err := DecodePackument(strings.NewReader(bad), "a", "2.0.0"); err != nil {
		t.Errorf("a record that nobody asked for: %v", err)
	}
	if _, err := DecodePackument(strings.NewReader(bad), "a", "1.0.0"); !errors.Is(err, ErrPackument) {
		t.Errorf("a bad record: %v", err)
	}
}
