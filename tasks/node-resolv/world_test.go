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
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/adze-ci/adze/internal/step"
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
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("bringing up the loopback device: %w", err)
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
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
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

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // a socket without data
	ifreq, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifreq.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(ifreq)))
	if errno != 0 {
		return errno
	}
	return nil
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
