// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

func isHTTP(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func openURL(o Options) (source, error) {
	switch path := strings.TrimPrefix(o.URL, "file://"); {
	case isHTTP(o.URL):
		return openHTTP(o)
	case isSSH(o.URL):
		w, err := newSSH(o.URL, o.Credentials, o.Log)
		if err != nil {
			return nil, err
		}
		return newRemote(w, o.Log), nil
	case strings.Contains(path, "://"):
		return nil, step.Misuse("url %s: want http, https, ssh, file or a folder", redact(path))
	default:
		return openLocal(path)
	}
}

func openHTTP(o Options) (source, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, step.Misuse("the url cannot be read: %w", errors.Unwrap(err))
	}
	auth, err := findLogin(u, o.TokenFile, o.Credentials)
	if err != nil {
		return nil, err
	}
	client, err := newClient(o.CAFile, o.Log)
	if err != nil {
		return nil, err
	}
	u.User, u.RawQuery, u.Fragment = nil, "", "" // git knows none, and some put tokens there
	return newRemote(&httpWire{url: u, client: client, auth: auth}, o.Log), nil
}

// redact hides a password in what may be no http URL.
func redact(s string) string {
	if u, err := url.Parse(s); err == nil {
		return u.Redacted()
	}
	if isSSH(s) {
		return s
	}
	return "given"
}

// lazy is where a repository was cloned from. It is opened when something is
// missing, for a clone that has everything needs no credentials.
type lazy struct {
	url  string
	open func() (source, error)
	from source
	err  error
}

func (l *lazy) name() string { return l.url }

func (l *lazy) source() (source, error) {
	if l.from == nil && l.err == nil {
		l.from, l.err = l.open()
	}
	return l.from, l.err
}

func (l *lazy) refs(ctx context.Context, prefixes []string) ([]Ref, error) {
	s, err := l.source()
	if err != nil {
		return nil, err
	}
	return s.refs(ctx, prefixes)
}

func (l *lazy) load(ctx context.Context, w want, into *store) error {
	s, err := l.source()
	if err != nil {
		return err
	}
	return s.load(ctx, w, into)
}
