// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/images"
	"github.com/google/go-containerregistry/pkg/name"
	"sigs.k8s.io/yaml"
)

const (
	scanGate    = "github.com/adze-ci/adze/cmd/scan-gate"
	kanikoBuild = "github.com/adze-ci/adze/cmd/kaniko-build"
	resolvd     = "github.com/adze-ci/adze/cmd/node-resolv"
)

func koYAML(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile("../../ko.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestOfflineSwapsEveryBase(t *testing.T) {
	refs := map[string]string{"static": "r/static@sha256:1", "kaniko": "r/kaniko@sha256:2", "trivy": "r/trivy@sha256:3", "git": "r/git@sha256:4"}
	out, err := offline(koYAML(t), refs, []string{scanGate, kanikoBuild, resolvd})
	if err != nil {
		t.Fatal(err)
	}
	var c koConfig
	if err := yaml.UnmarshalStrict(out, &c); err != nil {
		t.Fatal(err)
	}
	if c.DefaultBaseImage != refs["static"] || c.BaseImageOverrides[scanGate] != refs["trivy"] || c.BaseImageOverrides[kanikoBuild] != refs["kaniko"] {
		t.Errorf("offline configuration:\n%s", out)
	}
	for _, public := range []string{"gcr.io", "ghcr.io", "docker.io"} {
		if strings.Contains(string(out), public) {
			t.Errorf("%s is left in the offline configuration:\n%s", public, out)
		}
	}
	if !slices.Equal(c.DefaultPlatforms, []string{"linux/amd64"}) {
		t.Errorf("platforms %v: the offline bases are for linux/amd64 alone", c.DefaultPlatforms)
	}
}

func TestOfflineRefusesWhatItCannotReplace(t *testing.T) {
	for _, config := range []string{
		"baseImageOverrides: {github.com/adze-ci/adze/cmd/new: ghcr.io/some/base:1}",
		"baseImageOveride: {}",
	} {
		if out, err := offline([]byte(config), map[string]string{}, nil); err == nil {
			t.Errorf("%s: gave %s, want an error", config, out)
		}
	}
}

func TestStandInsExist(t *testing.T) {
	known, err := images.Names()
	if err != nil {
		t.Fatal(err)
	}
	for path, base := range stand() {
		if !slices.Contains(known, base) {
			t.Errorf("%s stands on %s, which images/ does not have", path, base)
		}
	}
}

// ko.yaml names the bases that everybody else uses.
func TestKoYAMLNamesPinnedBases(t *testing.T) {
	var c koConfig
	if err := yaml.UnmarshalStrict(koYAML(t), &c); err != nil {
		t.Fatal(err)
	}
	bases := []string{c.DefaultBaseImage}
	for path, base := range c.BaseImageOverrides {
		bases = append(bases, base)
		dir := strings.TrimPrefix(path, "github.com/adze-ci/adze/")
		if _, err := os.Stat(filepath.Join("../..", filepath.Dir(dir))); err != nil {
			t.Errorf("ko.yaml: %s: %v", path, err)
		}
	}
	for _, base := range bases {
		tag, err := name.NewTag(base, name.StrictValidation)
		if err != nil || tag.TagStr() == "latest" {
			t.Errorf("ko.yaml: base %q is not pinned to a tag: %v", base, err)
		}
	}
}

func TestKoEnvironment(t *testing.T) {
	t.Setenv("KO_DEFAULTBASEIMAGE", "from/the/caller")
	t.Setenv("GOFLAGS", "-mod=vendor")
	p := &Platform{Registry: "localhost:5001", Cache: "/cache"}
	env := p.koEnv("/generated/ko.yaml")
	for _, want := range []string{"KO_CONFIG_PATH=/generated/ko.yaml", "KO_DOCKER_REPO=localhost:5001", "GOFLAGS=-buildvcs=false"} {
		if !slices.Contains(env, want) {
			t.Errorf("ko's environment lacks %s", want)
		}
	}
	for _, v := range env {
		if strings.Contains(v, "from/the/caller") || strings.Contains(v, "vendor") {
			t.Errorf("ko's environment has the caller's %s", v)
		}
	}
}

func TestKoRefs(t *testing.T) {
	p := &Platform{Registry: "localhost:5001"}
	pushed := "localhost:5001/" + scanGate + "@sha256:aa\nlocalhost:5001/" + resolvd + "@sha256:bb\n"
	refs, err := p.koRefs(pushed, []string{scanGate, resolvd})
	if err != nil || refs[scanGate] != "localhost:5001/"+scanGate+"@sha256:aa" {
		t.Errorf("koRefs = %v, %v", refs, err)
	}
	if _, err := p.koRefs(pushed, []string{kanikoBuild}); err == nil {
		t.Error("an image that ko did not push was not missed")
	}
}

func TestResolve(t *testing.T) {
	text := []byte("image: ko://" + scanGate + "\nargs: [\"ko://" + resolvd + "\"] # ko://" + scanGate + "\n")
	if got := references(text, text); !slices.Equal(got, []string{resolvd, scanGate}) {
		t.Errorf("references = %v", got)
	}
	got := string(resolve(text, map[string]string{scanGate: "a@sha256:1", resolvd: "b@sha256:2"}))
	if want := "image: a@sha256:1\nargs: [\"b@sha256:2\"] # a@sha256:1\n"; got != want {
		t.Errorf("resolve = %q, want %q", got, want)
	}
}

func TestLimit(t *testing.T) {
	sources := func() map[string][]byte {
		return map[string][]byte{
			"tasks/scan-gate/task.yaml": []byte("ko://" + scanGate), "tasks/node-resolv/daemonset.yaml": []byte("ko://" + resolvd),
			"pipelines/ci.yaml": []byte("none"),
		}
	}
	all := sources()
	if got := limit(all, nil); !slices.Equal(got, []string{resolvd, scanGate}) || len(all) != 3 {
		t.Errorf("limit without commands = %v with %d files left", got, len(all))
	}
	some := sources()
	if got := limit(some, []string{"scan-gate"}); !slices.Equal(got, []string{scanGate}) || len(some) != 2 || some["tasks/node-resolv/daemonset.yaml"] != nil {
		t.Errorf("limit to scan-gate = %v with %d files left", got, len(some))
	}
}

func TestYAMLFiles(t *testing.T) {
	tree := t.TempDir()
	if err := replaceFile(filepath.Join(tree, "tasks/a/task.yaml"), []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(filepath.Join(tree, "tasks/a/README.md"), []byte("r")); err != nil {
		t.Fatal(err)
	}
	files, err := yamlFiles(tree, "tasks")
	if err != nil || len(files) != 1 || string(files["tasks/a/task.yaml"]) != "a" {
		t.Errorf("yamlFiles = %v, %v", files, err)
	}
	if _, err := yamlFiles(tree, "pipelines"); err == nil {
		t.Error("a folder that is not there was taken for an empty one")
	}
}
