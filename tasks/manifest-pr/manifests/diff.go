// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"bytes"
	"fmt"
	"io"
)

// WriteDiff writes a file's change as a unified diff without context, which
// `git apply --unidiff-zero` takes.
func (e Edited) WriteDiff(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "--- a/%s\n+++ b/%s\n", e.Path, e.Path); err != nil {
		return err
	}
	before, after := bytes.SplitAfter(e.Before, []byte("\n")), bytes.SplitAfter(e.After, []byte("\n"))
	if len(before) != len(after) {
		// A value that ran over several lines became one: all lines are shown.
		return hunk(w, 1, before, after)
	}
	for i := 0; i < len(before); i++ {
		first := i
		for i < len(before) && !bytes.Equal(before[i], after[i]) {
			i++
		}
		if i == first {
			continue
		}
		if err := hunk(w, first+1, before[first:i], after[first:i]); err != nil {
			return err
		}
	}
	return nil
}

func hunk(w io.Writer, line int, before, after [][]byte) error {
	var b bytes.Buffer
	before, after = filled(before), filled(after)
	fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n", line, len(before), line, len(after))
	writeLines(&b, '-', before)
	writeLines(&b, '+', after)
	_, err := w.Write(b.Bytes())
	return err
}

// filled leaves out the empty piece after the last line end.
func filled(lines [][]byte) [][]byte {
	if n := len(lines); n > 0 && len(lines[n-1]) == 0 {
		return lines[:n-1]
	}
	return lines
}

func writeLines(b *bytes.Buffer, sign byte, lines [][]byte) {
	for _, line := range lines {
		b.WriteByte(sign)
		b.Write(line)
		if !bytes.HasSuffix(line, []byte("\n")) {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
