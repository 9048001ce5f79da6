// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// callInfo is struct ptrace_syscall_info as far as a stop before a call fills
// it: ptrace(2), PTRACE_GET_SYSCALL_INFO.
type callInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	ip   uint64
	sp   uint64
	nr   uint64
	args [6]uint64
}

const (
	beforeCall   = 1          // PTRACE_SYSCALL_INFO_ENTRY
	callStop     = 0x80       // set in the signal by PTRACE_O_TRACESYSGOOD
	ownChildren  = 0x20000000 // __WNOTHREAD of wait4(2)
	beginMarker  = unix.SYS_GETPPID
	traceOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
)

// runtimeCalls are those that the Go runtime makes at any time and that change no file.
func runtimeCalls() []uint64 {
	return []uint64{
		unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_SCHED_YIELD, unix.SYS_MADVISE, unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_PRCTL,
		unix.SYS_RT_SIGRETURN, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGACTION, unix.SYS_SIGALTSTACK, unix.SYS_TGKILL, unix.SYS_GETPID, unix.SYS_GETTID,
		unix.SYS_CLONE, unix.SYS_CLONE3, unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_CREATE1, unix.SYS_EVENTFD2, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
	}
}

// killedAt runs a command whose process is killed right before its nth system
// call after the first getppid(2), and tells whether it was: it may end before.
func killedAt(ctx context.Context, n int, cmd *exec.Cmd) (killed bool, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	main := cmd.Process.Pid
	defer cmd.Process.Release() //nolint:errcheck // it is waited for here
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(main, &status, 0, nil); err != nil {
		return false, fmt.Errorf("waiting for the process: %w", err)
	}
	if err := syscall.PtraceSetOptions(main, traceOptions); err != nil {
		return false, fmt.Errorf("tracing the process: %w", err)
	}
	t := tracer{main: main, left: n}
	for pid := main; ; {
		if err := t.resume(pid, status); err != nil {
			return false, err
		}
		pid, err = syscall.Wait4(-1, &status, syscall.WALL|ownChildren, nil)
		if err != nil || ctx.Err() != nil {
			return false, errors.Join(err, ctx.Err())
		}
		if pid == main && (status.Exited() || status.Signaled()) {
			if status.ExitStatus() > 0 {
				return false, fmt.Errorf("the process ended with status %d", status.ExitStatus())
			}
			return status.Signaled(), nil
		}
	}
}

type tracer struct {
	main, left int
	begun      bool
}

// resume lets a stopped thread go on to its next call, or kills the process.
func (t *tracer) resume(pid int, status syscall.WaitStatus) error {
	if !status.Stopped() {
		return nil // a thread's end
	}
	signal := status.StopSignal()
	switch signal {
	case syscall.SIGTRAP | callStop:
		if counts, err := t.counts(pid); err != nil {
			return err
		} else if counts {
			if t.left--; t.left < 0 {
				return syscall.Kill(t.main, syscall.SIGKILL)
			}
		}
		signal = 0
	case syscall.SIGTRAP, syscall.SIGSTOP:
		signal = 0 // of the tracing
	}
	if err := syscall.PtraceSyscall(pid, int(signal)); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("letting thread %d go on: %w", pid, err)
	}
	return nil
}

// counts tells whether a thread stands before a call of the write itself.
func (t *tracer) counts(pid int) (bool, error) {
	var info callInfo
	_, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(pid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return false, fmt.Errorf("asking for a system call: %w", errno)
	}
	if info.op != beforeCall {
		return false, nil
	}
	if info.nr == beginMarker {
		t.begun = true
		return false, nil
	}
	return t.begun && !slices.Contains(runtimeCalls(), info.nr), nil
}

// writerVar makes this program the process that is killed; it is the number of
// a case.
const writerVar = "ADZE_WRITER"

func writerCommand(ctx context.Context, etc Etc, number int) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), writerVar+"="+strconv.Itoa(number))
	cmd.Dir, cmd.Stderr = etc.Dir, os.Stderr
	return cmd
}
