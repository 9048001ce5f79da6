// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Caches are folders for Trivy, one for each that runs at a time: it locks the one
// in which it keeps what it knows of layers. What was downloaded is shared.
type Caches struct {
	dirs []string
	free chan string
}

// NewCaches makes empty folders below another.
func NewCaches(dir string, count int) (*Caches, error) {
	c := &Caches{free: make(chan string, count)}
	for i := range count {
		one := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(one, 0o700); err != nil {
			return nil, fmt.Errorf("making a folder for the scanner: %w", err)
		}
		c.dirs = append(c.dirs, one)
		c.free <- one
	}
	return c, nil
}

// Size is how many there are.
func (c *Caches) Size() int { return len(c.dirs) }

// Take waits for a folder that nobody uses, Give gives it back.
func (c *Caches) Take() string { return <-c.free }

// Give is the end of what Take began.
func (c *Caches) Give(dir string) { c.free <- dir }

// Share lets all see the databases that one of them has by now. Nobody may scan
// meanwhile: Trivy opens them for reading alone, but replaces them when they are old.
func (c *Caches) Share() error {
	for _, name := range []string{"db", "java-db"} {
		for _, from := range c.dirs {
			if _, err := os.Stat(filepath.Join(from, name, "metadata.json")); err != nil {
				continue
			}
			for _, to := range c.dirs {
				err := os.Symlink(filepath.Join(from, name), filepath.Join(to, name))
				if err != nil && !errors.Is(err, fs.ErrExist) {
					return fmt.Errorf("sharing the scanner's database: %w", err)
				}
			}
			break
		}
	}
	return nil
}

// OwnDatabase tells whether each scan would fetch a database of its own.
func (o *Options) OwnDatabase() bool { return o.Scanner == "trivy" && o.server.url == "" }

// InCache is a copy of the options with a folder for Trivy's cache.
func (o *Options) InCache(dir string) Options {
	one := *o
	one.trivy.cacheDir = dir
	return one
}
