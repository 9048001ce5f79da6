// SPDX-License-Identifier: Apache-2.0

// Node-resolv makes a node resolve in-cluster names; see package noderesolv.
package main

import (
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv"
)

func main() { step.Main(noderesolv.Command()) }
