// SPDX-License-Identifier: Apache-2.0

package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/adze-ci/adze/internal/result"
)

// Main runs a binary's command with the process's arguments and ends the
// process. It is the only place that exits.
func Main(cmd Command) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := Execute(ctx, cmd, os.Args[1:], &Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(int(code))
}

// Execute runs a command with the given words and says how it ended. Env.Log
// is made here, as --log-format says.
func Execute(ctx context.Context, cmd Command, args []string, env *Env) Code {
	err := execute(ctx, cmd, args, env)
	if err == nil {
		return CodeDone
	}
	env.Log.Error(err.Error())
	for _, h := range Hints(err) {
		env.Log.Info("hint: " + h)
	}
	return CodeOf(err)
}

func execute(ctx context.Context, cmd Command, args []string, env *Env) error {
	env.Log = newLog("text", env.Stderr)
	path, cmd, args := find(cmd, args)
	if len(args) > 0 && args[0] == "--version" {
		_, err := fmt.Fprintln(env.Stdout, path, Version())
		return err
	}
	if cmd.New == nil {
		return withoutOptions(path, cmd, args, env)
	}
	opts := cmd.New()
	flags := declare(path, opts)
	if err := flags.Parse(args); errors.Is(err, pflag.ErrHelp) {
		return writeHelp(env.Stdout, path, cmd, flags)
	} else if err != nil {
		return Hint(Misuse("%w", err), "%s --help lists the flags", path)
	}
	env.Log = newLog(flags.Lookup(logFormat).Value.String(), env.Stderr)
	if err := accept(opts, flags.Args()); err != nil {
		return Hint(err, "%s --help lists the flags", path)
	}
	return run(ctx, opts, flags, env)
}

// run does the work. Results are written however it ended: a refusal has a
// verdict to tell, and a failed step's results are kept by Tekton.
func run(ctx context.Context, opts Options, flags *Flags, env *Env) error {
	err := opts.Run(ctx, env)
	werr := flags.Results.Write()
	for _, remedy := range slices.Backward(result.Remedies(werr)) {
		werr = Hint(werr, "%s", remedy)
	}
	if werr != nil {
		return errors.Join(err, werr)
	}
	return err
}

// find follows the subcommands named by the first words.
func find(cmd Command, args []string) (string, Command, []string) {
	path := cmd.Name
	for len(args) > 0 {
		i := indexCommand(cmd.Commands, args[0])
		if i < 0 {
			break
		}
		cmd, args = cmd.Commands[i], args[1:]
		path += " " + cmd.Name
	}
	return path, cmd, args
}

func indexCommand(cmds []Command, name string) int {
	for i, c := range cmds {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// withoutOptions answers a call of a command that only groups others.
func withoutOptions(path string, cmd Command, args []string, env *Env) error {
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
		return writeHelp(env.Stdout, path, cmd, newFlags(path))
	}
	if len(args) > 0 {
		return Hint(Misuse("unknown command %q", args[0]), "%s --help lists the commands", path)
	}
	return Hint(Misuse("no command given"), "%s --help lists the commands", path)
}

const logFormat = "log-format"

// declare collects the flags of options, and the harness's own.
func declare(path string, opts Options) *Flags {
	flags := newFlags(path)
	opts.AddFlags(flags)
	var format string
	flags.ChoiceVar(&format, logFormat, "text", []string{"text", "json"}, "how lines on stderr are written")
	return flags
}

// accept hands over positional arguments and validates.
func accept(opts Options, args []string) error {
	if a, ok := opts.(Arguments); ok {
		if err := a.SetArgs(args); err != nil {
			return Misuse("%w", err)
		}
	} else if len(args) > 0 {
		return Misuse("unexpected argument %q", args[0])
	}
	if err := opts.Validate(); err != nil {
		if CodeOf(err) == CodeFailed {
			return Misuse("%w", err)
		}
		return err
	}
	return nil
}
