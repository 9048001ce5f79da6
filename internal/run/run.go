// SPDX-License-Identifier: Apache-2.0

// Package run starts child processes that fail legibly and stop cleanly.
//
// A failed command's error tells the command, how it ended and its last lines.
// When the context ends, the whole process group gets SIGTERM, and SIGKILL
// once the grace period is over.
package run

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"reflect"
	"syscall"
	"time"
)

// DefaultGrace is how long a command may take to end after SIGTERM.
const DefaultGrace = 10 * time.Second

// Command is a child process to be started.
type Command struct {
	// Path is the program; without a slash it is looked up in PATH.
	Path string
	// Args are its arguments, the program's name left out.
	Args []string
	// Dir is its working directory; empty for the caller's.
	Dir string
	// Env is its whole environment; nil for the caller's.
	Env []string
	// Stdin, Stdout and Stderr are its streams; nil for none. What goes to
	// Stderr and Stdout is also kept for the error's last lines. One writer for
	// both gets the output in order.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Grace is the time between SIGTERM and SIGKILL; 0 for DefaultGrace.
	Grace time.Duration
	// Secrets are words that an error must not show.
	Secrets []string
}

// Run runs the command to its end. A failure is an *Error.
func (c Command) Run(ctx context.Context) error {
	tail := &tail{}
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.Dir, c.Env, c.Stdin
	cmd.Stdout = tee(c.Stdout, tail)
	if cmd.Stderr = cmd.Stdout; !c.oneStream() {
		cmd.Stderr = tee(c.Stderr, tail)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return signalGroup(cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = c.Grace
	if c.Grace == 0 {
		cmd.WaitDelay = DefaultGrace
	}
	err := cmd.Run()
	if cmd.Process != nil && ctx.Err() != nil {
		_ = signalGroup(cmd.Process.Pid, syscall.SIGKILL) // whatever outlived the grace period
	}
	if err == nil {
		return nil
	}
	return newError(c, cmd.ProcessState, tail.lines(), errors.Join(ctx.Err(), err))
}

// Output runs the command and returns what it wrote to its standard output.
func (c Command) Output(ctx context.Context) ([]byte, error) {
	var out bytes.Buffer
	c.Stdout = tee(c.Stdout, &out)
	err := c.Run(ctx)
	return out.Bytes(), err
}

// oneStream tells whether both streams go to one writer, which then gets all
// output in the order in which it was written.
func (c Command) oneStream() bool {
	return c.Stdout != nil && c.Stderr != nil &&
		reflect.TypeOf(c.Stdout).Comparable() && reflect.TypeOf(c.Stderr).Comparable() && c.Stdout == c.Stderr
}

func tee(w io.Writer, more io.Writer) io.Writer {
	if w == nil {
		return more
	}
	return io.MultiWriter(w, more)
}

// signalGroup signals a process group; one that is gone is no error.
func signalGroup(pid int, sig syscall.Signal) error {
	err := syscall.Kill(-pid, sig)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
