// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Refusal says why a value is not edited, and where it stands.
type Refusal struct {
	// File is the name that was given to [File].
	File string
	// Line and Column count from 1; Column is 0 where only the line is known.
	Line, Column int
	// Reason says what is wrong there.
	Reason string
}

func (r *Refusal) Error() string {
	if r.Column == 0 {
		return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s", r.File, r.Line, r.Column, r.Reason)
}

func refuse(file string, at *yaml.Node, format string, args ...any) error {
	return &Refusal{File: file, Line: at.Line, Column: at.Column, Reason: fmt.Sprintf(format, args...)}
}
