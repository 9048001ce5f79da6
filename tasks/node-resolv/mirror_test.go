// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"slices"
	"testing"

	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

func TestMirrors(t *testing.T) {
	port := func(name string, number int) kubeapi.Port { return kubeapi.Port{Name: name, Port: number} }
	const long = "r.infra.svc.cluster.local"
	for name, c := range map[string]struct {
		ports []kubeapi.Port
		ca    bool
		// want are the first of a registry's three names, without a port and with.
		want []string
	}{
		"https":                    {[]kubeapi.Port{port("web", 443)}, true, []string{long + " at https://" + long + ":443 with /certs/" + long + "/adze-ca.crt", long + ":443 at https://" + long + ":443 with /certs/" + long + ":443/adze-ca.crt"}},
		"https without a CA":       {[]kubeapi.Port{port("web", 443)}, false, []string{long + " at https://" + long + ":443", long + ":443 at https://" + long + ":443"}},
		"one port, with a CA":      {[]kubeapi.Port{port("registry", 5000)}, true, []string{long + " at https://" + long + ":5000 with /certs/" + long + "/adze-ca.crt", long + ":5000 at https://" + long + ":5000 with /certs/" + long + ":5000/adze-ca.crt"}},
		"one port, without":        {[]kubeapi.Port{port("registry", 5000)}, false, []string{long + " at http://" + long + ":5000", long + ":5000 at http://" + long + ":5000"}},
		"named http, with a CA":    {[]kubeapi.Port{port("http-api", 5000)}, true, []string{long + " at http://" + long + ":5000", long + ":5000 at http://" + long + ":5000"}},
		"two that no name means":   {[]kubeapi.Port{port("a", 5000), port("https-b", 5001)}, false, []string{long + ":5000 at http://" + long + ":5000", long + ":5001 at https://" + long + ":5001"}},
		"UDP is none":              {[]kubeapi.Port{{Port: 443, Protocol: "UDP"}}, false, nil},
		"80 beside 443 is not it":  {[]kubeapi.Port{port("", 80), port("", 443)}, false, []string{long + " at https://" + long + ":443", long + ":80 at http://" + long + ":80", long + ":443 at https://" + long + ":443"}},
		"by its application's own": {[]kubeapi.Port{{Port: 5000, AppProtocol: "https"}}, false, []string{long + " at https://" + long + ":5000", long + ":5000 at https://" + long + ":5000"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFacts(&options{clusterDomain: "cluster.local"}, nil)
			if c.ca {
				f.authorities = []*authority{{of: "infra/other"}, {}}
			}
			r := &registry{name: kubeapi.Name{Namespace: "infra", Name: "r"}}
			r.service.Spec.Ports = c.ports
			var got []string
			for _, h := range f.mirrors(r, "/certs") {
				got = append(got, h.String())
			}
			if len(got) != 3*len(c.want) || !slices.Equal(got[:len(c.want)], c.want) {
				t.Errorf("got %d: %q, want the first to be %q", len(got), got, c.want)
			}
		})
	}
}
