// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adze-ci/adze/internal/gitx/githttp"
	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) { steptest.Main(m, Command()) }

// Each script finds its folder served over HTTP at $URL.
func TestScripts(t *testing.T) {
	steptest.Run(t, "testdata", func(env *testscript.Env) error {
		root := filepath.Join(env.WorkDir, "srv")
		if err := os.MkdirAll(root, 0o750); err != nil {
			return err
		}
		s, err := githttp.New(t.Context(), root, false)
		if err != nil {
			return err
		}
		env.Defer(s.Close)
		env.Setenv("URL", s.URL)
		return nil
	})
}
