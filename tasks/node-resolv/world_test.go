// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/apart"
)

// world runs a command in mount, network and process namespaces of its own, in which
// an API server and nameservers answer from the files of the working folder:
//
//	api/…      the API server's objects, by their path; a watch follows the file
//	api-down   while it exists the API server answers 503
//	events     the Events that it was told are appended to it
//	dns/ADDR   "name address" lines that the nameserver at ADDR answers from;
//	           without the file it is silent
//	run/dbus   where this folder is, a system bus; see serveBus
//	asked      the names that nameservers were asked are appended to it
type world struct {
	args   []string
	inside bool
}

func (w *world) AddFlags(f *step.Flags) {
	f.BoolVar(&w.inside, "inside", false, "the namespaces are made")
}
func (w *world) Validate() error              { return nil }
func (w *world) SetArgs(words []string) error { w.args = words; return nil }

func (w *world) Run(ctx context.Context, env *step.Env) error {
	if !w.inside {
		return enter(ctx, env, w.args)
	}
	if err := errors.Join(apart.PrivateMounts(), apart.Loopback()); err != nil {
		return err
	}
	if err := serveAPI(ctx); err != nil {
		return err
	}
	if err := serveBus(ctx); err != nil {
		return err
	}
	for _, addr := range []string{"127.77.0.10", "127.77.0.11", "127.77.0.53"} {
		if err := serveDNS(ctx, addr); err != nil {
			return err
		}
	}
	return child(env, exec.CommandContext(ctx, w.args[0], w.args[1:]...))
}

// enter starts this program again in the new namespaces.
func enter(ctx context.Context, env *step.Env, args []string) error {
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"--inside", "--"}, args...)...)
	cmd.SysProcAttr = apart.Namespaces(syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID)
	return child(env, cmd)
}

// child runs a process and hands on its exit code.
func child(env *step.Env, cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = env.Stdout, env.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	switch step.Code(exit.ExitCode()) {
	case step.CodeMisused:
		return step.Misuse("%w", err)
	case step.CodeNo:
		return step.No("%w", err)
	case step.CodeNoAnswer:
		return step.NoAnswer("%w", err)
	default:
		return err
	}
}

// lookup resolves a name with Go's own resolver, that containerd has too.
type lookup struct{ name string }

func (l *lookup) AddFlags(*step.Flags) {}
func (l *lookup) Validate() error      { return nil }
func (l *lookup) SetArgs(words []string) error {
	if len(words) != 1 {
		return errors.New("want one name")
	}
	l.name = words[0]
	return nil
}

func (l *lookup) Run(ctx context.Context, env *step.Env) error {
	addrs, err := (&net.Resolver{PreferGo: true}).LookupNetIP(ctx, "ip4", l.name)
	if err != nil {
		return err
	}
	for _, addr := range addrs {
		if _, err := fmt.Fprintln(env.Stdout, addr.Unmap()); err != nil {
			return err
		}
	}
	return nil
}
