// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/adze-ci/adze/e2e/kubeyaml"
	"github.com/adze-ci/adze/internal/run"
)

// patience is how long pods may take to become ready, images pulled and all.
const patience = 5 * time.Minute

// kubectl runs kubectl against the cluster and returns what it prints.
func (p *Platform) kubectl(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd := run.Command{Path: p.Kubectl, Args: args, Stdin: bytes.NewReader(stdin)}
	if p.Kubeconfig != "" {
		cmd.Args = append([]string{"--kubeconfig", p.Kubeconfig}, args...)
	}
	return cmd.Output(ctx)
}

// apply makes the objects be as given, those first that others need. Fields
// that controllers have set since are taken back, as theirs come again.
func (p *Platform) apply(ctx context.Context, all []kubeyaml.Object) error {
	var before, after []kubeyaml.Object
	for _, o := range all {
		if first(o) {
			before = append(before, o)
		} else {
			after = append(after, o)
		}
	}
	if err := p.applyNow(ctx, before); err != nil {
		return err
	}
	for _, o := range before {
		if o.Kind() != "CustomResourceDefinition" {
			continue
		}
		if _, err := p.kubectl(ctx, nil, "wait", "--for=condition=Established", "crd/"+o.Name(), "--timeout=60s"); err != nil {
			return err
		}
	}
	return p.applyNow(ctx, after)
}

func (p *Platform) applyNow(ctx context.Context, all []kubeyaml.Object) error {
	if len(all) == 0 {
		return nil
	}
	text, err := kubeyaml.Render(all)
	if err != nil {
		return err
	}
	_, err = p.kubectl(ctx, text, "apply", "--server-side", "--force-conflicts", "--field-manager=adze", "-f", "-")
	return err
}

// rolledOut waits for the Deployments among the objects.
func (p *Platform) rolledOut(ctx context.Context, all []kubeyaml.Object) error {
	for _, o := range all {
		if o.Kind() != "Deployment" {
			continue
		}
		if _, err := p.kubectl(ctx, nil, "rollout", "status", "--namespace", o.Namespace(),
			"deployment/"+o.Name(), "--timeout="+patience.String()); err != nil {
			return err
		}
	}
	return nil
}

// admitted waits until the webhooks answer for objects like this one. Their
// pods are ready before the API server has learnt their certificates.
func (p *Platform) admitted(ctx context.Context, example string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, err := p.kubectl(ctx, []byte(example), "apply", "--server-side", "--dry-run=server", "-f", "-")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the webhooks to answer: %w", errors.Join(ctx.Err(), err))
		case <-time.After(time.Second):
		}
	}
}

// installed is what an earlier run noted on a namespace under that key.
func (p *Platform) installed(ctx context.Context, namespace, key string) string {
	out, err := p.kubectl(ctx, nil, "get", "namespace", namespace, "--ignore-not-found",
		"--output", "jsonpath={.metadata.annotations."+note+key+"}")
	if err != nil {
		return "" // then it is installed again
	}
	return string(out)
}

// noteInstalled notes on a namespace what was installed.
func (p *Platform) noteInstalled(ctx context.Context, namespace, key, what string) error {
	_, err := p.kubectl(ctx, nil, "annotate", "--overwrite", "namespace", namespace, "installed.adze.dev/"+key+"="+what)
	return err
}

// note is the prefix of such annotations as jsonpath wants it.
const note = `installed\.adze\.dev/`
