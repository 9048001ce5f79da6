// SPDX-License-Identifier: Apache-2.0

// Package recorder tells a stand-in how it answered, for its log of requests.
package recorder

import "net/http"

// StatusCut stands in a log of requests for a connection that a fault cut.
const StatusCut = 444

// Recorder remembers the status of an answer, and has it noted before any of the
// answer can reach the client, who may ask for the log next.
type Recorder struct {
	http.ResponseWriter
	// Status is the answer's.
	Status int
	// Begins is called once, before the answer is sent.
	Begins func()
	begun  bool
}

// WriteHeader notes the status and passes it on.
func (r *Recorder) WriteHeader(status int) {
	r.Status = status
	r.begin()
	r.ResponseWriter.WriteHeader(status)
}

// Write passes on what the answer holds.
func (r *Recorder) Write(p []byte) (int, error) {
	r.begin()
	return r.ResponseWriter.Write(p)
}

func (r *Recorder) begin() {
	if !r.begun {
		r.begun = true
		r.Begins()
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Cut ends the connection without a word, as net/http does for this panic.
func (r *Recorder) Cut() {
	r.Status = StatusCut
	panic(http.ErrAbortHandler)
}
