// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Whatever one scan downloaded the next ones have, in whichever folder they run, and
// never two of them in one.
func TestCachesShareDatabases(t *testing.T) {
	t.Parallel()
	c, err := NewCaches(2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Remove)
	if c.Filled() || c.Size() != 2 {
		t.Errorf("filled %v, size %d", c.Filled(), c.Size())
	}
	download := func(name string, result error) {
		err := c.With(func(dir string) error {
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				return err
			}
			return errors.Join(os.WriteFile(filepath.Join(dir, name, "metadata.json"), []byte(name), 0o600), result)
		})
		if !errors.Is(err, result) {
			t.Error(err)
		}
	}
	download("java-db", nil)
	if c.Filled() {
		t.Error("an index of archives is taken for the vulnerability database")
	}
	refused := errors.New("refused")
	download("db", refused)
	if !c.Filled() {
		t.Error("the database is not shared")
	}
	var seen sync.Map
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			err := c.With(func(dir string) error {
				if _, twice := seen.LoadOrStore(dir, true); twice {
					t.Errorf("%s is used twice at a time", dir)
				}
				defer seen.Delete(dir)
				for _, name := range databases() {
					if text, err := os.ReadFile(filepath.Join(dir, name, "metadata.json")); err != nil || string(text) != name {
						t.Errorf("%q, %v", text, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
