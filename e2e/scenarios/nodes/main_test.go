// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/site"
)

// patience is how long a test may take on a busy machine.
const patience = 15 * time.Minute

// place is what all tests share.
type place struct {
	*kindcluster.Cluster
	// mount is the node whose files are kind's mount points, plain the other.
	mount, plain string
	// tree is the folder of the sources; first and next are the references of two
	// versions of node-resolv's image that were built from it.
	tree, first, next string
	// images is the registry that has no name but those of its Services.
	images *registry
}

var where place

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := runOn(ctx, m)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// runOn runs the tests on a cluster that is removed afterwards, unless it was
// there before. A signal ends them early enough for that.
func runOn(ctx context.Context, m *testing.M) (code int, err error) {
	// What these tests do to nodes nobody wants done to a cluster of their own.
	if err := os.Unsetenv("ADZE_CLUSTER"); err != nil {
		return 0, err
	}
	name := cmp.Or(os.Getenv("ADZE_CLUSTER_NAME"), kindcluster.DefaultName) + "-nodes"
	if _, missing := kindcluster.Open(ctx, name); missing != nil {
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			err = errors.Join(err, kindcluster.Down(ctx, os.Stderr, name))
		}()
	}
	if err := where.open(ctx, name); err != nil {
		return 0, fmt.Errorf("opening the cluster %s: %w", name, err)
	}
	defer where.images.close()
	tests := make(chan int, 1)
	go func() { tests <- m.Run() }()
	select {
	case code = <-tests:
		return code, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// open brings up the cluster, and on it the registry.
func (p *place) open(ctx context.Context, name string) (err error) {
	p.Cluster, err = kindcluster.Up(ctx, kindcluster.Options{Name: name, Nodes: 2, DefaultResolvConf: true, Progress: os.Stderr})
	if err != nil {
		return err
	}
	all, err := p.Nodes(ctx)
	if err != nil {
		return err
	}
	if len(all) != 2 {
		return fmt.Errorf("it has the nodes %v, want two", all)
	}
	p.mount, p.plain = all[0], all[1] // sorted: the control plane comes first
	if _, err := p.Node(p.plain, "sh", "-c", asMachine).Output(ctx); err != nil {
		return err
	}
	adze, err := site.Platform(p.Cluster, os.Stderr)
	if err != nil {
		return err
	}
	built, err := adze.Adze(ctx, "node-resolv")
	if err != nil {
		return err
	}
	p.tree, p.first = adze.Tree, built.Images[program]
	if p.next, err = nextVersion(ctx, p.tree, p.first); err != nil {
		return err
	}
	p.images, err = openRegistry(ctx, p.Cluster)
	return err
}

// asMachine turns mount points that kind makes of a node's files into plain
// files, as a machine has them.
const asMachine = `set -eu
for f in /etc/resolv.conf /etc/hosts; do
  grep -q " $f " /proc/mounts || continue
  cp $f /run/kept
  umount $f
  cat /run/kept >$f
  chmod 644 $f
done
d=/etc/containerd/certs.d
if grep -q " $d " /proc/mounts; then
  cp -a $d /run/kept.d
  umount $d
  cp -a /run/kept.d/. $d
fi`
