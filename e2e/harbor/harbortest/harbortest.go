// SPDX-License-Identifier: Apache-2.0

// Package harbortest gives tests a Harbor: the stand-in inside of the test, or a
// real one that environment variables name.
//
//	ADZE_HARBOR_URL            its address; unset for the stand-in
//	ADZE_HARBOR_USER           an administrator, admin if unset
//	ADZE_HARBOR_PASSWORD_FILE  the file that holds the password
//	ADZE_HARBOR_CA             a file with its certificate authority
//	ADZE_HARBOR_PREFIX         how names of projects begin, adze-test- if unset
//
// Projects get a random name and go with their test.
package harbortest

import (
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/harbor"
)

// Harbor is a server to test against.
type Harbor struct {
	// Server is the stand-in; nil where a real Harbor is tested against.
	Server *harbor.Server
	// Script is what the stand-in's scanner finds; nil where Server is.
	Script *harbor.Script
	// URL is the server's address, and Host the registry's name in references.
	URL, Host string
	// User and Password are an administrator's.
	User, Password string
	// CAFile is a certificate authority to trust; empty for the system's.
	CAFile string

	prefix string
}

// Target is the Harbor that the environment names, or else a stand-in that lives
// as long as the test.
func Target(t testing.TB) *Harbor {
	t.Helper()
	address := os.Getenv("ADZE_HARBOR_URL")
	if address == "" {
		return Start(t)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("ADZE_HARBOR_URL: %v", err)
	}
	password, err := os.ReadFile(os.Getenv("ADZE_HARBOR_PASSWORD_FILE")) //nolint:gosec // the file that the user named
	if err != nil {
		t.Fatalf("ADZE_HARBOR_PASSWORD_FILE: %v", err)
	}
	return &Harbor{
		URL: strings.TrimRight(address, "/"), Host: u.Host, User: or(os.Getenv("ADZE_HARBOR_USER"), "admin"),
		Password: strings.TrimSpace(string(password)), CAFile: os.Getenv("ADZE_HARBOR_CA"),
		prefix: or(os.Getenv("ADZE_HARBOR_PREFIX"), "adze-test-"),
	}
}

// Start starts a stand-in on the loopback interface, with a scripted scanner.
func Start(t testing.TB) *Harbor {
	t.Helper()
	script := &harbor.Script{}
	server, err := harbor.New(harbor.Options{Scanner: script})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &Harbor{
		Server: server, Script: script, URL: listener.URL, Host: strings.TrimPrefix(listener.URL, "http://"),
		User: "admin", Password: harbor.Password, prefix: "adze-test-",
	}
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
