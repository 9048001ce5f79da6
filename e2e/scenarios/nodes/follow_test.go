// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// away is how long the API server does not answer.
const away = time.Minute

// serviceAnew: a Service that is made again with another cluster IP is followed,
// and followed back.
func (w *world) serviceAnew() {
	old := w.clusterIP("kube-system", "kube-dns")
	fresh := old[:strings.LastIndex(old, ".")] + ".99"
	for _, ip := range []string{fresh, old} {
		w.remakeService("kube-system", "kube-dns", ip)
		for _, node := range w.both() {
			w.await(node+" to ask "+ip, func() bool {
				text := w.file(node, resolvConf)
				return asks(text, ip) && asks(text, fresh) != asks(text, old)
			})
			w.wantResolved(node)
		}
	}
}

// asks tells whether a resolv.conf names a nameserver.
func asks(text, ip string) bool { return strings.Contains(text+"\n", "nameserver "+ip+"\n") }

func (w *world) clusterIP(namespace, name string) string {
	w.t.Helper()
	return w.kubectl("get", "service", "-n", namespace, name, "-o", "jsonpath={.spec.clusterIP}")
}

// remakeService deletes a Service and makes it again with a cluster IP.
func (w *world) remakeService(namespace, name, ip string) {
	w.t.Helper()
	service := w.object("service", "-n", namespace, name)
	delete(service, "status")
	metadata := service["metadata"].(map[string]any)
	service["metadata"] = map[string]any{"name": name, "namespace": namespace, "labels": metadata["labels"]}
	spec := service["spec"].(map[string]any)
	spec["clusterIP"], spec["clusterIPs"] = ip, []string{ip}
	text, err := json.Marshal(service)
	w.must(err)
	cmd := w.Kubectl("replace", "--force", "-f", "-")
	cmd.Stdin = bytes.NewReader(text)
	w.must(cmd.Run(w.ctx))
}

// wantResolved asserts that a node knows names of both kinds.
func (w *world) wantResolved(node string) {
	w.t.Helper()
	for _, name := range []string{registryHost, outside} {
		if !w.resolves(node, name) {
			w.t.Errorf("%s does not resolve %s", node, name)
		}
	}
}

// nameserverDead: cluster DNS that is silent for longer than --max-unhealthy is
// taken out, and put back when it answers again. Other names are known all the
// time.
func (w *world) nameserverDead(before map[string]string) {
	ended := w.sampling()
	thaw := w.freeze("coredns")
	defer thaw()
	for _, node := range w.both() {
		w.await(node+" to roll back", func() bool { return w.file(node, resolvConf) == before[node] })
		w.await("the Event of it", func() bool { return w.events(node, "NodeResolvNameserverSilent") != "" })
	}
	ended()
	thaw()
	for _, node := range w.both() {
		w.await(node+" to ask it again", func() bool { return w.resolves(node, registryHost) })
	}
	w.ready()
}

// freeze stops a program on all nodes; what it returns lets it go on.
func (w *world) freeze(program string) (thaw func()) {
	w.t.Helper()
	send := func(signal string) {
		for _, node := range w.both() {
			w.sh(node, fmt.Sprintf("pgrep -x %s | xargs --no-run-if-empty kill -%s", program, signal))
		}
	}
	send("STOP")
	return func() { send("CONT") }
}

// apiAway: without the API server others' edits are still merged, and a
// node-resolv that is killed finds its way back by what stands on the node.
func (w *world) apiAway(before map[string]string) {
	thaw := w.freeze("kube-apiserver")
	defer thaw()
	begin := time.Now()
	for _, node := range w.both() {
		w.foreign(node, "# edited\n"+before[node])
		w.await(node+" to merge an edit", func() bool {
			text := w.file(node, resolvConf)
			return strings.HasPrefix(text, "# edited\n") && text != "# edited\n"+before[node]
		})
	}
	w.sh(w.plain, "pgrep -x node-resolv | xargs kill -9")
	w.await("a killed copy to be back", func() bool { return w.isReady(w.plain) })
	for _, node := range w.both() {
		w.foreign(node, before[node])
	}
	time.Sleep(time.Until(begin.Add(away)))
	for _, node := range w.both() {
		w.wantResolved(node)
	}
	thaw()
	w.await("the API server", func() bool { return w.Kubectl("get", "--raw", "/readyz").Run(w.ctx) == nil })
	w.ready()
}
