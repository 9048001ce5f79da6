// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"

	standin "github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// session is an account at a Harbor: the stand-in, or a real one where the
// environment names it, see harbortest.
type session struct {
	*harbortest.Harbor

	images *registry.Client
	client *harbor.Client
}

// login gives the clients of an account.
func login(t *testing.T, h *harbortest.Harbor, user, password string) *session {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"auths": map[string]any{h.Host: map[string]string{"username": user, "password": password}}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	o := harbor.Options{Options: registry.Options{DockerConfig: config, CAFiles: []string{h.CAFile}, Timeout: 20 * time.Second}}
	if strings.HasPrefix(h.URL, "http:") {
		o.Insecure = []string{h.Host}
	}
	images, client, err := o.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &session{h, images, client}
}

func admin(t *testing.T, h *harbortest.Harbor) *session { return login(t, h, h.User, h.Password) }

// push makes an image and pushes it by digest.
func (s *session) push(t *testing.T, repository string) name.Digest {
	t.Helper()
	repo, err := s.images.Repository(s.Host + "/" + repository)
	if err != nil {
		t.Fatal(err)
	}
	img, err := random.Image(256, 2)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := s.images.Push(t.Context(), repo, img)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// scan has an image scanned.
func (s *session) scan(t *testing.T, image name.Digest, reuse time.Duration) ([]*harbor.Report, error) {
	t.Helper()
	return s.client.Scan(t.Context(), image, harbor.ScanOptions{Reuse: reuse, First: time.Millisecond, Timeout: 2 * time.Minute, Log: slog.New(slog.DiscardHandler)})
}

// In a project that lets nobody pull what was not scanned, in a repository with
// a slash in its name, an image is pushed, tagged, found by its tag, and held
// against another that wants the tag.
func TestTagWhereNothingMayBePulled(t *testing.T) {
	s := admin(t, harbortest.Target(t))
	repository := s.Project(t, map[string]string{"prevent_vul": "true", "severity": "low"}) + "/team/app"
	first, second := s.push(t, repository), s.push(t, repository)
	for range 2 {
		if err := s.images.Tag(t.Context(), first, "v1"); err != nil {
			t.Fatal(err)
		}
	}
	tag := first.Context().Tag("v1")
	if _, err := s.images.Get(t.Context(), tag); err == nil || !strings.Contains(err.Error(), "412") {
		t.Errorf("the rule does not hold: %v", err)
	}
	if got, err := s.images.Resolve(t.Context(), tag); err != nil || got != first {
		t.Errorf("got %v, %v", got, err)
	}
	var taken *registry.TakenError
	if err := s.images.Tag(t.Context(), second, "v1"); !errors.As(err, &taken) || taken.Has != first {
		t.Errorf("got %v", err)
	}
	for _, image := range []name.Digest{first, second, second} {
		if err := s.images.Move(t.Context(), image, "latest"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.images.Resolve(t.Context(), first.Context().Tag("latest")); err != nil || got != image {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if _, err := s.images.Resolve(t.Context(), first.Context().Tag("nosuch")); !errors.Is(err, registry.ErrAbsent) {
		t.Errorf("got %v", err)
	}
	gone := first.Context().Digest("sha256:" + strings.Repeat("0", 64))
	if err := s.images.Tag(t.Context(), gone, "v2"); !errors.Is(err, registry.ErrAbsent) {
		t.Errorf("got %v", err)
	}
	if err := s.images.Has(t.Context(), gone); !errors.Is(err, registry.ErrAbsent) {
		t.Errorf("got %v", err)
	}
}

// An image is scanned once, its report is used again, and not where a new one
// is asked for.
func TestScanAndUseAgain(t *testing.T) {
	s := admin(t, harbortest.Target(t))
	image := s.push(t, s.Project(t, nil)+"/team/app")
	ids := map[string]bool{}
	for _, reuse := range []time.Duration{0, time.Hour, 0} {
		reports, err := s.scan(t, image, reuse)
		if err != nil || len(reports) != 1 || reports[0].Image != image || reports[0].Scanner.Name == "" || reports[0].Finished.IsZero() {
			t.Fatalf("got %+v, %v", reports, err)
		}
		ids[reports[0].ID] = true
	}
	if len(ids) != 2 {
		t.Errorf("three runs, of which one uses what is there, made the reports %v", ids)
	}
}

// What a robot account needs is what the README lists, and the lack of each is
// told by name.
func TestPermissions(t *testing.T) {
	h := harbortest.Target(t)
	project := h.Project(t, nil)
	all := []string{"repository:pull", "repository:push", "artifact:read", "artifact:delete", "artifact-addition:read", "scan:create", "tag:create"}
	for _, without := range append([]string{""}, all[2:]...) {
		var may []string
		for _, p := range all {
			if p != without {
				may = append(may, p)
			}
		}
		user, secret := h.Robot(t, project, may...)
		s := login(t, h, user, secret)
		image := s.push(t, project+"/app")
		_, scanned := s.scan(t, image, 0)
		deleted := s.images.Delete(t.Context(), s.push(t, project+"/app"))
		err := errors.Join(scanned, deleted, s.images.Tag(t.Context(), image, "t"+image.DigestStr()[7:17]))
		if (err != nil) != (without != "") {
			t.Errorf("without %q: %v", without, err)
		}
		if hints := strings.Join(step.Hints(err), "\n"); without != "" && !strings.Contains(hints, "permission "+without) {
			t.Errorf("without %q: hints %q", without, hints)
		}
	}
}

// An account that may only push does so where nobody may pull, and is told what it
// lacks to learn of a tag.
func TestPushWithoutReading(t *testing.T) {
	h := harbortest.Target(t)
	project := h.Project(t, map[string]string{"prevent_vul": "true", "severity": "low"})
	user, secret := h.Robot(t, project, "repository:push", "repository:pull")
	s := login(t, h, user, secret)
	image := s.push(t, project+"/app")
	if err := s.images.Has(t.Context(), image); err != nil {
		t.Error(err)
	}
	if err := admin(t, h).images.Tag(t.Context(), image, "v1"); err != nil {
		t.Fatal(err)
	}
	_, err := s.images.Resolve(t.Context(), image.Context().Tag("v1"))
	if err == nil || !strings.Contains(strings.Join(step.Hints(err), "\n"), "permission artifact:read") {
		t.Errorf("got %v, hints %q", err, step.Hints(err))
	}
}

func TestDeleteWhatNoTagIsOn(t *testing.T) {
	s := admin(t, harbortest.Target(t))
	repository := s.Project(t, nil) + "/app"
	tagged, bare := s.push(t, repository), s.push(t, repository)
	if err := s.images.Tag(t.Context(), tagged, "v1"); err != nil {
		t.Fatal(err)
	}
	var has *registry.TaggedError
	if err := s.images.Delete(t.Context(), tagged); !errors.As(err, &has) || has.Tag != "v1" {
		t.Errorf("got %v", err)
	}
	for range 2 { // again does no harm
		if err := s.images.Delete(t.Context(), bare); err != nil {
			t.Error(err)
		}
	}
	if err := s.images.Has(t.Context(), bare); !errors.Is(err, registry.ErrAbsent) {
		t.Errorf("got %v", err)
	}
	if err := s.images.Has(t.Context(), tagged); err != nil {
		t.Error(err)
	}
}

// A gateway that gives up on Harbor leaves a tag that was put, and the password
// follows nobody's redirect.
func TestTagInSpiteOfAGateway(t *testing.T) {
	for name, c := range map[string]struct {
		fault standin.Fault
		says  string
	}{
		"it was put":         {standin.Fault{Method: "POST", Path: "/tags$", Status: http.StatusInternalServerError, After: true}, ""},
		"it was put, no one": {standin.Fault{Method: "POST", Path: "/tags$", Kind: "drop", After: true}, ""},
		"it was not put":     {standin.Fault{Method: "POST", Path: "/tags$", Status: http.StatusInternalServerError}, "500 Internal"},
		"elsewhere":          {standin.Fault{Method: "POST", Path: "/tags$", Status: http.StatusTemporaryRedirect}, "307 Temporary"},
	} {
		h := harbortest.Start(t)
		s := admin(t, h)
		image := s.push(t, "library/app")
		if err := h.Server.AddFault(c.fault); err != nil {
			t.Fatal(err)
		}
		err := s.images.Tag(t.Context(), image, "v1")
		if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWrongPassword(t *testing.T) {
	h := harbortest.Target(t)
	project := h.Project(t, nil)
	image := admin(t, h).push(t, project+"/app")
	err := login(t, h, h.User, "wrong"+h.Password).images.Tag(t.Context(), image, "v1")
	var refused *harbor.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized || strings.Contains(err.Error(), h.Password) {
		t.Errorf("got %v", err)
	}
}
