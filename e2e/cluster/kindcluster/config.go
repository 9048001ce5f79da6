// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"fmt"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// resolvConf is where the kubelet finds the resolver file of its own.
const resolvConf = "/etc/adze/resolv.conf"

// mount is an extraMount of a kind node.
type mount struct {
	HostPath      string `json:"hostPath"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly,omitempty"`
}

// node is a node of a kind config.
type node struct {
	Role        string  `json:"role"`
	Image       string  `json:"image"`
	ExtraMounts []mount `json:"extraMounts"`
}

// config is the part of kind's v1alpha4 config that clusters here use.
type config struct {
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`
	Networking struct {
		DisableDefaultCNI bool   `json:"disableDefaultCNI"`
		KubeProxyMode     string `json:"kubeProxyMode"`
		IPFamily          string `json:"ipFamily"`
		PodSubnet         string `json:"podSubnet"`
	} `json:"networking"`
	Nodes                   []node   `json:"nodes"`
	KubeadmConfigPatches    []string `json:"kubeadmConfigPatches"`
	ContainerdConfigPatches []string `json:"containerdConfigPatches"`
}

// render writes the kind config of a cluster whose folder is dir.
func render(o Options, image, dir string) ([]byte, error) {
	c := config{Kind: "Cluster", APIVersion: "kind.x-k8s.io/v1alpha4"}
	c.Networking.DisableDefaultCNI = true
	c.Networking.KubeProxyMode = "nftables"
	c.Networking.IPFamily = "ipv4"
	c.Networking.PodSubnet = podSubnet
	for i := range o.Nodes {
		role := "worker"
		if i == 0 {
			role = "control-plane"
		}
		c.Nodes = append(c.Nodes, node{Role: role, Image: image, ExtraMounts: []mount{
			{HostPath: filepath.Join(dir, "certs.d"), ContainerPath: "/etc/containerd/certs.d", ReadOnly: true},
			{HostPath: filepath.Join(dir, "resolv.conf"), ContainerPath: resolvConf, ReadOnly: true},
			{HostPath: filepath.Join(dir, "patches"), ContainerPath: "/etc/adze/patches", ReadOnly: true},
			{HostPath: cniDir(dir, i), ContainerPath: "/etc/cni/net.d"},
		}})
	}
	c.KubeadmConfigPatches = []string{
		kubeletPatch(o),
		"kind: InitConfiguration\npatches:\n  directory: /etc/adze/patches\n",
	}
	c.ContainerdConfigPatches = []string{containerdPatch}
	text, err := yaml.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("writing kind's config: %w", err)
	}
	return text, nil
}

// containerdPatch lets containerd work where root may not lower its own
// out-of-memory score, and has it read the registries' settings.
const containerdPatch = `[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
`

// kubeletPatch lets the kubelet run on cgroup v1 and, unless the default is
// wanted, gives pods with dnsPolicy Default a resolver file that stays as it is
// when the node's own is rewritten.
func kubeletPatch(o Options) string {
	var b strings.Builder
	b.WriteString("kind: KubeletConfiguration\nfailCgroupV1: false\n")
	if !o.DefaultResolvConf {
		b.WriteString("resolvConf: " + resolvConf + "\n")
	}
	return b.String()
}

// coreDNSPatch makes kubeadm's CoreDNS a single pod that is asked every second
// whether it is ready; by default they are two, asked every ten seconds.
const coreDNSPatch = `spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: coredns
        readinessProbe:
          periodSeconds: 1
`
