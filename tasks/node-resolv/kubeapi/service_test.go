// SPDX-License-Identifier: Apache-2.0

package kubeapi

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// serve is an API server over TLS that wants the token "sesame".
func serve(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" {
			http.Error(w, "who is there?", http.StatusUnauthorized)
			return
		}
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	token, ca := filepath.Join(t.TempDir(), "token"), filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(token, []byte("sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := New(Config{Server: server.URL, TokenFile: token, CAFile: ca})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestFollowServiceTellsEachAddress(t *testing.T) {
	const object = `{"metadata":{"resourceVersion":"%s"},"spec":{"clusterIPs":[%s]}}`
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/api/v1/namespaces/kube-system/services/kube-dns":
			fmt.Fprintf(w, object, "7", `"10.96.0.10"`) //nolint:errcheck // the client sees what is missing
		case r.URL.Query().Get("resourceVersion") == "7" && r.URL.Query().Get("fieldSelector") == "metadata.name=kube-dns":
			fmt.Fprintf(w, `{"type":"DELETED","object":`+object+"}\n", "8", `"10.96.0.10"`)         //nolint:errcheck // the client sees what is missing
			fmt.Fprintf(w, `{"type":"ADDED","object":`+object+"}\n", "9", `"10.96.0.11","fd00::a"`) //nolint:errcheck // the client sees what is missing
			fmt.Fprintf(w, `{"type":"MODIFIED","object":`+object+"}\n", "10", `"None"`)             //nolint:errcheck // the client sees what is missing
			fmt.Fprintln(w, `{"type":"ERROR","object":{"code":410}}`)                               //nolint:errcheck // the client sees what is missing
		default:
			http.Error(w, "unexpected "+r.URL.String(), http.StatusBadRequest)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []string
	client.FollowService(ctx, Name{"kube-system", "kube-dns"}, func(s Service, err error) {
		told = append(told, fmt.Sprint(s.Addresses(), errors.Is(err, ErrNotFound)))
		if len(told) == 4 {
			cancel()
		}
	})
	want := []string{"[10.96.0.10] false", "[] true", "[10.96.0.11 fd00::a] false", "[] false"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// One that is not there is watched for, from wherever the API server is.
func TestFollowServiceAwaitsOne(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if query.Get("watch") == "" || query.Has("resourceVersion") || query.Get("fieldSelector") != "metadata.name=registry" {
			notFound(w)
			return
		}
		fmt.Fprintln(w, `{"type":"ADDED","object":{"spec":{"clusterIP":"10.96.7.7"}}}`) //nolint:errcheck // the client sees what is missing
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []string
	client.FollowService(ctx, Name{"infra", "registry"}, func(s Service, err error) {
		told = append(told, fmt.Sprint(s.Addresses(), errors.Is(err, ErrNotFound)))
		if len(told) == 2 {
			cancel()
		}
	})
	if want := []string{"[] true", "[10.96.7.7] false"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestErrorsNameTheCall(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "configmaps") {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		notFound(w)
	})
	if _, err := client.Corefile(t.Context(), Name{"a", "b"}); err == nil || !strings.Contains(err.Error(), "GET /api/v1/namespaces/a/configmaps/b: 403 Forbidden") {
		t.Errorf("got %v", err)
	}
	if _, err := client.DeploymentDNS(t.Context(), Name{"a", "b"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// notFound says what an API server says of an object that is not there.
func notFound(w http.ResponseWriter) {
	http.Error(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`, http.StatusNotFound)
}

// A load balancer without an API server behind it may answer 404 too: then nothing
// is known of the object, and what is installed must stay.
func TestNotFoundOfOthersIsNoAbsence(t *testing.T) {
	for _, answer := range []string{"404 page not found", "", "{}", `{"kind":"Status","reason":"Unknown"}`} {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, answer, http.StatusNotFound) })
		if _, err := client.Service(t.Context(), Name{"a", "b"}); err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "404 Not Found") {
			t.Errorf("%q: got %v", answer, err)
		}
	}
}

func TestInClusterWantsAPod(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if _, err := InCluster(); err == nil {
		t.Error("found a cluster in an empty environment")
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "443")
	if c, err := InCluster(); err != nil || c.Server != "https://[fd00::1]:443" {
		t.Errorf("got %q, %v", c.Server, err)
	}
}
