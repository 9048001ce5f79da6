// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// repo is a repository with one tool, hello, that needs no module.
func repo(t *testing.T) (Builder, *bytes.Buffer) {
	t.Helper()
	root, log := t.TempDir(), &bytes.Buffer{}
	write(t, filepath.Join(root, "e2e/tools/hello/go.mod"), "module example.test/hello\n\ngo 1.26\n")
	write(t, filepath.Join(root, "e2e/tools/hello/main.go"), "package main\n\nfunc main() { println(\"hello\") }\n")
	return Builder{Root: root, Cache: filepath.Join(t.TempDir(), "tools"), Progress: log}, log
}

func TestBuildCompilesOnce(t *testing.T) {
	b, log := repo(t)
	dir, err := b.Build(t.Context(), "hello")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(dir, "hello")).CombinedOutput()
	if err != nil || string(out) != "hello\n" {
		t.Fatalf("running it: %q, %v", out, err)
	}
	if !strings.Contains(log.String(), "building hello") {
		t.Errorf("no progress in %q", log)
	}
	log.Reset()
	again, err := b.Build(t.Context(), "hello")
	if err != nil || again != dir || log.Len() > 0 {
		t.Errorf("second time: %s, %v, %q; want %s and silence", again, err, log, dir)
	}
}

func TestBuildFollowsTheSource(t *testing.T) {
	b, _ := repo(t)
	first, err := b.Build(t.Context(), "hello")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(b.source("hello"), "main.go"), "package main\n\nfunc main() { println(\"bye\") }\n")
	second, err := b.Build(t.Context(), "hello")
	if err != nil || first == second {
		t.Errorf("after a change: %s, %v; want another folder", second, err)
	}
}

func TestBuildThatFailsLeavesNothing(t *testing.T) {
	b, _ := repo(t)
	write(t, filepath.Join(b.source("hello"), "main.go"), "package main\n\nfunc main() { undefined() }\n")
	_, err := b.Build(t.Context(), "hello")
	if err == nil || !strings.Contains(err.Error(), "undefined") {
		t.Fatalf("error %v, want the compiler's", err)
	}
	left, _ := filepath.Glob(filepath.Join(b.Cache, "[^.]*"))
	unfinished, _ := filepath.Glob(filepath.Join(b.Cache, ".building-*"))
	if len(left)+len(unfinished) > 0 {
		t.Errorf("left %v %v", left, unfinished)
	}
}

func TestBuildSweepsWhatAKilledOneLeft(t *testing.T) {
	b, _ := repo(t)
	mine, other := filepath.Join(b.Cache, ".building-hello.1", "x"), filepath.Join(b.Cache, ".building-hello-db.1", "x")
	write(t, mine, "")
	write(t, other, "")
	if _, err := b.Build(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mine); err == nil {
		t.Error("the folder of the killed build is still there")
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("the folder of another tool's build went: %v", err)
	}
}

func TestBuildOfAnUnknownTool(t *testing.T) {
	b, _ := repo(t)
	if _, err := b.Build(t.Context(), "nosuch"); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("error %v, want one that names it", err)
	}
}

func TestLockKeepsOthersOut(t *testing.T) {
	b, log := repo(t)
	unlock, err := b.lock(t.Context(), "hello", "v1")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := b.lock(ctx, "hello", "v1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second lock: %v, want to wait until the deadline", err)
	}
	if !strings.Contains(log.String(), "waiting for another process") {
		t.Errorf("did not say that it waits: %q", log)
	}
	unlock()
	again, err := b.lock(t.Context(), "hello", "v1")
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestPruneKeepsTheLastUsed(t *testing.T) {
	b, _ := repo(t)
	now := time.Now()
	for age, name := range []string{"hello-0000000000000000", "hello-1111111111111111", "hello-2222222222222222", "hello-3333333333333333", "hello-db-444444444444444"} {
		write(t, filepath.Join(b.Cache, name, "hello"), "")
		when := now.Add(-time.Duration(age) * time.Hour)
		if err := os.Chtimes(filepath.Join(b.Cache, name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	b.prune("hello", filepath.Join(b.Cache, "hello-0000000000000000"))
	for name, want := range map[string]bool{
		"hello-0000000000000000": true, "hello-1111111111111111": true, "hello-2222222222222222": true,
		"hello-3333333333333333": false, "hello-db-444444444444444": true,
	} {
		if _, err := os.Stat(filepath.Join(b.Cache, name)); (err == nil) != want {
			t.Errorf("%s: there %t, want %t", name, err == nil, want)
		}
	}
}

func TestKeyKnowsWhatMatters(t *testing.T) {
	src := func() fstest.MapFS {
		return fstest.MapFS{"go.mod": {Data: []byte("a")}, "main.go": {Data: []byte("b")}}
	}
	key := func(r recipe, toolchain string, fs fstest.MapFS) string {
		k, err := r.keyFor(toolchain, fs)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	plain := key(recipe{}, "go1", src())
	for name, change := range map[string]func(*recipe, *string, fstest.MapFS){
		"flags":     func(r *recipe, _ *string, _ fstest.MapFS) { r.ldflags = "-X a=b" },
		"env":       func(r *recipe, _ *string, _ fstest.MapFS) { r.env = []string{"A=b"} },
		"toolchain": func(_ *recipe, tc *string, _ fstest.MapFS) { *tc = "go2" },
		"go.sum":    func(_ *recipe, _ *string, fs fstest.MapFS) { fs["go.sum"] = &fstest.MapFile{} },
		"source":    func(_ *recipe, _ *string, fs fstest.MapFS) { fs["main.go"].Data = []byte("c") },
	} {
		r, toolchain, fs := recipe{}, "go1", src()
		change(&r, &toolchain, fs)
		if key(r, toolchain, fs) == plain {
			t.Errorf("another %s gives the same key", name)
		}
	}
	fs := src()
	fs["main_test.go"], fs["README.md"] = &fstest.MapFile{}, &fstest.MapFile{}
	if key(recipe{}, "go1", fs) != plain {
		t.Error("a test or README changes the key")
	}
}

func TestRecipeOfKubernetesStampsItsVersion(t *testing.T) {
	var mod goMod
	mod.Tool = []struct{ Path string }{{"k8s.io/kubernetes/cmd/kubelet"}}
	mod.Require = []struct{ Path, Version string }{{"k8s.io/api", "v0.35.4"}, {"k8s.io/kubernetes", "v1.35.4"}}
	r := newRecipe("kubernetes", mod, false)
	for _, want := range []string{"-X k8s.io/component-base/version.gitVersion=v1.35.4", ".gitMajor=1", ".gitMinor=35"} {
		if !strings.Contains(r.ldflags, want) {
			t.Errorf("no %q in %q", want, r.ldflags)
		}
	}
	if len(r.packages) != 1 || r.packages[0] != "tool" {
		t.Errorf("builds %v", r.packages)
	}
}

func TestEveryToolHasARecipe(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(root, "e2e/tools/*/go.mod"))
	if err != nil || len(all) < 5 {
		t.Fatalf("found %v, %v", all, err)
	}
	for _, mod := range all {
		dir := filepath.Dir(mod)
		r, err := readRecipe(t.Context(), dir, filepath.Base(dir))
		if err != nil || len(r.packages) == 0 {
			t.Errorf("%s: builds %v, %v", dir, r.packages, err)
		}
	}
}

func TestRootIsFoundFromBelowOnly(t *testing.T) {
	top := t.TempDir()
	write(t, filepath.Join(top, "go.mod"), module)
	below := filepath.Join(top, "a/b")
	write(t, filepath.Join(below, "go.mod"), "module example.test/other\n")
	got, err := rootAbove(below)
	if err != nil || got != top {
		t.Errorf("%s, %v; want %s", got, err, top)
	}
	if _, err := rootAbove(t.TempDir()); err == nil || !strings.Contains(err.Error(), "hint:") {
		t.Errorf("outside: %v, want a hint", err)
	}
}
