// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/gitx/gitssh"
	"github.com/adze-ci/adze/internal/step"
)

// overSSH serves the folder of a repository over SSH, and writes the
// credentials for it.
func overSSH(t *testing.T, dir string) (s *gitssh.Server, credentials string) {
	t.Helper()
	s, err := gitssh.New(t.Context(), filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	credentials = t.TempDir()
	if err := s.Credentials(credentials); err != nil {
		t.Fatal(err)
	}
	return s, credentials
}

// twoCommits makes two commits that differ by a/x/y, and gives both and a reading of that.
func twoCommits(t *testing.T, dir string) (before, after ID) {
	t.Helper()
	write(t, dir, "a/x/y", "1", "b/z", strings.Repeat("z", 3000), "c", "1")
	before = commit(t, dir)
	write(t, dir, "a/x/y", "2")
	return before, commit(t, dir)
}

// tellsThem checks that a repository tells the two commits' difference, and
// can read a file.
func tellsThem(t *testing.T, r *Repo, before, after ID) {
	t.Helper()
	if got := changedPaths(t, r, before, after); len(got) != 1 || got[0] != "a/x/y" {
		t.Errorf("changed %q", got)
	}
	c, err := r.Resolve(t.Context(), after.String())
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Snapshot(c).Read(t.Context(), []string{"a/x/y", "b/z"})
	if err != nil || string(files["a/x/y"]) != "2" || len(files["b/z"]) != 3000 {
		t.Errorf("files %q, %v", files, err)
	}
}

func TestOverSSH(t *testing.T) {
	dir, _ := served(t)
	before, after := twoCommits(t, dir)
	for _, refuse := range []bool{false, true} {
		s, credentials := overSSH(t, dir)
		s.RefuseEnv = refuse
		r := open(t, Options{URL: s.URL("repo"), Credentials: credentials})
		c, err := r.Resolve(t.Context(), "main")
		if err != nil || c.ID != after {
			t.Fatalf("refuse %v: main is %v, %v", refuse, c.ID, err)
		}
		tellsThem(t, r, before, after)
		if ref, err := r.Default(t.Context()); err != nil || ref.Name != "refs/heads/main" {
			t.Errorf("refuse %v: the default branch is %+v, %v", refuse, ref, err)
		}
		runs := s.Runs()
		if !refuse && (len(runs) != 1 || runs[0] != "git-upload-pack '/repo' version=2") || refuse && strings.Contains(fmt.Sprint(runs), "version") {
			t.Errorf("refuse %v: runs %q", refuse, runs)
		}
	}
}

func TestUnusualPathsOverSSH(t *testing.T) {
	dir, _ := served(t)
	before, after := twoCommits(t, dir)
	odd := filepath.Join(filepath.Dir(dir), "it's a!")
	git(t, dir, "clone", "-q", "--bare", dir, odd)
	s, credentials := overSSH(t, dir)
	host, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	write(t, credentials, "config", "Host forge\n  HostName "+host+"\n  Port "+port+"\n  User = git\n  IdentityFile ~/.ssh/ssh-privatekey\n  StrictHostKeyChecking no\n")
	for _, url := range []string{"ssh://git@" + s.Addr() + "/it's%20a!", "forge:it's a!", "me@forge:/it's a!"} {
		tellsThem(t, open(t, Options{URL: url, Credentials: credentials}), before, after)
	}
}

func TestParseSSH(t *testing.T) {
	for url, want := range map[string]sshTarget{
		"ssh://git@example.com/a/b.git": {"git", "example.com", "", "/a/b.git"},
		"ssh://example.com:2222/~me/b":  {"", "example.com", "2222", "~me/b"},
		"git+ssh://u@[::1]:22/b":        {"u", "::1", "22", "/b"},
		"git@github.com:acme/shop.git":  {"git", "github.com", "", "acme/shop.git"},
		"host:/abs":                     {"", "host", "", "/abs"},
		"u@[fe80::1]:path":              {"u", "fe80::1", "", "path"},
		"https://example.com/a":         {},
		"./folder:with/colon":           {},
		"/folder:with/colon":            {},
		"file:///a":                     {},
		"folder":                        {},
		"ssh://u:secret@example.com/a":  {},
		"ssh://example.com":             {},
		"ssh://example.com/":            {},
		"ssh://-oProxyCommand=x/a":      {},
		"-oProxyCommand=x:a":            {},
		"host:-a":                       {},
		"ssh://example.com/a\nb":        {},
		"ssh://example.com/a%00b":       {},
		"user@host:a\nrm":               {},
	} {
		var got sshTarget
		err := errors.New("it is no URL of ssh")
		if isSSH(url) {
			got, err = parseSSH(url)
		}
		if (err == nil) != (want != sshTarget{}) || err == nil && got != want {
			t.Errorf("%q: got %+v, %v", url, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the password shows in %v", url, err)
		}
	}
}

func TestWhatSSHRefuses(t *testing.T) {
	dir, _ := served(t)
	twoCommits(t, dir)
	s, good := overSSH(t, dir)
	other, otherGood := overSSH(t, dir)
	key, err := s.Key("")
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := s.Key("secret")
	if err != nil {
		t.Fatal(err)
	}
	otherKey, err := other.Key("")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(other.KnownHosts(), other.Addr()[len("127.0.0.1:"):], s.Addr()[len("127.0.0.1:"):], 1)
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"no key":               {[]string{"known_hosts", s.KnownHosts()}, "no private key"},
		"no known hosts":       {[]string{"ssh-privatekey", key}, "no known_hosts"},
		"an unknown host":      {[]string{"ssh-privatekey", key, "known_hosts", other.KnownHosts()}, "does not know the host"},
		"a changed key":        {[]string{"ssh-privatekey", key, "known_hosts", changed}, "which is not the one"},
		"a revoked key":        {[]string{"ssh-privatekey", key, "known_hosts", s.KnownHosts() + "@revoked " + s.KnownHosts()}, "revokes"},
		"a broken line":        {[]string{"ssh-privatekey", key, "known_hosts", "what"}, "known hosts"},
		"an encrypted key":     {[]string{"id_ed25519", encrypted, "known_hosts", s.KnownHosts()}, "is encrypted"},
		"no key at all":        {[]string{"id_ed25519", "what", "known_hosts", s.KnownHosts()}, "cannot be read"},
		"a key of nobody":      {[]string{"id_ed25519", otherKey, "known_hosts", s.KnownHosts()}, "unable to authenticate"},
		"a jump":               {[]string{"ssh-privatekey", key, "known_hosts", s.KnownHosts(), "config", "Host *\nProxyJump gate\n"}, "proxyjump"},
		"a config's other key": {[]string{"ssh-privatekey", key, "known_hosts", s.KnownHosts(), "config", "IdentityFile ~/.ssh/deploy\n"}, "deploy"},
		"nothing":              {nil, "no private key"},
	} {
		credentials := t.TempDir()
		write(t, credentials, c.files...)
		var err error
		if r, openErr := Open(Options{URL: s.URL("repo"), Credentials: credentials, Log: quiet()}); openErr == nil {
			_, err = r.Resolve(t.Context(), "main")
		} else {
			err = openErr
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
		t.Logf("%s: %v; hint: %s", name, err, step.Hints(err))
	}
	if _, err := Open(Options{URL: s.URL("repo"), Log: quiet()}); step.CodeOf(err) != step.CodeMisused || len(step.Hints(err)) == 0 {
		t.Errorf("without credentials: %v", err)
	}
	for _, c := range []struct{ url, credentials string }{{s.URL("repo"), good}, {other.URL("repo"), otherGood}} {
		if _, err := open(t, Options{URL: c.url, Credentials: c.credentials}).Resolve(t.Context(), "main"); err != nil {
			t.Errorf("the right ones: %v", err)
		}
	}
}

func TestFaultsOfSSH(t *testing.T) {
	dir, _ := served(t)
	before, after := twoCommits(t, dir)
	s, credentials := overSSH(t, dir)
	o := Options{URL: s.URL("repo"), Credentials: credentials}

	s.CutAfter = 2
	tellsThem(t, open(t, o), before, after)

	r := open(t, o)
	if _, err := r.Resolve(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	s.Hang() // between two requests
	tellsThem(t, r, before, after)

	s.Say = "ERROR: Repository not found.\n"
	if _, err := open(t, o).Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "Repository not found") {
		t.Errorf("got %v", err)
	}
	s.Say, s.Silent = "", true
	r = open(t, o)
	r.sources[0].(*remote).wire.(*sshWire).silence = 100 * time.Millisecond
	if _, err := r.Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "nothing came") {
		t.Errorf("a silent server: %v", err)
	}
	s.Deaf = true
	r = open(t, o)
	r.sources[0].(*remote).wire.(*sshWire).silence = 100 * time.Millisecond
	if _, err := r.Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "opening a session") {
		t.Errorf("a deaf server: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := open(t, o).Resolve(ctx, "main"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a cancelled context: %v", err)
	}
	s.Close()
	if _, err := open(t, o).Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a server that is gone: %v", err)
	}
}

func FuzzSSHConfig(f *testing.F) {
	f.Add("Host forge *.example.com !no.example.com\n  HostName=git.example.com\n Port 22\nMatch all\nUser x\n", "forge")
	f.Add("IdentityFile \"~/.ssh/a key\"\nUserKnownHostsFile /dev/null\nProxyJump none", "h")
	f.Fuzz(func(t *testing.T, text, host string) {
		c, err := readSSHConfig(text, host)
		for _, name := range append(c.identities, c.knownHosts...) {
			if strings.Contains(name, "/") && name != "/" {
				t.Errorf("the name %q leaves the folder (%v)", name, err)
			}
		}
	})
}
