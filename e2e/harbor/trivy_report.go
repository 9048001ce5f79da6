// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"encoding/json"
	"fmt"
	"strings"
)

// trivyReport is what of Trivy's JSON ends in Harbor's.
type trivyReport struct {
	Trivy   struct{ Version string }
	Results []struct {
		Vulnerabilities []struct {
			VulnerabilityID  string
			PkgName          string
			InstalledVersion string
			FixedVersion     string
			Status           string
			Severity         string
			Description      string
			PrimaryURL       string
			CweIDs           []string
			CVSS             map[string]map[string]any
		}
	}
}

// parseTrivy makes Harbor's report of Trivy's, as Harbor's adapter does:
// pkg/scan/transformer.go in aquasecurity/harbor-scanner-trivy.
func parseTrivy(text []byte) (*Report, error) {
	var in trivyReport
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("reading Trivy's report: %w", err)
	}
	out := &Report{Scanner: Product{Name: "Trivy", Vendor: "Aqua Security", Version: "Unknown"}}
	if in.Trivy.Version != "" {
		out.Scanner.Version = in.Trivy.Version
	}
	for _, result := range in.Results {
		for _, v := range result.Vulnerabilities {
			one := Vulnerability{
				ID: v.VulnerabilityID, Package: v.PkgName, Version: v.InstalledVersion, Fix: v.FixedVersion, Status: v.Status,
				Severity: title(v.Severity), Description: v.Description, Links: []string{v.PrimaryURL}, CWE: v.CweIDs,
			}
			if v.CVSS != nil {
				one.Vendor = object{"CVSS": v.CVSS}
			}
			if score, ok := v.CVSS["nvd"]["V3Score"].(float64); ok {
				one.CVSS.Score3 = &score
			}
			out.Vulnerabilities = append(out.Vulnerabilities, one)
		}
	}
	return out, nil
}

// title is a severity as Harbor writes it: Critical for CRITICAL.
func title(severity string) string {
	if severity == "" {
		return "Unknown"
	}
	return severity[:1] + strings.ToLower(severity[1:])
}
