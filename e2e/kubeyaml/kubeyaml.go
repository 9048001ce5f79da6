// SPDX-License-Identifier: Apache-2.0

// Package kubeyaml reads and writes streams of Kubernetes objects as YAML, so
// that a few of their fields can be changed on the way to a cluster.
package kubeyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// Object is one Kubernetes object as YAML has it. The maps in it are of type
// map[string]any.
type Object map[string]any

// Parse reads a stream of YAML documents; empty ones are left out.
func Parse(stream []byte) ([]Object, error) {
	var all []Object
	for dec := yaml.NewDecoder(bytes.NewReader(stream)); ; {
		var o map[string]any
		err := dec.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("parsing YAML document %d: %w", len(all)+1, err)
		}
		if len(o) > 0 {
			all = append(all, o)
		}
	}
}

// Render writes objects as one stream of YAML documents.
func Render(all []Object) ([]byte, error) {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	for _, o := range all {
		if err := enc.Encode(map[string]any(o)); err != nil {
			return nil, fmt.Errorf("writing YAML: %w", err)
		}
	}
	return buf.Bytes(), enc.Close()
}

// Kind is the object's kind; empty where it has none.
func (o Object) Kind() string { s, _ := o["kind"].(string); return s }

// Name is the object's name; empty where it has none.
func (o Object) Name() string { s, _ := o.At("metadata")["name"].(string); return s }

// Namespace is the object's namespace; empty where it has none.
func (o Object) Namespace() string { s, _ := o.At("metadata")["namespace"].(string); return s }

// At walks down maps; what is not there is an empty map of its own.
func (o Object) At(keys ...string) Object {
	for _, key := range keys {
		next, ok := o[key].(map[string]any)
		if !ok {
			return Object{}
		}
		o = next
	}
	return o
}
