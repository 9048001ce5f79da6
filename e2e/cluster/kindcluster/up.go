// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/run"
)

// Options tell which cluster to bring up.
type Options struct {
	// Name is the cluster's name; when empty, that of ADZE_CLUSTER_NAME, or else
	// DefaultName.
	Name string
	// Nodes is the number of nodes; 1 when 0.
	Nodes int
	// DefaultResolvConf leaves the kubelet's resolvConf at its default, the
	// node's /etc/resolv.conf. Then CoreDNS forwards to whatever that file names.
	DefaultResolvConf bool
	// NodeImage is the nodes' image; empty to choose.
	NodeImage string
	// Progress gets a line per step; must not be nil.
	Progress io.Writer
}

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

func (o *Options) complete() error {
	o.Name = cmp.Or(o.Name, os.Getenv("ADZE_CLUSTER_NAME"), DefaultName)
	if o.Nodes == 0 {
		o.Nodes = 1
	}
	if o.NodeImage == "" {
		o.NodeImage = os.Getenv("ADZE_NODE_IMAGE")
	}
	if !validName.MatchString(o.Name) {
		return fmt.Errorf("cluster name %q: want lower-case letters, digits and dashes, 40 at most", o.Name)
	}
	if o.Nodes < 1 || o.Nodes > 9 {
		return fmt.Errorf("%d nodes: want 1 to 9", o.Nodes)
	}
	return nil
}

// Up brings a cluster up and returns when its node and DNS are ready. One that
// is up already is left as it is.
func Up(ctx context.Context, o Options) (*Cluster, error) {
	if isExisting() {
		return existing(ctx)
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	unlock, err := engine.Lock(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	defer unlock()
	e, err := engine.Ensure(ctx, o.Progress, "git")
	if err != nil {
		return nil, err
	}
	c, err := describe(ctx, e, o.Name)
	if err != nil {
		return nil, err
	}
	if done, err := c.reuse(ctx, o); done || err != nil {
		return c, err
	}
	if err := c.create(ctx, o); err != nil {
		return nil, fmt.Errorf("bringing up cluster %s: %w", o.Name, err)
	}
	return c, nil
}

// reuse reports whether the cluster is up; what is there of one that is not is
// removed.
func (c *Cluster) reuse(ctx context.Context, o Options) (bool, error) {
	nodes, err := nodesOf(ctx, c.engine, c.Name)
	if err != nil {
		return false, err
	}
	if len(nodes) > 0 {
		why := c.revive(ctx)
		if why == nil {
			fmt.Fprintf(o.Progress, "cluster %s is up already\n", c.Name) //nolint:errcheck // progress is not worth failing for
			return true, nil
		}
		fmt.Fprintf(o.Progress, "cluster %s is there but not healthy, making it anew: %s\n", c.Name, firstLine(why)) //nolint:errcheck // see above
	}
	if err := c.remove(ctx); err != nil {
		return false, err
	}
	fresh, err := describe(ctx, c.engine, c.Name) // the folder may have been in another home
	if err == nil {
		*c = *fresh
	}
	return false, err
}

// create makes a cluster where there is none.
func (c *Cluster) create(ctx context.Context, o Options) error {
	if _, err := buildAll(ctx, "registry", "kind"); err != nil {
		return err
	}
	image, err := nodeImage(ctx, c.engine, o)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"preparing network and registry", func() error { return c.prepare(ctx, o, image) }},
		{"creating the node with kind", func() error { return c.kindCreate(ctx) }},
		{"connecting the pods", func() error { return c.settle(ctx, o) }},
		{"waiting for node and DNS to be ready", func() error { return c.await(ctx) }},
	} {
		if err := progress.Do(o.Progress, "cluster "+c.Name+": "+step.name, step.do); err != nil {
			return err
		}
	}
	return replace(filepath.Join(c.Dir, "ready"), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"))
}

// prepare makes all that has to be there before the nodes.
func (c *Cluster) prepare(ctx context.Context, o Options, image string) error {
	if err := ensureNetwork(ctx, c.engine); err != nil {
		return err
	}
	c.HostAddress = gateway(ctx, c.engine)
	registry, err := ensureRegistry(ctx, c.engine)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(c.Dir, "patches"), 0o755); err != nil { //nolint:gosec // the nodes' programs read it
		return fmt.Errorf("making the cluster's folder: %w", err)
	}
	ca, err := platform.LoadCA(c.Dir)
	if err != nil {
		return err
	}
	if err := writeCerts(c.Dir, registry, ca.Certificate); err != nil {
		return err
	}
	for i := range o.Nodes {
		if err := os.MkdirAll(cniDir(c.Dir, i), 0o755); err != nil { //nolint:gosec // see above
			return fmt.Errorf("making the cluster's folder: %w", err)
		}
	}
	if o.Nodes == 1 { // with several, who gets which part is known afterwards
		if err := writeCNI(cniDir(c.Dir, 0), firstPodCIDR); err != nil {
			return err
		}
	}
	config, err := render(o, image, c.Dir)
	if err != nil {
		return err
	}
	return errors.Join(
		replace(filepath.Join(c.Dir, "patches", "corednsdeployment+strategic.yaml"), []byte(coreDNSPatch)),
		replace(filepath.Join(c.Dir, "resolv.conf"), []byte("nameserver "+c.HostAddress+"\noptions ndots:0\n")),
		replace(filepath.Join(c.Dir, "kind.yaml"), config),
	)
}

// kindCreate has kind make the nodes. A child of an `up` that was killed may
// still be starting a node of that name, so there is a second try on clean ground.
func (c *Cluster) kindCreate(ctx context.Context) error {
	create := run.Command{
		Path: c.kind,
		Args: []string{"create", "cluster", "--name", c.Name, "--kubeconfig", c.Kubeconfig, "--config", filepath.Join(c.Dir, "kind.yaml")},
		Env:  c.Env(),
	}
	first := create.Run(ctx)
	if first == nil || ctx.Err() != nil {
		return first
	}
	if err := c.deleteNodes(ctx); err != nil {
		return errors.Join(first, err)
	}
	return create.Run(ctx)
}

// settle does what needs running nodes: the pods' network and resolver.
func (c *Cluster) settle(ctx context.Context, o Options) error {
	if err := c.connect(ctx); err != nil {
		return err
	}
	return c.keepResolver(ctx, o)
}

// keepResolver copies the resolver file that kind made in the node for the
// kubelet's own use. It is written in place, as the nodes mount the very file.
func (c *Cluster) keepResolver(ctx context.Context, o Options) error {
	original, err := c.Node(nodeNames(c.Name, 1)[0], "cat", "/etc/resolv.conf").Output(ctx)
	if err != nil {
		return fmt.Errorf("reading the node's resolver file: %w", err)
	}
	path := filepath.Join(c.Dir, "resolv.conf")
	predicted, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the kubelet's resolver file: %w", err)
	}
	if err := os.WriteFile(path, original, 0o600); err != nil {
		return fmt.Errorf("writing the kubelet's resolver file: %w", err)
	}
	if o.DefaultResolvConf || strings.Contains(string(original), strings.SplitN(string(predicted), "\n", 2)[0]) {
		return nil
	}
	_, err = c.Kubectl("--namespace", "kube-system", "delete", "pods", "--selector", "k8s-app=kube-dns", "--wait=false").Output(ctx)
	return err // CoreDNS may have started with a resolver that is not there
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
