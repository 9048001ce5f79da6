// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/wanted"
)

func TestPlan(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(b.dir, "plan.json")
	for _, arch := range []string{"amd64", "s390x"} {
		img := b.push("tools:" + arch)
		layers, err := img.Layers()
		if err != nil {
			t.Fatal(err)
		}
		index := mutate.AppendManifests(empty.Index,
			mutate.IndexAddendum{Add: b.push("tools:other"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "riscv64"}}},
			mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
		if err := remote.WriteIndex(b.tag("tools:v1"), index); err != nil {
			t.Fatal(err)
		}
		key := b.builds("--plan="+file, "--extra-arg=--custom-platform=linux/"+arch)
		p, err := plan.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		first, err := layers[0].Digest()
		if err != nil {
			t.Fatal(err)
		}
		if wanted.KeyTagPrefix+p.Key != key || p.Platform != "linux/"+arch || len(p.Bases) != 2 || p.Bases[0].Repository != b.host+"/mirror/library/debian" || len(p.Bases[0].Layers) != 2 {
			t.Fatalf("plan %+v", p)
		}
		digest, err := index.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if tools := p.Bases[1]; tools.Digest != digest.String() || tools.Layers[0].Digest != first.String() || tools.Layers[0].Size == 0 {
			t.Errorf("base %+v, want the index %s and the layers of its %s", tools, digest, arch)
		}
	}
}

// The cache lies beside the image, or where its name says.
func TestCacheRepository(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(b.dir, "plan.json")
	for cache, want := range map[string]string{
		"": "", "cache": b.host + "/shop/cache", "a/b": b.host + "/shop/a/b", "registry.example.com/cache": "registry.example.com/cache", "localhost/x": "localhost/x",
	} {
		b.builds("--plan="+file, "--cache-repo="+cache)
		p, err := plan.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		if p.CacheRepository != want {
			t.Errorf("--cache-repo=%s is %q, want %q", cache, p.CacheRepository, want)
		}
	}
	if a := b.run("--cache-repo=app"); a.code != step.CodeMisused {
		t.Errorf("the image's own repository: %+v", a)
	}
}

// Bases are looked up with credentials of their own, where these are given.
func TestPullConfig(t *testing.T) {
	b := newBench(t)
	b.write("app/Dockerfile", "FROM "+b.host+"/tools:v1\n")
	b.refuse = func(w http.ResponseWriter, r *http.Request) bool {
		_, password, _ := r.BasicAuth()
		switch {
		case strings.Contains(r.URL.Path, "/shop/"):
			return false
		case password == "pull":
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	if key := b.builds(); key != "" {
		t.Errorf("key %s without a right to pull the bases", key)
	}
	b.write("pull/config.json", `{"auths": {"`+b.host+`": {"username": "robot", "password": "pull"}}}`)
	if b.builds("--pull-config="+filepath.Join(b.dir, "pull")) == "" {
		t.Error("no key")
	}
}

// Where a base's RUN lines begin is told.
func TestPlanTellsTheWorkDir(t *testing.T) {
	b := newBench(t)
	img, err := mutate.Config(b.push("tools:other"), v1.Config{WorkingDir: "/workspace"})
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(b.tag("tools:v1"), img); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(b.dir, "plan.json")
	b.builds("--plan=" + file)
	p, err := plan.Read(file)
	if err != nil || len(p.Bases) != 2 || p.Bases[0].WorkDir != "" || p.Bases[1].WorkDir != "/workspace" {
		t.Errorf("plan %+v, %v", p, err)
	}
}
