// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// patch applies a delta to its base, into a buffer that is used again: two sizes, then instructions to copy from
// the base or to insert what follows (gitformat-pack(5), deltified representation).
func patch(out []byte, base, delta string) ([]byte, error) {
	bad := func(what string) ([]byte, error) { return nil, fmt.Errorf("%w: a delta with %s", ErrCorrupt, what) }
	from, n := uvarint(delta)
	if n <= 0 || from != uint64(len(base)) {
		return bad("another base's size")
	}
	delta = delta[n:]
	size, n := uvarint(delta)
	if n <= 0 || size > maxObject {
		return bad("a size that is not taken")
	}
	delta = delta[n:]
	out = slices.Grow(out[:0], int(min(size, uint64(len(base)+len(delta))*2)))
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op&0x80 == 0 {
			if op == 0 || int(op) > len(delta) {
				return bad("a broken insertion")
			}
			out, delta = append(out, delta[:op]...), delta[op:]
		} else {
			var at, length int
			var ok bool
			if at, length, delta, ok = copyArgs(op, delta); !ok || at+length > len(base) {
				return bad("a copy from outside of its base")
			}
			out = append(out, base[at:at+length]...)
		}
		if uint64(len(out)) > size {
			return bad("too much in it")
		}
	}
	if uint64(len(out)) != size {
		return bad("too little in it")
	}
	return out, nil
}

// uvarint reads a size, seven bits a byte, the low ones first.
func uvarint(s string) (uint64, int) {
	return binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
}

// copyArgs reads offset and length of a copy, of which the low bits of the
// instruction tell the bytes that are there.
func copyArgs(op byte, delta string) (at, length int, rest string, ok bool) {
	var v [7]byte
	for i := range v {
		if op&(1<<i) == 0 {
			continue
		}
		if len(delta) == 0 {
			return 0, 0, "", false
		}
		v[i], delta = delta[0], delta[1:]
	}
	at = int(binary.LittleEndian.Uint32(v[:4]))
	length = int(v[4]) | int(v[5])<<8 | int(v[6])<<16
	if length == 0 {
		length = 0x10000
	}
	return at, length, delta, true
}
