// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/githttp"
	"github.com/adze-ci/adze/internal/step"
)

var wanted = regexp.MustCompile(`want ([0-9a-f]{40})`)

// likeJGit refuses to give trees and blobs by their ids.
func likeJGit(t *testing.T, dir string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		for _, m := range wanted.FindAllSubmatch(body, -1) {
			if kind, err := tryGit(t.Context(), dir, "cat-file", "-t", string(m[1])); err == nil && kind != "commit" && kind != "tag" {
				line := fmt.Sprintf("ERR want %s not valid", m[1])
				if _, err := fmt.Fprintf(w, "%04x%s", len(line)+4, line); err != nil {
					t.Error(err)
				}
				return true
			}
		}
		return false
	}
}

// ignoring keeps filters from git, which has said that it takes them.
func ignoring(t *testing.T, _ string) func(http.ResponseWriter, *http.Request) bool {
	line := regexp.MustCompile(`[0-9a-f]{4}filter [a-z0-9:]+\n`)
	return func(_ http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		body = line.ReplaceAll(body, nil)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return false
	}
}

// oldProtocol keeps the client's wish for version 2 from git.
func oldProtocol(_ http.ResponseWriter, r *http.Request) bool {
	r.Header.Del("Git-Protocol")
	return false
}

// Whatever a server is able to give, the answers are the same; it is said when
// more is fetched; and a file that does not change is sent once.
func TestServersThatGiveMoreGiveTheSameAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		settings []string
		strange  func(*testing.T, string) func(http.ResponseWriter, *http.Request) bool
		says     string
		requests int
	}{
		"all is well":              {nil, nil, "", 9},
		"no filter":                {[]string{"uploadpack.allowFilter=false"}, nil, "takes no filter", 3},
		"no trees by id":           {nil, likeJGit, "not valid", 9},
		"no filter, no trees":      {[]string{"uploadpack.allowFilter=false"}, likeJGit, "takes no filter", 3},
		"no tree filter":           {[]string{"uploadpackfilter.tree.allow=false"}, nil, "filter 'tree' not supported", 5},
		"filters are ignored":      {nil, ignoring, "ignores filters", 3},
		"no filter is allowed":     {[]string{"uploadpackfilter.allow=false"}, nil, "filter 'tree' not supported", 6},
		"version 0":                {nil, version0, "protocol version 0", 3},
		"version 0, no filter":     {[]string{"uploadpack.allowFilter=false"}, version0, "takes no filter", 3},
		"version 0, by id":         {[]string{"uploadpack.allowAnySHA1InWant=true"}, version0, "", 9},
		"version 0, commits by id": {[]string{"uploadpack.allowReachableSHA1InWant=true"}, version0, "", 9},
	} {
		t.Run(name, func(t *testing.T) {
			dir, s := served(t, c.settings...)
			if strings.Contains(fmt.Sprint(c.settings), "allowFilter=false") {
				git(t, dir, "config", "--replace-all", "uploadpack.allowFilter", "false")
			}
			if c.strange != nil {
				s.Break = c.strange(t, dir)
			}
			noise := git(t, dir, "hash-object", "-w", "--stdin") // empty
			write(t, dir, "noise", randomText(60000)+noise)
			before, after := twoCommits(t, dir)
			var log bytes.Buffer
			r, err := Open(Options{URL: s.URL + "/repo", Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			tellsThem(t, r, before, after)
			if n := len(s.Requests()); n > c.requests {
				t.Errorf("%d requests", n)
			}
			if n := s.Bytes(); n > 130000 {
				t.Errorf("%d bytes were sent, which is more than once", n)
			}
			if c.says == "" && log.Len() > 0 || !strings.Contains(log.String(), c.says) {
				t.Errorf("log: %s", log.String())
			}
			_, err = r.Resolve(t.Context(), strings.Repeat("12", 20))
			var missing *MissingError
			if !errors.As(err, &missing) {
				t.Errorf("an unknown commit: %v", err)
			}
		})
	}
}

// What a clone has, a server that takes no filter is not to send again.
func TestACloneIsNotSentAgain(t *testing.T) {
	for name, strange := range map[string]func(http.ResponseWriter, *http.Request) bool{"version 2": nil, "version 0": oldProtocol} {
		for _, kind := range []string{"--depth=1", "--filter=blob:none"} {
			dir, s := served(t)
			write(t, dir, "noise", randomText(60000))
			before, after := twoCommits(t, dir)
			clone := filepath.Join(t.TempDir(), "clone")
			git(t, dir, "clone", "-q", kind, "--no-checkout", "--single-branch", s.URL+"/repo", clone)
			git(t, dir, "config", "--replace-all", "uploadpack.allowFilter", "false")
			s.Break = strange
			s.Bytes()
			r := open(t, Options{Source: clone})
			if c, err := r.Resolve(t.Context(), "HEAD"); err != nil || c.ID != after {
				t.Fatalf("HEAD is %v, %v", c.ID, err)
			}
			tellsThem(t, r, before, after)
			if n := s.Bytes(); kind == "--depth=1" && n > 5000 {
				t.Errorf("%s, %s: %d bytes were sent", name, kind, n)
			}
		}
	}
}

func version0(*testing.T, string) func(http.ResponseWriter, *http.Request) bool { return oldProtocol }

// randomText does not compress well, and is the same each time.
func randomText(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		fmt.Fprintf(&b, "%c", 33+x%90)
	}
	return b.String()
}

func TestAnOldCommitInVersionZero(t *testing.T) {
	dir, s := served(t)
	s.Break = oldProtocol
	var stream strings.Builder
	for i := range 100 {
		fmt.Fprintf(&stream, "commit refs/heads/main\nmark :%d\ncommitter c <c@example.com> %d +0000\ndata 1\nx\nM 100644 inline f%d\ndata 1\n%d\n", i+1, 1_700_000_000+i, i, i%10)
	}
	stream.WriteString("commit refs/heads/old\ncommitter c <c@example.com> 1700000400 +0000\ndata 1\nx\nfrom :3\n")
	fastImport(t, dir, stream.String())
	r := open(t, Options{URL: s.URL + "/repo"})
	if _, err := r.Resolve(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	for _, rev := range []string{"main~1", "main~70", "main~99"} {
		id := plumb(t, git(t, dir, "rev-parse", rev))
		got := changedPaths(t, r, id, plumb(t, git(t, dir, "rev-parse", "main")))
		if want := strings.Fields(git(t, dir, "diff", "--name-only", rev, "main")); len(got) != len(want) {
			t.Errorf("%s: %d files changed, git says %d", rev, len(got), len(want))
		}
		base, err := r.MergeBase(t.Context(), plumb(t, git(t, dir, "rev-parse", "old")), id)
		if want := git(t, dir, "merge-base", "old", rev); err != nil || base.ID.String() != want {
			t.Errorf("%s: merge base %s, %v, git says %s", rev, base.ID, err, want)
		}
	}
}

func TestWhatIsNoGitServer(t *testing.T) {
	dir, _ := served(t)
	twoCommits(t, dir)
	git(t, dir, "update-server-info")
	dumb := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(dir, ".git"))))
	t.Cleanup(dumb.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>please log in")
	}))
	t.Cleanup(page.Close)
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		_, _ = io.WriteString(w, "hello there")
	}))
	t.Cleanup(liar.Close)
	for url, want := range map[string]string{dumb.URL: "dumb HTTP", page.URL: "web page", liar.URL: "does not answer as a git server"} {
		_, err := open(t, Options{URL: url}).Resolve(t.Context(), "main")
		if err == nil || !strings.Contains(err.Error()+strings.Join(step.Hints(err), " "), want) {
			t.Errorf("got %v, hints %q, want %q", err, step.Hints(err), want)
		}
	}
}

func TestAnEmptyRepositoryHasNoRevision(t *testing.T) {
	_, s := served(t)
	for _, strange := range []func(http.ResponseWriter, *http.Request) bool{nil, oldProtocol} {
		s.Break = strange
		if _, err := open(t, Options{URL: s.URL + "/repo"}).Resolve(t.Context(), "main"); !errors.Is(err, ErrNoRevision) {
			t.Errorf("got %v", err)
		}
	}
}

func TestOtherObjectFormatsAreRefused(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "repo")
	git(t, root, "init", "-q", "--object-format=sha256", "-b", "main", dir)
	write(t, dir, "a", "1")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "1")
	s, err := githttp.New(t.Context(), root, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, strange := range []func(http.ResponseWriter, *http.Request) bool{nil, oldProtocol} {
		s.Break = strange
		if _, err := open(t, Options{URL: s.URL + "/repo"}).Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "sha256") {
			t.Errorf("got %v", err)
		}
	}
}
