// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Builder builds tools.
type Builder struct {
	// Root is the repository's top folder.
	Root string
	// Cache is where the built programs are kept, one folder per tool and key.
	Cache string
	// Progress gets a line when a build starts, every few seconds while it
	// runs, and when it is done. What is cached makes no line.
	Progress io.Writer
}

// Default is the builder for the repository around the working directory, with
// the user's cache and progress on stderr.
func Default() (Builder, error) {
	root, err := Root()
	if err != nil {
		return Builder{}, err
	}
	cache, err := Cache()
	if err != nil {
		return Builder{}, err
	}
	return Builder{Root: root, Cache: filepath.Join(cache, "tools"), Progress: os.Stderr}, nil
}

// Build returns the folder that holds the programs of a tool, built now if it
// was not before, with the default builder.
func Build(ctx context.Context, name string) (string, error) {
	b, err := Default()
	if err != nil {
		return "", err
	}
	return b.Build(ctx, name)
}

// Program returns the path of one program of a tool, such as kubectl of
// kubernetes, with the default builder.
func Program(ctx context.Context, name, program string) (string, error) {
	dir, err := Build(ctx, name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, program)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("finding program %s of tool %s: %w", program, name, err)
	}
	return path, nil
}

// Build returns the folder that holds the programs of a tool, built now if it
// was not before. It may take minutes; of two processes that want the same, one
// waits for the other.
func (b Builder) Build(ctx context.Context, name string) (string, error) {
	src := b.source(name)
	r, err := readRecipe(ctx, src, name)
	if err != nil {
		return "", err
	}
	key, err := r.key(ctx, src)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(b.Cache, name+"-"+key)
	if touch(dir) {
		return dir, nil
	}
	unlock, err := b.lock(ctx, name, r.version)
	if err != nil {
		return "", err
	}
	defer unlock()
	if touch(dir) { // built while waiting for the lock
		return dir, nil
	}
	if err := b.compile(ctx, r, src, dir); err != nil {
		return "", fmt.Errorf("building %s %s: %w", name, r.version, err)
	}
	b.prune(name, dir)
	return dir, nil
}

// source is the folder of a tool's go.mod.
func (b Builder) source(name string) string {
	return filepath.Join(b.Root, "e2e", "tools", name)
}
