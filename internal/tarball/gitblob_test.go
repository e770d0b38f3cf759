package tarball

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestGitBlob gives git's id to the manifest and to content that is not kept,
// whether it fits into one step of reading or not.
func TestGitBlob(t *testing.T) {
	files := map[string]string{
		"package.json": `{"name":"a"}`, "small.js": "x", "empty": "", "image.png": strings.Repeat("p", sniffLength), "short.png": "p",
		"large.png": strings.Repeat("large", 3*bufferSize), "other/package.json": "{}",
	}
	var parts []any
	for _, name := range slices.Sorted(maps.Keys(files)) {
		parts = append(parts, file("package/"+name, files[name]))
	}
	tree, err := Unpack(bytes.NewReader(gzipOf(t, tarOf(append(parts, stop)...))), Limits{KeptFirst: 1, KeptOther: 1})
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, f := range tree.Files {
		sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", f.Size, files[f.Path]))
		want := hex.EncodeToString(sum[:])
		if f.Data != nil && f.Path != "package.json" {
			want = ""
			kept++
		}
		if f.GitBlob != want {
			t.Errorf("%s: %q, want %q", f.Path, f.GitBlob, want)
		}
	}
	if kept == 0 || kept > 4 {
		t.Errorf("%d of %d files are kept", kept, len(tree.Files))
	}
}
