package intel

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/similarity"
)

// FuzzOpen reads data files, as they are and with a digest that fits. What can
// be opened answers, and says of each record what it has of it.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(smallFile(f))
	f.Add(mustEncode(f, Data{}, day(1)))
	f.Add(mustEncode(f, someData(f, rand.New(rand.NewPCG(1, 1)), 3), day(1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		tryStore(t, data)
		if len(data) < headerSize {
			return
		}
		data = bytes.Clone(data)
		copy(data, magic)
		tryStore(t, reseal(data))
	})
}

// FuzzSections reads files whose sections are anything, each in its place.
func FuzzSections(f *testing.F) {
	kinds := []uint32{sectionStrings, sectionTemplates, sectionRecords, sectionNames, sectionIDs, sectionHashes + 1, sectionHashes + 2, sectionHashes + 3}
	for _, data := range [][]byte{smallFile(f), mustEncode(f, someData(f, rand.New(rand.NewPCG(1, 1)), 2), day(1))} {
		var s [8][]byte
		for i, kind := range kinds {
			s[i], _ = inSection(data, kind)
		}
		f.Add(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
	}
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, j []byte) {
		var sections []section
		for i, data := range [][]byte{a, b, c, d, e, g, h, j} {
			sections = append(sections, section{kinds[i], data})
		}
		data, err := assemble(sections, day(1))
		if err != nil {
			t.Fatal(err)
		}
		tryStore(t, data)
	})
}

func tryStore(t *testing.T, data []byte) {
	s, err := Open(data)
	if err != nil {
		return
	}
	d := s.Data()
	if len(d.Records) != s.Len() {
		t.Fatalf("%d records of %d", len(d.Records), s.Len())
	}
	for _, r := range d.Records {
		if !contains(s.ByName(r.Name), r) {
			t.Fatalf("%q is not found by its name", r.ID)
		}
		s.ByID(r.ID) // the index of IDs may be in any order, which finds nothing
		s.Lookup(r.Name, "1.0.0")
		r.Affected()
		r.URL()
	}
	for _, h := range d.Hashes {
		if len(s.Hashes(h.Kind, h.Sum)) == 0 {
			t.Fatalf("%v is not found", h)
		}
		if h.Kind == ScriptTLSH {
			if got, d, ok := Nearest(Stores{s}, script(t, h.Sum), similarity.Distance); !ok || d != 0 || similarity.Distance(script(t, got.Sum), script(t, h.Sum)) != 0 {
				t.Fatalf("%v is not the nearest to itself: %v, %d", h, got, d)
			}
		}
	}
	// What was written by hand may not be what Encode takes. What it takes is
	// kept.
	if merged, err := Merge(d); err == nil {
		again, err := Open(mustEncode(t, d, s.built))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(merged, again.Data()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func contains(records []Record, r Record) bool {
	for _, x := range records {
		if cmp.Equal(x, r) {
			return true
		}
	}
	return false
}

// tryImport reads a list. What it has can be merged, and is the same after it
// was written in either form.
func tryImport(t *testing.T, name string, data []byte) {
	im, err := ImportFile(name, data, Options{AllMalware: true})
	if err != nil {
		if im != nil {
			t.Fatal("both an import and an error")
		}
		return
	}
	if (im.Failed > 0) != (im.Err() != nil) || len(im.Problems) > im.Failed {
		t.Fatalf("%d failed, %v", im.Failed, im.Err())
	}
	want, err := Merge(im.Data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(mustEncode(t, im.Data, day(1)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, s.Data()); diff != "" {
		t.Fatalf("file: %s", diff)
	}
	var lines bytes.Buffer
	if err := WriteLines(&lines, im.Data); err != nil {
		t.Fatal(err)
	}
	again, err := ImportFile("x.jsonl", lines.Bytes(), Options{})
	if err != nil || again.Err() != nil {
		t.Fatal(err, again.Err(), lines.String())
	}
	got, err := Merge(again.Data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("lines: %s", diff)
	}
	if err := WriteText(&lines, im.Data); err != nil {
		t.Fatal(err)
	}
}

func FuzzImportOSV(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range 4 {
		_, text := synthetic(rng, i)
		f.Add(text)
	}
	f.Add(simple("MAL-1", "one"))
	f.Add(entryOf(block(semver(`{"fixed":"v2"},{"introduced":"0"},{"limit":"*"},{"introduced":"1.0.0-rc.1+x"}`) + `,"versions":["1.0.0+a","1.0.0"]`)))
	f.Add(`{"id":"X","modified":"2025-03-04T05:06:07.890123Z","withdrawn":"2025-03-04T05:06:07+14:00","aliases":["X","Y"],"summary":"a\u0000b\n","affected":[{"package":{"ecosystem":"npm:x","name":"a"}}],"references":[{"type":"","url":"http://[::1]/%zz"},{"type":"X","url":"https://x"}],"database_specific":{"amalfi":{"source":"s","family":"f"}}}`)
	f.Fuzz(func(t *testing.T, text string) { tryImport(t, "MAL-0000-x.json", []byte(text)) })
}

func FuzzImportLines(f *testing.F) {
	f.Add(simple("MAL-1", "one") + "\n" + `{"kind":"package-md5","hash":"` + md5Of("a") + `","source":"x"}` + "\r\n\n{")
	f.Add(`{"kind":"file-sha256","hash":"` + strings.ToUpper(sha256Of("a")) + `","family":"worm","package":"ü","version":"1"}`)
	f.Add(`{"kind":"script-tlsh","hash":"` + scriptOf("a") + `","family":"worm"}` + "\n" + `{"kind":"script-tlsh","hash":"01"}`)
	var b bytes.Buffer
	if err := WriteLines(&b, someData(f, rand.New(rand.NewPCG(1, 1)), 2)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.String())
	f.Fuzz(func(t *testing.T, text string) { tryImport(t, "x.jsonl", []byte(text)) })
}

func FuzzImportCSV(f *testing.F) {
	f.Add("\"package\",\"version\",\"hash\",\"analysis\"\r\n\"@a/b\",\"1.0.0\",\"" + md5Of("a") + "\",\"malicious\"\r\nc,1,,malicious\n")
	f.Add("hash\n" + scriptOf("a") + "\n" + scriptOf("b")[2:])
	f.Add("hash,family,source\n" + sha256Of("a") + ",\"a \"\"worm\"\"\",x\n" + md5Of("a") + "\n\"")
	f.Fuzz(func(t *testing.T, text string) { tryImport(t, "x.csv", []byte(text)) })
}

func FuzzImportZip(f *testing.F) {
	f.Add(zipOf(f, "a/MAL-1.json", simple("MAL-1", "one"), "b.csv", "hash\n"+md5Of("a"), "c.jsonl", simple("MAL-2", "two"), "d/", "", "e.txt", "x"))
	f.Add(zipOf(f))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) { tryImport(t, "x.zip", data) })
}
