// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/adze-ci/adze/e2e/harbor/harbortest"
)

// Of many that want a tag at once one gets it, of many that want a scan one
// begins it, and many pushes of one image make one artifact.
func TestManyAtOnce(t *testing.T) {
	h := harbortest.Start(t)
	p := pushTo(t, h, nil)
	h.Server.HoldScans("Pending")
	img := image(t)
	var tagged, begun atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if status, _ := ask(t, h, http.MethodPost, p.origin+"/tags", `{"name":"once"}`); status == http.StatusCreated {
				tagged.Add(1)
			}
			if status, _ := ask(t, h, http.MethodPost, p.origin+"/scan", ""); status == http.StatusAccepted {
				begun.Add(1)
			}
			if err := push(t, h, h.User, h.Password, p.project+"/many:v1", img); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	h.Server.HoldScans("")
	h.Server.Wait()
	if tagged.Load() != 1 || begun.Load() != 1 || len(h.Script.Asked()) != 1 {
		t.Errorf("%d got the tag, %d scans began, %d images were scanned", tagged.Load(), begun.Load(), len(h.Script.Asked()))
	}
	_, body := ask(t, h, http.MethodGet, "/api/v2.0/projects/"+p.project+"/repositories/many", "")
	for _, difference := range differences(`{"...":"","artifact_count":1}`, body) {
		t.Error(difference)
	}
}
