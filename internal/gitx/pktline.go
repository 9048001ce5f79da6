// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// pktKind tells what a pkt-line is (gitprotocol-common(5), gitprotocol-v2(5)).
type pktKind int

const (
	pktFlush pktKind = iota
	pktDelim
	pktEnd
	pktData
)

// maxPkt is the longest pkt-line, its length included.
const maxPkt = 65520

// errPktLength says that no pkt-line begins where one should.
var errPktLength = errors.New("no pkt-line's length")

// readPkt reads one pkt-line. An "ERR" line is an error.
func readPkt(r *bufio.Reader) (pktKind, []byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n, err := strconv.ParseUint(string(head[:]), 16, 16)
	switch {
	case err != nil || n == 3 || n > maxPkt:
		return 0, nil, fmt.Errorf("%w: %q", errPktLength, head)
	case n < 3:
		return pktKind(n), nil, nil // in the order of the constants
	}
	data := make([]byte, n-4)
	if _, err := io.ReadFull(r, data); err != nil {
		return 0, nil, fmt.Errorf("reading a pkt-line of %d bytes: %w", n, unexpected(err))
	}
	if msg, ok := bytes.CutPrefix(data, []byte("ERR ")); ok {
		return 0, nil, &serverError{strings.TrimSpace(string(msg))}
	}
	return pktData, data, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// serverError is what a server said instead of an answer.
type serverError struct{ message string }

func (e *serverError) Error() string { return "the server says: " + e.message }

// missing tells whether the server refused because it lacks an object, or gives
// none of its kind by its id ("not valid" is JGit's).
func (e *serverError) missing() bool {
	return strings.Contains(e.message, "not our ref") || strings.Contains(e.message, "bad object") ||
		strings.Contains(e.message, "missing") || strings.Contains(e.message, "not valid")
}

// lacks are the objects that the server names, or else all that were wanted.
func (e *serverError) lacks(wanted []ID) []ID {
	for _, id := range wanted {
		if strings.Contains(e.message, id.String()) {
			return []ID{id}
		}
	}
	return wanted
}

// unfiltered tells whether the server refused a filter (git-config(1),
// uploadpackfilter.<filter>.allow).
func (e *serverError) unfiltered() bool { return strings.Contains(e.message, "filter") }

// maxLines is how many bytes of text lines are taken: about half a million refs.
const maxLines = 64 << 20

// perLine is about what a line costs beside its text.
const perLine = 64

// readLines reads text lines up to a flush or delim.
func readLines(r *bufio.Reader) ([]string, error) {
	var lines []string
	for size := 0; ; {
		kind, data, err := readPkt(r)
		if err != nil {
			return nil, unexpected(err)
		}
		if kind != pktData {
			return lines, nil
		}
		if size += len(data) + perLine; size > maxLines {
			return nil, fmt.Errorf("%w: %d MiB of lines", errTooMuch, maxLines>>20)
		}
		lines = append(lines, strings.TrimSuffix(string(data), "\n"))
	}
}

// writer collects the pkt-lines of a request.
type writer struct{ buf []byte }

func (w *writer) line(format string, args ...any) {
	s := fmt.Sprintf(format, args...) + "\n"
	w.buf = fmt.Appendf(w.buf, "%04x%s", len(s)+4, s)
}
func (w *writer) delim() { w.buf = append(w.buf, "0001"...) }
func (w *writer) flush() { w.buf = append(w.buf, "0000"...) }

// bands reads the pack out of side-band pkt-lines: band 1 is data, 2 progress,
// 3 a fatal error.
type bands struct {
	r    *bufio.Reader
	rest []byte
	done bool
}

func (b *bands) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.done {
			return 0, io.EOF
		}
		kind, data, err := readPkt(b.r)
		if err != nil {
			return 0, unexpected(err)
		}
		if kind != pktData {
			b.done = true
			continue
		}
		if err := b.take(data); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// take reads one line of a band.
func (b *bands) take(data []byte) error {
	switch {
	case len(data) == 0:
	case data[0] == 1:
		b.rest = data[1:]
	case data[0] == 3:
		return &serverError{strings.TrimSpace(string(data[1:]))}
	}
	return nil
}
