// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/adze-ci/adze/tasks/node-resolv/hoststoml"
	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

// mirrors are what containerd is to be told of a registry: for each of its names,
// with each of its ports and without one, where it is asked. The URL names the
// Service in full, as its certificate does.
func (f *facts) mirrors(r *registry, root string) []hoststoml.Host {
	var all []hoststoml.Host
	names, ca := f.names(r), f.authorityOf(r)
	add := func(host string, port kubeapi.Port) {
		h := hoststoml.Host{Name: host, URL: scheme(port, ca) + "://" + names[0] + ":" + strconv.Itoa(port.Port)}
		if ca != nil && strings.HasPrefix(h.URL, "https:") {
			h.CA = path.Join(root, hoststoml.Folder(host), hoststoml.CAFile)
		}
		all = append(all, h)
	}
	ports := tcpPorts(r.service)
	for _, name := range names {
		if port, ok := defaultPort(ports); ok {
			add(name, port)
		}
		for _, port := range ports {
			add(name+":"+strconv.Itoa(port.Port), port)
		}
	}
	return all
}

func tcpPorts(s kubeapi.Service) []kubeapi.Port {
	return slices.DeleteFunc(slices.Clone(s.Spec.Ports), func(p kubeapi.Port) bool {
		return p.Protocol != "" && p.Protocol != "TCP"
	})
}

// defaultPort is the port that an image's name without one means: that of
// HTTPS, that of HTTP, or the only one.
func defaultPort(ports []kubeapi.Port) (kubeapi.Port, bool) {
	for _, number := range []int{443, 80} {
		if i := slices.IndexFunc(ports, func(p kubeapi.Port) bool { return p.Port == number }); i >= 0 {
			return ports[i], true
		}
	}
	if len(ports) == 1 {
		return ports[0], true
	}
	return kubeapi.Port{}, false
}

// scheme is what a port speaks: what it says of itself, or else HTTPS where there
// is a CA for it.
func scheme(p kubeapi.Port, ca *authority) string {
	says := strings.ToLower(p.AppProtocol + " " + p.Name)
	switch {
	case p.Port == 443 || strings.Contains(says, "https"):
		return "https"
	case p.Port == 80 || strings.Contains(says, "http"):
		return "http"
	case ca != nil:
		return "https"
	default:
		return "http"
	}
}
