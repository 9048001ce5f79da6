// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memory is a registry in memory that anybody may use, with manifests by their
// digests alone. It answers as distribution 2.8 does, which Harbor has behind it.
type memory struct {
	mu        sync.Mutex
	blobs     map[string]map[string][]byte // by repository and digest
	manifests map[string]map[string]stored
	uploads   map[string]*unfinished
}

type stored struct {
	mediaType string
	body      []byte
}

func newMemory() *memory {
	return &memory{blobs: map[string]map[string][]byte{}, manifests: map[string]map[string]stored{}, uploads: map[string]*unfinished{}}
}

// ServeHTTP answers requests for blobs, uploads and manifests.
func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	op, _ := operationOf(r)
	switch {
	case op.what == "uploads":
		m.serveUpload(w, r, op)
	case op.what == "blobs" && safe(r.Method):
		m.getBlob(w, r, op)
	case op.what == "manifests" && safe(r.Method):
		m.getManifest(w, r, op)
	case op.what == "manifests" && r.Method == http.MethodPut:
		m.putManifest(w, r, op)
	default:
		registryError(w, r, http.StatusMethodNotAllowed, "UNSUPPORTED", "The operation is unsupported.", nil)
	}
}

// registryError answers with an error as distribution writes them.
func registryError(w http.ResponseWriter, r *http.Request, status int, code, message string, detail any) {
	one := object{"code": code, "message": message}
	if detail != nil {
		one["detail"] = detail
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(encode(object{"errors": []object{one}})) //nolint:errcheck,gosec // the client that went away is told nothing
	}
}

func (m *memory) getBlob(w http.ResponseWriter, r *http.Request, op operation) {
	m.mu.Lock()
	blob, ok := m.blobs[op.repository][op.reference]
	m.mu.Unlock()
	if !ok {
		w.Header().Del("Docker-Distribution-Api-Version")
		registryError(w, r, http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to registry", nil)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "max-age=31536000")
	h.Set("Docker-Content-Digest", op.reference)
	h.Set("Etag", strconv.Quote(op.reference))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(blob))
}

func (m *memory) getManifest(w http.ResponseWriter, r *http.Request, op operation) {
	m.mu.Lock()
	found, ok := m.manifests[op.repository][op.reference]
	m.mu.Unlock()
	if !ok {
		registryError(w, r, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown", nil)
		return
	}
	h := w.Header()
	h.Set("Content-Type", found.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(found.body)))
	h.Set("Docker-Content-Digest", op.reference)
	h.Set("Etag", strconv.Quote(op.reference))
	if r.Method != http.MethodHead {
		w.Write(found.body) //nolint:errcheck,gosec // the client that went away is told nothing
	}
}

// putManifest takes a manifest whose digest is right and whose parts are there.
func (m *memory) putManifest(w http.ResponseWriter, r *http.Request, op operation) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		return // the client went away
	}
	if digestOf(body.Bytes()) != op.reference {
		registryError(w, r, http.StatusBadRequest, "DIGEST_INVALID", "provided digest did not match uploaded content", nil)
		return
	}
	parsed, err := parseManifest(body.Bytes())
	if err != nil {
		registryError(w, r, http.StatusBadRequest, "MANIFEST_INVALID", "manifest invalid", nil)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if missing := m.missing(op.repository, parsed); missing != "" {
		registryError(w, r, http.StatusBadRequest, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", missing)
		return
	}
	if m.manifests[op.repository] == nil {
		m.manifests[op.repository] = map[string]stored{}
	}
	m.manifests[op.repository][op.reference] = stored{strings.TrimSpace(r.Header.Get("Content-Type")), body.Bytes()}
	w.Header().Set("Docker-Content-Digest", op.reference)
	w.Header().Set("Location", base(r)+"/v2/"+op.repository+"/manifests/"+op.reference)
	w.WriteHeader(http.StatusCreated)
}

// missing is a blob or manifest that a manifest names and the repository lacks.
func (m *memory) missing(repository string, parsed manifest) string {
	for digest := range parsed.blobs() {
		if _, ok := m.blobs[repository][digest]; !ok {
			return digest
		}
	}
	for _, d := range parsed.Manifests {
		if _, ok := m.manifests[repository][d.Digest]; !ok {
			return d.Digest
		}
	}
	return ""
}
