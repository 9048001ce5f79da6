// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// install applies adze's objects to the loop's namespace, with the settings
// that the Trigger's own comment asks an operator to fill in.
func (l *Loop) install(ctx context.Context) error {
	objects, err := parse(l.Objects)
	if err != nil {
		return err
	}
	for _, o := range objects {
		l.adapt(o)
	}
	out, err := render(objects)
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
func (l *Loop) adapt(o map[string]any) {
	switch o["kind"] {
	case "Trigger":
		l.settings(o)
	case "ClusterRole":
		rename(o, l.Namespace)
	case "ClusterRoleBinding":
		rename(o, l.Namespace)
		ref, _ := o["roleRef"].(map[string]any)
		ref["name"] = fmt.Sprint(ref["name"], "-", l.Namespace)
		subjects, _ := o["subjects"].([]any)
		for _, s := range subjects {
			s.(map[string]any)["namespace"] = l.Namespace
		}
	}
}

func rename(o map[string]any, suffix string) {
	meta, _ := o["metadata"].(map[string]any)
	meta["name"] = fmt.Sprint(meta["name"], "-", suffix)
}

// settings replaces the values of the Trigger's overlays.
func (l *Loop) settings(trigger map[string]any) {
	values := map[string]string{
		"adze.repository": l.Owner + "/" + l.Repo,
		"adze.branch":     l.Branch,
		"adze.url":        l.Inside + "/" + l.Owner + "/" + l.Repo + ".git",
		"adze.api":        l.Inside + "/api/v3",
		"adze.registry":   l.ImagePrefix,
		"adze.database":   l.Database,
	}
	walk(trigger, func(m map[string]any) {
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

func parse(stream []byte) ([]map[string]any, error) {
	var all []map[string]any
	for dec := yaml.NewDecoder(bytes.NewReader(stream)); ; {
		var o map[string]any
		err := dec.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("parsing adze's objects: %w", err)
		}
		if len(o) > 0 {
			all = append(all, o)
		}
	}
}

func render(objects []map[string]any) ([]byte, error) {
	var out strings.Builder
	enc := yaml.NewEncoder(&out)
	for _, o := range objects {
		if err := enc.Encode(o); err != nil {
			return nil, fmt.Errorf("writing adze's objects: %w", err)
		}
	}
	return []byte(out.String()), enc.Close()
}
