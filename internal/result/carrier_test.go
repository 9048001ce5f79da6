// SPDX-License-Identifier: Apache-2.0

package result

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// pod is the root file system of a step: processes by id with their parent's
// id and their words, and as many steps as the Task has.
type pod struct {
	steps     int
	processes map[int]process
}

type process struct {
	parent int
	words  string
}

func (p pod) root() fstest.MapFS {
	root := fstest.MapFS{}
	for i := range p.steps {
		root[fmt.Sprintf("tekton/run/%d/out", i)] = &fstest.MapFile{}
	}
	for id, proc := range p.processes {
		folder := fmt.Sprintf("proc/%d/", id)
		root[folder+"status"] = &fstest.MapFile{Data: fmt.Appendf(nil, "Name:\tx\nPid:\t%d\nPPid:\t%d\n", id, proc.parent)}
		root[folder+"cmdline"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(proc.words, " ", "\x00") + "\x00")}
	}
	return root
}

func TestFindCarrier(t *testing.T) {
	const compress, sidecar = " -compress_termination_message=true", " -result_from sidecar-logs"
	tekton := func(flags string) process {
		return process{0, "/tekton/bin/entrypoint -post_file /tekton/run/0/out" + flags + " -entrypoint /ko-app/x -- --url=u"}
	}
	plain := carrier{limit: MaxBytes}
	for _, tc := range []struct {
		name string
		pod  pod
		want carrier
	}{
		{"outside of Tekton", pod{processes: map[int]process{9: {1, "bash"}, 1: {0, "init"}}}, plain},
		{"nothing to be read", pod{steps: 1}, plain},
		{"as Tekton comes", pod{1, map[int]process{9: tekton("")}}, plain},
		{"compressed", pod{1, map[int]process{9: tekton(compress)}}, carrier{compressed: true, limit: MaxBytes}},
		{"compression said off", pod{1, map[int]process{9: tekton(" -compress_termination_message=false")}}, plain},
		{"by a sidecar", pod{1, map[int]process{9: tekton(sidecar)}}, carrier{sidecar: true, limit: MaxBytes}},
		{"from a script", pod{1, map[int]process{9: {7, "/bin/sh -c x"}, 7: {1, "sh"}, 1: tekton(compress)}}, carrier{compressed: true, limit: MaxBytes}},
		{"another's words", pod{1, map[int]process{9: {0, "/bin/wrapper" + compress}}}, plain},
		{"words of the step", pod{1, map[int]process{9: {0, "/tekton/bin/entrypoint -- x" + compress}}}, plain},
		{"two steps", pod{2, map[int]process{9: tekton("")}}, plain},
		{"four steps share what a pod has", pod{4, map[int]process{9: tekton(compress)}}, carrier{compressed: true, limit: 2457}},
		{"a process that is its own ancestor", pod{1, map[int]process{9: {9, "x"}}}, plain},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := findCarrier(tc.pod.root(), 9); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
