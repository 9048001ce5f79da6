// SPDX-License-Identifier: Apache-2.0

package show

import (
	"encoding/json"
	"io"
	"time"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
)

// document is a verdict for programs.
type document struct {
	Image    string             `json:"image"`
	Verdict  string             `json:"verdict"`
	Note     string             `json:"note"`
	Policy   source             `json:"policy"`
	Scanner  finding.Scanner    `json:"scanner"`
	Database time.Time          `json:"database,omitzero"`
	Caveats  []finding.Caveat   `json:"caveats"`
	Expired  []policy.Exception `json:"expired"`
	Rules    []policy.Ruling    `json:"rules"`
	Findings []policy.Judged    `json:"findings"`
}

// source says which policy judged.
type source struct {
	File   string `json:"file,omitempty"`
	Digest string `json:"digest"`
}

func (a Answer) json(w io.Writer) error {
	return json.NewEncoder(w).Encode(document{
		Image: a.Image.String(), Verdict: a.Verdict.Word(), Note: a.Verdict.Note(), Policy: source{a.Policy.File, a.Policy.Digest()},
		Scanner: a.Scan.Scanner, Database: a.Scan.Database,
		Caveats: orEmpty(a.Verdict.Caveats), Expired: orEmpty(a.Verdict.Expired), Rules: orEmpty(a.Verdict.Rulings), Findings: orEmpty(a.Verdict.Findings),
	})
}

// orEmpty is a list that JSON shows as one, even without items.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
