// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"log/slog"

	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// What --harbor may say of registries: ask each, all are, none is.
const (
	Auto = "auto"
	Yes  = "yes"
	No   = "no"
)

// Options are what a step's flags say about talking to registries of which some
// are Harbors.
type Options struct {
	registry.Options
	// Harbor is Auto, Yes or No; empty for Auto.
	Harbor string
}

// AddFlags declares the flags.
func (o *Options) AddFlags(f *step.Flags) {
	o.Options.AddFlags(f)
	f.ChoiceVar(&o.Harbor, "harbor", Auto, []string{Auto, Yes, No}, "whether the registry is a Harbor, whose API then puts tags; auto asks it")
}

// Validate checks what can be checked without the network.
func (o *Options) Validate() error {
	switch o.Harbor {
	case "", Auto, Yes, No:
		return o.Options.Validate()
	}
	return step.Misuse("--harbor=%q is not auto, yes or no", o.Harbor)
}

// Client makes a registry's client that tags through Harbor's API where there
// is one, and the client of that API.
func (o *Options) Client(log *slog.Logger) (*registry.Client, *Client, error) {
	r, err := o.Options.Client(log)
	if err != nil {
		return nil, nil, err
	}
	mode := o.Harbor
	if mode == "" {
		mode = Auto
	}
	return r, attach(r, mode), nil
}
