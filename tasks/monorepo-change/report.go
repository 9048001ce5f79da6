// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/step"
)

// report is the answer.
type report struct {
	// Any tells whether a service is affected.
	Any bool `json:"any"`
	// Count is how many are.
	Count int `json:"count"`
	// All tells that all are affected because nothing better could be known.
	All bool `json:"all"`
	// Affected are the affected services, by name.
	Affected []affected `json:"affected"`
	// Removed are the services that are no more.
	Removed []string `json:"removed"`
	// Gone are listed services whose Dockerfile is not in the repository.
	Gone []string `json:"gone,omitempty"`
	// Base and Head are commit ids; Base is empty where there was none.
	Base string `json:"base"`
	Head string `json:"head"`
	// Changed is how many files differ.
	Changed int `json:"changed"`
	// Reason says what was compared, or why all are affected.
	Reason string `json:"reason"`

	causes map[string]monorepo.Cause
	// bases are the commits since which services are affected, where they are
	// compared with commits of their own.
	bases map[string]string
	graph *monorepo.Graph
	// changes are, by service, the paths that differ since its base.
	changes map[string][]string
	// compared are the commits that the service to explain was compared with.
	compared []string
	// hashes are the input hashes of the services that are told of, where the
	// answer shows them.
	hashes map[string]string
}

// affected is one affected service and why.
type affected struct {
	Name string `json:"name"`
	// Path is the changed file; empty where no file is to blame. Bytes that
	// are not UTF-8 are written as git writes them, in quotes.
	Path string `json:"path,omitempty"`
	// Via are the edges from the service to the one that the file belongs to.
	Via []monorepo.Edge `json:"via,omitempty"`
	// Because says what made the file, or the service, matter.
	Because string `json:"because"`
	// Base is the commit since which it is; empty where there was none.
	Base string `json:"base"`
	// InputHash is the hash over all inputs, as the subcommand fetch gives it;
	// set where the answer is written as JSON.
	InputHash string `json:"inputHash,omitempty"`
}

// fill makes the list of affected services out of the causes.
func (r *report) fill(s monorepo.Services) {
	for _, svc := range s.All {
		if cause, ok := r.causes[svc.Name]; ok {
			r.Affected = append(r.Affected, affected{
				Name: svc.Name, Path: readable(cause.Path), Via: cause.Via, Because: because(cause), Base: r.since(svc.Name),
			})
		}
	}
	r.count()
}

// since is the commit since which a service is affected.
func (r *report) since(service string) string {
	if own, ok := r.bases[service]; ok {
		return own
	}
	return r.Base
}

func (r *report) count() {
	r.Count = len(r.Affected)
	r.Any = r.Count > 0
}

func (r *report) names() []string {
	names := make([]string, 0, len(r.Affected))
	for _, a := range r.Affected {
		names = append(names, a.Name)
	}
	return names
}

// because says in words what made a file matter.
func because(c monorepo.Cause) string {
	if c.Note != "" {
		return c.Note
	}
	root, place := readable(c.Input.Root), readable(c.Input.Place.String())
	switch c.Input.Kind {
	case "folder":
		return "it is in the service's folder " + root
	case "dockerfile":
		return "the build reads it"
	case "copy":
		return "the Dockerfile copies it, " + place
	case "replace":
		return "go.mod replaces a module by " + root + ", " + place
	case "module":
		return "it belongs to the service's Go module or workspace, " + place
	case "import":
		return "the service's Go code imports it, " + place
	case "node":
		return "it belongs to the service's npm packages, " + place
	case "link":
		return "a symlink leads to it, " + place
	default:
		return "inputs name it, " + place
	}
}

// maxReason is how much of the reason, in characters, the result holds. It may
// quote a file that cannot be understood, and is for people: the whole is in the
// log and in the answer on stdout, and names of services have room beside it.
const maxReason = 500

// hand sets the results. More services than a matrix can take are refused.
func (o *options) hand(rep *report) error {
	if *o.results.affected.Path() != "" && rep.Count > o.maxAffected {
		err := fmt.Errorf("%d services are affected, and a Tekton matrix takes %d", rep.Count, o.maxAffected)
		return step.Hint(err, "raise default-max-matrix-combinations-count in Tekton's config-defaults and --max-affected with it, or build in several runs with --service")
	}
	o.results.affected.SetArray(rep.names())
	o.results.removed.SetArray(slices.Clone(rep.Removed))
	o.results.any.Set(strconv.FormatBool(rep.Any))
	o.results.count.Set(strconv.Itoa(rep.Count))
	o.results.base.Set(rep.Base)
	o.results.head.Set(rep.Head)
	o.results.reason.Set(plain.Line(rep.Reason, maxReason))
	return nil
}
