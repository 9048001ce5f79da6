// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"log/slog"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
)

// Options say where findings come from.
type Options struct {
	// Scanner is the kind of source.
	Scanner string

	report string
	trivy  Trivy
}

// Access is what sources reach images by.
type Access struct {
	// Options are what Images and Harbor were made of.
	Options registry.Options
	Images  *registry.Client
	Harbor  *harbor.Client
	// Log takes what a scanner says.
	Log *slog.Logger
}

// AddFlags declares the flags.
func (o *Options) AddFlags(f *step.Flags) {
	f.ChoiceVar(&o.Scanner, "scanner", "trivy", []string{"trivy", "report"}, "where the findings come from: Trivy's binary, or a report that is there already")
	f.StringVar(&o.report, "report", "", "Trivy JSON report `FILE` on this image, for --scanner=report")
	o.trivy.AddFlags(f)
}

// Validate checks the flags against each other.
func (o *Options) Validate() error {
	if (o.Scanner == "report") != (o.report != "") {
		return errors.New("--scanner=report and --report go together")
	}
	return nil
}

// Open makes the source.
func (o *Options) Open(a Access) Source {
	if o.Scanner == "report" {
		return File(o.report)
	}
	o.trivy.Registry, o.trivy.Log = a.Options, a.Log
	return &o.trivy
}
