// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
)

// asRead: what the README begins with works as it stands there, from the
// installation until nothing is left of it.
func (w *world) asRead() {
	text, err := os.ReadFile(filepath.Join(w.tree, "tasks", "node-resolv", "README.md"))
	w.must(err)
	begin, _, _ := strings.Cut(string(text), "\n## ")
	blocks := regexp.MustCompile("(?s)```(sh|)\n(.*?)```").FindAllStringSubmatch(begin, -1)
	if len(blocks) != 5 {
		w.t.Fatalf("the README begins with %d blocks", len(blocks))
	}
	env, printed := w.user(), ""
	for _, b := range blocks {
		if b[1] == "" {
			w.wantPrinted(printed, b[2])
			continue
		}
		out, err := run.Command{Path: "bash", Args: []string{"-euo", "pipefail", "-c", b[2]}, Dir: w.tree, Env: env}.Output(w.ctx)
		w.must(err)
		printed = string(out)
	}
}

// user is the environment of somebody who works with this cluster and builds with
// ko, on the base images that were made here.
func (w *world) user() []string {
	ko, err := tools.Program(w.ctx, "ko", "ko")
	w.must(err)
	env := append(w.Env(), "KO_CONFIG_PATH="+filepath.Join(w.Dir, "ko.yaml"), "KO_DOCKER_REPO="+w.Registry+"/readme", "GOFLAGS=-buildvcs=false")
	for i, v := range env {
		if path, ok := strings.CutPrefix(v, "PATH="); ok {
			env[i] = "PATH=" + filepath.Dir(ko) + ":" + path
		}
	}
	return env
}

// wantPrinted asserts what a command printed, where each line may be cut short by "…".
func (w *world) wantPrinted(got, want string) {
	w.t.Helper()
	lines := strings.Split(strings.TrimSpace(got), "\n")
	for i, line := range strings.Split(strings.TrimSpace(want), "\n") {
		start, _, more := strings.Cut(line, "…")
		if i >= len(lines) || !strings.HasPrefix(lines[i], start) || !more && lines[i] != line {
			w.t.Fatalf("it printed\n%swhere the README has\n%s", got, want)
		}
	}
}
