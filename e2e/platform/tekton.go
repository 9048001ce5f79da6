// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/adze-ci/adze/e2e/kubeyaml"
	"github.com/adze-ci/adze/internal/run"
	"golang.org/x/sync/errgroup"
)

// tektonNamespace is where Tekton's own YAML puts its controllers.
const tektonNamespace = "tekton-pipelines"

// component is a part of Tekton that is installed from its module.
type component struct {
	title string
	// tool is the folder of e2e/tools whose go.mod pins the module.
	tool, module string
	// config are the folders of the module that hold the YAML to install.
	config []string
	// example is an object that its webhooks admit once they work.
	example string
}

func pipelines() component {
	return component{
		title: "Tekton Pipelines", tool: "tekton", module: "github.com/tektoncd/pipeline",
		config: []string{"config/100-namespace", "config/300-crds", "config"},
		example: "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: probe, namespace: default}\n" +
			"spec: {steps: [{name: probe, image: probe, command: [probe]}]}\n",
	}
}

func triggers() component {
	return component{
		title: "Tekton Triggers", tool: "triggers", module: "github.com/tektoncd/triggers",
		config: []string{"config", "config/interceptors"},
		example: "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerBinding\n" +
			"metadata: {name: probe, namespace: default}\nspec: {params: [{name: probe, value: probe}]}\n",
	}
}

// tekton installs Pipelines and Triggers side by side: neither waits for the
// other's pods.
func (p *Platform) tekton(ctx context.Context) error {
	namespace := kubeyaml.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": tektonNamespace}}
	if err := p.applyNow(ctx, []kubeyaml.Object{namespace}); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range []component{pipelines(), triggers()} {
		group.Go(func() error {
			all, err := p.release(ctx, c)
			if err != nil {
				return err
			}
			return p.installComponent(ctx, c, all)
		})
	}
	return group.Wait()
}

func (p *Platform) installComponent(ctx context.Context, c component, all []kubeyaml.Object) error {
	return p.stage(ctx, c.title+" installed", func(ctx context.Context) error {
		text, err := kubeyaml.Render(all)
		if err != nil {
			return err
		}
		print := fingerprint(text)
		if p.installed(ctx, tektonNamespace, c.tool) == print {
			return p.rolledOut(ctx, all)
		}
		if err := p.apply(ctx, all); err != nil {
			return err
		}
		if err := p.rolledOut(ctx, all); err != nil {
			return err
		}
		if err := p.admitted(ctx, c.example); err != nil {
			return err
		}
		return p.noteInstalled(ctx, tektonNamespace, c.tool, print)
	})
}

// release is a component's YAML with its images built, pushed and named by
// digest, as upstream's own releases are made, and fitted to this cluster.
func (p *Platform) release(ctx context.Context, c component) (all []kubeyaml.Object, err error) {
	err = p.stage(ctx, c.title+" images", func(ctx context.Context) error {
		bases, err := p.Bases(ctx, "static", "busybox")
		if err != nil {
			return err
		}
		raw, version, err := p.config(ctx, c)
		if err != nil {
			return err
		}
		text, err := p.resolved(ctx, c.tool, raw, bases["static"])
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(text, []byte(`"devel"`), []byte(`"`+version+`"`))
		parsed, err := kubeyaml.Parse(text)
		if err != nil {
			return err
		}
		all = p.fit(parsed, bases["busybox"])
		return nil
	})
	return all, err
}

// config reads a component's YAML out of its module.
func (p *Platform) config(ctx context.Context, c component) (text []byte, version string, err error) {
	dir, version, err := p.module(ctx, c)
	if err != nil {
		return nil, "", err
	}
	for _, folder := range c.config {
		files, err := filepath.Glob(filepath.Join(dir, folder, "*.yaml"))
		if err != nil {
			return nil, "", fmt.Errorf("reading %s of %s: %w", folder, c.module, err)
		}
		if len(files) == 0 {
			return nil, "", fmt.Errorf("reading %s of %s: no YAML there", folder, c.module)
		}
		slices.Sort(files)
		for _, file := range files {
			content, err := os.ReadFile(file) // #nosec G304 -- a file of a pinned module
			if err != nil {
				return nil, "", fmt.Errorf("reading %s: %w", c.module, err)
			}
			text = append(append(text, content...), "\n---\n"...)
		}
	}
	return text, version, nil
}

// module is where a component's source lies, fetched if it is not there yet.
func (p *Platform) module(ctx context.Context, c component) (dir, version string, err error) {
	out, err := run.Command{
		Path: "go", Args: []string{"mod", "download", "-json", c.module},
		Dir: filepath.Join(p.Tree, "e2e/tools", c.tool),
	}.Output(ctx)
	if err != nil {
		return "", "", fmt.Errorf("downloading the module %s: %w", c.module, err)
	}
	var m struct{ Dir, Version string }
	if err := json.Unmarshal(out, &m); err != nil {
		return "", "", fmt.Errorf("downloading the module %s: %w", c.module, err)
	}
	return m.Dir, m.Version, nil
}

// fit adapts a release to one small node that reaches no registry but its own.
func (p *Platform) fit(all []kubeyaml.Object, shell string) []kubeyaml.Object {
	all = slices.DeleteFunc(all, func(o kubeyaml.Object) bool { return o.Kind() == "HorizontalPodAutoscaler" })
	for _, o := range all {
		switch {
		case o.Kind() == "Deployment":
			for _, c := range containers(o) {
				small(c)
				setArg(c, "-shell-image", shell)
			}
		case o.Kind() == "ConfigMap" && o.Name() == "feature-flags" && o.Namespace() == tektonNamespace:
			// Nothing injects sidecars here; without the wait steps start sooner.
			if data := o.At("data"); data["running-in-environment-with-injected-sidecars"] != nil {
				data["running-in-environment-with-injected-sidecars"] = "false"
			}
		case o.Kind() == "ConfigMap" && o.Name() == "config-registry-cert":
			// The controller asks registries for the entry point of an image.
			o["data"] = map[string]any{"cert": string(p.CA.Certificate)}
		}
	}
	return all
}

// small lets a container ask for little and use what is there.
func small(container kubeyaml.Object) {
	container["resources"] = map[string]any{"requests": map[string]any{"cpu": "10m", "memory": "32Mi"}}
}

// setArg sets the argument that follows a flag, where the flag is there.
func setArg(container kubeyaml.Object, flag, value string) {
	args, _ := container["args"].([]any)
	if i := slices.Index(args, any(flag)); i >= 0 && i+1 < len(args) {
		args[i+1] = value
	}
}
