package tarball

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amalfi-audit/audit/internal/npm"
)

func unpack(data []byte) (*npm.Tree, error) { return Unpack(bytes.NewReader(data), Limits{}) }

// contents maps the paths of a tree to what it kept.
func contents(tree *npm.Tree) map[string]string {
	m := make(map[string]string)
	for _, f := range tree.Files {
		m[f.Path] = string(f.Data)
	}
	return m
}

func kinds(tree *npm.Tree) []npm.OddityKind {
	var list []npm.OddityKind
	for _, o := range tree.Oddities {
		list = append(list, o.Kind)
	}
	return list
}

func TestUnpackReadsAsNpm(t *testing.T) {
	tests := []struct {
		name  string
		parts []any
		want  map[string]string // besides package.json
		odd   []npm.OddityKind
	}{
		{
			name:  "plain",
			parts: []any{file("package/a.js", "a"), file("package/lib/b.js", "b"), stop},
			want:  map[string]string{"a.js": "a", "lib/b.js": "b"},
		},
		{
			name:  "folder entries",
			parts: []any{entry{name: "package/lib/", kind: kindDirectory}, file("package/lib/b.js", "b"), stop},
			want:  map[string]string{"lib/b.js": "b"},
		},
		{
			name:  "folder of an old program",
			parts: []any{file("package/lib/", ""), file("package/lib/b.js", "b"), stop},
			want:  map[string]string{"lib/b.js": "b"},
		},
		{
			name:  "file of an old program",
			parts: []any{entry{name: "package/a", body: "a", edit: func(b *block) { b[156] = 0; copy(b.magic(), make([]byte, 8)) }}, stop},
			want:  map[string]string{"a": "a"},
		},
		{
			name:  "no end mark",
			parts: []any{file("package/a", "a")},
			want:  map[string]string{"a": "a"},
		},
		{
			name:  "prefix",
			parts: []any{entry{name: "b.js", body: "b", edit: func(b *block) { copy(b.prefix(), "package/lib") }}, stop},
			want:  map[string]string{"lib/b.js": "b"},
		},
		{
			name: "times behind the prefix",
			parts: []any{entry{name: "package/a", body: "a", edit: func(b *block) {
				copy(b.atime(), "14700000000\x00")
				copy(b.ctime(), "14700000000\x00")
			}}, stop},
			want: map[string]string{"a": "a"},
		},
		{
			name:  "large user id",
			parts: []any{entry{name: "package/a", body: "a", edit: func(b *block) { copy(b.uid(), "\x80\x00\x00\x00\x7f\xff\xff\xff") }}, stop},
			want:  map[string]string{"a": "a"},
		},
		{
			name:  "pax path",
			parts: []any{pax(kindExtended, "mtime=1.5", "path=package/"+strings.Repeat("d/", 60)+"é.js"), file("package/short", "a"), stop},
			want:  map[string]string{strings.Repeat("d/", 60) + "é.js": "a"},
		},
		{
			name:  "pax size that agrees",
			parts: []any{pax(kindExtended, "size=3"), file("package/a", "abc"), stop},
			want:  map[string]string{"a": "abc"},
		},
		{
			name:  "binary pax value",
			parts: []any{pax(kindExtended, "SCHILY.xattr.com.example=\x01\n\x00\xff"), file("package/a", "a"), stop},
			want:  map[string]string{"a": "a"},
		},
		{
			name:  "global pax comment",
			parts: []any{pax(kindGlobal, "comment=0123abcd"), file("package/a", "a"), stop},
			want:  map[string]string{"a": "a"},
		},
		{
			name:  "GNU long name",
			parts: []any{entry{name: "././@LongLink", kind: kindLongName, body: "package/" + strings.Repeat("x", 150) + "\x00"}, file("package/xxx", "a"), stop},
			want:  map[string]string{strings.Repeat("x", 150): "a"},
		},
		{
			name:  "folder with another name",
			parts: []any{stop},
			want:  map[string]string{},
		},
		{
			name:  "second folder",
			parts: []any{file("other/a", "a"), stop},
			want:  map[string]string{"a": "a"},
			odd:   []npm.OddityKind{npm.OddSecondRoot},
		},
		{
			name:  "no folder",
			parts: []any{file("a", "a"), stop},
			odd:   []npm.OddityKind{npm.OddNoFolder},
		},
		{
			name:  "dots and slashes",
			parts: []any{file("package/./a//b", "a"), stop},
			want:  map[string]string{"a/b": "a"},
		},
		{
			name:  "absolute behind the folder",
			parts: []any{file("package//etc/a", "a"), stop},
			want:  map[string]string{"etc/a": "a"},
			odd:   []npm.OddityKind{npm.OddAbsolutePath},
		},
		{
			name:  "drive letter hides a manifest",
			parts: []any{file("package/c:package.json", `{"scripts":{}}`), stop},
			want:  map[string]string{"package.json": `{"scripts":{}}`},
			odd:   []npm.OddityKind{npm.OddAbsolutePath, npm.OddDuplicateManifest},
		},
		{
			name:  "dot dot",
			parts: []any{file("package/lib/../a", "a"), file("../b", "b"), stop},
			want:  map[string]string{"b": "b"},
			odd:   []npm.OddityKind{npm.OddTraversal, npm.OddTraversal, npm.OddSecondRoot},
		},
		{
			name:  "dot dot behind a drive letter",
			parts: []any{file("package/c:..", "a"), file("package/c:../d", "a"), stop},
			odd:   []npm.OddityKind{npm.OddAbsolutePath, npm.OddTraversal, npm.OddAbsolutePath, npm.OddTraversal},
		},
		{
			name:  "the folder itself",
			parts: []any{file("package/.", "a"), stop},
		},
		{
			name: "links and devices",
			parts: []any{
				entry{name: "package/s", kind: kindSymlink, link: "/etc/passwd"},
				entry{name: "package/h", kind: kindLink, link: "package/package.json"},
				entry{name: "package/c", kind: kindCharDevice},
				entry{name: "package/b", kind: kindBlockDevice},
				entry{name: "package/f", kind: kindFIFO},
				stop,
			},
			odd: []npm.OddityKind{npm.OddLink, npm.OddLink, npm.OddDevice, npm.OddDevice, npm.OddDevice},
		},
		{
			name: "unknown types",
			parts: []any{
				entry{name: "package/u", kind: 'Z', body: "hidden"},
				entry{name: "package/v", kind: 'V'},
				entry{name: "package/d", kind: 'D', body: "listing"},
				entry{name: "package/7", kind: kindContiguous, body: "seen"},
				stop,
			},
			want: map[string]string{"7": "seen"},
			odd:  []npm.OddityKind{npm.OddEntryType, npm.OddEntryType, npm.OddEntryType, npm.OddEntryType},
		},
		{
			name:  "last one wins",
			parts: []any{file("package/a.js", "good"), file("package/a.js", "evil"), stop},
			want:  map[string]string{"a.js": "evil"},
			odd:   []npm.OddityKind{npm.OddDuplicate},
		},
		{
			name:  "the same twice",
			parts: []any{file("package/a.js", "good"), file("package/a.js", "good"), stop},
			want:  map[string]string{"a.js": "good"},
		},
		{
			name:  "last manifest wins",
			parts: []any{file("other/package.json", `{"name":"x"}`), stop},
			want:  map[string]string{"package.json": `{"name":"x"}`},
			odd:   []npm.OddityKind{npm.OddSecondRoot, npm.OddDuplicateManifest},
		},
		{
			name:  "case",
			parts: []any{file("package/Package.json", `{"name":"x"}`), file("package/PACKAGE.JſON", ``), stop},
			want:  map[string]string{"Package.json": `{"name":"x"}`, "PACKAGE.JſON": ""},
			odd:   []npm.OddityKind{npm.OddCaseCollision, npm.OddCaseCollision},
		},
		{
			name:  "file and then folder",
			parts: []any{file("package/a", "a"), file("package/a/b/c", "c"), stop},
			want:  map[string]string{"a": "a"},
			odd:   []npm.OddityKind{npm.OddDuplicate},
		},
		{
			name:  "folder and then file",
			parts: []any{file("package/a/b/c", "c"), file("package/a/b", "b"), stop},
			want:  map[string]string{"a/b/c": "c"},
			odd:   []npm.OddityKind{npm.OddDuplicate},
		},
		{
			name:  "gitignore is renamed",
			parts: []any{file("package/.gitignore", "g"), file("package/d/.npmignore", "n"), file("package/d/.gitignore", "g"), stop},
			want:  map[string]string{".npmignore": "g", "d/.npmignore": "n"},
		},
		{
			name:  "npmignore replaces gitignore",
			parts: []any{file("package/.gitignore", "g"), file("package/.npmignore", "n"), stop},
			want:  map[string]string{".npmignore": "n"},
		},
		{
			name:  "control character",
			parts: []any{file("package/a\u202egpj.js", "a"), file("package/b\x07", "b"), file("package/c\xff", "c"), stop},
			want:  map[string]string{"a\u202egpj.js": "a", "b\x07": "b", "c\ufffd": "c"},
			odd:   []npm.OddityKind{npm.OddControlCharacter, npm.OddControlCharacter, npm.OddControlCharacter},
		},
		{
			name:  "short name",
			parts: []any{file("package/PACKAG~1.JSO", "{}"), file("package/a~b.js", ""), file("package/emacs.js~", ""), stop},
			want:  map[string]string{"PACKAG~1.JSO": "{}", "a~b.js": "", "emacs.js~": ""},
			odd:   []npm.OddityKind{npm.OddShortName},
		},
		{
			name:  "one zero block",
			parts: []any{string(make([]byte, blockSize)), file("package/a", "a"), stop},
			want:  map[string]string{"a": "a"},
			odd:   []npm.OddityKind{npm.OddTrailingData},
		},
		{
			name:  "behind the end",
			parts: []any{stop, file("package/a", "a"), stop},
			odd:   []npm.OddityKind{npm.OddTrailingData},
		},
		{
			name:  "padded with zeros",
			parts: []any{stop, string(make([]byte, 20*blockSize))},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := tarOf(append([]any{manifestEntry()}, tt.parts...)...)
			tree, err := unpack(gzipOf(t, data))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"package.json": "{}"}
			for p, c := range tt.want {
				want[p] = c
			}
			if diff := cmp.Diff(want, contents(tree)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.odd, kinds(tree)); diff != "" {
				t.Errorf("oddities (-want +got):\n%s\n%v", diff, tree.Oddities)
			}
			check(t, tree)
		})
	}
}

func TestUnpackRefuses(t *testing.T) {
	edit := func(f func(*block)) entry { return entry{name: "package/a", body: smuggled(), edit: f} }
	field := func(pick func(*block) []byte, value string) entry {
		return edit(func(b *block) { copy(pick(b), value) })
	}
	tests := []struct {
		name  string
		parts []any
		want  error
	}{
		{"nothing", nil, ErrMalformed},
		{"only zeros", []any{stop}, ErrMalformed},
		{"half a header", []any{manifestEntry(), "package/a"}, ErrMalformed},
		{"half a file", []any{string(file("package/a", "0123456789").bytes()[:blockSize+5])}, ErrMalformed},
		{"half a padding", []any{string(file("package/a", "0123456789").bytes()[:blockSize+10])}, ErrMalformed},
		{"a page", []any{"<!DOCTYPE html>" + strings.Repeat(" ", blockSize)}, ErrAmbiguous},
		{"checksum", []any{manifestEntry(), entry{name: "package/a", body: smuggled(), last: func(b *block) { b[0] = 'q' }}}, ErrAmbiguous},
		{"checksum of eight digits", []any{entry{name: "package/a", body: smuggled(), last: func(b *block) {
			copy(b.checksum(), fmt.Sprintf("%08o", b.sum()))
		}}}, ErrAmbiguous},
		{"signed checksum", []any{entry{name: "package/a\xff", last: func(b *block) {
			copy(b.checksum(), fmt.Sprintf("%06o\x00 ", b.sum()-256))
		}}}, ErrAmbiguous},
		{"empty name", []any{entry{body: smuggled()}}, ErrAmbiguous},
		{"link name on a file", []any{entry{name: "package/a", body: smuggled(), link: "x"}}, ErrAmbiguous},
		{"link name on a long name", []any{entry{name: "L", kind: kindLongName, body: "package/a", link: "x"}}, ErrAmbiguous},
		{"link without name", []any{entry{name: "package/a", kind: kindSymlink}}, ErrAmbiguous},
		{"link with content", []any{entry{name: "package/a", kind: kindLink, link: "b", body: smuggled()}}, ErrAmbiguous},
		{"device with content", []any{entry{name: "package/a", kind: kindFIFO, body: smuggled()}}, ErrAmbiguous},
		{"folder with content", []any{entry{name: "package/a", kind: kindDirectory, body: smuggled()}}, ErrAmbiguous},
		{"old folder with content", []any{file("package/a/", smuggled())}, ErrAmbiguous},
		{"long old folder with content", []any{pax(kindExtended, "path=package/a/"), file("package/a", smuggled())}, ErrAmbiguous},
		{"size in base-256", []any{field((*block).size, "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00")}, ErrAmbiguous},
		{"negative size in base-256", []any{field((*block).size, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc\x00")}, ErrAmbiguous},
		{"negative size", []any{field((*block).size, "-0000002000\x00")}, ErrAmbiguous},
		{"size with spaces", []any{field((*block).size, "       2000\x00")}, ErrAmbiguous},
		{"size with junk", []any{field((*block).size, "0000002000x\x00")}, ErrAmbiguous},
		{"two sizes in one field", []any{field((*block).size, "2000 1000\x00\x00\x00")}, ErrAmbiguous},
		{"time in bad base-256", []any{field((*block).mtime, "\x81")}, ErrAmbiguous},
		{"time beyond JavaScript", []any{field((*block).mtime, "\x80\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00")}, ErrAmbiguous},
		{"negative time beyond JavaScript", []any{field((*block).mtime, "\xff\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\x00")}, ErrAmbiguous},
		{"device number in bad base-256", []any{field((*block).minor, "\x90")}, ErrAmbiguous},
		{"access time in bad base-256", []any{field((*block).atime, "\x90")}, ErrAmbiguous},
		{"prefix under another magic", []any{edit(func(b *block) { copy(b.magic(), "ustar\x00  "); copy(b.prefix(), "package") })}, ErrAmbiguous},
		{"prefix under GNU's magic", []any{edit(func(b *block) { copy(b.magic(), "ustar  \x00"); copy(b.prefix(), "package") })}, ErrAmbiguous},
		{"prefix into star's times", []any{edit(func(b *block) { copy(b.prefix(), strings.Repeat("x", 140)); copy(b[508:], "tar\x00") })}, ErrAmbiguous},
		{"line break behind the name", []any{field((*block).name, "package/a\x00zz\n/package.json")}, ErrAmbiguous},
		{"line separator behind the prefix", []any{field((*block).prefix, "package\x00\u2028/x")}, ErrAmbiguous},
		{"backslash", []any{file(`package/a\b`, "a")}, ErrAmbiguous},
		{"Windows device", []any{file("package///?/C:/a", "a")}, ErrAmbiguous},
		{"sparse", []any{entry{name: "package/a", kind: kindSparse, body: smuggled()}}, ErrAmbiguous},
		{"old long name", []any{entry{name: "N", kind: kindOldLongName, body: "package/a"}}, ErrAmbiguous},
		{"old pax", []any{pax(kindOldExtended, "path=package/a")}, ErrAmbiguous},
		{"pax size", []any{pax(kindExtended, "size=0"), file("package/a", smuggled())}, ErrAmbiguous},
		{"pax size in JavaScript's ways", []any{pax(kindExtended, "size=1e3"), file("package/a", smuggled())}, ErrAmbiguous},
		{"pax size with a zero", []any{pax(kindExtended, "size=01024"), file("package/a", smuggled())}, ErrAmbiguous},
		{"pax without value", []any{pax(kindExtended, "path="), file("package/a", "a")}, ErrAmbiguous},
		{"pax path with NUL", []any{pax(kindExtended, "path=package/a\x00b"), file("package/a", "a")}, ErrAmbiguous},
		{"pax path with line break", []any{pax(kindExtended, "path=package/a\nb"), file("package/a", "a")}, ErrAmbiguous},
		{"pax path twice", []any{pax(kindExtended, "path=package/a", "path=package/b"), file("package/a", "a")}, ErrAmbiguous},
		{"pax key with line break", []any{pax(kindExtended, "x\n17 path=package/b"), file("package/a", "a")}, ErrAmbiguous},
		{"pax record in a record", []any{pax(kindExtended, "comment=x\n19 path=package/evil"), file("package/a", "a")}, ErrAmbiguous},
		{"pax record in a record without its space", []any{pax(kindExtended, "comment=x\n19xpath=package/evil"), file("package/a", "a")}, ErrAmbiguous},
		{"pax record in a record behind a tab", []any{pax(kindExtended, "comment=x\n\t20path=package/evil"), file("package/a", "a")}, ErrAmbiguous},
		{"pax record of no length", []any{entry{name: "x", kind: kindExtended, body: " path=a\n"}}, ErrAmbiguous},
		{"pax record too long", []any{entry{name: "x", kind: kindExtended, body: "99 path=a\n"}}, ErrAmbiguous},
		{"pax record too short", []any{entry{name: "x", kind: kindExtended, body: "5 path=a\n"}}, ErrAmbiguous},
		{"pax record with a zero before its length", []any{entry{name: "x", kind: kindExtended, body: "012 path=ab\n"}}, ErrAmbiguous},
		{"pax sparse", []any{pax(kindExtended, "GNU.sparse.name=package/b"), file("package/a", "a")}, ErrAmbiguous},
		{"pax link path on a file", []any{pax(kindExtended, "linkpath=../../.."), file("package/a", "a")}, ErrAmbiguous},
		{"global pax path", []any{pax(kindGlobal, "path=package/b"), file("package/a", "a")}, ErrAmbiguous},
		{"global pax size", []any{pax(kindGlobal, "size=0"), file("package/a", smuggled())}, ErrAmbiguous},
		{"two pax headers", []any{pax(kindExtended, "path=package/b"), pax(kindExtended, "mtime=1"), file("package/a", "a")}, ErrAmbiguous},
		{"global pax header between", []any{pax(kindExtended, "path=package/b"), pax(kindGlobal, "comment=1"), file("package/a", "a")}, ErrAmbiguous},
		{"pax and GNU disagree", []any{pax(kindExtended, "path=package/b"), entry{name: "L", kind: kindLongName, body: "package/c"}, file("package/a", "a")}, ErrAmbiguous},
		{"long name behind NUL", []any{entry{name: "L", kind: kindLongName, body: "package/b\x00\n/c"}, file("package/a", "a")}, ErrAmbiguous},
		{"empty long name", []any{entry{name: "L", kind: kindLongName, body: "\x00"}, file("package/a", "a")}, ErrAmbiguous},
		{"long extended header", []any{pax(kindExtended, "comment="+strings.Repeat("x", maxExtendedHeader)), file("package/a", "a")}, ErrTooLarge},
		{"long path", []any{pax(kindExtended, "path="+strings.Repeat("/x", maxPathLength)), file("package/a", "a")}, ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := tarOf(tt.parts...)
			if !errors.Is(tt.want, ErrMalformed) {
				data = append(data, tarOf(stop)...)
			}
			tree, err := unpack(gzipOf(t, data))
			if !errors.Is(err, tt.want) {
				t.Errorf("Unpack gives %v and the error %v, want one of %v", tree, err, tt.want)
			}
		})
	}
}

func TestUnpackGzip(t *testing.T) {
	whole := tarOf(manifestEntry(), file("package/a", "a"), stop)
	z := gzipOf(t, whole)
	half := func(i int) []byte { return append(gzipOf(t, whole[:i]), gzipOf(t, whole[i:])...) }
	flip := func(i int) []byte {
		c := bytes.Clone(z)
		c[i] ^= 1
		return c
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	tests := []struct {
		name string
		data []byte
		odd  []npm.OddityKind
		want error
	}{
		{"one", z, nil, nil},
		{"two, cut in a header", half(700), []npm.OddityKind{npm.OddGzipMembers}, nil},
		{"an empty second", append(gzipOf(t, whole), gzipOf(t, nil)...), []npm.OddityKind{npm.OddGzipMembers}, nil},
		{"zeros behind", join(z, make([]byte, 100_000)), nil, nil},
		{"zeros and more behind", join(z, make([]byte, 3), z), nil, ErrAmbiguous},
		{"junk behind", join(z, []byte("junk")), nil, ErrMalformed},
		{"half a header behind", join(z, []byte("\x1f\x8b\x08")), nil, ErrMalformed},
		{"wrong checksum", flip(len(z) - 6), nil, ErrMalformed},
		{"wrong length", flip(len(z) - 1), nil, ErrMalformed},
		{"truncated", z[:len(z)-5], nil, ErrMalformed},
		{"not compressed", whole, []npm.OddityKind{npm.OddUncompressed}, nil},
		{"zstd", join([]byte("\x28\xb5\x2f\xfd"), whole), nil, ErrAmbiguous},
		{"three bytes", []byte("\x1f\x8b\x08"), nil, ErrMalformed},
		{"nothing", nil, nil, ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := Unpack(iotest.OneByteReader(bytes.NewReader(tt.data)), Limits{})
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				return
			}
			want := map[string]string{"package.json": "{}", "a": "a"}
			if diff := cmp.Diff(want, contents(tree)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.odd, kinds(tree)); diff != "" {
				t.Errorf("oddities (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnpackPassesReadErrors(t *testing.T) {
	broken := errors.New("broken pipe")
	z := gzipOf(t, tarOf(manifestEntry(), stop))
	for _, n := range []int{0, 3, 15, len(z) - 3} {
		_, err := Unpack(io.MultiReader(bytes.NewReader(z[:n]), iotest.ErrReader(broken)), Limits{})
		if !errors.Is(err, broken) || errors.Is(err, ErrMalformed) {
			t.Errorf("after %d bytes: %v, want the reader's error alone", n, err)
		}
	}
}

func TestUnpackNoManifest(t *testing.T) {
	tree, err := unpack(gzipOf(t, tarOf(file("package/a", "a"), stop)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]npm.OddityKind{npm.OddNoManifest}, kinds(tree)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackFile(t *testing.T) {
	exec := func(b *block) { copy(b.mode(), "0000755\x00") }
	tree, err := unpack(gzipOf(t, tarOf(
		entry{name: "node v1/bin/cli", body: "#!/bin/sh\n", edit: exec},
		file("node v1/.gitignore", "x"),
		stop,
	)))
	if err != nil {
		t.Fatal(err)
	}
	sum := func(s string) string {
		d := sha256.Sum256([]byte(s))
		return hex.EncodeToString(d[:])
	}
	want := []npm.File{
		{Path: ".npmignore", Size: 1, SHA256: sum("x"), Data: []byte("x"), Renamed: true},
		{Path: "bin/cli", Size: 10, SHA256: sum("#!/bin/sh\n"), Data: []byte("#!/bin/sh\n"), Executable: true},
	}
	if diff := cmp.Diff(want, tree.Files, cmpopts.IgnoreFields(npm.File{}, "Entropy")); diff != "" {
		t.Error(diff)
	}
}

// TestUnpackWriters reads what Go's own writer makes in each format.
func TestUnpackWriters(t *testing.T) {
	long := "package/" + strings.Repeat("folder/", 25) + "file.js"
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
		t.Run(format.String(), func(t *testing.T) {
			var buf bytes.Buffer
			w := tar.NewWriter(&buf)
			for name, body := range map[string]string{"package/package.json": "{}", long: "x"} {
				h := &tar.Header{Name: name, Size: int64(len(body)), Mode: 0o644, Format: format, ModTime: time.Unix(1, 0)}
				if err := w.WriteHeader(h); err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(w, body); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			tree, err := unpack(gzipOf(t, buf.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"package.json": "{}", strings.TrimPrefix(long, "package/"): "x"}
			if diff := cmp.Diff(want, contents(tree)); diff != "" {
				t.Error(diff)
			}
			if len(tree.Oddities) > 0 {
				t.Errorf("oddities %v", tree.Oddities)
			}
		})
	}
}

func TestUnpackLimits(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 4096) // 64 KiB
	data := gzipOf(t, tarOf(manifestEntry(), file("package/a.js", big), file("package/b.js", big), stop))
	tests := []struct {
		name   string
		limits Limits
		want   error
	}{
		{"none", Limits{}, nil},
		{"stream", Limits{UnpackedSize: 128 << 10}, ErrTooLarge},
		{"file", Limits{FileSize: 64<<10 - 1}, ErrTooLarge},
		{"file fits", Limits{FileSize: 64 << 10}, nil},
		{"files", Limits{Files: 2}, ErrTooLarge},
		{"files fit", Limits{Files: 3}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Unpack(bytes.NewReader(data), tt.limits); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestUnpackManyNames(t *testing.T) {
	name := "package/" + strings.Repeat("x", 990)
	one := tarOf(pax(kindExtended, "path="+name), file("package/x", ""))
	times := func(n int) io.Reader {
		readers := make([]io.Reader, n)
		for i := range readers {
			readers[i] = bytes.NewReader(one)
		}
		return io.MultiReader(readers...)
	}
	fit := maxPathBytes / len(name)
	if _, err := Unpack(times(fit), Limits{}); err != nil {
		t.Errorf("%d names: %v", fit, err)
	}
	if _, err := Unpack(times(fit+1), Limits{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d names: error %v, want %v", fit+1, err, ErrTooLarge)
	}
}

// zeros reads as n zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestUnpackBomb(t *testing.T) {
	// A file of 64 MiB that compresses to 64 KiB.
	const size = 64 << 20
	head := entry{name: "package/a", edit: func(b *block) { copy(b.size(), fmt.Sprintf("%011o\x00", size)) }}
	var buf bytes.Buffer
	buf.Write(gzipOf(t, tarOf(manifestEntry(), head)))
	z := gzipOf(t, readAll(t, zeros(size)))
	buf.Write(z)
	if _, err := unpack(buf.Bytes()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want %v", err, ErrTooLarge)
	}
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLyingSizeCostsNothing(t *testing.T) {
	head := entry{name: "package/a.js", edit: func(b *block) { copy(b.size(), fmt.Sprintf("%011o\x00", 100<<20)) }}
	data := gzipOf(t, append(tarOf(head), "short"...))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := unpack(data); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("%d bytes allocated for a file that claims 100 MiB and has 5 bytes", got)
	}
}

func TestKeep(t *testing.T) {
	elf := "\x7fELF" + strings.Repeat("\x00", maxKeptOther)
	tool := "MZ" + strings.Repeat("\x00", 0x3a) + "\x40\x00\x00\x00PE\x00\x00" + strings.Repeat("\x00", maxKeptOther)
	code := strings.Repeat("a()\n", 10_000)  // 40,000 bytes
	other := strings.Repeat("text ", 10_000) // 50,000 bytes
	image := "\x89PNG\x00" + other           // 50,005 bytes
	limits := Limits{KeptFirst: 1, KeptCode: 90_000, KeptOther: 60_000}
	data := gzipOf(t, tarOf(
		file("package/tool", elf),
		file("package/tool.js", elf),
		file("package/tool.exe", tool),
		file("package/script", "\x1f\x8b\x08\nrun this"),
		file("package/readme.md", other),
		file("package/image.png", image),
		file("package/large.txt", other+other),
		file("package/types.d.ts", "declare"),
		file("package/1.js", code),
		file("package/2.js", code+code),
		file("package/3.mjs", code),
		file("package/3.mjs", code+"b"),
		file("package/nul.cjs", "a\x00"),
		manifestEntry(),
		stop,
	))
	tree, err := Unpack(bytes.NewReader(data), limits)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, f := range tree.Files {
		if f.Data != nil {
			kept = append(kept, f.Path)
			if int64(len(f.Data)) != f.Size {
				t.Errorf("%s: %d bytes kept of %d", f.Path, len(f.Data), f.Size)
			}
		}
	}
	// 3.mjs does not fit twice, and the second entry takes its place.
	want := []string{"1.js", "nul.cjs", "package.json", "readme.md", "script", "types.d.ts"}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
	check(t, tree)

	// A script that begins like an executable is code all the same.
	tree, err = unpack(gzipOf(t, tarOf(file("package/tool.js", tool), manifestEntry(), stop)))
	if err != nil {
		t.Fatal(err)
	}
	if f := tree.Lookup("tool.js"); f.Content != npm.ContentPE || f.Data == nil {
		t.Errorf("tool.js is %q, %d bytes of %d kept", f.Content, len(f.Data), f.Size)
	}
}

func TestOdditiesAreBounded(t *testing.T) {
	var parts []any
	for i := range 3 * maxOddities {
		parts = append(parts, entry{name: fmt.Sprintf("package/%d", i), kind: kindSymlink, link: "x"})
	}
	parts = append(parts, file("package/a", "1"), file("package/a", "2"), manifestEntry(), stop)
	tree, err := unpack(gzipOf(t, tarOf(parts...)))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(tree.Oddities); got != maxOddities+1 {
		t.Errorf("%d oddities, want %d", got, maxOddities+1)
	}
	if !slices.Contains(kinds(tree), npm.OddDuplicate) {
		t.Error("many links hide the duplicate")
	}
}

// check tests what holds for every tree.
func check(t testing.TB, tree *npm.Tree) {
	t.Helper()
	for i, f := range tree.Files {
		if i > 0 && tree.Files[i-1].Path >= f.Path {
			t.Errorf("%q and then %q: not sorted or not unique", tree.Files[i-1].Path, f.Path)
		}
		if !utf8.ValidString(f.Path) || path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "." || strings.HasPrefix(f.Path, "../") || f.Path == ".." {
			t.Errorf("path %q", f.Path)
		}
		if f.Data == nil {
			continue
		}
		if sum := sha256.Sum256(f.Data); int64(len(f.Data)) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%q: size %d and digest %s do not fit its data", f.Path, f.Size, f.SHA256)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	add := func(parts ...any) { f.Add(tarOf(parts...)) }
	add(manifestEntry(), file("package/a.js", "a()"), stop)
	add(pax(kindGlobal, "comment=1"), pax(kindExtended, "path=package/é", "size=1"), file("package/a", "a"), stop)
	add(entry{name: "L", kind: kindLongName, body: "package/long\x00"}, file("package/a", "a"), stop)
	add(entry{name: "package/l", kind: kindSymlink, link: "x"}, entry{name: "package/d/", kind: kindDirectory}, stop)
	add(entry{name: "a", body: "a", edit: func(b *block) { copy(b.prefix(), "package/lib") }})
	add(file("package/.gitignore", "a"), file("/c:/../x", "a"), file("package/A", ""), file("package/a", ""), stop, "junk")
	f.Add(gzipOf(f, tarOf(manifestEntry(), stop)))
	f.Add(append(gzipOf(f, tarOf(manifestEntry())), gzipOf(f, tarOf(stop))...))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{UnpackedSize: 1 << 20, KeptFirst: 1, KeptCode: 64 << 10, KeptOther: 64 << 10}
		data = repair(data)
		tree, err := Unpack(bytes.NewReader(data), limits)
		if err != nil {
			return
		}
		check(t, tree)
		if len(tree.Oddities) == 1 && tree.Oddities[0].Kind == npm.OddUncompressed {
			compare(t, tree, data)
		}
	})
}

// repair gives the headers of a tar stream right checksums, which mutation
// would hardly ever find.
func repair(data []byte) []byte {
	data = bytes.Clone(data)
	for rest := data; len(rest) >= blockSize && !bytes.HasPrefix(data, []byte{0x1f, 0x8b}); {
		b := (*block)(rest)
		rest = rest[blockSize:]
		if *b == (block{}) {
			continue
		}
		copy(b.checksum(), fmt.Sprintf("%06o\x00 ", b.sum()))
		size, _ := octal(b.size())
		rest = rest[min(size+padding(size), int64(len(rest))):]
	}
	return data
}

// compare checks that archive/tar finds the same files in a tarball without
// oddities.
func compare(t *testing.T, tree *npm.Tree, data []byte) {
	t.Helper()
	want := make(map[string]string)
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return // archive/tar refuses some numbers that say nothing
		}
		// A name that npm leaves out, and a folder in the old way.
		_, name, _ := strings.Cut(h.Name, "/")
		if h.Typeflag != tar.TypeReg || path.Clean(name) == "." || strings.HasSuffix(name, "/") {
			continue
		}
		sum := sha256.Sum256(readAll(t, r))
		name = path.Clean(name)
		if stem, ok := strings.CutSuffix(name, ".gitignore"); ok && path.Base(name) == ".gitignore" {
			name = stem + ".npmignore"
			if _, ok := want[name]; ok {
				continue
			}
		}
		want[name] = hex.EncodeToString(sum[:])
	}
	got := make(map[string]string)
	for _, f := range tree.Files {
		got[f.Path] = f.SHA256
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("archive/tar finds other files (-archive/tar +Unpack):\n%s", diff)
	}
}
