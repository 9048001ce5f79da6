// SPDX-License-Identifier: Apache-2.0

package tasks

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// unit is what this test reads of a Task or a StepAction.
type unit struct {
	file string

	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		container `json:",inline"`

		Params  []param
		Results []struct{ Name, Type string }
		Steps   []container
	}
}

// container is what a StepAction and a Task's step have in common.
type container struct {
	Name, Image string
	Args        []string
	Command     []string
	Ref         struct{ Name string }
}

type param struct {
	Name, Type string
	Default    any
}

// units reads the Tasks and StepActions of some folders' YAML files.
func units(t *testing.T, globs ...string) []unit {
	t.Helper()
	var all []unit
	for _, glob := range globs {
		names, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			all = append(all, parseUnits(t, name)...)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no Task or StepAction in %v", globs)
	}
	return all
}

func parseUnits(t *testing.T, name string) []unit {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var found []unit
	for doc := range bytes.SplitSeq(b, []byte("\n---\n")) {
		u := unit{file: name}
		var head struct{ Kind string }
		if err := yaml.Unmarshal(doc, &head); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if head.Kind != "Task" && head.Kind != "StepAction" {
			continue
		}
		if err := yaml.Unmarshal(doc, &u); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found = append(found, u)
	}
	return found
}

// containers are the containers that a unit runs itself.
func (u unit) containers() []container {
	if u.Kind == "StepAction" {
		return []container{u.Spec.container}
	}
	var own []container
	for _, s := range u.Spec.Steps {
		if s.Ref.Name == "" {
			own = append(own, s)
		}
	}
	return own
}

const koPrefix = "ko://github.com/adze-ci/adze/cmd/"

// Each task folder has a Task and a StepAction that run its own binary; the
// DaemonSet has neither.
func TestEveryTaskHasItsYAML(t *testing.T) {
	for name := range folders(t, ".") {
		if _, err := os.Stat(filepath.Join(name, "daemonset.yaml")); err == nil {
			continue
		}
		kinds := map[string]bool{}
		for _, u := range units(t, filepath.Join(name, "*.yaml")) {
			kinds[u.Kind] = true
			for _, c := range u.containers() {
				if c.Image != koPrefix+name {
					t.Errorf("%s: image %s, want %s", u.file, c.Image, koPrefix+name)
				}
			}
		}
		if !kinds["Task"] || !kinds["StepAction"] {
			t.Errorf("tasks/%s: has %v, want a Task and a StepAction", name, kinds)
		}
	}
}

// Without a command Tekton's controller would have to ask the registry for the
// image's entrypoint, which it may not reach where nodes do.
func TestArgsParse(t *testing.T) {
	for _, u := range units(t, "*/*.yaml", "../pipelines/*.yaml") {
		for _, c := range u.containers() {
			t.Run(u.Metadata.Name+"/"+c.Name, func(t *testing.T) {
				name, ok := strings.CutPrefix(c.Image, koPrefix)
				// Without a command Tekton's controller would ask the registry for the
				// entrypoint, which it may not be able to reach.
				if !ok || !slices.Equal(c.Command, []string{"/ko-app/" + name}) {
					t.Fatalf("%s: image %q and command %q: want a binary of ours and where ko puts it", u.file, c.Image, c.Command)
				}
				checkArgs(t, u, name, c.Args)
			})
		}
	}
}
