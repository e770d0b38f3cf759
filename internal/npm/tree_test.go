package npm

import "testing"

func TestTree(t *testing.T) {
	tree := &Tree{Files: []File{{Path: "lib/b.js", Size: 20}, {Path: "package.json", Size: 3}, {Path: "lib-a.js", Size: 100}, {Path: "a", Size: 0}, {Path: "lib/a.js", Size: 1}}}
	tree.Sort()
	for i, want := range []string{"a", "lib-a.js", "lib/a.js", "lib/b.js", "package.json"} {
		if got := tree.Files[i].Path; got != want {
			t.Errorf("file %d is %s, want %s", i, got, want)
		}
		if got := tree.Lookup(want); got != &tree.Files[i] {
			t.Errorf("Lookup(%s) = %v", want, got)
		}
	}
	for _, path := range []string{"", "lib", "lib/", "package.jso", "package.json/", "./a", "A", "zzz"} {
		if got := tree.Lookup(path); got != nil {
			t.Errorf("Lookup(%q) = %v", path, got)
		}
	}
	if got := tree.Size(); got != 124 {
		t.Errorf("Size is %d, want 124", got)
	}
	var none *Tree
	if none.Lookup("a") != nil || new(Tree).Lookup("a") != nil || new(Tree).Size() != 0 {
		t.Error("an empty tree has files")
	}
}

func TestNative(t *testing.T) {
	for content, want := range map[Content]bool{
		ContentELF: true, ContentMachO: true, ContentPE: true,
		ContentText: false, ContentBinary: false, ContentWasm: false, ContentGzip: false, ContentZip: false, ContentTar: false, ContentJava: false,
	} {
		if got := content.Native(); got != want {
			t.Errorf("%q: %v", content, got)
		}
	}
}
