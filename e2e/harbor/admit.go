// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"fmt"
	"net/http"
	"strings"
)

// admit fails unless the one who asks may do what is asked of the registry.
// Harbor answers 401 to all that may not, credentials or not.
func (s *Server) admit(r *http.Request, op operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := s.whoAsks(r)
	if op.repository == "" {
		if who == nil {
			return challenge(r, "", "unauthorized: unauthorized")
		}
		return nil
	}
	if err := s.entitled(r, who, op.repository, actionOf(r.Method)); err != nil {
		return err
	}
	if op.from != "" {
		return s.entitled(r, who, op.from, "pull")
	}
	return nil
}

// whoAsks is nil for nobody, and for bad credentials.
func (s *Server) whoAsks(r *http.Request) *identity {
	who, err := s.basic(r)
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		who, err = s.bearer(token)
	}
	if err != nil {
		return nil
	}
	return who
}

func actionOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead:
		return "pull"
	case http.MethodDelete:
		return "delete"
	}
	return "push"
}

func (s *Server) entitled(r *http.Request, who *identity, repository, action string) error {
	if project := projectOf(repository); s.projects[project] == nil {
		why := "project " + project + " not found"
		return &apiError{Status: http.StatusUnauthorized, Code: "UNAUTHORIZED", Message: why + ": " + why,
			Header: map[string]string{"Docker-Distribution-Api-Version": "registry/2.0", "Www-Authenticate": ""}}
	}
	if s.mayRegistry(who, repository, action) {
		return nil
	}
	scope := fmt.Sprintf("repository:%s:%s", repository, action)
	if action == "push" {
		scope = fmt.Sprintf("repository:%s:pull,push", repository)
	}
	why := fmt.Sprintf("unauthorized to access repository: %s, action: %s", repository, action)
	return challenge(r, scope, why+": "+why)
}

// challenge says where tokens are to be had, but to one who brought credentials.
func challenge(r *http.Request, scope, message string) error {
	ask := `Basic realm="harbor"`
	if r.Header.Get("Authorization") == "" {
		ask = fmt.Sprintf(`Bearer realm="%s/service/token",service="harbor-registry"`, base(r))
		if scope != "" {
			ask += fmt.Sprintf(`,scope="%s"`, scope)
		}
	}
	return &apiError{Status: http.StatusUnauthorized, Code: "UNAUTHORIZED", Message: message,
		Header: map[string]string{"Docker-Distribution-Api-Version": "registry/2.0", "Www-Authenticate": ask}}
}
