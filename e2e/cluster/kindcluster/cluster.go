// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
)

// DefaultName is the cluster's name where neither the caller nor
// ADZE_CLUSTER_NAME gives one.
const DefaultName = "adze"

// RegistryAddress is how the host and the nodes name the registry beside kind.
const RegistryAddress = "localhost:5001"

// Cluster is a cluster that is up.
type Cluster struct {
	// Name is kind's name of it, "existing" for one of the user's.
	Name string
	// Dir is its own folder, with kubeconfig, ca.crt and ca.key.
	Dir string
	// Kubeconfig is the path of the file that reaches it.
	Kubeconfig string
	// Registry is where images for it are pushed, as its nodes name it.
	Registry string
	// HostAddress is the host's address for nodes and pods; a server of the
	// host has to listen on it, or on all. Empty for a cluster of the user's.
	HostAddress string

	engine  engine.Engine
	kubectl string
	kind    string
}

// Open returns a cluster that is up, by name; the default one when it is empty.
func Open(ctx context.Context, name string) (*Cluster, error) {
	name = cmp.Or(name, os.Getenv("ADZE_CLUSTER_NAME"), DefaultName)
	if isExisting() {
		return existing(ctx)
	}
	e, found := engine.Find(ctx)
	if !found {
		return nil, notUp(name, errors.New("no Docker daemon answers"))
	}
	c, err := describe(ctx, e, name)
	if err != nil {
		return nil, err
	}
	if err := c.healthy(ctx); err != nil {
		return nil, notUp(name, err)
	}
	return c, nil
}

func notUp(name string, err error) error {
	return fmt.Errorf("opening cluster %s: %w\nhint: bring it up with: go run ./e2e/cluster up --name %s", name, err, name)
}

// describe gathers what is known of a cluster, whether it is up or not.
func describe(ctx context.Context, e engine.Engine, name string) (*Cluster, error) {
	dir, err := stateDir(ctx, e, name)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Name: name, Dir: dir, Kubeconfig: filepath.Join(dir, "kubeconfig"), Registry: RegistryAddress, engine: e}
	if c.kubectl, err = tools.Program(ctx, "kubernetes", "kubectl"); err != nil {
		return nil, err
	}
	if c.kind, err = tools.Program(ctx, "kind", "kind"); err != nil {
		return nil, err
	}
	c.HostAddress = gateway(ctx, e)
	return c, nil
}

// Env is the caller's environment with KUBECONFIG and DOCKER_HOST set for this
// cluster, and with kubectl and kind in PATH.
func (c *Cluster) Env() []string {
	path := filepath.Dir(c.kubectl) + ":" + filepath.Dir(c.kind) + ":" + os.Getenv("PATH")
	return append(c.engine.Env(), "KUBECONFIG="+c.Kubeconfig, "PATH="+path)
}

// KubectlPath is the kubectl that belongs to the cluster.
func (c *Cluster) KubectlPath() string { return c.kubectl }

// Kubectl is a kubectl command on this cluster.
func (c *Cluster) Kubectl(args ...string) run.Command {
	return run.Command{Path: c.kubectl, Args: append([]string{"--kubeconfig", c.Kubeconfig}, args...), Env: c.Env()}
}

// Nodes lists the names of the nodes' containers, which are the nodes' own names.
func (c *Cluster) Nodes(ctx context.Context) ([]string, error) {
	nodes, err := nodesOf(ctx, c.engine, c.Name)
	if err == nil && len(nodes) == 0 {
		return nil, fmt.Errorf("listing the nodes of cluster %s: there are none", c.Name)
	}
	return nodes, err
}

// Node is a command on a node, run as its root; arguments as exec takes them.
// Stdin of the command reaches it.
func (c *Cluster) Node(node string, args ...string) run.Command {
	return c.engine.Command(append([]string{"exec", "--interactive", "--privileged", node}, args...)...)
}

// Load puts the images of a docker or OCI archive into every node's containerd.
func (c *Cluster) Load(ctx context.Context, archive string) error {
	_, err := run.Command{
		Path: c.kind, Args: []string{"load", "image-archive", "--name", c.Name, archive}, Env: c.Env(),
	}.Output(ctx)
	if err != nil {
		return fmt.Errorf("loading %s into cluster %s: %w", archive, c.Name, err)
	}
	return nil
}

// Docker is a docker command on the daemon that the cluster runs on.
func (c *Cluster) Docker(args ...string) run.Command { return c.engine.Command(args...) }

// isExisting reports whether a cluster of the user's is to be used.
func isExisting() bool { return os.Getenv("ADZE_CLUSTER") == "existing" }

// existing describes the user's own cluster.
func existing(ctx context.Context) (*Cluster, error) {
	var missing []string
	for _, name := range []string{"KUBECONFIG", "ADZE_REGISTRY"} {
		if os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("using an existing cluster: not set: %s\nhint: KUBECONFIG names the cluster, ADZE_REGISTRY a registry that you may push to and its nodes pull from",
			strings.Join(missing, ", "))
	}
	cache, err := tools.Cache()
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		Name: "existing", Dir: filepath.Join(cache, "clusters", "existing"),
		Kubeconfig: os.Getenv("KUBECONFIG"), Registry: os.Getenv("ADZE_REGISTRY"),
	}
	if c.kubectl, err = tools.Program(ctx, "kubernetes", "kubectl"); err != nil {
		return nil, err
	}
	c.kind = c.kubectl
	if _, err := c.Kubectl("get", "--raw", "/readyz").Output(ctx); err != nil {
		return nil, fmt.Errorf("using an existing cluster: %w", err)
	}
	return c, os.MkdirAll(c.Dir, 0o700)
}
