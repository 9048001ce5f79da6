// SPDX-License-Identifier: Apache-2.0

package pipelines

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/step"
)

// builtLog is the variable that names the file in which the executor notes that
// it was run.
const builtLog = "ADZE_TEST_BUILT"

// This test binary also stands for Kaniko's executor.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"executor": func() {
		if err := build(os.Getenv(builtLog), os.Args[1:]); err != nil {
			panic(err)
		}
	}})
}

// build pushes an image to where it is told to, the Dockerfile's base with a layer
// on it that is another each time, and notes that it was run.
func build(log string, args []string) error {
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // the test sees what is missing
	if _, err := fmt.Fprintln(f, strings.Join(args, " ")); err != nil {
		return err
	}
	given := map[string]string{}
	for _, arg := range args {
		flag, value, _ := strings.Cut(arg, "=")
		given[flag] = value
	}
	dockerfile, err := os.ReadFile(given["--dockerfile"])
	if err != nil {
		return err
	}
	from, err := name.ParseReference(strings.Fields(string(dockerfile))[1])
	if err != nil {
		return err
	}
	base, err := remote.Image(from)
	if err != nil {
		return err
	}
	layer, err := random.Layer(64, types.DockerLayer)
	if err != nil {
		return err
	}
	img, err := mutate.AppendLayers(base, layer)
	if err != nil {
		return err
	}
	to, err := name.NewTag(given["--destination"], name.Insecure)
	if err != nil {
		return err
	}
	return remote.Write(to, img)
}

// shop is a repository with one service, and a registry.
type shop struct {
	t         *testing.T
	dir, host string
	extra     map[string][]string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(srv.Close)
	s := &shop{t: t, dir: t.TempDir(), host: strings.TrimPrefix(srv.URL, "http://")}
	self, err := exec.LookPath("executor")
	s.must(err)
	s.write("../tools/executor", "#!/bin/sh\n"+builtLog+"="+s.path("../tools/built")+" exec "+self+" \"$@\"\n")
	s.write("../tools/trivy", `#!/bin/sh
for a in "$@"; do case $a in --output=*) out=${a#*=};; esac; last=$a; done
echo $last >> `+s.path("../tools/judged")+`
sed "s|IMAGE|$last|" `+s.path("../tools/report")+` > $out
`)
	s.finds("LOW")
	build := []string{"--executor=" + s.path("../tools/executor"), "--root-owned=false"} // a test need not be root's
	s.extra = map[string][]string{
		"reuse": build, "kaniko-build": build,
		"scan-gate": {"--trivy=" + s.path("../tools/trivy")},
	}
	s.write("adze.yaml", "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nregistry: "+s.host+"/shop\nservices:\n  list:\n    - {name: web, path: web}\n")
	s.write("web/Dockerfile", "FROM "+s.host+"/base:1\nCOPY text /\n")
	s.patch()
	s.write("web/text", "one\n")
	s.git("init", "-q", "-b", "main")
	return s
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// path is a file's in the repository; beside it lie the tools.
func (s *shop) path(file string) string { return filepath.Join(s.dir, "repo", file) }

func (s *shop) write(file, text string) {
	s.t.Helper()
	s.must(os.MkdirAll(filepath.Dir(s.path(file)), 0o750))
	s.must(os.WriteFile(s.path(file), []byte(text), 0o700))
}

// patch puts the base's tag on a new image.
func (s *shop) patch() {
	s.t.Helper()
	img, err := random.Image(1024, 2)
	s.must(err)
	ref, err := name.NewTag(s.host + "/base:1")
	s.must(err)
	s.must(remote.Write(ref, img))
}

// finds sets the severity of the one finding that has a fix.
func (s *shop) finds(severity string) {
	s.write("../tools/report", `{"SchemaVersion": 2, "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["IMAGE"]}, "Results": [
{"Target": "Node.js", "Vulnerabilities": [{"VulnerabilityID": "CVE-1000-1", "PkgName": "left", "InstalledVersion": "1.0", "FixedVersion": "1.1", "Severity": "`+severity+`"}]}]}`)
}

func (s *shop) git(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "git", append([]string{"-C", filepath.Join(s.dir, "repo"), "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit makes a commit of what was written, and runs the Task image for it.
func (s *shop) commit(params ...string) (string, *play) {
	s.t.Helper()
	revision := s.revision()
	return revision, s.play(revision, params...)
}

// revision makes a commit of what was written.
func (s *shop) revision() string {
	s.t.Helper()
	s.git("add", "-A")
	s.git("commit", "-q", "--allow-empty", "-m", "change")
	return s.git("rev-parse", "HEAD")
}

func (s *shop) play(revision string, params ...string) *play {
	s.t.Helper()
	return s.playTask("image", revision, append([]string{"service", "web"}, params...)...)
}

// playTask runs a Task for a commit.
func (s *shop) playTask(task, revision string, params ...string) *play {
	s.t.Helper()
	given := map[string]string{"url": filepath.Join(s.dir, "repo"), "revision": revision}
	for i := 0; i < len(params); i += 2 {
		given[params[i]] = params[i+1]
	}
	return playTask(s.t, task, given, s.extra)
}

// lines counts how often a tool was run.
func (s *shop) lines(file string) int {
	text, err := os.ReadFile(s.path("../tools/" + file))
	if os.IsNotExist(err) {
		return 0
	}
	s.must(err)
	return strings.Count(string(text), "\n")
}

// digest is what a tag is on; empty where there is none.
func (s *shop) digest(tag string) string {
	s.t.Helper()
	ref, err := name.NewTag(s.host + "/shop/web:" + tag)
	s.must(err)
	head, err := remote.Head(ref)
	if err != nil {
		return ""
	}
	return head.Digest.String()
}

// want holds a run to how it ended and to how often an image was built and
// judged by then.
func (s *shop) want(p *play, outcome, verdict string, built, judged int) {
	s.t.Helper()
	if p.result("kaniko-build", "outcome") != outcome || p.result("scan-gate", "verdict") != verdict {
		s.t.Errorf("outcome %q and verdict %q, want %q and %q: %s", p.result("kaniko-build", "outcome"), p.result("scan-gate", "verdict"), outcome, verdict, p.said())
	}
	if s.lines("built") != built || s.lines("judged") != judged {
		s.t.Errorf("%d built and %d judged, want %d and %d", s.lines("built"), s.lines("judged"), built, judged)
	}
}

// A commit that leaves a service's inputs as they were gets its tag on the image
// that exists: nothing is built, and the image is judged again.
func TestImageThatExistsIsNotBuilt(t *testing.T) {
	s := newShop(t)
	first, p := s.commit()
	s.want(p, "built", "pass", 1, 1)
	s.wantWhole(first)
	s.write("README.md", "of no matter\n")
	second, p := s.commit()
	s.want(p, "reused", "pass", 1, 2)
	if s.digest(first) == "" || s.digest(second) != s.digest(first) || p.result("harbor-push", "IMAGE_DIGEST") != s.digest(first) {
		t.Errorf("the tags are on %q and %q: %s", s.digest(first), s.digest(second), p.said())
	}
	for _, step := range []string{"reuse", "kaniko-build"} {
		if !strings.Contains(p.logs[step], "the image exists, so nothing is built") {
			t.Errorf("%s does not say it: %s", step, p.logs[step])
		}
	}

	s.write("web/text", "two\n")
	third, p := s.commit()
	s.want(p, "built", "pass", 2, 3)
	if s.digest(third) == s.digest(first) || s.digest(third) == "" {
		t.Errorf("the tag of another image is on %q", s.digest(third))
	}
	if again := s.play(third); again.result("reuse", "outcome") != "reused" {
		t.Errorf("a run again builds again: %s", again.said())
	}
	s.write("web/text", "one\n")
	fourth, p := s.commit()
	s.want(p, "reused", "pass", 2, 5)
	if s.digest(fourth) != s.digest(first) {
		t.Errorf("the first image is not found again: %s", p.said())
	}
}

// A base that was patched is another image, though no file of the service changed.
func TestPatchedBaseIsBuilt(t *testing.T) {
	s := newShop(t)
	first, p := s.commit()
	s.want(p, "built", "pass", 1, 1)
	s.patch()
	second, p := s.commit()
	s.want(p, "built", "pass", 2, 2)
	if s.digest(second) == s.digest(first) || s.digest(second) == "" {
		t.Errorf("the tags are on %q and %q", s.digest(first), s.digest(second))
	}
	s.wantWhole(second)
}

// wantWhole reads all of an image: the layers of its base were never in the
// layout, and the registry took them from the base's repository.
func (s *shop) wantWhole(tag string) {
	s.t.Helper()
	ref, err := name.NewTag(s.host + "/shop/web:" + tag)
	s.must(err)
	img, err := remote.Image(ref)
	s.must(err)
	s.must(validate.Image(img))
}

// What is known of an image by now decides, not what was known when it was built.
func TestImageThatExistsIsJudgedAgain(t *testing.T) {
	s := newShop(t)
	_, p := s.commit()
	s.want(p, "built", "pass", 1, 1)
	s.finds("CRITICAL")
	second, p := s.commit()
	s.want(p, "reused", "refused", 1, 2)
	if p.codes["scan-gate"] != step.CodeNo || s.digest(second) != "" {
		t.Errorf("exit code %d, the tag is on %q", p.codes["scan-gate"], s.digest(second))
	}
	// It has fallen, so the next run builds, and later ones find what was built.
	s.finds("LOW")
	third, p := s.commit()
	s.want(p, "built", "pass", 2, 3)
	fourth, p := s.commit()
	s.want(p, "reused", "pass", 2, 4)
	if s.digest(fourth) != s.digest(third) || s.digest(third) == "" {
		t.Errorf("the tags are on %q and %q", s.digest(third), s.digest(fourth))
	}
}

// An image that was refused is not found by a later run.
func TestRefusedImageIsBuiltAgain(t *testing.T) {
	s := newShop(t)
	s.finds("CRITICAL")
	_, p := s.commit()
	s.want(p, "built", "refused", 1, 1)
	s.finds("LOW")
	second, p := s.commit()
	s.want(p, "built", "pass", 2, 2)
	if s.digest(second) == "" {
		t.Errorf("no tag: %s", p.said())
	}
}

func TestRebuild(t *testing.T) {
	s := newShop(t)
	first, _ := s.commit()
	second, p := s.commit("rebuild", "true")
	s.want(p, "built", "pass", 2, 2)
	if s.digest(second) == s.digest(first) || s.digest(second) == "" {
		t.Errorf("the tags are on %q and %q", s.digest(first), s.digest(second))
	}
	third, p := s.commit()
	s.want(p, "reused", "pass", 2, 3)
	if s.digest(third) != s.digest(second) {
		t.Errorf("the image that was replaced is found: %s", p.said())
	}
}
