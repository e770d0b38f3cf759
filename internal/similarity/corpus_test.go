package similarity

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amalfi-audit/audit/internal/javascript"
)

// corpusVariable names the folder that testdata/fetch.sh made.
const corpusVariable = "AMALFI_CORPUS_SIMILARITY"

// maxScript bounds the scripts of the corpus that are read, in bytes.
const maxScript = 16 << 20

// nearest is a popular script with the payload that is nearest to it.
type nearest struct {
	file     string
	script   script
	distance int
}

// census is what was seen of a corpus.
type census struct {
	tarballs, scripts int
	bands             bands
	nearest           []nearest
	hashed            []popular
}

// bands counts distances by tens, the last all that are larger.
type bands [15]int

func (b *bands) add(distance int) { b[min(distance/10, len(b)-1)]++ }

// popular is a script of a package, with how often each part of its skeleton
// occurs.
type popular struct {
	tarball, file string
	hash          Hash
	parts         map[javascript.Part]int
}

// alike returns how much of two scripts is the same: the parts in common, of all
// parts of both.
func alike(a, b popular) float64 {
	common, all := 0, 0
	for part, n := range a.parts {
		common += min(n, b.parts[part])
		all += max(n, b.parts[part])
	}
	for part, n := range b.parts {
		if a.parts[part] == 0 {
			all += n
		}
	}
	return float64(common) / float64(all)
}

func (c *census) add(o census) {
	c.tarballs += o.tarballs
	c.scripts += o.scripts
	c.hashed = append(c.hashed, o.hashed...)
	for i, n := range o.bands {
		c.bands[i] += n
	}
	c.nearest = append(c.nearest, o.nearest...)
}

// TestCorpus compares every script of popular packages with every payload and
// its variants. None may match.
func TestCorpus(t *testing.T) {
	folder := os.Getenv(corpusVariable)
	if folder == "" {
		t.Skipf("%s names no folder made by testdata/fetch.sh", corpusVariable)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tgz"))
	if err != nil || len(files) == 0 {
		t.Fatal("no tarballs", err)
	}
	var known []script
	payloads, variants, _ := fixtures(t)
	for _, p := range payloads {
		for _, s := range append(variants[p.payload], p) {
			if s.hashed {
				known = append(known, s)
			}
		}
	}
	var all census
	var lock sync.Mutex
	var group sync.WaitGroup
	work := make(chan string)
	for range 2 {
		group.Go(func() {
			for file := range work {
				c, err := compare(file, known)
				lock.Lock()
				all.add(c)
				if err != nil {
					t.Errorf("%s: %v", file, err)
				}
				lock.Unlock()
			}
		})
	}
	for _, file := range files {
		work <- file
	}
	close(work)
	group.Wait()
	report(t, all)
	pairs(t, all.hashed)
	minified(t, all.hashed)
}

// minified compares what packages ship twice, as x.js and x.min.js: it was
// minified by tools that nobody chose for this test.
func minified(t *testing.T, list []popular) {
	plain := make(map[string]Hash)
	for _, p := range list {
		plain[p.tarball+" "+p.file] = p.hash
	}
	var found, all int
	for _, p := range list {
		h, ok := plain[p.tarball+" "+strings.Replace(p.file, ".min.", ".", 1)]
		if !ok || !strings.Contains(p.file, ".min.") {
			continue
		}
		all++
		if d := Distance(h, p.hash); d <= Threshold {
			found++
		} else {
			t.Logf("not found: %s %s, distance %d", p.tarball, p.file, d)
		}
	}
	t.Logf("minified by the packages themselves: found %d of %d", found, all)
	// A few are other builds than what they are named after.
	if found*5 < all*4 {
		t.Errorf("found %d of %d scripts that packages ship minified", found, all)
	}
}

// pairs compares scripts of different packages that have less than a third of
// their parts in common. None may match.
func pairs(t *testing.T, list []popular) {
	var unlike, like bands
	for i, a := range list {
		for _, b := range list[:i] {
			if a.tarball == b.tarball {
				continue
			}
			d := Distance(a.hash, b.hash)
			switch {
			case d >= 10*(len(unlike)-1) || alike(a, b) < 1./3:
				unlike.add(d)
			default:
				like.add(d)
				continue
			}
			if d <= Threshold {
				t.Errorf("%s %s and %s %s: distance %d", a.tarball, a.file, b.tarball, b.file, d)
			}
		}
	}
	t.Logf("pairs of packages' scripts, with less than a third in common or with more: %v, %v", unlike, like)
}

func report(t *testing.T, c census) {
	t.Logf("%d tarballs, %d scripts, %d of them with a hash", c.tarballs, c.scripts, len(c.hashed))
	for i, n := range c.bands {
		label := fmt.Sprintf("%d to %d", 10*i, 10*i+9)
		if i == len(c.bands)-1 {
			label = fmt.Sprintf("%d and more", 10*i)
		}
		t.Logf("%12s  %d", label, n)
	}
	if len(c.hashed) == 0 {
		t.Error("no script has a hash")
	}
	slices.SortFunc(c.nearest, func(a, b nearest) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.file, b.file))
	})
	for i, n := range c.nearest {
		if i < 10 {
			t.Logf("%3d  %s  %s", n.distance, n.file, n.script)
		}
		if n.distance <= Threshold {
			t.Errorf("%s matches %s: distance %d", n.file, n.script, n.distance)
		}
	}
}

func compare(tarball string, known []script) (census, error) {
	c := census{tarballs: 1}
	f, err := os.Open(tarball)
	if err != nil {
		return c, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return c, err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return c, err
		}
		if h.Typeflag != tar.TypeReg || !isScript(h.Name) || h.Size > maxScript {
			continue
		}
		src, err := io.ReadAll(r)
		if err != nil {
			return c, err
		}
		c.script(filepath.Base(tarball), h.Name, src, known)
	}
}

func isScript(name string) bool {
	switch path.Ext(name) {
	case ".js", ".mjs", ".cjs", ".jsx", ".mts", ".cts", ".tsx":
		return true
	case ".ts":
		return !strings.HasSuffix(name, ".d.ts")
	}
	return false
}

func (c *census) script(tarball, name string, src []byte, known []script) {
	c.scripts++
	file := javascript.Parse(name, src, javascript.Options{})
	h, ok := Of(file)
	if !ok {
		return
	}
	parts := make(map[javascript.Part]int)
	for part := range file.Skeleton() {
		parts[part]++
	}
	c.hashed = append(c.hashed, popular{tarball, name, h, parts})
	least := nearest{tarball + " " + name, script{}, math.MaxInt}
	for _, k := range known {
		if d := Distance(h, k.hash); d < least.distance {
			least.script, least.distance = k, d
		}
	}
	c.bands.add(least.distance)
	if least.distance < 10*(len(c.bands)-1) {
		c.nearest = append(c.nearest, least)
	}
}
