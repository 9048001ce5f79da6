// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Digest is what a service's tag names in the registry; empty when there is no
// such tag.
func (l *Loop) Digest(ctx context.Context, service, tag string) (string, error) {
	ref, err := name.NewTag(l.ImagePrefix + "/" + service + ":" + tag)
	if err != nil {
		return "", err
	}
	d, err := remote.Head(ref, append([]remote.Option{remote.WithContext(ctx)}, l.Remote...)...)
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return d.Digest.String(), nil
}
