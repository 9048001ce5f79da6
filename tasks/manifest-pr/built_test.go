// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"io"
	"log"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/internal/step"
)

// What a commit was built into is what the registry has by its tag; it is not asked for
// images that were given, and its silence is no answer.
func TestWhatACommitWasBuiltInto(t *testing.T) {
	server := httptest.NewServer(silentFor("silent", registry.New(registry.Logger(log.New(io.Discard, "", 0)))))
	t.Cleanup(server.Close)
	library := strings.TrimPrefix(server.URL, "http://") + "/library/"
	for _, name := range []string{"admin", "given"} {
		if err := push(library + name + ":built"); err != nil {
			t.Fatal(err)
		}
	}
	o := &options{given: map[string]manifest.Image{"given": {Repository: library + "given"}}}
	o.registry.Timeout, o.registry.Insecure = time.Second, []string{strings.TrimPrefix(server.URL, "http://")}
	images, err := o.registry.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	built := o.built(images)
	for _, c := range []struct {
		name, tag string
		there     bool
		code      step.Code
	}{{"admin", "built", true, step.CodeDone}, {"admin", "refused", false, step.CodeDone}, {"given", "built", false, step.CodeDone}, {"silent", "built", false, step.CodeNoAnswer}} {
		digest, err := built(t.Context(), library+c.name, c.tag)
		if strings.HasPrefix(digest, "sha256:") != c.there || step.CodeOf(err) != c.code {
			t.Errorf("%s:%s: got %q, %v", c.name, c.tag, digest, err)
		}
	}
}
