// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// noDockerConfig is the empty folder where the executor looks for credentials.
const noDockerConfig = "/kaniko/.docker"

// dockerConfig makes the folder of the executor's credentials, which may pull
// and are gone after the build. It lies beside the executor, in a folder that no
// build clears or packs.
func (o *options) dockerConfig() (dir string, remove func() error, err error) {
	nothing := func() error { return nil }
	if o.pullConfig == "" {
		return noDockerConfig, nothing, nil
	}
	given := registry.Options{DockerConfig: o.pullConfig}
	file, err := given.DockerConfigFile()
	if err != nil || file == "" {
		return noDockerConfig, nothing, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", nil, step.Misuse("reading --pull-config: %w", err)
	}
	if dir, err = os.MkdirTemp(filepath.Dir(o.executor), ".docker-"); err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o400); err != nil { //nolint:gosec // a folder of a name that was just made up
		return "", nil, errors.Join(err, remove())
	}
	return dir, remove, nil
}
