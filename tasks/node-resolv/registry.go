// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/adze-ci/adze/tasks/node-resolv/hosts"
	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

// registry is what is known of a Service that --registry names.
type registry struct {
	name kubeapi.Name
	// service is the last good that is known of it, where known is set.
	service kubeapi.Service
	known   bool
	// gone tells that the API server said last that it is not there, or has no
	// address.
	gone bool
	// err is why it could not be read the last time.
	err error
	// found are the lines that were found of it in the file, until it is gone.
	found []hosts.Entry
	// installed tells whether its names were written, or found written.
	installed bool
}

// errNoAddress says that a Service is headless, or leads out of the cluster.
var errNoAddress = errors.New("it has no cluster IP")

// learn takes in what is known of the Service. One that is gone is forgotten, with
// its lines, for its address may become another's; other bad news change nothing.
func (r *registry) learn(s kubeapi.Service, err error) {
	if err == nil && len(s.Addresses()) == 0 {
		err = errNoAddress
	}
	if errors.Is(err, kubeapi.ErrNotFound) || errors.Is(err, errNoAddress) {
		r.known, r.gone, r.found = false, true, nil
	}
	if err != nil {
		r.err = fmt.Errorf("reading the Service %s: %w", r.name, err)
		return
	}
	r.service, r.known, r.gone, r.err = s, true, false, nil
}

// names are the names that nodes are to know it by.
func (f *facts) names(r *registry) []string {
	return hosts.Names(r.name.Namespace, r.name.Name, f.opts.clusterDomain)
}

// followRegistries tells what the API server says of them until the context ends.
func (f *facts) followRegistries(ctx context.Context, tell func(news)) {
	for _, r := range f.registries {
		go f.api.FollowService(ctx, r.name, func(s kubeapi.Service, err error) {
			tell(func(*facts) { r.learn(s, err) })
		})
	}
}

// checkRegistries refuses where none is named, and fails where nothing is known
// of any.
func (f *facts) checkRegistries() error {
	if len(f.registries) == 0 {
		return refusal{errors.New("no --registry names a Service")}
	}
	if slices.ContainsFunc(f.registries, func(r *registry) bool { return r.known || r.gone }) {
		return nil
	}
	for _, r := range f.registries {
		if r.err != nil {
			return r.err
		}
	}
	return errStarting
}

// lackRegistry tells which registry's names are not installed, and why.
func (f *facts) lackRegistry() situation {
	for _, r := range f.registries {
		if r.installed {
			continue
		} else if r.err != nil {
			return situation{reason: waiting, message: "not installed: " + r.err.Error()}
		}
		return situation{reason: waiting, message: fmt.Sprintf("not installed: nothing is known yet of the Service %s", r.name)}
	}
	return situation{}
}
