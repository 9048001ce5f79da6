// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// here is a place in a folder of the test's own.
func here(t *testing.T) place {
	t.Helper()
	return place{data: filepath.Join(t.TempDir(), "data"), run: filepath.Join(t.TempDir(), "run")}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMissingNamesAllAtOnce(t *testing.T) {
	err := &MissingError{Programs: []string{"docker", "dockerd", "mmdebstrap"}}
	for _, want := range []string{"docker, dockerd, mmdebstrap", "apt-get install --no-install-recommends docker.io mmdebstrap\n"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %q", want, err)
		}
	}
}

func TestProvideIsContentWithWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	write(t, filepath.Join(dir, "git"), "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(dir, "git"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := provide(t.Context(), io.Discard, []string{"git"}); err != nil {
		t.Error(err)
	}
	var missing *MissingError
	err := provide(t.Context(), io.Discard, []string{"git", "mmdebstrap-that-is-nowhere"})
	if !errors.As(err, &missing) || !slices.Equal(missing.Programs, []string{"mmdebstrap-that-is-nowhere"}) {
		t.Errorf("error %v, want the one that is missing", err)
	}
}

func TestEveryProgramHasAPackage(t *testing.T) {
	for _, p := range []string{"docker", "dockerd", "mmdebstrap"} {
		if packages[p] == "" {
			t.Errorf("no package is known for %s", p)
		}
	}
}

func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		status, last string
		want         bool
	}{
		{"CapPrm:\t0\nCapBnd:\t000001ffffffffff\n", "40\n", true},
		{"CapBnd:\t000001fffeffffff\n", "40\n", false},
		{"CapBnd:\t000001ffffffffff\n", "41\n", false},
		{"", "40\n", false},
	} {
		if got := complete(tt.status, tt.last); got != tt.want {
			t.Errorf("complete(%q, %q) = %t", tt.status, tt.last, got)
		}
	}
}

func TestConfigureNamesEveryPlace(t *testing.T) {
	p := here(t)
	for runtime, want := range map[string]any{"": nil, "/x/bounded-runc": "bounded"} {
		if err := p.configure(runtime); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(p.config())
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got["data-root"] != p.root() || got["exec-root"] != p.exec() || got["pidfile"] != p.pidfile() || got["live-restore"] != true {
			t.Errorf("settings %s", text)
		}
		if got["default-runtime"] != want {
			t.Errorf("runtime %q gives default-runtime %v, want %v", runtime, got["default-runtime"], want)
		}
	}
}

func TestDaemonBelievesNoStalePidFile(t *testing.T) {
	p := here(t)
	if pid := p.daemon(); pid != 0 {
		t.Errorf("without a pid file: %d", pid)
	}
	for name, text := range map[string]string{
		"another process": strconv.Itoa(os.Getpid()),
		"a process gone":  "4194305",
		"half a file":     "",
		"no number in it": "x\n",
	} {
		write(t, p.pidfile(), text)
		if pid := p.daemon(); pid != 0 {
			t.Errorf("%s: %d, want 0", name, pid)
		}
	}
}

func TestOccupiedByContainersAtRest(t *testing.T) {
	p := here(t)
	if p.occupied() {
		t.Error("occupied without a data folder")
	}
	write(t, filepath.Join(p.root(), "containers", "0123", "config.v2.json"), "{}")
	if !p.occupied() {
		t.Error("not occupied with a container")
	}
}

func TestSweepTakesTheRunFilesAndLeavesTheData(t *testing.T) {
	p := here(t)
	image := filepath.Join(p.root(), "image", "x")
	for _, file := range []string{image, p.pidfile(), p.socket(), filepath.Join(p.exec(), "y")} {
		write(t, file, "")
	}
	if err := p.sweep(); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{p.pidfile(), p.socket(), p.exec()} {
		if _, err := os.Stat(gone); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
	if _, err := os.Stat(image); err != nil {
		t.Errorf("the data went: %v", err)
	}
}

func TestMountsBelow(t *testing.T) {
	table := `22 1 254:0 / / rw - ext4 /dev/vda rw
31 22 0:30 / /run/adze/docker/netns/a rw - nsfs nsfs rw
32 22 0:31 / /var/lib/adze/docker rw - ext4 /dev/vda rw
33 32 0:32 / /var/lib/adze/docker/overlay2/b/merged rw - overlay overlay rw
34 22 0:33 / /var/lib/adze/docker-other rw - tmpfs tmpfs rw
`
	got := mountsBelow([]byte(table), "/var/lib/adze/docker", "/run/adze/docker")
	want := []string{"/var/lib/adze/docker/overlay2/b/merged", "/var/lib/adze/docker", "/run/adze/docker/netns/a"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUndoTakesOnlyDockersRules(t *testing.T) {
	saved := `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
:MINE - [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i eth0 -j MINE
-A DOCKER-USER -j RETURN
COMMIT
`
	var got []string
	for _, args := range undo(saved) {
		got = append(got, strings.Join(args, " "))
	}
	want := []string{
		"--delete FORWARD -j DOCKER-USER", "--delete FORWARD -i docker0 ! -o docker0 -j ACCEPT",
		"--flush DOCKER", "--flush DOCKER-USER", "--delete-chain DOCKER", "--delete-chain DOCKER-USER",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRememberKeepsTheFirstState(t *testing.T) {
	p := here(t)
	write(t, p.forwarded(), "0\n")
	if err := p.remember(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(p.forwarded()); err != nil || string(text) != "0\n" {
		t.Errorf("now %q, %v: the daemon's own change was taken for the machine's", text, err)
	}
}

func TestLockIsForOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "lock")
	unlock, err := lock(t.Context(), io.Discard, path)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, &log, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second lock: %v, want to wait until the deadline", err)
	}
	if !strings.Contains(log.String(), "waiting for another process") {
		t.Errorf("did not say that it waits: %q", log.String())
	}
	unlock()
	again, err := lock(t.Context(), io.Discard, path)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
