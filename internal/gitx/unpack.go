// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zlib"
)

// The kinds of entries in a pack that say how an object differs from another.
const (
	ofsDelta kind = 6
	refDelta kind = 7
)

// unpacker reads a pack as it comes (gitformat-pack(5)), and puts its objects
// into a store, each under the hash of its content.
type unpacker struct {
	in   *packReader
	into *store
	z    io.ReadCloser
	// at is where in the pack objects lie, in order; late holds those that waited.
	at   []place
	late map[int64]int32
	buf  []byte
	// byID and byOffset are deltas that came before what they differ from.
	byID     map[ID][]entry
	byOffset map[int64][]entry
	waiting  int
	// recent are the last blobs that were needed to make others.
	recent [32]struct {
		at   int32
		text string
	}
	used int
	// scratch and patched are used again for each object.
	scratch, patched []byte
}

type place struct {
	offset int64
	object int32
}

// unpack reads a whole pack and verifies its checksum.
func unpack(r io.Reader, into *store) error {
	u := &unpacker{in: newPackReader(r), into: into, byID: map[ID][]entry{}, byOffset: map[int64][]entry{}, late: map[int64]int32{}, buf: make([]byte, 32<<10)}
	var head [12]byte
	if _, err := io.ReadFull(u.in, head[:]); err != nil {
		return unexpected(err)
	}
	if v := binary.BigEndian.Uint32(head[4:]); string(head[:4]) != "PACK" || v != 2 && v != 3 {
		return fmt.Errorf("%w: this is no pack", ErrCorrupt)
	}
	for n := binary.BigEndian.Uint32(head[8:]); n > 0; n-- {
		if err := u.entry(); err != nil {
			return unexpected(err)
		}
	}
	want := u.in.checksum()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(u.in, got); err != nil {
		return unexpected(err)
	}
	switch {
	case !bytes.Equal(want, got):
		return fmt.Errorf("%w: the pack's checksum is wrong", ErrCorrupt)
	case u.waiting > 0:
		return fmt.Errorf("%w: %d objects of the pack differ from others that it lacks", ErrCorrupt, u.waiting)
	}
	return nil
}

// header reads an entry's kind and size.
func (u *unpacker) header() (kind, int64, error) {
	b, err := u.in.ReadByte()
	if err != nil {
		return 0, 0, err
	}
	k, size := kind(b>>4&7), int64(b&15)
	for shift := 4; b&0x80 != 0; shift += 7 {
		if b, err = u.in.ReadByte(); err != nil {
			return 0, 0, err
		}
		if size |= int64(b&0x7f) << shift; shift > 32 || size > maxObject {
			return 0, 0, fmt.Errorf("%w: an object of %d bytes or more", errTooMuch, size)
		}
	}
	return k, size, nil
}

func (u *unpacker) entry() error {
	offset := u.in.offset()
	k, size, err := u.header()
	if err != nil {
		return err
	}
	switch k {
	case blobKind:
		return u.blob(offset, size)
	case commitKind, treeKind, tagKind:
		data, err := u.inflate(size)
		if err != nil {
			return err
		}
		id, at, err := u.into.put(k, data)
		if err != nil {
			return err
		}
		return u.placed(offset, id, at)
	case ofsDelta, refDelta:
		return u.delta(k, offset, size)
	}
	return fmt.Errorf("%w: a pack entry of kind %d", ErrCorrupt, k)
}

// open begins to inflate.
func (u *unpacker) open() error {
	if u.z == nil {
		z, err := zlib.NewReader(u.in)
		u.z = z
		return inflating(err)
	}
	return inflating(u.z.(zlib.Resetter).Reset(u.in, nil)) //nolint:forcetypeassert // the documentation of zlib.NewReader says so
}

// ended sees that there is no more to inflate, and that the checksum is right.
func (u *unpacker) ended() error {
	var more [1]byte
	n, err := u.z.Read(more[:])
	if n > 0 {
		return fmt.Errorf("%w: an object longer than it says", ErrCorrupt)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return inflating(err)
}

func inflating(err error) error {
	if errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return unexpected(err)
}

// inflate reads one object's content, which is good until the next. Its size is
// not trusted: memory is taken as it comes.
func (u *unpacker) inflate(size int64) ([]byte, error) {
	if err := u.open(); err != nil {
		return nil, err
	}
	data := slices.Grow(u.scratch[:0], int(min(size, 64<<10)))[:min(size, 64<<10)]
	for filled := 0; ; {
		n, err := io.ReadFull(u.z, data[filled:])
		if filled += n; err != nil {
			return nil, inflating(err)
		}
		if int64(filled) == size {
			u.scratch = data
			return data, u.ended()
		}
		more := int(min(size-int64(filled), int64(filled)))
		data = slices.Grow(data, more)[:filled+more]
	}
}

// blob hashes a blob as it is inflated, and keeps what came.
func (u *unpacker) blob(offset, size int64) error {
	u.in.startCopy()
	if err := u.open(); err != nil {
		return err
	}
	u.into.name(blobKind, size)
	for left := size; left > 0; {
		n, err := io.ReadFull(u.z, u.buf[:min(left, int64(len(u.buf)))])
		if err != nil {
			return inflating(err)
		}
		mustHash(u.into.hash.Write(u.buf[:n]))
		left -= int64(n)
	}
	if err := u.ended(); err != nil {
		return err
	}
	packed := u.in.endCopy()
	id, err := u.into.finish()
	if err != nil {
		return err
	}
	at, err := u.into.add(id, object{kind: blobKind, packed: true, size: int32(size), base: noBase, data: u.into.keep(packed)}) //nolint:gosec // maxObject is less
	if err != nil {
		return err
	}
	return u.placed(offset, id, at)
}
