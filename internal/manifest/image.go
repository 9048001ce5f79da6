// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"regexp"
	"strings"
)

// Form is how a reference is written.
type Form string

// The forms of a reference.
const (
	ByTag          Form = "tag"
	ByDigest       Form = "digest"
	ByTagAndDigest Form = "tag@digest"
)

// Image is the image that manifests should name.
type Image struct {
	// Repository is the registry and the name, for example registry.example/library/admin.
	Repository string
	// Tag may be empty where the form is ByDigest.
	Tag string
	// Digest is algorithm:hex, or empty while it is not known. A kustomization or Helm
	// value that pins a digest can be set only when it is known.
	Digest string
	// Form chooses what `image:` values name; empty stands for ByTag.
	Form Form
}

// The grammar of the distribution project, https://github.com/distribution/reference,
// narrowed to what needs no escapes in any YAML style.
var (
	repositoryPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*$`)
	tagPattern        = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	digestPattern     = regexp.MustCompile(`^[a-z0-9]+([+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$`)
)

// Parse splits a reference into repository, tag and digest.
func Parse(ref string) (Image, error) {
	img := split(ref)
	switch {
	case img.Tag == "" && img.Digest == "":
		return img, fmt.Errorf("image reference %q has neither tag nor digest", ref)
	case img.Tag == "":
		img.Form = ByDigest
	case img.Digest == "":
		img.Form = ByTag
	default:
		img.Form = ByTagAndDigest
	}
	return img, img.Validate()
}

// split takes a reference apart without judging it. A colon belongs to a port
// when a slash follows it.
func split(ref string) Image {
	rest, digest, _ := strings.Cut(ref, "@")
	img := Image{Repository: rest, Digest: digest}
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, '/') {
		img.Repository, img.Tag = rest[:colon], rest[colon+1:]
	}
	return img
}

// Validate tells whether the image is well-formed and has what its form needs.
func (i Image) Validate() error {
	switch {
	case !repositoryPattern.MatchString(i.Repository):
		return fmt.Errorf("%q is no image repository", i.Repository)
	case i.Tag != "" && !tagPattern.MatchString(i.Tag):
		return fmt.Errorf("%q is no image tag", i.Tag)
	case i.Digest != "" && !digestPattern.MatchString(i.Digest):
		return fmt.Errorf("%q is no image digest", i.Digest)
	case i.Form != ByDigest && i.Tag == "":
		return fmt.Errorf("image %s has no tag", i.Repository)
	case (i.Form == ByDigest || i.Form == ByTagAndDigest) && i.Digest == "":
		return fmt.Errorf("image %s has no digest", i.Repository)
	}
	return nil
}

// Reference is the image as its form writes it.
func (i Image) Reference() string {
	switch i.Form {
	case ByDigest:
		return i.Repository + "@" + i.Digest
	case ByTagAndDigest:
		return i.Repository + ":" + i.Tag + "@" + i.Digest
	default:
		return i.Repository + ":" + i.Tag
	}
}

// lastName is the part of the repository that every way of writing it holds.
func (i Image) lastName() string {
	return i.Repository[strings.LastIndexByte(i.Repository, '/')+1:]
}
