// SPDX-License-Identifier: Apache-2.0

package run

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Error is a command that could not be started or did not end well.
type Error struct {
	// Command is the command line, secrets removed.
	Command string
	// ExitCode is the command's exit code; -1 when a signal ended it or it did not start.
	ExitCode int
	// Signal is the signal that ended it; 0 for none.
	Signal syscall.Signal
	// Tail are the last lines it printed, secrets removed.
	Tail []string
	// Err is the cause.
	Err error
}

func newError(c Command, state *os.ProcessState, tail []string, cause error) *Error {
	e := &Error{Command: redact(quote(c), c.Secrets), ExitCode: -1, Err: cause}
	for _, line := range tail {
		e.Tail = append(e.Tail, redact(line, c.Secrets))
	}
	if state == nil {
		return e
	}
	e.ExitCode = state.ExitCode()
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		e.Signal = ws.Signal()
	}
	return e
}

func (e *Error) Error() string {
	text := fmt.Sprintf("running %s: %s", e.Command, e.status())
	if len(e.Tail) > 0 {
		text += "; its last lines:\n  " + strings.Join(e.Tail, "\n  ")
	}
	return text
}

// Unwrap gives the cause, among them the context's error when it ended the command.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) status() string {
	switch {
	case e.Signal != 0:
		return "ended by signal " + e.Signal.String()
	case e.ExitCode >= 0:
		return "exit status " + strconv.Itoa(e.ExitCode)
	default:
		return e.Err.Error()
	}
}

func quote(c Command) string {
	words := []string{c.Path}
	for _, a := range c.Args {
		if a == "" || strings.ContainsAny(a, " \t\n\"'\\$&|;<>()*?") {
			a = strconv.Quote(a)
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

func redact(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	return s
}
