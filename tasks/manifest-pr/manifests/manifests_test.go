// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/manifest"
)

var admin = Service{Name: "admin", Image: manifest.Image{Repository: "reg.example/admin", Tag: "new"}}

// folder makes a directory with files.
func folder(t testing.TB, files map[string]string) (string, *Folder) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return dir, f
}

func TestOnlyManifestsAreLookedAtAndEachOnce(t *testing.T) {
	dir, f := folder(t, map[string]string{
		"m/a.yaml": "image: reg.example/admin:old\n", "m/b/c.yml": "image: reg.example/admin:old", "m/d.json": `{"image":"reg.example/admin:new"}`,
		"m/e.txt": "image: reg.example/admin:old", "m/.git/f.yaml": "image: reg.example/admin:old", "other/g.yaml": "image: reg.example/admin:old",
		"m/Kustomization": "images: [{name: reg.example/admin, newTag: old}]",
	})
	for link, target := range map[string]string{"link.yaml": "../other/g.yaml", "same.yaml": "a.yaml", "else.yaml": "e.txt.not"} {
		if err := os.Symlink(target, filepath.Join(dir, "m", link)); err != nil {
			t.Fatal(err)
		}
	}
	s := admin
	s.Paths = []string{"m", "./m/b/", "/m/a.yaml", "nowhere"}
	plan, err := Edit(t.Context(), f, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(plan.Files); got != "m/Kustomization m/a.yaml m/b/c.yml" {
		t.Errorf("got %s", got)
	}
	if len(plan.Links) != 1 || plan.Links[0] != "m/link.yaml" {
		t.Errorf("links %v", plan.Links)
	}
}

func names(files []Edited) string {
	all := make([]string, len(files))
	for i, e := range files {
		all[i] = e.Path
	}
	return strings.Join(all, " ")
}

func TestAFileThatCannotBeEditedFailsTheWhole(t *testing.T) {
	_, f := folder(t, map[string]string{"a.yaml": "image: reg.example/admin:old\n", "b.yaml": "image: reg.example/admin:old\n- x"})
	s := admin
	s.Paths = []string{"."}
	plan, err := Edit(t.Context(), f, s)
	if err == nil || !strings.HasPrefix(err.Error(), "b.yaml:2:1: ") || len(plan.Files) != 0 {
		t.Errorf("got %+v, %v", plan, err)
	}
}
