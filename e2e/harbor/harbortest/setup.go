// SPDX-License-Identifier: Apache-2.0

package harbortest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// Project makes a project with these settings ("prevent_vul": "true") and a
// random name, and returns the name. It goes with the test.
func (h *Harbor) Project(t testing.TB, metadata map[string]string) string {
	t.Helper()
	name := h.prefix + strings.ToLower(rand.Text()[:10])
	all := map[string]string{"public": "false"}
	for key, value := range metadata {
		all[key] = value
	}
	h.must(t, http.MethodPost, "/projects", map[string]any{"project_name": name, "metadata": all}, nil, http.StatusCreated)
	t.Cleanup(func() { h.dropProject(t, name) })
	return name
}

func (h *Harbor) dropProject(t testing.TB, name string) {
	var repositories []struct {
		Name string `json:"name"`
	}
	ctx := context.WithoutCancel(t.Context())
	if _, err := h.call(ctx, t, http.MethodGet, "/projects/"+name+"/repositories?page_size=100", nil, &repositories); err != nil {
		t.Errorf("listing the repositories of the test's project %s: %v", name, err)
	}
	for _, r := range repositories {
		short := url.PathEscape(url.PathEscape(strings.TrimPrefix(r.Name, name+"/")))
		if _, err := h.call(ctx, t, http.MethodDelete, "/projects/"+name+"/repositories/"+short, nil, nil); err != nil {
			t.Errorf("deleting the test's repository %s: %v", r.Name, err)
		}
	}
	if _, err := h.call(ctx, t, http.MethodDelete, "/projects/"+name, nil, nil); err != nil {
		t.Errorf("deleting the test's project %s: %v", name, err)
	}
}

// Robot makes an account that may do these things ("repository:push") in a
// project, and returns its name and secret.
func (h *Harbor) Robot(t testing.TB, project string, permissions ...string) (user, secret string) {
	t.Helper()
	access := []map[string]string{}
	for _, p := range permissions {
		resource, action, _ := strings.Cut(p, ":")
		access = append(access, map[string]string{"resource": resource, "action": action})
	}
	var out struct{ Name, Secret string }
	h.must(t, http.MethodPost, "/robots", map[string]any{
		"name": strings.ToLower(rand.Text()[:8]), "duration": -1, "level": "project",
		"permissions": []any{map[string]any{"kind": "project", "namespace": project, "access": access}},
	}, &out, http.StatusCreated)
	return out.Name, out.Secret
}

func (h *Harbor) must(t testing.TB, method, path string, body, out any, want int) {
	t.Helper()
	status, err := h.call(t.Context(), t, method, path, body, out)
	if err != nil || status != want {
		t.Fatalf("%s %s: %d, want %d: %v", method, path, status, want, err)
	}
}

// call asks the API as the administrator, without any client of adze's.
func (h *Harbor) call(ctx context.Context, t testing.TB, method, path string, body, out any) (int, error) {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return 0, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, h.URL+"/api/v2.0"+path, &sent)
	if err != nil {
		return 0, err
	}
	req.SetBasicAuth(h.User, h.Password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.client(t).Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read to its end
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return resp.StatusCode, err
	case resp.StatusCode >= http.StatusMultipleChoices:
		return resp.StatusCode, fmt.Errorf("%s", answer)
	case out == nil:
		return resp.StatusCode, nil
	}
	return resp.StatusCode, json.Unmarshal(answer, out)
}

func (h *Harbor) client(t testing.TB) *http.Client {
	if h.CAFile == "" {
		return http.DefaultClient
	}
	text, err := os.ReadFile(h.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
}
