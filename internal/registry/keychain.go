// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/step"
)

// configNames are the files looked for in a folder: docker's own, and the key
// of a Secret of type kubernetes.io/dockerconfigjson.
func configNames() []string { return []string{"config.json", ".dockerconfigjson"} }

// findConfig is the docker config file to use; empty for none.
func findConfig(path string) (string, error) {
	fromEnv := path == ""
	if fromEnv {
		path = os.Getenv("DOCKER_CONFIG")
	}
	if path == "" {
		return "", nil
	}
	file, err := configFile(path)
	if fromEnv && errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", step.Misuse("reading the docker config %s: %w", path, err)
	}
	return file, nil
}

// loadKeychain reads a docker config.
func loadKeychain(path string) (authn.Keychain, error) {
	file, err := findConfig(path)
	if err != nil {
		return nil, err
	}
	if file == "" {
		return anonymous{}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, step.Misuse("reading the docker config: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	parsed, err := config.LoadFromReader(f)
	if err != nil {
		return nil, step.Misuse("reading the docker config %s: it is no docker config (the parser's words are left out, for they may show a secret)", file)
	}
	return dockerConfig{parsed}, nil
}

// configFile finds the file that a path stands for. An empty folder, which is
// how an optional Secret that does not exist is mounted, stands for none.
func configFile(path string) (string, error) {
	info, err := os.Stat(path) //nolint:gosec // the user names it, by flag or $DOCKER_CONFIG
	if err != nil || !info.IsDir() {
		return path, err
	}
	for _, n := range configNames() {
		if file := filepath.Join(path, n); exists(file) {
			return file, nil
		}
	}
	if empty, err := mount.Empty(path); err != nil || empty {
		return "", err
	}
	return "", fmt.Errorf("the folder holds none of %v: %w", configNames(), fs.ErrNotExist)
}

func exists(path string) bool {
	_, err := os.Stat(path) //nolint:gosec // the user names it, by flag or $DOCKER_CONFIG
	return err == nil
}

type anonymous struct{}

// Resolve gives no credentials.
func (anonymous) Resolve(authn.Resource) (authn.Authenticator, error) { return authn.Anonymous, nil }

type dockerConfig struct{ file *configfile.ConfigFile }

// Resolve looks for credentials of the repository first, then of its host, as
// containers-auth.json(5) has it.
func (d dockerConfig) Resolve(target authn.Resource) (authn.Authenticator, error) {
	for _, key := range []string{target.String(), target.RegistryStr()} {
		if key == name.DefaultRegistry {
			key = authn.DefaultAuthKey
		}
		auth, err := d.file.GetAuthConfig(key)
		if err != nil {
			return nil, fmt.Errorf("looking up credentials for %s in the docker config: %w", key, err)
		}
		auth.ServerAddress = ""
		if auth != (types.AuthConfig{}) {
			return authn.FromConfig(authn.AuthConfig{
				Username: auth.Username, Password: auth.Password, Auth: auth.Auth,
				IdentityToken: auth.IdentityToken, RegistryToken: auth.RegistryToken,
			}), nil
		}
	}
	return authn.Anonymous, nil
}
