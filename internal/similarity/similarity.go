// Package similarity hashes scripts so that the same script has nearly the same
// hash after it was reformatted, renamed and minified. docs/similarity.md says
// how, and what was measured.
//
// A hash is a form number and a TLSH (Oliver, Cheng, Chen: TLSH – A Locality
// Sensitive Hash, 2013) of the script's skeleton.
package similarity

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"

	"github.com/glaslos/tlsh"

	"github.com/amalfi-audit/audit/internal/javascript"
)

// Form is the number of the form that scripts are brought into before they are
// hashed. It changes with anything that changes hashes.
const Form = 1

// Threshold is the largest distance at which two scripts count as one.
const Threshold = 60

// What a script must have for a hash, in parts of its skeleton. What is shorter
// or more uniform comes near to scripts that it has nothing in common with.
const (
	minParts    = 30
	minDistinct = 16
	// maxShare is how much of a skeleton may be one pair of neighbours, as a
	// fraction: a list of modules is such a pair again and again.
	maxShare = 1. / 4
)

// maxParts bounds the parts of a skeleton that are hashed; those behind are left
// out. The largest libraries have fewer.
const maxParts = 1 << 20

// Size is the length of a Hash in bytes.
const Size = 36

// Where the parts of a Hash stand: the form, and TLSH's checksum, length,
// quartile ratios and body.
const (
	lengthAt = 2
	bodyAt   = 4
)

// Hash is the similarity hash of one script.
type Hash [Size]byte

// String returns the hash as 72 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Parse reads what String wrote. A hash of another form is no error: it is far
// from all of this form.
func Parse(s string) (Hash, error) {
	var h Hash
	if len(s) != hex.EncodedLen(Size) {
		return h, fmt.Errorf("similarity hash of %d digits, not %d", len(s), hex.EncodedLen(Size))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("similarity hash: %w", err)
	}
	return h, nil
}

// Of returns the hash of a script. It has none where it has no tree, or where
// its skeleton is too short or too uniform to tell it from others.
func Of(file *javascript.File) (Hash, bool) {
	form, ok := normal(file)
	if !ok {
		return Hash{}, false
	}
	sum, err := tlsh.HashBytes(form)
	if err != nil {
		return Hash{}, false
	}
	h := Hash{Form}
	copy(h[1:], sum.Binary())
	if !h.graded() {
		return Hash{}, false
	}
	return h, true
}

// graded reports whether the quartiles of the buckets differ. Where they do not
// the body says little, and TLSH may have divided by zero.
func (h Hash) graded() bool {
	for _, b := range h[bodyAt:] {
		if (b>>1^b)&low8 != 0 { // a bucket between the quartiles: 01 or 10
			return true
		}
	}
	return false
}

// normal returns the form that is hashed, two bytes for each part of the
// skeleton, and whether it can be told from others.
func normal(file *javascript.File) (form []byte, ok bool) {
	distinct := make(map[javascript.Part]struct{})
	pairs := make(map[uint32]int)
	last, most := uint16(0), 0
	for part := range file.Skeleton() {
		if glue(part) {
			continue
		}
		this := code(part)
		form = binary.LittleEndian.AppendUint16(form, this)
		pair := uint32(last)<<16 | uint32(this)
		pairs[pair]++
		most, last = max(most, pairs[pair]), this
		if len(distinct) < minDistinct {
			distinct[part] = struct{}{}
		}
		if len(form) == 2*maxParts {
			break
		}
	}
	parts := len(form) / 2
	return form, parts >= minParts && len(distinct) >= minDistinct && float64(most) <= maxShare*float64(parts)
}

// glue reports whether a part only ties modules together, which compilers and
// bundlers spell in their own ways.
func glue(part javascript.Part) bool {
	switch part.Kind {
	case javascript.GlobalPart:
		return part.Name == "module" || part.Name == "exports" || part.Name == "require"
	case javascript.MemberPart, javascript.KeyPart:
		return part.Name == "exports" || part.Name == "default" || part.Name == "__esModule"
	}
	return false
}

// code returns 16 bits for a part: FNV-1a (32 bits) of its kind and name, whose
// bits are then mixed as MurmurHash3 does at its end.
func code(part javascript.Part) uint16 {
	const offset, prime = 2166136261, 16777619
	sum := (uint32(offset) ^ uint32(part.Kind)) * prime
	for i := range len(part.Name) {
		sum = (sum ^ uint32(part.Name[i])) * prime
	}
	sum = (sum ^ sum>>16) * 0x85ebca6b
	sum = (sum ^ sum>>13) * 0xc2b2ae35
	return uint16(sum ^ sum>>16)
}

// Distance is how far two scripts are from each other, 0 for the same skeleton.
// It is TLSH's distance of the bodies and lengths. The checksum says nothing of
// likeness, and the quartile ratios of short forms change at random. Hashes of
// different forms are as far from each other as can be.
func Distance(a, b Hash) int {
	if a[0] != b[0] {
		return math.MaxInt
	}
	distance := lengthDistance(a, b)
	for at := bodyAt; at < Size; at += 8 {
		distance += bodyDistance(binary.LittleEndian.Uint64(a[at:]), binary.LittleEndian.Uint64(b[at:]))
	}
	return distance
}

// lengthDistance compares the logarithms of the lengths as TLSH does.
func lengthDistance(a, b Hash) int {
	const step = 12
	length := func(h Hash) int { return int(bits.RotateLeft8(h[lengthAt], 4)) } // its digits are swapped
	d := max(length(a), length(b)) - min(length(a), length(b))
	if d <= 1 {
		return d
	}
	return d * step
}

// The low bits of pairs.
const (
	low8  = 0x55
	low64 = 0x5555555555555555
)

// bodyDistance compares 32 buckets, of which each has one of four grades in two
// bits: the sum of the differences, where 3 counts as 6.
func bodyDistance(a, b uint64) int {
	x := a ^ b
	high, low := x>>1&low64, x&low64
	both := high & low                      // 0 and 3, or 1 and 2
	outer := both &^ (a>>1&low64 ^ a&low64) // 0 and 3
	return bits.OnesCount64(low&^high) + 2*bits.OnesCount64(high&^low) +
		bits.OnesCount64(both&^outer) + 6*bits.OnesCount64(outer)
}
