// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/e2e/tools"
)

// start brings the daemon of this place up and waits until it answers.
func (p place) start(ctx context.Context, w io.Writer) error {
	if os.Geteuid() != 0 {
		return errors.New("only root can\nhint: start a Docker daemon and name it in DOCKER_HOST")
	}
	if err := p.clear(ctx, w); err != nil {
		return err
	}
	runtime, err := p.bounded(ctx)
	if err != nil {
		return err
	}
	if err := p.configure(runtime); err != nil {
		return err
	}
	if err := p.remember(); err != nil {
		return err
	}
	return progress.Do(w, "starting dockerd, data in "+p.root(), func() error {
		ended, err := p.launch()
		if err != nil {
			return err
		}
		return p.await(ctx, ended)
	})
}

// bounded installs bounded-runc where root lacks capabilities, and returns its
// path; empty where it is not needed.
func (p place) bounded(ctx context.Context) (string, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "", fmt.Errorf("reading this process's capabilities: %w", err)
	}
	last, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		return "", fmt.Errorf("reading the kernel's capabilities: %w", err)
	}
	if complete(string(status), string(last)) {
		return "", nil
	}
	built, err := tools.Program(ctx, "bounded-runc", "bounded-runc")
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(built)
	if err != nil {
		return "", fmt.Errorf("installing bounded-runc: %w", err)
	}
	if err := os.MkdirAll(p.data, 0o711); err != nil { //nolint:gosec // a container's root may be another user
		return "", fmt.Errorf("installing bounded-runc: %w", err)
	}
	fresh := p.runtime() + ".new"
	if err := os.WriteFile(fresh, text, 0o755); err != nil { //nolint:gosec // a program is to be run
		return "", fmt.Errorf("installing bounded-runc: %w", err)
	}
	return p.runtime(), os.Rename(fresh, p.runtime())
}

// complete reports whether the bounding set of a /proc/PID/status has all
// capabilities up to the last that the kernel knows.
func complete(status, last string) bool {
	var number int
	if _, err := fmt.Sscan(last, &number); err != nil {
		return false
	}
	for line := range strings.Lines(status) {
		var set uint64
		if n, _ := fmt.Sscanf(line, "CapBnd: %x", &set); n == 1 {
			return set == 1<<(number+1)-1
		}
	}
	return false
}

// configure writes the daemon's settings, so that /etc/docker is neither read
// nor written.
func (p place) configure(runtime string) error {
	settings := map[string]any{
		"data-root": p.root(), "exec-root": p.exec(), "pidfile": p.pidfile(), "hosts": []string{"unix://" + p.socket()},
		"live-restore": true, "log-opts": map[string]string{"max-size": "20m", "max-file": "2"},
	}
	if runtime != "" {
		settings["runtimes"] = map[string]any{"bounded": map[string]string{"path": runtime}}
		settings["default-runtime"] = "bounded"
	}
	text, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the daemon's settings: %w", err)
	}
	for _, dir := range []string{p.root(), p.exec()} {
		if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // as docker makes them
			return fmt.Errorf("making the daemon's folders: %w", err)
		}
	}
	if err := os.WriteFile(p.config(), text, 0o600); err != nil {
		return fmt.Errorf("writing the daemon's settings: %w", err)
	}
	return nil
}

// launch starts dockerd so that it outlives this process. The channel tells how
// it ended, if it does while this process lives.
func (p place) launch() (<-chan error, error) {
	log, err := os.Create(p.log())
	if err != nil {
		return nil, fmt.Errorf("opening the daemon's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the daemon has its own descriptor
	cmd := exec.Command(find("dockerd"), "--config-file", p.config())
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin:/usr/bin:/bin")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended, nil
}

// startup is how long a daemon may take until it answers.
const startup = 60 * time.Second

func (p place) await(ctx context.Context, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	e := Engine{Host: "unix://" + p.socket(), Own: true}
	for {
		if _, err := os.Stat(p.socket()); err == nil && e.answers(ctx) {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("dockerd ended: %w\n%s", err, p.lastLines())
		case <-ctx.Done():
			return fmt.Errorf("dockerd does not answer: %w\n%s", ctx.Err(), p.lastLines())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// lastLines is the end of the daemon's log, for an error.
func (p place) lastLines() string {
	text, err := os.ReadFile(p.log())
	if err != nil {
		return "hint: it wrote no " + p.log()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n") + "\nhint: the whole log is " + filepath.Clean(p.log())
}
