// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"testing"

	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) { steptest.Main(m, Command()) }

func TestScripts(t *testing.T) { steptest.Run(t, "testdata", nil) }
