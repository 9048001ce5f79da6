// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"bytes"
	"context"
	"fmt"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// install applies adze's objects to the loop's namespace, with the settings
// that each Trigger's own comment asks an operator to fill in.
func (l *Loop) install(ctx context.Context) error {
	objects, err := kubeyaml.Parse(l.Objects)
	if err != nil {
		return err
	}
	for _, o := range objects {
		l.adapt(o)
	}
	out, err := kubeyaml.Render(objects)
	if err != nil {
		return err
	}
	return l.Apply(ctx, out)
}

// Apply applies YAML to the loop's namespace as the operator would.
func (l *Loop) Apply(ctx context.Context, text []byte) error {
	cmd := l.Cluster.Kubectl("--namespace", l.Namespace, "apply", "--server-side", "--force-conflicts", "-f", "-")
	cmd.Stdin = bytes.NewReader(text)
	return cmd.Run(ctx)
}

// adapt fills in what differs between two installations on one cluster.
func (l *Loop) adapt(o kubeyaml.Object) {
	switch o.Kind() {
	case "Trigger":
		l.settings(o)
	case "ClusterRole":
		rename(o, l.Namespace)
	case "ClusterRoleBinding":
		rename(o, l.Namespace)
		ref := o.At("roleRef")
		ref["name"] = fmt.Sprint(ref["name"], "-", l.Namespace)
		subjects, _ := o["subjects"].([]any)
		for _, s := range subjects {
			s.(map[string]any)["namespace"] = l.Namespace
		}
	}
}

func rename(o kubeyaml.Object, suffix string) {
	o.At("metadata")["name"] = o.Name() + "-" + suffix
}

// settings replaces the values of a Trigger's overlays.
func (l *Loop) settings(trigger kubeyaml.Object) {
	values := map[string]string{
		"adze.repository": l.Owner + "/" + l.Repo,
		"adze.proposals":  l.Owner + "/" + l.Repo,
		"adze.sources":    l.Owner + "/" + l.Repo,
		"adze.branch":     l.Branch,
		"adze.url":        l.Inside + "/" + l.Owner + "/" + l.Repo + ".git",
		"adze.api":        l.Inside + "/api/v3",
		"adze.registry":   l.ImagePrefix,
		"adze.scanner":    "harbor",
	}
	walk(map[string]any(trigger), func(m map[string]any) {
		key, _ := m["key"].(string)
		if v, ok := values[key]; ok {
			m["expression"] = "'" + v + "'"
		}
	})
}

// walk visits every mapping below a value.
func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, inner := range v {
			walk(inner, visit)
		}
	case []any:
		for _, inner := range v {
			walk(inner, visit)
		}
	}
}
