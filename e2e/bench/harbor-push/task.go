// SPDX-License-Identifier: Apache-2.0

package main

// wayOwn is what the others are compared with, and the next two are what it may not
// be slower than.
const (
	wayOwn       = "harbor-push"
	wayCrane     = "crane push"
	wayCraneCopy = "crane copy"
)

// The names of the tasks.
const (
	taskNew      = "push, the registry has nothing"
	taskChanged  = "push, it lacks one layer of eight"
	taskAgain    = "push, it has all"
	taskPromote  = "to another repository"
	taskTransfer = "to another registry"
	taskTag      = "a tag on what is there"
)

// task is something that is to be done with an image.
type task struct {
	name string
	// before says that the image before is in the registry already, after that
	// the image itself is.
	before, after bool
	// away says that the image goes to another registry.
	away bool
	// repository is where it ends.
	repository string
	ways       []way
}

// way is a way to do it.
type way struct {
	name    string
	command func(p programs, a ask) []string
}

// ask is what is to be done: the layout, the image in the registry, and where it
// is to be under which tag.
type ask struct {
	layout, from, to, tag string
}

// tasks are all of them, in the order of the table.
func tasks() []task {
	return []task{
		{name: taskNew, repository: "library/app", ways: pushes()},
		{name: taskChanged, before: true, repository: "library/app", ways: pushes()},
		{name: taskAgain, after: true, repository: "library/app", ways: pushes()},
		{name: taskPromote, after: true, repository: "release/app", ways: copies()},
		{name: taskTransfer, after: true, away: true, repository: "library/app", ways: copies()},
		{name: taskTag, after: true, repository: "library/app", ways: tags()},
	}
}

// pushes are the ways from a layout.
func pushes() []way {
	return []way{
		{wayOwn, func(p programs, a ask) []string { return push(p, a, a.layout) }},
		{wayCrane, func(p programs, a ask) []string {
			return []string{p.crane, "push", a.layout, a.to + ":" + a.tag}
		}},
		{"skopeo copy", func(p programs, a ask) []string { return skopeo(p, a, "oci:"+a.layout) }},
	}
}

// copies are the ways from a registry.
func copies() []way {
	return between(wayCraneCopy, func(p programs, a ask) []string {
		return []string{p.crane, "copy", a.from, a.to + ":" + a.tag}
	})
}

// tags are the ways to a tag.
func tags() []way {
	return between("crane tag", func(p programs, a ask) []string {
		return []string{p.crane, "tag", a.from, a.tag}
	})
}

func between(name string, crane func(p programs, a ask) []string) []way {
	return []way{
		{wayOwn, func(p programs, a ask) []string { return push(p, a, a.from) }},
		{name, crane},
		{"skopeo copy", func(p programs, a ask) []string { return skopeo(p, a, "docker://"+a.from) }},
	}
}

func push(p programs, a ask, from string) []string {
	return []string{p.adze, "--from=" + from, "--image=" + a.to, "--tag=" + a.tag, "--harbor=no"}
}

func skopeo(p programs, a ask, from string) []string {
	return []string{p.skopeo, "--insecure-policy", "copy", "--quiet", from, "docker://" + a.to + ":" + a.tag}
}
