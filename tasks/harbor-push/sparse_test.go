// SPDX-License-Identifier: Apache-2.0

package harborpush

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/step"
)

// sparse is a layout of an image whose base is in a registry, not in the layout.
type sparse struct {
	t          *testing.T
	base, img  v1.Image
	repository string
	dir, plan  string
}

func newRegistry(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

func newSparse(t *testing.T) *sparse {
	t.Helper()
	s := &sparse{t: t, repository: newRegistry(t) + "/library/base", dir: filepath.Join(t.TempDir(), "oci")}
	s.plan = filepath.Join(t.TempDir(), "plan.json")
	var err error
	s.base, err = random.Image(20_000, 2)
	s.must(err)
	ref, err := name.NewTag(s.repository + ":1")
	s.must(err)
	s.must(remote.Write(ref, s.base))
	own, err := random.Layer(1000, types.DockerLayer)
	s.must(err)
	s.img, err = mutate.AppendLayers(s.base, own)
	s.must(err)
	s.must(writeLayout(s.dir, s.img))
	for _, layer := range s.layers() {
		s.must(os.Remove(filepath.Join(s.dir, "blobs", "sha256", layer.Digest.Hex)))
	}
	s.write(func(*plan.Plan) {})
	return s
}

func (s *sparse) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// layers are the base's.
func (s *sparse) layers() []v1.Descriptor {
	manifest, err := s.base.Manifest()
	s.must(err)
	return manifest.Layers
}

// write writes the plan, with an edit.
func (s *sparse) write(edit func(*plan.Plan)) {
	digest, err := s.base.Digest()
	s.must(err)
	base := plan.Base{Name: "base:1", Repository: s.repository, Digest: digest.String()}
	for _, layer := range s.layers() {
		base.Layers = append(base.Layers, plan.Layer{Digest: layer.Digest.String(), Size: layer.Size, MediaType: string(layer.MediaType)})
	}
	p := &plan.Plan{Platform: "linux/amd64", Bases: []plan.Base{base}}
	edit(p)
	s.must(plan.Write(s.plan, p))
}

// Layers that a layout does not hold come from the registry that has the base.
func TestSparseLayout(t *testing.T) {
	s := newSparse(t)
	var out, errs bytes.Buffer
	if code := run(t.Context(), &out, &errs, "--from="+s.dir, "--plan="+s.plan, "--image="+newRegistry(t)+"/library/app"); code != step.CodeDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	ref, err := name.NewDigest(strings.TrimSpace(out.String()))
	s.must(err)
	back, err := remote.Image(ref)
	s.must(err)
	if err := validate.Image(back); err != nil {
		t.Error(err)
	}
	if want, _ := s.img.Digest(); ref.DigestStr() != want.String() {
		t.Errorf("pushed %s, built %s", ref.DigestStr(), want)
	}
}

// Which layers may be missing is the plan's word alone, and what a registry gives
// in their place must have their digest.
func TestSparseLayoutIsNotBelieved(t *testing.T) {
	for what, tc := range map[string]struct {
		edit func(*plan.Plan)
		code step.Code
		says string
	}{
		"no base":        {func(p *plan.Plan) { p.Bases = nil }, step.CodeMisused, "no such file"},
		"another layer":  {func(p *plan.Plan) { p.Bases[0].Layers = p.Bases[0].Layers[:1] }, step.CodeMisused, "no such file"},
		"another size":   {func(p *plan.Plan) { p.Bases[0].Layers[1].Size++ }, step.CodeMisused, "no such file"},
		"no repository":  {func(p *plan.Plan) { p.Bases[0].Repository = "base" }, step.CodeMisused, "--plan"},
		"gone meanwhile": {func(p *plan.Plan) { p.Bases[0].Repository = newRegistry(t) + "/library/base" }, step.CodeFailed, "404"},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSparse(t)
			s.write(tc.edit)
			var errs bytes.Buffer
			code := run(t.Context(), io.Discard, &errs, "--from="+s.dir, "--plan="+s.plan, "--image="+newRegistry(t)+"/library/app")
			if code != tc.code || !strings.Contains(errs.String(), tc.says) {
				t.Errorf("exit code %d: %s", code, errs.String())
			}
		})
	}
}
