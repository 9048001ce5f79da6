// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

const headsPrefix = "refs/heads/"

func (c *call) listBranches() error {
	refs, err := c.repo.git.Refs(c.ctx(), headsPrefix)
	if err != nil {
		return err
	}
	only := c.query("protected")
	var kept []bare.Ref
	for _, ref := range refs {
		_, protected := c.repo.protected[strings.TrimPrefix(ref.Name, headsPrefix)]
		if only == "" || (only == "true") == protected {
			kept = append(kept, ref)
		}
	}
	return list(c, kept, func(ref bare.Ref) any {
		name := strings.TrimPrefix(ref.Name, headsPrefix)
		out := c.renderProtection(name)
		out["name"] = name
		out["commit"] = object{"sha": ref.SHA, "url": c.links.api("/repos/%s/commits/%s", c.repo.fullName(), ref.SHA)}
		return out
	})
}

func (c *call) renderProtection(branch string) object {
	contexts, protected := c.repo.protected[branch]
	level := "off"
	if protected {
		level = "non_admins"
	}
	list, checks := []any{}, []any{}
	for _, name := range contexts {
		list, checks = append(list, name), append(checks, object{"context": name, "app_id": nil})
	}
	url := c.links.api("/repos/%s/branches/%s/protection", c.repo.fullName(), branch)
	return object{"protected": protected, "protection_url": url, "protection": object{
		"enabled": protected, "required_status_checks": object{"enforcement_level": level, "contexts": list, "checks": checks},
	}}
}

func (c *call) getBranch() error {
	name := c.param("branch")
	if strings.HasSuffix(name, "/protection") {
		return notImplemented(c.r)
	}
	ref, err := c.repo.git.Ref(c.ctx(), headsPrefix+name)
	if err != nil {
		return refuse(http.StatusNotFound, "Branch not found")
	}
	commit, err := c.repo.git.ReadCommit(c.ctx(), ref.SHA)
	if err != nil {
		return err
	}
	out := c.renderProtection(name)
	out["name"], out["commit"] = name, c.renderCommit(commit)
	out["_links"] = object{
		"self": c.links.api("/repos/%s/branches/%s", c.repo.fullName(), name),
		"html": c.links.site("/%s/tree/%s", c.repo.fullName(), name),
	}
	return c.json(http.StatusOK, out)
}

// Protect makes commit statuses or check runs of these names a condition for
// merging into a branch of OWNER/NAME. Without contexts it lifts the protection.
func (s *Server) Protect(fullName, branch string, contexts ...string) error {
	repo, err := s.lockRepo(fullName)
	if err != nil {
		return err
	}
	defer repo.mu.Unlock()
	if len(contexts) == 0 {
		delete(repo.protected, branch)
		return nil
	}
	repo.protected[branch] = contexts
	return nil
}
