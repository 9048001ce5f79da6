// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxManifest is how many bytes a manifest may have, as with most registries.
const maxManifest = 4 << 20

// routes are the part of the protocol that a push needs.
func (d *Dock) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /v2/image/blobs/{digest}", d.blob)
	mux.HandleFunc("POST /v2/image/blobs/uploads/{$}", d.begin)
	mux.HandleFunc("PATCH /v2/image/blobs/uploads/{id}", d.add)
	mux.HandleFunc("PUT /v2/image/blobs/uploads/{id}", d.finish)
	mux.HandleFunc("DELETE /v2/image/blobs/uploads/{id}", d.cancel)
	mux.HandleFunc("GET /v2/image/manifests/{ref}", d.getManifest)
	mux.HandleFunc("PUT /v2/image/manifests/{ref}", d.putManifest)
	return mux
}

// blob answers whether a blob is there, and hands it out if the layout has it.
func (d *Dock) blob(w http.ResponseWriter, r *http.Request) {
	h, err := v1.NewHash(r.PathValue("digest"))
	size, ok := d.image.has(h)
	if err != nil || !ok {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", nil)
		return
	}
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	w.Header().Set("Docker-Content-Digest", h.String())
	if r.Method == http.MethodHead {
		return
	}
	f, err := d.image.open(h)
	if err != nil {
		w.Header().Del("Content-Length")
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", nil)
		return
	}
	defer f.Close()      //nolint:errcheck // it was only read
	_, _ = io.Copy(w, f) // who asked is gone
}

func (d *Dock) begin(w http.ResponseWriter, _ *http.Request) {
	id, err := d.uploads.begin(d.image.store)
	if err != nil {
		d.fail(w, err)
		return
	}
	w.Header().Set("Location", "/v2/image/blobs/uploads/"+id)
	w.WriteHeader(http.StatusAccepted)
}

func (d *Dock) add(w http.ResponseWriter, r *http.Request) {
	up, ok := d.uploads.get(r.PathValue("id"))
	if !ok {
		refuse(w, http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", nil)
		return
	}
	size, err := up.add(r.Body)
	if err != nil {
		d.fail(w, err)
		return
	}
	w.Header().Set("Location", r.URL.Path)
	w.Header().Set("Range", "0-"+strconv.FormatInt(size-1, 10))
	w.WriteHeader(http.StatusAccepted)
}

func (d *Dock) finish(w http.ResponseWriter, r *http.Request) {
	up, ok := d.uploads.take(r.PathValue("id"))
	if !ok {
		refuse(w, http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", nil)
		return
	}
	h, err := v1.NewHash(r.URL.Query().Get("digest"))
	if err == nil {
		_, err = up.add(r.Body)
	}
	if err != nil {
		d.fail(w, errors.Join(err, up.drop()))
		return
	}
	if err := up.finish(h); err != nil {
		d.fail(w, err)
		return
	}
	w.Header().Set("Location", "/v2/image/blobs/"+h.String())
	w.WriteHeader(http.StatusCreated)
}

func (d *Dock) cancel(w http.ResponseWriter, r *http.Request) {
	up, ok := d.uploads.take(r.PathValue("id"))
	if !ok {
		refuse(w, http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", nil)
		return
	}
	if err := up.drop(); err != nil {
		d.fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (d *Dock) getManifest(w http.ResponseWriter, r *http.Request) {
	desc, raw, ok := d.image.get(r.PathValue("ref"))
	if !ok {
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", nil)
		return
	}
	w.Header().Set("Content-Type", string(desc.MediaType))
	w.Header().Set("Docker-Content-Digest", desc.Digest.String())
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	_, _ = w.Write(raw) // who asked is gone
}

func (d *Dock) putManifest(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxManifest))
	var h v1.Hash
	if err == nil {
		h, err = d.image.put(types.MediaType(r.Header.Get("Content-Type")), raw)
	}
	if err != nil {
		d.fail(w, err)
		return
	}
	w.Header().Set("Docker-Content-Digest", h.String())
	w.WriteHeader(http.StatusCreated)
}

// fail tells the executor and the log what went wrong.
func (d *Dock) fail(w http.ResponseWriter, err error) {
	d.log.Warn("the build's image could not be taken", "cause", err.Error())
	switch {
	case errors.Is(err, errDigest):
		refuse(w, http.StatusBadRequest, "DIGEST_INVALID", err)
	case errors.Is(err, errManifest):
		refuse(w, http.StatusBadRequest, "MANIFEST_INVALID", err)
	default:
		refuse(w, http.StatusInternalServerError, "UNKNOWN", err)
	}
}

// refuse answers in the form of the protocol; err may be nil.
func refuse(w http.ResponseWriter, status int, code string, err error) {
	answer := transport.Error{Errors: []transport.Diagnostic{{Code: transport.ErrorCode(code)}}}
	if err != nil {
		answer.Errors[0].Message = err.Error()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // who asked is gone
}
