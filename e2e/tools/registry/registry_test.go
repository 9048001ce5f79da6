// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// What is pushed is there, and what is deleted is gone.
func TestRegistry(t *testing.T) {
	o, err := parse([]string{"--anonymous", "--root", t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	h, err := o.handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	img, err := random.Image(1024, 2)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewDigest(strings.TrimPrefix(srv.URL, "http://") + "/any/thing@" + digest.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	if got, err := remote.Head(ref); err != nil || got.Digest != digest {
		t.Errorf("pushed %s, has %v, %v", digest, got, err)
	}
	if err := remote.Delete(ref); err != nil {
		t.Error(err)
	}
	if got, err := remote.Head(ref); err == nil {
		t.Errorf("deleted, and has %v", got)
	}
}

func TestMisuse(t *testing.T) {
	for _, args := range []string{"", "--anonymous --cert c", "--anonymous --key k", "--htpasswd f"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("registry %s: accepted, want an error", args)
		}
	}
}
