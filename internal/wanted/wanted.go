// SPDX-License-Identifier: Apache-2.0

// Package wanted is the file in which the steps of a run tell each other of the
// services of which an image is wanted: what each is built from, and then which
// image of it exists already.
//
// The steps that write and read it run nothing of a Dockerfile.
package wanted

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/adze-ci/adze/internal/handoff"
)

// Schema names the form of the file; a reader refuses any other.
const Schema = "adze.dev/wanted/v1"

const (
	// File is the file's name in a folder of recipes.
	File = "services.json"
	// Files is the folder in there with the Dockerfiles, at their paths in the repository.
	Files = "files"
)

// KeyTagPrefix begins the tags under which images are found by what they were built
// from.
const KeyTagPrefix = "adze-build-"

// maxSize is how many bytes the file may have.
const maxSize = 16 << 20

// list is what the file holds.
type list struct {
	Schema   string    `json:"schema"`
	Services []Service `json:"services"`
}

// Service is one of which an image is wanted.
type Service struct {
	Name string `json:"name"`
	// Image is the repository that the image is for, without a tag.
	Image string `json:"image"`
	// Context and Dockerfile are paths from the repository's root.
	Context    string `json:"context"`
	Dockerfile string `json:"dockerfile"`
	// Target is the Dockerfile's stage to build; empty for the last.
	Target string `json:"target,omitempty"`
	// BuildArgs are NAME=VALUE, in the order of their names.
	BuildArgs []string `json:"buildArgs,omitempty"`
	// InputHash is the hash over all inputs.
	InputHash string `json:"inputHash"`
	// Digest is that of the image that exists; empty where none was found, or
	// nobody has looked yet.
	Digest string `json:"digest,omitempty"`
	// KeyTag is the tag under which later runs find that image; empty for none.
	KeyTag string `json:"keyTag,omitempty"`
}

// Write makes or replaces the file; everybody may read it.
func Write(file string, services []Service) error {
	if err := handoff.Write(file, maxSize, list{Schema, services}); err != nil {
		return fmt.Errorf("writing the services to %s: %w", file, err)
	}
	return nil
}

// Read reads the file strictly: an unknown field, a second document, a path that
// leads out of the repository or a digest that is none is an error.
func Read(file string) ([]Service, error) {
	var l list
	err := handoff.Read(file, maxSize, &l)
	if err == nil {
		err = l.check()
	}
	if err != nil {
		return nil, fmt.Errorf("reading the services in %s: %w", file, err)
	}
	return l.Services, nil
}

func (l list) check() error {
	if l.Schema != Schema {
		return fmt.Errorf("schema is %q, want %q", l.Schema, Schema)
	}
	for _, s := range l.Services {
		if err := s.check(); err != nil {
			return fmt.Errorf("service %q: %w", s.Name, err)
		}
	}
	return nil
}

// check holds a service to what its fields say.
func (s Service) check() error {
	switch {
	case s.Name == "" || s.Image == "" || s.InputHash == "":
		return errors.New("name, image or inputHash is empty")
	case !filepath.IsLocal(s.Context) || !filepath.IsLocal(s.Dockerfile):
		return fmt.Errorf("context %q or dockerfile %q leads out of the repository", s.Context, s.Dockerfile)
	case s.KeyTag != "" && !strings.HasPrefix(s.KeyTag, KeyTagPrefix):
		return fmt.Errorf("keyTag %q does not begin with %s", s.KeyTag, KeyTagPrefix)
	case s.Digest == "":
		return nil
	}
	_, err := v1.NewHash(s.Digest)
	return err
}
