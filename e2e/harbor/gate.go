// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// prevented refuses a pull from a project that keeps vulnerable images back, by
// the last scan of its scanner: what was not scanned is as bad.
func (s *Server) prevented(a *artifact) error {
	p := a.repo.project
	if p.metadata["prevent_vul"] != "true" || len(a.images()) == 0 {
		return nil
	}
	scans := scansOf(a, s.scannerOf(p))
	switch {
	case scans == nil:
		return p.violated("current image without vulnerability scanning", ask)
	case statusOf(scans) != Success:
		return p.violated(fmt.Sprintf("current image with %q status of vulnerability scanning", statusOf(scans)), ask)
	}
	var counted []Vulnerability
	for _, v := range reportOf(scans).Vulnerabilities {
		if !slices.Contains(p.allowed.at(s.now()), v.ID) {
			counted = append(counted, v)
		}
	}
	if len(counted) == 0 || rank(worst(counted)) < rank(p.severity()) {
		return nil
	}
	noun := "vulnerability"
	if len(counted) > 1 {
		noun = "vulnerabilities"
	}
	return p.violated(fmt.Sprintf("current image with %d %s", len(counted), noun), exempt)
}

const (
	ask    = "please contact your project administrator for help."
	exempt = "please contact your project administrator to exempt matched vulnerabilities through configuring the CVE allowlist."
)

// severity is from where on the project keeps images back: Low if it says
// nothing else.
func (p *project) severity() string {
	for _, known := range severityOrder() {
		if known != "" && strings.EqualFold(known, p.metadata["severity"]) {
			return known
		}
	}
	return "Low"
}

func (p *project) violated(what, advice string) error {
	return &apiError{Status: http.StatusPreconditionFailed, Code: "PROJECTPOLICYVIOLATION", Message: fmt.Sprintf(
		`%s cannot be pulled due to configured policy in 'Prevent images with vulnerability severity of "%s" or higher from running.' To continue with pull, %s`,
		what, p.severity(), advice)}
}
