// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/go-github/v60/github"
)

// maxPast is how many pages of a file's history are read, of 100 commits each,
// and maxTold how many pull requests are asked what they proposed.
const (
	maxPast = 10
	maxTold = 20
)

// history remembers what was proposed and merged, by the file that it changed.
type history struct {
	mu    sync.Mutex
	files map[[2]string]*past // by commit and path
}

// past is what was merged into a file, the newest first, as far as it was read.
type past struct {
	parts []Part
	next  int // page
	told  int
}

// source names the repository that commits are from; empty where it is the one
// of the manifests.
func (r *Repository) source() string {
	if strings.EqualFold(r.SourceOwner, r.Owner) && strings.EqualFold(r.SourceName, r.Name) {
		return ""
	}
	return r.SourceOwner + "/" + r.SourceName
}

// namedAt are the source commits that the base names in the places that a part
// edits: by a tag that is one, or by a digest or another tag that a proposal put
// there, whose message says what it was built from, or that was built anew.
func (r *Repository) namedAt(ctx context.Context, base string, p Part) ([]string, error) {
	var commits []string
	if !isCommit(p.Commit) {
		return nil, nil // there is nothing to compare them with
	}
	asked := map[[2]string]bool{}
	for _, e := range p.Edits {
		digest, tag, commit := version(e.Old)
		asks := [2]string{digest, tag}
		if commit == "" && !asked[asks] && digest+tag != "" {
			asked[asks] = true
			var err error
			if commit, err = r.putBy(ctx, base, p.Service, e); err != nil {
				return nil, err
			}
		}
		if commit != "" && !slices.Contains(commits, commit) {
			commits = append(commits, commit)
		}
	}
	for _, digest := range p.bareDigests() {
		commit, err := r.rebuilt(ctx, p, digest)
		if err != nil {
			return nil, err
		}
		if commit != "" {
			commits = append(commits, commit)
		}
	}
	return commits, nil
}

// version is the digest and the tag that a value names, either alone or in a
// reference, and the tag once more if it is a commit.
func version(value string) (digest, tag, commit string) {
	name, digest, _ := strings.Cut(value, "@")
	if algorithm, _, ok := strings.Cut(name, ":"); ok && strings.HasPrefix(algorithm, "sha") && !strings.Contains(name, "/") {
		return name, "", ""
	}
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		tag = name[colon+1:]
	} else if !strings.Contains(name, "/") {
		tag = name
	}
	if isCommit(tag) {
		commit = tag
	}
	return digest, tag, commit
}

// putBy is the source commit of the last proposal merged that put a value where
// it is now; empty when none did.
func (r *Repository) putBy(ctx context.Context, base, service string, e Edit) (string, error) {
	r.past.mu.Lock()
	defer r.past.mu.Unlock()
	key := [2]string{base, e.File}
	if r.past.files == nil {
		r.past.files = map[[2]string]*past{}
	}
	p := r.past.files[key]
	if p == nil {
		p = &past{next: 1}
		r.past.files[key] = p
	}
	for i := 0; ; i++ {
		for i == len(p.parts) {
			if p.next == 0 {
				return "", nil
			}
			if err := r.readPast(ctx, base, e.File, p); err != nil {
				return "", err
			}
		}
		if part := p.parts[i]; part.Service == service && part.put(e.Old) {
			return part.Commit, nil
		}
	}
}

// put tells whether a merged part may have set a value: it names the same digest
// or, where the value has none, the same tag.
func (p Part) put(value string) bool {
	digest, tag, _ := version(value)
	mine, mineTag, _ := version(p.Image)
	if digest != "" {
		return digest == mine || digest == p.Digest
	}
	return tag != "" && tag == mineTag
}

// readPast reads one more page of a file's history.
func (r *Repository) readPast(ctx context.Context, base, file string, p *past) error {
	commits, resp, err := r.Client.Repositories.ListCommits(ctx, r.Owner, r.Name, &github.CommitsListOptions{
		SHA: base, Path: file, ListOptions: github.ListOptions{Page: p.next, PerPage: 100},
	})
	if err != nil {
		return r.failed("listing the commits to "+file, err)
	}
	for _, c := range commits {
		parts, err := r.mergedBy(ctx, c.GetCommit().GetMessage(), p)
		if err != nil {
			return err
		}
		p.parts = append(p.parts, parts...)
	}
	if p.next = resp.NextPage; p.next > maxPast {
		r.Log.Warn("the history of a file is too long to be read, so what put its versions there may not be known", "file", file, "commits", 100*maxPast)
		p.next = 0
	}
	return nil
}

// squashed knows a proposal that the forge squashed under the title of its pull
// request, with no more of its message.
var squashed = regexp.MustCompile(`^` + regexp.QuoteMeta(Prefix) + `.* \(#([0-9]+)\)$`)

// mergedBy is what a commit of the base put there, if it came from a proposal.
func (r *Repository) mergedBy(ctx context.Context, message string, p *past) ([]Part, error) {
	if parts := mergedParts(message); parts != nil {
		return parts, nil
	}
	subject, _, _ := strings.Cut(message, "\n")
	pull := squashed.FindStringSubmatch(strings.TrimSpace(subject))
	if pull == nil || p.told == maxTold {
		return nil, nil
	}
	p.told++
	number, err := strconv.Atoi(pull[1])
	if err != nil {
		return nil, nil //nolint:nilerr // no pull request has that number
	}
	commits, _, err := r.Client.PullRequests.ListCommits(ctx, r.Owner, r.Name, number, &github.ListOptions{PerPage: 100})
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, r.failed("listing the commits of pull request "+pull[1], err)
	}
	for _, c := range slices.Backward(commits) {
		if q, ok := ParseMessage(c.GetCommit().GetMessage()); ok {
			return q.Parts, nil
		}
	}
	return nil, nil
}

// mergedParts reads the last paragraph of trailers in the message of a merged
// commit. Forges put their own lines before and after those of ours when they squash.
func mergedParts(message string) []Part {
	text := strings.ReplaceAll(message, "\r\n", "\n")
	for _, paragraph := range slices.Backward(strings.Split(text, "\n\n")) {
		if p, ok := parseTrailers(strings.TrimSpace(paragraph)); ok {
			return p.Parts
		}
	}
	return nil
}
