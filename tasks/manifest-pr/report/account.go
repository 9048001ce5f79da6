// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
)

// account is what became of a run.
type account struct {
	// Run is the PipelineRun's name.
	Run string `json:"run"`
	// Reason is why these services are affected, or why nothing is known.
	Reason string `json:"reason,omitempty"`
	// Services are the affected ones, by name.
	Services []service `json:"services"`
	// PullRequests are the addresses of those that are open.
	PullRequests []string `json:"pullRequests,omitempty"`
	// Troubles are what went wrong outside of single services.
	Troubles []string `json:"troubles,omitempty"`

	unaffected bool
}

// service is what became of one service.
type service struct {
	Name string `json:"name"`
	// Image is the image's digest, empty when none was pushed.
	Image string `json:"image,omitempty"`
	// Build and Gate are what these steps said, "-" when they were not reached.
	Build string `json:"build"`
	Gate  string `json:"gate"`
	// Proposal is what manifest-pr did: opened, updated, held-back and the like.
	Proposal string `json:"proposal,omitempty"`
	// Why says why the image did not get its tag.
	Why string `json:"why,omitempty"`
}

func accountOf(run string, runs []taskRun) account {
	a := account{Run: run, Services: []service{}}
	var proposals map[string]string
	for _, r := range runs {
		switch r.task() {
		case taskChanges:
			a.Reason = plain.Line(find(r.Status.Results, "reason").text(), maxSentence)
			a.unaffected = find(r.Status.Results, "any").text() == "false"
			a.Services = append(a.Services, existing(r)...)
			a.trouble(r)
		case taskImage:
			a.Services = append(a.Services, imageOf(r))
		case taskManifests:
			proposals = proposalsOf(find(r.Status.Results, "outcome").text())
			a.PullRequests = find(r.Status.Results, "pull-request-urls").list()
			a.trouble(r)
		}
	}
	for i := range a.Services {
		a.Services[i].Proposal = proposals[a.Services[i].Name]
	}
	slices.SortFunc(a.Services, func(x, y service) int { return cmp.Compare(x.Name, y.Name) })
	return a
}

// proposalsOf turns manifest-pr's lists of services into an outcome for each; a
// task that failed may have made none.
func proposalsOf(outcome string) map[string]string {
	var lists map[string][]string
	_ = json.Unmarshal([]byte(outcome), &lists)
	proposals := map[string]string{}
	for word, names := range lists {
		for _, name := range names {
			proposals[name] = word
		}
	}
	return proposals
}

// trouble notes a task that did not succeed.
func (a *account) trouble(r taskRun) {
	if r.succeeded().Status != "True" {
		a.Troubles = append(a.Troubles, fmt.Sprintf("%s: %s", r.task(), why(r)))
	}
}

// The most that is shown of a word and of a sentence, in characters. A
// digest is 71 long.
const (
	maxWord     = 80
	maxSentence = 500
)

// imageOf reads the TaskRun of one member of the matrix. Any result may be the
// word of a Dockerfile's RUN line, "outcome" foremost.
func imageOf(r taskRun) service {
	word := func(name string) string { return plain.Line(find(r.Status.Results, name).text(), maxWord) }
	s := service{
		Name:  find(r.Spec.Params, "service").text(),
		Image: word("IMAGE_DIGEST"),
		Build: cmp.Or(word("outcome"), "-"),
		Gate:  cmp.Or(word("verdict"), "-"),
	}
	if r.succeeded().Status != "True" {
		s.Why = why(r)
		if s.Image == "" && s.Build != "-" {
			s.Build = "failed: " + s.Build
		}
	}
	return s
}

// why says which step ended a TaskRun and how, or else what Tekton says.
func why(r taskRun) string {
	for _, st := range r.Status.Steps {
		if st.Terminated == nil || st.Terminated.ExitCode == 0 || st.TerminationReason == "Skipped" {
			continue
		}
		said := st.ending()
		if note := noteOf(st.Results); note != "" {
			said += ": " + plain.Line(note, maxSentence)
		}
		return fmt.Sprintf("%s %s (kubectl logs -n %s %s -c %s)", st.Name, said, r.Metadata.Namespace, r.Status.PodName, st.Container)
	}
	c := r.succeeded()
	if c.Status == "Unknown" {
		return "still running"
	}
	first, _, _ := strings.Cut(c.Message, "\n")
	return plain.Line(c.Reason+": "+first, maxSentence)
}

// ending puts a step's exit code into words; the codes are those of all
// binaries of adze, 137 is the kernel's.
func (st stepState) ending() string {
	if st.Terminated.Reason == "OOMKilled" {
		return "ran out of memory"
	}
	switch st.Terminated.ExitCode {
	case 2:
		return "was misused"
	case 3:
		return "refused it"
	case 4:
		return "could not judge it"
	case 137:
		return "was killed"
	}
	if st.TerminationReason == "TimeoutExceeded" {
		return "took too long"
	}
	return fmt.Sprintf("failed with exit code %d", st.Terminated.ExitCode)
}

// noteOf is the sentence in a gate's TEST_OUTPUT.
func noteOf(results []value) string {
	var test struct {
		Note string `json:"note"`
	}
	if json.Unmarshal([]byte(find(results, "TEST_OUTPUT").text()), &test) != nil {
		return ""
	}
	return test.Note
}
