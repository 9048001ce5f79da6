// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"encoding/json"
	"net/http"
	"regexp"
	"time"
)

// controlPrefix is where tests in other processes set the server up. It lies
// outside of GitHub's paths, asks for no token, and is not in the log of requests.
const controlPrefix = "/_forge/"

func (s *Server) newControl() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			answer, err := h(r)
			if err != nil {
				writeJSON(w, http.StatusBadRequest, object{"error": err.Error()})
				return
			}
			writeJSON(w, http.StatusOK, answer)
		})
	}
	handle("GET /_forge/healthz", func(*http.Request) (any, error) { return object{"ok": true}, nil })
	handle("GET /_forge/routes", func(*http.Request) (any, error) { return routeNames(), nil })
	handle("POST /_forge/users", s.controlUser)
	handle("POST /_forge/tokens", s.controlToken)
	handle("POST /_forge/tokens/expire", s.controlExpire)
	handle("POST /_forge/apps", s.controlApp)
	handle("POST /_forge/repos", s.controlRepo)
	handle("POST /_forge/repos/{owner}/{repo}/commits", s.controlCommit)
	handle("POST /_forge/repos/{owner}/{repo}/hooks", s.controlHook)
	handle("POST /_forge/repos/{owner}/{repo}/teams", s.controlTeam)
	handle("POST /_forge/repos/{owner}/{repo}/protection", s.controlProtection)
	handle("POST /_forge/repos/{owner}/{repo}/queue", s.controlQueue)
	handle("POST /_forge/repos/{owner}/{repo}/quirks", s.controlQuirks)
	handle("GET /_forge/repos/{owner}/{repo}/journal", s.controlJournal)
	handle("POST /_forge/limits", s.controlLimits)
	handle("POST /_forge/faults", s.controlFault)
	handle("DELETE /_forge/faults", func(*http.Request) (any, error) { s.ClearFaults(); return object{}, nil })
	handle("GET /_forge/requests", s.controlRequests)
	handle("DELETE /_forge/requests", func(*http.Request) (any, error) { s.ResetRequests(); return object{}, nil })
	handle("POST /_forge/wait", func(*http.Request) (any, error) { s.Wait(); return object{}, nil })
	return mux
}

func routeNames() []string {
	var out []string
	for _, r := range Routes() {
		out = append(out, r.String())
	}
	return out
}

func read(r *http.Request, v any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}

func fullNameOf(r *http.Request) string { return r.PathValue("owner") + "/" + r.PathValue("repo") }

func (s *Server) controlUser(r *http.Request) (any, error) {
	var in struct {
		Login string `json:"login"`
		Name  string `json:"name"`
		Email string `json:"email"`
		Kind  string `json:"kind"` // User or Organization
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Kind == "Organization" {
		s.AddOrganization(in.Login)
	}
	s.AddUser(in.Login, in.Name, in.Email)
	return object{"login": in.Login}, nil
}

func (s *Server) controlToken(r *http.Request) (any, error) {
	var in struct {
		TokenOptions
		User      string `json:"user"`
		ExpiresIn string `json:"expires_in"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.ExpiresIn != "" {
		life, err := time.ParseDuration(in.ExpiresIn)
		if err != nil {
			return nil, err
		}
		in.TokenOptions.ExpiresIn = life
	}
	return object{"token": s.AddToken(in.User, in.TokenOptions)}, nil
}

func (s *Server) controlExpire(r *http.Request) (any, error) {
	var in struct {
		Token string `json:"token"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return object{}, s.ExpireToken(in.Token)
}

func (s *Server) controlApp(r *http.Request) (any, error) {
	var in struct {
		Slug         string            `json:"slug"`
		Account      string            `json:"account"`
		Permissions  map[string]string `json:"permissions"`
		Repositories []string          `json:"repositories"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return s.AddApp(in.Slug, in.Account, in.Permissions, in.Repositories...)
}

func (s *Server) controlRepo(r *http.Request) (any, error) {
	var in RepoOptions
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return object{"full_name": in.Owner + "/" + in.Name}, s.CreateRepo(r.Context(), in)
}

func (s *Server) controlCommit(r *http.Request) (any, error) {
	var in CommitOptions
	if err := read(r, &in); err != nil {
		return nil, err
	}
	sha, err := s.Commit(r.Context(), fullNameOf(r), in)
	return object{"sha": sha}, err
}

func (s *Server) controlHook(r *http.Request) (any, error) {
	var in HookOptions
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.AddHook(fullNameOf(r), in)
	return object{"id": id}, err
}

func (s *Server) controlTeam(r *http.Request) (any, error) {
	var in struct {
		Slug string `json:"slug"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return object{"slug": in.Slug}, s.AddTeam(fullNameOf(r), in.Slug)
}

func (s *Server) controlProtection(r *http.Request) (any, error) {
	var in struct {
		Branch   string   `json:"branch"`
		Contexts []string `json:"contexts"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return object{}, s.Protect(fullNameOf(r), in.Branch, in.Contexts...)
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

// controlRequests answers with the requests whose method is ?method= and whose
// path matches ?path=, and with their counts by route.
func (s *Server) controlRequests(r *http.Request) (any, error) {
	path, err := regexp.Compile(r.URL.Query().Get("path"))
	if err != nil {
		return nil, err
	}
	method := r.URL.Query().Get("method")
	found, counts := []Request{}, map[string]int{}
	for _, q := range s.Requests() {
		if (method == "" || method == q.Method) && path.MatchString(q.Path) {
			found = append(found, q)
			counts[q.key()]++
		}
	}
	return object{"count": len(found), "routes": counts, "requests": found}, nil
}
