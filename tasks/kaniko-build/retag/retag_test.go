// SPDX-License-Identifier: Apache-2.0

package retag

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	ours "github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
)

const (
	head = "cccccccccccccccccccccccccccccccccccccccc"
	one  = "1111111111111111111111111111111111111111"
	two  = "2222222222222222222222222222222222222222"
)

// bench is a registry that counts what is read and written of layers, and a
// list of services.
type bench struct {
	t     *testing.T
	host  string
	blobs atomic.Int64
	// status answers for a repository in place of the registry.
	status map[string]int
	lines  string
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, status: map[string]int{}}
	next := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for repo, status := range b.status {
			if strings.Contains(r.URL.Path, "/"+repo+"/") {
				w.WriteHeader(status)
				return
			}
		}
		if strings.Contains(r.URL.Path, "/blobs/") {
			b.blobs.Add(1)
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b.host = strings.TrimPrefix(srv.URL, "http://")
	return b
}

// push makes an image under a tag and returns its digest.
func (b *bench) push(repo, tag string) string {
	b.t.Helper()
	img, err := random.Image(64, 1)
	if err != nil {
		b.t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := remote.Write(b.tag(repo, tag), img); err != nil {
		b.t.Fatal(err)
	}
	return digest.String()
}

func (b *bench) tag(repo, tag string) name.Tag {
	b.t.Helper()
	ref, err := name.NewTag(b.host + "/" + repo + ":" + tag)
	if err != nil {
		b.t.Fatal(err)
	}
	return ref
}

// digest is what a tag is on; empty where there is none.
func (b *bench) digest(repo, tag string) string {
	head, err := remote.Head(b.tag(repo, tag))
	if err != nil {
		return ""
	}
	return head.Digest.String()
}

// service adds a line to the list.
func (b *bench) service(name string, commits ...string) {
	b.lines += name + "\t" + b.host + "/" + name + "\t" + strings.Join(commits, "\t") + "\n"
}

// run tags, and returns the exit code, the result and what was said.
func (b *bench) run(args ...string) (step.Code, string, string) {
	b.t.Helper()
	dir := b.t.TempDir()
	file := filepath.Join(dir, "unaffected")
	if err := os.WriteFile(file, []byte(b.lines), 0o600); err != nil {
		b.t.Fatal(err)
	}
	var errs bytes.Buffer
	words := append([]string{"--unaffected=" + file, "--revision=" + head, "--result-retagged=" + filepath.Join(dir, "retagged")}, args...)
	code := step.Execute(b.t.Context(), Command(), words, &step.Env{Stdout: io.Discard, Stderr: &errs})
	retagged, err := os.ReadFile(filepath.Join(dir, "retagged"))
	if err != nil && code == step.CodeDone {
		b.t.Error(err)
	}
	return code, string(retagged), errs.String()
}

func TestUnaffectedServicesGetTheTag(t *testing.T) {
	b := newBench(t)
	b.service("web", one)
	b.service("cart", two, one)
	b.service("user", one, two)
	b.service("none", one, two)
	want := map[string]string{"web": b.push("web", one), "cart": b.push("cart", one), "user": b.push("user", one), "none": ""}
	b.push("user", two)
	blobs := b.blobs.Load()
	code, retagged, said := b.run()
	if code != step.CodeDone || retagged != "3" {
		t.Errorf("exit code %d, %s retagged: %s", code, retagged, said)
	}
	for repo, digest := range want {
		if got := b.digest(repo, head); got != digest {
			t.Errorf("the tag of %s is on %q, want %q", repo, got, digest)
		}
	}
	if !strings.Contains(said, "no tag: there is no image of the service as it is service=none") {
		t.Errorf("it is not said what was left out: %s", said)
	}
	if got := b.blobs.Load() - blobs; got != 0 {
		t.Errorf("%d requests for layers", got)
	}
	if code, retagged, said := b.run(); code != step.CodeDone || retagged != "3" {
		t.Errorf("a second run: exit code %d, %s retagged: %s", code, retagged, said)
	}
}

func TestTagThatExistsStays(t *testing.T) {
	b := newBench(t)
	b.service("web", one)
	b.push("web", one)
	there := b.push("web", head)
	code, retagged, said := b.run()
	if code != step.CodeDone || retagged != "0" || b.digest("web", head) != there || !strings.Contains(said, "it is there already, on "+b.host+"/web@"+there) {
		t.Errorf("exit code %d, %s retagged, the tag is on %s: %s", code, retagged, b.digest("web", head), said)
	}
}

// What was judged anew since, and refused, is not tagged, nor what passed unjudged.
// Once a gate has judged that, it is.
func TestImageThatDidNotPassGetsNoTag(t *testing.T) {
	b := newBench(t)
	b.service("web", one)
	digest := b.push("web", one)
	var o ours.Options
	client, err := o.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{
		verdict.Refused: " was refused since: 1 critical", verdict.Unknown: "no tag: nobody has judged ", "of-another-version": "no tag: nobody has judged ", verdict.Pass: "",
	} {
		kept := &verdict.Document{Image: b.tag("web", one).Context().Digest(digest), Verdict: word, Summary: "1 critical"}
		if err := verdict.Keep(t.Context(), client, kept); err != nil {
			t.Fatal(err)
		}
		code, retagged, said := b.run("--revision=" + word)
		if passed := want == ""; code != step.CodeDone || (retagged == "1") != passed || (b.digest("web", word) == digest) != passed || !strings.Contains(said, want) {
			t.Errorf("%s: exit code %d, %s retagged: %s", word, code, retagged, said)
		}
	}
}

// One service's trouble holds back no other, and is told in the end.
func TestTroubleOfOneService(t *testing.T) {
	for status, want := range map[int]step.Code{
		http.StatusPreconditionFailed: step.CodeDone, http.StatusForbidden: step.CodeFailed,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			b := newBench(t)
			b.service("web", one)
			for i := range 2 * parallel {
				b.push(fmt.Sprintf("s%d", i), one)
				b.service(fmt.Sprintf("s%d", i), one)
			}
			b.status["web"] = status
			code, retagged, said := b.run()
			if code != want || retagged != fmt.Sprint(2*parallel) || !strings.Contains(said, "web") {
				t.Errorf("exit code %d, %s retagged: %s", code, retagged, said)
			}
		})
	}
}

func TestMisuse(t *testing.T) {
	for name, lines := range map[string]string{
		"too few words":   "web\tregistry.example.com/web\n",
		"no image":        "web\t\t" + one + "\n",
		"an image alone":  "web\tweb\t" + one + "\n",
		"an empty commit": "web\tregistry.example.com/web\t\n",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.lines = lines
			if code, _, said := b.run(); code != step.CodeMisused {
				t.Errorf("exit code %d: %s", code, said)
			}
		})
	}
	b := newBench(t)
	for _, args := range [][]string{{"--unaffected="}, {"--unaffected=/none"}, {"--revision="}} {
		if code, _, said := b.run(args...); code != step.CodeMisused {
			t.Errorf("%v: exit code %d: %s", args, code, said)
		}
	}
}
