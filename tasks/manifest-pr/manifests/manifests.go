// SPDX-License-Identifier: Apache-2.0

// Package manifests edits all manifests of services, wherever they are read
// from: a folder, or a repository on a forge.
//
// Files ending in .yaml, .yml or .json below the services' paths are looked at,
// and those named Kustomization: each is listed, read and parsed once, however many
// services it is looked at for. A service that no manifest names is an error that
// lists where was looked, for silence would leave it running what it runs.
package manifests

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/adze-ci/adze/internal/manifest"
)

// Service is a service and the image that its manifests should name.
type Service struct {
	// Name is the service's name.
	Name string
	// Image is what its manifests should name.
	Image manifest.Image
	// Commit is the source commit that the image was built from; may be empty.
	Commit string
	// Paths are the files and folders of its manifests, relative to the repository's root.
	Paths []string
}

// File is one manifest.
type File struct {
	// Path is relative to the repository's root, with slashes.
	Path string
	// ID is the git object id of its content, and Mode its mode; empty in a folder.
	ID, Mode string
	// Link is where a symbolic link leads to, relative to the root; empty for files.
	Link string
}

// Source lists and reads manifests.
type Source interface {
	// List gives the files at or below a path; none when there is no such path.
	List(ctx context.Context, path string) ([]File, error)
	// Read gives a file's content.
	Read(ctx context.Context, f File) ([]byte, error)
}

// Ahead is a Source that reads many files with less effort than one by one.
type Ahead interface {
	// ReadAhead makes ready what it can of files that will be read.
	ReadAhead(ctx context.Context, files []File)
}

// Edited is a file with its content before and after.
type Edited struct {
	File
	Before, After []byte
	Changes       []manifest.Change
}

// Plan is what it takes to make the manifests of services name their images.
type Plan struct {
	// Files are the files to change; none when all name the images already.
	Files []Edited
	// Left are values and files that were left alone on purpose.
	Left []Left
	// Links are the symbolic links that lead to a manifest which is not looked at.
	Links []string
}

// Left is a value of a file that mentions an image and was left alone.
type Left struct {
	// File is its path. Line is 0 where all of the file was left alone.
	File string
	manifest.Left
}

// String tells where the value stands and why it was left alone.
func (l Left) String() string {
	if l.Line == 0 {
		return fmt.Sprintf("%s %s", l.File, l.Reason)
	}
	return fmt.Sprintf("%s:%d:%d %s", l.File, l.Line, l.Column, l.Reason)
}

// Warn tells of what was left alone.
func (p Plan) Warn(log *slog.Logger) {
	for _, l := range p.Left {
		if l.Line == 0 {
			log.Warn("left alone, for it "+l.Reason, "service", l.Service, "file", l.File)
			continue
		}
		log.Warn("left alone, for the value "+l.Reason, "service", l.Service, "file", l.File, "line", l.Line, "column", l.Column)
	}
	for _, file := range p.Links {
		log.Warn("left alone, for it is a link; name what it leads to with --path or in adze.yaml", "file", file)
	}
}
