// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/internal/step"
)

// App authenticates as an installation of a GitHub App. Its tokens live an
// hour; a new one is made when the old one has less than five minutes left.
type App struct {
	root         *url.URL
	owner, name  string
	id           string
	key          *rsa.PrivateKey
	installation int64

	mu      sync.Mutex
	token   string
	expires time.Time
}

// NewApp reads the App's key. Installation 0 is found by the repository, OWNER/NAME.
func NewApp(apiURL, repo, id, keyFile string, installation int64) (*App, error) {
	b, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, step.Misuse("reading the App's key: %w", err)
	}
	key, err := parseKey(b)
	if err != nil {
		return nil, step.Misuse("%s: %w", keyFile, err)
	}
	root, err := apiRoot(apiURL)
	if err != nil {
		return nil, err
	}
	owner, name, _ := SplitName(repo)
	return &App{root: root, owner: owner, name: name, id: id, key: key, installation: installation}, nil
}

func parseKey(b []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("holds no PEM block")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if rsaKey, ok := key.(*rsa.PrivateKey); err == nil && ok {
		return rsaKey, nil
	}
	return nil, fmt.Errorf("holds no RSA private key")
}

// Header gives the installation's token, a new one when need be.
func (a *App) Header(ctx context.Context, transport http.RoundTripper) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Until(a.expires) > 5*time.Minute {
		return "Bearer " + a.token, nil
	}
	token, err := a.renew(ctx, transport)
	if err != nil {
		return "", fmt.Errorf("as App %s: %w", a.id, err)
	}
	a.token, a.expires = token.GetToken(), token.GetExpiresAt().Time
	return "Bearer " + a.token, nil
}

func (a *App) renew(ctx context.Context, transport http.RoundTripper) (*github.InstallationToken, error) {
	jwt, err := a.jwt(time.Now())
	if err != nil {
		return nil, err
	}
	client := github.NewClient(&http.Client{Transport: transport}).WithAuthToken(jwt)
	client.BaseURL = a.root
	if a.installation == 0 {
		found, _, err := client.Apps.FindRepositoryInstallation(ctx, a.owner, a.name)
		if err != nil {
			return nil, step.Hint(err, "install the App in %s/%s", a.owner, a.name)
		}
		a.installation = found.GetID()
	}
	token, _, err := client.Apps.CreateInstallationToken(ctx, a.installation, nil)
	return token, err
}

// jwt signs the App's claim, RFC 7519 with RS256, valid for nine minutes: GitHub
// takes ten at most, and its clock may be behind ours.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func (a *App) jwt(now time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{"iss": a.id, "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(8 * time.Minute).Unix()})
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding.EncodeToString
	text := enc([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + enc(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	return text + "." + enc(signature), err
}
