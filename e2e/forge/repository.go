// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// repository is one repository and what surrounds it. mu guards all of it, the
// refs on disk included: whoever holds it may read, decide and write.
type repository struct {
	mu    sync.Mutex
	id    int64
	owner *account
	name  string
	git   *bare.Repo

	private             bool
	defaultBranch       string
	description         string
	autoMerge           bool
	deleteBranchOnMerge bool
	created, pushed     time.Time

	issues     map[int64]*issue // pull requests among them
	lastNumber int64
	labels     []*label
	milestones []*milestone
	comments   []*comment
	statuses   []*status
	checks     []*checkRun
	hooks      []*hook
	signed     map[string]time.Time   // commits that the forge vouches for, and since when
	protected  map[string][]string    // branch → contexts that must be green
	teams      map[string]int64       // slug → id
	queues     map[string]*mergeQueue // by branch
	journal    []Entry
	quirks     Quirks
	lag        lag
}

// RepoOptions describe a new repository.
type RepoOptions struct {
	Owner         string `json:"owner"`
	Name          string `json:"name"`
	Description   string `json:"description"`
	Private       bool   `json:"private"`
	DefaultBranch string `json:"default_branch"`
	// Files are the content of its first commit, path to content; with none the
	// repository is empty.
	Files map[string]string `json:"files"`
	// Message and Author are those of the first commit; Author is a login.
	Message string `json:"message"`
	Author  string `json:"author"`
	// AllowAutoMerge and DeleteBranchOnMerge are GitHub's settings of these names.
	AllowAutoMerge      bool `json:"allow_auto_merge"`
	DeleteBranchOnMerge bool `json:"delete_branch_on_merge"`
}

var repoName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

func (r *repository) fullName() string { return r.owner.Login + "/" + r.name }

// CreateRepo makes a repository, its owner too if need be, and its first commit
// if there are files for it.
func (s *Server) CreateRepo(ctx context.Context, o RepoOptions) error {
	if !repoName.MatchString(o.Name) || !repoName.MatchString(o.Owner) {
		return fmt.Errorf("creating repository %q of %q: not a name that GitHub takes", o.Name, o.Owner)
	}
	if o.DefaultBranch == "" {
		o.DefaultBranch = "main"
	}
	repo, err := s.initRepo(ctx, o)
	if err != nil {
		return err
	}
	if len(o.Files) == 0 {
		return nil
	}
	if o.Message == "" {
		o.Message = "Initial commit"
	}
	files := map[string]*string{}
	for path, content := range o.Files {
		files[path] = &content
	}
	_, err = s.Commit(ctx, repo.fullName(), CommitOptions{Branch: o.DefaultBranch, Message: o.Message, Author: o.Author, Files: files})
	return err
}

func (s *Server) initRepo(ctx context.Context, o RepoOptions) (*repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(o.Owner + "/" + o.Name)
	if s.repos[key] != nil {
		return nil, fmt.Errorf("creating repository %s/%s: it exists", o.Owner, o.Name)
	}
	git, err := bare.Init(ctx, filepath.Join(s.root, o.Owner, o.Name+".git"), o.DefaultBranch)
	if err != nil {
		return nil, err
	}
	repo := s.newRepository(o.Owner, o.Name, git)
	repo.private, repo.description, repo.defaultBranch = o.Private, o.Description, o.DefaultBranch
	repo.autoMerge, repo.deleteBranchOnMerge = o.AllowAutoMerge, o.DeleteBranchOnMerge
	s.repos[key] = repo
	return repo, nil
}

// newRepository makes the state around a bare repository. The caller holds s.mu.
func (s *Server) newRepository(owner, name string, git *bare.Repo) *repository {
	return &repository{
		id: s.newID(), owner: s.ensureAccount(owner, "User"), name: name, git: git, created: s.now(), pushed: s.now(),
		issues: map[int64]*issue{}, signed: map[string]time.Time{}, protected: map[string][]string{}, teams: map[string]int64{},
		queues: map[string]*mergeQueue{},
	}
}

// adopt serves the repositories that are in the root already.
func (s *Server) adopt() error {
	found, err := filepath.Glob(filepath.Join(s.root, "*", "*.git"))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, dir := range found {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		git := &bare.Repo{Dir: dir}
		branch, err := git.Head(context.Background())
		if err != nil {
			return fmt.Errorf("adopting repository %s: %w", dir, err)
		}
		owner, name := filepath.Base(filepath.Dir(dir)), strings.TrimSuffix(filepath.Base(dir), ".git")
		repo := s.newRepository(owner, name, git)
		repo.defaultBranch = branch
		s.repos[strings.ToLower(repo.fullName())] = repo
	}
	return nil
}

func (s *Server) findRepo(owner, name string) *repository {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repos[strings.ToLower(owner+"/"+name)]
}

// lockRepo finds a repository by its full name and locks it.
func (s *Server) lockRepo(fullName string) (*repository, error) {
	owner, name, _ := strings.Cut(fullName, "/")
	repo := s.findRepo(owner, name)
	if repo == nil {
		return nil, fmt.Errorf("repository %s: %w", fullName, bare.ErrNotFound)
	}
	repo.mu.Lock()
	return repo, nil
}

func (s *Server) allRepos() []*repository {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*repository
	for _, r := range s.repos {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *repository) int { return int(a.id - b.id) })
	return out
}
