// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// documentation is the address that GitHub's errors point to.
const documentation = "https://docs.github.com/rest"

// apiError is an answer that refuses, in GitHub's form.
type apiError struct {
	Status  int
	Message string
	Errors  []any
}

// Error is the message.
func (e *apiError) Error() string { return e.Message }

func refuse(status int, format string, args ...any) *apiError {
	return &apiError{Status: status, Message: fmt.Sprintf(format, args...)}
}

func notFound() *apiError { return refuse(http.StatusNotFound, "Not Found") }

// unprocessable is a 422 with a message of its own and no list of errors.
func unprocessable(format string, args ...any) *apiError {
	return refuse(http.StatusUnprocessableEntity, format, args...)
}

// invalid is a 422 "Validation Failed" about one field. GitHub's codes are
// missing, missing_field, invalid, already_exists, unprocessable and custom.
func invalid(resource, field, code string) *apiError {
	return &apiError{Status: http.StatusUnprocessableEntity, Message: "Validation Failed",
		Errors: []any{object{"resource": resource, "field": field, "code": code}}}
}

// custom is a 422 "Validation Failed" with a message in its error.
func custom(resource, format string, args ...any) *apiError {
	return &apiError{Status: http.StatusUnprocessableEntity, Message: "Validation Failed",
		Errors: []any{object{"resource": resource, "code": "custom", "message": fmt.Sprintf(format, args...)}}}
}

// fromGit makes an answer of an error that no handler foresaw.
func fromGit(err error) *apiError {
	if errors.Is(err, bare.ErrNotFound) {
		return notFound()
	}
	return refuse(http.StatusInternalServerError, "Server Error")
}

func writeError(w http.ResponseWriter, e *apiError) {
	body := object{"message": e.Message, "documentation_url": documentation, "status": strconv.Itoa(e.Status)}
	if e.Errors != nil {
		body["errors"] = e.Errors
	}
	writeJSON(w, e.Status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-GitHub-Media-Type", "github.v3; format=json")
	h.Set("X-GitHub-Api-Version-Selected", "2022-11-28")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	w.Write(data) //nolint:errcheck,gosec // the client that went away is told nothing
}
