// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"testing"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/steptest"
)

func TestMain(m *testing.M) {
	steptest.Main(m, Command(),
		step.Command{Name: "world", Summary: "runs a command in a network of its own", New: func() step.Options { return &world{} }},
		step.Command{Name: "lookup", Summary: "resolves a name as Go does", New: func() step.Options { return &lookup{} }},
	)
}

// The scripts run in mount and network namespaces of their own, hence as
// root, or where users may make namespaces.
func TestScripts(t *testing.T) { steptest.Run(t, "testdata", nil) }
