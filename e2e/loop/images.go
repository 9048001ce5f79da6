// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Digest is what a service's tag names in the registry; empty when there is no
// such tag.
func (l *Loop) Digest(ctx context.Context, service, tag string) (string, error) {
	ref, err := l.tag(service, tag)
	if err != nil {
		return "", err
	}
	d, err := remote.Head(ref, l.reach(ctx)...)
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return d.Digest.String(), nil
}

// Image is what a service's tag names in the registry, to be read from there.
func (l *Loop) Image(ctx context.Context, service, tag string) (v1.Image, error) {
	ref, err := l.tag(service, tag)
	if err != nil {
		return nil, err
	}
	return remote.Image(ref, l.reach(ctx)...)
}

func (l *Loop) tag(service, tag string) (name.Tag, error) {
	return name.NewTag(l.ImagePrefix + "/" + service + ":" + tag)
}

// reach are the options that reach the registry.
func (l *Loop) reach(ctx context.Context) []remote.Option {
	return append([]remote.Option{remote.WithContext(ctx)}, l.Remote...)
}
