// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
)

// The README's way to install works as it stands there, with the registry and
// the namespace exchanged, and with base images that were made without a registry.
func TestReadmeInstall(t *testing.T) {
	w := newWorld(t)
	t.Cleanup(func() { w.dropInstalled(context.Background()) })
	w.must(w.Tekton.TektonV1().Pipelines(w.Namespace).Delete(w.ctx, "ci", metav1.DeleteOptions{}))
	root, err := tools.Root()
	w.must(err)
	env := append(where.Cluster.Env(), "KO_CONFIG_PATH="+filepath.Join(where.Cluster.Dir, "ko.yaml"))
	swap := strings.NewReplacer("ghcr.io/example/adze", where.Cluster.Registry+"/release", "--namespace ci", "--namespace "+w.Namespace)
	for _, line := range installCommands(t, root) {
		sh := run.Command{Path: "bash", Args: []string{"-euo", "pipefail", "-c", swap.Replace(line)}, Dir: root, Env: env}
		w.must(sh.Run(w.ctx))
	}
	_, err = w.Tekton.TektonV1().Pipelines(w.Namespace).Get(w.ctx, "ci", metav1.GetOptions{})
	w.must(err)
	w.must(w.WaitDeployment(w.ctx, "el-adze"))
}

// dropInstalled deletes what a release has for the whole cluster.
func (w *world) dropInstalled(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, kind := range []string{"clusterrolebinding", "clusterrole"} {
		if err := where.Cluster.Kubectl("delete", kind, "adze-listener", "--ignore-not-found").Run(ctx); err != nil {
			w.t.Error(err)
		}
	}
}

// installCommands are the commands of the README's part "Install".
func installCommands(t *testing.T, root string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), "\n## Install\n")
	part, _, _ = strings.Cut(part, "\n## ")
	var commands []string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(part, -1) {
		commands = append(commands, strings.TrimSpace(m[1]))
	}
	if len(commands) != 3 {
		t.Fatalf("%d commands in the README's part on installing: %q", len(commands), commands)
	}
	return commands
}
