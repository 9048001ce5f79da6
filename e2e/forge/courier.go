// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // X-Hub-Signature is HMAC-SHA1 by definition
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// deliveryDeadline is how long GitHub waits for an answer to a webhook.
const deliveryDeadline = 10 * time.Second

// courier delivers events: those of one hook one after another, in the order
// they happened, those of different hooks side by side. Like GitHub it does not
// try again by itself.
type courier struct {
	now  func() time.Time
	mu   sync.Mutex // guards the deliveries of all hooks
	busy sync.WaitGroup
}

// Wait returns when every event so far was delivered or failed.
func (s *Server) Wait() { s.courier.busy.Wait() }

// send takes a copy of the hook's settings, so it needs the repository's lock,
// and returns at once.
func (q *courier) send(h *hook, d *delivery) {
	before, done := h.last, make(chan struct{})
	h.last = done
	target := hook{id: h.id, url: h.url, secret: h.secret, contentType: h.contentType}
	q.busy.Add(1)
	go func() {
		defer q.busy.Done()
		defer close(done)
		if before != nil {
			<-before
		}
		q.deliver(&target, d)
		q.mu.Lock()
		defer q.mu.Unlock()
		h.deliveries = append(h.deliveries, d)
	}()
}

func (q *courier) list(h *hook) []*delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	return h.deliveries
}

func (q *courier) deliver(h *hook, d *delivery) {
	d.at = q.now()
	start := time.Now()
	defer func() { d.took = time.Since(start) }()
	ctx, cancel := context.WithTimeout(context.Background(), deliveryDeadline)
	defer cancel()
	req, err := d.request(ctx, h)
	if err != nil {
		d.status = "Invalid HTTP Response: 0"
		return
	}
	d.sent = req.Header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.status = "failed to connect to host"
		if ctx.Err() != nil {
			d.status = "timed out"
		}
		return
	}
	defer res.Body.Close() //nolint:errcheck // nothing is left to do
	answer, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	d.code, d.answer, d.got = res.StatusCode, string(answer), res.Header
	d.status = "OK"
	if res.StatusCode >= 300 {
		d.status = "Invalid HTTP Response: " + itoa(int64(res.StatusCode))
	}
}

// request makes the HTTP request with GitHub's headers; the signatures are over
// the bytes as sent.
func (d *delivery) request(ctx context.Context, h *hook) (*http.Request, error) {
	body, mediaType := d.body, "application/json"
	if h.contentType == "form" {
		body = []byte(url.Values{"payload": {string(d.body)}}.Encode())
		mediaType = "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"Content-Type": mediaType, "User-Agent": "GitHub-Hookshot/" + randomHex(4)[:7], "X-GitHub-Event": d.event, "X-GitHub-Delivery": d.guid,
		"X-GitHub-Hook-ID": itoa(h.id), "X-GitHub-Hook-Installation-Target-Type": "repository",
		"X-GitHub-Hook-Installation-Target-ID": itoa(d.repo),
	} {
		req.Header.Set(name, value)
	}
	if h.secret != "" {
		req.Header.Set("X-Hub-Signature", "sha1="+sign(sha1.New, h.secret, body))
		req.Header.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, h.secret, body))
	}
	return req, nil
}

func sign(kind func() hash.Hash, secret string, body []byte) string {
	mac := hmac.New(kind, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
