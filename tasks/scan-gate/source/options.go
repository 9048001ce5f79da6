// SPDX-License-Identifier: Apache-2.0

package source

import (
	"log/slog"
	"time"

	"github.com/adze-ci/adze/internal/harbor"
	"github.com/adze-ci/adze/internal/registry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/source/report"
)

// Options say where findings come from.
type Options struct {
	// Scanner is the kind of source.
	Scanner string
	// Reuse is how old a scan that is kept beside the image may be to stand for a
	// new one; 0 for none.
	Reuse time.Duration

	report  File
	server  server
	timeout time.Duration
	trivy   Trivy
}

// Access is what sources reach images by.
type Access struct {
	// Options are what Images and Harbor were made of.
	Options registry.Options
	Images  *registry.Client
	Harbor  *harbor.Client
	// Dated asks for a scan of which it is known how old the scanner's knowledge was.
	Dated bool
	// Log takes what a scanner says.
	Log *slog.Logger
}

// scanners are those that scan an image when they are asked, and scannersUsage says so.
const scannersUsage = "where the findings come from: Trivy's binary, the scanner of the Harbor that the image lies in, Clair (at --scanner-url), any scanner that speaks the API of Harbor's scanners (at --scanner-url, and handed the registry's credentials)"

func scanners() []string { return []string{"trivy", "harbor", "clair", "adapter"} }

// AddFlags declares the flags for one image.
func (o *Options) AddFlags(f *step.Flags) {
	f.ChoiceVar(&o.Scanner, "scanner", "trivy", append(scanners(), "report"), scannersUsage+", or a report that is there already")
	f.StringVar(&o.report.Path, "report", "", "report `FILE` on this image, for --scanner=report")
	f.ChoiceVar(&o.report.Format, "report-format", report.FormatAuto, []string{report.FormatAuto, report.FormatTrivy, report.FormatHarbor, report.FormatSARIF, report.FormatCycloneDX}, "the report's format; auto finds it out")
	f.BoolVar(&o.report.Vouched, "trust-report", false, "the report is about this image, and whole, even if it does not say so")
	o.addScanFlags(f)
	f.StringVar(&o.trivy.cacheDir, "cache-dir", "", "`DIR` where Trivy keeps its database; default a private one that is removed")
}

// AddFlagsOfMany declares the flags for many images, each scanned: no report is about
// them all, and Caches are where Trivy keeps its database.
func (o *Options) AddFlagsOfMany(f *step.Flags) {
	f.ChoiceVar(&o.Scanner, "scanner", "trivy", scanners(), scannersUsage)
	o.addScanFlags(f)
}

func (o *Options) addScanFlags(f *step.Flags) {
	o.server.addFlags(f)
	f.DurationVar(&o.Reuse, "reuse", 0, "how old a scan that is kept beside the image may be to stand for a new one; its findings are judged all the same")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "how long the scan may take")
	o.trivy.AddFlags(f)
}

// Validate checks the flags against each other.
func (o *Options) Validate() error {
	if (o.Scanner == "report") != (o.report.Path != "") {
		return step.Misuse("--scanner=report and --report go together")
	}
	if o.report.Vouched && o.Scanner != "report" {
		return step.Misuse("--trust-report is for --scanner=report")
	}
	if o.Reuse < 0 {
		return step.Misuse("--reuse=%s is negative", o.Reuse)
	}
	if (o.Scanner == "adapter" || o.Scanner == "clair") && o.server.url == "" {
		return step.Misuse("--scanner=%s needs --scanner-url", o.Scanner)
	}
	return o.server.validate()
}

// Open makes the source.
func (o *Options) Open(a Access) Source {
	switch o.Scanner {
	case "report":
		o.report.Images, o.report.Log = a.Images, a.Log
		return o.report
	case "harbor":
		return &Harbor{Client: a.Harbor, Log: a.Log, Dated: a.Dated, Timeout: o.timeout}
	case "clair":
		signed := o.server
		signed.sign = clairToken
		return &Clair{Images: a.Images, CAFiles: a.Options.CAFiles, Log: a.Log, server: signed, timeout: o.timeout}
	case "adapter":
		return &Adapter{Images: a.Images, CAFiles: a.Options.CAFiles, Log: a.Log, server: o.server, timeout: o.timeout}
	default:
		o.trivy.Registry, o.trivy.Images, o.trivy.Log = a.Options, a.Images, a.Log
		o.trivy.server, o.trivy.timeout = o.server, o.timeout
		return &o.trivy
	}
}
