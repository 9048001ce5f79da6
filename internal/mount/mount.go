// SPDX-License-Identifier: Apache-2.0

// Package mount knows the folders that Kubernetes mounts from Secrets and
// ConfigMaps.
package mount

import (
	"os"
	"strings"
)

// Empty tells whether a folder holds nothing. An optional Secret or ConfigMap
// that does not exist is mounted so; the kubelet's own entries, whose names
// begin with two dots, do not count:
// https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-must-exist
func Empty(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "..") {
			return false, nil
		}
	}
	return true, nil
}
