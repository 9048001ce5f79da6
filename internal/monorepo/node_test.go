// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadPackageJSON(t *testing.T) {
	text := "\xef\xbb\xbf" + `{
  "name": "@shop/cart",
  "dependencies": {"a": "^1.0.0", "b":
     "workspace:*"},
  "devDependencies": {
    "c": "file:../c", "odd": 1
  },
  "optionalDependencies": {"d": "*"},
  "peerDependencies": {"e": ">=1 {\n}"},
  "scripts": {"dependencies": "no"},
  "workspaces": {"packages": ["x/*"], "nohoist": ["no"]},
  "overrides": {"f": {".": "link:f", "g": "1"}},
  "resolutions": {"h": "portal:./h"},
  "pnpm": {"overrides": {"i": "link:./i"}, "patchedDependencies": {"j@1": "patches/j.patch"}},
  "peerDependencies": {"k": "1"}
}
`
	p, err := ReadPackageJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "{@shop/cart [{a ^1.0.0 3} {b workspace:* 3} {c file:../c 6} {odd  6} {d * 8} {e >=1 {\n} 9} {k 1 15}] " +
		"[{portal:./h 13} {link:f 12} {1 12} {link:./i 14} {file:patches/j.patch 14}] [x/*]}"
	if got := fmt.Sprint(*p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if p, err = ReadPackageJSON([]byte(`{"workspaces": ["a", "b/*"]}`)); err != nil || fmt.Sprint(p.Workspaces) != "[a b/*]" {
		t.Errorf("%v, %v", p, err)
	}
	for text, want := range map[string]string{"": "line 1", "{\n\"a\": x}": "line 2", "{\n\n": "line 3", "[\"a\"]": "line 1", "{}\n{}": "line 2"} {
		if p, err := ReadPackageJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want+":") {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}

func TestReadSpec(t *testing.T) {
	for spec, want := range map[string]string{
		"^1.2.0":             "{[] [] }",
		"*":                  "{[] [] }",
		"user/repo":          "{[] [] }",
		"https://x.y/z.tgz":  "{[] [] }",
		"git+ssh://x/y#main": "{[] [] }",
		"catalog:":           "{[] [] }",
		"file:../x":          "{[../x] [] }",
		"file:./x.tgz":       "{[./x.tgz] [] }",
		"file://../x":        "{[../x] [] }",
		"link:x":             "{[x] [] }",
		"portal:../x::a=b":   "{[../x] [] }",
		"../x":               "{[../x] [] }",
		"x-1.0.0.tgz":        "{[x-1.0.0.tgz] [] }",
		"npm:x@^1":           "{[] [] x}",
		"npm:@s/x@^1":        "{[] [] @s/x}",
		"npm:^1":             "{[] [] }",
		"workspace:^":        "{[] [] }",
		"workspace:1.x":      "{[] [] }",
		"workspace:x@*":      "{[] [] x}",
		"workspace:@s/x@*":   "{[] [] @s/x}",
		"workspace:../x":     "{[../x] [../x] }",
		"workspace:libs/x":   "{[libs/x] [libs/x] }",
		"patch:x@npm%3A1.0.0#~/.yarn/patches/x.patch":              "{[] [.yarn/patches/x.patch] }",
		"patch:x@npm:1.0.0#optional!./p.patch&~builtin<x>::v=1":    "{[./p.patch] [] }",
		"patch:@s/x@workspace%3Alibs/x#../p.patch::version=1&hash": "{[libs/x ../p.patch] [libs/x] }",
	} {
		if got := fmt.Sprint(readSpec(spec)); got != want {
			t.Errorf("%s: got %s, want %s", spec, got, want)
		}
	}
}

func TestReadPNPMWorkspace(t *testing.T) {
	text := `# the shop's
packages:
  - libs/*
  - '!libs/old'
overrides:
  a: link:../a
patchedDependencies:
  b@1.0.0: patches/b.patch
catalog: {c: ^1.0.0}
`
	w, err := ReadPNPMWorkspace([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(*w), "{[libs/* !libs/old] [{link:../a 6} {file:patches/b.patch 8}]}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for text, want := range map[string]string{"": "{[.] []}", "shamefullyHoist: true\n": "{[.] []}", "packages: []\n": "{[.] []}", "null\n": "{[.] []}"} {
		if w, err := ReadPNPMWorkspace([]byte(text)); err != nil || fmt.Sprint(*w) != want {
			t.Errorf("%q: %v, %v", text, w, err)
		}
	}
	for _, text := range []string{"packages: [\n", "- a\n", "word\n"} {
		if w, err := ReadPNPMWorkspace([]byte(text)); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v, %v", text, w, err)
		}
	}
}

func TestGlobs(t *testing.T) {
	for _, c := range []struct{ globs, in, out string }{
		{"packages/*", "packages/a", "packages packages/a/b other"},
		{"./packages/*/ extra", "packages/a extra", "extra/a"},
		{"packages/**", "packages packages/a packages/a/b", "other packages/node_modules/x packages/a/node_modules/x"},
		{"**", ". a a/b", "node_modules/a"},
		{".", ".", "a"},
		{"a/* !a/b", "a/c", "a/b"},
		{"a/* !a/b a/b", "a/c a/b", "b"},
		{"a/** !**/test/**", "a/b", "a/test a/test/x a/b/test/y"},
		{"{a,b{c,d}}/*", "a/x bc/x bd/x", "b/x"},
		{"a-@(x|y)/b !a-!(z)/b", "a-x/b a-z/b", "a-x a-x/c"},
		{"a-[xy]/b?", "a-x/bc", "a-z/bc a-x/b"},
	} {
		globs, err := readGlobs(strings.Fields(c.globs))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range strings.Fields(c.in) {
			if !globs.has(dir) {
				t.Errorf("%s: %s is left out", c.globs, dir)
			}
		}
		for _, dir := range strings.Fields(c.out) {
			if globs.has(dir) {
				t.Errorf("%s: %s is taken", c.globs, dir)
			}
		}
	}
	if _, err := readGlobs([]string{strings.Repeat("{a,b}", 30)}); err == nil {
		t.Error("a glob that stands for a billion")
	}
}

func FuzzReadPackageJSON(f *testing.F) {
	f.Add([]byte("{\n\"name\":\"a\",\"dependencies\":{\"b\":\"file:../b\"},\"workspaces\":[\"x/{a,b}\",\"!y\"]}"))
	f.Add([]byte(`{"workspaces":{"packages":["**"]},"overrides":{"a":{".":"link:x"}},"pnpm":{"patchedDependencies":{"a":"p"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ReadPackageJSON(data)
		if err != nil {
			return
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, n := range p.Needs {
			if n.Line < 1 || n.Line > lines {
				t.Errorf("%+v of %d lines", n, lines)
			}
			spec := readSpec(n.Spec)
			for _, name := range append(spec.paths, spec.fromRoot...) {
				if full, ok := beside("a/b/package.json", name); ok && outside(full) {
					t.Errorf("%q leads to %q", n.Spec, full)
				}
			}
		}
		if globs, err := readGlobs(p.Workspaces); err == nil {
			globs.has("a/b")
		}
	})
}

func FuzzReadPNPMWorkspace(f *testing.F) {
	f.Add([]byte("packages:\n  - a/*\n  - '!b'\noverrides: {x: 'link:../y'}\npatchedDependencies: {z: p}\n"))
	f.Add([]byte("packages: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := ReadPNPMWorkspace(data)
		if err != nil {
			return
		}
		if len(w.Packages) == 0 {
			t.Error("no package at all")
		}
		for _, n := range w.Forced {
			if n.Line < 1 {
				t.Errorf("%+v", n)
			}
		}
	})
}
