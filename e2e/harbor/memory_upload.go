// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// unfinished is an upload that has not ended.
type unfinished struct {
	repository string
	data       bytes.Buffer
}

func (m *memory) serveUpload(w http.ResponseWriter, r *http.Request, op operation) {
	var came bytes.Buffer
	_, cut := came.ReadFrom(r.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Method == http.MethodPost && op.reference == "" {
		m.startUpload(w, r, op)
		return
	}
	u := m.uploads[op.reference]
	if u == nil || u.repository != op.repository {
		registryError(w, r, http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", nil)
		return
	}
	// An address from before the last bytes came ends the upload, whatever is
	// asked at it: registry/handlers/blobupload.go in distribution 2.8.
	if r.URL.Query().Get("_state") != strconv.Itoa(u.data.Len()) {
		delete(m.uploads, op.reference)
		registryError(w, r, http.StatusBadRequest, "BLOB_UPLOAD_INVALID", "blob upload invalid", nil)
		return
	}
	m.goOn(w, r, op, u, came.Bytes(), cut)
}

// goOn does what is asked of an upload that is under way. Where the client went
// away in the middle, what came stays.
func (m *memory) goOn(w http.ResponseWriter, r *http.Request, op operation, u *unfinished, came []byte, cut error) {
	switch r.Method {
	case http.MethodGet:
		u.describe(w, r, op.reference, http.StatusNoContent)
	case http.MethodPatch:
		var from, to int
		if n, _ := fmt.Sscanf(r.Header.Get("Content-Range"), "%d-%d", &from, &to); n == 2 && from != u.data.Len() {
			registryError(w, r, http.StatusRequestedRangeNotSatisfiable, "RANGE_INVALID", "invalid content range", nil)
			return
		}
		u.data.Write(came)
		if cut == nil {
			u.describe(w, r, op.reference, http.StatusAccepted)
		}
	case http.MethodPut:
		u.data.Write(came)
		if cut == nil {
			m.finishUpload(w, r, op, u)
		}
	case http.MethodDelete:
		delete(m.uploads, op.reference)
		w.WriteHeader(http.StatusNoContent)
	default:
		registryError(w, r, http.StatusMethodNotAllowed, "UNSUPPORTED", "The operation is unsupported.", nil)
	}
}

// startUpload begins an upload, or mounts a blob of another repository.
func (m *memory) startUpload(w http.ResponseWriter, r *http.Request, op operation) {
	mount := r.URL.Query().Get("mount")
	if blob, ok := m.blobs[op.from][mount]; ok && op.from != "" {
		m.keep(op.repository, mount, blob)
		created(w, r, op.repository, mount)
		return
	}
	id := newUUID()
	m.uploads[id] = &unfinished{repository: op.repository}
	m.uploads[id].describe(w, r, id, http.StatusAccepted)
}

// describe says where an upload goes on, and how much of it there is.
func (u *unfinished) describe(w http.ResponseWriter, r *http.Request, id string, status int) {
	h := w.Header()
	h.Set("Docker-Upload-Uuid", id)
	h.Set("Location", base(r)+"/v2/"+u.repository+"/blobs/uploads/"+id+"?"+url.Values{"_state": {strconv.Itoa(u.data.Len())}}.Encode())
	h.Set("Range", "0-"+strconv.Itoa(max(u.data.Len()-1, 0)))
	h.Set("Content-Length", "0")
	w.WriteHeader(status)
}

func (m *memory) finishUpload(w http.ResponseWriter, r *http.Request, op operation, u *unfinished) {
	digest := r.URL.Query().Get("digest")
	if digestOf(u.data.Bytes()) != digest {
		delete(m.uploads, op.reference)
		registryError(w, r, http.StatusBadRequest, "DIGEST_INVALID", "provided digest did not match uploaded content", nil)
		return
	}
	delete(m.uploads, op.reference)
	m.keep(op.repository, digest, u.data.Bytes())
	created(w, r, op.repository, digest)
}

func (m *memory) keep(repository, digest string, blob []byte) {
	if m.blobs[repository] == nil {
		m.blobs[repository] = map[string][]byte{}
	}
	m.blobs[repository][digest] = blob
}

func created(w http.ResponseWriter, r *http.Request, repository, digest string) {
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Location", base(r)+"/v2/"+repository+"/blobs/"+digest)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusCreated)
}
