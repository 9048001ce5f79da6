// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kaniko-build": func() { step.Main(Command()) },
		"push-image":   pushImage,
		"push-another": pushAnother,
	})
}

// pushImage is what an executor does with its image, at last: it pushes that in
// the layout "built" to where its arguments say.
func pushImage() {
	index, err := layout.ImageIndexFromPath("built")
	check(err)
	manifest, err := index.IndexManifest()
	check(err)
	img, err := index.Image(manifest.Manifests[0].Digest)
	check(err)
	pushTo(img)
}

// pushAnother is what a RUN line may do.
func pushAnother() {
	img, err := random.Image(64, 1)
	check(err)
	pushTo(img)
}

func pushTo(img v1.Image) {
	for _, arg := range os.Args[1:] {
		if to, ok := strings.CutPrefix(arg, "--destination="); ok {
			ref, err := name.NewTag(to)
			check(err)
			check(remote.Write(ref, img))
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// The scripts run an executor of their own, for how the process is driven and
// its words are read; what Kaniko builds is seen on a cluster.
func TestScripts(t *testing.T) {
	steptest.Run(t, "testdata", func(env *testscript.Env) error {
		img, err := random.Image(64, 2)
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
		layers, err := img.Layers()
		if err != nil {
			return err
		}
		known, err := partial.Descriptor(layers[0])
		if err != nil {
			return err
		}
		env.Setenv("DIGEST", digest.String())
		env.Setenv("KNOWN", known.Digest.Hex)
		return errors.Join(path.AppendImage(img),
			// The executor's own environment does not lead to push-image.
			os.WriteFile(filepath.Join(env.WorkDir, "path"), []byte(env.Getenv("PATH")), 0o600),
			plan.Write(filepath.Join(env.WorkDir, "plan.json"), &plan.Plan{Platform: "linux/amd64", Bases: []plan.Base{{
				Name: "base", Repository: "registry.test/base", Digest: digest.String(), WorkDir: "/kaniko/work",
				Layers: []plan.Layer{{Digest: known.Digest.String(), Size: known.Size, MediaType: string(known.MediaType)}},
			}}}))
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
