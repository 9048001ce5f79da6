// SPDX-License-Identifier: Apache-2.0

// Package verdict keeps what scan-gate said of an image in the registry, beside
// the image, and finds it there.
//
// A verdict is an in-toto statement about the image's digest, with the predicate
// for vulnerability scans: https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md.
// The predicate's result is scan-gate's own, and has all findings. It lies in an OCI
// artifact that names the image as its subject, by which registries show it beside
// the image and remove it with the image:
// https://github.com/opencontainers/image-spec/blob/main/manifest.md
//
// It is found by a tag that is made of the digest, and not by its subject, for what
// is built chooses the subject of its own manifest, and only who may put tags
// chooses a tag. It is evidence and no ruling: who finds it judges the findings
// anew, by the policy of the day.
package verdict

import (
	"encoding/json"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// The words for a verdict; Unknown is kept where an image passed without one.
const (
	Pass    = "pass"
	Refused = "refused"
	Unknown = "unknown"
)

// Document is a verdict and what it rests on.
type Document struct {
	// Image is what was judged.
	Image name.Digest
	// Verdict is Pass, Refused or Unknown.
	Verdict string
	// Summary is a line for people; none of its words is the image's own.
	Summary string
	// Policy is the digest of the policy that judged.
	Policy string
	// Judged is when, and Started and Finished are the times of the scan; each may be zero.
	Judged, Started, Finished time.Time
	// Scanner says who scanned.
	Scanner Scanner
	// Scan is all that was found, as scan-gate writes it; empty where there was no scan.
	Scan json.RawMessage
}

// Scanner is what scanned. Its words are a stranger's.
type Scanner struct {
	// Kind is scan-gate's name for the kind of scanner, such as "trivy".
	Kind string
	// Name and Version are the program's.
	Name, Version string
	// Database is when its knowledge was made; zero where that is not known.
	Database time.Time
}

// Fresh tells whether the scan is at most so old. One that is yet to come is not.
func (d *Document) Fresh(now time.Time, most time.Duration) bool {
	age := now.Sub(d.Finished)
	return len(d.Scan) > 0 && !d.Finished.IsZero() && age >= 0 && age <= most
}
