// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"log/slog"
)

// lineLog shows a program's output line by line.
type lineLog struct {
	log *slog.Logger
	buf []byte
}

// Write takes a piece of output; a last line without an end is not shown.
func (l *lineLog) Write(p []byte) (int, error) {
	l.buf = append(l.buf, p...)
	for {
		i := bytes.IndexByte(l.buf, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.log.Info("| " + string(l.buf[:i]))
		l.buf = l.buf[i+1:]
	}
}
