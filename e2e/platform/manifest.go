// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
)

// object is one Kubernetes object as YAML has it.
type object map[string]any

// objects parses a stream of YAML documents; empty ones are left out.
func objects(stream []byte) ([]object, error) {
	var all []object
	for dec := yaml.NewDecoder(bytes.NewReader(stream)); ; {
		var o object
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

// stream writes objects as one stream of YAML documents.
func stream(all []object) ([]byte, error) {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	for _, o := range all {
		if err := enc.Encode(map[string]any(o)); err != nil {
			return nil, fmt.Errorf("writing YAML: %w", err)
		}
	}
	return buf.Bytes(), enc.Close()
}

func (o object) kind() string      { s, _ := o["kind"].(string); return s }
func (o object) name() string      { s, _ := o.at("metadata")["name"].(string); return s }
func (o object) namespace() string { s, _ := o.at("metadata")["namespace"].(string); return s }

// at walks down maps; what is not there is an empty map of its own.
func (o object) at(keys ...string) object {
	for _, key := range keys {
		switch next := o[key].(type) {
		case map[string]any:
			o = next
		case object:
			o = next
		default:
			return object{}
		}
	}
	return o
}

// containers are those of a workload's pod template.
func (o object) containers() []object {
	list, _ := o.at("spec", "template", "spec")["containers"].([]any)
	var all []object
	for _, c := range list {
		switch c := c.(type) {
		case map[string]any:
			all = append(all, c)
		case object:
			all = append(all, c)
		}
	}
	return all
}

// first reports whether others need o to be there before them.
func (o object) first() bool {
	return slices.Contains([]string{"Namespace", "CustomResourceDefinition"}, o.kind())
}

// fingerprint is a short hash of all that is given.
func fingerprint(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d\n%s", len(part), part) //nolint:errcheck // a hash takes all
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
