// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/run"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// A RUN line that was killed ran out of memory when the kernel says so, or when
// the kernel says nothing; it may have killed itself.
func TestKilledLines(t *testing.T) {
	const byHand = "error building image: failed to execute command: waiting for process to exit: signal: killed"
	const byShell = "error building image: failed to execute command: waiting for process to exit: exit status 137"
	for _, c := range []struct {
		name, words         string
		exit                int
		outOfMemory, untold bool
		want                kind
	}{
		{"the kernel counts a kill", byHand, 255, true, false, kindMemory},
		{"the kernel counts none", byHand, 255, false, false, kindRun},
		{"the kernel does not tell", byHand, 255, false, true, kindMemory},
		{"timeout -s KILL", byShell, 137, false, false, kindRun},
		{"137 where the kernel does not tell", byShell, 137, false, true, kindMemory},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, _ := watched(0, "FROM a", "RUN make")
			v.line(c.words)
			f := classify(ending{err: &run.Error{ExitCode: c.exit}, view: v, recipe: &recipe.Recipe{}, outOfMemory: c.outOfMemory, untold: c.untold})
			if f.kind != c.want || (c.want == kindRun && !strings.Contains(f.text, "failed with")) {
				t.Errorf("got %s: %s", f.kind, f.text)
			}
		})
	}
}
