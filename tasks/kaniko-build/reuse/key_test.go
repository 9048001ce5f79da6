// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/adze-ci/adze/internal/plan"
)

// Of builds that differ in anything no two share a key, and there is a difference
// here for each ingredient that there is.
func TestNoTwoBuildsShareAKey(t *testing.T) {
	changes := map[string][]func(*ingredients){
		"inputs":       {func(i *ingredients) { i.inputs = "x" }, func(i *ingredients) { i.inputs = "x context x" }},
		"context":      {func(i *ingredients) { i.context = "x" }},
		"dockerfile":   {func(i *ingredients) { i.dockerfile = "x" }},
		"target":       {func(i *ingredients) { i.target = "x" }},
		"platform":     {func(i *ingredients) { i.platform = "x" }},
		"executor":     {func(i *ingredients) { i.executor = "x" }},
		"reproducible": {func(i *ingredients) { i.reproducible = true }},
		"rootOwned":    {func(i *ingredients) { i.rootOwned = true }},
		"args": {
			func(i *ingredients) { i.args = map[string]string{"x": ""} },
			func(i *ingredients) { i.args = map[string]string{"x": "y"} },
			func(i *ingredients) { i.args = map[string]string{"x": "", "y": ""} },
			func(i *ingredients) { i.args = map[string]string{"x": "\narg y="} },
		},
		"extra": {
			func(i *ingredients) { i.extra = []string{"x"} },
			func(i *ingredients) { i.extra = []string{"x", "y"} },
			func(i *ingredients) { i.extra = []string{"y", "x"} }, // the last of a flag counts
			func(i *ingredients) { i.extra = []string{"x y"} },
			func(i *ingredients) { i.extra = []string{"x\nextra y"} },
		},
		"secrets": {
			func(i *ingredients) { i.secrets = []string{"x"} },
			func(i *ingredients) { i.secrets = []string{"x", "y"} },
		},
		"ignored": {
			func(i *ingredients) { i.ignored = []string{"/x"} },
			func(i *ingredients) { i.ignored = []string{"/x", "/y"} },
		},
		"bases": {
			func(i *ingredients) { i.bases = []plan.Base{{Name: "x", Digest: "y"}} },
			func(i *ingredients) { i.bases = []plan.Base{{Name: "x", Digest: "z"}} },
			func(i *ingredients) { i.bases = []plan.Base{{Name: "z", Digest: "y"}} },
			func(i *ingredients) { i.bases = []plan.Base{{Name: "x", Digest: "y"}, {Name: "z", Digest: "y"}} },
			func(i *ingredients) { i.bases = []plan.Base{{Name: "z", Digest: "y"}, {Name: "x", Digest: "y"}} },
		},
	}
	seen := map[string]string{(&ingredients{}).key(): "nothing"}
	for field := range reflect.TypeFor[ingredients]().Fields() {
		if len(changes[field.Name]) == 0 {
			t.Errorf("nothing changes %s here", field.Name)
		}
		for _, change := range changes[field.Name] {
			var in ingredients
			change(&in)
			key := in.key()
			if other, ok := seen[key]; ok {
				t.Errorf("%+v has the key of %s", in, other)
			}
			seen[key] = field.Name
		}
	}
}

// What makes no difference to a build makes none to its key.
func TestKeyTakesSetsAsSets(t *testing.T) {
	one := ingredients{secrets: []string{"a", "b"}, ignored: []string{"/x", "/y"}}
	two := ingredients{secrets: []string{"b", "a", "a"}, ignored: []string{"/y", "/x"}}
	if one.key() != two.key() {
		t.Errorf("%+v and %+v have two keys", one, two)
	}
}

// Whatever decides what the image holds changes the key; what does not, leaves it.
func TestKey(t *testing.T) {
	b := newBench(t)
	key := b.builds()
	for name, c := range map[string]struct {
		do   func()
		args []string
		same bool
	}{
		"nothing":                 {same: true},
		"the commit":              {args: []string{"--revision=0123"}, same: true},
		"a file that is not read": {do: func() { b.write("other/main.go", "package other\n") }, same: true},
		"a target":                {args: []string{"--target=0"}},
		"a build argument":        {args: []string{"--build-arg=A=1"}},
		"the executor's":          {args: []string{"--extra-arg=--single-snapshot"}},
		"the platform":            {args: []string{"--extra-arg=--custom-platform=linux/s390x"}},
		"the hash of a commit":    {args: []string{"--input-hash=0123"}},
		"what a layer leaves out": {args: []string{"--ignore-path=/opt"}},
		"times that are not kept": {args: []string{"--reproducible=false"}},
		"other owners":            {args: []string{"--root-owned"}},
		"secrets":                 {do: func() { b.write("secrets/npm", "s3cret") }, args: []string{"--build-secrets=" + filepath.Join(b.dir, "secrets")}},
		"where it lies":           {args: []string{"--source=" + b.dir}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.do != nil {
				c.do()
			}
			if got := b.builds(c.args...); (got == key) != c.same {
				t.Errorf("key %q, at first %q", got, key)
			}
		})
	}
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"a base is patched", func() { b.push("mirror/library/debian:12") }},
		{"an image that is copied from", func() { b.push("tools:v1") }},
		{"a file's content", func() { b.write("app/main.go", "package main // changed\n") }},
		{"a file's mode", func() { b.chmod("app/main.go", 0o755) }},
		{"a file's further bits", func() { b.chmod("app/main.go", 0o755|os.ModeSetuid) }},
		{"a new file", func() { b.write("app/sub/x", "") }},
		{"a folder's mode", func() { b.chmod("app/sub", 0o700) }},
		{"an empty folder", func() { b.mkdir("app/empty") }},
		{"what is left out", func() { b.write("app/.dockerignore", ".dockerignore\nnone\n") }},
		{"what else is left out", func() { b.write("app/.dockerignore", ".dockerignore\nnothing\n") }},
		{"the executor", func() { b.write("executor", "another program") }},
		{"the Dockerfile", func() { b.write("app/Dockerfile", "FROM scratch\nCOPY . .\n") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.do()
			got := b.builds()
			if got == key || got == "" {
				t.Errorf("key %q, before %q", got, key)
			}
			key = got
		})
	}
}

// Of two values of an argument the last counts, and their order does not.
func TestKeyTakesArgumentsAsTheExecutorDoes(t *testing.T) {
	b := newBench(t)
	one := b.builds("--build-arg", "A=1", "B=2", "A=3", "--")
	if two := b.builds("--build-arg", "A=3", "B=2", "--"); two != one {
		t.Errorf("keys %q and %q", one, two)
	}
	if three := b.builds("--build-arg", "A=1", "B=2", "--"); three == one {
		t.Errorf("A=1 has the key of A=3")
	}
}
