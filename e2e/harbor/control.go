// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"encoding/json"
	"net/http"
	"regexp"
	"time"
)

// controlPrefix is where tests in other processes set the server up. It lies
// outside of Harbor's paths, asks for no password, and is not in the log of
// requests.
const controlPrefix = "/_harbor/"

func (s *Server) newControl() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			answer, err := h(r)
			status := http.StatusOK
			if err != nil {
				answer, status = object{"error": err.Error()}, http.StatusBadRequest
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			w.Write(encode(answer)) //nolint:errcheck,gosec // the client that went away is told nothing
		})
	}
	handle("GET /_harbor/healthz", func(*http.Request) (any, error) { return object{"ok": true}, nil })
	handle("GET /_harbor/routes", func(*http.Request) (any, error) { return Routes(), nil })
	handle("POST /_harbor/faults", s.controlFault)
	handle("DELETE /_harbor/faults", func(*http.Request) (any, error) { s.ClearFaults(); return object{}, nil })
	handle("GET /_harbor/requests", s.controlRequests)
	handle("DELETE /_harbor/requests", func(*http.Request) (any, error) { s.ResetRequests(); return object{}, nil })
	handle("POST /_harbor/hold", s.controlHold)
	handle("POST /_harbor/read-only", s.controlReadOnly)
	handle("POST /_harbor/wait", func(*http.Request) (any, error) { s.Wait(); return object{}, nil })
	return mux
}

func read(r *http.Request, v any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}

func (s *Server) controlFault(r *http.Request) (any, error) {
	var in struct {
		Fault
		Delay string `json:"delay"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Delay != "" {
		wait, err := time.ParseDuration(in.Delay)
		if err != nil {
			return nil, err
		}
		in.Fault.Delay = wait
	}
	return object{}, s.AddFault(in.Fault)
}

func (s *Server) controlHold(r *http.Request) (any, error) {
	var in struct {
		At Status `json:"at"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	s.HoldScans(in.At)
	return object{}, nil
}

func (s *Server) controlReadOnly(r *http.Request) (any, error) {
	var in struct {
		On bool `json:"on"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	s.SetReadOnly(in.On)
	return object{}, nil
}

// controlRequests answers with the requests whose method is ?method= and whose
// path matches ?path=.
func (s *Server) controlRequests(r *http.Request) (any, error) {
	path, err := regexp.Compile(r.URL.Query().Get("path"))
	if err != nil {
		return nil, err
	}
	method := r.URL.Query().Get("method")
	found := []Request{}
	for _, q := range s.Requests() {
		if (method == "" || method == q.Method) && path.MatchString(q.Path) {
			found = append(found, q)
		}
	}
	return object{"count": len(found), "requests": found}, nil
}
