// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// given is a folder as Kubernetes mounts a Secret.
func given(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..data"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		write(t, filepath.Join(dir, "..data", name), text)
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSecrets(t *testing.T) {
	to := filepath.Join(t.TempDir(), "secrets")
	s, err := placeSecrets(given(t, map[string]string{"npm": "npm_s3cret\n", "key": "BEGIN\nline of a key\nEND\n", "no": "x"}), to)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(to, "npm"))
	if err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("got %v, %v", info, err)
	}
	if want := []string{filepath.Join(to, "key"), filepath.Join(to, "no"), filepath.Join(to, "npm")}; !slices.Equal(s.paths(), want) {
		t.Errorf("got %v", s.paths())
	}
	v, out := watched(0, "FROM a", "RUN x")
	v.secrets = s.words
	v.line("token npm_s3cret, x and line of a key")
	v.line(`{"level":"info","msg":"Args: npm_s3cret"}`)
	v.entry("info", "say npm_s3cret")
	if got := out.String(); strings.Contains(got, "s3cret") || !strings.Contains(got, "token ***, x and ***") {
		t.Errorf("it shows %s", got)
	}
	if err := s.remove(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What lies there already is nobody's to replace.
func TestSecretsReplaceNothing(t *testing.T) {
	to := t.TempDir()
	write(t, filepath.Join(to, "b"), "precious")
	if _, err := placeSecrets(given(t, map[string]string{"a": "s3cret", "b": "s3cret"}), to); err == nil {
		t.Error("it was replaced")
	}
	if left, err := os.ReadDir(to); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if s, err := placeSecrets(filepath.Join(to, "none"), to); step.CodeOf(err) != step.CodeMisused || len(s.ids) > 0 {
		t.Errorf("got %v", err)
	}
	if s, err := placeSecrets("", to); err != nil || len(s.paths()) > 0 {
		t.Errorf("got %v, %v", s.paths(), err)
	}
}

func TestSecretMounts(t *testing.T) {
	s := &secrets{ids: []string{"npm"}}
	for _, c := range []struct{ text, want string }{
		{"RUN --mount=type=secret,id=npm npm ci", ""},
		{"RUN --network=none --mount=type=secret,id=npm,required=true,target=/run/secrets/npm npm ci", ""},
		{"RUN --mount=type=secret,target=/run/secrets/npm,required npm ci", ""},
		{"RUN --mount=type=secret,id=other npm ci", ""}, // it need not be there
		{"RUN --mount=type=secret,id=other,required=false npm ci", ""},
		{"RUN --mount=type=cache,id=other,required,target=/c npm ci", ""},
		{"RUN echo --mount=type=secret,id=other,required", ""},
		{"COPY --mount=type=secret,id=other,required x y", ""},
		{"RUN --mount=type=secret,id=other,required npm ci", "needs the build secret other"},
		{"RUN --mount=type=secret,id=npm,target=/root/.npmrc npm ci", "at /root/.npmrc"},
		{"RUN --mount=type=secret,id=npm,dst=/root/.npmrc npm ci", "at /root/.npmrc"},
		{"RUN --mount=type=secret,id=npm,env=TOKEN npm ci", "as a variable"},
	} {
		err := s.check([]stage{{instructions: []recipe.Instruction{{File: "Dockerfile", Line: 7, Text: c.text}}}})
		switch {
		case c.want == "" && err == nil:
		case err == nil || c.want == "" || step.CodeOf(err) != step.CodeMisused || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "Dockerfile:7"):
			t.Errorf("%s: got %v", c.text, err)
		}
	}
}
