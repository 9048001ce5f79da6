// SPDX-License-Identifier: Apache-2.0

// Package counted measures commands that talk to a registry: it starts the registry,
// with TLS and on loopback, and counts what goes to it and comes from it.
package counted

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/e2e/platform"
)

// Identity is what registries speak TLS with.
type Identity struct {
	// Authority is the PEM file of the authority that clients are to trust.
	Authority string

	cert, key string
}

// NewIdentity makes one for this machine, as files in a folder.
func NewIdentity(work string) (Identity, error) {
	i := Identity{filepath.Join(work, "ca.crt"), filepath.Join(work, "registry.crt"), filepath.Join(work, "registry.key")}
	ca, err := platform.LoadCA(work)
	if err != nil {
		return i, err
	}
	cert, key, err := ca.Issue("localhost")
	if err != nil {
		return i, err
	}
	return i, errors.Join(os.WriteFile(i.cert, cert, 0o600), os.WriteFile(i.key, key, 0o600))
}
