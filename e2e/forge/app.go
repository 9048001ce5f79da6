// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// app is a GitHub App; installation is where it may act.
type app struct {
	id          int64
	slug        string
	owner       *account
	bot         *account
	key         *rsa.PublicKey
	permissions map[string]string
	created     time.Time
}

type installation struct {
	id      int64
	app     *app
	account *account
	repos   map[string]bool // full names in lower case; nil: all of the account's
	created time.Time
}

// App is what a client needs to act as an App.
type App struct {
	// ID and InstallationID are the numbers of the App and of its one installation.
	ID             int64 `json:"id"`
	InstallationID int64 `json:"installation_id"`
	// PrivateKey is an RSA key in PEM, as GitHub hands it out.
	PrivateKey string `json:"private_key"`
	// Login is that of the App's bot: slug[bot].
	Login string `json:"login"`
}

// AddApp makes an App with a new key and installs it on an account. Permissions
// map names (contents, pull_requests, …) to read or write; repositories limits
// it to those OWNER/NAME (none: all of the account's).
func (s *Server) AddApp(slug, account string, permissions map[string]string, repositories ...string) (App, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return App{}, fmt.Errorf("making a key for App %s: %w", slug, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	owner := s.ensureAccount(account, "Organization")
	a := &app{id: s.newID(), slug: slug, owner: owner, key: &key.PublicKey, permissions: permissions, created: s.now()}
	a.bot = s.ensureAccount(slug+"[bot]", "Bot")
	s.apps[a.id] = a
	in := s.install(a, owner, repositories)
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return App{ID: a.id, InstallationID: in.id, PrivateKey: string(pem.EncodeToMemory(block)), Login: a.bot.Login}, nil
}

// Install installs an App in a further account; repositories as for AddApp.
func (s *Server) Install(appID int64, account string, repositories ...string) (installation int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	if a == nil {
		return 0, fmt.Errorf("installing App %d: there is no such App", appID)
	}
	return s.install(a, s.ensureAccount(account, "Organization"), repositories).id, nil
}

// install is Install with the server's lock held.
func (s *Server) install(a *app, account *account, repositories []string) *installation {
	in := &installation{id: s.newID(), app: a, account: account, created: s.now()}
	if len(repositories) > 0 {
		in.repos = nameSet(repositories)
	}
	s.installations = append(s.installations, in)
	return in
}

// clientID is the App's other name, which a JWT may bear as its issuer.
func (a *app) clientID() string { return fmt.Sprintf("Iv23li%014d", a.id) }

func (s *Server) appByIssuer(issuer string) *app {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.apps {
		if fmt.Sprint(a.id) == issuer || a.clientID() == issuer {
			return a
		}
	}
	return nil
}

// covers says whether the installation reaches a repository.
func (in *installation) covers(fullName string) bool {
	owner, _, _ := strings.Cut(fullName, "/")
	if !strings.EqualFold(owner, in.account.Login) {
		return false
	}
	return in.repos == nil || in.repos[strings.ToLower(fullName)]
}
