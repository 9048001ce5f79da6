// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// images finds services by the names of their images.
type images struct {
	all []Service
	// byLast holds services by the last word of their image's name.
	byLast map[string][]Service
}

func newImages(services []Service) *images {
	i := &images{services, map[string][]Service{}}
	for _, s := range services {
		last := path.Base(plainImage(s.Image))
		i.byLast[last] = append(i.byLast[last], s)
	}
	return i
}

// named are the services whose image a Dockerfile may mean. Of a name that
// depends on the build, all services that it can stand for are meant; where it
// has a default, the default, and those that are named alike but for what is
// before the last word.
func (i *images) named(ref ImageRef) []Service {
	var found []Service
	if ref.Name != "" {
		found = i.like(plainImage(ref.Name))
	}
	loose := plainImage(ref.Loose)
	if name, ok := strings.CutPrefix(loose, "*"); ok && name != "" && !strings.ContainsAny(name, "*/") {
		loose = "*/" + name // what stands before it may end in a slash
	}
	if ref.Loose != "" && (ref.Name == "" || !strings.Contains(path.Base(loose), "*")) {
		for _, s := range i.like(loose) {
			if !slices.ContainsFunc(found, func(f Service) bool { return f.Name == s.Name }) {
				found = append(found, s)
			}
		}
	}
	return found
}

// like are the services whose image has a name in which * stands for anything.
func (i *images) like(name string) []Service {
	among := i.all
	if last := path.Base(name); !strings.Contains(last, "*") {
		among = i.byLast[last]
	}
	var found []Service
	for _, s := range among {
		if likeImage(name, plainImage(s.Image)) {
			found = append(found, s)
		}
	}
	return found
}

// likeImage tells whether a name in a Dockerfile may be a service's image. Where
// no registry of that is known, any may stand before it.
func likeImage(name, image string) bool {
	if !hasRegistry(image) {
		words := strings.Split(name, "/")
		name = strings.Join(words[max(0, len(words)-1-strings.Count(image, "/")):], "/")
	}
	if !strings.Contains(name, "*") {
		return name == image
	}
	parts := strings.Split(name, "*")
	for k := range parts {
		parts[k] = regexp.QuoteMeta(parts[k])
	}
	ok, err := regexp.MatchString("(?s)^"+strings.Join(parts, ".*")+"$", image)
	return ok || err != nil
}

// plainImage is an image's name without tag, digest, and what stands for
// Docker's own registry.
func plainImage(name string) string {
	name = strings.ToLower(withoutTag(name))
	for _, prefix := range []string{"docker.io/", "index.docker.io/", "library/"} {
		name = strings.TrimPrefix(name, prefix)
	}
	return name
}

func withoutTag(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name
}

// hasRegistry tells whether an image's name begins with a registry, which has
// a dot or a port, or is localhost.
func hasRegistry(image string) bool {
	host, _, ok := strings.Cut(image, "/")
	return ok && (strings.ContainsAny(host, ".:") || host == "localhost")
}
