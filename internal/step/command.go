// SPDX-License-Identifier: Apache-2.0

package step

import (
	"context"
	"io"
	"log/slog"
)

// Options is what a command takes and what it does.
type Options interface {
	// AddFlags declares the flags and results.
	AddFlags(*Flags)
	// Validate checks the parsed flags before any work; its error is a misuse.
	Validate() error
	// Run does the work. Errors made by Misuse, No and NoAnswer choose the exit code.
	Run(ctx context.Context, env *Env) error
}

// Arguments is implemented by options that take positional arguments.
type Arguments interface {
	// SetArgs gets the words that are no flags; its error is a misuse.
	SetArgs(args []string) error
}

// Command is a binary, or a subcommand of one.
type Command struct {
	// Name is the word that calls it.
	Name string
	// Summary says in one line what it does.
	Summary string
	// Args names the positional arguments in the usage line; empty for none.
	Args string
	// New makes the options with their zero values.
	New func() Options
	// Commands are the subcommands.
	Commands []Command
}

// Env is what a command may use of the outside world.
type Env struct {
	// Stdin, Stdout and Stderr are the standard streams. Stdout takes nothing but the answer.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Log takes the lines for people, as text or as JSON.
	Log *slog.Logger
}
