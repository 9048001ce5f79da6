// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/soak"
)

// Wherever an upload is cut, and cut again, the blob comes whole, and what the
// registry got is not sent to it a second time.
func TestUploadIsCutAnywhere(t *testing.T) {
	soak.Each(t, 40, func(t *testing.T, rnd *rand.Rand) {
		blob := layered(t, 1+rnd.Int64N(200_000)).Blobs[0]
		cut := &cutter{next: resuming(t)}
		for left := blob.Size; left > 0 && len(cut.after) < 6; {
			edge := []int64{0, 1, left - 1, left, rnd.Int64N(left + 1)}
			n := edge[rnd.IntN(len(edge))]
			cut.after = append(cut.after, n)
			left -= n
		}
		host := serve(t, func(http.Handler) http.Handler { return cut })
		c := newClient(t, Options{})
		c.transport.(*retry.Transport).Initial, c.firstWait = time.Millisecond, time.Millisecond
		repo, err := c.Repository(host + "/cut/anywhere")
		if err != nil {
			t.Fatal(err)
		}
		count := &progress{}
		if err := c.bringAll(t.Context(), c.session(repo), count, []Blob{blob}); err != nil {
			t.Fatalf("cut after %v of %d: %v", cut.after, blob.Size, err)
		}
		// One byte that came says as little as none: "0-0" stands for both.
		if got, most := cut.bytes.Load(), blob.Size+int64(len(cut.after)); got > most || count.uploaded.Load() != blob.Size {
			t.Errorf("cut after %v: %d bytes of %d came, %d are counted", cut.after, got, blob.Size, count.uploaded.Load())
		}
		layer, err := remote.Layer(repo.Digest(blob.Digest.String()))
		if err != nil {
			t.Fatal(err)
		}
		back, err := layer.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		if digest, n, err := v1.SHA256(back); err != nil || digest != blob.Digest || n != blob.Size {
			t.Errorf("cut after %v: pulled back %s of %d bytes, %v", cut.after, digest, n, err)
		}
	})
}
