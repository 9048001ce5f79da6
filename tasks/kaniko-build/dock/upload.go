// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strconv"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxUploads is how many blobs may be on their way at a time: many times what an
// executor begins, for a RUN line may begin more.
const maxUploads = 256

// uploads are the blobs that are on their way.
type uploads struct {
	mu   sync.Mutex
	last int
	open map[string]*upload
}

// upload is one of them. Its digest is made as the bytes come.
type upload struct {
	mu    sync.Mutex
	store *store
	file  *os.File
	name  string
	sum   hash.Hash
	size  int64
	most  int64 // 0 for any number of bytes
}

// begin makes room for a blob and names it.
func (u *uploads) begin(s *store, most int64) (id string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.open) >= maxUploads {
		return "", errFull
	}
	u.last++
	id = strconv.Itoa(u.last)
	up := &upload{store: s, name: "blobs/.upload-" + id, sum: sha256.New(), most: most}
	if up.file, err = s.create(up.name); err != nil {
		return "", err
	}
	if u.open == nil {
		u.open = map[string]*upload{}
	}
	u.open[id] = up
	return id, nil
}

// get finds an upload; take removes it too, so that one request alone ends it.
func (u *uploads) get(id string) (*upload, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up, ok := u.open[id]
	return up, ok
}

func (u *uploads) take(id string) (*upload, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up, ok := u.open[id]
	delete(u.open, id)
	return up, ok
}

// drop ends all that are open.
func (u *uploads) drop() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	var errs []error
	for _, up := range u.open {
		errs = append(errs, up.drop())
	}
	u.open = nil
	return errors.Join(errs...)
}

// errFull tells that there is no room for more.
var errFull = errors.New("there is no room for more")

// add appends what comes and tells how many bytes there are by now.
func (u *upload) add(r io.Reader) (int64, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.most > 0 {
		r = &limited{r, u.most - u.size}
	}
	n, err := io.Copy(io.MultiWriter(u.file, u.sum), r)
	u.size += n
	return u.size, err
}

// errDigest tells that what came is not what was announced.
var errDigest = errors.New("the blob has another digest")

// finish keeps the blob when it has the digest that it should.
func (u *upload) finish(want v1.Hash) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if got := hex.EncodeToString(u.sum.Sum(nil)); want.Algorithm != "sha256" || got != want.Hex {
		return errors.Join(fmt.Errorf("%w: sha256:%s, not %s", errDigest, got, want), u.discard())
	}
	if err := u.file.Close(); err != nil {
		return errors.Join(err, u.store.remove(u.name))
	}
	return u.store.keep(u.name, want)
}

func (u *upload) drop() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.discard()
}

func (u *upload) discard() error { return errors.Join(u.file.Close(), u.store.remove(u.name)) }

// limited fails where an io.LimitedReader would end.
type limited struct {
	io.Reader
	left int64
}

// Read reads on, up to the limit.
func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errFull
	}
	return n, err
}
