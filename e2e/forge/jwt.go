// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// claims are those of an App's JSON Web Token. The issuer is the App's id, as a
// number or a string, or its client id.
type claims struct {
	Issuer  any   `json:"iss"`
	Issued  int64 `json:"iat"`
	Expires int64 `json:"exp"`
}

// verifyJWT checks a token as GitHub does: RS256, signed by the App's key, issued
// in the past, ending at most ten minutes ahead.
func (s *Server) verifyJWT(jwt string) (*app, error) {
	undecodable := refuse(http.StatusUnauthorized, "A JSON web token could not be decoded")
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, undecodable
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var body claims
	if decodePart(parts[0], &header) != nil || decodePart(parts[1], &body) != nil || header.Algorithm != "RS256" {
		return nil, undecodable
	}
	found := s.appByIssuer(fmt.Sprint(body.Issuer))
	if found == nil {
		return nil, refuse(http.StatusNotFound, "Integration not found")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, undecodable
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(found.key, crypto.SHA256, digest[:], signature) != nil {
		return nil, undecodable
	}
	return found, s.checkTimes(body)
}

func decodePart(part string, v any) error {
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	return decoder.Decode(v)
}

func (s *Server) checkTimes(c claims) error {
	now, issued, expires := s.now(), time.Unix(c.Issued, 0), time.Unix(c.Expires, 0)
	switch {
	case c.Expires == 0 || !expires.After(now):
		return refuse(http.StatusUnauthorized, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
	case expires.After(now.Add(10*time.Minute + 5*time.Second)):
		return refuse(http.StatusUnauthorized, "'Expiration time' claim ('exp') is too far in the future")
	case c.Issued == 0 || issued.After(now.Add(5*time.Second)):
		return refuse(http.StatusUnauthorized, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
	}
	return nil
}
