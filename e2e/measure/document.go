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

// split takes a document apart at the marks, which stay with what is around them.
// Those of FILE#NAME have that name: a document may be of several programs.
func split(place string) (file, before, between, after string, err error) {
	file, name, named := strings.Cut(place, "#")
	begin, end := markBegin, markEnd
	if named {
		begin, end = strings.Replace(begin, ":", ":"+name+":", 1), strings.Replace(end, ":", ":"+name+":", 1)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return file, "", "", "", err
	}
	before, rest, ok := strings.Cut(string(text), begin)
	between, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return file, "", "", "", fmt.Errorf("%s: no lines %s and %s", file, begin, end)
	}
	return file, before + begin, between, end + after, nil
}

// Between is what stands between the marks of a file, or of FILE#NAME.
func Between(file string) (string, error) {
	_, _, text, _, err := split(file)
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

// Rewrite replaces what stands between the marks of a file, or of FILE#NAME.
func Rewrite(place, text string) error {
	file, before, _, after, err := split(place)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(before+"\n\n"+text+"\n"+after), 0o644) //nolint:gosec // a document for all to read
}
