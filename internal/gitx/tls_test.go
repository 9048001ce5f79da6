// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/githttp"
)

func tlsServer(t *testing.T, root string) *githttp.Server {
	t.Helper()
	s, err := githttp.New(t.Context(), root, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// caFile writes the server's certificate where --ca-file would find it.
func caFile(t *testing.T, s *githttp.Server) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.crt")
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
