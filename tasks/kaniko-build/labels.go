// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"net/url"
	"path"
	"slices"

	"github.com/adze-ci/adze/internal/monorepo"
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
	from := baseImage(r, stages)
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
func baseImage(r *recipe.Recipe, stages []stage) string {
	i := targetOf(stages, r.Target)
	if i < 0 {
		return ""
	}
	for stages[i].base >= 0 {
		i = stages[i].base
	}
	raw, err := r.Read()
	if err != nil {
		return ""
	}
	found, err := monorepo.ReadDockerfile(raw, r.Args())
	if err != nil {
		return ""
	}
	line := stages[i].instructions[0].Line
	at := slices.IndexFunc(found.Images, func(image monorepo.ImageRef) bool { return image.Base && image.Line == line })
	if at < 0 {
		return ""
	}
	return found.Images[at].Name
}

// digestOf is what a base's name led to when the plan was made.
func digestOf(p *plan.Plan, image string) string {
	if p == nil || image == "" {
		return ""
	}
	at := slices.IndexFunc(p.Bases, func(b plan.Base) bool { return b.Name == image })
	if at < 0 {
		return ""
	}
	return p.Bases[at].Digest
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
