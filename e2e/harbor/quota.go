// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"fmt"
	"net/http"
	"time"
)

// room fails where a project's quota leaves no room for what it has not yet.
func (p *project) room(blobs map[string]int64) error {
	var more int64
	for digest, size := range blobs {
		if _, has := p.blobs[digest]; !has {
			more += size
		}
	}
	if p.limit < 0 || more == 0 || p.used()+more <= p.limit {
		return nil
	}
	return &apiError{Status: http.StatusForbidden, Code: "DENIED", Message: fmt.Sprintf(
		"adding %s of storage resource, which when updated to current usage of %s will exceed the configured upper limit of %s.",
		humane(more), humane(p.used()), humane(p.limit))}
}

// fill counts blobs against a project's quota.
func (p *project) fill(blobs map[string]int64, now time.Time) {
	for digest, size := range blobs {
		p.blobs[digest] = size
	}
	p.filled = now
}

// humane is a size as Harbor writes it: "2.0 KiB".
func humane(bytes int64) string {
	if bytes < 1024 {
		return fmt.Sprintf("%d B", bytes)
	}
	size, unit := float64(bytes), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB"} {
		if size /= 1024; size < 1024 {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}
