// SPDX-License-Identifier: Apache-2.0

package retag

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/verdict"
)

// account is somebody who may use a Harbor.
type account struct {
	*bench

	harbor  *harbortest.Harbor
	client  *registry.Client
	project string
	flags   []string
}

// login makes a project in which images that were not scanned cannot be pulled,
// and an account with the rights that the README names.
func login(t *testing.T) *account {
	t.Helper()
	a := &account{bench: &bench{t: t}, harbor: harbortest.Target(t)}
	a.project = a.harbor.Project(t, map[string]string{"prevent_vul": "true"})
	a.host = a.harbor.Host
	user, secret := a.harbor.Robot(t, a.project, "repository:push", "repository:pull", "artifact:read", "tag:create")
	raw, err := json.Marshal(map[string]any{"auths": map[string]any{a.host: map[string]string{"username": user, "password": secret}}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	o := harbor.Options{Options: registry.Options{DockerConfig: config}}
	a.flags = []string{"--docker-config=" + config}
	if ca := a.harbor.CAFile; ca != "" {
		o.CAFiles, a.flags = []string{ca}, append(a.flags, "--ca-file="+ca)
	}
	if strings.HasPrefix(a.harbor.URL, "http:") {
		o.Insecure, a.flags = []string{a.host}, append(a.flags, "--insecure="+a.host)
	}
	if a.client, _, err = o.Client(slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return a
}

// pushes makes an image with a tag, that nobody may pull.
func (a *account) pushes(repo, tag string) name.Digest {
	a.t.Helper()
	img, err := random.Image(64, 1)
	if err != nil {
		a.t.Fatal(err)
	}
	h, err := img.Digest()
	if err != nil {
		a.t.Fatal(err)
	}
	ref, err := a.client.Digest(a.host + "/" + a.project + "/" + repo + "@" + h.String())
	if err != nil {
		a.t.Fatal(err)
	}
	login := remote.WithAuth(&authn.Basic{Username: a.harbor.User, Password: a.harbor.Password})
	if err := remote.Write(ref.Context().Tag(tag), img, login); err != nil {
		a.t.Fatal(err)
	}
	if _, err := remote.Get(ref, login); err == nil {
		a.t.Fatal("the image can be pulled")
	}
	return ref
}

// In a Harbor that forbids to pull them, images get their tags all the same; one
// that was refused since does not.
func TestHarborPreventsPulls(t *testing.T) {
	a := login(t)
	for repo, word := range map[string]string{"fine": verdict.Pass, "fallen": verdict.Refused, "unjudged": ""} {
		image := a.pushes(repo, one)
		if word != "" {
			if err := verdict.Keep(t.Context(), a.client, &verdict.Document{Image: image, Verdict: word, Summary: "1 critical"}); err != nil {
				t.Fatal(err)
			}
		}
		a.service(repo, one)
		a.lines = strings.ReplaceAll(a.lines, a.host+"/"+repo+"\t", a.host+"/"+a.project+"/"+repo+"\t")
		code, retagged, said := a.run(a.flags...)
		if code != step.CodeDone {
			t.Fatalf("exit code %d, %s retagged: %s", code, retagged, said)
		}
		got, err := a.client.Resolve(t.Context(), image.Context().Tag(head))
		if tagged := err == nil && got.DigestStr() == image.DigestStr(); tagged != (word != verdict.Refused) {
			t.Errorf("%s: the tag is on %s, %v: %s", repo, got, err, said)
		}
	}
}
