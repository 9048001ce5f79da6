// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"bytes"
	"fmt"
	"io"
	"sort"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/plain"
)

// around is how many lines a diff shows before and after what changed.
const around = 3

// WriteDiff writes a file's change as a unified diff, which `git apply` takes.
func (e Edited) WriteDiff(w io.Writer) error {
	d := newDiff(e)
	fmt.Fprintf(&d.out, "--- %s\n+++ %s\n", named("a/"+e.Path), named("b/"+e.Path))
	blocks := d.blocks(e.Changes)
	for len(blocks) > 0 {
		n := 1
		for n < len(blocks) && blocks[n].first-blocks[n-1].last <= 2*around+1 {
			n++
		}
		d.hunk(blocks[:n])
		blocks = blocks[n:]
	}
	_, err := w.Write(d.out.Bytes())
	return err
}

// named writes a file's name as git does in a diff: where a blank is in it, a tab
// tells its end.
func named(path string) string {
	name := plain.Path(path)
	if name == path && bytes.ContainsRune([]byte(path), ' ') {
		name += "\t"
	}
	return name
}

// diff writes the change of one file.
type diff struct {
	src    []byte
	starts []int // where each line begins, and the end
	grown  int   // lines that came on top so far
	out    bytes.Buffer
}

// block is a run of lines that changes as a whole.
type block struct {
	first, last int // counting from 0, both inside
	text        []byte
}

func newDiff(e Edited) *diff {
	d := &diff{src: e.Before, starts: []int{0}}
	for i, c := range e.Before {
		if c == '\n' && i+1 < len(e.Before) {
			d.starts = append(d.starts, i+1)
		}
	}
	d.starts = append(d.starts, len(e.Before))
	return d
}

// line is the one that an offset lies in.
func (d *diff) line(offset int) int {
	lines := d.starts[:len(d.starts)-1]
	return sort.SearchInts(lines, offset+1) - 1
}

// blocks puts changes that share a line together.
func (d *diff) blocks(changes []manifest.Change) []block {
	var all []block
	for i := 0; i < len(changes); {
		first, last := d.line(changes[i].Start), 0
		from, at := i, d.starts[first]
		var text []byte
		for ; i < len(changes) && (i == from || d.line(changes[i].Start) <= last); i++ {
			c := changes[i]
			text = append(append(text, d.src[at:c.Start]...), c.Text...)
			at, last = c.End, d.line(max(c.Start, c.End-1))
		}
		all = append(all, block{first, last, append(text, d.src[at:d.starts[last+1]]...)})
	}
	return all
}

// hunk writes blocks that are near each other, and the lines around them.
func (d *diff) hunk(blocks []block) {
	var body bytes.Buffer
	first := max(0, blocks[0].first-around)
	last := min(len(d.starts)-2, blocks[len(blocks)-1].last+around)
	at, added := first, 0
	for _, b := range blocks {
		signed(&body, ' ', d.lines(at, b.first))
		signed(&body, '-', d.lines(b.first, b.last+1))
		added += signed(&body, '+', b.text) - (b.last + 1 - b.first)
		at = b.last + 1
	}
	signed(&body, ' ', d.lines(at, last+1))
	length := last + 1 - first
	fmt.Fprintf(&d.out, "@@ -%d,%d +%d,%d @@\n", first+1, length, first+1+d.grown, length+added)
	d.out.Write(body.Bytes())
	d.grown += added
}

// lines are those from one line up to another.
func (d *diff) lines(from, to int) []byte { return d.src[d.starts[from]:d.starts[to]] }

// signed writes lines with a sign before each, and counts them.
func signed(b *bytes.Buffer, sign byte, text []byte) int {
	n := 0
	for line := range bytes.Lines(text) {
		b.WriteByte(sign)
		b.Write(line)
		if !bytes.HasSuffix(line, []byte("\n")) {
			b.WriteString("\n\\ No newline at end of file\n")
		}
		n++
	}
	return n
}
