// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// An App's Secret is understood by the names that others use, and by our own.
func TestSecretOfAnApp(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		flags credentials
		id    string
		inst  int64
		api   string
		fails string
	}{
		"the names of others": {
			files: map[string]string{"githubAppID": "12\n", "githubAppPrivateKey": "key\n", "githubAppInstallationID": "34\n", "githubAppEnterpriseBaseUrl": "https://ghe.example\n"},
			id:    "12", inst: 34, api: "https://ghe.example",
		},
		"our own names":      {files: map[string]string{"app-id": "12", "key.pem": "key"}, id: "12"},
		"flags go first":     {files: map[string]string{"githubAppID": "12", "githubAppPrivateKey": "key", "githubAppInstallationID": "34"}, flags: credentials{appID: "56", appInst: 78}, id: "56", inst: 78},
		"no id":              {files: map[string]string{"key.pem": "key"}, fails: "githubAppID"},
		"no key":             {files: map[string]string{"githubAppID": "12"}, fails: "no App's key"},
		"an odd id":          {files: map[string]string{"app-id": "12", "key.pem": "key", "installation-id": "secret"}, fails: "installation's id is no number"},
		"a file, and its id": {files: map[string]string{"key.pem": "key"}, flags: credentials{appID: "56", appKey: "key.pem"}, id: "56"},
		"a file without id":  {files: map[string]string{"key.pem": "key"}, flags: credentials{appKey: "key.pem"}, fails: "--app-id is missing"},
		"no file":            {flags: credentials{appID: "56", appKey: "none"}, fails: "no App's key"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range c.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			creds := c.flags
			creds.appKey = filepath.Join(dir, creds.appKey)
			got, err := creds.app()
			if c.fails != "" {
				if step.CodeOf(err) != step.CodeMisused || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "secret") {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || got.ID != c.id || got.Installation != c.inst || got.APIURL != c.api || string(got.Key) != "key" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}
