// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
	"github.com/adze-ci/adze/internal/wanted"
)

// recipes puts services into a folder as monorepo-change does, each built from the
// same Dockerfile at a place of its own.
func (b *bench) recipes(names ...string) []wanted.Service {
	b.t.Helper()
	var all []wanted.Service
	for _, name := range names {
		b.write("recipes/files/ms/"+name+"/Dockerfile", "FROM debian:12\nARG A\nCOPY --from="+b.host+"/tools:v1 /x /x\n")
		all = append(all, wanted.Service{
			Name: name, Image: b.host + "/shop/" + name, Context: "ms/" + name, Dockerfile: "ms/" + name + "/Dockerfile", BuildArgs: []string{"A=of " + name}, InputHash: "hash of " + name,
		})
	}
	b.tell(all)
	return all
}

func (b *bench) tell(all []wanted.Service) {
	b.t.Helper()
	if err := wanted.Write(filepath.Join(b.dir, "recipes", wanted.File), all); err != nil {
		b.t.Fatal(err)
	}
}

// single is the key under which a run for one service alone finds its image.
func (b *bench) single(s wanted.Service, args ...string) string {
	b.t.Helper()
	dir := filepath.Join(b.dir, "recipes", wanted.Files)
	return b.builds(append([]string{
		"--source=" + dir, "--context=" + filepath.Join(dir, s.Context), "--dockerfile=" + filepath.Join(dir, s.Dockerfile),
		"--build-arg=" + s.BuildArgs[0], "--input-hash=" + s.InputHash, "--image=" + s.Image,
	}, args...)...)
}

// many runs the search for all, and returns what exists by service.
func (b *bench) many(args ...string) (map[string]wanted.Service, string) {
	b.t.Helper()
	file := filepath.Join(b.dir, "found.json")
	var errs bytes.Buffer
	words := []string{"--executor=" + filepath.Join(b.dir, "executor"), "--registry-mirror=" + b.host + "/mirror", "--recipes=" + filepath.Join(b.dir, "recipes"), "--found=" + file}
	if code := step.Execute(b.t.Context(), Command(), append(words, args...), &step.Env{Stdout: io.Discard, Stderr: &errs}); code != step.CodeDone {
		b.t.Fatalf("exit code %d: %s", code, errs.String())
	}
	services, err := wanted.Read(file)
	if err != nil {
		b.t.Fatal(err)
	}
	found := map[string]wanted.Service{}
	for _, s := range services {
		found[s.Name] = s
	}
	return found, errs.String()
}

// Of many services those are found that a run for each alone would find: by the
// commit's tag, or by the key, unless they were refused since.
func TestManyAreFound(t *testing.T) {
	b := newBench(t)
	all := b.recipes("keyed", "tagged", "fallen", "absent", "refused", "unknown")
	images := map[string]v1.Image{}
	for _, s := range all {
		switch s.Name {
		case "tagged":
			images[s.Name] = b.push("shop/tagged:0123")
		case "keyed", "fallen":
			images[s.Name] = b.push("shop/" + s.Name + ":" + b.single(s, "--build-arg=B=1"))
		}
	}
	digest, err := images["fallen"].Digest()
	if err != nil {
		t.Fatal(err)
	}
	b.keep(&verdict.Document{Image: b.tag("shop/fallen:x").Context().Digest(digest.String()), Verdict: verdict.Refused, Summary: "1 critical"})
	b.write("recipes/files/ms/unknown/Dockerfile", "FROM $NOTHING\n")
	b.refuse = func(w http.ResponseWriter, r *http.Request) bool {
		away := strings.Contains(r.URL.Path, "/shop/refused/")
		if away {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return away
	}
	found, log := b.many("--revision=0123", "--build-arg=B=1", "--registry-timeout=100ms")
	if len(found) != 2 {
		t.Errorf("found %v: %s", found, log)
	}
	for _, name := range []string{"keyed", "tagged"} {
		digest, err := images[name].Digest()
		if err != nil {
			t.Fatal(err)
		}
		if s := found[name]; s.Digest != digest.String() || (s.KeyTag != "") != (name == "keyed") || s.Image != b.host+"/shop/"+name {
			t.Errorf("%s: %+v, want %s", name, s, digest)
		}
	}
	if !strings.Contains(log, "it is not known whether the image exists") {
		t.Errorf("that the registry does not answer is not said: %s", log)
	}
	for _, args := range [][]string{{"--build-arg=B=2"}, {"--revision=0123", "--rebuild"}} {
		if found, _ := b.many(append(args, "--registry-timeout=100ms")...); len(found) != 0 {
			t.Errorf("%v: found %v", args, found)
		}
	}
}

// What is hashed once for all and what belongs to one service are not mixed up.
func TestManyHaveTheirOwnKeys(t *testing.T) {
	b := newBench(t)
	names := strings.Fields("a b c d e f g h i j k l m n o p q r s t")
	for _, s := range b.recipes(names...) {
		b.push("shop/" + s.Name + ":" + b.single(s))
	}
	found, log := b.many()
	keys := map[string]bool{}
	for _, s := range found {
		keys[s.KeyTag] = true
	}
	if len(found) != len(names) || len(keys) != len(names) {
		t.Errorf("found %d by %d keys: %s", len(found), len(keys), log)
	}
}

// The key of an image has its service's target, and the run's build arguments over the
// service's own: another is that of another image.
func TestManyHaveTheirOwnSettings(t *testing.T) {
	b := newBench(t)
	all := b.recipes("web")
	const over = "--build-arg=A=of the run"
	b.push("shop/web:" + b.single(all[0], over, "--target=first"))
	for _, c := range []struct {
		target string
		args   []string
		found  int
	}{{"first", []string{over}, 1}, {"", []string{over}, 0}, {"other", []string{over}, 0}, {"first", nil, 0}} {
		all[0].Target = c.target
		b.tell(all)
		if found, log := b.many(c.args...); len(found) != c.found {
			t.Errorf("target %q, %v: found %v: %s", c.target, c.args, found, log)
		}
	}
}

func TestManyMisused(t *testing.T) {
	b := newBench(t)
	b.recipes("web")
	recipes := "--recipes=" + filepath.Join(b.dir, "recipes")
	none := []string{"--context=", "--image=", "--from="}
	for _, args := range [][]string{
		slices.Concat(none, []string{recipes}),
		slices.Concat(none, []string{recipes, "--found=x", "--image=" + b.host + "/shop/app"}),
		slices.Concat(none, []string{recipes, "--found=x", "--plan=x"}),
		slices.Concat(none, []string{recipes, "--found=x", "--cache-repo=x"}),
	} {
		if a := b.run(args...); a.code != step.CodeMisused {
			t.Errorf("%v: %+v", args, a)
		}
	}
}
