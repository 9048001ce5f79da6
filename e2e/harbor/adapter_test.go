// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/adze-ci/adze/e2e/harbor"
)

// startAdapter starts a scanner that speaks version 1.2 of Harbor's specification
// of scanners, and finds the same in every image. A report is there at the second
// time of asking.
func startAdapter(t *testing.T, product harbor.Product, found string) string {
	t.Helper()
	types := []string{harbor.Report11, harbor.Report10}
	var asked atomic.Int32
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, status int, body any) {
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /api/v1/metadata", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"scanner": product, "capabilities": []any{map[string]any{"type": "vulnerability", "produces_mime_types": types}}})
	})
	mux.HandleFunc("POST /api/v1/scan", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Registry struct{ URL, Authorization string }
			Artifact struct{ Repository, Digest string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.HasPrefix(in.Registry.Authorization, "Basic ") || in.Artifact.Digest == "" {
			t.Errorf("the order of a scan: %+v, %v", in, err)
		}
		answer(w, http.StatusAccepted, map[string]string{"id": "1"})
	})
	mux.HandleFunc("GET /api/v1/scan/1/report", func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Refresh-After", "1")
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(http.StatusFound)
			return
		}
		answer(w, http.StatusOK, map[string]any{"scanner": product, "severity": "High", "vulnerabilities": json.RawMessage(found)})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}
