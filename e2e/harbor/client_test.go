// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/adze-ci/adze/e2e/harbor"
	"github.com/adze-ci/adze/e2e/harbor/harbortest"
	"github.com/adze-ci/adze/internal/registry"
)

// adze's own client brings an image into a Harbor whatever is cut on the way: an
// upload of which Harbor's registry then knows nothing any more begins anew.
func TestPushOutlastsFaults(t *testing.T) {
	for name, f := range map[string]harbor.Fault{
		"first part cut":      {Method: "PATCH", Kind: "cut-upload", Bytes: 1000},
		"later part cut":      {Method: "PATCH", Kind: "cut-upload", Bytes: 1000, Skip: 1},
		"three parts cut":     {Method: "PATCH", Kind: "cut-upload", Bytes: 1, Count: 3},
		"answer lost":         {Method: "PATCH", Kind: "drop", After: true},
		"end lost":            {Method: "PUT", Path: "/blobs/", Kind: "drop", After: true},
		"end cut":             {Method: "PUT", Path: "/blobs/", Kind: "cut-upload", Bytes: 10},
		"manifest lost":       {Method: "PUT", Path: "/manifests/", Kind: "drop", After: true},
		"gateway before":      {Method: "PATCH", Status: 502, Count: 2},
		"gateway after":       {Method: "PATCH", Status: 502, After: true},
		"unavailable at once": {Path: "/v2/", Status: 503, Count: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harbortest.Start(t)
			project := h.Project(t, nil)
			client := clientOf(t, h)
			to, err := client.Repository(h.Host + "/" + project + "/app")
			if err != nil {
				t.Fatal(err)
			}
			img, err := random.Image(300_000, 3)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Server.AddFault(f); err != nil {
				t.Fatal(err)
			}
			digest, err := client.Push(t.Context(), to, img)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(h.Server.Requests(), func(r harbor.Request) bool { return r.Status == harbor.StatusCut || r.Status == f.Status }) {
				t.Error("the fault struck nothing")
			}
			h.Server.ClearFaults()
			if err := client.Has(t.Context(), digest); err != nil {
				t.Error(err)
			}
		})
	}
}

func clientOf(t *testing.T, h *harbortest.Harbor) *registry.Client {
	t.Helper()
	text, err := json.Marshal(map[string]any{"auths": map[string]any{h.Host: map[string]string{"username": h.User, "password": h.Password}}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	o := registry.Options{DockerConfig: config, Insecure: []string{h.Host}, Timeout: 30 * time.Second}
	client, err := o.Client(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return client
}
