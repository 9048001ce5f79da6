// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/adze-ci/adze/e2e/loop"
)

// Harbor's rules all hold at once: nobody pulls what is vulnerable or was not
// scanned, no tag moves, there is little room. What passes is tagged all the
// same, what is not judged is not, and what is reused is judged again.
func TestStrictProject(t *testing.T) {
	w := newWorldWith(t, loop.Options{Project: map[string]string{"prevent_vul": "true", "severity": "high"}, Quota: 64 << 20})
	w.must(w.AskHarbor(w.ctx, http.MethodPost, "/api/v2.0/projects/"+w.Project+"/immutabletagrules", map[string]any{
		"scope_selectors": map[string]any{"repository": []any{map[string]string{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}}},
		"tag_selectors":   []any{map[string]string{"kind": "doublestar", "decoration": "matches", "pattern": "**"}},
	}, nil))
	w.policy("ignore: " + except("CVE-2021-44906"))
	files := vulnerable("web")
	files["microservices/user/Dockerfile"] = "FROM " + where.Base + "\nRUN head -c 100000000 /dev/urandom > /big\n"
	first := w.beside("user: large; web: vulnerable", files)
	second := w.beside("words", map[string]string{"notes.txt": "words\n"})
	var image *v1.TaskRun

	t.Run("first", func(t *testing.T) {
		for what, run := range map[string]func(*world){
			"vulnerable and excepted": func(w *world) { image = w.image("web", first, w.byHarbor(), true) },
			"too large": func(w *world) {
				w.wantLines(w.image("user", first, w.byHarbor(), false), "harbor-push", "quota", "hint: the project's quota is used up")
			},
			"never scanned":     func(w *world) { w.judge("cart", "scan-never-ends", 4) },
			"scanned in vain":   func(w *world) { w.judge("order", "scan-error", 4) },
			"scanned and clean": func(w *world) { w.judge("rate", "", 0) },
		} {
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				run(w.on(t))
			})
		}
	})
	if t.Failed() {
		return
	}
	digest := w.artifact("web", first)
	if digest == "" || digest != loop.Result(image, "IMAGE_DIGEST") {
		t.Errorf("tag %s is on %q, want %s", first, digest, loop.Result(image, "IMAGE_DIGEST"))
	}
	w.wantNoPull("web", first)

	// Without the exception the same image is refused, though it passed before.
	w.policy("")
	image = w.image("web", second, w.byHarbor(), false)
	w.wantStep(image, "scan-gate", 3)
	if got := loop.Result(image, "reuse"); got != "reused" {
		t.Errorf("the image was not there already: %q", got)
	}
	if got := w.artifact("web", second); got != "" {
		t.Errorf("tag %s is on %s", second, got)
	}
}

// policy gives the gate a policy of one rule, or of none.
func (w *world) policy(rule string) {
	w.t.Helper()
	text := "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\n" + rule + "\n"
	object, err := yaml.Marshal(corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: "adze-policy"}, Data: map[string]string{"policy.yaml": text},
	})
	w.must(err)
	w.must(w.Apply(w.ctx, object))
}

// except is a list of one vulnerability that is left alone for a week.
func except(id string) string {
	return "[{id: " + id + ", reason: a test, expires: " + time.Now().AddDate(0, 0, 7).Format(time.DateOnly) + "}]"
}

// byHarbor are the params by which Harbor scans the images.
func (w *world) byHarbor() map[string]string {
	return map[string]string{"registry": w.ImagePrefix, "scanner": "harbor"}
}

// image runs the Task image for a service by the policy that is there, with more
// params; it must end well or badly.
func (w *world) image(service, commit string, params map[string]string, good bool) *v1.TaskRun {
	w.t.Helper()
	var run v1.TaskRun
	w.apply("pipelines/examples/image-run.yaml", append([]string{"value: user", "value: " + service}, w.placeholders(commit)...), &run)
	run.Spec.Workspaces = append(run.Spec.Workspaces, v1.WorkspaceBinding{
		Name: "policy", ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "adze-policy"}},
	})
	return w.ends(&run, params, good)
}

// judge has the gate judge the image that a service has, and tag it, while scans
// go wrong, and asserts the code that the gate ends with.
func (w *world) judge(service, fault string, code int32) {
	w.t.Helper()
	if fault != "" {
		w.must(w.AskHarbor(w.ctx, http.MethodPost, "/_harbor/faults", map[string]string{
			"method": "POST", "path": w.Project + "/repositories/" + service + "/artifacts/.*/scan$", "kind": fault,
		}, nil))
	}
	digest := w.artifact(service, w.First)
	var run v1.TaskRun
	w.apply("tasks/scan-gate/example.yaml", append([]string{"/web@" + zeroDigest, "/" + service + "@" + digest}, w.placeholders("judged")...), &run)
	done := w.ends(&run, map[string]string{"scanner": "harbor", "timeout": "10s"}, code == 0)
	w.wantStep(done, "judge", code)
	want := map[bool]string{true: digest}[code == 0]
	if got := w.artifact(service, "judged"); got != want {
		w.t.Errorf("tag judged of %s is on %q, want %q", service, got, want)
	}
}

// ends runs a TaskRun with more params, which must end well or badly.
func (w *world) ends(run *v1.TaskRun, params map[string]string, good bool) *v1.TaskRun {
	w.t.Helper()
	for name, value := range params {
		run.Spec.Params = append(run.Spec.Params, v1.Param{Name: name, Value: *v1.NewStructuredValues(value)})
	}
	done, err := w.RunTask(w.ctx, run)
	w.must(err)
	if done.IsSuccessful() != good {
		w.t.Errorf("%s: %s; want success: %v", done.Name, loop.Outcome(done), good)
	}
	return done
}

// artifact is the digest that a tag of a service is on, for Harbor's API, which
// no rule on pulls keeps from telling; empty where there is none.
func (w *world) artifact(service, tag string) string {
	w.t.Helper()
	var all []struct {
		Digest string
		Tags   []struct{ Name string }
	}
	w.must(w.AskHarbor(w.ctx, http.MethodGet, "/api/v2.0/projects/"+w.Project+"/repositories/"+service+"/artifacts?page_size=100", nil, &all))
	for _, a := range all {
		for _, t := range a.Tags {
			if t.Name == tag {
				return a.Digest
			}
		}
	}
	return ""
}

// wantNoPull asserts that Harbor lets nobody pull an image.
func (w *world) wantNoPull(service, tag string) {
	w.t.Helper()
	ref, err := name.NewTag(w.ImagePrefix + "/" + service + ":" + tag)
	w.must(err)
	_, err = remote.Head(ref, append([]remote.Option{remote.WithContext(w.ctx)}, w.Remote...)...)
	var refused *transport.Error
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusPreconditionFailed {
		w.t.Errorf("%s:%s can be pulled: %v", service, tag, err)
	}
}
