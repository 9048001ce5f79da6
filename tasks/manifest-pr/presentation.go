// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// presentation are the flags that say how pull requests look. None is needed.
type presentation struct {
	folder              string // with files named as flags
	title, body, branch string
	draft               bool
	labels, assignees   []string
	reviewers, teams    []string
	autoMerge           string
	author              string
	signOff, signed     bool
	milestone           string
	pipelineRun, pusher string
	summaries           []string
	look                propose.Look
}

// noMerge says that a person merges.
const noMerge = "no"

func (p *presentation) addFlags(f *step.Flags) {
	f.StringVar(&p.folder, "look", "", "`FOLDER` with files title-template, body-template, branch-template, author, sign-off and signed-commits, each optional, which say what the flags of these names leave open")
	f.StringVar(&p.title, "title-template", "", "Go `TEMPLATE` of what follows "+strings.TrimSpace(propose.Prefix)+" in titles")
	f.StringVar(&p.body, "body-template", "", "Go `TEMPLATE` of pull requests' texts")
	f.StringVar(&p.branch, "branch-template", "", "Go `TEMPLATE` of branches' names, which begin with adze/ and hold {{.Key}}")
	f.BoolVar(&p.draft, "draft", false, "open pull requests as drafts")
	f.ArrayVar(&p.labels, "label", "labels to add to pull requests")
	f.ArrayVar(&p.reviewers, "reviewer", "people, by login, to ask for a review")
	f.ArrayVar(&p.teams, "team-reviewer", "teams, by slug, to ask for a review")
	f.ArrayVar(&p.assignees, "assignee", "people, by login, to assign")
	f.StringVar(&p.milestone, "milestone", "", "`MILESTONE` to set: the number of one, or the title of an open one; a title of digits alone is taken for a number, and 0: none")
	f.ChoiceVar(&p.autoMerge, "auto-merge", noMerge, append([]string{noMerge}, propose.AutoMerges()...), "how the forge is to merge as soon as checks and reviews let it")
	f.StringVar(&p.author, "author", "", "who the commits are by, an `AUTHOR` as git shows one: name, and address in angle brackets; default: whose credentials they are made with")
	f.BoolVar(&p.signOff, "sign-off", false, "add Signed-off-by with --author to the commits")
	f.BoolVar(&p.signed, "signed-commits", false, "make commits that the forge signs, by whose credentials they are made with")
	f.StringVar(&p.pipelineRun, "pipeline-run", "", "the PipelineRun that proposes, `NAMESPACE/NAME`, to name in commits and pull requests")
	f.StringVar(&p.pusher, "pusher", "", "`LOGIN` of who pushed what was built, to name in commits and pull requests")
	f.ArrayVar(&p.summaries, "summary", "SERVICE=TEXT: what the scan of a service said, to show in its pull request; default: what scan-gate left in the registry")
}

// validate checks the flags and makes the look of them.
func (p *presentation) validate(base string) (err error) {
	if p.folder != "" {
		if err := p.readFolder(); err != nil {
			return err
		}
	}
	l := propose.Look{SignOff: p.signOff, Signed: p.signed, PipelineRun: p.pipelineRun, Pusher: p.pusher}
	if l.Templates, err = propose.ParseTemplates(p.title, p.body, p.branch, base); err != nil {
		return step.Misuse("%w", err)
	}
	if p.author != "" {
		if l.Author, err = propose.ParseAuthor(p.author); err != nil {
			return step.Misuse("--author: %w", err)
		}
	}
	switch {
	case p.signOff && p.author == "":
		return step.Misuse("--sign-off needs --author, who signs off")
	case p.signed && p.author != "":
		return step.Misuse("both --signed-commits and --author are given: the forge signs only for whose credentials it is given")
	case p.draft && p.autoMerge != noMerge:
		return step.Misuse("both --draft and --auto-merge are given, and the forge merges no draft")
	}
	if l.Summaries, err = parseSummaries(filled(p.summaries)); err != nil {
		return err
	}
	l.Extras = propose.Extras{
		Draft: p.draft, Labels: unlike(p.labels), Assignees: unlike(p.assignees), Reviewers: unlike(p.reviewers), Teams: unlike(p.teams),
	}
	if p.milestone != "0" {
		l.Extras.Milestone = p.milestone
	}
	if p.autoMerge != noMerge {
		l.Extras.AutoMerge = p.autoMerge
	}
	p.look = l
	return nil
}

func parseSummaries(pairs []string) (map[string]string, error) {
	all := map[string]string{}
	for _, pair := range pairs {
		service, text, ok := strings.Cut(pair, "=")
		if !ok || !serviceName.MatchString(service) {
			return nil, step.Misuse("--summary=%q is not SERVICE=TEXT", pair)
		}
		if _, twice := all[service]; twice {
			return nil, step.Misuse("--summary names service %s twice", service)
		}
		all[service] = text
	}
	return all, nil
}

// unlike leaves out empty words and those that differ from one before in upper and
// lower case only, which to a forge is the same.
func unlike(words []string) []string {
	var kept []string
	for _, w := range filled(words) {
		if !slices.ContainsFunc(kept, func(k string) bool { return strings.EqualFold(k, w) }) {
			kept = append(kept, w)
		}
	}
	return kept
}
