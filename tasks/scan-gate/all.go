// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/wanted"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// all is the subcommand that judges the images of many services that exist
// already, and tags those that pass. A pass is all that it decides: an image that
// is refused, or cannot be judged here, is left to the run of its own service, with
// nothing tagged, kept or removed.
func all() step.Command {
	return step.Command{
		Name: "all", Summary: "judge images of many services that exist already, and tag those that pass",
		New: func() step.Options { return &allOptions{options: options{now: time.Now}} },
	}
}

// budget is how long all images may take. To judge them together saves time, so
// that it must not cost more.
const budget = 3 * time.Minute

type allOptions struct {
	options

	services []string
	found    string

	results           *result.Set
	left, any, tagged *result.Value
}

// AddFlags is part of step.Options.
func (o *allOptions) AddFlags(f *step.Flags) {
	f.ArrayVar(&o.services, "service", "names of the services of which an image is wanted")
	f.StringVar(&o.found, "found", "", "`FILE` that kaniko-build reuse --found wrote, with the images that exist")
	f.StringVar(&o.tag, "tag", "", "`TAG` to put on each image that passes")
	f.StringVar(&o.policy, "policy", "", "policy `FILE`, or a folder with policy.yaml, as for one image")
	o.source.AddFlagsOfMany(f)
	o.registry.AddFlags(f)
	o.results = &f.Results
	o.left = f.ResultArray("left", "the services that have no image yet that passed")
	o.any = f.Result("any-left", "true when there is one, else false")
	o.tagged = f.ResultArray("tagged", "the images that passed, each as SERVICE=DIGEST; not written where they do not fit")
}

// Validate is part of step.Options. What is wrong with the scanner or the registry is
// told by the runs of the services, for here it would end those that affect none too.
func (o *allOptions) Validate() error {
	switch {
	case o.found == "":
		return errors.New("--found is missing")
	case o.tag == "":
		return errors.New("--tag is missing")
	}
	return checkTag("--tag", o.tag)
}

// Run is part of step.Options. Whatever goes wrong, the results name every service
// that is still to be seen to, and there it is told.
func (o *allOptions) Run(ctx context.Context, env *step.Env) error {
	passed, err := o.judge(ctx, env.Log)
	if err != nil {
		env.Log.Warn("not all images that exist were judged, so their services are left", "cause", err.Error())
	}
	o.hand(passed)
	_, err = fmt.Fprintln(env.Stdout, len(passed))
	return err
}

// judge judges the images that exist, and returns the digests of those that passed, by
// service.
func (o *allOptions) judge(ctx context.Context, log *slog.Logger) (map[string]string, error) {
	if err := errors.Join(o.source.Validate(), o.registry.Validate()); err != nil {
		return nil, err
	}
	rules, err := policy.Load(o.policy)
	if err != nil {
		return nil, err
	}
	if rules.Compares() {
		return nil, errors.New("the policy compares with what is deployed, which is not known here")
	}
	found, err := wanted.Read(o.found)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(s wanted.Service) bool { return s.Digest == "" || !slices.Contains(o.services, s.Name) })
	client, harbors, err := o.registry.Client(log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	c := &court{options: &o.options, rules: rules, client: client, harbors: harbors, log: log}
	passed, err := c.hear(ctx, found)
	log.Info("judged the images that exist", "services", len(o.services), "found", len(found), "passed", len(passed))
	return passed, err
}

// hand sets the results, given the digests that passed by service. The list of these is
// for people, and goes where there is no room for it.
func (o *allOptions) hand(passed map[string]string) {
	left := slices.DeleteFunc(slices.Clone(o.services), func(name string) bool { return passed[name] != "" })
	o.left.SetArray(left)
	o.any.Set(strconv.FormatBool(len(left) > 0))
	tagged := make([]string, 0, len(passed))
	for _, name := range slices.Sorted(maps.Keys(passed)) {
		tagged = append(tagged, name+"="+passed[name])
	}
	o.tagged.SetArray(tagged)
	if o.results.Fit() != nil {
		o.tagged.Unset()
	}
}
