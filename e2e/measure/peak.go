// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/internal/step"
)

// Spent is what a command took.
type Spent struct {
	Took time.Duration `json:"took"`
	// Busy is the time of processors that it and the processes that it waited
	// for took, together.
	Busy time.Duration `json:"busy"`
	// Memory is the largest resident set of it and of the processes that it
	// waited for, in bytes.
	Memory int64 `json:"memory"`
}

// PeakCommand is what a program that measures has as a subcommand, for [Run].
func PeakCommand() step.Command {
	return step.Command{Name: "peak", Summary: "run a command and tell its time and memory", Args: "-- COMMAND", New: func() step.Options { return &peak{} }}
}

// peak is the subcommand that runs a command and writes what it took to stderr,
// as JSON. On Linux a process inherits its parent's largest resident set when
// it starts, so that a parent that holds little has to start it.
type peak struct{ args []string }

// AddFlags is part of step.Options.
func (p *peak) AddFlags(*step.Flags) {}

// SetArgs is part of step.Arguments.
func (p *peak) SetArgs(args []string) error {
	if p.args = args; len(args) == 0 {
		return errors.New("give a command")
	}
	return nil
}

// Validate is part of step.Options.
func (p *peak) Validate() error { return nil }

// Run is part of step.Options.
func (p *peak) Run(ctx context.Context, env *step.Env) error {
	cmd := exec.CommandContext(ctx, p.args[0], p.args[1:]...)
	var tail bytes.Buffer
	cmd.Stdout, cmd.Stderr = env.Stdout, &tail
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%q: %w: %s", p.args, err, tail.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not tell a process's memory")
	}
	state := cmd.ProcessState
	return json.NewEncoder(env.Stderr).Encode(Spent{time.Since(begin), state.UserTime() + state.SystemTime(), usage.Maxrss * 1024})
}

// Run runs a command in a folder through this program's subcommand peak, with
// variables on top of the environment, and gives its output.
func Run(ctx context.Context, dir string, env, command []string) (s Spent, answer []byte, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, nil, err
	}
	var stdout, stderr bytes.Buffer
	err = run.Command{
		Path: self, Args: append([]string{"peak", "--"}, command...), Dir: dir, Env: append(os.Environ(), env...), Stdout: &stdout, Stderr: &stderr,
	}.Run(ctx)
	if err != nil {
		return s, nil, err
	}
	return s, stdout.Bytes(), json.Unmarshal(stderr.Bytes(), &s)
}
