// SPDX-License-Identifier: Apache-2.0

package triggers

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"
	pipelinev1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	triggersv1 "github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	"k8s.io/apimachinery/pkg/api/equality"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"github.com/adze-ci/adze/e2e/forge/forgetest"
	"github.com/adze-ci/adze/internal/objecttest"
	"github.com/adze-ci/adze/internal/step"
	manifestpr "github.com/adze-ci/adze/tasks/manifest-pr"
)

// A push is left out only where it is known to change no manifest.
func TestRefreshFilter(t *testing.T) {
	all, f := load(t, "*.yaml"), fixtures(t)
	for name, tc := range map[string]struct {
		over fields
		runs int
	}{
		"our update merged":         {fields{"commits": []any{f["update"], f["merge"]}}, 1},
		"our update squashed":       {fields{"commits": []any{f["squash"]}}, 1},
		"a manifest by hand":        {fields{"commits": []any{f["service"], with(f["service"], fields{"modified": []any{"manifests/user/app.yaml"}})}}, 1},
		"a manifest removed":        {fields{"commits": []any{with(f["service"], fields{"modified": []any{}, "removed": []any{"manifests/user/app.yaml"}})}}, 1},
		"a service":                 {fields{"commits": []any{f["service"]}}, 0},
		"a commit that is too big":  {fields{"commits": []any{with(f["service"], fields{"modified": []any{}})}}, 1},
		"a forge without paths":     {fields{"commits": []any{with(f["service"], fields{"modified": nil})}}, 1},
		"a forced push":             {fields{"forced": true, "commits": []any{f["service"]}}, 1},
		"no commits told":           {fields{"commits": []any{}}, 1},
		"another branch":            {fields{"ref": "refs/heads/adze/user", "commits": []any{f["update"]}}, 0},
		"the branch deleted":        {fields{"after": zeros, "deleted": true, "commits": []any{}}, 0},
		"another repository":        {fields{"repository": with(f["push"]["repository"].(map[string]any), fields{"full_name": "example/other"}), "commits": []any{f["update"]}}, 0},
		"a folder of a like name":   {fields{"commits": []any{with(f["service"], fields{"modified": []any{"manifests-old/user.yaml"}})}}, 0},
		"a folder below a service":  {fields{"commits": []any{with(f["service"], fields{"modified": []any{"services/manifests/a.yaml"}})}}, 0},
		"manifests among many more": {fields{"commits": []any{with(f["service"], fields{"added": []any{"a", "manifests/b"}})}}, 1},
	} {
		if got := deliverTo(t, all, "adze-refresh", signed(t, with(f["push"], tc.over))); len(got.created) != tc.runs {
			t.Errorf("%s: made %d runs (%s), want %d", name, len(got.created), got.refused, tc.runs)
		}
	}
	d := signed(t, with(f["push"], fields{"commits": []any{f["update"]}}))
	d.body = append(d.body, ' ')
	if got := deliverTo(t, all, "adze-refresh", d); len(got.created) != 0 || !strings.HasPrefix(got.refused, "signature: ") {
		t.Errorf("a changed body: made %d runs (%s)", len(got.created), got.refused)
	}
}

// refreshRun is the run that a delivery makes, read strictly.
func refreshRun(t *testing.T, d delivery) *pipelinev1.PipelineRun {
	t.Helper()
	got := deliverTo(t, load(t, "*.yaml"), "adze-refresh", d)
	if len(got.created) != 1 {
		t.Fatalf("made %d objects (%s), want 1", len(got.created), got.refused)
	}
	pr := &pipelinev1.PipelineRun{}
	if err := yaml.UnmarshalStrict(got.created[0], pr); err != nil {
		t.Fatal(err)
	}
	return pr
}

func refreshTask(t *testing.T) *pipelinev1.Task {
	t.Helper()
	text, err := os.ReadFile("../pipelines/refresh.yaml")
	if err != nil {
		t.Fatal(err)
	}
	task := &pipelinev1.Task{}
	if err := yaml.UnmarshalStrict(text, task); err != nil {
		t.Fatal(err)
	}
	return task
}

// The run is one that Tekton takes, and fits its Task.
func TestRefreshRun(t *testing.T) {
	f := fixtures(t)
	pr := refreshRun(t, signed(t, with(f["push"], fields{"commits": []any{f["update"]}})))
	if pr.Name != "refresh-222222222222-111111111111" {
		t.Errorf("run %q", pr.Name)
	}
	if auto := pr.Spec.TaskRunTemplate.PodTemplate.AutomountServiceAccountToken; auto == nil || *auto {
		t.Error("the run's pods get a token of the service account")
	}
	only, task := pr.Spec.PipelineSpec.Tasks[0], refreshTask(t)
	if only.TaskRef.Name != task.Name {
		t.Errorf("the run is of Task %s, want %s", only.TaskRef.Name, task.Name)
	}
	for _, p := range task.Spec.Params {
		if p.Default == nil && !slices.ContainsFunc(only.Params, func(g pipelinev1.Param) bool { return g.Name == p.Name }) {
			t.Errorf("the run lacks param %s", p.Name)
		}
	}
	for _, g := range only.Params {
		if !slices.ContainsFunc(task.Spec.Params, func(p pipelinev1.ParamSpec) bool { return p.Name == g.Name }) {
			t.Errorf("the Task has no param %s", g.Name)
		}
	}
	for _, w := range only.Workspaces {
		if !slices.ContainsFunc(task.Spec.Workspaces, func(d pipelinev1.WorkspaceDeclaration) bool { return d.Name == w.Name && d.Optional }) {
			t.Errorf("the Task has no optional workspace %s", w.Name)
		}
		if !slices.ContainsFunc(pr.Spec.Workspaces, func(b pipelinev1.WorkspaceBinding) bool { return b.Name == w.Workspace }) {
			t.Errorf("the run does not bind workspace %s", w.Workspace)
		}
	}
	ctx := apis.WithinCreate(t.Context())
	pr.SetDefaults(ctx)
	if err := pr.Validate(ctx); err != nil {
		t.Errorf("Tekton refuses the run: %v", err)
	}
}

// The listener has both Triggers, which watch the same branch of the same repository.
func TestTriggersAgree(t *testing.T) {
	settings := map[string]map[string]string{}
	for _, name := range []string{"adze-push", "adze-refresh"} {
		settings[name] = settingsOf(t, name)
	}
	listener := objecttest.Get[triggersv1.EventListener](t, load(t, "*.yaml"), "EventListener/adze")
	for name := range settings {
		if !slices.ContainsFunc(listener.Spec.Triggers, func(e triggersv1.EventListenerTrigger) bool { return e.TriggerRef == name }) {
			t.Errorf("the listener lacks %s", name)
		}
	}
	for mine, theirs := range map[string]string{"adze.repository": "adze.proposals", "adze.sources": "adze.repository", "adze.branch": "adze.branch", "adze.api": "adze.api", "adze.manifests": "adze.manifests"} {
		if got, want := settings["adze-refresh"][mine], settings["adze-push"][theirs]; got == "" || got != want {
			t.Errorf("%s is %s in adze-refresh, and %s is %s in adze-push", mine, got, theirs, want)
		}
	}
}

// settingsOf are the overlays of a Trigger's settings.
func settingsOf(t *testing.T, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, i := range objecttest.Get[triggersv1.Trigger](t, load(t, "*.yaml"), "Trigger/"+name).Spec.Interceptors {
		for _, p := range i.Params {
			var overlays []struct{ Key, Expression string }
			if p.Name != "overlays" {
				continue
			}
			if err := json.Unmarshal(p.Value.Raw, &overlays); err != nil {
				t.Fatal(err)
			}
			for _, o := range overlays {
				all[o.Key] = o.Expression
			}
		}
	}
	return all
}

// What a refresh reads beside the push's own run is bound to the same, so that pull
// requests look as they did.
func TestRunsShareWhatTheyRead(t *testing.T) {
	f := fixtures(t)
	push := run(t, f["push"])
	refresh := refreshRun(t, signed(t, with(f["push"], fields{"commits": []any{f["update"]}})))
	for _, b := range refresh.Spec.Workspaces {
		if !slices.ContainsFunc(push.Spec.Workspaces, func(o pipelinev1.WorkspaceBinding) bool { return equality.Semantic.DeepEqual(b, o) }) {
			t.Errorf("workspace %s is not what it is in the run of a push", b.Name)
		}
	}
	if !slices.ContainsFunc(refresh.Spec.Workspaces, func(b pipelinev1.WorkspaceBinding) bool { return b.Name == "look" }) {
		t.Error("a refresh does not know how pull requests look")
	}
}

// Two services stand on one line. The merge of one pull request brings the other
// into conflict, and the run that the merge makes gets it out of there, in the
// same looks.
func TestAMergeRefreshesTheOthers(t *testing.T) {
	f, token, hooks := watched(t)
	f.Push(t, repository, "main", "one file for both", map[string]string{
		"manifests/kustomization.yaml": "images: [{name: registry.example/user, newTag: old}, {name: registry.example/admin, newTag: old}]\n",
		"manifests/user/app.yaml":      "kind: Pod\n",
	})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	client, commit := f.Client(t, token), strings.Repeat("a", 40)
	look := lookFolder(t)
	manifestPR(t, "--repo="+repository, "--api-url="+f.URL+"/api/v3", "--token-file="+file, "--look="+look,
		"--image", "user=registry.example/user:"+commit, "admin=registry.example/admin:"+commit, "--")
	if _, _, err := client.PullRequests.Merge(t.Context(), "example", "monorepo", 1, "", &github.PullRequestOptions{MergeMethod: "squash"}); err != nil {
		t.Fatal(err)
	}
	if mergeable(t, client) {
		t.Fatal("the other pull request is in no conflict")
	}
	f.Wait()
	args := []string{}
	for _, e := range hooks.Events("push") {
		if e.Payload["ref"] == "refs/heads/main" && strings.Contains(string(e.Body), "[Update manifest]") {
			args = argsOf(t, refreshRun(t, delivery{body: e.Body, header: e.Header}), f, file, look)
		}
	}
	manifestPR(t, args...)
	if !mergeable(t, client) {
		t.Error("the other pull request is still in conflict")
	}
	pr, _, err := client.PullRequests.Get(t.Context(), "example", "monorepo", 2)
	if err != nil {
		t.Fatal(err)
	}
	proposed, _, err := client.Repositories.GetCommit(t.Context(), "example", "monorepo", pr.GetHead().GetSHA(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if pr.GetTitle() != "[Update manifest] ship "+strings.TrimPrefix(pr.GetHead().GetRef(), "adze/") || !strings.HasPrefix(pr.GetBody(), "In our words\n") {
		t.Errorf("title %q, text:\n%s", pr.GetTitle(), pr.GetBody())
	}
	if c := proposed.GetCommit(); c.GetAuthor().GetName() != "CI" || !strings.Contains(c.GetMessage(), "\nSigned-off-by: CI <ci@users.example>") {
		t.Errorf("by %v:\n%s", c.GetAuthor(), c.GetMessage())
	}
}

// lookFolder is what a ConfigMap holds of the looks of pull requests.
func lookFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"title-template": "ship {{.Key}}\n", "body-template": "In our words\n", "author": "CI <ci@users.example>\n", "sign-off": "true\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func manifestPR(t *testing.T, args ...string) {
	t.Helper()
	var errs bytes.Buffer
	if code := step.Execute(t.Context(), manifestpr.Command(), args, &step.Env{Stdin: strings.NewReader(""), Stdout: &errs, Stderr: &errs}); code != step.CodeDone {
		t.Fatalf("manifest-pr %q ends with %d:\n%s", args, code, errs.String())
	}
}

// argsOf are the arguments of the Task's step in a run, with the forge and the token of a test.
func argsOf(t *testing.T, pr *pipelinev1.PipelineRun, f *forgetest.Forge, token, look string) []string {
	t.Helper()
	task := refreshTask(t)
	given := map[string]string{"$(workspaces.forge-token.path)": token, "$(workspaces.forge-app.path)": "", "$(workspaces.look.path)": look, "$(workspaces.ca.path)": "", "$(results.outcome.path)": ""}
	for _, p := range task.Spec.Params {
		if p.Default != nil {
			given["$(params."+p.Name+")"] = p.Default.StringVal
		}
	}
	for _, p := range pr.Spec.PipelineSpec.Tasks[0].Params {
		given["$(params."+p.Name+")"] = p.Value.StringVal
	}
	given["$(params.api-url)"] = f.URL + "/api/v3"
	var args []string
	for _, arg := range task.Spec.Steps[0].Args {
		for variable, value := range given {
			arg = strings.ReplaceAll(arg, variable, value)
		}
		args = append(args, arg)
	}
	return args
}

func mergeable(t *testing.T, client *github.Client) bool {
	t.Helper()
	pr, _, err := client.PullRequests.Get(t.Context(), "example", "monorepo", 2)
	if err != nil {
		t.Fatal(err)
	}
	return pr.GetMergeable()
}
