// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/adze-ci/adze/e2e/forge/forgetest"
)

// webhooks are GitHub's schemas of events: one definition for each event and action.
type webhooks struct {
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

const schemaAddress = "mem:///webhooks.json"

func loadWebhooks() (*webhooks, error) {
	data, err := os.ReadFile(filepath.Join(modules, "webhooks-schemas", "schema.json"))
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's webhook schemas: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's webhook schemas: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.RegisterFormat(&jsonschema.Format{Name: "uri-template", Validate: uriTemplate})
	if err := compiler.AddResource(schemaAddress, doc); err != nil {
		return nil, err
	}
	return &webhooks{compiler: compiler, compiled: map[string]*jsonschema.Schema{}}, nil
}

// uriTemplate replaces the compiler's own check, which takes the template apart at
// its slashes and so refuses {/name}.
func uriTemplate(v any) error {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	if _, err := url.Parse(template.ReplaceAllString(s, "")); err != nil {
		return err
	}
	return nil
}

var template = regexp.MustCompile(`\{[^{}]+\}`)

// check holds an event to its definition: push$event, pull_request$opened, …
func (w *webhooks) check(e forgetest.Event) error {
	action, _ := e.Payload["action"].(string)
	if action == "" {
		action = "event"
	}
	name := e.Name + "$" + action
	schema := w.compiled[name]
	if schema == nil {
		var err error
		if schema, err = w.compiler.Compile(schemaAddress + "#/definitions/" + name); err != nil {
			return fmt.Errorf("event %s: GitHub's schemas define none such: %w", name, err)
		}
		w.compiled[name] = schema
	}
	payload, err := jsonschema.UnmarshalJSON(bytes.NewReader(e.Body))
	if err != nil {
		return fmt.Errorf("event %s: %w", name, err)
	}
	if err := schema.Validate(payload); err != nil {
		return fmt.Errorf("event %s: %w", name, err)
	}
	return nil
}
