// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A history of pages without end is read so far and no further, once, and that is said.
func TestLongHistoryIsSaid(t *testing.T) {
	read := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read++
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, read+1))
		_, _ = w.Write([]byte(`[{"commit": {"message": "by hand"}}]`))
	}))
	defer srv.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	client, err := NewClient(ClientOptions{APIURL: srv.URL, Log: log}, TokenFile(token))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRepository(client, "acme/monorepo", "acme/monorepo", "main", log)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		commit, err := r.putBy(t.Context(), "base", "admin", Edit{File: "m/app.yaml", Old: "reg.example/admin:v1"})
		if err != nil || commit != "" {
			t.Fatalf("got %q, %v", commit, err)
		}
	}
	if read != maxPast {
		t.Errorf("%d pages were read, want %d", read, maxPast)
	}
	if text := said.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "file=m/app.yaml commits=1000") {
		t.Errorf("it says:\n%s", text)
	}
}
