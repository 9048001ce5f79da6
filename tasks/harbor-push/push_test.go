// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	ocilayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) { steptest.Main(m, Command()) }

// Each script has a registry of its own, and an image in two shapes.
func TestScripts(t *testing.T) {
	steptest.Run(t, "testdata", func(env *testscript.Env) error {
		srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		env.Defer(srv.Close)
		env.Setenv("REGISTRY", strings.TrimPrefix(srv.URL, "http://"))
		img, err := random.Image(512, 3)
		if err != nil {
			return err
		}
		digest, err := img.Digest()
		if err != nil {
			return err
		}
		env.Setenv("DIGEST", digest.String())
		tag, err := name.NewTag("registry.test/app:built")
		if err != nil {
			return err
		}
		if err := tarball.WriteToFile(filepath.Join(env.WorkDir, "image.tar"), tag, img); err != nil {
			return err
		}
		other, err := random.Image(512, 1)
		if err != nil {
			return err
		}
		if err := writeLayout(filepath.Join(env.WorkDir, "other"), other); err != nil {
			return err
		}
		return writeLayout(filepath.Join(env.WorkDir, "oci"), img)
	})
}

func writeLayout(dir string, images ...v1.Image) error {
	path, err := ocilayout.Write(dir, empty.Index)
	for _, img := range images {
		if err == nil {
			err = path.AppendImage(img)
		}
	}
	return err
}

// What is pulled back is what was built, byte for byte, though the registry is
// away at first and cuts uploads.
func TestPushedIsBuilt(t *testing.T) {
	var n atomic.Int64
	next := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1, 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 5, 9:
			panic(http.ErrAbortHandler)
		default:
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	img, err := random.Image(100_000, 5)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "oci")
	if err := writeLayout(dir, img); err != nil {
		t.Fatal(err)
	}
	repo := strings.TrimPrefix(srv.URL, "http://") + "/library/app"
	var out, errs bytes.Buffer
	if code := run(t.Context(), &out, &errs, "--from="+dir, "--image="+repo); code != step.CodeDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	ref, err := name.NewDigest(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	back, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(back); err != nil {
		t.Error(err)
	}
	if want, _ := img.Digest(); ref.DigestStr() != want.String() {
		t.Errorf("pushed %s, built %s", ref.DigestStr(), want)
	}
	if tags, err := remote.List(ref.Context()); err != nil || len(tags) != 0 {
		t.Errorf("the push made tags %v, %v", tags, err)
	}
}

// An index goes up with all that it lists, and is copied between registries.
func TestPushedIndexIsBuilt(t *testing.T) {
	index, err := random.Index(1000, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	nested := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: index})
	dir := filepath.Join(t.TempDir(), "oci")
	path, err := ocilayout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendIndex(nested); err != nil {
		t.Fatal(err)
	}
	want, err := nested.Digest()
	if err != nil {
		t.Fatal(err)
	}
	from := dir
	for range 2 {
		var out, errs bytes.Buffer
		if code := run(t.Context(), &out, &errs, "--from="+from, "--image="+newRegistry(t)+"/library/app"); code != step.CodeDone {
			t.Fatalf("exit code %d: %s", code, errs.String())
		}
		from = strings.TrimSpace(out.String())
		ref, err := name.NewDigest(from)
		if err != nil {
			t.Fatal(err)
		}
		back, err := remote.Index(ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Index(back); err != nil || ref.DigestStr() != want.String() {
			t.Errorf("pushed %s, built %s; %v", ref.DigestStr(), want, err)
		}
	}
}

func run(ctx context.Context, out, errs io.Writer, args ...string) step.Code {
	return step.Execute(ctx, Command(), args, &step.Env{Stdout: out, Stderr: errs, Log: slog.New(slog.DiscardHandler)})
}
