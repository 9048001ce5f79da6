// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// schema is the part of JSON Schema (draft 2020-12) that adze.yaml needs.
type schema struct {
	Draft       string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        types              `json:"type,omitempty"`
	Const       string             `json:"const,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	MinLength   int                `json:"minLength,omitempty"`
	Not         *schema            `json:"not,omitempty"`
	Default     []string           `json:"default,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	// Others is what other keys than Properties hold; nil for no such keys.
	Others *schema `json:"-"`
}

// types are the types that a value may have.
type types []string

// MarshalJSON writes a single type as a word.
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// MarshalJSON writes what a mapping says of other keys.
func (s schema) MarshalJSON() ([]byte, error) {
	type plain schema
	if s.Properties == nil && s.Others == nil {
		return json.Marshal(plain(s))
	}
	others := any(false)
	if s.Others != nil {
		others = s.Others
	}
	return json.Marshal(struct {
		plain
		AdditionalProperties any `json:"additionalProperties"`
	}{plain(s), others})
}

// mappingSchema is the schema of a mapping with the fields' keys and no others.
func mappingSchema[T any](fields []field[T], kinds ...string) schema {
	s := schema{Type: kinds, Properties: map[string]*schema{}}
	for _, f := range fields {
		value := f.schema
		value.Description = f.usage
		s.Properties[f.name] = &value
		if f.required {
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}

// Schema is the JSON Schema of adze.yaml, made of the same declaration that
// Parse goes by.
func Schema() ([]byte, error) {
	s := mappingSchema(configFields(), "object")
	s.Draft = "https://json-schema.org/draft/2020-12/schema"
	s.Title = FileName
	s.Description = "The services of a monorepo. Paths are relative to the repository's root."
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("writing the JSON Schema of %s: %w", FileName, err)
	}
	return b.Bytes(), nil
}
