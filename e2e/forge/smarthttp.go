// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cgi" //nolint:gosec // Go mended Httpoxy in 1.6.3
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// gitPath is a request of git's smart HTTP protocol, with or without ".git".
var gitPath = regexp.MustCompile(`^/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)$`)

func isGit(path string) bool {
	return gitPath.MatchString(path) && !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/repos/")
}

// serveGit lets git's http-backend answer. A push holds the repository's lock,
// so that nobody else moves a ref between the look before and the look after.
func (s *Server) serveGit(w http.ResponseWriter, r *http.Request) {
	m := gitPath.FindStringSubmatch(r.URL.Path)
	repo := s.findRepo(m[1], m[2])
	push := m[3] == "git-receive-pack" || r.URL.Query().Get("service") == "git-receive-pack"
	t, err := s.gitAuth(r, repo, push)
	if err != nil {
		refuseGit(w, err)
		return
	}
	backend, err := s.backend(repo, t)
	if err != nil {
		s.log.Error("serving git", "error", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if done, err := dechunk(r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	} else if done != nil {
		defer done()
	}
	if m[3] != "git-receive-pack" {
		serveBackend(backend, w, r)
		return
	}
	s.receive(repo, t, backend, w, r)
}

func (s *Server) receive(repo *repository, t *token, backend *cgi.Handler, w http.ResponseWriter, r *http.Request) {
	repo.mu.Lock()
	defer repo.mu.Unlock()
	before, err := repo.git.Refs(r.Context(), "")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	serveBackend(backend, w, r)
	ctx := withoutCancel(r)
	after, err := repo.git.Refs(ctx, "")
	if err != nil {
		s.log.Error("reading the refs after a push", "error", err)
		return
	}
	who := mover{Server: s, repo: repo, actor: t.account, links: linksOf(r)}
	if err := who.moved(ctx, before, changes(before, after)); err != nil {
		s.log.Error("following up a push", "repository", repo.fullName(), "error", err)
	}
}

func serveBackend(backend *cgi.Handler, w http.ResponseWriter, r *http.Request) {
	inner := r.Clone(r.Context())
	if m := gitPath.FindStringSubmatch(r.URL.Path); m != nil {
		inner.URL.Path = "/" + m[3]
	}
	backend.ServeHTTP(w, inner)
}

// backend runs git http-backend for one repository.
func (s *Server) backend(repo *repository, t *token) (*cgi.Handler, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("finding git: %w", err)
	}
	env := append(bare.Environ(), "GIT_PROJECT_ROOT="+repo.git.Dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_HTTP_MAX_REQUEST_BUFFER=100M")
	if t != nil {
		env = append(env, "REMOTE_USER="+t.account.Login)
	}
	return &cgi.Handler{Path: git, Args: []string{"http-backend"}, Dir: filepath.Dir(repo.git.Dir), Root: "", Env: env,
		InheritEnv: []string{}, Stderr: os.Stderr, Logger: nil}, nil
}

// gitAuth decides who may fetch and push: what is hidden is a 401 for the
// nameless and a 404 for others, as on GitHub.
func (s *Server) gitAuth(r *http.Request, repo *repository, push bool) (*token, error) {
	value := credential(r)
	if value == "" {
		if repo == nil || repo.private || push {
			return nil, refuse(http.StatusUnauthorized, "Authentication required")
		}
		return nil, nil //nolint:nilnil // no token, and none needed
	}
	t := s.findToken(value)
	if t == nil {
		return nil, refuse(http.StatusUnauthorized, "Invalid username or token. Password authentication is not supported for Git operations.")
	}
	entryOf(r).User = t.account.Login
	if repo == nil || (repo.private && !t.reaches(repo.fullName())) {
		return nil, refuse(http.StatusNotFound, "Repository not found.")
	}
	access := "read"
	if push {
		access = "write"
	}
	allowed := t.reaches(repo.fullName()) && t.may("contents", access)
	if (push || repo.private) && !allowed {
		return nil, refuse(http.StatusForbidden, "Permission to %s.git denied to %s.", repo.fullName(), t.account.Login)
	}
	return t, nil
}

func refuseGit(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if known, ok := err.(*apiError); ok { //nolint:errorlint // made a few lines up, never wrapped
		status = known.Status
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
	}
	http.Error(w, err.Error(), status)
}

// dechunk puts a body of unknown length into a file: CGI wants to know the length.
func dechunk(r *http.Request) (func(), error) {
	if r.ContentLength >= 0 || r.Method != http.MethodPost {
		return nil, nil
	}
	f, err := os.CreateTemp("", "forge-push-")
	if err != nil {
		return nil, err
	}
	done := func() {
		f.Close()           //nolint:errcheck,gosec // a file that was only read
		os.Remove(f.Name()) //nolint:errcheck,gosec // a temporary file left behind does no harm
	}
	n, err := io.Copy(f, r.Body)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, fmt.Errorf("reading a push: %w", err)
	}
	r.Body, r.ContentLength, r.TransferEncoding = f, n, nil
	return done, nil
}
