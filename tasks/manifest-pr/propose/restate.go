// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"cmp"
	"context"
	"slices"

	"github.com/adze-ci/adze/internal/manifest"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// changesOnly tells whether the branch changes the files of a proposal and no others.
func (b branch) changesOnly(p Proposal) bool {
	files := p.files()
	if len(b.blobs) != len(files) {
		return false
	}
	for _, f := range files {
		if _, changed := b.blobs[f]; !changed {
			return false
		}
	}
	return true
}

// restated tells whether the branch is what its proposal makes of the commit
// where it left the base: the same files, with the same modes and contents.
func (r *Repository) restated(ctx context.Context, b *branch, fork string) (bool, error) {
	if !b.changesOnly(b.proposal) {
		return false, nil
	}
	before, now := fixed{}, map[string]string{}
	for at, commit := range []string{fork, b.tip} {
		from, err := r.snapshot(ctx, commit)
		if err != nil {
			return false, err
		}
		for _, path := range b.proposal.files() {
			files, err := from.List(ctx, path)
			if err != nil || len(files) != 1 {
				return false, err
			}
			if at == 1 {
				now[path] = files[0].Mode + files[0].ID
				continue
			}
			if before[path], err = fixedFile(ctx, from, files[0]); err != nil {
				return false, err
			}
		}
	}
	return b.proposal.makes(ctx, before, now), nil
}

// makes tells whether the proposal turns some files into others, of which mode
// and id are known.
func (p Proposal) makes(ctx context.Context, before fixed, now map[string]string) bool {
	for _, u := range p.units() {
		plan, err := u.plan(ctx, before)
		if err != nil {
			continue // it says how these files cannot be edited, which is a no
		}
		differs := slices.ContainsFunc(plan.Files, func(f manifests.Edited) bool { return now[f.Path] != f.Mode+blobID(f.After) })
		if !differs && len(plan.Files) == len(now) {
			return true
		}
	}
	return false
}

// units are what the proposal may have been made from. A reference by digest
// leaves out the tag, which then is unknown, or the commit, or stands alone in some value.
func (p Proposal) units() []Unit {
	var all []Unit
	for _, tag := range []func(Part) string{
		func(Part) string { return "" }, func(part Part) string { return part.Commit }, Part.bareTag,
	} {
		u := Unit{Key: p.Key}
		for _, part := range p.Parts {
			image, err := manifest.Parse(part.Image)
			if err != nil {
				return nil
			}
			image.Tag, image.Digest = cmp.Or(image.Tag, tag(part)), cmp.Or(image.Digest, part.Digest)
			u.Services = append(u.Services, manifests.Service{Name: part.Service, Commit: part.Commit, Image: image, Paths: part.files()})
		}
		all = append(all, u)
	}
	return all
}

// bareTag is a tag that a part sets as a value of its own; empty when there is none.
func (p Part) bareTag() string {
	for _, e := range p.Edits {
		if _, tag, _ := version(e.New); tag == e.New {
			return tag
		}
	}
	return ""
}

// files are the paths that a part edits, each once, in order.
func (p Part) files() []string {
	var paths []string
	for _, e := range p.Edits {
		paths = append(paths, e.File)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// files are the paths that the proposal edits, each once, in order.
func (p Proposal) files() []string { return Part{Edits: p.edits()}.files() }

// fixed is a source that holds a few files.
type fixed map[string]fixedContent

type fixedContent struct {
	file    manifests.File
	content []byte
}

func fixedFile(ctx context.Context, from manifests.Source, f manifests.File) (fixedContent, error) {
	content, err := from.Read(ctx, f)
	return fixedContent{f, content}, err
}

// List gives the one file that has the path.
func (f fixed) List(_ context.Context, path string) ([]manifests.File, error) {
	if found, ok := f[path]; ok {
		return []manifests.File{found.file}, nil
	}
	return nil, nil
}

// Read gives a file's content.
func (f fixed) Read(_ context.Context, file manifests.File) ([]byte, error) {
	return f[file.Path].content, nil
}
