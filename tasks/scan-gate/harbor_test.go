// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/step"
)

// harborRun is the gate before an image in a project of a Harbor, which lets nobody
// pull what has findings or was not scanned.
type harborRun struct {
	*harbortest.Harbor

	auth         authn.Authenticator
	config, repo string
}

func newHarborRun(t *testing.T) *harborRun {
	t.Helper()
	h := harbortest.Start(t)
	project := h.Project(t, map[string]string{"prevent_vul": "true", "severity": "low", "auto_scan": "true"})
	user, secret := h.Robot(t, project, "repository:pull", "repository:push", "artifact:read", "artifact:delete", "artifact-addition:read", "scan:create", "tag:create")
	r := &harborRun{Harbor: h, config: filepath.Join(t.TempDir(), "config.json"), repo: h.Host + "/" + project + "/team/app"}
	r.login(t, user, secret)
	return r
}

// login takes another account from now on.
func (r *harborRun) login(t *testing.T, user, secret string) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"auths": map[string]any{r.Host: map[string]string{"username": user, "password": secret}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	r.auth = &authn.Basic{Username: user, Password: secret}
}

// push pushes an image by digest, in which the scanner finds so much.
func (r *harborRun) push(t *testing.T, found ...harbor.Vulnerability) name.Digest {
	t.Helper()
	img, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	r.Script.Find(hash.String(), found...)
	digest, err := name.NewDigest(r.repo + "@" + hash.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(digest, img, remote.WithAuth(r.auth)); err != nil {
		t.Fatal(err)
	}
	return digest
}

// gate runs the gate on an image, and gives its exit code and what it wrote.
func (r *harborRun) gate(t *testing.T, image name.Digest, flags ...string) (step.Code, string) {
	t.Helper()
	var out bytes.Buffer
	words := append([]string{"--scanner=harbor", "--image=" + image.String(), "--docker-config=" + r.config}, flags...)
	code := step.Execute(t.Context(), Command(), words, &step.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out})
	return code, out.String()
}

// tags are those that Harbor has on an image, as an administrator is told them.
func (r *harborRun) tags(t *testing.T) []string {
	t.Helper()
	repo, err := name.NewRepository(r.repo)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := remote.List(repo, remote.WithAuth(r.auth))
	if err != nil {
		t.Fatal(err)
	}
	return tags
}

// A robot with the rights that the README lists gets its image judged and tagged
// where nobody may pull it, and again, when the tag is there.
func TestHarborPass(t *testing.T) {
	r := newHarborRun(t)
	image := r.push(t, harbor.Vulnerability{ID: "CVE-1", Package: "p", Version: "1", Severity: "High", Status: "will_not_fix"})
	for range 2 {
		if code, out := r.gate(t, image, "--tag=abc", "--key-tag=adze-build-1"); code != 0 {
			t.Fatalf("exit code %d\n%s", code, out)
		}
	}
	if got := strings.Join(r.tags(t), " "); !strings.Contains(got, "abc") || !strings.Contains(got, "adze-build-1") {
		t.Errorf("tags %s", got)
	}
}

// The scan that Harbor began at the push is the only one, unless the policy wants to
// know how old the scanner's knowledge is, which of a former scan nobody can tell.
func TestHarborScansNoMoreThanItMust(t *testing.T) {
	r := newHarborRun(t)
	image := r.push(t)
	run := func(want step.Code, scans int, flags ...string) {
		t.Helper()
		if code, out := r.gate(t, image, flags...); code != want || len(r.Script.Asked()) != scans {
			t.Errorf("exit code %d after %d scans, want %d after %d\n%s", code, len(r.Script.Asked()), want, scans, out)
		}
	}
	run(0, 1)
	run(0, 1)
	dir := t.TempDir()
	text := "apiVersion: adze.dev/v1alpha1\nkind: ScanPolicy\nseverity: HIGH\nmaxDatabaseAgeHours: 2\n"
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(step.CodeNoAnswer, 2, "--policy="+dir) // the robot account may not ask
	r.login(t, r.User, r.Password)
	r.Script.Database = time.Now().Add(-time.Hour)
	run(0, 3, "--policy="+dir)
	r.Script.Database = time.Now().Add(-3 * time.Hour)
	run(step.CodeNoAnswer, 4, "--policy="+dir)
	run(0, 4)
	r.Script.Database = time.Now().Add(time.Hour)
	run(0, 5) // the scanner has learnt something since
}

// What is refused gets no tag, and goes where that is wanted.
func TestHarborRefused(t *testing.T) {
	r := newHarborRun(t)
	r.push(t) // or else the repository goes with the image
	image := r.push(t, harbor.Vulnerability{ID: "CVE-1", Package: "p", Version: "1", Fix: "2", Severity: "High", Status: "fixed"})
	code, out := r.gate(t, image, "--tag=abc", "--delete-refused")
	if code != step.CodeNo || !strings.Contains(out, "CVE-1") || !strings.Contains(out, "is removed from the registry") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if tags := r.tags(t); len(tags) > 0 {
		t.Errorf("tags %s", tags)
	}
	if code, out = r.gate(t, image, "--tag=abc"); code != step.CodeNoAnswer || !strings.Contains(out, "not found") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A report that tells nothing is no pass, nor is a registry that is not asked.
func TestHarborUnknown(t *testing.T) {
	r := newHarborRun(t)
	image := r.push(t)
	if err := r.Server.AddFault(harbor.Fault{Path: "/vulnerabilities$", Kind: "report-empty"}); err != nil {
		t.Fatal(err)
	}
	if code, out := r.gate(t, image, "--tag=abc"); code != step.CodeNoAnswer || !strings.Contains(out, "none of the types") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := r.gate(t, image, "--harbor=no"); code != step.CodeMisused || !strings.Contains(out, "is no Harbor") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if tags := r.tags(t); len(tags) > 0 {
		t.Errorf("tags %s", tags)
	}
}
