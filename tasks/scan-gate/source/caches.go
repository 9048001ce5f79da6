// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// databases are the folders of a cache that one scan may take from another's.
func databases() []string { return []string{"db", "java-db"} }

// Caches are folders for Trivy, one for each that runs at a time: it locks the one
// in which it keeps what it knows of layers. What was downloaded is shared.
type Caches struct {
	dir  string
	free chan string

	mutex sync.Mutex
	// shared are the databases that a scan has left, by name.
	shared map[string]string
}

// NewCaches makes empty folders, which are there until Remove.
func NewCaches(count int) (*Caches, error) {
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	c := &Caches{dir: dir, free: make(chan string, count), shared: map[string]string{}}
	for i := range count {
		one := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(one, 0o700); err != nil {
			c.Remove()
			return nil, fmt.Errorf("making a folder for Trivy: %w", err)
		}
		c.free <- one
	}
	return c, nil
}

// Remove removes the folders. What is left of them lies in a temporary one.
func (c *Caches) Remove() { _ = os.RemoveAll(c.dir) }

// Size is how many there are.
func (c *Caches) Size() int { return cap(c.free) }

// Filled tells whether there is a vulnerability database that all share.
func (c *Caches) Filled() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.shared[databases()[0]] != ""
}

// With does something with a folder that nobody else uses, once there is one. In it
// are the databases that others had by then, and what it downloaded they get. Trivy
// opens databases for reading alone, and replaces none that is as young.
func (c *Caches) With(do func(dir string) error) error {
	dir := <-c.free
	defer func() { c.free <- dir }()
	if err := c.take(dir); err != nil {
		return err
	}
	defer c.offer(dir)
	return do(dir)
}

// take links a folder to the databases that it lacks.
func (c *Caches) take(dir string) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for name, from := range c.shared {
		err := os.Symlink(from, filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("sharing the scanner's database: %w", err)
		}
	}
	return nil
}

// offer shares the databases of a folder that nobody has shared yet.
func (c *Caches) offer(dir string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, name := range databases() {
		if _, err := os.Stat(filepath.Join(dir, name, "metadata.json")); err == nil && c.shared[name] == "" {
			c.shared[name] = filepath.Join(dir, name)
		}
	}
}

// OwnDatabase tells whether each scan would fetch a database of its own.
func (o *Options) OwnDatabase() bool { return o.Scanner == "trivy" && o.server.url == "" }

// InCache is a copy of the options with a folder for Trivy's cache.
func (o *Options) InCache(dir string) Options {
	one := *o
	one.trivy.cacheDir = dir
	return one
}
