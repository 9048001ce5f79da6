// SPDX-License-Identifier: Apache-2.0

package dock

import (
	"errors"
	"net/http"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// begin, add, finish and cancel are the steps of an upload.
func (d *Dock) begin(w http.ResponseWriter, r *http.Request, repo repository) {
	id, err := d.uploads.begin(repo.room())
	if err != nil {
		d.fail(w, err)
		return
	}
	w.Header().Set("Location", r.URL.Path+id)
	w.WriteHeader(http.StatusAccepted)
}

func (d *Dock) add(w http.ResponseWriter, r *http.Request, _ repository) {
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

func (d *Dock) finish(w http.ResponseWriter, r *http.Request, _ repository) {
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
	w.Header().Set("Docker-Content-Digest", h.String())
	w.WriteHeader(http.StatusCreated)
}

func (d *Dock) cancel(w http.ResponseWriter, r *http.Request, _ repository) {
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
