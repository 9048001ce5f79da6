// SPDX-License-Identifier: Apache-2.0

package harbor_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// digest is that of an image or a part of one, by name.
func (s *story) digest(name string) string {
	s.t.Helper()
	content, ok := s.contents[name]
	if !ok {
		s.t.Fatalf("no image %s was made", name)
	}
	return digestOf(content)
}

const (
	imageManifest = "application/vnd.oci.image.manifest.v1+json"
	imageIndex    = "application/vnd.oci.image.index.v1+json"
	imageConfig   = "application/vnd.oci.image.config.v1+json"
	imageLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// make makes an image whose parts are as long as those that were recorded:
//
//	image NAME AUTHOR BYTES-OF-CONFIG BYTES-OF-LAYER
//	thing NAME
//	index NAME AMD64 ARM64
func (s *story) make(kind, name string, rest []string) {
	s.t.Helper()
	switch kind {
	case "image":
		config := fmt.Sprintf(`{"architecture":"amd64","author":%q,"config":{"Cmd":["/bin/sh"]},"created":"2026-01-01T00:00:00Z","os":"linux"}`, strings.Trim(rest[0], "-"))
		s.contents[name+".config"] = []byte(config + strings.Repeat(" ", s.number(rest[1])-len(config)))
		s.contents[name+".layer"] = []byte(strings.Repeat(name, s.number(rest[2]))[:s.number(rest[2])])
		s.contents[name] = s.manifest(name, imageConfig, imageLayer)
	case "thing":
		s.contents[name+".config"], s.contents[name+".layer"] = []byte("{}"), []byte("some content: 14")[:14]
		s.contents[name] = s.manifest(name, "application/vnd.example.thing.config.v1+json", "application/octet-stream")
	case "index":
		part := func(child, architecture string) string {
			return fmt.Sprintf(`{"mediaType": %q, "digest": %q, "size": %d, "platform": {"architecture": %q, "os": "linux"}}`,
				imageManifest, s.digest(child), len(s.contents[child]), architecture)
		}
		s.contents[name] = fmt.Appendf(nil, `{"schemaVersion": 2, "mediaType": %q, "manifests": [%s, %s]}`, imageIndex, part(rest[0], "amd64"), part(rest[1], "arm64"))
	}
}

func (s *story) number(word string) int {
	n, err := strconv.Atoi(word)
	s.check(err)
	return n
}

func (s *story) manifest(name, configType, layerType string) []byte {
	part := func(kind, of string) string {
		return fmt.Sprintf(`{"mediaType": %q, "size": %d, "digest": %q}`, kind, len(s.contents[of]), s.digest(of))
	}
	return fmt.Appendf(nil, `{"schemaVersion": 2, "mediaType": %q, "config": %s, "layers": [%s]}`,
		imageManifest, part(configType, name+".config"), part(layerType, name+".layer"))
}

// push pushes an image to "demo/app", or under a tag to "demo/app:v1".
func (s *story) push(name, to string) {
	s.t.Helper()
	repository, tag, tagged := strings.Cut(to, ":")
	if !tagged {
		tag = s.digest(name)
	}
	for _, part := range []string{name + ".config", name + ".layer"} {
		if s.contents[part] != nil {
			s.pushBlob(repository, part)
		}
	}
	mediaType := imageManifest
	if s.contents[name+".config"] == nil {
		mediaType = imageIndex
	}
	s.must("PUT /v2/"+repository+"/manifests/"+tag, mediaType, "{bytes "+name+"}")
}

func (s *story) pushBlob(repository, part string) {
	s.t.Helper()
	s.must("POST /v2/"+repository+"/blobs/uploads/", "", "")
	s.must("PATCH "+s.location, "application/octet-stream", "{bytes "+part+"}")
	s.must("PUT "+s.location+"&digest="+s.digest(part), "", "")
}

func (s *story) must(line, mediaType, body string) {
	s.t.Helper()
	header := http.Header{"As": {"admin"}}
	if mediaType != "" {
		header.Set("Content-Type", mediaType)
	}
	if got := s.send(message{line: line, header: header, body: body}); got.status >= http.StatusMultipleChoices {
		s.t.Fatalf("%s: %d %s", line, got.status, got.body)
	}
}
