// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/run"
)

// Engine is a Docker daemon that answers.
type Engine struct {
	// Host is its address in the form of DOCKER_HOST; empty for docker's
	// current context.
	Host string
	// Own tells that adze started it.
	Own bool
}

// Env is the caller's environment with this daemon as docker's.
func (e Engine) Env() []string {
	env := os.Environ()
	if e.Host == "" {
		return env
	}
	return append(env, "DOCKER_HOST="+e.Host)
}

// Command is a docker command on this daemon.
func (e Engine) Command(args ...string) run.Command {
	return run.Command{Path: "docker", Args: args, Env: e.Env()}
}

// Docker runs a docker command and returns what it prints, spaces around taken off.
func (e Engine) Docker(ctx context.Context, args ...string) (string, error) {
	out, err := e.Command(args...).Output(ctx)
	return strings.TrimSpace(string(out)), err
}

// patience is how long a daemon may take to say its version.
const patience = 10 * time.Second

// answers reports whether the daemon says its version.
func (e Engine) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	version, err := e.Docker(ctx, "version", "--format", "{{.Server.Version}}")
	return err == nil && version != ""
}

// Find returns the daemon that answers, if any: adze's own, or else the one
// that docker's settings name.
func Find(ctx context.Context) (Engine, bool) {
	return machine.find(ctx)
}

func (p place) find(ctx context.Context) (Engine, bool) {
	candidates := []Engine{{}}
	if _, err := os.Stat(p.socket()); err == nil {
		candidates = []Engine{{Host: "unix://" + p.socket(), Own: true}, {}}
	}
	for _, e := range candidates {
		if e.answers(ctx) {
			return e, true
		}
	}
	return Engine{}, false
}

// Ensure returns a daemon that answers, started if need be. Programs are the
// other programs that the caller is about to need; those that are missing are
// installed, or listed in the error, together with Docker's. Progress goes to w.
func Ensure(ctx context.Context, w io.Writer, programs ...string) (Engine, error) {
	e, found := Find(ctx)
	needs := programs
	if !found {
		needs = append([]string{"docker", "dockerd"}, programs...)
	}
	if err := provide(ctx, w, needs); err != nil {
		return Engine{}, err
	}
	if found {
		return e, nil
	}
	if e, found := Find(ctx); found { // the package's installation may have started it
		return e, nil
	}
	if err := machine.start(ctx, w); err != nil {
		return Engine{}, fmt.Errorf("starting a Docker daemon: %w", err)
	}
	return Engine{Host: "unix://" + machine.socket(), Own: true}, nil
}
