// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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
	f.StringVar(&c.appID, "app-id", "", "`ID` of a GitHub App that is installed in the repositories, instead of a token; default: that in the folder --app-key-file")
	f.StringVar(&c.appKey, "app-key-file", "", "`FILE` with the GitHub App's private key, PEM, or a folder, as a Secret is mounted, with the files githubAppID, githubAppPrivateKey, githubAppInstallationID and githubAppEnterpriseBaseUrl, or app-id and key.pem")
	f.Int64Var(&c.appInst, "app-installation-id", 0, "`ID` of the App's installation; 0: that in the folder --app-key-file, else found by the repository")
}

func (c *credentials) validate(dryRun bool) error {
	// Both may be mounted, and what has no Secret is an empty folder.
	for _, path := range []*string{&c.tokenFile, &c.appKey} {
		if empty, err := mount.Empty(*path); c.tokenFile != "" && c.appKey != "" && err == nil && empty {
			*path = ""
		}
	}
	switch {
	case c.appID != "" && c.appKey == "":
		return step.Misuse("--app-id and --app-key-file belong together")
	case c.appKey != "" && c.tokenFile != "":
		return step.Misuse("both --token-file and --app-key-file are given; one is enough")
	case c.appKey == "" && c.tokenFile == "" && !dryRun:
		return step.Misuse("no credentials for the forge: give --token-file, or --app-key-file and --app-id")
	}
	return nil
}

// auth makes what package propose sends. A Secret of an App may name the API
// too, which is taken where the flag names none.
func (c *credentials) auth(client *propose.ClientOptions, repo, sourceRepo string) (propose.Auth, error) {
	for _, path := range []string{c.tokenFile, c.appKey} {
		if empty, err := mount.Empty(path); err == nil && empty {
			return nil, step.Hint(step.Misuse("no credentials for the forge: %s is empty", path), "an optional Secret that does not exist is mounted so")
		}
	}
	if c.appKey == "" {
		return propose.TokenFile(fileIn(c.tokenFile, "token")), nil
	}
	app, err := c.app()
	if err != nil {
		return nil, err
	}
	if app.APIURL != "" && client.APIURL == propose.DefaultAPI {
		client.APIURL = app.APIURL
	}
	app.APIURL, app.Repo, app.SourceRepo = client.APIURL, repo, sourceRepo
	return propose.NewApp(app)
}

// app reads the App's key and, where it lies in a folder, what else is known of
// it there. What flags say goes first.
func (c *credentials) app() (propose.AppOptions, error) {
	key, err := firstOf(c.appKey, "githubAppPrivateKey", "key.pem", "private-key.pem")
	if err == nil && key == "" {
		err = step.Misuse("there is no App's key at %s", c.appKey)
	}
	if err != nil {
		return propose.AppOptions{}, err
	}
	o := propose.AppOptions{ID: c.appID, Key: []byte(key), Installation: c.appInst}
	if info, err := os.Stat(c.appKey); err != nil || !info.IsDir() {
		if o.ID == "" {
			err = step.Misuse("--app-id is missing beside --app-key-file=%s", c.appKey)
		}
		return o, err
	}
	id, err1 := firstOf(c.appKey, "githubAppID", "app-id")
	inst, err2 := firstOf(c.appKey, "githubAppInstallationID", "installation-id")
	api, err3 := firstOf(c.appKey, "githubAppEnterpriseBaseUrl", "api-url")
	if err := errors.Join(err1, err2, err3); err != nil {
		return o, err
	}
	if o.ID, o.APIURL = cmp.Or(o.ID, id), api; o.ID == "" {
		return o, step.Misuse("--app-id is missing, and %s has no file githubAppID", c.appKey)
	}
	if o.Installation == 0 && inst != "" {
		if o.Installation, err = strconv.ParseInt(inst, 10, 64); err != nil {
			return o, step.Misuse("%s: the installation's id is no number", c.appKey)
		}
	}
	return o, nil
}

// firstOf reads the first of these files that a folder has, or the file itself
// where a path is none; empty when there is none.
func firstOf(path string, names ...string) (string, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		names = []string{""}
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(path, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", step.Misuse("reading the App's Secret: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return "", nil
}

// fileIn is the file of that name where a path is a folder, as a mounted Secret is.
func fileIn(path, name string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, name)
	}
	return path
}
