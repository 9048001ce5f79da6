// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"log/slog"

	"github.com/adze-ci/adze/internal/plain"
)

// A line is shown to so many characters, and for that so many bytes of it are kept.
const (
	mostShown = 400
	mostKept  = 4 * mostShown
)

// lineLog shows a program's output line by line. Names of the image's files are
// in it, and whoever builds the image chooses those.
type lineLog struct {
	log *slog.Logger
	buf []byte
}

// Write takes a piece of output.
func (l *lineLog) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		l.buf = append(l.buf, line[:min(len(line), max(0, mostKept-len(l.buf)))]...)
		if !ended {
			return n, nil
		}
		l.flush()
		p = rest
	}
}

// flush shows a line without an end, if there is one.
func (l *lineLog) flush() {
	if len(l.buf) > 0 {
		l.log.Info("| " + plain.Line(string(l.buf), mostShown))
	}
	l.buf = l.buf[:0]
}
