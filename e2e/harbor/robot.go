// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"slices"
	"time"
)

// robot is an account for programs.
type robot struct {
	id          int64
	name, login string // "ci" and "robot$demo+ci"
	description string
	secret      string
	level       string // project or system
	duration    int64
	expires     int64 // Unix time; -1 for never
	disabled    bool
	scanner     bool
	created     time.Time
	updated     time.Time
	permissions []permission
}

// permission is what a robot may do in one project, in all ("*") or, for the
// kind system, to the system.
type permission struct {
	Kind      string   `json:"kind"`
	Namespace string   `json:"namespace"`
	Access    []access `json:"access"`
}

type access struct {
	Resource string `json:"resource"`
	Action   string `json:"action"`
}

func (p permission) grants(name string) bool {
	return slices.ContainsFunc(p.Access, func(a access) bool { return a.Resource+":"+a.Action == name })
}

func (r *robot) has(project, name string) bool {
	return slices.ContainsFunc(r.permissions, func(p permission) bool {
		return p.Kind == "project" && (p.Namespace == project || p.Namespace == "*") && p.grants(name)
	})
}

func (r *robot) hasSystem(name string) bool {
	return r != nil && slices.ContainsFunc(r.permissions, func(p permission) bool { return p.Kind == "system" && p.grants(name) })
}

// known are the permissions that robots can have in a project.
func known() map[string][]string {
	all := []string{"create", "delete", "list", "read", "update"}
	return map[string][]string{
		"accessory": {"list"}, "artifact": {"create", "delete", "list", "read"}, "artifact-addition": {"read"},
		"artifact-label": {"create", "delete"}, "export-cve": {"create", "read"},
		"immutable-tag": {"create", "delete", "list", "update"}, "label": all, "log": {"list"}, "member": all,
		"metadata": all, "notification-policy": all, "preheat-policy": all, "project": {"delete", "read", "update"},
		"quota": {"read"}, "repository": {"delete", "list", "pull", "push", "read", "update"},
		"robot": {"create", "delete", "list", "read"}, "sbom": {"create", "read", "stop"},
		"scan": {"create", "read", "stop"}, "scanner": {"create", "read"}, "tag": {"create", "delete", "list"}, "tag-retention": all,
	}
}

// knownToSystem are those of the kind system that are of use here.
func knownToSystem() map[string][]string {
	return map[string][]string{
		"project": {"create", "list"}, "quota": {"list", "read", "update"}, "robot": {"create", "delete", "list", "read"},
		"scanner": {"create", "delete", "list", "read", "update"},
	}
}
