// SPDX-License-Identifier: Apache-2.0

//go:build contract

package contract

import (
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// modules is where npm puts packages.
const modules = "node_modules/@octokit"

// description is GitHub's OpenAPI document, with an index by path.
type description struct {
	doc   *openapi3.T
	paths []path
}

type path struct {
	template string
	pattern  *regexp.Regexp
}

// published reads the description once for all tests: it has 13 MB.
var published = sync.OnceValues(loadDescription)

func loadDescription() (*description, error) {
	file := filepath.Join(modules, "openapi", "generated", "api.github.com.json")
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("finding GitHub's API description: %w\nhint: run make contract, which installs it", err)
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading GitHub's API description: %w", err)
	}
	d := &description{doc: doc}
	mend(doc)
	for template := range doc.Paths.Map() {
		if strings.Contains(template, "...") {
			continue // an older form of compare/{basehead}
		}
		d.paths = append(d.paths, path{template, pathPattern(template)})
	}
	slices.SortFunc(d.paths, func(a, b path) int {
		if n := literalLength(b.template) - literalLength(a.template); n != 0 {
			return n
		}
		return strings.Compare(a.template, b.template)
	})
	for _, schema := range doc.Components.Schemas {
		seal(schema, map[*openapi3.Schema]bool{})
	}
	return d, nil
}

// mend corrects two slips of the description: an account that is said to be a
// user and an enterprise at once, where elsewhere it is either; and an error that
// has to be one of two kinds that are the same.
func mend(doc *openapi3.T) {
	installations := doc.Paths.Value("/app/installations").Get.Responses.Value("200").Value.Content["application/json"].Schema.Value
	account := installations.Items.Value.Properties["account"].Value
	account.AnyOf, account.AllOf = account.AllOf, nil
	conflict := doc.Paths.Value("/repos/{owner}/{repo}/contents/{path}").Put.Responses.Value("409").Value.Content["application/json"].Schema.Value
	conflict.AnyOf, conflict.OneOf = conflict.OneOf, nil
}

var placeholder = regexp.MustCompile(`\{[^}]+\}`)

func literalLength(template string) int {
	return len(placeholder.ReplaceAllString(template, ""))
}

// pathPattern lets those parameters have slashes that GitHub lets have them.
func pathPattern(template string) *regexp.Regexp {
	pattern := placeholder.ReplaceAllStringFunc(template, func(p string) string {
		if slices.Contains([]string{"{ref}", "{path}", "{branch}", "{basehead}"}, p) {
			return ".*"
		}
		return "[^/]+"
	})
	return regexp.MustCompile("^" + pattern + "$")
}

// seal makes an object with named properties refuse others, so that what GitHub
// never sends is found. Parts of a composition stay open: each knows its own.
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
	for _, part := range slices.Concat(s.OneOf, s.AnyOf) {
		seal(part, seen)
	}
	composed := len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) > 0
	if len(s.Properties) > 0 && !composed && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		no := false
		s.AdditionalProperties.Has = &no
	}
}

// operation finds what describes a request.
func (d *description) operation(method, at string) (string, *openapi3.Operation) {
	for _, p := range d.paths {
		if !p.pattern.MatchString(at) {
			continue
		}
		if o := d.doc.Paths.Value(p.template).GetOperation(method); o != nil {
			return p.template, o
		}
	}
	return "", nil
}

// check holds one answer to the description; at is the path below the API's root.
func (d *description) check(method, at string, status int, mediaType string, body []byte) error {
	template, o := d.operation(method, at)
	if o == nil {
		return fmt.Errorf("GitHub describes no operation %s %s", method, at)
	}
	answer := o.Responses.Value(strconv.Itoa(status))
	if answer == nil {
		return d.checkEverywhere(template, status, body)
	}
	if len(answer.Value.Content) == 0 {
		// Some refusals are described without a body, though GitHub sends one.
		if status < 300 && len(body) > 0 {
			return fmt.Errorf("%s: %d has a body of %d bytes, described is none", template, status, len(body))
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return fmt.Errorf("%s: %d: content type: %w", template, status, err)
	}
	content := answer.Value.Content[kind]
	if content == nil {
		return d.checkText(kind, template)
	}
	return checkSchema(content.Schema, kind, body)
}

// checkEverywhere: what any operation may answer to a caller who is not let in
// is described for few of them. These have the body of all errors.
func (d *description) checkEverywhere(template string, status int, body []byte) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return checkSchema(d.doc.Components.Schemas["basic-error"], "application/json", body)
	}
	return fmt.Errorf("%s: status %d is not described: %s", template, status, body)
}

// checkText: the media types raw, diff, patch and sha are in GitHub's prose and,
// for some operations, not in the description.
func (d *description) checkText(kind, template string) error {
	for _, known := range []string{"raw", "diff", "patch", "sha"} {
		if kind == "application/vnd.github."+known {
			return nil
		}
	}
	return fmt.Errorf("%s: content type %s is not described", template, kind)
}
