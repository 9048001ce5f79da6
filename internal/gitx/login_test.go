// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindLogin(t *testing.T) {
	for _, c := range []struct {
		name, url string
		files     map[string]string
		want      login
	}{
		{"in the url", "https://u:p@example.com/r", nil, login{"u", "p"}},
		{"basic-auth", "https://example.com/r", map[string]string{"username": "u\n", "password": "p\n"}, login{"u", "p"}},
		{"password alone", "https://example.com/r", map[string]string{"password": "p"}, login{tokenUser, "p"}},
		{"token", "https://example.com/r", map[string]string{"token": "t\n"}, login{tokenUser, "t"}},
		{"store", "https://example.com/r", map[string]string{".git-credentials": "https://x:y@other.com\nhttps://u:p%40@example.com\n"}, login{"u", "p@"}},
		{"netrc", "https://example.com/r", map[string]string{".netrc": "machine other.com login x password y\nmachine example.com\n login u\n password p\n"}, login{"u", "p"}},
		{"netrc with all that there is", "https://example.com/r", map[string]string{".netrc": "# machine example.com login no password no\nmachine other.com login machine password example.com\nmacdef init\nmachine example.com login no password no\n\nmachine example.com account a login \"u\" password \"p q\"\n"}, login{"u", "p q"}},
		{"a user of the url", "https://u@example.com/r", map[string]string{".netrc": "machine example.com login x password y machine example.com login u password p"}, login{"u", "p"}},
		{"a user of the url in the store", "https://u@example.com/r", map[string]string{".git-credentials": "https://x:y@example.com\nhttps://u:p@example.com\n"}, login{"u", "p"}},
		{"a user of the url with a token", "https://u@example.com/r", map[string]string{"token": "t"}, login{"u", "t"}},
		{"a user of the url alone", "https://u@example.com/r", nil, login{"u", ""}},
		{"the store by path", "https://example.com/r", map[string]string{".git-credentials": "http://n:n@example.com\nhttps://n:n@example.com:8443\nhttps://x:y@example.com/other\nhttps://u:p@example.com/r\n"}, login{"u", "p"}},
		{"netrc default", "https://example.com/r", map[string]string{".netrc": "default login u password p"}, login{"u", "p"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			u, err := url.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			l, err := findLogin(u, "", dir)
			if err != nil || *l != c.want {
				t.Errorf("got %v, %v", l, err)
			}
		})
	}
	u := &url.URL{Scheme: "https", Host: "example.com"}
	if l, err := findLogin(u, "", t.TempDir()); l != nil || err != nil {
		t.Errorf("an empty folder: got %v, %v", l, err)
	}
	dir := t.TempDir()
	write(t, dir, ".netrc", "machine other.com login u password p")
	if l, err := findLogin(u, "", dir); err == nil {
		t.Errorf("another host's login: got %v", l)
	}
	dir = t.TempDir()
	write(t, dir, "passphrase", "p")
	if l, err := findLogin(u, "", dir); err == nil {
		t.Errorf("a folder that holds something else: got %v", l)
	}
	if l := (&login{"u", "p"}).follow(u, &url.URL{Scheme: "https", Host: "evil.example"}); l != nil {
		t.Error("the login went along to another host")
	}
}

func TestLoginAndPrivateCA(t *testing.T) {
	dir, plain := served(t)
	write(t, dir, "a", "1")
	want := commit(t, dir)
	s := tlsServer(t, filepath.Dir(dir))
	plain.Close()
	s.User, s.Password = "u", "secret"
	token := filepath.Join(t.TempDir(), "token")
	write(t, filepath.Dir(token), "token", "other", "username", "u", "password", "secret")
	ca := caFile(t, s)
	if _, err := open(t, Options{URL: s.URL + "/repo", CAFile: ca, TokenFile: token}).Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "other") {
		t.Errorf("a wrong token: %v", err)
	}
	c, err := open(t, Options{URL: s.URL + "/repo", CAFile: filepath.Dir(ca), Credentials: filepath.Dir(token)}).Resolve(t.Context(), "main")
	if err != nil || c.ID != want {
		t.Errorf("got %v, %v", c.ID, err)
	}
}

// What lies in the home folder or in the environment is not asked.
func TestNoLoginComesFromHome(t *testing.T) {
	home := t.TempDir()
	write(t, home, ".netrc", "default login u password p", ".git-credentials", "https://u:p@example.com", ".ssh/id_ed25519", "key")
	t.Setenv("HOME", home)
	t.Setenv("NETRC", filepath.Join(home, ".netrc"))
	if l, err := findLogin(&url.URL{Scheme: "https", Host: "example.com"}, "", ""); l != nil || err != nil {
		t.Errorf("got %v, %v", l, err)
	}
	if _, err := Open(Options{URL: "git@example.com:a", Log: quiet()}); err == nil {
		t.Error("a key was found somewhere")
	}
}

// A login that Tekton lays out for a Task's service account works for both.
func TestCredentialsOfTektonsOwn(t *testing.T) {
	dir, _ := served(t)
	_, after := twoCommits(t, dir)
	s, flat := overSSH(t, dir)
	creds := t.TempDir()
	write(t, creds, ".gitconfig", "[credential]", ".git-credentials", "https://u:p@example.com\n", ".ssh/config", "Host 127.0.0.1\n    HostName 127.0.0.1\n    IdentityFile "+creds+"/.ssh/id_deploy\n")
	for from, to := range map[string]string{"ssh-privatekey": "id_deploy", "known_hosts": "known_hosts"} {
		if err := os.Rename(filepath.Join(flat, from), filepath.Join(creds, ".ssh", to)); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := open(t, Options{URL: s.URL("repo"), Credentials: creds}).Resolve(t.Context(), "main"); err != nil || c.ID != after {
		t.Errorf("got %v, %v", c.ID, err)
	}
	if l, err := findLogin(&url.URL{Scheme: "https", Host: "example.com"}, "", creds); err != nil || *l != (login{"u", "p"}) {
		t.Errorf("got %v, %v", l, err)
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add("machine example.com login u password p")
	f.Add("default login \"u v\" password\nmacdef x\nmachine\n\n# c\nmachine")
	f.Fuzz(func(t *testing.T, text string) {
		if l := fromNetrc("example.com", "", text); l != nil && !strings.Contains(text, "machine") && !strings.Contains(text, "default") {
			t.Errorf("a login %v out of nothing", l)
		}
		if l := fromNetrc("example.com", "u", text); l != nil && l.user != "u" {
			t.Errorf("another's login %v", l)
		}
	})
}

func FuzzCredentialStore(f *testing.F) {
	f.Add("https://u:p@example.com\nhttps://a:b@other.com/path")
	f.Add("https://%zz@example.com\n://\n@")
	f.Fuzz(func(t *testing.T, text string) {
		u := &url.URL{Scheme: "https", Host: "example.com", Path: "/r"}
		if l := fromStore(u, text); l != nil && !strings.Contains(strings.ToLower(text), "example.com") {
			t.Errorf("another host's login %v", l)
		}
	})
}
