// SPDX-License-Identifier: Apache-2.0

package step

import (
	"errors"
	"fmt"
)

// Code is a process's exit code.
type Code int

// The exit codes of every binary.
const (
	CodeDone     Code = 0
	CodeFailed   Code = 1
	CodeMisused  Code = 2
	CodeNo       Code = 3
	CodeNoAnswer Code = 4
)

// coded is an error that chooses the exit code.
type coded struct {
	code Code
	err  error
}

func (e *coded) Error() string { return e.err.Error() }
func (e *coded) Unwrap() error { return e.err }

// Misuse says that a flag or a file that the user gave is wrong.
func Misuse(format string, args ...any) error {
	return &coded{CodeMisused, fmt.Errorf(format, args...)}
}

// No says that the work was done and the answer is no.
func No(format string, args ...any) error {
	return &coded{CodeNo, fmt.Errorf(format, args...)}
}

// NoAnswer says that no answer could be had, neither yes nor no.
func NoAnswer(format string, args ...any) error {
	return &coded{CodeNoAnswer, fmt.Errorf(format, args...)}
}

// CodeOf is the exit code that an error stands for.
func CodeOf(err error) Code {
	var c *coded
	switch {
	case err == nil:
		return CodeDone
	case errors.As(err, &c):
		return c.code
	default:
		return CodeFailed
	}
}

// hinted is an error with advice for the user.
type hinted struct {
	err  error
	hint string
}

func (e *hinted) Error() string { return e.err.Error() }
func (e *hinted) Unwrap() error { return e.err }

// Hint adds to an error what the user can do about it, which is shown on a
// line of its own. A nil error stays nil.
func Hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// Hints lists the advice found along an error's chain, outermost first.
func Hints(err error) []string {
	var hints []string
	walk(err, func(e error) {
		if h, ok := e.(*hinted); ok { //nolint:errorlint // walk visits each error of the chain itself
			hints = append(hints, h.hint)
		}
	})
	return hints
}

// walk visits an error and all that it wraps.
func walk(err error, visit func(error)) {
	if err == nil {
		return
	}
	visit(err)
	switch e := err.(type) { //nolint:errorlint // the two shapes of Unwrap
	case interface{ Unwrap() error }:
		walk(e.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			walk(inner, visit)
		}
	}
}
