// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"errors"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/registry"
)

func TestDelete(t *testing.T) {
	r, client, host := recorded(t, "delete.txtar")
	if err := client.Delete(t.Context(), digestOf(t, client, host+"/demo/app@"+one)); err != nil {
		t.Fatal(err)
	}
	if last := r.seen[len(r.seen)-1]; !strings.HasPrefix(last, "DELETE ") || !strings.HasSuffix(last, one) {
		t.Errorf("asked %q", r.seen)
	}
}

func TestDeleteLeavesWhatHasATag(t *testing.T) {
	_, client, host := recorded(t, "delete-tagged.txtar")
	var tagged *registry.TaggedError
	err := client.Delete(t.Context(), digestOf(t, client, host+"/demo/app@"+one))
	if !errors.As(err, &tagged) || tagged.Tag != "v1" {
		t.Errorf("got %v", err)
	}
}
