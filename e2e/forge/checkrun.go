// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"slices"
	"time"
)

type checkRun struct {
	id                 int64
	sha, name          string
	status, conclusion string
	details, external  string
	title, summary     string
	text               string
	annotations        int
	started, completed time.Time
	app                *app
}

type checkBody struct {
	Name       *string    `json:"name"`
	SHA        string     `json:"head_sha"`
	Details    *string    `json:"details_url"`
	External   *string    `json:"external_id"`
	Status     *string    `json:"status"`
	Conclusion *string    `json:"conclusion"`
	Started    *time.Time `json:"started_at"`
	Completed  *time.Time `json:"completed_at"`
	Output     *struct {
		Title       string `json:"title"`
		Summary     string `json:"summary"`
		Text        string `json:"text"`
		Annotations []any  `json:"annotations"`
	} `json:"output"`
}

// outcome is the run as a commit status would put it.
func (r *checkRun) outcome() string {
	switch r.conclusion {
	case "":
		return "pending"
	case "success", "neutral", "skipped":
		return "success"
	default:
		return "failure"
	}
}

func (c *call) createCheck() error {
	if c.token.installation == nil {
		return refuse(http.StatusForbidden, "You must authenticate via a GitHub App.")
	}
	var body checkBody
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Name == nil || body.SHA == "" {
		return missing("name", "head_sha")
	}
	if kind, err := c.repo.git.Kind(c.ctx(), body.SHA); err != nil || kind != "commit" {
		return unprocessable("No commit found for SHA: %s", body.SHA)
	}
	run := &checkRun{id: c.newID(), sha: body.SHA, status: "queued", started: c.now(), app: c.token.installation.app}
	if err := c.applyCheck(run, body); err != nil {
		return err
	}
	c.repo.checks = append(c.repo.checks, run)
	return c.answerCheck(http.StatusCreated, run)
}

var conclusions = []string{"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}

func (c *call) applyCheck(run *checkRun, b checkBody) error {
	if b.Conclusion != nil && !slices.Contains(conclusions, *b.Conclusion) {
		return unprocessable("Invalid request.\n\n%s is not a conclusion.", *b.Conclusion)
	}
	if b.Status != nil && *b.Status == "completed" && b.Conclusion == nil {
		return unprocessable("Invalid request.\n\n\"conclusion\" wasn't supplied.")
	}
	setIf(&run.name, b.Name)
	setIf(&run.details, b.Details)
	setIf(&run.external, b.External)
	setIf(&run.status, b.Status)
	setIf(&run.started, b.Started)
	setIf(&run.completed, b.Completed)
	if b.Conclusion != nil {
		run.status, run.conclusion = "completed", *b.Conclusion
		if run.completed.IsZero() {
			run.completed = c.now()
		}
	}
	if b.Output != nil {
		run.title, run.summary, run.text = b.Output.Title, b.Output.Summary, b.Output.Text
		run.annotations += len(b.Output.Annotations)
	}
	return nil
}

func (c *call) answerCheck(code int, run *checkRun) error {
	if err := c.json(code, c.renderCheck(run)); err != nil {
		return err
	}
	return c.mover().autoMerges(c.ctx())
}

func (c *call) renderCheck(run *checkRun) any {
	u := c.links.api("/repos/%s/check-runs/%d", c.repo.fullName(), run.id)
	html := c.links.site("/%s/runs/%d", c.repo.fullName(), run.id)
	return object{
		"id": run.id, "node_id": nodeID("CR", run.id), "head_sha": run.sha, "external_id": run.external, "url": u, "html_url": html,
		"details_url": pick(run.details, html), "status": run.status, "conclusion": orNil(run.conclusion),
		"started_at": stampOrNil(run.started), "completed_at": stampOrNil(run.completed), "name": run.name,
		"output": object{"title": orNil(run.title), "summary": orNil(run.summary), "text": orNil(run.text),
			"annotations_count": run.annotations, "annotations_url": u + "/annotations"},
		"check_suite": object{"id": run.app.id}, "app": renderApp(c.links, run.app), "pull_requests": []any{},
	}
}

func (c *call) check() (*checkRun, error) {
	id, err := c.number("check_run_id")
	if err != nil {
		return nil, err
	}
	for _, run := range c.repo.checks {
		if run.id == id {
			return run, nil
		}
	}
	return nil, notFound()
}

func (c *call) getCheck() error {
	run, err := c.check()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.renderCheck(run))
}

func (c *call) updateCheck() error {
	run, err := c.check()
	if err != nil {
		return err
	}
	if c.token.installation == nil || c.token.installation.app != run.app {
		return refuse(http.StatusForbidden, "Invalid app_id `%d` - check run can only be modified by the GitHub App that created it.", run.app.id)
	}
	var body checkBody
	if err := c.body(&body); err != nil {
		return err
	}
	if err := c.applyCheck(run, body); err != nil {
		return err
	}
	return c.answerCheck(http.StatusOK, run)
}

func (c *call) listChecks() error {
	sha, err := c.refCommit()
	if err != nil {
		return err
	}
	out := []any{}
	for _, run := range c.repo.checks {
		named := c.query("check_name") == "" || c.query("check_name") == run.name
		if run.sha == sha && named {
			out = append(out, c.renderCheck(run))
		}
	}
	p := c.page()
	from, to := p.bounds(len(out))
	c.linkHeader(p, len(out))
	return c.json(http.StatusOK, object{"total_count": len(out), "check_runs": out[from:to]})
}
