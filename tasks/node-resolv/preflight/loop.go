// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
)

// ErrLoop says that CoreDNS would forward to itself.
var ErrLoop = errors.New("CoreDNS would forward to itself")

// CoreDNS is where to read what cluster DNS is like.
type CoreDNS interface {
	Corefile(context.Context, kubeapi.Name) (string, error)
	DeploymentDNS(context.Context, kubeapi.Name) (kubeapi.PodDNS, error)
}

// Check is one node's question.
type Check struct {
	Etc nodefile.Etc
	// Target is the node's path of the file that is to name cluster DNS.
	Target string
	// KubeletConfig is the local path of the node's KubeletConfiguration.
	KubeletConfig string
	// PodFile is a resolv.conf that the kubelet made for a pod with dnsPolicy
	// Default, such as this process's own; empty for none. It shows what the
	// kubelet really does, whatever its configuration says by now.
	PodFile string
	// Name is that of CoreDNS's ConfigMap and Deployment.
	Name kubeapi.Name
	// Addresses are those of cluster DNS.
	Addresses []netip.Addr
}

// Run is nil where the file may name cluster DNS, ErrLoop where it must not,
// and another error where it could not be found out.
func (c Check) Run(ctx context.Context, dns CoreDNS) error {
	used, err := kubeletResolvConf(c.KubeletConfig)
	if err != nil {
		return err
	}
	why, err := c.feeds(used)
	if err != nil || why == "" {
		return err
	}
	reads, err := readsNodeFile(ctx, dns, c.Name)
	if err != nil || reads == "" {
		return err
	}
	return step.Hint(fmt.Errorf("%w: %s, and %s", ErrLoop, reads, why),
		"give the kubelet a resolvConf of its own (a copy of %s in another file), or let CoreDNS forward to fixed addresses", c.Target)
}

// feeds says how the target's text gets into pods with dnsPolicy Default;
// empty where it does not.
func (c Check) feeds(used string) (string, error) {
	if used == "" {
		return "", nil
	}
	same, err := c.Etc.Same(used, c.Target)
	if err != nil {
		return "", err
	}
	followed, err := c.Etc.Follow(used)
	if err != nil {
		return "", err
	}
	const resolved = "/run/systemd/resolve/"
	switch {
	case same:
		return fmt.Sprintf("the kubelet gives pods the node's %s (its resolvConf)", used), nil
	case strings.HasPrefix(followed, resolved) && !strings.HasPrefix(c.Target, resolved):
		// systemd-resolved(8): a /etc/resolv.conf that is not its own is read for servers.
		return fmt.Sprintf("the kubelet gives pods %s, into which systemd-resolved copies the servers of %s", followed, c.Target), nil
	}
	return c.given(followed)
}

// given says whether what the kubelet gives to pods names cluster DNS already.
func (c Check) given(used string) (string, error) {
	names, err := c.names(c.Etc.Local(used))
	if err != nil || names {
		return fmt.Sprintf("the node's %s, which the kubelet gives pods, names cluster DNS", used), err
	}
	names, err = c.names(c.PodFile)
	if err != nil || names {
		return "the resolv.conf that the kubelet gave this pod names cluster DNS", err
	}
	return "", nil
}

// names tells whether a file names cluster DNS. One that is not there, or not
// mounted here, does not.
func (c Check) names(local string) (bool, error) {
	text, err := os.ReadFile(local)
	if local == "" || errors.Is(err, os.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("reading what the kubelet gives pods: %w", err)
	}
	ours := func(addr netip.Addr) bool { return slices.Contains(c.Addresses, addr) }
	return slices.ContainsFunc(resolvconf.Nameservers(text), ours), nil
}

// readsNodeFile says how CoreDNS depends on the kubelet's file; empty where it
// does not. A CoreDNS that is not found is taken for kubeadm's.
func readsNodeFile(ctx context.Context, dns CoreDNS, name kubeapi.Name) (string, error) {
	corefile, err := dns.Corefile(ctx, name)
	if errors.Is(err, kubeapi.ErrNotFound) {
		return fmt.Sprintf("there is no ConfigMap %s that would say otherwise", name), nil
	} else if err != nil {
		return "", err
	}
	if !forwardsToFile(corefile) {
		return "", nil
	}
	pod, err := dns.DeploymentDNS(ctx, name)
	if errors.Is(err, kubeapi.ErrNotFound) {
		pod = kubeapi.PodDNS{Policy: "Default"}
	} else if err != nil {
		return "", err
	}
	// A pod on the host's network with ClusterFirst gets what Default gets:
	// https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
	if pod.Policy != "Default" && (pod.Policy != "ClusterFirst" || !pod.HostNetwork) {
		return "", nil
	}
	return fmt.Sprintf("its Corefile forwards to its /etc/resolv.conf with dnsPolicy %s", pod.Policy), nil
}
