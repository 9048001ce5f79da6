// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"github.com/adze-ci/adze/internal/objecttest"
	"github.com/adze-ci/adze/internal/step"
)

// changes runs the Task changes for a commit of what was written, every service
// being affected.
func (s *shop) changes(params ...string) (string, *play) {
	s.t.Helper()
	revision := s.revision()
	return revision, s.playTask("changes", revision, append([]string{"base", "auto"}, params...)...)
}

// wantLeft asserts which services are left, and that a service which is not has the
// commit's tag.
func (s *shop) wantLeft(p *play, revision string, left ...string) {
	s.t.Helper()
	if got := p.vars.lists["steps.scan-gate.results.left"]; !slices.Equal(got, left) || p.result("scan-gate", "any-left") != map[bool]string{true: "true", false: "false"}[len(left) > 0] {
		s.t.Errorf("left are %v, any %q, want %v: %s", got, p.result("scan-gate", "any-left"), left, p.said())
	}
	if got, want := s.digest(revision) == "", len(left) > 0; got != want {
		s.t.Errorf("the tag is on %q, left are %v: %s", s.digest(revision), left, p.said())
	}
}

// An image that the Task image built is found before any service has a pod of its
// own, is judged again, and gets the new commit's tag.
func TestServiceWhoseImageExistsIsNotLeft(t *testing.T) {
	s := newShop(t)
	first, p := s.commit()
	s.want(p, "built", "pass", 1, 1)
	s.write("README.md", "of no matter\n")
	second, p := s.changes()
	s.wantLeft(p, second)
	if got, want := p.vars.lists["steps.scan-gate.results.tagged"], []string{"web=" + s.digest(first)}; !slices.Equal(got, want) || s.digest(second) != s.digest(first) {
		t.Errorf("tagged %v, want %v; the tag is on %q", got, want, s.digest(second))
	}
	if s.lines("built") != 1 || s.lines("judged") != 2 {
		t.Errorf("%d built and %d judged", s.lines("built"), s.lines("judged"))
	}
	again := s.playTask("changes", second, "base", "auto")
	s.wantLeft(again, second)

	for what, change := range map[string]func() []string{
		"another file": func() []string { s.write("web/text", "two\n"); return nil },
		"another base": func() []string { s.write("web/text", "one\n"); s.patch(); return nil },
	} {
		revision, p := s.changes(change()...)
		s.wantLeft(p, revision, "web")
		if t.Failed() {
			t.Fatal(what)
		}
	}
}

func TestRebuildLeavesAll(t *testing.T) {
	s := newShop(t)
	_, p := s.commit()
	s.want(p, "built", "pass", 1, 1)
	revision, p := s.changes("rebuild", "true")
	s.wantLeft(p, revision, "web")
}

// What is refused is left as it was, so that the service's own run finds it, and
// ends as refused.
func TestRefusedImageIsLeft(t *testing.T) {
	s := newShop(t)
	_, p := s.commit()
	s.want(p, "built", "pass", 1, 1)
	s.finds("CRITICAL")
	revision, p := s.changes()
	s.wantLeft(p, revision, "web")
	p = s.play(revision)
	s.want(p, "reused", "refused", 1, 3)
	if p.codes["scan-gate"] != step.CodeNo || s.digest(revision) != "" {
		t.Errorf("exit code %d, the tag is on %q", p.codes["scan-gate"], s.digest(revision))
	}
}

// Whatever goes wrong in looking for images, the services are left, and no image
// gets a tag.
func TestFaultsLeaveAll(t *testing.T) {
	for step, flag := range map[string]string{
		"reuse": "--executor=/nowhere", "scan-gate": "--trivy=/nowhere",
		"reuse ": "--extra-arg=--git", "scan-gate ": "--policy=/nowhere",
	} {
		t.Run(step+flag, func(t *testing.T) {
			s := newShop(t)
			_, p := s.commit()
			s.want(p, "built", "pass", 1, 1)
			name := strings.TrimSpace(step)
			s.extra[name] = append(slices.Clone(s.extra[name]), flag)
			revision, p := s.changes()
			s.wantLeft(p, revision, "web")
		})
	}
}

// The steps see no more than those of the Task image that do the same.
func TestSecretsOfChangesReachTheirStepsOnly(t *testing.T) {
	want := map[string][]string{
		"change":    {"ca", "dockerconfig", "git-credentials", "manifests-credentials"},
		"reuse":     {"build-secrets", "ca", "dockerconfig", "pullconfig"},
		"scan-gate": {"ca", "dockerconfig", "policy", "scanner-token"},
	}
	if got := mounted(t, "Task/changes"); !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("steps see %v, want %v", got, want)
	}
}

// The image is looked for, and judged, by the words by which the Task image does.
func TestChangesLooksAndJudgesAsImageDoes(t *testing.T) {
	all := everything(t)
	given := map[string]v1.ParamValue{}
	for _, task := range []string{"changes", "image"} {
		for _, s := range objecttest.Get[v1.Task](t, all, "Task/"+task).Spec.Steps {
			for _, p := range s.Params {
				given[task+" "+s.Name+" "+p.Name] = p.Value
			}
		}
	}
	for step, names := range map[string][]string{
		"reuse":     {"extra-arg", "registry-mirror", "registry-map", "build-secrets", "root-owned", "rebuild", "reproducible", "ignore-path", "harbor", "pull-config", "docker-config", "ca-file"},
		"scan-gate": {"policy", "db-repository", "scanner", "scanner-url", "scanner-token-file", "reuse", "harbor", "docker-config", "ca-file"},
	} {
		for _, name := range names {
			if one, two := given["changes "+step+" "+name], given["image "+step+" "+name]; !reflect.DeepEqual(one, two) {
				t.Errorf("%s %s: %v in changes, %v in image", step, name, one, two)
			}
		}
	}
	if args := given["image reuse build-arg"].ArrayVal; len(args) != 2 || !slices.Equal(given["changes reuse build-arg"].ArrayVal, args[1:]) {
		t.Errorf("build arguments are %v in changes, %v in image, after the service's own", given["changes reuse build-arg"].ArrayVal, args)
	}
	pipeline := objecttest.Get[v1.Pipeline](t, all, "Pipeline/ci")
	params := map[string]v1.Params{}
	for _, task := range pipeline.Spec.Tasks {
		params[task.Name] = task.Params
	}
	for _, name := range []string{"url", "config", "registry", "db-repository", "scanner", "scanner-url", "reuse-scan", "rebuild", "build-arg", "extra-arg", "registry-mirror", "registry-map"} {
		find := func(p v1.Param) bool { return p.Name == name }
		one, two := slices.IndexFunc(params["changes"], find), slices.IndexFunc(params["image"], find)
		if one < 0 || two < 0 || !reflect.DeepEqual(params["changes"][one], params["image"][two]) {
			t.Errorf("changes and image are not given the same %s", name)
		}
	}
}
