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

// A link stays one, also where it is named itself; a folder that is one is gone through.
func TestLinksStayLinks(t *testing.T) {
	dir, f := folder(t, map[string]string{"real/a.yaml": "image: reg.example/admin:old\n"})
	for link, target := range map[string]string{"a.yaml": "real/a.yaml", "through": "real"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Edit(t.Context(), f, of("admin", "a.yaml")); err == nil || !strings.Contains(err.Error(), "no manifest names the image") {
		t.Error(err)
	}
	if err := f.Write([]Edited{{File: File{Path: "a.yaml"}, Before: []byte("image: reg.example/admin:old\n")}}); err == nil {
		t.Error("a link is replaced by a file")
	}
	twice, err := Edit(t.Context(), f, of("admin", "real", "through"))
	if err == nil {
		err = f.Write(twice.Files)
	}
	if err == nil || err.Error() != "writing through/a.yaml: real/a.yaml is the same file; name one of them" {
		t.Error(err)
	}
	plan, err := Edit(t.Context(), f, of("admin", "through"))
	if err == nil {
		err = f.Write(plan.Files)
	}
	if got, readErr := os.ReadFile(filepath.Join(dir, "a.yaml")); err != nil || readErr != nil || string(got) != "image: reg.example/admin:new\n" {
		t.Errorf("%q, %v, %v", got, err, readErr)
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
