// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/adze-ci/adze/tasks/node-resolv/hosts"
	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

// The address of a Service that is gone, or has none any more, may be another's:
// the lines that a predecessor left stay until that is known, and never come back.
func TestLinesOfAServiceThatIsGoneStayOut(t *testing.T) {
	away := errors.New("the API server is away")
	headless := kubeapi.Service{}
	headless.Spec.ClusterIP = "None"
	f := newFacts(&options{clusterDomain: "cluster.local", registries: []string{"infra/registry"}}, nil)
	r := f.registries[0]
	left := []hosts.Entry{{Addr: netip.MustParseAddr("10.96.7.7"), Names: f.names(r)}}
	for _, c := range []struct {
		news string
		s    kubeapi.Service
		err  error
		file []hosts.Entry
		want string
	}{
		{"API server away", kubeapi.Service{}, away, left, "10.96.7.7"},
		{"away, and the file was written anew", kubeapi.Service{}, away, nil, "10.96.7.7"},
		{"another address", service("10.96.7.8"), nil, left, "10.96.7.8"},
		{"away after that", kubeapi.Service{}, away, nil, "10.96.7.8"},
		{"gone", kubeapi.Service{}, kubeapi.ErrNotFound, left, ""},
		{"away after it was gone", kubeapi.Service{}, away, nil, ""},
		{"there again", service("10.96.7.9"), nil, nil, "10.96.7.9"},
		{"headless", headless, nil, left, ""},
		{"away after that", kubeapi.Service{}, away, left, ""},
	} {
		r.learn(c.s, c.err)
		got := ""
		for _, e := range f.entries(r, c.file, true) {
			got += fmt.Sprint(e.Addr)
		}
		if got != c.want {
			t.Errorf("%s: %q is written, want %q", c.news, got, c.want)
		}
	}
}

func service(address string) (s kubeapi.Service) {
	s.Spec.ClusterIPs = []string{address}
	return s
}
