// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// clairReport is what is read of a vulnerability report of Clair's. Its maps have
// Clair's own numbers of things as keys.
// https://github.com/quay/clair/blob/main/httptransport/types/v1/vulnerability_report.schema.json
type clairReport struct {
	Manifest        string                        `json:"manifest_hash"`
	Packages        map[string]clairPackage       `json:"packages"`
	Distributions   map[string]clairDistribution  `json:"distributions"`
	Environments    map[string][]clairEnvironment `json:"environments"`
	Vulnerabilities map[string]clairVulnerability `json:"vulnerabilities"`
	ByPackage       map[string][]string           `json:"package_vulnerabilities"`
	Enrichments     map[string][]json.RawMessage  `json:"enrichments"`
}

type clairPackage struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type clairDistribution struct {
	DID        string `json:"did"`
	Name       string `json:"name"`
	Version    string `json:"version"`
	PrettyName string `json:"pretty_name"`
}

type clairEnvironment struct {
	PackageDB string `json:"package_db"`
	Layer     string `json:"introduced_in"`
}

type clairVulnerability struct {
	Updater      string            `json:"updater"`
	Name         string            `json:"name"`
	Description  string            `json:"description"`
	Issued       time.Time         `json:"issued"`
	Links        string            `json:"links"`
	Severity     string            `json:"normalized_severity"`
	FixedIn      string            `json:"fixed_in_version"`
	Package      clairPackage      `json:"package"`
	Distribution clairDistribution `json:"distribution"`
	Repository   struct {
		Key string `json:"key"`
	} `json:"repository"`
}

// Clair reads a vulnerability report of Clair's on an image of some layers.
func Clair(raw []byte, s Subject, layers []string) (*finding.Scan, error) {
	var r clairReport
	if err := decode(raw, &r); err != nil {
		return nil, err
	}
	if r.Packages == nil || r.Vulnerabilities == nil || r.ByPackage == nil {
		return nil, errors.New("the report carries no list of packages, of vulnerabilities, or of which has which, which is no word that there are none")
	}
	if r.Manifest != s.Image {
		return nil, fmt.Errorf("the report is about %s, not about %s", plain.Line(r.Manifest, 80), s.Image)
	}
	if err := r.within(layers); err != nil {
		return nil, err
	}
	scores, err := r.scores()
	if err != nil {
		return nil, err
	}
	scan := &finding.Scan{Packages: len(r.Packages), OS: r.os(), Scanner: finding.Scanner{Name: "Clair"}}
	switch {
	case len(r.Packages) == 0:
		scan.Caveats = []finding.Caveat{{Text: "the scanner knew no package in the image"}}
	case len(r.Distributions) == 0:
		scan.Caveats = []finding.Caveat{{Text: "the scanner knew no distribution in the image"}}
	}
	scan.Findings, err = r.findings(scores)
	return scan, err
}

// within checks that what Clair found lies in the image's layers: it keeps what it
// was first told of a digest, by whoever told it.
func (r *clairReport) within(layers []string) error {
	for _, environments := range r.Environments {
		for _, e := range environments {
			if e.Layer != "" && !slices.Contains(layers, e.Layer) {
				return fmt.Errorf("the report on %s speaks of a layer that is none of that image's, %s", r.Manifest, plain.Line(e.Layer, 80))
			}
		}
	}
	return nil
}

func (r *clairReport) os() string {
	var names []string
	for _, d := range r.Distributions {
		name := d.PrettyName
		if name == "" {
			name = d.Name + " " + d.Version
		}
		names = append(names, plain.Line(name, 40))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// scores are the highest CVSS scores by vulnerability, which Clair adds where it
// is configured to.
func (r *clairReport) scores() (map[string]float64, error) {
	scores := map[string]float64{}
	for kind, all := range r.Enrichments {
		if !strings.Contains(kind, "enricher=clair.cvss") {
			continue
		}
		for _, raw := range all {
			var by map[string][]struct {
				Score float64 `json:"baseScore"`
			}
			if err := json.Unmarshal(raw, &by); err != nil {
				return nil, fmt.Errorf("the report's scores: %w", err)
			}
			for id, given := range by {
				for _, g := range given {
					scores[id] = max(scores[id], g.Score)
				}
			}
		}
	}
	return scores, nil
}

// findings are those of each package. A vulnerability that is of no package counts
// all the same.
func (r *clairReport) findings(scores map[string]float64) ([]finding.Finding, error) {
	var all []finding.Finding
	seen := map[string]bool{}
	add := func(id string, p clairPackage, target string) error {
		v, ok := r.Vulnerabilities[id]
		if !ok {
			return fmt.Errorf("the report says that a package has a vulnerability %s, and does not say which that is", plain.Line(id, 40))
		}
		seen[id] = true
		f, err := v.finding(scores[id])
		f.Package, f.Installed, f.Target = p.Name, p.Version, target
		all = append(all, f)
		return err
	}
	for _, number := range slices.Sorted(maps.Keys(r.ByPackage)) {
		p, ok := r.Packages[number]
		if !ok {
			return nil, fmt.Errorf("the report says that package %s has vulnerabilities, and does not say which that is", plain.Line(number, 40))
		}
		var target string
		if e := r.Environments[number]; len(e) > 0 {
			target = e[0].PackageDB
		}
		for _, id := range r.ByPackage[number] {
			if err := add(id, p, target); err != nil {
				return nil, err
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Vulnerabilities)) {
		if !seen[id] {
			if err := add(id, r.Vulnerabilities[id].Package, ""); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// cve is a CVE's name, which some of Clair's sources follow up with words.
var cve = regexp.MustCompile(`CVE-\d{4}-\d{4,}`)

func (v clairVulnerability) finding(score float64) (finding.Finding, error) {
	severity, err := finding.ScannerSeverity(v.Severity)
	if err != nil || v.Name == "" {
		return finding.Finding{}, unread(v.Name, v.Severity)
	}
	id := v.Name
	if names := cve.FindAllString(v.Name, -1); len(names) == 1 {
		id = names[0]
	}
	link, _, _ := strings.Cut(v.Links, " ")
	f := finding.Finding{
		ID: id, Severity: severity.Or(score), CVSS: score, Published: v.Issued, Title: plain.Line(v.Description, 200), URL: link, Source: v.Updater,
	}
	f.FixedIn, f.Fix = v.fix()
	return f, nil
}

// fix reads in which version it is mended. Of packages of languages that is in some
// of Clair's versions a range, "fixed=2.31.0&introduced=2.3.0". Distributions list
// what they have not mended; of others an empty word need not mean that.
func (v clairVulnerability) fix() (string, finding.Fix) {
	version := v.FixedIn
	if strings.Contains(version, "=") {
		parts, err := url.ParseQuery(version)
		if err != nil {
			return "", finding.FixUnknown
		}
		version = parts.Get("fixed")
	}
	switch {
	case version != "":
		return version, finding.Fixed
	case v.FixedIn == "" && (v.Distribution.DID != "" || v.Repository.Key == "rhel-cpe-repository"):
		return "", finding.NoFix
	default:
		return "", finding.FixUnknown
	}
}
