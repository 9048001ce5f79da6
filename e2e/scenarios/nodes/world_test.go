// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// world is the cluster as one test sees it.
type world struct {
	*place
	t   *testing.T
	ctx context.Context
	// objects are node-resolv's, image the reference of its image.
	objects []kubeyaml.Object
	image   string
	// settings are what the DaemonSet's container is given after its own arguments.
	settings []string
}

// quick makes node-resolv act within seconds, so that tests need not wait longer.
var quick = []string{"--probe-interval=1s", "--max-unhealthy=4s", "--resync=3s"}

// begin is the world without node-resolv on the nodes.
func begin(t *testing.T) *world {
	t.Helper()
	// t.Context ends before the cleanups.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	t.Cleanup(cancel)
	w := &world{place: &where, t: t, ctx: ctx, image: where.first}
	w.objects = w.read("tasks/node-resolv/daemonset.yaml")
	w.remove()
	w.kubectl("delete", "events", "-n", "default", "--all")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(w.story())
		}
		w.remove()
	})
	return w
}

// on is the same world for a test within its test.
func (w *world) on(t *testing.T) *world {
	inner := *w
	inner.t = t
	return &inner
}

// read parses a file of the tree.
func (w *world) read(path string) []kubeyaml.Object {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.tree, path))
	w.must(err)
	all, err := kubeyaml.Parse(text)
	w.must(err)
	return all
}

// overlay takes node-resolv's objects from a folder of overlays, as the README
// tells it.
func (w *world) overlay(name string) {
	w.t.Helper()
	all, err := kubeyaml.Parse([]byte(w.kubectl("kustomize", "--load-restrictor=LoadRestrictionsNone",
		filepath.Join(w.tree, "tasks/node-resolv/overlays", name))))
	w.must(err)
	w.objects = all
}

// both are the nodes' names.
func (w *world) both() []string { return []string{w.mount, w.plain} }

// apply installs node-resolv with settings after those that it has.
func (w *world) apply(settings ...string) {
	w.t.Helper()
	w.settings = settings
	w.daemonSet("apply", "--server-side", "--force-conflicts")
}

// install is apply, and waits until all nodes are ready.
func (w *world) install(settings ...string) {
	w.t.Helper()
	w.apply(settings...)
	w.ready()
}

// ready waits until all pods of node-resolv are, in their newest form.
func (w *world) ready() {
	w.t.Helper()
	w.kubectl("rollout", "status", "--timeout=3m", "-n", "adze-system", "daemonset/node-resolv")
}

// remove takes node-resolv off; it has ended on every node then.
func (w *world) remove() {
	w.t.Helper()
	w.daemonSet("delete", "--wait", "--ignore-not-found")
}

// daemonSet applies or deletes node-resolv's objects, with the settings.
func (w *world) daemonSet(args ...string) {
	w.t.Helper()
	text, err := kubeyaml.Render(w.objects)
	w.must(err)
	all, err := kubeyaml.Parse(text) // a copy
	w.must(err)
	for _, o := range all {
		if o.Kind() != "DaemonSet" {
			continue
		}
		container := o.At("spec", "template", "spec")["containers"].([]any)[0].(map[string]any)
		for _, s := range slices.Concat(quick, w.settings) {
			container["args"] = append(container["args"].([]any), s)
		}
	}
	w.objectsOf(all, args...)
}

// objectsOf applies or deletes objects, with the image that was built from this
// tree.
func (w *world) objectsOf(all []kubeyaml.Object, args ...string) {
	w.t.Helper()
	text, err := kubeyaml.Render(all)
	w.must(err)
	cmd := w.Kubectl(append(args, "-f", "-")...)
	cmd.Stdin = bytes.NewReader(bytes.ReplaceAll(text, []byte("ko://"+program), []byte(w.image)))
	w.must(cmd.Run(w.ctx))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) kubectl(args ...string) string {
	w.t.Helper()
	out, err := w.Kubectl(args...).Output(w.ctx)
	w.must(err)
	return string(out)
}

// object reads an object.
func (w *world) object(args ...string) map[string]any {
	w.t.Helper()
	var o map[string]any
	w.must(json.Unmarshal([]byte(w.kubectl(append([]string{"get", "-o", "json"}, args...)...)), &o))
	return o
}

// sh runs a script on a node.
func (w *world) sh(node, script string) string {
	w.t.Helper()
	out, err := w.Node(node, "sh", "-euc", script).Output(w.ctx)
	w.must(err)
	return string(out)
}

// file is the text of a node's file.
func (w *world) file(node, path string) string {
	w.t.Helper()
	return w.sh(node, "cat "+path)
}

// resolves tells whether the node itself knows a name.
func (w *world) resolves(node, name string) bool {
	return w.Node(node, "getent", "ahostsv4", name).Run(w.ctx) == nil
}

// await waits until something is so.
func (w *world) await(what string, is func() bool) {
	w.t.Helper()
	begin := time.Now()
	for !is() {
		if time.Since(begin) > patience/5 {
			w.t.Fatalf("waiting for %s: in vain", what)
		}
		time.Sleep(200 * time.Millisecond)
	}
	w.t.Logf("%s: after %.1f s", what, time.Since(begin).Seconds())
}

// story tells how things stand, for a test that failed.
func (w *world) story() string {
	var b strings.Builder
	for _, args := range [][]string{
		{"get", "pods", "-A", "-o", "wide"},
		{"get", "events", "-n", "default", "--sort-by=.metadata.creationTimestamp"},
		{"logs", "-n", "adze-system", "-l", "app.kubernetes.io/name=node-resolv", "--prefix", "--tail=60"},
	} {
		out, err := w.Kubectl(args...).Output(w.ctx)
		if err != nil {
			out = []byte(err.Error())
		}
		b.WriteString("\n$ kubectl " + strings.Join(args, " ") + "\n" + string(out))
	}
	for _, node := range w.both() {
		out, err := w.Node(node, "sh", "-c", "cat /etc/resolv.conf /etc/hosts; ls -lAt /etc | head -20").Output(w.ctx)
		if err != nil {
			out = []byte(err.Error())
		}
		b.WriteString("\n" + node + "\n" + string(out))
	}
	return b.String()
}
