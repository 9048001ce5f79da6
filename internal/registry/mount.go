// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
)

// begin mounts the blob or else starts an upload. A registry that does not find
// the blob where it is to be mounted from starts one too, which is left to those
// that it tidies up while there is another place to mount from. A refusal, such as
// Harbor's 400 to a name of one part, may be meant for that place alone; that there
// is no room for the blob is not.
func (u *upload) begin(ctx context.Context) (mounted bool, err error) {
	u.at.Store(0)
	u.resumed = false
	for _, from := range u.sources() {
		mounted, err := u.mount(ctx, from)
		why := refusalOf(err)
		if err != nil && (statusOf(err) == 0 || worthAnotherTry(ctx, err) || why == Quota || why == ReadOnly) {
			return false, err
		}
		if mounted {
			return true, nil
		}
	}
	if u.location != nil {
		return false, nil
	}
	return u.post(ctx, u.session.repo)
}

// sources are the repositories that the blob can be mounted from.
func (u *upload) sources() []name.Repository {
	return slices.DeleteFunc(slices.Clone(u.blob.In), func(r name.Repository) bool {
		return r.RegistryStr() != u.session.repo.RegistryStr() || r == u.session.repo
	})
}

// mount mounts the blob, if it is who pushes who has it. To find that out it is
// read, which is not done for a repository that does not have it.
func (u *upload) mount(ctx context.Context, from name.Repository) (mounted bool, err error) {
	if u.blob.Own != nil && !u.owned {
		if has, err := u.has(ctx, from); err != nil || !has {
			return false, err
		}
		if err := u.blob.Own(); err != nil {
			return false, err
		}
		u.owned = true
	}
	return u.post(ctx, from)
}

func (u *upload) post(ctx context.Context, from name.Repository) (mounted bool, err error) {
	to := at(u.session.repo, "blobs/uploads/")
	if from != u.session.repo {
		to.RawQuery = url.Values{"mount": {u.blob.Digest.String()}, "from": {from.RepositoryStr()}}.Encode()
	}
	got, err := u.session.do(ctx, call{method: http.MethodPost, url: to, from: from, want: []int{http.StatusCreated, http.StatusAccepted}})
	if err != nil {
		return false, err
	}
	if got.status == http.StatusCreated {
		u.finish(&u.count.mounted)
		return true, nil
	}
	return false, u.goOn(got)
}
