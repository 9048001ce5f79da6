// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// together is how many files one request reads.
const together = 50

// ReadAhead reads many files with few requests, through GraphQL's object,
// https://docs.github.com/en/graphql/reference/objects#blob. REST reads what
// that cannot give: a file that is cut short or is no UTF-8, or any at a forge
// without GraphQL.
func (s *snapshot) ReadAhead(ctx context.Context, files []manifests.File) {
	var missing []manifests.File
	seen := map[string]bool{}
	for _, f := range files {
		if !seen[f.ID] && !s.objects.blobs.has(f.ID) {
			missing = append(missing, f)
		}
		seen[f.ID] = true
	}
	if len(missing) < 2 {
		return // one request as well
	}
	for some := range slices.Chunk(missing, together) {
		if err := s.readTogether(ctx, some); err != nil {
			s.Log.Info("reading manifests one by one", "cause", err.Error())
			return
		}
	}
}

// readTogether asks for the texts of some files. A text counts when git would
// give it the file's id, so not a byte can have been lost on the way.
func (s *snapshot) readTogether(ctx context.Context, files []manifests.File) error {
	variables := map[string]any{"owner": s.Owner, "name": s.Name}
	var declared, fields strings.Builder
	for i, f := range files {
		fmt.Fprintf(&declared, ", $f%d: String!", i)
		fmt.Fprintf(&fields, " f%d: object(expression: $f%d) { ... on Blob { text } }", i, i)
		variables[fmt.Sprintf("f%d", i)] = s.commit + ":" + f.Path
	}
	var data struct {
		Repository map[string]*struct {
			Text *string `json:"text"`
		} `json:"repository"`
	}
	query := "query($owner: String!, $name: String!" + declared.String() + ") { repository(owner: $owner, name: $name) {" + fields.String() + " } }"
	if err := s.graphQL(ctx, query, variables, &data); err != nil {
		return err
	}
	for i, f := range files {
		blob := data.Repository[fmt.Sprintf("f%d", i)]
		if blob != nil && blob.Text != nil && blobID([]byte(*blob.Text)) == f.ID {
			s.objects.blobs.keep(f.ID, []byte(*blob.Text))
		}
	}
	return nil
}

// has tells whether a value is remembered.
func (o *once[T]) has(name string) bool {
	o.mu.Lock()
	s := o.seen[name]
	o.mu.Unlock()
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

// keep remembers a value that was not asked for by its name.
func (o *once[T]) keep(name string, value T) {
	_, _ = o.get(name, func() (T, error) { return value, nil }) // reads nothing, so nothing fails
}
