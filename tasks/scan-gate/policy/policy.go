// SPDX-License-Identifier: Apache-2.0

// Package policy judges the findings on an image by a policy file.
//
// A policy is read whole or not at all: what is not understood is an error with its
// place, for a policy that is half read lets through what it should not. A finding
// that nothing in the policy speaks for refuses the image.
package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Policy says which findings refuse an image.
type Policy struct {
	// File is where it was read; empty for the default.
	File string `json:"-"`
	// Severity is the least that refuses.
	Severity finding.Severity
	// OnlyFixed tolerates findings of which the scanner says that there is no fix.
	OnlyFixed bool
	// NewOnly tolerates findings that the whole baseline has too.
	NewOnly bool
	// Grace is for how many days after its publication a finding is tolerated.
	Grace map[finding.Severity]int
	// MaxDatabaseAge is how old the scanner's knowledge may be; 0 for any age.
	MaxDatabaseAge time.Duration
	Ignore         []Exception
	// VEX are documents that say which vulnerabilities do no harm.
	VEX []Document
	// Rules refuse by themselves, whatever becomes of each finding.
	Rules []Rule
}

// Default refuses what is serious and can be mended by an update. What nobody has
// fixed would only hold up every push.
func Default() *Policy { return &Policy{Severity: finding.High, OnlyFixed: true} }

// Compares tells whether the verdict depends on what is deployed now.
func (p *Policy) Compares() bool { return p.NewOnly || slices.ContainsFunc(p.Rules, Rule.compares) }

func (p *Policy) String() string {
	text := fmt.Sprintf("refuse %s and worse", p.Severity)
	if p.OnlyFixed {
		text += " that have a fix"
	}
	if p.NewOnly {
		text += " and are new"
	}
	if p.File == "" {
		return text + " (the default)"
	}
	return text + " (" + p.File + ")"
}

// Digest is the same for policies that judge alike, wherever they were read:
// "sha256:" and hexadecimal digits.
func (p *Policy) Digest() string {
	text, err := json.Marshal(p)
	if err != nil { // words, numbers and days always marshal
		panic(err)
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}
