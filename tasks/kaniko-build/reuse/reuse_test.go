// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	ours "github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
)

// bench is a service's files and a registry that holds what it begins with.
type bench struct {
	t   *testing.T
	dir string
	// host is the registry.
	host string
	// refuse answers requests that it does not want to reach the registry.
	refuse func(w http.ResponseWriter, r *http.Request) bool
	args   []string
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, dir: t.TempDir()}
	next := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.refuse == nil || !b.refuse(w, r) {
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	b.host = strings.TrimPrefix(srv.URL, "http://")
	b.push("mirror/library/debian:12")
	b.push("tools:v1")
	b.write("app/Dockerfile", "FROM debian:12\nCOPY --from="+b.host+"/tools:v1 /x /x\nCOPY main.go .\n")
	b.write("app/main.go", "package main\n")
	b.write("executor", "the program")
	b.args = []string{"--executor=" + filepath.Join(b.dir, "executor"), "--context=" + filepath.Join(b.dir, "app"), "--registry-mirror=" + b.host + "/mirror", "--image=" + b.host + "/shop/app", "--from=/adze/layout"}
	return b
}

// push puts a new image under a tag.
func (b *bench) push(tag string) v1.Image {
	b.t.Helper()
	img, err := random.Image(64, 2)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := remote.Write(b.tag(tag), img); err != nil {
		b.t.Fatal(err)
	}
	return img
}

func (b *bench) tag(s string) name.Tag {
	b.t.Helper()
	tag, err := name.NewTag(b.host + "/" + s)
	if err != nil {
		b.t.Fatal(err)
	}
	return tag
}

func (b *bench) write(file, text string) {
	b.t.Helper()
	path := filepath.Join(b.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) mkdir(dir string) {
	b.t.Helper()
	if err := os.Mkdir(filepath.Join(b.dir, dir), 0o750); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) chmod(file string, mode os.FileMode) {
	b.t.Helper()
	if err := os.Chmod(filepath.Join(b.dir, file), mode); err != nil {
		b.t.Fatal(err)
	}
}

// answer is what a run said.
type answer struct {
	code                          step.Code
	outcome, from, digest, keyTag string
	log                           string
}

// run asks whether the image exists.
func (b *bench) run(args ...string) answer {
	b.t.Helper()
	dir := b.t.TempDir()
	words := append([]string{}, b.args...)
	for _, r := range []string{"outcome", "from", "image-digest", "key-tag"} {
		words = append(words, "--result-"+r+"="+filepath.Join(dir, r))
	}
	var errs bytes.Buffer
	code := step.Execute(b.t.Context(), Command(), append(words, args...), &step.Env{Stdout: io.Discard, Stderr: &errs})
	result := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && code == step.CodeDone {
			b.t.Error(err)
		}
		return string(text)
	}
	return answer{code, result("outcome"), result("from"), result("image-digest"), result("key-tag"), errs.String()}
}

// builds wants a run that found nothing, and returns its key's tag.
func (b *bench) builds(args ...string) string {
	b.t.Helper()
	a := b.run(args...)
	if a.code != step.CodeDone || a.outcome != "build" || a.from != "/adze/layout" || a.digest != "" {
		b.t.Fatalf("want a build, got %+v", a)
	}
	return a.keyTag
}

// reuses wants a run that found an image.
func (b *bench) reuses(img v1.Image, args ...string) answer {
	b.t.Helper()
	digest, err := img.Digest()
	if err != nil {
		b.t.Fatal(err)
	}
	a := b.run(args...)
	if a.code != step.CodeDone || a.outcome != "reused" || a.digest != digest.String() || a.from != b.host+"/shop/app@"+digest.String() {
		b.t.Fatalf("want %s to be reused, got %+v", digest, a)
	}
	if !strings.Contains(a.log, "the image exists, so nothing is built") {
		b.t.Errorf("it is not said: %s", a.log)
	}
	return a
}

func TestImageOfTheSameKeyIsReused(t *testing.T) {
	b := newBench(t)
	key := b.builds()
	if !strings.HasPrefix(key, "adze-build-") || len(key) != len("adze-build-")+64 {
		t.Fatalf("key tag %q", key)
	}
	img := b.push("shop/app:" + key)
	if a := b.reuses(img); a.keyTag != key {
		t.Errorf("key tag %q, then %q", key, a.keyTag)
	}
	if again := b.builds("--rebuild"); again != key {
		t.Errorf("--rebuild has key tag %q, want %q", again, key)
	}
}

func TestIgnoredFilesAreNoInputs(t *testing.T) {
	b := newBench(t)
	b.write("app/.dockerignore", "*.md\n")
	key := b.builds()
	b.write("app/README.md", "of no matter\n")
	if got := b.builds(); got != key {
		t.Error("a file that .dockerignore drops changes the key")
	}
	b.write("app/Dockerfile.dockerignore", "")
	if got := b.builds(); got == key {
		t.Error("a file that no .dockerignore drops leaves the key as it was")
	}
}

// Where nobody can say what a build would take, there is no key, and the reason
// is told.
func TestNoKey(t *testing.T) {
	for name, c := range map[string]struct{ dockerfile, want string }{
		"an argument without a value": {"ARG B\nFROM $B\n", "Dockerfile:2 names an image by an argument that has no value"},
		"an absent base":              {"FROM scratch\nFROM HOST/gone:1\n", "Dockerfile:2: HOST/gone:1 is not in the registry"},
		"an address":                  {"FROM scratch\nADD https://example.com/x /x\n", "Dockerfile:2 adds \"https://example.com/x\" without --checksum"},
		"an open here-document":       {"FROM scratch\nCOPY <<E /x\n", "unterminated heredoc"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.write("app/Dockerfile", strings.ReplaceAll(c.dockerfile, "HOST", b.host))
			a := b.run()
			if want := strings.ReplaceAll(c.want, "HOST", b.host); a.code != step.CodeDone || a.outcome != "build" || a.keyTag != "" || !strings.Contains(strings.ReplaceAll(a.log, `\"`, `"`), want) {
				t.Errorf("want no key and %q, got %+v", want, a)
			}
		})
	}
}

// Settings that are not known make no key either.
func TestUnknownSettings(t *testing.T) {
	b := newBench(t)
	for arg, want := range map[string]string{
		"--build-arg=A":                      "the build argument A has no value",
		"--executor=" + b.dir + "/none":      "reading the executor",
		"--build-secrets=" + b.dir + "/none": "reading --build-secrets",
	} {
		if a := b.run(arg); a.code != step.CodeDone || a.outcome != "build" || a.keyTag != "" || !strings.Contains(a.log, want) {
			t.Errorf("%s: want no key and %q, got %+v", arg, want, a)
		}
	}
}

func TestLinkOutOfTheContextHasNoKey(t *testing.T) {
	b := newBench(t)
	if err := os.Symlink("main.go", filepath.Join(b.dir, "app", "link")); err != nil {
		t.Fatal(err)
	}
	if b.builds() == "" {
		t.Error("a link inside the context takes the key away")
	}
	for _, target := range []string{"../secret", "/secret"} {
		link := filepath.Join(b.dir, "app", "out")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if key := b.builds(); key != "" {
			t.Errorf("key %s, though a link leads to %s", key, target)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
}

// The commit's own tag never moves, so what it is on is not built again, and
// does not get the key that the bases have by now.
func TestImageOfTheCommitIsReused(t *testing.T) {
	b := newBench(t)
	img := b.push("shop/app:0123")
	if a := b.reuses(img, "--revision=0123"); a.keyTag != "" {
		t.Errorf("key tag %s", a.keyTag)
	}
	if key := b.builds("--revision=4567"); key == "" {
		t.Error("another commit has no key")
	}
}

// An image that was refused since is built anew; one that passed, or of which
// nothing is known, is for the gate to judge.
func TestFallenImageIsBuilt(t *testing.T) {
	b := newBench(t)
	key := b.builds()
	img := b.push("shop/app:" + key)
	b.reuses(img)
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{verdict.Refused, verdict.Pass} {
		b.keep(&verdict.Document{Image: b.tag("shop/app:" + key).Context().Digest(digest.String()), Verdict: word, Summary: "1 critical"})
		if word == verdict.Pass {
			b.reuses(img)
		} else if again := b.builds(); again != key {
			t.Errorf("key %s, want %s", again, key)
		}
	}
}

// keep puts a verdict beside an image, as a gate does.
func (b *bench) keep(d *verdict.Document) {
	b.t.Helper()
	var o ours.Options
	client, err := o.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := verdict.Keep(b.t.Context(), client, d); err != nil {
		b.t.Fatal(err)
	}
}

// A registry that refuses to show a tag gets the build, whose push says what is
// wrong; one that is away fails at once, for the push would.
func TestRegistryDoesNotAnswer(t *testing.T) {
	for status, want := range map[int]step.Code{
		http.StatusUnauthorized: step.CodeDone, http.StatusForbidden: step.CodeDone, http.StatusPreconditionFailed: step.CodeDone,
		http.StatusServiceUnavailable: step.CodeFailed,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			b := newBench(t)
			b.refuse = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/shop/app/") {
					return false
				}
				w.WriteHeader(status)
				return true
			}
			var args []string
			if want == step.CodeFailed {
				args = []string{"--registry-timeout=100ms"}
			}
			a := b.run(args...)
			if a.code != want || (want == step.CodeDone) != (a.outcome == "build") {
				t.Errorf("want exit code %d, got %+v", want, a)
			}
		})
	}
}

func TestMisuse(t *testing.T) {
	b := newBench(t)
	for _, args := range [][]string{
		{"--image="}, {"--image=app"}, {"--context=", "--service="}, {"--context=" + b.dir + "/none"},
		{"--extra-arg=--custom-platform=a/b/c/d"}, {"--extra-arg=--registry-map=a=b"},
	} {
		if a := b.run(args...); a.code != step.CodeMisused {
			t.Errorf("%v: %+v", args, a)
		}
	}
}
