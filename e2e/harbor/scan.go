// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Status is how far a scan is.
type Status string

// The statuses of a scan. Only a success has a report.
const (
	Pending Status = "Pending"
	Running Status = "Running"
	Success Status = "Success"
	Error   Status = "Error"
	Stopped Status = "Stopped"
)

// scan is the last scan of an image by one scanner.
type scan struct {
	ids            map[string]string // of its reports, by type
	status         Status
	started, ended time.Time
	report         *Report
	log            []string
	cancel         context.CancelFunc
}

func (one *scan) active() bool { return one.status == Pending || one.status == Running }

// HoldScans keeps scans from going further than a status, Pending or Running,
// until it is called again, as with "", which lets them go.
func (s *Server) HoldScans(at Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = at
	s.moved.Broadcast()
}

// Wait returns when no scan is under way. One that is held, or that a fault
// keeps from ending, is under way.
func (s *Server) Wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.running > 0 {
		s.moved.Wait()
	}
}

// begin starts a scan of an artifact, or of all the images of an index, for the
// request that asked for it.
func (s *Server) begin(r *http.Request, a *artifact) error {
	reg := s.scannerOf(a.repo.project)
	if reg.disabled || struck(r, "deactivated") {
		return precondition("scanner %s is deactivated", reg.name)
	}
	images := a.images()
	if len(images) == 0 || struck(r, "adapter-gone") {
		return badRequest("the configured scanner %s does not support scanning artifact with mime type %s", reg.name, a.mediaType)
	}
	for _, i := range images {
		if last := i.scans[reg]; last != nil && last.active() {
			return conflict("a previous scan process is %s", last.status)
		}
	}
	for _, i := range images {
		if struck(r, "jobservice-down") {
			now := s.now().Truncate(time.Second)
			i.keep(reg, &scan{ids: reg.newIDs(), status: Error, started: now, ended: now})
			continue
		}
		s.launch(r, i, reg)
	}
	if struck(r, "jobservice-down") {
		return &apiError{Status: http.StatusInternalServerError, Code: "UNKNOWN", Message: "internal server error"}
	}
	return nil
}

// images are what of an artifact scanners know: itself, or its parts.
func (a *artifact) images() []*artifact {
	return slices.DeleteFunc(append(a.children(), a), func(i *artifact) bool { return !i.isImage() })
}

func (a *artifact) keep(reg *registration, s *scan) {
	if a.scans == nil {
		a.scans = map[*registration]*scan{}
	}
	a.scans[reg] = s
}

func (r *registration) newIDs() map[string]string {
	out := map[string]string{}
	for _, t := range r.types() {
		out[t] = newUUID()
	}
	return out
}

// launch makes the scan that takes the place of the last one.
func (s *Server) launch(r *http.Request, a *artifact, reg *registration) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	one := &scan{ids: reg.newIDs(), status: Pending, cancel: cancel}
	a.keep(reg, one)
	account := s.scannerAccount(a, reg)
	at := s.url
	if at == "" {
		at = base(r)
	}
	image := Image{Registry: at, User: account.login, Password: account.secret, Repository: a.repo.name, Digest: a.digest, MediaType: a.mediaType}
	s.running++
	go func() {
		defer cancel()
		one.run(ctx, s, reg, image, faultOf(r))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running--
		s.robots = slices.DeleteFunc(s.robots, func(r *robot) bool { return r == account })
		s.moved.Broadcast()
	}()
}

// scannerAccount makes the robot account that a scanner pulls with.
func (s *Server) scannerAccount(a *artifact, reg *registration) *robot {
	name := a.repo.project.name + "+" + reg.name + "-" + newUUID()
	r := &robot{login: "robot$" + name, name: name, secret: newUUID(), expires: -1, scanner: true, permissions: []permission{
		{Kind: "project", Namespace: a.repo.project.name, Access: []access{{Resource: "repository", Action: "pull"}}}}}
	s.robots = append(s.robots, r)
	return r
}

// run takes a scan from Pending to its end.
func (one *scan) run(ctx context.Context, s *Server, reg *registration, image Image, f *Fault) {
	if !one.enter(s, Pending, Running, f) {
		return
	}
	if !one.enter(s, Running, "", f) {
		return
	}
	if f != nil && f.Kind == "scan-slow" {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
		}
	}
	report, err := reg.scanner.Scan(ctx, image)
	s.mu.Lock()
	defer s.mu.Unlock()
	one.finish(s, reg, image, report, err, f)
}

// enter waits until a scan may leave a status, and has it take the next; false
// says that it was stopped meanwhile.
func (one *scan) enter(s *Server, from, to Status, f *Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one.active() && (s.hold == from || from == Running && f != nil && f.Kind == "scan-never-ends") {
		s.moved.Wait()
	}
	if !one.active() {
		return false
	}
	if to != "" {
		one.status, one.started = to, s.now().Truncate(time.Second)
		s.moved.Broadcast()
	}
	return true
}

func (one *scan) finish(s *Server, reg *registration, image Image, report *Report, err error, f *Fault) {
	if !one.active() {
		return
	}
	now := s.now()
	one.ended = now.Truncate(time.Second)
	one.note(now, "INFO", "Report mime types: %v", reg.types())
	switch {
	case f != nil && f.Kind == "scan-stopped":
		one.status = Stopped
	case f != nil && f.Kind == "scan-error", err != nil || report == nil:
		one.status = Error
		one.note(now, "ERROR", "scan job: fetch scan report, mimetype %s: running trivy wrapper: running trivy: %v", reg.types()[0], err)
	default:
		report.at = now
		for i := range report.Vulnerabilities {
			report.Vulnerabilities[i].Digests = []string{image.Digest}
		}
		one.status, one.report = Success, report
	}
}

// stop ends a scan before its time. Harbor says 202 even where none runs.
func (s *Server) stop(a *artifact) {
	for _, i := range a.images() {
		if last := i.scans[s.scannerOf(a.repo.project)]; last != nil && last.active() {
			last.status, last.ended = Stopped, s.now().Truncate(time.Second)
			last.cancel()
		}
	}
	s.moved.Broadcast()
}
