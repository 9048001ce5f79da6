// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// sshTarget is a repository on a server over SSH.
type sshTarget struct {
	user, host, port, path string
}

// scpLike is "[user@]host:path", the host in brackets where it has colons
// (git-clone(1), GIT URLS).
var scpLike = regexp.MustCompile(`^(?:([^@:/]+)@)?(\[[^\]/]+\]|[^:/@\[\]]+):([^/].*|/.*)$`)

// isSSH tells whether a URL names a server over SSH.
func isSSH(s string) bool {
	return strings.HasPrefix(s, "ssh://") || strings.HasPrefix(s, "git+ssh://") || !strings.Contains(s, "://") && scpLike.MatchString(s)
}

// parseSSH reads a URL of SSH. As for git, a path that begins with a tilde is
// below somebody's home, and one of the short form without a slash below the user's.
func parseSSH(s string) (sshTarget, error) {
	t := sshTarget{}
	if m := scpLike.FindStringSubmatch(s); m != nil && !strings.Contains(s, "://") {
		t = sshTarget{user: m[1], host: strings.Trim(m[2], "[]"), path: m[3]}
	} else {
		u, err := url.Parse(s)
		if err != nil {
			return t, step.Misuse("the url cannot be read as one of ssh")
		}
		if _, ok := u.User.Password(); ok {
			return t, step.Misuse("url %s: ssh takes no password, only keys", u.Redacted())
		}
		t = sshTarget{user: u.User.Username(), host: u.Hostname(), port: u.Port(), path: u.Path}
		if strings.HasPrefix(t.path, "/~") {
			t.path = t.path[1:]
		}
	}
	if t.host == "" || strings.HasPrefix(t.host, "-") || t.path == "" || t.path == "/" || strings.HasPrefix(t.path, "-") || strings.ContainsAny(t.path, "\x00\n") {
		return t, step.Misuse("url %s: want ssh://user@host:port/path or user@host:path", redact(s))
	}
	return t, nil
}

func (t sshTarget) name() string {
	return (&url.URL{Scheme: "ssh", User: url.User(t.user), Host: t.address(), Path: "/" + strings.TrimPrefix(t.path, "/")}).String()
}

func (t sshTarget) address() string { return net.JoinHostPort(t.host, t.port) }

// command is what is to be run on the server, quoted for its shell as git does.
func (t sshTarget) command() string {
	return "git-upload-pack '" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(t.path) + "'"
}
