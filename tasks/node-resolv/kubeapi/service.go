// SPDX-License-Identifier: Apache-2.0

package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"
)

// Name is a namespace and a name.
type Name struct{ Namespace, Name string }

func (n Name) String() string { return n.Namespace + "/" + n.Name }

// service is what is read of a v1 Service.
type service struct {
	Metadata struct{ ResourceVersion string }
	Spec     struct {
		ClusterIP  string
		ClusterIPs []string
	}
}

// addresses are the cluster IPs in the Service's order of families; none for
// a headless one.
func (s service) addresses() []netip.Addr {
	texts := s.Spec.ClusterIPs
	if len(texts) == 0 {
		texts = []string{s.Spec.ClusterIP}
	}
	var addrs []netip.Addr
	for _, text := range texts {
		if addr, err := netip.ParseAddr(text); err == nil {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

const (
	// watchFor is how long the server is asked to keep one watch open.
	watchFor = 5 * time.Minute
	// firstWait and lastWait bound the wait before a watch is taken up again.
	firstWait = time.Second
	lastWait  = 30 * time.Second
)

// FollowService tells the Service's cluster IPs, at first and whenever they
// may have changed, until the context ends. A Service that is gone, or an API
// server that is away, is told as an error, and tried again.
func (c *Client) FollowService(ctx context.Context, name Name, tell func([]netip.Addr, error)) {
	for wait := firstWait; ctx.Err() == nil; {
		started := time.Now()
		if err := c.followOnce(ctx, name, tell); err != nil && ctx.Err() == nil {
			tell(nil, err)
		}
		if time.Since(started) > lastWait {
			wait = firstWait
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, lastWait)
	}
}

// ServiceAddresses reads a Service's cluster IPs.
func (c *Client) ServiceAddresses(ctx context.Context, name Name) ([]netip.Addr, error) {
	s, err := c.service(ctx, name)
	return s.addresses(), err
}

func (c *Client) service(ctx context.Context, name Name) (s service, err error) {
	err = c.get(ctx, "/api/v1/namespaces/"+name.Namespace+"/services/"+name.Name, &s)
	return s, err
}

// followOnce reads the Service and watches it until the watch ends.
func (c *Client) followOnce(ctx context.Context, name Name, tell func([]netip.Addr, error)) error {
	s, err := c.service(ctx, name)
	if err != nil {
		return err
	}
	tell(s.addresses(), nil)
	ctx, cancel := context.WithTimeout(ctx, watchFor+callTimeout)
	defer cancel()
	resp, err := c.send(ctx, c.watches, http.MethodGet, "/api/v1/namespaces/"+name.Namespace+"/services", url.Values{
		"watch":           {"true"},
		"fieldSelector":   {"metadata.name=" + name.Name},
		"resourceVersion": {s.Metadata.ResourceVersion},
		"timeoutSeconds":  {strconv.Itoa(int(watchFor.Seconds()))},
	}, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // a watch's end
	return tellEvents(json.NewDecoder(resp.Body), tell)
}

// tellEvents reads a watch's events until it ends:
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
func tellEvents(events *json.Decoder, tell func([]netip.Addr, error)) error {
	for {
		var event struct {
			Type   string
			Object service
		}
		if err := events.Decode(&event); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("watching the DNS Service: %w", err)
		}
		switch event.Type {
		case "ADDED", "MODIFIED":
			tell(event.Object.addresses(), nil)
		case "DELETED":
			tell(nil, fmt.Errorf("watching the DNS Service: it was deleted: %w", ErrNotFound))
		case "ERROR":
			return nil // most often 410 Gone: read it anew
		}
	}
}
