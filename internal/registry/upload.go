// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// upload brings one blob into a repository, in as many tries as it takes:
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
type upload struct {
	session *session
	blob    Blob
	count   *progress
	// at is how many of the blob's bytes the registry has, as far as is known,
	// and furthest the most that it ever was.
	at       atomic.Int64
	furthest int64
	// location is the session of an upload that has begun; resumed says that it
	// goes on after a cut.
	location *url.URL
	resumed  bool
	owned    bool // blob.Own said so
}

// String names the blob.
func (u *upload) String() string {
	return u.session.repo.Name() + "@" + u.blob.Digest.String()
}

// try makes one try, and gives the bytes that it or an earlier one got to.
func (u *upload) try(ctx context.Context) (int64, error) {
	err := u.once(ctx)
	u.furthest = max(u.furthest, u.at.Load())
	return u.furthest, err
}

func (u *upload) once(ctx context.Context) error {
	if there, err := u.there(ctx); err != nil || there {
		return err
	}
	if err := u.resume(ctx); err != nil {
		return err
	}
	if u.location == nil {
		if mounted, err := u.begin(ctx); err != nil || mounted {
			return err
		}
	}
	if u.at.Load() < u.blob.Size {
		if err := u.send(ctx); err != nil {
			return err
		}
	}
	return u.commit(ctx)
}

// there asks whether the repository has the blob.
func (u *upload) there(ctx context.Context) (bool, error) {
	there, err := u.has(ctx, u.session.repo)
	if there {
		u.finish(&u.count.there)
	}
	return there, err
}

// has asks whether a repository of the registry has the blob. A refusal is no
// answer, for that to a HEAD has no words; what is tried next has them. Nor is a
// blob of another size the one, whoever answers.
func (u *upload) has(ctx context.Context, repo name.Repository) (bool, error) {
	got, err := u.session.do(ctx, call{method: http.MethodHead, url: at(repo, "blobs/"+u.blob.Digest.String()), from: repo, want: []int{http.StatusOK}})
	switch status := statusOf(err); {
	case err == nil:
		return got.size <= 0 || got.size == u.blob.Size, nil
	case status >= http.StatusBadRequest && !notNow(status):
		return false, nil
	}
	return false, err
}

// finish counts the blob.
func (u *upload) finish(as *atomic.Int64) {
	u.at.Store(u.blob.Size)
	as.Add(u.blob.Size)
}

// resume asks where a cut upload goes on. A registry that does not know, such as
// distribution 2.8, which is Harbor's, has it begun anew.
func (u *upload) resume(ctx context.Context) error {
	if u.location == nil {
		return nil
	}
	got, err := u.session.do(ctx, call{method: http.MethodGet, url: u.location, want: []int{http.StatusNoContent}})
	if status := statusOf(err); err != nil && (status == 0 || notNow(status)) {
		return err
	}
	u.location = nil
	if err != nil {
		return nil //nolint:nilerr // the answer is that the upload is lost
	}
	// "0-0" stands for one byte and for none.
	var last int64
	if n, _ := fmt.Sscanf(got.span, "0-%d", &last); n != 1 || last < 1 || last >= u.blob.Size || got.location == nil {
		return nil
	}
	u.at.Store(last + 1)
	u.resumed = true
	return u.goOn(got)
}

// goOn keeps where the upload goes on.
func (u *upload) goOn(got answer) error {
	if u.location = got.location; u.location == nil {
		return errors.New("the registry does not say where the upload goes on")
	}
	return nil
}

// send sends what the registry does not have.
func (u *upload) send(ctx context.Context) error {
	from := u.at.Load()
	c := call{
		method: http.MethodPatch, url: u.location, size: u.blob.Size - from,
		header: map[string]string{"Content-Type": "application/octet-stream"},
		body:   func() (io.ReadCloser, error) { return u.open(from) },
		want:   []int{http.StatusAccepted, http.StatusCreated, http.StatusNoContent},
	}
	if from > 0 {
		c.header["Content-Range"] = fmt.Sprintf("%d-%d", from, u.blob.Size-1)
	}
	got, err := u.session.do(ctx, c)
	if err != nil {
		return err
	}
	return u.goOn(got)
}

// commit has the registry compare what it got with the digest. Where a cut
// connection still brought bytes while another went on, it is neither's fault.
func (u *upload) commit(ctx context.Context) error {
	to := *u.location
	query := to.Query()
	query.Set("digest", u.blob.Digest.String())
	to.RawQuery = query.Encode()
	_, err := u.session.do(ctx, call{method: http.MethodPut, url: &to, header: map[string]string{"Content-Type": "application/octet-stream"}, want: []int{http.StatusCreated, http.StatusNoContent}})
	if err == nil {
		u.finish(&u.count.uploaded)
		return nil
	}
	var answer *transport.Error
	if u.resumed && errors.As(err, &answer) && coded(answer, transport.DigestInvalidErrorCode) {
		u.location = nil
		return &spoiledError{err}
	}
	return err
}

// spoiledError says that a resumed upload came out wrong: a whole one may not.
type spoiledError struct{ error }

// Unwrap gives the registry's words.
func (e *spoiledError) Unwrap() error { return e.error }

// open reads the blob from an offset, and counts.
func (u *upload) open(from int64) (io.ReadCloser, error) {
	r, err := u.blob.Open()
	if err != nil {
		return nil, err
	}
	if s, ok := r.(io.Seeker); ok {
		_, err = s.Seek(from, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, r, from)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading blob %s from byte %d: %w", u.blob.Digest, from, err), r.Close())
	}
	u.at.Store(from)
	return &counted{r, u}, nil
}

// counted counts what is read of a blob.
type counted struct {
	io.ReadCloser
	u *upload
}

// errUsedUp says that a body cannot be sent twice.
var errUsedUp = errors.New("the request was sent again without its body")

// Read reads, and counts. A request that is sent again with a new token has a
// body that was closed; that is no fault of the file's.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	if errors.Is(err, fs.ErrClosed) {
		err = errUsedUp
	}
	c.u.at.Add(int64(n))
	c.u.count.sent.Add(int64(n))
	return n, err
}
