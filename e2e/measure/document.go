// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// The lines of a document between which a program keeps what it measured.
const (
	markBegin = "<!-- bench:begin -->"
	markEnd   = "<!-- bench:end -->"
)

// split takes a document apart at the marks.
func split(file string) (before, between, after string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", "", err
	}
	before, rest, ok := strings.Cut(string(text), markBegin)
	between, after, ok2 := strings.Cut(rest, markEnd)
	if !ok || !ok2 {
		return "", "", "", fmt.Errorf("%s: no lines %s and %s", file, markBegin, markEnd)
	}
	return before, between, after, nil
}

// Between is what stands between the marks of a file.
func Between(file string) (string, error) {
	_, text, _, err := split(file)
	return text, err
}

// Publish writes what was measured to w, and with write between the marks of a
// file as well.
func Publish(w io.Writer, text, file string, write bool) error {
	if _, err := io.WriteString(w, text); err != nil || !write {
		return err
	}
	return Rewrite(file, text)
}

// Rewrite replaces what stands between the marks of a file.
func Rewrite(file, text string) error {
	before, _, after, err := split(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(before+markBegin+"\n\n"+text+"\n"+markEnd+after), 0o644) //nolint:gosec // a document for all to read
}
