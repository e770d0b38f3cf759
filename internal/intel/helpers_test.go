package intel

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// mustImport reads one list that has no problems.
func mustImport(t testing.TB, name, text string) Data {
	t.Helper()
	im, err := ImportFile(name, []byte(text), Options{Source: "test"})
	if err == nil {
		err = im.Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	return im.Data
}

func mustEncode(t testing.TB, d Data, built time.Time) []byte {
	t.Helper()
	data, err := Encode(d, built)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustOpen(t testing.TB, d Data) *Store {
	t.Helper()
	s, err := Open(mustEncode(t, d, time.Time{}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func day(n int) time.Time { return time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC) }

// everyVersion is the range of a package that has nothing good.
func everyVersion() []Range { return []Range{{{Introduced, firstVersion}}} }

func ids(records []Record) string {
	var out []string
	for _, r := range records {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

func md5Of(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func sha256Of(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// scriptOf makes a similarity hash of form 1 from a text.
func scriptOf(s string) string { return "01" + sha256Of(s) + md5Of(s)[:6] }

// zipOf packs files, given as name and content by turns.
func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The words of made-up names.
var words = strings.Fields(`amber basil cedar delta ember fjord grove haven
	indigo juniper kelp lumen maple nectar onyx pearl quartz river sable tundra
	umber velvet willow xenon yarrow zephyr`)

// synthetic makes an OSV record of the shapes and in about the mixture that the
// public collection has: floods of packages of which every version counts,
// advisories with an alias and a link, single versions with links to each.
func synthetic(rng *rand.Rand, i int) (name, text string) {
	pkg := fmt.Sprintf("%s-%s-%s%d", words[rng.IntN(len(words))], words[rng.IntN(len(words))], words[rng.IntN(len(words))], i)
	if rng.IntN(5) == 0 {
		pkg = "@" + words[rng.IntN(len(words))] + fmt.Sprint(rng.IntN(300)) + "/" + pkg
	}
	id := fmt.Sprintf("MAL-%d-%d", 2022+rng.IntN(5), i)
	modified := time.Date(2022+rng.IntN(5), time.Month(1+rng.IntN(12)), 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60), 0, time.UTC)
	stamp := modified.Format(time.RFC3339)
	alias, links := "", ""
	affected := `"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]`
	switch kind := rng.IntN(100); {
	case kind < 15:
		ghsa := fmt.Sprintf("GHSA-%04x-%04x-%04x", rng.IntN(1<<16), rng.IntN(1<<16), rng.IntN(1<<16))
		alias = fmt.Sprintf(`"aliases":[%q],`, ghsa)
		links = fmt.Sprintf(`"references":[{"type":"ADVISORY","url":"https://advisories.invalid/%s"},{"type":"WEB","url":"https://blog.invalid/post-%d"}],`, ghsa, rng.IntN(400))
	case kind < 30:
		var versions, pages []string
		for range 1 + rng.IntN(4) {
			v := fmt.Sprintf("%d.%d.%d", rng.IntN(3), rng.IntN(12), rng.IntN(30))
			versions = append(versions, fmt.Sprintf("%q", v))
			pages = append(pages, fmt.Sprintf(`{"type":"PACKAGE","url":"https://packages.invalid/package/%s/v/%s"}`, pkg, v))
		}
		affected = `"versions":[` + strings.Join(versions, ",") + `]`
		links = `"references":[` + strings.Join(pages, ",") + `],`
	}
	details := strings.Repeat("What the analysis of this made-up package says, at some length, for the size of it. ", 8)
	return id + ".json", fmt.Sprintf(`{"modified":%q,"published":%q,"schema_version":"1.7.4","id":%q,%s"summary":"Malicious code in %s (npm)","details":%q,`+
		`"affected":[{"package":{"ecosystem":"npm","name":%q},%s,"database_specific":{"cwes":[{"cweId":"CWE-506","description":"The product contains code that appears to be malicious in nature.","name":"Embedded Malicious Code"}]}}],%s`+
		`"database_specific":{"malicious-packages-origins":[{"source":"made-up","sha256":%q,"import_time":%q}]}}`,
		stamp, stamp, id, alias, pkg, details, pkg, affected, links, sha256Of(id), stamp)
}

// syntheticZip packs n records as OSV's file of a whole ecosystem does.
func syntheticZip(t testing.TB, n int) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, uint64(n)))
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestSpeed)
	})
	for i := range n {
		name, text := synthetic(rng, i)
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
