// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) { steptest.Main(m, Command()) }

// Each script has a registry with two images, and a program `trivy` that writes
// the report that lies beside it. Real Trivy is run on a cluster.
func TestScripts(t *testing.T) {
	steptest.Run(t, "testdata", func(env *testscript.Env) error {
		srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		env.Defer(srv.Close)
		host := strings.TrimPrefix(srv.URL, "http://")
		env.Setenv("REPO", host+"/library/app")
		for _, v := range []string{"DIGEST", "OTHER"} {
			digest, err := pushRandom(host + "/library/app")
			if err != nil {
				return err
			}
			env.Setenv(v, digest)
			report := strings.ReplaceAll(reportText, "DIGEST", digest)
			if err := os.WriteFile(filepath.Join(env.WorkDir, strings.ToLower(v)+".json"), []byte(report), 0o600); err != nil {
				return err
			}
		}
		return nil
	})
}

func pushRandom(repo string) (string, error) {
	img, err := random.Image(64, 1)
	if err != nil {
		return "", err
	}
	digest, err := img.Digest()
	if err != nil {
		return "", err
	}
	ref, err := name.NewDigest(repo + "@" + digest.String())
	if err != nil {
		return "", err
	}
	return digest.String(), remote.Write(ref, img)
}

// reportText is a report of Trivy's shape; the findings are made up.
const reportText = `{"SchemaVersion": 2, "ArtifactType": "container_image", "Metadata": {"RepoDigests": ["host/library/app@DIGEST"]}, "Results": [
{"Target": "Node.js", "Vulnerabilities": [
 {"VulnerabilityID": "CVE-1000-1", "PkgName": "left", "InstalledVersion": "1.0", "FixedVersion": "1.1", "Severity": "HIGH", "Title": "left is wrong"},
 {"VulnerabilityID": "CVE-1000-2", "PkgName": "right", "InstalledVersion": "1.0", "Severity": "CRITICAL", "Status": "affected", "Title": "nobody\nhas fixed right"},
 {"VulnerabilityID": "CVE-1000-3", "PkgName": "left", "InstalledVersion": "1.0", "FixedVersion": "1.2", "Severity": "LOW"},
 {"VulnerabilityID": "CVE-1000-4", "PkgName": "left", "InstalledVersion": "1.0", "FixedVersion": "1.2", "Severity": "UNKNOWN"}]},
{"Target": "empty"}]}`
