// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"maps"
	"slices"
)

// FileName is where the configuration lies in a repository.
const FileName = "adze.yaml"

// APIVersion and Kind head the file.
const (
	APIVersion = "adze.dev/v1alpha1"
	Kind       = "Monorepo"
)

// Config is what adze.yaml says.
type Config struct {
	// File is the file's path, for messages; empty when there is none.
	File string
	// Registry is the prefix of image names, for example harbor.example.com/library.
	Registry string
	// Discover are globs of folders; each match that holds a Dockerfile is a
	// service. All folders are meant where neither it nor List says anything.
	Discover []string
	// List are the services that are named one by one.
	List []Entry
	// Derive are the readers that find out what services are made of, of those
	// that Derivable names; nil stands for all. An empty list makes a declared graph: folders, inputs,
	// dependsOn, ignore and global alone say what a service is made of.
	Derive []string
	// Ignore are the paths whose change affects nothing.
	Ignore Patterns
	// Global are the paths whose change affects every service.
	Global Patterns

	// Lines are the lines of the keys, and of the words in their lists as
	// "discover microservices/*"; those of services.list are in its entries.
	Lines map[string]int
	// columns are where on their lines these stand, and the entries' keys and words.
	columns map[spot]int
}

// Column is where on a line a key, or a word of its list such as "dependsOn
// user", stands; 0 where that is not known. An entry of services.list has no key.
func (c *Config) Column(line int, key string) int { return c.columns[spot{line, key}] }

// Derivable are the readers that derive may name; all of them is the default.
func Derivable() []string { return []string{"dockerfile", "go", "node", "links"} }

// Derives tells whether a reader is switched on.
func (c *Config) Derives(reader string) bool {
	return c.Derive == nil || slices.Contains(c.Derive, reader)
}

// Entry is one item of services.list, as written.
type Entry struct {
	Name, Path, Context, Dockerfile, Image, Target string

	Inputs    Patterns
	BuildArgs map[string]string
	DependsOn []string
	Manifests []string

	// Line is where the entry begins.
	Line int
	// Lines are the lines of the entry's keys, and of the words in their lists
	// as "dependsOn user".
	Lines map[string]int
}

// Default is the configuration of a repository without adze.yaml: every folder
// with a Dockerfile is a service.
func Default() *Config { return &Config{Discover: []string{"**"}, Derive: Derivable()} }

// Service is one image's part of the repository.
type Service struct {
	// Name is unique in the repository.
	Name string `json:"name"`
	// Path is the service's folder.
	Path string `json:"path"`
	// Context is the build context.
	Context string `json:"context"`
	// Dockerfile is the Dockerfile's path from the repository's root.
	Dockerfile string `json:"dockerfile"`
	// Image is the repository that the image is pushed to, without a tag; the
	// bare name when no registry is known.
	Image string `json:"image"`
	// Written is the image's name as adze.yaml has it, or else the service's.
	Written string `json:"-"`
	// Inputs add to the derived inputs, or take away.
	Inputs Patterns `json:"-"`
	// BuildArgs are the build's arguments.
	BuildArgs map[string]string `json:"buildArgs,omitempty"`
	// Target is the Dockerfile's stage to build; empty for the last.
	Target string `json:"target,omitempty"`
	// DependsOn names services whose change affects this one.
	DependsOn []string `json:"dependsOn,omitempty"`
	// Manifests are folders or files that deploy the service.
	Manifests []string `json:"manifests,omitempty"`

	// Lines are the lines in adze.yaml where keys of the service stand.
	Lines map[string]int `json:"-"`
}

// Args are the build arguments as NAME=VALUE, in the order of their names.
func (s Service) Args() []string {
	args := []string{}
	for _, name := range slices.Sorted(maps.Keys(s.BuildArgs)) {
		args = append(args, name+"="+s.BuildArgs[name])
	}
	return args
}

// ImageIn is Image with another registry in the place of adze.yaml's; none
// given, it is Image. Dockerfiles go on naming each other's images by Image.
func (s Service) ImageIn(registry string) string {
	if registry == "" {
		return s.Image
	}
	return imageName(registry, s.Written)
}
