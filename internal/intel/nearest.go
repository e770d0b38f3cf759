package intel

import "sort"

// scriptSize is the length of a digest of ScriptTLSH in bytes.
const scriptSize = 36

// Nearest returns the known script of the least distance to script, and the
// distance. Of several the first counts, in the order of their digests, names
// and versions, whichever store they are in. Only digests of script's form, its
// first byte, are looked at: others were made in another way and say nothing.
// ok is false where there are none.
//
// It is for digests of ScriptTLSH and asks for the distance of each, so it takes
// time in proportion to their number. H is what the package that makes such
// digests calls them.
func Nearest[H ~[scriptSize]byte](s Stores, script H, distance func(a, b H) int) (nearest Hash, least int, ok bool) {
	for _, store := range s {
		t := store.hashes[ScriptTLSH]
		if t.size == 0 {
			continue
		}
		first := sort.Search(t.len(), func(i int) bool { return t.entry(i)[0] >= script[0] })
		for i := first; i < t.len() && t.entry(i)[0] == script[0]; i++ {
			d := distance(script, H(t.entry(i)[:scriptSize]))
			if ok && d > least {
				continue
			}
			h := store.hash(ScriptTLSH, t.entry(i))
			if !ok || d < least || compareHashes(h, nearest) < 0 {
				nearest, least, ok = h, d, true
			}
		}
	}
	return nearest, least, ok
}
