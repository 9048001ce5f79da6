// SPDX-License-Identifier: Apache-2.0

package kubeapi

import (
	"context"
	"net/netip"
)

// Name is a namespace and a name.
type Name struct{ Namespace, Name string }

func (n Name) String() string { return n.Namespace + "/" + n.Name }

// Service is what is read of a v1 Service.
type Service struct {
	Metadata metadata
	Spec     struct {
		ClusterIP  string
		ClusterIPs []string
		Ports      []Port
	}
}

// Port is a port of a Service.
type Port struct {
	Name        string
	AppProtocol string
	Port        int
	// Protocol is TCP where it is empty.
	Protocol string
}

// Addresses are the cluster IPs in the Service's order of families; none for
// a headless one.
func (s Service) Addresses() []netip.Addr {
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

// Service reads a Service.
func (c *Client) Service(ctx context.Context, name Name) (s Service, err error) {
	err = c.get(ctx, path("services", name), &s)
	return s, err
}

// FollowService tells a Service, at first and whenever it may have changed,
// until the context ends. One that is gone, or an API server that is away, is
// told as an error, and tried again.
func (c *Client) FollowService(ctx context.Context, name Name, tell func(Service, error)) {
	follow(ctx, c, "services", name, tell)
}

// Secret is what is read of a v1 Secret.
type Secret struct {
	Metadata metadata
	Data     map[string][]byte
}

// Secret reads a Secret.
func (c *Client) Secret(ctx context.Context, name Name) (s Secret, err error) {
	err = c.get(ctx, path("secrets", name), &s)
	return s, err
}

// FollowSecret tells a Secret as FollowService tells a Service.
func (c *Client) FollowSecret(ctx context.Context, name Name, tell func(Secret, error)) {
	follow(ctx, c, "secrets", name, tell)
}
