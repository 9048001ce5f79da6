// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"slices"
	"time"
)

// version is the Harbor that the stand-in answers like.
const version = "v2.15.2-080b0220"

func systemRoutes() []Route {
	return []Route{
		rest("GET /health", "").to((*call).health),
		rest("GET /systeminfo", "").to((*call).systemInfo),
		rest("GET /users/current", "").to((*call).currentUser),
		rest("GET /quotas", "").to((*call).quotas),
		rest("GET /system/CVEAllowlist", "").to((*call).systemAllowlist),
	}
}

func (c *call) health() error {
	components := []object{}
	for _, name := range []string{"core", "database", "jobservice", "portal", "redis", "registry", "registryctl", "trivy"} {
		components = append(components, object{"name": name, "status": "healthy"})
	}
	return c.json(object{"components": components, "status": "healthy"})
}

// systemInfo tells more to those who have an account.
func (c *call) systemInfo() error {
	out := object{"auth_mode": "db_auth", "banner_message": "", "oidc_provider_name": "", "primary_auth_mode": false, "self_registration": false}
	if c.who != nil {
		for name, value := range (object{
			"current_time": stamp(c.now()), "external_url": base(c.r), "harbor_version": version, "has_ca_root": false,
			"notification_enable": true, "project_creation_restriction": "everyone", "read_only": c.readOnly,
			"registry_storage_provider_name": "filesystem", "registry_url": c.r.Host,
		}) {
			out[name] = value
		}
	}
	return c.json(out)
}

func (c *call) currentUser() error {
	switch {
	case c.who == nil:
		return unauthorized()
	case c.who.robot != nil:
		return precondition("get current user not available for security context: robot")
	}
	return c.json(object{
		"admin_role_in_auth": false, "comment": "admin user", "creation_time": stamp(time.Unix(0, 0)), "realname": "system admin",
		"sysadmin_flag": true, "update_time": stamp(time.Unix(0, 0)), "user_id": 1, "username": administrator,
	})
}

// quotas lists them, the newest first.
func (c *call) quotas() error {
	if err := c.needAdmin("quota:list"); err != nil {
		return err
	}
	var all []*project
	for _, p := range c.projects {
		all = append(all, p)
	}
	out := []object{}
	for _, p := range slices.Backward(byID(all, func(p *project) int64 { return p.quotaID })) {
		out = append(out, object{
			"creation_time": stamp(p.created), "hard": object{"storage": p.limit}, "id": p.quotaID,
			"ref": object{"id": p.id, "name": p.name, "owner_name": ""}, "update_time": stamp(p.filled), "used": object{"storage": p.used()},
		})
	}
	return c.list(out)
}

func (c *call) systemAllowlist() error {
	if c.who == nil {
		return unauthorized()
	}
	return c.json(object{"creation_time": never, "items": []object{}, "update_time": never})
}
