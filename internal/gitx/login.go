// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"cmp"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/mount"
	"github.com/adze-ci/adze/internal/step"
)

// login is a user and a password for basic authentication.
type login struct{ user, password string }

// tokenUser goes with a token alone; GitHub and GitLab take any name there.
const tokenUser = "x-access-token"

// follow keeps the login for a redirect within one host and drops it else.
func (l *login) follow(from, to *url.URL) *login {
	if from.Host != to.Host || from.Scheme == "https" && to.Scheme != "https" {
		return nil
	}
	return l
}

// findLogin looks for a login: in the URL, in the token file, then in the
// folder: username and password (the keys of a kubernetes.io/basic-auth
// Secret), token, .git-credentials (gitcredentials(7), store) or .netrc. A user
// without a password in the URL is whose login is looked for.
func findLogin(u *url.URL, tokenFile, dir string) (*login, error) {
	user := u.User.Username()
	if password, ok := u.User.Password(); ok {
		return &login{user, password}, nil
	}
	if tokenFile != "" {
		token, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, step.Misuse("reading the token: %w", err)
		}
		return &login{cmp.Or(user, tokenUser), strings.TrimSpace(string(token))}, nil
	}
	if dir != "" {
		if l, err := loginFromFolder(u, dir); l != nil || err != nil {
			return l, err
		}
	}
	if user != "" {
		return &login{user, ""}, nil // some take a token as the user
	}
	return nil, nil //nolint:nilnil // no login is wanted
}

func loginFromFolder(u *url.URL, dir string) (*login, error) {
	files := map[string]string{}
	for _, name := range []string{"username", "password", "token", ".git-credentials", ".netrc"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, step.Misuse("reading the credentials: %w", err)
		}
		files[name] = strings.TrimSpace(string(b))
	}
	user := u.User.Username()
	if password := cmp.Or(files["password"], files["token"]); password != "" {
		return &login{cmp.Or(files["username"], user, tokenUser), password}, nil
	}
	if l := fromStore(u, files[".git-credentials"]); l != nil {
		return l, nil
	}
	if l := fromNetrc(u.Hostname(), user, files[".netrc"]); l != nil {
		return l, nil
	}
	if empty, err := mount.Empty(dir); err != nil || empty {
		return nil, err
	}
	return nil, step.Misuse("%s holds no login for %s: want the files username and password, token, .git-credentials or .netrc", dir, u.Host)
}

// fromStore finds a host's line, https://user:password@host, in a
// .git-credentials file.
func fromStore(u *url.URL, text string) *login {
	for line := range strings.Lines(text) {
		entry, err := url.Parse(strings.TrimSpace(line))
		if err != nil || entry.User == nil || entry.Scheme != u.Scheme || entry.Host != u.Host {
			continue
		}
		if path := strings.Trim(entry.Path, "/"); path != "" && path != strings.Trim(u.Path, "/") {
			continue
		}
		if user := u.User.Username(); user != "" && user != entry.User.Username() {
			continue
		}
		password, _ := entry.User.Password()
		return &login{entry.User.Username(), password}
	}
	return nil
}
