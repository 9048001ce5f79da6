// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/manifest"
)

var admin = Service{Name: "admin", Image: manifest.Image{Repository: "reg.example/admin", Tag: "new"}}

// folder makes a directory with files.
func folder(t *testing.T, files map[string]string) (string, *Folder) {
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
	if err := os.Symlink(filepath.Join(dir, "other", "g.yaml"), filepath.Join(dir, "m", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	s := admin
	s.Paths = []string{"m", "./m/b/", "/m/a.yaml", "nowhere"}
	plan, err := Edit(t.Context(), f, s)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range plan.Files {
		names = append(names, e.Path)
	}
	if got := strings.Join(names, " "); got != "m/Kustomization m/a.yaml m/b/c.yml" {
		t.Errorf("got %s", got)
	}
}

func TestAFileThatCannotBeEditedFailsTheWhole(t *testing.T) {
	_, f := folder(t, map[string]string{"a.yaml": "image: reg.example/admin:old\n", "b.yaml": "image: reg.example/admin:old\n- x"})
	s := admin
	s.Paths = []string{"."}
	plan, err := Edit(t.Context(), f, s)
	if err == nil || !strings.HasPrefix(err.Error(), "b.yaml:2: ") || len(plan.Files) != 0 {
		t.Errorf("got %+v, %v", plan, err)
	}
}

// The diff is one that git applies.
func TestDiff(t *testing.T) {
	for _, text := range []string{
		"a: 1\nimage: reg.example/admin:old\nb: 2\nc:\n  image: reg.example/admin:old",
		"image: reg.example/admin:old", "image: reg.example/admin:old\r\nx: y\r\n", "x:\n- image: \"reg.example/\\\n    admin:old\"\n- b\n",
	} {
		dir, f := folder(t, map[string]string{"f.yaml": text})
		s := admin
		s.Paths = []string{"f.yaml"}
		plan, err := Edit(t.Context(), f, s)
		if err != nil || len(plan.Files) != 1 {
			t.Fatalf("%+v %v", plan, err)
		}
		var diff bytes.Buffer
		if err := plan.Files[0].WriteDiff(&diff); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "git", "apply", "--unidiff-zero", "-")
		cmd.Dir, cmd.Stdin = dir, &diff
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s\n%s", err, out, diff.String())
		}
		if got, err := os.ReadFile(filepath.Join(dir, "f.yaml")); err != nil || !bytes.Equal(got, plan.Files[0].After) {
			t.Errorf("got %q, %v, want %q", got, err, plan.Files[0].After)
		}
	}
}
