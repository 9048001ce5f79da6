// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// credentials are the flags that say who asks the forge: a token, or a GitHub App.
type credentials struct {
	tokenFile string
	appID     string
	appKey    string
	appInst   int64
}

func (c *credentials) addFlags(f *step.Flags) {
	f.StringVar(&c.tokenFile, "token-file", "", "`FILE` with a token that may write contents and pull requests, or a folder with a file token")
	f.StringVar(&c.appID, "app-id", "", "`ID` of a GitHub App that is installed in the repositories, instead of a token")
	f.StringVar(&c.appKey, "app-key-file", "", "`FILE` with the GitHub App's private key, PEM, or a folder with a file key.pem")
	f.Int64Var(&c.appInst, "app-installation-id", 0, "`ID` of the App's installation; 0: found by the repository")
}

func (c *credentials) validate(dryRun bool) error {
	switch {
	case (c.appID == "") != (c.appKey == ""):
		return step.Misuse("--app-id and --app-key-file belong together")
	case c.appID != "" && c.tokenFile != "":
		return step.Misuse("both --token-file and --app-id are given; one is enough")
	case c.appID == "" && c.tokenFile == "" && !dryRun:
		return step.Misuse("no credentials for the forge: give --token-file, or --app-id and --app-key-file")
	}
	return nil
}

// auth makes what package propose sends.
func (c *credentials) auth(client propose.ClientOptions, repo string) (propose.Auth, error) {
	for _, path := range []string{c.tokenFile, c.appKey} {
		if empty, err := mount.Empty(path); err == nil && empty {
			return nil, step.Hint(step.Misuse("no credentials for the forge: %s is empty", path), "an optional Secret that does not exist is mounted so")
		}
	}
	if c.appID != "" {
		return propose.NewApp(client.APIURL, repo, c.appID, fileIn(c.appKey, "key.pem"), c.appInst)
	}
	return propose.TokenFile(fileIn(c.tokenFile, "token")), nil
}

// fileIn is the file of that name where a path is a folder, as a mounted Secret is.
func fileIn(path, name string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, name)
	}
	return path
}
