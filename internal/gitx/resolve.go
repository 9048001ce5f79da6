// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
)

// entry is a delta in a pack: what it is and where it was.
type entry struct {
	offset int64
	packed []byte
	delta  string
}

// delta reads an entry that differs from another, and resolves it or has it wait.
func (u *unpacker) delta(k kind, offset, size int64) error {
	var id ID
	var back int64
	var err error
	if k == refDelta {
		_, err = io.ReadFull(u.in, id[:])
	} else {
		back, err = u.distance()
	}
	if err != nil {
		return err
	}
	u.in.startCopy()
	data, err := u.inflate(size)
	if err != nil {
		return err
	}
	e := entry{offset: offset, packed: u.in.endCopy(), delta: string(data)}
	base, ok := u.find(offset - back)
	if k == refDelta {
		base, ok, err = u.named(id)
	}
	switch {
	case err != nil:
		return err
	case ok:
		return u.resolve(base, e)
	case k == ofsDelta && (back <= 0 || back > offset):
		return fmt.Errorf("%w: a delta against what is outside of the pack", ErrCorrupt)
	}
	return u.wait(k, id, offset-back, e)
}

func (u *unpacker) wait(k kind, id ID, at int64, e entry) error {
	e.packed = bytes.Clone(e.packed)
	if u.into.held += int64(len(e.packed)+len(e.delta)) + perObject; u.into.held > u.into.maxHeld {
		return fmt.Errorf("%w: deltas that wait for others", errTooMuch)
	}
	u.waiting++
	if k == refDelta {
		u.byID[id] = append(u.byID[id], e)
	} else {
		u.byOffset[at] = append(u.byOffset[at], e)
	}
	return nil
}

// distance reads how far back the base of a delta lies.
func (u *unpacker) distance() (int64, error) {
	var n int64
	for i := 0; ; i++ {
		b, err := u.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if n |= int64(b & 0x7f); b&0x80 == 0 {
			return n, nil
		}
		if n = (n + 1) << 7; i > 6 {
			return 0, fmt.Errorf("%w: a delta against what is outside of the pack", ErrCorrupt)
		}
	}
}

// find is the object at an offset of the pack.
func (u *unpacker) find(offset int64) (int32, bool) {
	i := sort.Search(len(u.at), func(i int) bool { return u.at[i].offset >= offset })
	if i < len(u.at) && u.at[i].offset == offset {
		return u.at[i].object, true
	}
	at, ok := u.late[offset]
	return at, ok
}

// named is an object of the store, or of where else the other side knows that
// we have objects.
func (u *unpacker) named(id ID) (int32, bool, error) {
	at, ok := u.into.index[id]
	if ok || u.into.base == nil {
		return at, ok, nil
	}
	k, data, err := u.into.base(id)
	var missing *MissingError
	if errors.As(err, &missing) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	_, at, err = u.into.put(k, data)
	return at, err == nil, err
}

// made is an object that others may have waited for.
type made struct {
	offset int64
	id     ID
	at     int32
}

// placed remembers where an object lies, and makes what waited for it.
func (u *unpacker) placed(offset int64, id ID, at int32) error {
	u.at = append(u.at, place{offset, at})
	if u.waiting == 0 {
		return nil
	}
	for todo := []made{{offset, id, at}}; len(todo) > 0; {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		waiters := append(u.byID[next.id], u.byOffset[next.offset]...)
		delete(u.byID, next.id)
		delete(u.byOffset, next.offset)
		for _, e := range waiters {
			u.waiting--
			id, at, err := u.make(next.at, e)
			if err != nil {
				return err
			}
			u.late[e.offset] = at
			todo = append(todo, made{e.offset, id, at})
		}
	}
	return nil
}

func (u *unpacker) resolve(base int32, e entry) error {
	id, at, err := u.make(base, e)
	if err != nil {
		return err
	}
	return u.placed(e.offset, id, at)
}

// maxDepth is how many deltas may follow one another before an object is kept
// whole; as many as git makes by default (git-repack(1), --depth).
const maxDepth = 50

// make applies a delta and puts what comes of it into the store.
func (u *unpacker) make(base int32, e entry) (ID, int32, error) {
	from, err := u.content(base)
	if err != nil {
		return ID{}, 0, err
	}
	data, err := patch(u.patched, from, e.delta)
	if err != nil {
		return ID{}, 0, err
	}
	u.patched = data
	k := u.into.objects[base].kind
	if k != blobKind {
		return u.into.put(k, data)
	}
	depth := u.into.objects[base].depth + 1
	if depth > maxDepth {
		return u.into.put(k, data)
	}
	u.into.name(k, int64(len(data)))
	mustHash(u.into.hash.Write(data))
	id, err := u.into.finish()
	if err != nil {
		return id, 0, err
	}
	at, err := u.into.add(id, object{kind: k, packed: true, size: int32(len(e.delta)), base: base, depth: depth, data: u.into.keep(e.packed)}) //nolint:gosec // maxObject is less
	if err == nil {
		u.cache(at, string(data))
	}
	return id, at, err
}

// content is an object's, from the last few where they hold it.
func (u *unpacker) content(at int32) (string, error) {
	for _, c := range u.recent {
		if c.text != "" && c.at == at {
			return c.text, nil
		}
	}
	text, err := u.into.content(at)
	if err == nil && u.into.objects[at].packed {
		u.cache(at, text)
	}
	return text, err
}

// maxCached is the largest blob that is kept at hand for the next delta.
const maxCached = 1 << 18

func (u *unpacker) cache(at int32, text string) {
	if len(text) <= maxCached {
		u.recent[u.used%len(u.recent)].at, u.recent[u.used%len(u.recent)].text = at, text
		u.used++
	}
}
