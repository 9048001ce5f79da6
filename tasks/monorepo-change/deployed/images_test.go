// SPDX-License-Identifier: Apache-2.0

package deployed

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
)

// images asks which images of service a the manifests name.
func (w world) images(m Manifests) ([]string, error) {
	w.t.Helper()
	m.Validate()
	from := gitx.Options{Source: w.dir, Log: slog.New(slog.DiscardHandler)}
	repo, err := gitx.Open(from)
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Images(w.t.Context(), from, repo, monorepo.Service{Name: "a", Image: "r.test/a"})
}

// Who compares with what is deployed gets all of it or an error: what is left out
// may be what has a finding not.
func TestImages(t *testing.T) {
	w := newWorld(t)
	id, digest := strings.Repeat("1", 40), "sha256:"+strings.Repeat("2", 64)
	many := ""
	for i := range maxImages + 1 {
		many += fmt.Sprintf("x%d: {image: r.test/a:v%d}\n", i, i)
	}
	for _, c := range []struct{ manifest, images, fault string }{
		{"image: r.test/a:ID\n", "r.test/a:ID", ""},
		{"image: r.test/a:ID@DIGEST\n", "r.test/a@DIGEST", ""},
		{"image: r.test/a@DIGEST\n", "r.test/a@DIGEST", ""},
		{"image: r.test/a\n", "r.test/a:latest", ""},
		{"tag: v1 # adze: a:tag\n", "r.test/a:v1", ""},
		{"image: {repository: r.test/a, tag: v1}\n", "r.test/a:v1", ""},
		{"x: {image: r.test/a:v1}\ny: {image: r.test/a:v2}\nz: {image: r.test/a:v1}\n", "r.test/a:v1 r.test/a:v2", ""},
		{"image: r.test/b:v1\n", "", ""},
		{"image: {repository: r.test/a}\n", "", "manifests/a.yaml:1 names its image without a tag"},
		{"image: r.test/a:v1\nb: [\n", "", "manifests/a.yaml:2:4: cannot be parsed"},
		{"image: r.test/a:{{ .tag }}\n", "", "manifests/a.yaml names its image between template braces"},
		{many, "", "the manifests name 9 different images of a, and at most 8"},
	} {
		fill := strings.NewReplacer("ID", id, "DIGEST", digest)
		w.commit(map[string]string{"manifests/a.yaml": fill.Replace(c.manifest)})
		got, err := w.images(Manifests{})
		if strings.Join(got, " ") != fill.Replace(c.images) || (err == nil) != (c.fault == "") || err != nil && !strings.HasPrefix(err.Error(), c.fault) {
			t.Errorf("%q: got %q, %v; want %q, %s", c.manifest, got, err, fill.Replace(c.images), c.fault)
		}
	}
	if got, err := w.images(Manifests{revision: "nowhere"}); err == nil {
		t.Errorf("found %q at a commit that is not there", got)
	}
}
