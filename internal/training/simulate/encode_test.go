package simulate

import (
	"bytes"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"io"
	"testing"
)

func TestDeflate(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, data := range [][]byte{nil, []byte("a"), []byte("text of some length"), all} {
		r, err := zlib.NewReader(bytes.NewReader(deflate(data)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
}

func TestEncrypt(t *testing.T) {
	key, iv := bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{9}, 16)
	for _, n := range []int{0, 1, 15, 16, 17} {
		data := bytes.Repeat([]byte("x"), n)
		got := encrypt(data, key, iv)
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(got, got)
		pad := int(got[len(got)-1])
		if !bytes.Equal(got[:len(got)-pad], data) || pad < 1 || pad > 16 {
			t.Errorf("%d bytes: %x", n, got)
		}
	}
}

// FuzzTokenize checks that no byte is lost and that every place that is found to
// put code in lies in the text.
func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"a = b / c / d;", "`a${`b${c}`}`", "/[/]/g.test(x)", "'\\", "/*", "function a(){\n}\nconst b", "((((", "`${", "x = /(/[(/["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if got := join(tokenize(src)); got != src {
			t.Errorf("%q became %q", src, got)
		}
		for _, method := range []bool{false, true} {
			g := &generator{dice: newDice(1, "fuzz")}
			if at := g.boundary(src, method); at < 0 || at > len(src) {
				t.Errorf("place %d of %d", at, len(src))
			}
		}
		if at := headEnd(src); at < 0 || at > len(src) {
			t.Errorf("head %d of %d", at, len(src))
		}
	})
}
