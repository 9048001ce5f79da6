// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) { steptest.Main(m, Command()) }

// The scripts run an executor of their own, for how the process is driven and
// its words are read; what Kaniko builds is seen on a cluster.
func TestScripts(t *testing.T) {
	steptest.Run(t, "testdata", func(env *testscript.Env) error {
		img, err := random.Image(64, 1)
		if err != nil {
			return err
		}
		path, err := layout.Write(filepath.Join(env.WorkDir, "built"), empty.Index)
		if err != nil {
			return err
		}
		digest, err := img.Digest()
		if err != nil {
			return err
		}
		env.Setenv("DIGEST", digest.String())
		return path.AppendImage(img)
	})
}

// SIGTERM reaches the executor and what it started, and the build says so.
func TestCancel(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Dockerfile"), "FROM scratch\nRUN sleep\n")
	executor := filepath.Join(dir, "executor")
	write(t, executor, "#!/bin/sh\nPATH=/usr/bin:/bin\ntrap 'echo stopped; exit 1' TERM\necho started\nsleep 600 & wait\n")
	if err := os.Chmod(executor, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watcher{word: "started", found: cancel}
	code := step.Execute(ctx, Command(), []string{
		"--context=" + dir, "--layout=" + filepath.Join(dir, "oci"), "--executor=" + executor, "--result-outcome=" + filepath.Join(dir, "outcome"),
	}, &step.Env{Stdout: io.Discard, Stderr: out})
	outcome, err := os.ReadFile(filepath.Join(dir, "outcome"))
	if code != step.CodeFailed || err != nil || string(outcome) != "cancelled" || !strings.Contains(out.buf.String(), "| stopped") {
		t.Errorf("exit code %d, outcome %q, %v: %s", code, outcome, err, out.buf.String())
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// watcher acts on the first line that holds a word.
type watcher struct {
	buf   bytes.Buffer
	word  string
	found func()
}

func (w *watcher) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.word)) {
		w.found()
	}
	return w.buf.Write(p)
}
