// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"fmt"
	"net/http"
)

// hook makes the forge tell the listener of pushes, and pings it until it
// answers: a Service may be a moment behind its pod, and what a forge could not
// deliver it does not send again.
func (l *Loop) hook(ctx context.Context) error {
	var made struct {
		ID int64 `json:"id"`
	}
	if err := l.Control(ctx, http.MethodPost, "repos/"+l.Owner+"/"+l.Repo+"/hooks", map[string]any{
		"url": "http://el-adze." + l.Namespace + ".svc.cluster.local:8080", "secret": l.secret, "events": []string{"push", "pull_request"},
	}, &made); err != nil {
		return err
	}
	return poll(ctx, "the listener to take a ping", func(ctx context.Context) (bool, error) {
		if _, err := l.GitHub.Repositories.PingHook(ctx, l.Owner, l.Repo, made.ID); err != nil {
			return false, fmt.Errorf("pinging the listener: %w", err)
		}
		if err := l.Control(ctx, http.MethodPost, "wait", nil, nil); err != nil {
			return false, err
		}
		hook, _, err := l.GitHub.Repositories.GetHook(ctx, l.Owner, l.Repo, made.ID)
		if err != nil {
			return false, err
		}
		code, _ := hook.LastResponse["code"].(float64)
		return code == http.StatusAccepted, nil
	})
}
