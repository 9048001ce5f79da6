// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var fullID = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Object is one object as git stores it.
type Object struct {
	SHA, Kind string
	Data      []byte
}

// IsID says whether s is a full object id in lower case.
func IsID(s string) bool { return fullID.MatchString(s) }

// Read reads one object; ErrNotFound when it does not exist.
func (r *Repo) Read(ctx context.Context, sha string) (Object, error) {
	objects, err := r.ReadAll(ctx, []string{sha})
	if err != nil {
		return Object{}, err
	}
	return objects[0], nil
}

// ReadAll reads objects in the order asked for.
func (r *Repo) ReadAll(ctx context.Context, shas []string) ([]Object, error) {
	for _, sha := range shas {
		if !IsID(sha) {
			return nil, fmt.Errorf("object %q: %w", sha, ErrNotFound)
		}
	}
	if objects, ok := r.allLoose(shas); ok {
		return objects, nil
	}
	out, err := r.git(ctx, []byte(strings.Join(shas, "\n")+"\n"), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	objects := make([]Object, 0, len(shas))
	for range shas {
		o, rest, err := cutObject(out)
		if err != nil {
			return nil, err
		}
		objects, out = append(objects, o), rest
	}
	return objects, nil
}

// cutObject takes the first record off the output of cat-file --batch.
func cutObject(out []byte) (Object, []byte, error) {
	head, rest, _ := bytes.Cut(out, []byte("\n"))
	f := strings.Fields(string(head))
	if len(f) == 2 {
		return Object{}, nil, fmt.Errorf("object %s: %w", f[0], ErrNotFound)
	}
	if len(f) != 3 {
		return Object{}, nil, fmt.Errorf("reading an object: unexpected line %q", head)
	}
	size, err := strconv.Atoi(f[2])
	if err != nil || size+1 > len(rest) {
		return Object{}, nil, fmt.Errorf("reading object %s: truncated", f[0])
	}
	return Object{SHA: f[0], Kind: f[1], Data: rest[:size]}, rest[size+1:], nil
}

// Kind is the type of an object; ErrNotFound when it does not exist.
func (r *Repo) Kind(ctx context.Context, sha string) (string, error) {
	if !IsID(sha) {
		return "", fmt.Errorf("object %q: %w", sha, ErrNotFound)
	}
	if kind, _, _, done, err := r.header(sha); err == nil {
		done()
		return kind, nil
	}
	out, err := r.git(ctx, nil, "cat-file", "-t", sha)
	if err != nil {
		return "", fmt.Errorf("object %s: %w", sha, ErrNotFound)
	}
	return strings.TrimSpace(string(out)), nil
}

// Write stores an object of a kind and returns its id. Git checks what has a
// form; a blob has none, and is written to a file without a process.
func (r *Repo) Write(ctx context.Context, kind string, data []byte) (string, error) {
	if kind == "blob" {
		return r.writeLoose(kind, data)
	}
	out, err := r.git(ctx, data, "hash-object", "-w", "--stdin", "-t", kind)
	return strings.TrimSpace(string(out)), err
}
