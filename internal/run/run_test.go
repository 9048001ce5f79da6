// SPDX-License-Identifier: Apache-2.0

package run

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOutput(t *testing.T) {
	out, err := Command{Path: "sh", Args: []string{"-c", "echo out; echo err >&2"}}.Output(t.Context())
	if err != nil || string(out) != "out\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestFailureTellsCommandStatusAndLastLines(t *testing.T) {
	err := Command{Path: "sh", Args: []string{"-c", "seq 1 50; echo token=s3cret >&2; exit 7", "--password=s3cret"}, Secrets: []string{"s3cret"}}.Run(t.Context())
	var e *Error
	if !errors.As(err, &e) || e.ExitCode != 7 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"exit status 7", "50", "token=***", "--password=***"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing from %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "s3cret") || len(e.Tail) != tailLines {
		t.Errorf("secret shown or wrong tail: %v", err)
	}
}

func TestOneWriterForBothGetsTheOrder(t *testing.T) {
	var both bytes.Buffer
	err := Command{Path: "sh", Args: []string{"-c", "for i in 1 2 3 4 5 6 7 8; do echo o$i; echo e$i >&2; done"}, Stdout: &both, Stderr: &both}.Run(t.Context())
	if want := "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\no6\ne6\no7\ne7\no8\ne8\n"; err != nil || both.String() != want {
		t.Errorf("got %q, %v", both.String(), err)
	}
}

func TestMissingProgram(t *testing.T) {
	err := Command{Path: "/no/such/program"}.Run(t.Context())
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("got %v", err)
	}
}

// The child of the child must go too: it holds the output open.
func TestCancelEndsTheWholeGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	go func() { <-started; cancel() }()
	err := Command{
		Path: "sh", Args: []string{"-c", "trap '' TERM; sleep 600 & echo started; wait; sleep 600"},
		Stdout: writerFunc(func() { close(started) }), Grace: 200 * time.Millisecond,
	}.Run(ctx)
	var e *Error
	if !errors.As(err, &e) || e.Signal != syscall.SIGKILL || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) { f(); return len(p), nil }
