// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
)

var errUsage = errors.New("usage: cluster up|down|status|kubeconfig|kubectl|docker [flags]")

// options are what the command line says.
type options struct {
	kindcluster.Options
	bare, all bool
	rest      []string // after --
}

// command runs the subcommand that the arguments name.
func command(ctx context.Context, args []string) error {
	commands := map[string]func(context.Context, options) error{
		"up": up, "down": down, "status": status, "kubeconfig": kubeconfig, "kubectl": kubectl, "docker": docker,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return errUsage
	}
	o, err := parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	return commands[args[0]](ctx, o)
}

func parse(args []string) (options, error) {
	o := options{Options: kindcluster.Options{Progress: os.Stderr}}
	fs := pflag.NewFlagSet("cluster "+args[0], pflag.ContinueOnError)
	fs.StringVar(&o.Name, "name", cmp.Or(os.Getenv("ADZE_CLUSTER_NAME"), kindcluster.DefaultName), "name of the cluster")
	switch args[0] {
	case "up":
		fs.IntVar(&o.Nodes, "nodes", 1, "number of nodes")
		fs.StringVar(&o.NodeImage, "node-image", os.Getenv("ADZE_NODE_IMAGE"), "image of the nodes, chosen when empty")
		fs.BoolVar(&o.DefaultResolvConf, "default-resolv-conf", false, "leave the kubelet's resolvConf at its default")
		fs.BoolVar(&o.bare, "bare", false, "install nothing on it")
	case "down":
		fs.BoolVar(&o.all, "all", false, "remove all local clusters")
	}
	if err := fs.Parse(args[1:]); err != nil {
		return o, err
	}
	o.rest = fs.Args()
	if len(o.rest) > 0 && fs.ArgsLenAtDash() != 0 {
		return o, fmt.Errorf("unknown argument %q\n%w", o.rest[0], errUsage)
	}
	return o, nil
}
