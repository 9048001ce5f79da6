// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// undescribed is what GitHub sends and does not describe: the status in the body
// of an error, which is described for some errors only.
var undescribed = []string{`/: property "status" is unsupported`}

// checkSchema holds a JSON body to a schema and lists all that is wrong, one
// place to a line.
func checkSchema(schema *openapi3.SchemaRef, kind string, body []byte) error {
	if kind != "application/json" {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	err := schema.Value.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.MultiErrors(), openapi3.EnableFormatValidation())
	var wrong []error
	for _, text := range flatten(err) {
		if !slices.Contains(undescribed, text) {
			wrong = append(wrong, errors.New(text))
		}
	}
	return errors.Join(wrong...)
}

// flatten lists what a validation found as "place: reason".
func flatten(err error) []string {
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var out []string
		for _, one := range many {
			out = append(out, flatten(one)...)
		}
		return out
	}
	var one *openapi3.SchemaError
	if !errors.As(err, &one) {
		if err == nil {
			return nil
		}
		return []string{err.Error()}
	}
	place := "/" + strings.Join(one.JSONPointer(), "/")
	if one.Origin != nil && one.Reason == "" {
		return []string{place + ": " + one.Origin.Error()}
	}
	return []string{place + ": " + one.Reason}
}
