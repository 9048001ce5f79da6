// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

func hookRoutes() []Route {
	const one = "/repos/{owner}/{repo}/hooks/{hook_id}"
	const permission = "repository_hooks:"
	return []Route{
		rest("GET /repos/{owner}/{repo}/hooks", permission+"read").to((*call).listHooks),
		rest("POST /repos/{owner}/{repo}/hooks", permission+"write").to((*call).createHook),
		rest("GET "+one, permission+"read").to((*call).getHook),
		rest("PATCH "+one, permission+"write").to((*call).updateHook),
		rest("DELETE "+one, permission+"write").to((*call).deleteHook),
		rest("POST "+one+"/pings", permission+"read").to((*call).pingHook),
		rest("GET "+one+"/deliveries", permission+"read").to((*call).listDeliveries),
		rest("GET "+one+"/deliveries/{delivery_id}", permission+"read").to((*call).getDelivery),
		rest("POST "+one+"/deliveries/{delivery_id}/attempts", permission+"write").to((*call).redeliver),
	}
}

func (c *call) listHooks() error { return list(c, c.repo.hooks, c.renderHook) }

func (c *call) hook() (*hook, error) {
	id, err := c.number("hook_id")
	if err != nil {
		return nil, err
	}
	for _, h := range c.repo.hooks {
		if h.id == id {
			return h, nil
		}
	}
	return nil, notFound()
}

func (c *call) getHook() error {
	h, err := c.hook()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, c.renderHook(h))
}

func (c *call) createHook() error {
	var body struct {
		Name   string     `json:"name"`
		Config hookConfig `json:"config"`
		Events []string   `json:"events"`
		Active *bool      `json:"active"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Name != "" && body.Name != "web" {
		return invalid("Hook", "name", "invalid")
	}
	if body.Config.URL == nil {
		return custom("Hook", "Config must contain URL for webhooks")
	}
	if len(body.Events) == 0 {
		body.Events = []string{"push"}
	}
	h := &hook{id: c.newID(), contentType: "form", insecure: "0", events: body.Events, active: true, created: c.now(), updated: c.now()}
	setIf(&h.active, body.Active)
	if err := c.configure(h, body.Config); err != nil {
		return err
	}
	for _, other := range c.repo.hooks {
		if other.url == h.url && slices.Equal(other.events, h.events) {
			return custom("Hook", "Hook already exists on this repository")
		}
	}
	c.repo.hooks = append(c.repo.hooks, h)
	c.ping(h)
	return c.json(http.StatusCreated, c.renderHook(h))
}

func (c *call) configure(h *hook, config hookConfig) error {
	if config.URL != nil {
		u, err := url.Parse(*config.URL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return custom("Hook", "url is not a valid URL")
		}
		h.url = *config.URL
	}
	if t := config.ContentType; t != nil && *t != "json" && *t != "form" {
		return custom("Hook", "content_type must be json or form")
	}
	setIf(&h.contentType, config.ContentType)
	setIf(&h.secret, config.Secret)
	if config.Insecure != nil {
		h.insecure = fmt.Sprint(config.Insecure)
	}
	return nil
}

func (c *call) updateHook() error {
	h, err := c.hook()
	if err != nil {
		return err
	}
	var body struct {
		Config hookConfig `json:"config"`
		Events *[]string  `json:"events"`
		Add    []string   `json:"add_events"`
		Remove []string   `json:"remove_events"`
		Active *bool      `json:"active"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if err := c.configure(h, body.Config); err != nil {
		return err
	}
	setIf(&h.events, body.Events)
	setIf(&h.active, body.Active)
	h.events = slices.DeleteFunc(append(h.events, body.Add...), func(e string) bool { return slices.Contains(body.Remove, e) })
	h.updated = c.now()
	return c.json(http.StatusOK, c.renderHook(h))
}

func (c *call) deleteHook() error {
	h, err := c.hook()
	if err != nil {
		return err
	}
	c.repo.hooks = slices.DeleteFunc(c.repo.hooks, func(x *hook) bool { return x == h })
	return c.noContent()
}

func (c *call) pingHook() error {
	h, err := c.hook()
	if err != nil {
		return err
	}
	c.ping(h)
	return c.noContent()
}

func (c *call) listDeliveries() error {
	h, err := c.hook()
	if err != nil {
		return err
	}
	done := slices.Clone(c.courier.list(h))
	slices.Reverse(done)
	return list(c, done, func(d *delivery) any { return d.render() })
}

func (c *call) delivery() (*hook, *delivery, error) {
	h, err := c.hook()
	if err != nil {
		return nil, nil, err
	}
	id, err := c.number("delivery_id")
	if err != nil {
		return nil, nil, err
	}
	for _, d := range c.courier.list(h) {
		if d.id == id {
			return h, d, nil
		}
	}
	return nil, nil, notFound()
}

func (c *call) getDelivery() error {
	_, d, err := c.delivery()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, d.renderWhole())
}

// redeliver sends the same event again under the same X-GitHub-Delivery.
func (c *call) redeliver() error {
	h, d, err := c.delivery()
	if err != nil {
		return err
	}
	c.courier.send(h, &delivery{id: c.newID(), guid: d.guid, event: d.event, action: d.action, body: d.body, repo: d.repo, redelivery: true})
	return c.json(http.StatusAccepted, object{})
}
