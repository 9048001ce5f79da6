// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/forge"
)

func accounts(_ *testing.T, c caller) {
	c.do("GET", "/user", nil, 200)
	c.as("").do("GET", "/user", nil, 401)
	c.as("wrong").do("GET", "/user", nil, 401)
	c.do("GET", "/users/reviewer", nil, 200)
	c.do("GET", "/users/nobody", nil, 404)
	c.do("GET", "/rate_limit", nil, 200)
	c.do("GET", "/meta", nil, 200)
}

func apps(t *testing.T, c caller) {
	app, err := c.forge.AddApp("adze-bot", "acme", all)
	if err != nil {
		t.Fatal(err)
	}
	asApp := c.as(signJWT(t, app))
	asApp.do("GET", "/app", nil, 200)
	asApp.do("GET", "/app/installations", nil, 200)
	in := asApp.do("GET", shop+"/installation", nil, 200)
	one := "/app/installations/" + in.id("id")
	asApp.do("GET", one, nil, 200)
	asApp.do("GET", "/app/installations/1", nil, 404)
	asApp.do("GET", "/orgs/acme/installation", nil, 200)
	asApp.do("GET", "/users/acme/installation", nil, 200)
	asApp.do("POST", one+"/access_tokens", m{"repositories": []string{"elsewhere"}}, 422)
	asApp.do("POST", one+"/access_tokens", m{"permissions": m{"actions": "write"}}, 422)
	minted := asApp.do("POST", one+"/access_tokens", m{"repositories": []string{"shop"}}, 201)
	c.as("a.b.c").do("GET", "/app", nil, 401)
	bot := c.as(minted.text("token"))
	bot.do("GET", "/installation/repositories", nil, 200)
	bot.do("GET", "/user", nil, 403)
	bot.do("DELETE", "/installation/token", nil, 204)
	bot.do("GET", shop, nil, 401)
}

// installation is a caller with a fresh token of an App that may do all.
func installation(t *testing.T, c caller) caller {
	t.Helper()
	app, err := c.forge.AddApp("checks-bot", "acme", all)
	if err != nil {
		t.Fatal(err)
	}
	asApp := c.as(signJWT(t, app))
	in := asApp.do("GET", shop+"/installation", nil, 200)
	return c.as(asApp.do("POST", "/app/installations/"+in.id("id")+"/access_tokens", nil, 201).text("token"))
}

func signJWT(t *testing.T, app forge.App) string {
	t.Helper()
	block, _ := pem.Decode([]byte(app.PrivateKey))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	part := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	now := time.Now().Unix()
	text := part(m{"alg": "RS256", "typ": "JWT"}) + "." + part(m{"iss": app.ID, "iat": now - 5, "exp": now + 300})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// refusals: what a token may not do.
func refusals(_ *testing.T, c caller) {
	reader := c.as(c.forge.AddToken("reader", forge.TokenOptions{Permissions: map[string]string{"contents": "read"}}))
	reader.do("POST", shop+"/git/refs", m{"ref": "refs/heads/x", "sha": nowhere}, 403)
	reader.do("POST", shop+"/pulls", m{"title": "t", "head": "x", "base": "main"}, 403)
	c.as("").do("POST", shop+"/git/refs", m{"ref": "refs/heads/x", "sha": nowhere}, 401)
	c.do("GET", "/repos/acme/nothing", nil, 404)
}
