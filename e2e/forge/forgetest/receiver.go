// SPDX-License-Identifier: Apache-2.0

package forgetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Event is one webhook as it arrived.
type Event struct {
	// Name and Delivery are the headers X-GitHub-Event and X-GitHub-Delivery.
	Name, Delivery string
	Header         http.Header
	// Body is the payload as sent, Payload the same decoded.
	Body    []byte
	Payload map[string]any
	// Signed says that X-Hub-Signature-256 is right for the receiver's secret.
	Signed bool
}

// Receiver collects webhooks.
type Receiver struct {
	// URL is where a hook is to send its events.
	URL    string
	secret string
	mu     sync.Mutex
	events []Event
}

// Receive starts a receiver that checks signatures with a secret.
func Receive(t testing.TB, secret string) *Receiver {
	t.Helper()
	r := &Receiver{secret: secret}
	server := httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

func (r *Receiver) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, []byte(r.secret))
	mac.Write(body)
	e := Event{Name: req.Header.Get("X-GitHub-Event"), Delivery: req.Header.Get("X-GitHub-Delivery"), Header: req.Header, Body: body}
	e.Signed = hmac.Equal([]byte("sha256="+hex.EncodeToString(mac.Sum(nil))), []byte(req.Header.Get("X-Hub-Signature-256")))
	if err := json.Unmarshal(body, &e.Payload); err != nil {
		e.Payload = nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// Events are those that came so far, of one name or of all (""), in order. Call
// the forge's Wait first.
func (r *Receiver) Events(name string) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Event
	for _, e := range r.events {
		if name == "" || e.Name == name {
			out = append(out, e)
		}
	}
	return out
}
