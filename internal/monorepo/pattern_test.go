// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var patternTexts = []string{
	"*.md", "docs", "docs/", "/docs", "docs/**", "**/docs", "a/**/z", "a/*/z", "a/b", "/a", "b?", "[ab]x", "[!a]x", "[^a]x",
	"**", "**/", "/*", "*", "a/**", "**/b/c", "\\#x", "a b", "[]x]y", "[a-c]/z", "x.go", "*.*", "\\*", "a**b",
}

var patternPaths = []string{
	"a", "a/z", "a/b/z", "a/b/c/z", "docs", "docs/x.md", "x/docs", "x/docs/y", "docs/docs/x", "README.md", "a/b", "a/b/c", "x/b/c/d",
	"x/b/b/c", "bx", "ax", "cx", "x/ax", "b1", "#x", "a b", "]y", "b/z", "d/z", "x.go", "y/x.go/z", "*", "axb", ".hidden", "xb/c", "ab",
}

// Git itself is the oracle for single patterns.
func TestPatternsMatchAsGitignore(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	for _, text := range patternTexts {
		if err := os.WriteFile(filepath.Join(dir, ".git", "info", "exclude"), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		ignored := git(t, dir, append([]string{"check-ignore", "--no-index", "--"}, patternPaths...)...)
		for _, path := range patternPaths {
			want := strings.Contains("\n"+ignored, "\n"+path+"\n")
			if got := p.Match(path); got != want {
				t.Errorf("pattern %q, path %q: got %v, git says %v", text, path, got, want)
			}
		}
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "core.quotePath=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("git %v: %v", args, err)
	}
	return string(out)
}

func TestTheLastMatchWins(t *testing.T) {
	ps, err := ParsePatterns([]string{"docs/**", "!docs/api", "docs/api/*.md", "!**/keep.md"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"docs/a": true, "docs/api/x.go": false, "docs/api/x.md": true, "docs/api/keep.md": false, "src/a": false,
	} {
		if got := ps.Has(path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

func TestBadPatterns(t *testing.T) {
	for _, text := range []string{"", "!", "/", "[a", " "} {
		if _, err := ParsePattern(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, text := range patternTexts {
		f.Add(text, "a/b/c")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		p, err := ParsePattern(text)
		if err == nil && p.Match(path) && path != "" && !p.Match(path+"/below") {
			t.Errorf("pattern %q matches %q but not what lies below", text, path)
		}
	})
}
