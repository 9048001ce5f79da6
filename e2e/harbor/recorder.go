// SPDX-License-Identifier: Apache-2.0

package harbor

import "net/http"

// recorder remembers the status for the log of requests, and has it noted before
// any of the answer can reach the client, who may ask for the log next.
type recorder struct {
	http.ResponseWriter
	status int
	begins func()
	begun  bool
}

// WriteHeader notes the status and passes it on.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.begin()
	r.ResponseWriter.WriteHeader(status)
}

// Write passes on what the answer holds.
func (r *recorder) Write(p []byte) (int, error) {
	r.begin()
	return r.ResponseWriter.Write(p)
}

func (r *recorder) begin() {
	if !r.begun {
		r.begun = true
		r.begins()
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// cut ends the connection without a word, as net/http does for this panic.
func (r *recorder) cut() {
	r.status = StatusCut
	panic(http.ErrAbortHandler)
}
