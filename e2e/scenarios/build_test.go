// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"archive/tar"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	pipeline "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/sample"
)

// twenty is how many services TestBuild has.
const twenty = 20

// Twenty services of one push are built on one node, whatever their Dockerfiles
// use. Of the next push, which changes two, the others are not built again, and
// of those two no layer that is as it was.
func TestBuild(t *testing.T) {
	w := newWorld(t)
	files, services, err := sample.Larger(sample.Values{Registry: w.ImagePrefix, Base: where.Base, Tag: w.First}, twenty)
	w.must(err)
	first := w.push("twenty services", files)
	built := w.succeeded(first)
	w.wantBuilt(built, services...)
	w.wantReuse(built, "build", services...)
	w.wantProposed(first, services...)
	w.wantRoom()
	t.Run("stages", func(t *testing.T) { w.on(t).wantStages(first) })
	t.Run("ignoring", func(t *testing.T) { w.on(t).wantIgnored(first) })
	t.Run("args", func(t *testing.T) { w.on(t).wantArgs(first) })
	t.Run("big", func(t *testing.T) { w.on(t).wantBig(first) })

	// Nothing has been merged, so that all twenty are affected again.
	changed := []string{"big", "web"}
	second := w.push("two of twenty", map[string]string{"microservices/big/text": "second\n", "microservices/web/text": "second\n"})
	again := w.succeeded(second)
	w.wantBuilt(again, services...)
	others := slices.DeleteFunc(slices.Clone(services), func(s string) bool { return slices.Contains(changed, s) })
	w.wantReuse(again, "build", changed...)
	w.wantFound(again, others...)
	w.wantProposed(second, services...)
	for _, s := range others {
		w.wantSameImage(s, first, second)
	}
	w.wantBig(second)
	w.wantLog(again, "image", "big", "kaniko-build", "Using caching version of cmd: RUN head")
	w.wantLastLayerChanged("big", first, second)
	w.wantHandover(built, "small-10")
	t.Logf("all %d built: %s; two built, the others reused: %s", twenty, took(built), took(again))
}

// took is how long a run took.
func took(run *pipeline.PipelineRun) time.Duration {
	return run.Status.CompletionTime.Sub(run.Status.StartTime.Time)
}

// wantReuse asserts for services what the search in their own pods found.
func (w *world) wantReuse(run *pipeline.PipelineRun, want string, services ...string) {
	w.t.Helper()
	for _, s := range services {
		if got := loop.Result(w.task(run, "image", s), "reuse"); got != want {
			w.t.Errorf("%s in run %s: %q, want %q", s, run.Name, got, want)
		}
	}
}

// wantFound asserts for which services the image existed, so that they have no pod
// of their own, and that the report tells of them.
func (w *world) wantFound(run *pipeline.PipelineRun, want ...string) {
	w.t.Helper()
	found := loop.Found(w.task(run, "changes", ""))
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
		w.t.Errorf("run %s found the images of %v, want %v", run.Name, got, want)
	}
	log := w.stepLog(w.task(run, "report", ""), "report")
	for service, digest := range found {
		if !regexp.MustCompile(`(?m)^` + service + ` +reused +pass +` + digest + " ").MatchString(log) {
			w.t.Errorf("the report does not tell that %s is reused:\n%s", service, log)
		}
	}
}

// wantSameImage asserts that two tags are on one image.
func (w *world) wantSameImage(service, first, second string) {
	w.t.Helper()
	one, err := w.Digest(w.ctx, service, first)
	w.must(err)
	other, err := w.Digest(w.ctx, service, second)
	w.must(err)
	if one == "" || one != other {
		w.t.Errorf("%s: tag %s is on %q, tag %s on %q", service, first, one, second, other)
	}
}

// wantLastLayerChanged asserts that a service's images at two commits differ in
// their last layer alone: the others were not made, pushed or pulled anew.
func (w *world) wantLastLayerChanged(service, first, second string) {
	w.t.Helper()
	var all [2][]v1.Descriptor
	for i, commit := range []string{first, second} {
		img, err := w.Image(w.ctx, service, commit)
		w.must(err)
		manifest, err := img.Manifest()
		w.must(err)
		all[i] = manifest.Layers
	}
	last := len(all[0]) - 1
	same := func(a, b v1.Descriptor) bool { return a.Digest == b.Digest }
	if len(all[1]) != last+1 || !slices.EqualFunc(all[0][:last], all[1][:last], same) || same(all[0][last], all[1][last]) {
		w.t.Errorf("%s: layers %+v, then %+v", service, all[0], all[1])
	}
}

// wantHandover asserts that a build of one COPY wrote no layer but that one.
func (w *world) wantHandover(run *pipeline.PipelineRun, service string) {
	w.t.Helper()
	log := w.stepLog(w.task(run, "image", service), "kaniko-build")
	if !regexp.MustCompile(`built digest=.* layers=[2-9] written=1 `).MatchString(log) {
		w.t.Errorf("not one layer of several was written:\n%s", log)
	}
}

// wantRoom asserts that no pod had to go because the node ran out of something,
// and that the node does not say so of itself.
func (w *world) wantRoom() {
	w.t.Helper()
	pods, err := w.Kube.CoreV1().Pods(w.Namespace).List(w.ctx, metav1.ListOptions{})
	w.must(err)
	for _, pod := range pods.Items {
		if pod.Status.Reason != "" {
			w.t.Errorf("pod %s: %s %s", pod.Name, pod.Status.Reason, pod.Status.Message)
		}
	}
	nodes, err := w.Kube.CoreV1().Nodes().List(w.ctx, metav1.ListOptions{})
	w.must(err)
	for _, node := range nodes.Items {
		for _, c := range node.Status.Conditions {
			if c.Type != corev1.NodeReady && c.Status == corev1.ConditionTrue {
				w.t.Errorf("node %s: %s %s", node.Name, c.Type, c.Message)
			}
		}
	}
}

func (w *world) wantStages(commit string) {
	w.t.Helper()
	img, files := w.unpacked("stages", commit)
	for path, want := range map[string]string{
		"parts/by-number": "0:0 644 of the first stage\n", "parts/by-name/second": "0:0 644 of the second stage\n",
		"parts/by-name/run": "1234:2345 750 run\n", "parts/by-name/link": "0:0 777 -> first", "parts/text": "65532:65532 644 copied from the context\n",
	} {
		if got := files[path].String(); got != want {
			w.t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got, want := files["parts/of-an-image"].Size, files["bin/busybox"].Size; got == 0 || got != want {
		w.t.Errorf("what was copied of an image has %d bytes, want %d", got, want)
	}
	config, err := img.ConfigFile()
	w.must(err)
	if config.Config.User != "65532" || config.Config.WorkingDir != "/parts" {
		w.t.Errorf("the image runs as %q in %q", config.Config.User, config.Config.WorkingDir)
	}
}

func (w *world) wantIgnored(commit string) {
	w.t.Helper()
	_, files := w.unpacked("ignoring", commit)
	if got, want := files["files/kept"].String(), "0:0 644 kept\n"; got != want {
		w.t.Errorf("what was copied is %q, want %q", got, want)
	}
	if got, want := files["list"].text, "./deep/dropped\n./deep/kept.log\n./kept\n"; got != want {
		w.t.Errorf("the build saw\n%swant\n%s", got, want)
	}
}

func (w *world) wantArgs(commit string) {
	w.t.Helper()
	img, files := w.unpacked("args", commit)
	if got, want := files["greeting"].text, "well met, of adze.yaml and a default\n"; got != want {
		w.t.Errorf("the image says %q, want %q", got, want)
	}
	config, err := img.ConfigFile()
	w.must(err)
	if !slices.Contains(config.Config.Env, "GREETING=well met, of adze.yaml") {
		w.t.Errorf("the image's environment is %q", config.Config.Env)
	}
}

// wantBig asserts that a layer of 500 MB, which does not compress, is there.
func (w *world) wantBig(commit string) {
	w.t.Helper()
	img, err := w.Image(w.ctx, "big", commit)
	w.must(err)
	manifest, err := img.Manifest()
	w.must(err)
	if !slices.ContainsFunc(manifest.Layers, func(d v1.Descriptor) bool { return d.Size > 500_000_000 }) {
		w.t.Errorf("no layer of %+v has 500 MB", manifest.Layers)
	}
}

// held is a file of an image.
type held struct {
	tar.Header
	text string
}

// String is its owner, mode, and content or target.
func (h held) String() string {
	text := h.text
	if h.Linkname != "" {
		text = "-> " + h.Linkname
	}
	return fmt.Sprintf("%d:%d %o %s", h.Uid, h.Gid, h.Mode&0o777, text)
}

// unpacked pulls a service's image and reads what it holds.
func (w *world) unpacked(service, commit string) (v1.Image, map[string]held) {
	w.t.Helper()
	img, err := w.Image(w.ctx, service, commit)
	w.must(err)
	content := mutate.Extract(img)
	defer content.Close() //nolint:errcheck // it is only read
	files := map[string]held{}
	for r := tar.NewReader(content); ; {
		header, err := r.Next()
		if err == io.EOF {
			return img, files
		}
		w.must(err)
		f := held{Header: *header}
		if header.Size < 1<<10 {
			text, err := io.ReadAll(r)
			w.must(err)
			f.text = string(text)
		}
		files[strings.TrimPrefix(header.Name, "/")] = f
	}
}

// A build that needs more memory than its step may have fails alone, and says
// what was wanting.
func TestOutOfMemory(t *testing.T) {
	w := newWorld(t)
	commit := w.beside("user: greedy", map[string]string{
		"microservices/user/Dockerfile": "FROM " + where.Base + "\nCOPY text /text\nRUN a=x; while true; do a=$a$a; done\n",
	})
	run := w.imageRun(commit)
	limit := corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("512Mi")}
	run.Spec.StepSpecs = []pipeline.TaskRunStepSpec{{Name: "kaniko-build", ComputeResources: corev1.ResourceRequirements{Limits: limit, Requests: limit}}}
	done, err := w.RunTask(w.ctx, run)
	w.must(err)
	if !done.IsFailure() {
		t.Errorf("%s; want a failure", loop.Outcome(done))
	}
	w.wantTag("user", commit, false)
	if got := loop.Outcome(done); !strings.Contains(got, "OOMKilled") {
		t.Errorf("the run ended with %q, which does not say why", got)
	}
	// Where the kernel kills the whole container, nobody is left to say more.
	for _, s := range done.Status.Steps {
		if s.Name == "kaniko-build" && s.Terminated != nil && s.Terminated.ExitCode != 137 {
			w.wantLines(done, "kaniko-build", "error: building Dockerfile:3 RUN a=x", "memory", "hint: raise the step's memory limit")
		}
	}
}

// wantLines asserts what stands in a step's log.
func (w *world) wantLines(task *pipeline.TaskRun, step string, texts ...string) {
	w.t.Helper()
	log := w.stepLog(task, step)
	for _, text := range texts {
		if !strings.Contains(log, text) {
			w.t.Errorf("the log of step %s lacks %q:\n%s", step, text, log)
		}
	}
}
