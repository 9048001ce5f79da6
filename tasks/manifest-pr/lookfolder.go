// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// readFolder takes from the files of a folder what flags leave open, so that runs
// that propose and runs that refresh say the same of a pull request in one place.
// Each file has the name of a flag.
func (p *presentation) readFolder() error {
	entries, err := os.ReadDir(p.folder)
	if err != nil {
		return step.Misuse("--look: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "..") {
			continue // the kubelet's own, see package mount
		}
		errs = append(errs, p.readFile(filepath.Join(p.folder, e.Name())))
	}
	return errors.Join(errs...)
}

func (p *presentation) readFile(file string) error {
	switch filepath.Base(file) {
	case "title-template":
		return readText(file, &p.title)
	case "body-template":
		return readText(file, &p.body)
	case "branch-template":
		return readText(file, &p.branch)
	case "author":
		return readText(file, &p.author)
	case "sign-off":
		return readSwitch(file, &p.signOff)
	case "signed-commits":
		return readSwitch(file, &p.signed)
	}
	return step.Hint(step.Misuse("--look: nothing is known of %s", file), "a file is named as one of the flags title-template, body-template, branch-template, author, sign-off and signed-commits")
}

// readText takes a file's text, without the ends of its last lines, for a flag that is empty.
func readText(file string, value *string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return step.Misuse("--look: %w", err)
	}
	*value = cmp.Or(*value, strings.TrimRight(string(text), "\r\n"))
	return nil
}

// readSwitch takes a file's true for a flag that is not.
func readSwitch(file string, value *bool) error {
	var text string
	if err := readText(file, &text); err != nil {
		return err
	}
	on, err := strconv.ParseBool(strings.TrimSpace(text))
	if err != nil {
		return step.Misuse("--look: %s says %q, which is neither true nor false", file, text)
	}
	*value = *value || on
	return nil
}
