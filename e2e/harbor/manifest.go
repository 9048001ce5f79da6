// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
)

// manifest is what of a manifest matters here.
type manifest struct {
	MediaType    string       `json:"mediaType"`
	ArtifactType string       `json:"artifactType"`
	Config       descriptor   `json:"config"`
	Layers       []descriptor `json:"layers"`
	Manifests    []descriptor `json:"manifests"`
	Subject      *descriptor  `json:"subject"`

	size int64
}

type descriptor struct {
	MediaType string          `json:"mediaType"`
	Digest    string          `json:"digest"`
	Size      int64           `json:"size"`
	Platform  json.RawMessage `json:"platform"`
}

// typeOfConfig finds the kind in "application/vnd.example.thing.config.v1+json".
var typeOfConfig = regexp.MustCompile(`^application/vnd\.[^.]*\.(.*)\.config\.[^.]*\+json$`)

func parseManifest(body []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return m, &apiError{Status: http.StatusBadRequest, Code: "MANIFEST_INVALID", Message: "unmarshal manifest failed: " + err.Error()}
	}
	m.size = int64(len(body))
	return m, nil
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// blobs are the sizes of the config and the layers, by digest.
func (m manifest) blobs() map[string]int64 {
	out := map[string]int64{}
	for _, d := range append([]descriptor{m.Config}, m.Layers...) {
		if d.Digest != "" {
			out[d.Digest] = d.Size
		}
	}
	return out
}
