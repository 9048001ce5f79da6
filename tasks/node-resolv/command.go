// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/preflight"
)

// Command is the binary node-resolv.
func Command() step.Command {
	return step.Command{
		Name:    "node-resolv",
		Summary: "makes a node resolve in-cluster names until it is stopped",
		New:     func() step.Options { return &options{} },
		Commands: []step.Command{
			{Name: "restore", Summary: "takes out what node-resolv wrote, after a copy that was killed", New: func() step.Options { return &restoreOptions{} }},
			{Name: "stay", Summary: "stays until it is stopped, and does nothing, as what keeps the pod of restore.yaml", New: func() step.Options { return stayOptions{} }},
			{Name: "status", Summary: "tells what node-resolv owns on this node", New: func() step.Options { return &statusOptions{} }},
		},
	}
}

// domain is what a DNS domain looks like, without a dot at its end.
var domain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// options are the agent's flags.
type options struct {
	mode, etcDir, clusterDomain        string
	service, coreDNS                   string
	registries, registryCAs            []string
	containerdConfig                   string
	kubeletConfig, podResolvConf       string
	api                                kubeapi.Config
	nodeName, healthListen             string
	probeInterval, maxUnhealthy, again time.Duration
	restore, dryRun                    bool
}

func (o *options) AddFlags(f *step.Flags) {
	f.ChoiceVar(&o.mode, "mode", "auto", []string{"auto", "resolv-conf", "hosts", "hosts-toml", "resolved"}, "what on the node is changed; auto: the least invasive that works there")
	f.StringVar(&o.etcDir, "etc-dir", "/etc", "`DIR` where the node's /etc is mounted; what lies beside it is taken for the node's root")
	f.StringVar(&o.clusterDomain, "cluster-domain", "cluster.local", "the cluster's DNS `DOMAIN`")
	f.StringVar(&o.service, "service", "kube-system/kube-dns", "`NAMESPACE/NAME` of the DNS Service")
	f.StringArrayVar(&o.registries, "registry", nil, "`NAMESPACE/NAME` of a Service that images are pulled from; once for each")
	f.StringArrayVar(&o.registryCAs, "registry-ca", nil, "`[REGISTRY=]NAMESPACE/NAME` of a Secret whose key ca.crt has the CA of the certificate of that --registry, or of all others, for hosts-toml")
	f.StringVar(&o.containerdConfig, "containerd-config", "/etc/containerd/config.toml", "`PATH` on the node of containerd's configuration, for hosts-toml")
	f.StringVar(&o.coreDNS, "coredns", "kube-system/coredns", "`NAMESPACE/NAME` of CoreDNS's ConfigMap and Deployment")
	f.StringVar(&o.kubeletConfig, "kubelet-config", "/var/lib/kubelet/config.yaml", "`FILE` with the node's KubeletConfiguration; a missing one counts as the default")
	f.StringVar(&o.podResolvConf, "pod-resolv-conf", "", "`FILE` that the kubelet made for this pod by dnsPolicy Default, which shows what it gives to CoreDNS")
	f.StringVar(&o.api.Server, "api-server", "", "`URL` of the API server; default: the cluster that the pod runs in")
	f.StringVar(&o.api.TokenFile, "api-token-file", "", "`FILE` with a bearer token for --api-server")
	f.StringVar(&o.api.CAFile, "api-ca-file", "", "`FILE` with the CA of --api-server; default: the system's")
	f.StringVar(&o.nodeName, "node-name", "", "`NAME` of the node, for Events; without it none are made")
	f.StringVar(&o.healthListen, "health-listen", "", "`ADDRESS` on which /healthz, /readyz and /metrics answer, for example 127.0.0.1:9353")
	f.DurationVar(&o.probeInterval, "probe-interval", 10*time.Second, "how often the nameserver is asked a question")
	f.DurationVar(&o.maxUnhealthy, "max-unhealthy", 30*time.Second, "how long an installed nameserver may be silent before it is taken out")
	f.DurationVar(&o.again, "resync", 5*time.Minute, "how often it is checked that CoreDNS would not forward to itself")
	f.BoolVar(&o.restore, "restore", false, "do what the subcommand restore does, and end")
	f.BoolVar(&o.dryRun, "dry-run", false, "show the change as a diff, write nothing, and end; exit code 3 where it would be refused")
}

func (o *options) Validate() error {
	if err := o.validateNames(); err != nil {
		return err
	}
	if strings.HasPrefix(o.mode, "hosts") && len(o.registries) == 0 {
		return fmt.Errorf("--mode=%s: --registry must name at least one Service", o.mode)
	}
	if o.probeInterval <= 0 || o.maxUnhealthy <= 0 || o.again <= 0 {
		return errors.New("--probe-interval, --max-unhealthy and --resync must be positive")
	}
	if o.restore && o.dryRun {
		return errors.New("--restore and --dry-run exclude each other")
	}
	return nil
}

func (o *options) validateNames() error {
	named := map[string][]string{"service": {o.service}, "coredns": {o.coreDNS}, "registry": o.registries}
	for flag, values := range named {
		for _, value := range values {
			if _, err := parseName(value); err != nil {
				return fmt.Errorf("--%s: %w", flag, err)
			}
		}
	}
	if !domain.MatchString(o.clusterDomain) {
		return fmt.Errorf("--cluster-domain: %q is no DNS domain such as cluster.local", o.clusterDomain)
	}
	if _, err := parseAuthorities(o.registryCAs, o.registries); err != nil {
		return fmt.Errorf("--registry-ca: %w", err)
	}
	return nil
}

func (o *options) Run(ctx context.Context, env *step.Env) error {
	if o.restore {
		return (&restoreOptions{etcDir: o.etcDir}).Run(ctx, env)
	}
	api, err := o.connect()
	if err != nil {
		return err
	}
	a := newAgent(o, api, env.Log)
	if o.dryRun {
		return a.dryRun(ctx, env.Stdout)
	}
	return a.run(ctx)
}

func (o *options) connect() (*kubeapi.Client, error) {
	config := o.api
	if config.Server == "" {
		var err error
		if config, err = kubeapi.InCluster(); err != nil {
			return nil, err
		}
	}
	return kubeapi.New(config)
}

func (o *options) etc() nodefile.Etc { return nodefile.Etc{Dir: o.etcDir} }

// check is the preflight's question for a target.
func (o *options) check(target string) preflight.Check {
	name, _ := parseName(o.coreDNS) // Validate has seen it
	return preflight.Check{Etc: o.etc(), Target: target, KubeletConfig: o.kubeletConfig, PodFile: o.podResolvConf, Name: name}
}

// parseName reads NAMESPACE/NAME.
func parseName(s string) (kubeapi.Name, error) {
	namespace, name, ok := strings.Cut(s, "/")
	odd := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", r) }
	if !ok || namespace == "" || name == "" || strings.ContainsFunc(namespace+name, odd) {
		return kubeapi.Name{}, fmt.Errorf("%q is not of the form NAMESPACE/NAME", s)
	}
	return kubeapi.Name{Namespace: namespace, Name: name}, nil
}
