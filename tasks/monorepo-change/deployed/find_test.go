// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	imageregistry "github.com/adze-ci/adze/internal/registry"
)

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=c", "GIT_COMMITTER_EMAIL=c@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// world is a repository and a registry.
type world struct {
	t         *testing.T
	dir, host string
}

func newWorld(t *testing.T) world {
	t.Helper()
	s := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	return world{t, dir, strings.TrimPrefix(s.URL, "http://")}
}

// commit writes manifests and commits them.
func (w world) commit(files map[string]string) string {
	w.t.Helper()
	for file, text := range files {
		full := filepath.Join(w.dir, file)
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	git(w.t, w.dir, "add", "-A")
	git(w.t, w.dir, "commit", "-q", "--allow-empty", "-m", "x")
	return git(w.t, w.dir, "rev-parse", "HEAD")
}

// push puts an image with a label into the registry.
func (w world) push(ref, revision string) string {
	w.t.Helper()
	img, err := random.Image(10, 1)
	if err == nil {
		img, err = mutate.Config(img, v1.Config{Labels: map[string]string{label: revision}})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	to, err := name.ParseReference(w.host + "/" + ref)
	if err == nil {
		err = remote.Write(to, img)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		w.t.Fatal(err)
	}
	return digest.String()
}

// find asks what is deployed of one service.
func (w world) find(o Options, image string) (State, error) {
	w.t.Helper()
	o.registry.Insecure = []string{w.host}
	if err := o.Validate(); err != nil {
		w.t.Fatal(err)
	}
	from := gitx.Options{Source: w.dir, Log: slog.New(slog.DiscardHandler)}
	repo, err := gitx.Open(from)
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := o.Find(w.t.Context(), from, repo, []monorepo.Service{{Name: "a", Image: image}})
	if err != nil {
		return State{}, err
	}
	return a.States["a"], nil
}

// What a manifest says, and what follows from it; NOW stands for a commit that
// is there, HOST for the registry, DIGEST for the image of that commit.
func TestWhatAManifestSays(t *testing.T) {
	w := newWorld(t)
	now := w.commit(nil)
	digest := w.push("a:v1", now)
	w.push("a:latest", now)
	w.push("a:silent", "")
	w.push("a:gone", strings.Repeat("1", 40))
	for _, c := range []struct{ manifest, commit, doubt string }{
		{"image: HOST/a:NOW\n", now, ""},
		{"image: HOST/a:v1\n", now, ""},
		{"image: HOST/a@DIGEST\n", now, ""},
		{"image: HOST/a:any@DIGEST\n", now, ""},
		{"image: HOST/a\n", now, ""},
		{"tag: NOW # {\"$imagepolicy\": \"flux-system:a:tag\"}\n", now, ""},
		{"tag: v1 # adze: a:tag\n", now, ""},
		{"tag: v1 # adze: b:tag\n", "", "no manifest names its image HOST/a"},
		{"image: {repository: HOST/a, tag: NOW}\n", now, ""},
		{"image: {repository: HOST/a}\n", "", "manifests/a.yaml:1 names its image without a tag"},
		{"image: HOST/a:silent\n", "", "manifests/a.yaml:1 names HOST/a:silent, whose tag is no commit and whose label org.opencontainers.image.revision is \"\""},
		{"image: HOST/a:absent\n", "", "manifests/a.yaml:1 names an image whose commit is not known: HOST/a:absent is not in the registry"},
		{"image: HOST/a:gone\n", "", "manifests/a.yaml:1 names the commit 1111111111111111111111111111111111111111: "},
		{"x: {image: HOST/a:silent}\ny: {image: HOST/a:NOW}\n", now, "manifests/a.yaml:1 names HOST/a:silent, whose"},
		{"image: HOST/ab:NOW\n", "", "no manifest names its image HOST/a"},
		{"# HOST/a:NOW\n", "", "no manifest names its image HOST/a"},
		{"image: HOST/a:NOW\nb: [\n", "", "manifests/a.yaml:2:4: cannot be parsed: "},
		{"image: HOST/ab:NOW\nb: [\n", "", "no manifest names its image HOST/a"},
		{"image: HOST/a:{{ .tag }}\n", "", "manifests/a.yaml names its image between template braces"},
		{"name: a\nimage: {{ .image }}\n", "", "no manifest names its image HOST/a"},
	} {
		fill := strings.NewReplacer("NOW", now, "HOST", w.host, "DIGEST", digest)
		w.commit(map[string]string{"manifests/a.yaml": fill.Replace(c.manifest)})
		got, err := w.find(Options{}, w.host+"/a")
		if err != nil {
			t.Fatal(err)
		}
		var commits []string
		for _, found := range got.Commits {
			commits = append(commits, found.ID.String())
		}
		if strings.Join(commits, " ") != c.commit || !strings.HasPrefix(got.Doubt, fill.Replace(c.doubt)) || (c.doubt == "") != (got.Doubt == "") {
			t.Errorf("%q: got %v, %q; want %s, %q", c.manifest, commits, got.Doubt, c.commit, fill.Replace(c.doubt))
		}
		if got.New != strings.HasPrefix(c.doubt, "no manifest") {
			t.Errorf("%q: new is %t", c.manifest, got.New)
		}
	}
}

func TestSeveralReferencesAreSeveralCommits(t *testing.T) {
	w := newWorld(t)
	one, two := w.commit(nil), w.commit(nil)
	w.commit(map[string]string{
		"manifests/b/prod.yaml": "image: " + w.host + "/a:" + one, "manifests/a/staging.json": `{"image": "` + w.host + "/a:" + two + `"}`,
		"manifests/c/other.yml": "image: " + w.host + "/a:" + one, "manifests/notes.txt": "image: " + w.host + "/a:none",
	})
	got, err := w.find(Options{}, w.host+"/a")
	if err != nil || len(got.Commits) != 2 || got.Commits[0].ID.String() != two || got.Commits[1].ID.String() != one || got.Doubt != "" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, paths := range [][]string{{"manifests/b"}, {"/manifests/b/prod.yaml"}, {"manifests/b/", "nowhere"}} {
		if got, err := w.find(Options{Manifests: Manifests{paths: paths}}, w.host+"/a"); err != nil || len(got.Commits) != 1 || got.Commits[0].ID.String() != one {
			t.Errorf("%q: %+v, %v", paths, got, err)
		}
	}
	if got, err := w.find(Options{Manifests: Manifests{paths: []string{"."}}}, w.host+"/a"); err != nil || len(got.Commits) != 2 {
		t.Errorf("the whole repository: %+v, %v", got, err)
	}
}

// A commit that is gone, or an object that is none, takes no other with it.
func TestCommitsThatAreGoneStandAlone(t *testing.T) {
	w := newWorld(t)
	var ids []gitx.ID
	for range 9 {
		id, err := gitx.ParseID(w.commit(nil))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	tree, err := gitx.ParseID(git(t, w.dir, "rev-parse", "HEAD^{tree}"))
	if err != nil {
		t.Fatal(err)
	}
	gone := gitx.ID{1}
	repo, err := gitx.Open(gitx.Options{Source: w.dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	all := append([]gitx.ID{gone, tree}, ids...)
	c, err := loadCommits(t.Context(), repo, all)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range all {
		if _, err := c.get(id); (err == nil) != (i > 1) {
			t.Errorf("commit %d: %v", i, err)
		}
	}
	if _, err := c.get(gitx.ID{2}); err == nil || !strings.Contains(err.Error(), fmt.Sprint(maxCommits)) {
		t.Errorf("a commit that was not asked for: %v", err)
	}
}

// A registry that does not answer is waited for once, not for each image.
func TestASilentRegistryIsWaitedForOnce(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	}))
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "http://")
	o := imageregistry.Options{Insecure: []string{host}, Timeout: 300 * time.Millisecond}
	images, err := o.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for i := range 500 {
		refs = append(refs, fmt.Sprintf("%s/a:%d", host, i))
	}
	said := askRevisions(t.Context(), images, refs)
	for _, ref := range refs {
		if !strings.HasPrefix(said[ref].doubt, "names an image whose commit is not known: ") {
			t.Fatalf("%s: %+v", ref, said[ref])
		}
	}
	if n := asked.Load(); n == 0 || n > 100 {
		t.Errorf("%d requests for 500 images", n)
	}
}

// A login is for one host; it is not shown to another.
func TestTheOtherLoginIsForTheSameHostAlone(t *testing.T) {
	for other, same := range map[string]bool{
		"https://git.test/acme/live.git": true, "https://git.test:8443/acme/live.git": false, "http://git.test/acme/live.git": false,
		"https://evil.test/acme/live.git": false, "/srv/live": false, "https://git.test.evil.test/x": false,
	} {
		if sameHost("https://git.test/acme/shop.git", other) != same {
			t.Errorf("%s: want %t", other, same)
		}
	}
	for other, same := range map[string]bool{"git@git.test:acme/live.git": true, "ssh://git@git.test/acme/live.git": true, "git@evil.test:git.test/x": false, "https://git.test/x": false} {
		if sameHost("git@git.test:acme/shop.git", other) != same {
			t.Errorf("%s: want %t", other, same)
		}
	}
	if sameHost("", "") || sameHost("/srv/a", "/srv/b") {
		t.Error("folders have no host")
	}
}
