// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// What a statement says of itself: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://cosign.sigstore.dev/attestation/vuln/v1"
	resultVersion = "adze.dev/v1alpha1"
	resultKind    = "ScanVerdict"
)

type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	Invocation struct {
		URI string `json:"uri"`
	} `json:"invocation"`
	Scanner struct {
		URI     string   `json:"uri"`
		Version string   `json:"version"`
		DB      database `json:"db"`
		Result  result   `json:"result"`
	} `json:"scanner"`
	Metadata struct {
		Started  time.Time `json:"scanStartedOn"`
		Finished time.Time `json:"scanFinishedOn"`
	} `json:"metadata"`
}

// database has its date for a version, for that is what is known of it.
type database struct {
	URI     string `json:"uri,omitempty"`
	Version string `json:"version,omitempty"`
}

type result struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Verdict    string          `json:"verdict"`
	Summary    string          `json:"summary"`
	Policy     string          `json:"policy,omitempty"`
	Judged     time.Time       `json:"judgedAt"`
	Scanner    string          `json:"scanner,omitempty"`
	Scan       json.RawMessage `json:"scan,omitempty"`
}

// encode writes the statement.
func (d *Document) encode() ([]byte, error) {
	algorithm, hex, _ := strings.Cut(d.Image.DigestStr(), ":")
	s := statement{Type: statementType, PredicateType: predicateType}
	s.Subject = []subject{{d.Image.Context().Name(), map[string]string{algorithm: hex}}}
	p := &s.Predicate
	p.Invocation.URI = "https://github.com/adze-ci/adze/tree/main/tasks/scan-gate"
	p.Scanner.URI, p.Scanner.Version = d.Scanner.Name, d.Scanner.Version
	if !d.Scanner.Database.IsZero() {
		p.Scanner.DB.Version = d.Scanner.Database.UTC().Format(time.RFC3339)
	}
	p.Scanner.Result = result{resultVersion, resultKind, d.Verdict, d.Summary, d.Policy, d.Judged.UTC(), d.Scanner.Kind, d.Scan}
	p.Metadata.Started, p.Metadata.Finished = d.Started.UTC(), d.Finished.UTC()
	return json.Marshal(s)
}

// decode reads a statement about an image.
func decode(raw []byte, image name.Digest) (*Document, error) {
	var s statement
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	r := s.Predicate.Scanner.Result
	if s.Type != statementType || s.PredicateType != predicateType || r.APIVersion != resultVersion || r.Kind != resultKind {
		return nil, errors.New("it is no verdict, or one of another version")
	}
	algorithm, hex, _ := strings.Cut(image.DigestStr(), ":")
	if len(s.Subject) != 1 || s.Subject[0].Digest[algorithm] != hex {
		return nil, fmt.Errorf("it is about %v, not about %s", s.Subject, image.DigestStr())
	}
	d := &Document{
		Image: image, Verdict: r.Verdict, Summary: r.Summary, Policy: r.Policy, Judged: r.Judged, Scan: r.Scan,
		Started: s.Predicate.Metadata.Started, Finished: s.Predicate.Metadata.Finished,
		Scanner: Scanner{Kind: r.Scanner, Name: s.Predicate.Scanner.URI, Version: s.Predicate.Scanner.Version},
	}
	if at := s.Predicate.Scanner.DB.Version; at != "" {
		var err error
		if d.Scanner.Database, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, fmt.Errorf("its database: %w", err)
		}
	}
	return d, nil
}
