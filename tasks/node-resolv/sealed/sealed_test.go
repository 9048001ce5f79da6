// SPDX-License-Identifier: Apache-2.0

package sealed

import (
	"bytes"
	"testing"
)

func TestForeignAndEdited(t *testing.T) {
	ours := Seal([]byte("[Resolve]\n"))
	for _, c := range []struct {
		name   string
		text   []byte
		ours   bool
		edited bool
	}{
		{"nothing", nil, false, false},
		{"theirs", []byte("[Resolve]\n"), false, false},
		{"ours", ours, true, false},
		{"ours, empty", Seal(nil), true, false},
		{"a line added", append(bytes.Clone(ours), "#\n"...), false, true},
		{"cut off", ours[:len(ours)-1], false, true},
		{"the first line alone, cut off", ours[:len(head)+3], false, true},
		{"a line put before", append([]byte("#\n"), ours...), false, false},
		{"ours, marked twice", Seal(ours), true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, ok := Open(c.text)
			if ok != c.ours || Edited(c.text) != c.edited {
				t.Errorf("ours %v, edited %v; want %v, %v", ok, Edited(c.text), c.ours, c.edited)
			}
		})
	}
}

// What is sealed comes back, and no other text passes for it.
func FuzzSeal(f *testing.F) {
	f.Add([]byte("a"), 3, byte(1))
	f.Add([]byte(head), 0, byte(0x80))
	f.Fuzz(func(t *testing.T, body []byte, at int, flip byte) {
		text := Seal(body)
		if got, ok := Open(text); !ok || !bytes.Equal(got, body) {
			t.Fatalf("%q comes back as %q, %v", body, got, ok)
		}
		if flip == 0 {
			return
		}
		text[uint(at)%uint(len(text))] ^= flip
		if _, ok := Open(text); ok {
			t.Fatalf("%q passes as ours", text)
		}
	})
}
