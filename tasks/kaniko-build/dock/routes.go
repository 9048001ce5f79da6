// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxManifest is how many bytes a manifest may have, as with most registries.
const maxManifest = 4 << 20

// repository is a name that the dock serves.
type repository interface {
	// has tells the bytes of a blob that need not be pushed.
	has(h v1.Hash) (int64, bool)
	// read opens a blob.
	read(ctx context.Context, h v1.Hash) (io.ReadCloser, int64, error)
	// room is where uploads go, and how many bytes one may bring; 0 for any number.
	room() (*store, int64)
	// get finds a manifest, by tag or digest.
	get(ctx context.Context, ref string) (v1.Descriptor, []byte, bool)
	// put keeps a manifest.
	put(ref string, mediaType types.MediaType, raw []byte) (v1.Hash, error)
}

// routes are the part of the protocol that an executor needs.
func (d *Dock) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/{$}", func(http.ResponseWriter, *http.Request) {})
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request, repository){
		"HEAD /v2/{name}/blobs/{digest}":       d.headBlob,
		"GET /v2/{name}/blobs/{digest}":        d.getBlob,
		"POST /v2/{name}/blobs/uploads/{$}":    d.begin,
		"PATCH /v2/{name}/blobs/uploads/{id}":  d.add,
		"PUT /v2/{name}/blobs/uploads/{id}":    d.finish,
		"DELETE /v2/{name}/blobs/uploads/{id}": d.cancel,
		"GET /v2/{name}/manifests/{reference}": d.getManifest,
		"PUT /v2/{name}/manifests/{reference}": d.putManifest,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if repo, ok := d.repositories[r.PathValue("name")]; ok {
				serve(w, r, repo)
				return
			}
			refuse(w, http.StatusNotFound, "NAME_UNKNOWN", nil)
		})
	}
	return mux
}

// headBlob answers whether a blob need not be pushed.
func (d *Dock) headBlob(w http.ResponseWriter, r *http.Request, repo repository) {
	h, err := v1.NewHash(r.PathValue("digest"))
	size, ok := repo.has(h)
	if err != nil || !ok {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", nil)
		return
	}
	describe(w, h, size)
}

func (d *Dock) getBlob(w http.ResponseWriter, r *http.Request, repo repository) {
	h, err := v1.NewHash(r.PathValue("digest"))
	if err != nil {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", nil)
		return
	}
	blob, size, err := repo.read(r.Context(), h)
	if err != nil {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", nil)
		return
	}
	defer blob.Close() //nolint:errcheck // it was only read
	describe(w, h, size)
	_, _ = io.Copy(w, blob) // whoever gets less than was announced knows it
}

func describe(w http.ResponseWriter, h v1.Hash, size int64) {
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	w.Header().Set("Docker-Content-Digest", h.String())
}

func (d *Dock) getManifest(w http.ResponseWriter, r *http.Request, repo repository) {
	desc, raw, ok := repo.get(r.Context(), r.PathValue("reference"))
	if !ok {
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", nil)
		return
	}
	w.Header().Set("Content-Type", string(desc.MediaType))
	describe(w, desc.Digest, int64(len(raw)))
	_, _ = w.Write(raw) //nolint:gosec // a manifest, for programs; who asked may be gone
}

func (d *Dock) putManifest(w http.ResponseWriter, r *http.Request, repo repository) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxManifest))
	var h v1.Hash
	if err == nil {
		h, err = repo.put(r.PathValue("reference"), types.MediaType(r.Header.Get("Content-Type")), raw)
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
	d.log.Warn("what the executor pushed was refused", "cause", err.Error())
	switch {
	case errors.Is(err, errDigest):
		refuse(w, http.StatusBadRequest, "DIGEST_INVALID", err)
	case errors.Is(err, errManifest):
		refuse(w, http.StatusBadRequest, "MANIFEST_INVALID", err)
	case errors.Is(err, errFull):
		refuse(w, http.StatusInsufficientStorage, "SIZE_INVALID", err)
	default:
		refuse(w, http.StatusInternalServerError, "UNKNOWN", err)
	}
}

// refuse answers in the form of the protocol; err may be nil.
func refuse(w http.ResponseWriter, status int, code string, err error) {
	said := map[string]string{"code": code}
	if err != nil {
		said["message"] = err.Error()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{said}}) // who asked is gone
}
