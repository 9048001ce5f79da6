// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/step"
)

// An image is found in a Harbor that lets nobody pull it.
func TestHarborPreventsPulls(t *testing.T) {
	h := harbortest.Target(t)
	project := h.Project(t, map[string]string{"prevent_vul": "true"})
	b := newBench(t)
	user, secret := h.Robot(t, project, "repository:pull", "artifact:read")
	raw, err := json.Marshal(map[string]any{"auths": map[string]any{h.Host: map[string]string{"username": user, "password": secret}}})
	if err != nil {
		t.Fatal(err)
	}
	b.write("robot/config.json", string(raw))
	b.args = append(b.args, "--image="+h.Host+"/"+project+"/app", "--docker-config="+filepath.Join(b.dir, "robot"))
	if h.CAFile != "" {
		b.args = append(b.args, "--ca-file="+h.CAFile)
	}
	if strings.HasPrefix(h.URL, "http:") {
		b.args = append(b.args, "--insecure="+h.Host)
	}
	key := b.builds()
	img, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(h.Host + "/" + project + "/app:" + key)
	if err != nil {
		t.Fatal(err)
	}
	login := remote.WithAuth(&authn.Basic{Username: h.User, Password: h.Password})
	if err := remote.Write(tag, img, login); err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Get(tag, login); err == nil {
		t.Fatal("the image can be pulled")
	}
	if a := b.run(); a.code != step.CodeDone || a.outcome != "reused" || a.digest != digest.String() {
		t.Errorf("want %s to be reused, got %+v", digest, a)
	}
}
