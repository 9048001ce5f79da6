// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"sigs.k8s.io/yaml"

	"github.com/adze-ci/adze/e2e/harbor"
)

// description is Harbor's own of its API, as it comes with its client for Go,
// and what of it was met.
type description struct {
	doc  *openapi3.T
	used map[string]bool // of deviations

	mu        sync.Mutex
	succeeded map[string]bool // routes
}

func describe(t *testing.T) *description {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/goharbor/go-client").Output()
	if err != nil {
		t.Fatalf("finding Harbor's client: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "api", "v2.0", "swagger.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var old openapi2.T
	if err := json.Unmarshal(asJSON, &old); err != nil {
		t.Fatal(err)
	}
	doc, err := openapi2conv.ToV3(&old)
	if err != nil {
		t.Fatal(err)
	}
	mend(t, doc)
	for _, schema := range doc.Components.Schemas {
		seal(schema, map[*openapi3.Schema]bool{})
	}
	return &description{doc: doc, used: map[string]bool{}, succeeded: map[string]bool{}}
}

// mend corrects what the description says of answers that were recorded: fields
// that are null, and a report that is an object and no string.
func mend(t *testing.T, doc *openapi3.T) {
	t.Helper()
	for schema, fields := range nulls() {
		for _, field := range fields {
			property := doc.Components.Schemas[schema].Value.Properties[field]
			if property.Ref != "" || property.Value.Nullable {
				open := *property.Value
				property = &openapi3.SchemaRef{Value: &open}
				doc.Components.Schemas[schema].Value.Properties[field] = property
			}
			property.Value.Nullable = true
		}
	}
	open := true
	for _, name := range []string{"ExtraAttrs", "Platform", "ProjectMetadata"} { // they have fields, or kinds of values, that are not described
		doc.Components.Schemas[name].Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &open}
	}
	report := "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/additions/vulnerabilities"
	doc.Paths.Value(report).Get.Responses.Value("200").Value.Content["application/json"].Schema = openapi3.NewObjectSchema().NewRef()
}

// seal makes an object with named properties refuse others.
func seal(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	for _, property := range s.Properties {
		seal(property, seen)
	}
	seal(s.Items, seen)
	if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		no := false
		s.AdditionalProperties.Has = &no
	}
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// operation finds what describes a request to the API, by the stand-in's route.
func (d *description) operation(method, path string) (string, *openapi3.Operation) {
	for _, route := range harbor.Routes() {
		pattern := regexp.MustCompile("^" + parameter.ReplaceAllString(route.Path, "[^/]+") + "$")
		if route.Method != method || !pattern.MatchString(path) {
			continue
		}
		for template, item := range d.doc.Paths.Map() {
			if parameter.ReplaceAllString(template, "{}") == parameter.ReplaceAllString(route.Path, "{}") && item.GetOperation(method) != nil {
				return route.Method + " " + route.Path, item.GetOperation(method)
			}
		}
	}
	return "", nil
}

// meet holds one answer of the stand-in to the description.
func (d *description) meet(t *testing.T, got answer) {
	t.Helper()
	path, ok := strings.CutPrefix(got.path, "/api/v2.0")
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	route, operation := d.operation(got.method, path)
	if operation == nil {
		if got.status != http.StatusNotFound || !strings.Contains(got.body, "was not found") {
			t.Errorf("Harbor describes no %s %s", got.method, path)
		}
		return
	}
	if got.status < http.StatusMultipleChoices {
		d.succeeded[route] = true
	}
	if err := check(operation, got); err != nil {
		key := fmt.Sprintf("%s %d", route, got.status)
		if reason, known := deviations()[key]; known && strings.Contains(err.Error(), reason) {
			d.used[key] = true
			return
		}
		t.Errorf("%s is not as described: %v\n%s", key, err, got.body)
	}
}

func check(operation *openapi3.Operation, got answer) error {
	answer := operation.Responses.Value(strconv.Itoa(got.status))
	if answer == nil || answer.Value == nil {
		return fmt.Errorf("status %d is not described", got.status)
	}
	kind, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil || got.method == http.MethodHead {
		return nil // nothing came
	}
	described := answer.Value.Content.Get(kind)
	if described == nil || described.Schema == nil {
		return fmt.Errorf("status %d is described without a body in %s", got.status, kind)
	}
	var value any = got.body
	if kind == "application/json" {
		if err := json.Unmarshal([]byte(got.body), &value); err != nil {
			return err
		}
	}
	return described.Schema.Value.VisitJSON(value)
}
