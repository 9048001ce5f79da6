// SPDX-License-Identifier: Apache-2.0

package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/step"
)

// issuer is who the gate says it is to Clair.
const issuer = "scan-gate"

// clairToken makes a token of the key that Clair's configuration has at auth.psk.key,
// in base64: RFC 7519 with HS256, good for five minutes. Clair's clock may be behind
// ours. What is such a token already is taken as it is.
// https://quay.github.io/clair/howto/deployment.html#authentication
func clairToken(secret string, now time.Time) (string, error) {
	if strings.Count(secret, ".") == 2 {
		return secret, nil
	}
	key, err := base64.StdEncoding.DecodeString(secret)
	if err != nil || len(key) == 0 {
		return "", step.Hint(step.Misuse("--scanner-token-file holds neither a token nor a key in base64"), "for Clair it is the key of auth.psk in its configuration, or a JWT")
	}
	claims, err := json.Marshal(map[string]any{"iss": issuer, "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix()})
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding.EncodeToString
	text := enc([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc(claims)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + enc(mac.Sum(nil)), nil
}
