// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// delivery is one event sent to one hook. It does not change once it is listed.
type delivery struct {
	id, repo      int64
	guid          string
	event, action string
	body          []byte
	redelivery    bool
	at            time.Time
	took          time.Duration
	code          int
	status        string
	answer        string
	sent, got     http.Header
}

func (d *delivery) render() object {
	return object{
		"id": d.id, "guid": d.guid, "delivered_at": stamp(d.at), "redelivery": d.redelivery, "duration": d.took.Seconds(), "status": d.status,
		"status_code": d.code, "event": d.event, "action": orNil(d.action), "installation_id": nil, "repository_id": d.repo, "throttled_at": nil,
	}
}

func (d *delivery) renderWhole() object {
	out := d.render()
	var payload any
	if json.Unmarshal(d.body, &payload) != nil {
		payload = nil
	}
	out["request"] = object{"headers": flat(d.sent), "payload": payload}
	out["response"] = object{"headers": flat(d.got), "payload": d.answer}
	return out
}

func flat(h http.Header) object {
	out := object{}
	for name, values := range h {
		out[name] = strings.Join(values, ", ")
	}
	return out
}
