// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"crypto/sha1" //nolint:gosec // the checksum of git's packs
	"hash"
	"io"
)

// packReader reads a pack, hashes what was read of it, and can keep a copy.
// It is an io.ByteReader, so that inflating takes no byte too many.
type packReader struct {
	r        io.Reader
	buf      []byte
	from, to int
	// past is where in the pack buf begins.
	past int64
	// hashed and copied are how far buf went into sum and copy.
	hashed, copied int
	sum            hash.Hash
	copying        bool
	copy           []byte
}

func newPackReader(r io.Reader) *packReader {
	return &packReader{r: r, buf: make([]byte, 64<<10), sum: sha1.New()} //nolint:gosec // see the import
}

// offset is how far the pack was read.
func (p *packReader) offset() int64 { return p.past + int64(p.from) }

// settle hashes and copies what was read.
func (p *packReader) settle() {
	mustHash(p.sum.Write(p.buf[p.hashed:p.from]))
	p.hashed = p.from
	if p.copying {
		p.copy = append(p.copy, p.buf[p.copied:p.from]...)
		p.copied = p.from
	}
}

func (p *packReader) fill() error {
	if p.from < p.to {
		return nil
	}
	p.settle()
	p.past += int64(p.from)
	p.from, p.to, p.hashed, p.copied = 0, 0, 0, 0
	for range 100 {
		n, err := p.r.Read(p.buf)
		if p.to = n; n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// Read is part of io.Reader.
func (p *packReader) Read(b []byte) (int, error) {
	if err := p.fill(); err != nil {
		return 0, err
	}
	n := copy(b, p.buf[p.from:p.to])
	p.from += n
	return n, nil
}

// ReadByte is part of io.ByteReader.
func (p *packReader) ReadByte() (byte, error) {
	if p.from == p.to {
		if err := p.fill(); err != nil {
			return 0, err
		}
	}
	b := p.buf[p.from]
	p.from++
	return b, nil
}

// startCopy begins a copy of what is read; endCopy gives it, until the next.
func (p *packReader) startCopy() {
	p.copying, p.copied, p.copy = true, p.from, p.copy[:0]
}

func (p *packReader) endCopy() []byte {
	p.settle()
	p.copying = false
	return p.copy
}

// checksum is the hash of all that was read.
func (p *packReader) checksum() []byte {
	p.settle()
	return p.sum.Sum(nil)
}
