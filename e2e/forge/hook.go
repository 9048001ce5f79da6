// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"slices"
	"time"
)

// hook is a webhook of a repository. Its settings are guarded by the
// repository's lock; what was delivered by the courier's.
type hook struct {
	id                       int64
	url, secret, contentType string
	insecure                 string
	events                   []string
	active                   bool
	created, updated         time.Time
	deliveries               []*delivery
	last                     chan struct{} // closed when the delivery before is done
}

func (h *hook) wants(name string) bool {
	return h.active && (slices.Contains(h.events, name) || slices.Contains(h.events, "*"))
}

// HookOptions describe a webhook.
type HookOptions struct {
	// URL is where events go; Secret, when set, signs them.
	URL    string `json:"url"`
	Secret string `json:"secret"`
	// Events are their names; push when there are none.
	Events []string `json:"events"`
}

// AddHook makes a webhook of OWNER/NAME that sends JSON, without the ping that
// the API's own route sends. It returns the hook's id.
func (s *Server) AddHook(fullName string, o HookOptions) (int64, error) {
	repo, err := s.lockRepo(fullName)
	if err != nil {
		return 0, err
	}
	defer repo.mu.Unlock()
	if len(o.Events) == 0 {
		o.Events = []string{"push"}
	}
	h := &hook{id: s.newID(), url: o.URL, secret: o.Secret, contentType: "json", insecure: "0", events: o.Events, active: true,
		created: s.now(), updated: s.now()}
	repo.hooks = append(repo.hooks, h)
	return h.id, nil
}

// hookConfig is what a hook's settings are in a request.
type hookConfig struct {
	URL         *string `json:"url"`
	Secret      *string `json:"secret"`
	ContentType *string `json:"content_type"`
	Insecure    any     `json:"insecure_ssl"` // a string or a number
}

func (c *call) renderHook(h *hook) any {
	u := c.links.api("/repos/%s/hooks/%d", c.repo.fullName(), h.id)
	config := object{"url": h.url, "content_type": h.contentType, "insecure_ssl": h.insecure}
	if h.secret != "" {
		config["secret"] = "********"
	}
	last := object{"code": nil, "status": "unused", "message": nil}
	if done := c.courier.list(h); len(done) > 0 {
		last = object{"code": done[len(done)-1].code, "status": "active", "message": done[len(done)-1].status}
	}
	return object{
		"type": "Repository", "id": h.id, "name": "web", "active": h.active, "events": h.events, "config": config, "url": u,
		"test_url": u + "/test", "ping_url": u + "/pings", "deliveries_url": u + "/deliveries", "last_response": last,
		"created_at": stamp(h.created), "updated_at": stamp(h.updated),
	}
}

// ping sends the event that a new hook gets.
func (c *call) ping(h *hook) {
	l := *c
	l.links = c.mover().eventLinks()
	config, _ := l.renderHook(h).(object)
	config["last_response"] = object{"code": nil, "status": "unused", "message": nil}
	m := c.mover()
	payload := object{"zen": "Approachable is better than simple.", "hook_id": h.id, "hook": config}
	m.emitTo(h, event{name: "ping", payload: payload})
}
