// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/http"
	"slices"
	"strings"
)

func scanRoutes() []Route {
	one := artifactPath + "/{reference}"
	return []Route{
		rest("POST "+one+"/scan", "scan:create").to((*call).startScan),
		rest("POST "+one+"/scan/stop", "scan:stop").to((*call).stopScan),
		rest("GET "+one+"/scan/{report_id}/log", "scan:read").to((*call).scanLog),
		rest("GET "+one+"/additions/vulnerabilities", "artifact-addition:read").to((*call).vulnerabilities),
		rest("GET "+one+"/additions/{addition}", "artifact-addition:read").to((*call).otherAddition),
	}
}

// scanType checks what is to be scanned for.
func (c *call) scanType() error {
	in := struct {
		Type string `json:"scan_type"`
	}{"vulnerability"}
	if err := c.read(&in); err != nil {
		return err
	}
	if !slices.Contains([]string{"vulnerability", "sbom"}, in.Type) {
		return invalid("validation failure list:\nvalidation failure list:\nscan_type in body should be one of [vulnerability sbom]")
	}
	if in.Type == "sbom" {
		return &apiError{Status: http.StatusNotImplemented, Code: "NOT_IMPLEMENTED", Message: "this stand-in makes no SBOM"}
	}
	return nil
}

func (c *call) startScan() error {
	if err := c.scanType(); err != nil {
		return err
	}
	a, err := c.found()
	if err != nil {
		return err
	}
	if err := c.begin(c.r, a); err != nil {
		return err
	}
	return c.done(http.StatusAccepted)
}

func (c *call) stopScan() error {
	if err := c.scanType(); err != nil {
		return err
	}
	a, err := c.found()
	if err != nil {
		return err
	}
	c.stop(a)
	return c.done(http.StatusAccepted)
}

func (c *call) scanLog() error {
	a, err := c.found()
	if err != nil {
		return err
	}
	for reg := range a.allScans() {
		scans := scansOf(a, reg)
		for _, t := range reg.types() {
			if idOf(scans, t) != c.param("report_id") {
				continue
			}
			c.w.Header().Set("Content-Type", "text/plain")
			c.w.WriteHeader(http.StatusOK)
			for _, s := range scans {
				c.w.Write([]byte(strings.Join(s.log, "\n") + "\n")) //nolint:errcheck,gosec // the client that went away is told nothing
			}
			return nil
		}
	}
	return notFound("report with uuid %s not found", c.param("report_id")) // unrecorded
}

// allScans are the scanners that looked at an artifact or a part of it.
func (a *artifact) allScans() map[*registration]bool {
	out := map[*registration]bool{}
	for _, i := range a.images() {
		for reg := range i.scans {
			out[reg] = true
		}
	}
	return out
}

func idOf(all []*scan, reportType string) string {
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ids[reportType])
	}
	return joined(ids)
}

// vulnerabilities hands out the report: an empty object where there is none of a
// type that was asked for, whatever the reason.
func (c *call) vulnerabilities() error {
	a, err := c.found()
	if err != nil {
		return err
	}
	reg := c.scannerOf(a.repo.project)
	report := reportOf(scansOf(a, reg))
	if struck(c.r, "clean-while-absent") {
		report = &Report{Scanner: Product{"Trivy", "Aqua Security", "Unknown"}, at: c.now()}
	}
	for _, t := range c.accepted() {
		if report != nil && slices.Contains(reg.types(), t) && !struck(c.r, "report-empty") {
			return c.json(object{t: spoilt(c.r, report).render()})
		}
	}
	return c.json(object{})
}

// spoilt is a report with what a fault does to it.
func spoilt(r *http.Request, report *Report) *Report {
	out := *report
	out.Vulnerabilities = slices.Clone(report.Vulnerabilities)
	if struck(r, "report-short") && len(out.Vulnerabilities) > 0 {
		out.Vulnerabilities = out.Vulnerabilities[:len(out.Vulnerabilities)-1]
	}
	if struck(r, "report-foreign") {
		for i := range out.Vulnerabilities {
			out.Vulnerabilities[i].Digests = []string{"sha256:" + strings.Repeat("f", 64)}
		}
	}
	return &out
}

func (c *call) otherAddition() error {
	known := []string{"build_history", "values.yaml", "readme.md", "dependencies", "sbom", "license", "files"}
	if !slices.Contains(known, c.param("addition")) {
		return invalid("validation failure list:\naddition in path should be one of [%s]", strings.Join(known, " "))
	}
	return &apiError{Status: http.StatusNotImplemented, Code: "NOT_IMPLEMENTED", Message: "this stand-in has no addition " + c.param("addition")}
}
