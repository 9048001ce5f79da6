// SPDX-License-Identifier: Apache-2.0

package forge_test

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

// signJWT makes an App's token that was issued and ends so many seconds from now.
func signJWT(t *testing.T, app forge.App, issued, expires int64) string {
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
	text := part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]int64{"iss": app.ID, "iat": now + issued, "exp": now + expires})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}
