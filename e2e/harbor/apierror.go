// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// object is a JSON object that is put together by hand: Harbor's answers have
// fields that must be present and null, which structs with omitempty lose.
type object = map[string]any

// apiError is an answer in which Harbor says that something is wrong.
type apiError struct {
	Status        int
	Code, Message string
	// Header are further headers of the answer.
	Header map[string]string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

func notFound(format string, args ...any) error {
	return &apiError{Status: http.StatusNotFound, Code: "NOT_FOUND", Message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) error {
	return &apiError{Status: http.StatusBadRequest, Code: "BAD_REQUEST", Message: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &apiError{Status: http.StatusConflict, Code: "CONFLICT", Message: fmt.Sprintf(format, args...)}
}

func precondition(format string, args ...any) error {
	return &apiError{Status: http.StatusPreconditionFailed, Code: "PRECONDITION", Message: fmt.Sprintf(format, args...)}
}

// invalid is the answer of the check against the API's description.
func invalid(format string, args ...any) error {
	return &apiError{Status: http.StatusUnprocessableEntity, Code: "UNPROCESSABLE_ENTITY", Message: fmt.Sprintf(format, args...)}
}

func unauthorized() error {
	return &apiError{Status: http.StatusUnauthorized, Code: "UNAUTHORIZED", Message: "unauthorized"}
}

func forbidden() error {
	return &apiError{Status: http.StatusForbidden, Code: "FORBIDDEN", Message: "forbidden"}
}

// writeError answers with an error; without a body to a HEAD.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{Status: http.StatusInternalServerError, Code: "UNKNOWN", Message: err.Error()}
	}
	for name, value := range e.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	body := encode(object{"errors": []object{{"code": e.Code, "message": e.Message}}})
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.Status)
	if r.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck,gosec // the client that went away is told nothing
	}
}

// encode is v as JSON, with signs such as < as they are, and a newline.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("the stand-in made an answer that is no JSON: %v", err))
	}
	return b.Bytes()
}
