// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"net/http"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func TestLabel(t *testing.T) {
	host := serve(t, func(h http.Handler) http.Handler { return h })
	c := newClient(t, Options{Insecure: []string{host}})
	const key = "org.opencontainers.image.revision"
	labelled, err := mutate.Config(image(t), v1.Config{Labels: map[string]string{key: "label"}})
	if err != nil {
		t.Fatal(err)
	}
	annotated := mutate.Annotations(labelled, map[string]string{key: "annotation"}).(v1.Image) //nolint:forcetypeassert // what it got
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: labelled})
	for tag, given := range map[string]struct {
		put  remote.Taggable
		want string
	}{
		"label": {labelled, "label"}, "annotation": {annotated, "annotation"}, "index": {index, "label"},
		"annotated-index": {mutate.Annotations(index, map[string]string{key: "of the index"}).(v1.ImageIndex), "of the index"}, //nolint:forcetypeassert // what it got
		"silent":          {image(t), ""},
	} {
		ref, err := c.Reference(host + "/app:" + tag)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Label(t.Context(), ref, key); !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: before it is there: %v", tag, err)
		}
		switch put := given.put.(type) {
		case v1.Image:
			err = remote.Write(ref, put)
		case v1.ImageIndex:
			err = remote.WriteIndex(ref, put)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Label(t.Context(), ref, key); err != nil || got != given.want {
			t.Errorf("%s: got %q, %v; want %q", tag, got, err, given.want)
		}
	}
}
