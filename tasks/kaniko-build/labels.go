// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"net/url"
	"path"

	"github.com/adze-ci/adze/internal/plan"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// labels are those of https://github.com/opencontainers/image-spec/blob/main/annotations.md
//
// An image has its base's labels where it does not set them, and they would be
// taken for its own: what is not known is emptied, and so is the version, which a
// LABEL line of the Dockerfile tells. Such lines come after these labels, and count
// in their place.
func (o *options) labels(r *recipe.Recipe, stages []stage, p *plan.Plan) []string {
	from := baseImage(stages, targetOf(stages, r.Target))
	title := ""
	if o.image != "" {
		title = path.Base(o.image)
	}
	var labels []string
	for _, l := range []struct{ name, value string }{
		{"title", title},
		{"source", withoutSecrets(o.url)},
		{"revision", o.revision},
		{"version", ""},
		{"ref.name", ""},
		{"created", o.created},
		{"base.name", from},
		{"base.digest", digestOf(p, from)},
	} {
		if l.value != "" || from != "" {
			labels = append(labels, "org.opencontainers.image."+l.name+"="+l.value)
		}
	}
	return labels
}

// baseImage is the image that the target is made of, by its name; empty for
// scratch, and where a variable hides the name.
func baseImage(stages []stage, target int) string {
	if target < 0 {
		return ""
	}
	for stages[target].base >= 0 {
		target = stages[target].base
	}
	return stages[target].image
}

// digestOf is what a base's name led to when the plan was made.
func digestOf(p *plan.Plan, image string) string {
	if b := baseOf(p, image); b != nil {
		return b.Digest
	}
	return ""
}

// withoutSecrets takes user, password and query out of a URL.
func withoutSecrets(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
