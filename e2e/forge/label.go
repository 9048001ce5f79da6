// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

type label struct {
	id                       int64
	name, color, description string
}

// defaultColor is that of a label which was made by naming it.
const defaultColor = "ededed"

var labelColor = regexp.MustCompile(`^[0-9a-fA-F]{6}$`)

func labelRoutes() []Route {
	return []Route{
		rest("GET /repos/{owner}/{repo}/labels", "issues:read").to((*call).listLabels),
		rest("POST /repos/{owner}/{repo}/labels", "issues:write").to((*call).createLabel),
		rest("GET /repos/{owner}/{repo}/labels/{name}", "issues:read").to((*call).getLabel),
		rest("GET /repos/{owner}/{repo}/issues/{issue_number}/labels", "issues:read").to((*call).listIssueLabels),
		rest("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", "issues:write").to((*call).addIssueLabels),
		rest("PUT /repos/{owner}/{repo}/issues/{issue_number}/labels", "issues:write").to((*call).setIssueLabels),
		rest("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", "issues:write").to((*call).removeIssueLabel),
	}
}

func (c *call) renderLabel(l *label) any {
	return object{
		"id": l.id, "node_id": nodeID("LA", l.id), "url": c.links.api("/repos/%s/labels/%s", c.repo.fullName(), url.PathEscape(l.name)),
		"name": l.name, "description": orNil(l.description), "color": l.color, "default": false,
	}
}

func (c *call) renderLabels(all []*label) []any {
	out := []any{}
	for _, l := range all {
		out = append(out, c.renderLabel(l))
	}
	return out
}

func (r *repository) label(name string) *label {
	for _, l := range r.labels {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	return nil
}

func (c *call) listLabels() error { return list(c, c.repo.labels, c.renderLabel) }

func (c *call) getLabel() error {
	l := c.repo.label(c.param("name"))
	if l == nil {
		return notFound()
	}
	return c.json(http.StatusOK, c.renderLabel(l))
}

func (c *call) createLabel() error {
	var body struct {
		Name        string `json:"name"`
		Color       string `json:"color"`
		Description string `json:"description"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Name == "" {
		return invalid("Label", "name", "missing_field")
	}
	if body.Color == "" {
		body.Color = defaultColor
	}
	if !labelColor.MatchString(body.Color) {
		return invalid("Label", "color", "invalid")
	}
	if c.repo.label(body.Name) != nil {
		return invalid("Label", "name", "already_exists")
	}
	l := &label{id: c.newID(), name: body.Name, color: strings.ToLower(body.Color), description: body.Description}
	c.repo.labels = append(c.repo.labels, l)
	return c.json(http.StatusCreated, c.renderLabel(l))
}

func (c *call) listIssueLabels() error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	return list(c, i.labels, c.renderLabel)
}

// labelNames reads {"labels": [...]} or a bare list, of names or of objects.
func (c *call) labelNames() ([]string, error) {
	var raw json.RawMessage
	if err := c.body(&raw); err != nil {
		return nil, err
	}
	var wrapped struct {
		Labels json.RawMessage `json:"labels"`
	}
	if json.Unmarshal(raw, &wrapped) == nil && wrapped.Labels != nil {
		raw = wrapped.Labels
	}
	var names []string
	if json.Unmarshal(raw, &names) == nil {
		return names, nil
	}
	var objects []struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(raw, &objects); err != nil {
		return nil, unprocessable("Invalid request.\n\nFor 'properties/labels', expected a list.")
	}
	for _, o := range objects {
		names = append(names, o.Name)
	}
	return names, nil
}

func (c *call) addIssueLabels() error {
	return c.editLabels(func(i *issue, named []string) []string { return append(labelsOf(i), named...) })
}

func (c *call) setIssueLabels() error {
	return c.editLabels(func(_ *issue, named []string) []string { return named })
}

func (c *call) editLabels(change func(*issue, []string) []string) error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	names, err := c.labelNames()
	if err != nil {
		return err
	}
	c.setLabels(i, change(i, names))
	return c.json(http.StatusOK, c.renderLabels(i.labels))
}

func (c *call) removeIssueLabel() error {
	i, err := c.issue()
	if err != nil {
		return err
	}
	name := c.param("name")
	if !containsFold(labelsOf(i), name) {
		return refuse(http.StatusNotFound, "Label does not exist")
	}
	c.setLabels(i, slices.DeleteFunc(labelsOf(i), func(n string) bool { return strings.EqualFold(n, name) }))
	return c.json(http.StatusOK, c.renderLabels(i.labels))
}

func labelsOf(i *issue) []string {
	var out []string
	for _, l := range i.labels {
		out = append(out, l.name)
	}
	return out
}

// setLabels makes labels that do not exist yet, as GitHub does.
func (c *call) setLabels(i *issue, names []string) {
	before := i.labels
	i.labels = nil
	for _, name := range names {
		l := c.repo.label(name)
		if l == nil {
			l = &label{id: c.newID(), name: name, color: defaultColor}
			c.repo.labels = append(c.repo.labels, l)
		}
		if !slices.Contains(i.labels, l) {
			i.labels = append(i.labels, l)
		}
	}
	for _, l := range i.labels {
		if !slices.Contains(before, l) {
			c.mover().pullEvent(c.ctx(), i, "labeled", object{"label": c.renderLabel(l)})
		}
	}
	for _, l := range before {
		if !slices.Contains(i.labels, l) {
			c.mover().pullEvent(c.ctx(), i, "unlabeled", object{"label": c.renderLabel(l)})
		}
	}
}
