// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"

	"github.com/adze-ci/adze/e2e/cluster/engine"
)

// Status is how a cluster is.
type Status struct {
	Name string
	// State is "ready", or why the cluster cannot be used.
	State      string
	Kubeconfig string
}

// List tells of every cluster that this package made on this machine.
func List(ctx context.Context) ([]Status, error) {
	e, found := engine.Find(ctx)
	if !found {
		return nil, nil
	}
	all, err := names(ctx, e)
	if err != nil {
		return nil, err
	}
	var list []Status
	for _, name := range all {
		c, err := describe(ctx, e, name)
		if err != nil {
			return nil, err
		}
		s := Status{Name: name, State: "ready", Kubeconfig: c.Kubeconfig}
		if err := c.healthy(ctx); err != nil {
			s.State = firstLine(err)
		}
		list = append(list, s)
	}
	return list, nil
}
