// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// What the two robot accounts of a project may do: the one pushes images, has
// them scanned and puts tags, the other only pulls. The docs of scan-gate and
// harbor-push list what these need.
const (
	pushRights = "repository:push repository:pull tag:create tag:delete artifact:read scan:create artifact-addition:read scan:read"
	pullRights = "repository:pull"
)

// makeProject makes the loop's project in Harbor, where nobody may pull without
// an account, and the accounts for it.
func (l *Loop) makeProject(ctx context.Context, o Options) (err error) {
	settings := map[string]string{"public": "false"}
	maps.Copy(settings, o.Project)
	if err := l.AskHarbor(ctx, http.MethodPost, "/api/v2.0/projects", map[string]any{
		"project_name": l.Project, "metadata": settings, "storage_limit": cmp.Or(o.Quota, -1),
	}, nil); err != nil {
		return err
	}
	if l.push, err = l.makeRobot(ctx, "push", pushRights); err != nil {
		return err
	}
	l.pull, err = l.makeRobot(ctx, "pull", pullRights)
	return err
}

// makeRobot makes an account of the project and returns a config.json with it.
func (l *Loop) makeRobot(ctx context.Context, name, rights string) (string, error) {
	access := []map[string]string{}
	for right := range strings.FieldsSeq(rights) {
		resource, action, _ := strings.Cut(right, ":")
		access = append(access, map[string]string{"resource": resource, "action": action})
	}
	var made struct{ Name, Secret string }
	if err := l.AskHarbor(ctx, http.MethodPost, "/api/v2.0/robots", map[string]any{
		"name": name, "duration": -1, "level": "project",
		"permissions": []any{map[string]any{"kind": "project", "namespace": l.Project, "access": access}},
	}, &made); err != nil {
		return "", err
	}
	config, err := json.Marshal(map[string]any{"auths": map[string]any{l.Registry: map[string]string{
		"username": made.Name, "password": made.Secret, "auth": base64.StdEncoding.EncodeToString([]byte(made.Name + ":" + made.Secret)),
	}}})
	return string(config), err
}

// AskHarbor asks Harbor's API as its administrator, or below /_harbor/ the
// stand-in itself, with in as the body and out as the answer; either may be nil.
func (l *Loop) AskHarbor(ctx context.Context, method, path string, in, out any) error {
	return exchange(ctx, l.Harbor.Client(), method, "https://"+l.Registry+path, in, out)
}
