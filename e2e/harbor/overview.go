// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// accepted are the types of report that a client asks for, the best first.
func (c *call) accepted() []string {
	header := c.r.Header.Get("X-Accept-Vulnerabilities")
	if header == "" {
		return []string{Report11}
	}
	var out []string
	for t := range strings.SplitSeq(header, ",") {
		out = append(out, strings.TrimSpace(t))
	}
	return out
}

// overview is how far the last scan by the project's scanner is, under the first
// type of report that is both made and asked for. It is empty where there was no
// such scan, and while the scanner is away.
func (c *call) overview(a *artifact) object {
	reg := c.scannerOf(a.repo.project)
	if struck(c.r, "overview-absent") || struck(c.r, "adapter-gone") || struck(c.r, "clean-while-absent") {
		return nil
	}
	for _, t := range c.accepted() {
		if scans := scansOf(a, reg); scans != nil && slices.Contains(reg.types(), t) {
			return object{t: outline(scans, t)}
		}
	}
	return nil
}

// scansOf are the last scans of all that an artifact is made of; nil unless all
// were scanned.
func scansOf(a *artifact, reg *registration) []*scan {
	var out []*scan
	for _, i := range a.images() {
		if i.scans[reg] == nil {
			return nil
		}
		out = append(out, i.scans[reg])
	}
	return out
}

// outline sums scans up: one of them, or those of an index's images, of which
// Harbor says what pkg/scan/vuln/summary.go makes of them.
func outline(all []*scan, reportType string) object {
	first, last := all[0].started, all[0].ended
	var ids []string
	complete := 0
	for _, s := range all {
		ids = append(ids, s.ids[reportType])
		if s.started.Before(first) {
			first = s.started
		}
		if s.ended.After(last) {
			last = s.ended
		}
		if s.status == Success {
			complete++
		}
	}
	out := object{"end_time": optional(last), "report_id": joined(ids), "scan_status": statusOf(all), "start_time": optional(first)}
	if took := last.Sub(first); took >= time.Second && !first.IsZero() {
		out["duration"] = int(took.Seconds())
	}
	if complete > 0 {
		out["complete_percent"] = complete * 100 / len(all)
	}
	if report := reportOf(all); report != nil {
		out["scanner"], out["summary"], out["severity"] = report.Scanner, report.summary(), worst(report.Vulnerabilities)
		if len(report.Vulnerabilities) == 0 {
			out["severity"] = "None"
		}
	}
	return out
}

// joined is the id of an index's report: those of its parts in base64.
func joined(ids []string) string {
	if len(ids) == 1 {
		return ids[0]
	}
	return base64.StdEncoding.EncodeToString([]byte(strings.Join(ids, "|")))
}

// statusOf is the status of several scans. One that runs makes all run, and else
// one success is enough, as in Harbor: complete_percent tells.
func statusOf(all []*scan) Status {
	for _, status := range []Status{Running, Success, Error, Stopped} {
		if slices.ContainsFunc(all, func(s *scan) bool { return s.status == status }) {
			return status
		}
	}
	return Pending
}

// reportOf is the report of scans that ended well, nil before.
func reportOf(all []*scan) *Report {
	if len(all) == 0 || statusOf(all) != Success {
		return nil
	}
	var reports []*Report
	for _, s := range all {
		if s.report != nil {
			reports = append(reports, s.report)
		}
	}
	return merged(reports)
}

// note adds a line to a scan's log.
func (one *scan) note(at time.Time, level, format string, args ...any) {
	one.log = append(one.log, at.UTC().Format(time.RFC3339)+" ["+level+"] [/pkg/scan/job.go:294]: "+fmt.Sprintf(format, args...))
}
