// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// What a scanner prints comes line by line, the last without an end too, and none
// of it steers the terminal or is taken for a line of ours.
func TestLines(t *testing.T) {
	var out bytes.Buffer
	l := &lineLog{log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.MessageKey {
			return a
		}
		return slog.Attr{}
	}}))}
	for _, piece := range []string{"one\ntw", "o\n\n\x1b[2Jthree\rlevel=ERROR\n", strings.Repeat("x", 500) + "\n", "fatal: four"} {
		if n, err := l.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	l.flush()
	want := "msg=\"| one\"\nmsg=\"| two\"\nmsg=\"| [2Jthree level=ERROR\"\nmsg=\"| " + strings.Repeat("x", 399) + "…\"\nmsg=\"| fatal: four\"\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	for range 3 * mostKept / 1024 {
		if _, err := l.Write(make([]byte, 1024)); err != nil || len(l.buf) > mostKept {
			t.Fatalf("keeps %d bytes, %v", len(l.buf), err)
		}
	}
}
