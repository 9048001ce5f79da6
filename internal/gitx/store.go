// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/hash"
	"github.com/klauspost/compress/zlib"
)

// kind is an object's type, numbered as in a pack (gitformat-pack(5)).
type kind uint8

const (
	commitKind kind = 1
	treeKind   kind = 2
	blobKind   kind = 3
	tagKind    kind = 4
)

// String is the name that git hashes with an object.
func (k kind) String() string {
	return [...]string{"nothing", "commit", "tree", "blob", "tag"}[k]
}

// The limits of what is taken from a source: a server that sends without end is
// given up. They are far from what a change detector needs.
const (
	// maxObject is the size of one object in bytes.
	maxObject = 256 << 20
	// maxHeld is how many bytes of objects are kept.
	maxHeld = 1 << 30
	// maxAnswer is how many bytes one answer may have.
	maxAnswer = 2 << 30
)

// errTooMuch says that a limit was passed.
var errTooMuch = errors.New("more than is taken")

// perObject is about what an object costs beside its content.
const perObject = 96

// store keeps objects in memory under the hash of what they hold, so that
// nothing can be found under another's name. Blobs stay compressed, for of an
// unfiltered answer only few are ever read.
type store struct {
	index   map[ID]int32
	objects []object
	// texts are the contents of plain objects, which what is parsed out of them shares.
	texts   []string
	held    int64
	slab    []byte
	hash    hash.Hash
	blobs   int
	commits int
	// data and zlib read what is compressed.
	data bytes.Reader
	zlib io.Reader
	// base gives an object that is in another place, for deltas against it; nil for none.
	base func(ID) (kind, []byte, error)
	// maxHeld is the limit, lower in tests.
	maxHeld int64
}

// object is the content of one: plain, or compressed as it came, as whole or
// as a delta to another in the store.
type object struct {
	// data is compressed, and size its length inflated; of a plain object size is
	// the place in texts.
	data   []byte
	size   int32
	base   int32
	kind   kind
	depth  uint8
	packed bool
}

const noBase = -1

func newStore() *store {
	return &store{index: map[ID]int32{}, hash: hash.New(crypto.SHA1), maxHeld: maxHeld}
}

func (s *store) has(id ID) bool {
	_, ok := s.index[id]
	return ok
}

// errCollision says that content was made to have another's hash.
var errCollision = errors.New("an object that was made to collide with another")

// name begins hashing an object; finish gives its id.
func (s *store) name(k kind, size int64) {
	s.hash.Reset()
	head := strconv.AppendInt(append([]byte(k.String()), ' '), size, 10)
	mustHash(s.hash.Write(append(head, 0)))
}

func (s *store) finish() (ID, error) {
	var id ID
	if h, ok := s.hash.(interface {
		CollisionResistantSum([]byte) ([]byte, bool)
	}); ok {
		sum, collides := h.CollisionResistantSum(nil)
		if collides {
			return id, errCollision
		}
		copy(id[:], sum)
		return id, nil
	}
	s.hash.Sum(id[:0])
	return id, nil
}

func mustHash(_ int, err error) {
	if err != nil {
		panic(err) // hash.Hash never returns an error
	}
}

// put keeps an object's content, and names it.
func (s *store) put(k kind, data []byte) (ID, int32, error) {
	s.name(k, int64(len(data)))
	mustHash(s.hash.Write(data))
	id, err := s.finish()
	if err != nil {
		return id, 0, err
	}
	if at, ok := s.index[id]; ok {
		return id, at, nil
	}
	s.held += int64(len(data))
	s.texts = append(s.texts, string(data))
	at, err := s.add(id, object{kind: k, size: int32(len(s.texts) - 1), base: noBase}) //nolint:gosec // maxHeld keeps it far below
	return id, at, err
}

// add keeps an object under its id.
func (s *store) add(id ID, o object) (int32, error) {
	if at, ok := s.index[id]; ok {
		return at, nil
	}
	if s.held += int64(len(o.data)) + perObject; s.held > s.maxHeld {
		return 0, fmt.Errorf("%w: %d objects of %d MiB", errTooMuch, len(s.objects), s.maxHeld>>20)
	}
	at := int32(len(s.objects)) //nolint:gosec // maxHeld keeps it far below
	switch o.kind {
	case blobKind:
		s.blobs++
	case commitKind:
		s.commits++
	}
	s.objects = append(s.objects, o)
	s.index[id] = at
	return at, nil
}

// slabSize is how much is allocated at once for compressed objects.
const slabSize = 1 << 18

// keep copies bytes to where they cost no allocation of their own.
func (s *store) keep(b []byte) []byte {
	if len(b) > slabSize/8 {
		return bytes.Clone(b)
	}
	if len(b) > cap(s.slab)-len(s.slab) {
		s.slab = make([]byte, 0, slabSize)
	}
	from := len(s.slab)
	s.slab = append(s.slab, b...)
	return s.slab[from:len(s.slab):len(s.slab)]
}

// get is an object's content.
func (s *store) get(id ID) (kind, string, error) {
	at, ok := s.index[id]
	if !ok {
		return 0, "", &MissingError{IDs: []ID{id}, Where: "memory"}
	}
	text, err := s.content(at)
	return s.objects[at].kind, text, err
}

func (s *store) content(at int32) (string, error) {
	o := &s.objects[at]
	if !o.packed {
		return s.texts[o.size], nil
	}
	text, err := s.inflate(o)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if o.base == noBase {
		return text, nil
	}
	base, err := s.content(o.base)
	if err != nil {
		return "", err
	}
	data, err := patch(nil, base, text)
	return string(data), err
}

// inflate reads compressed data, with one reader for all, for each costs more
// memory than most files.
func (s *store) inflate(o *object) (string, error) {
	s.data.Reset(o.data)
	var err error
	if z, ok := s.zlib.(zlib.Resetter); ok {
		err = z.Reset(&s.data, nil)
	} else {
		s.zlib, err = zlib.NewReader(&s.data)
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.Grow(int(o.size))
	_, err = io.CopyN(&b, s.zlib, int64(o.size))
	return b.String(), err
}
