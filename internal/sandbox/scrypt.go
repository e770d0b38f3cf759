package sandbox

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// scrypt derives a key as RFC 7914 has it. The caller bounds the parameters.
func scrypt(password, salt []byte, n, r, p, length int) ([]byte, error) {
	size := 128 * r
	blocks, err := pbkdf2.Key(sha256.New, string(password), salt, 1, p*size)
	if err != nil {
		return nil, err
	}
	table := make([]uint32, n*size/4)
	x := make([]uint32, size/4)
	for i := range p {
		block := blocks[i*size : (i+1)*size]
		for k := range x {
			x[k] = binary.LittleEndian.Uint32(block[4*k:])
		}
		romix(x, table, n)
		for k, v := range x {
			binary.LittleEndian.PutUint32(block[4*k:], v)
		}
	}
	return pbkdf2.Key(sha256.New, string(password), blocks, 1, length)
}

// romix is scryptROMix.
func romix(x, table []uint32, n int) {
	spare := make([]uint32, len(x))
	for i := range n {
		copy(table[i*len(x):], x)
		blockMix(x, spare)
	}
	for range n {
		j := int(x[len(x)-16]) & (n - 1)
		for k, v := range table[j*len(x) : (j+1)*len(x)] {
			x[k] ^= v
		}
		blockMix(x, spare)
	}
}

// blockMix is scryptBlockMix.
func blockMix(x, spare []uint32) {
	var t [16]uint32
	copy(t[:], x[len(x)-16:])
	half := len(x) / 2
	for i := 0; i < len(x); i += 16 {
		for k := range t {
			t[k] ^= x[i+k]
		}
		salsa(&t)
		at := i / 2 // even blocks go to the first half, odd ones to the second
		if i/16%2 == 1 {
			at = half + (i-16)/2
		}
		copy(spare[at:], t[:])
	}
	copy(x, spare)
}

// salsa is Salsa20/8.
func salsa(b *[16]uint32) {
	x := *b
	for range 4 {
		for _, q := range [8][4]int{
			{0, 4, 8, 12}, {5, 9, 13, 1}, {10, 14, 2, 6}, {15, 3, 7, 11},
			{0, 1, 2, 3}, {5, 6, 7, 4}, {10, 11, 8, 9}, {15, 12, 13, 14},
		} {
			x[q[1]] ^= bits.RotateLeft32(x[q[0]]+x[q[3]], 7)
			x[q[2]] ^= bits.RotateLeft32(x[q[1]]+x[q[0]], 9)
			x[q[3]] ^= bits.RotateLeft32(x[q[2]]+x[q[1]], 13)
			x[q[0]] ^= bits.RotateLeft32(x[q[3]]+x[q[2]], 18)
		}
	}
	for i := range b {
		b[i] += x[i]
	}
}
