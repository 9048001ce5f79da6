// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// apiAddress is where the API server listens.
const apiAddress = "127.0.0.1:8001"

// The paths of the DNS Service.
const (
	servicesPath = "/api/v1/namespaces/kube-system/services"
	servicePath  = servicesPath + "/kube-dns"
)

// address is one of the nameservers' addresses, which the Service has in turn.
func address(i int) string { return "127.77.0." + strconv.Itoa(10+i%2) }

// api is an API server with one Service.
type api struct {
	mu      sync.Mutex
	version int
	ip      string
	// changed is closed at the next change.
	changed chan struct{}
}

func newAPI(ip string) *api { return &api{version: 1, ip: ip, changed: make(chan struct{})} }

// set gives the Service another cluster IP.
func (a *api) set(ip string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ip = ip
	a.version++
	close(a.changed)
	a.changed = make(chan struct{})
}

// service is the Service as JSON, and what tells of its next change.
func (a *api) service() (text string, changed <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Service","metadata":{"name":"kube-dns","namespace":"kube-system","resourceVersion":"%d"},`+
		`"spec":{"clusterIP":%q,"clusterIPs":[%q]}}`, a.version, a.ip, a.ip), a.changed
}

// serve answers until the context ends.
func (a *api) serve(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", apiAddress)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: a, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go server.Serve(listener) //nolint:errcheck // it ends with the context
	return nil
}

// ServeHTTP knows what node-resolv and kubectl ask of the Service; kubectl first
// asks what there is.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/events"):
		w.WriteHeader(http.StatusCreated)
	case r.URL.Path == servicesPath && r.URL.Query().Has("watch"):
		a.watch(w, r)
	case r.URL.Path == servicePath:
		text, _ := a.service()
		answer(w, text)
	case r.URL.Path == "/api":
		answer(w, `{"kind":"APIVersions","versions":["v1"]}`)
	case r.URL.Path == "/apis":
		answer(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)
	case r.URL.Path == "/api/v1":
		answer(w, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[`+
			`{"name":"services","singularName":"service","namespaced":true,"kind":"Service","shortNames":["svc"],"verbs":["get","list","watch"]}]}`)
	default:
		http.NotFound(w, r)
	}
}

// answer writes JSON; the asker may be gone.
func answer(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, text)
}

// watch tells each change as an event.
func (a *api) watch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	text, changed := a.service()
	since := r.URL.Query().Get("resourceVersion")
	for {
		var object struct {
			Metadata struct{ ResourceVersion string }
		}
		if json.Unmarshal([]byte(text), &object) == nil && object.Metadata.ResourceVersion != since {
			since = object.Metadata.ResourceVersion
			_, _ = fmt.Fprintf(w, `{"type":"MODIFIED","object":%s}`+"\n", text) // the asker may be gone
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		}
		text, changed = a.service()
	}
}

// serveDNS is a nameserver at port 53 of an address, until the context ends. It
// answers whatever it is asked with neither an error nor a record.
func serveDNS(ctx context.Context, ip string) error {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", net.JoinHostPort(ip, "53"))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			if n > 2 {
				packet[2] |= 0x80                     // QR: RFC 1035, section 4.1.1
				_, _ = conn.WriteTo(packet[:n], from) // as lossy as UDP is
			}
		}
	}()
	return nil
}
