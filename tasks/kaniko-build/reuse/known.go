// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"log/slog"
	"sync"

	"github.com/adze-ci/adze/internal/registry"
)

// known is what all searches of a run share.
type known struct {
	client *registry.Client
	// basesClient is what bases are looked up with, and executorSum the hash of
	// the program that builds; each is made when it is first asked for.
	basesClient func() (*registry.Client, error)
	executorSum func() (string, error)
}

func (o *options) known(client *registry.Client, log *slog.Logger) *known {
	return &known{
		client: client,
		basesClient: sync.OnceValues(func() (*registry.Client, error) {
			if o.pullConfig == "" {
				return client, nil
			}
			bases := o.registry
			bases.DockerConfig = o.pullConfig
			client, _, err := bases.Client(log)
			return client, err
		}),
		executorSum: sync.OnceValues(func() (string, error) { return sumOf(o.executor) }),
	}
}
