// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"net/http"

	"github.com/google/go-github/v60/github"
	corev1 "k8s.io/api/core/v1"
)

// installForge starts a forge of the loop's own and makes its people: the
// developer, and the bot that adze is on it.
func (l *Loop) installForge(ctx context.Context) error {
	if err := l.Apply(ctx, l.Forge); err != nil {
		return err
	}
	if err := l.WaitDeployment(ctx, "forge"); err != nil {
		return err
	}
	address, err := l.Tunnel.Listen(ctx, "forge."+l.Namespace+":80")
	if err != nil {
		return err
	}
	l.Outside = "http://" + address
	if l.token, err = l.newToken(ctx, "developer"); err != nil {
		return err
	}
	bot, err := l.newToken(ctx, "adze-bot")
	if err != nil {
		return err
	}
	if err := l.putSecret(ctx, "adze-git", corev1.SecretTypeBasicAuth, map[string]string{"username": "x-access-token", "password": bot}); err != nil {
		return err
	}
	if err := l.putSecret(ctx, "adze-forge", corev1.SecretTypeOpaque, map[string]string{"token": bot}); err != nil {
		return err
	}
	l.GitHub, err = github.NewClient(nil).WithAuthToken(l.token).WithEnterpriseURLs(l.Outside, l.Outside)
	return err
}

func (l *Loop) newToken(ctx context.Context, user string) (string, error) {
	var out struct {
		Token string `json:"token"`
	}
	err := l.Control(ctx, http.MethodPost, "tokens", map[string]string{"user": user}, &out)
	return out.Token, err
}

// Control calls the forge's own control endpoints, with in as the body and out
// as the answer; either may be nil.
func (l *Loop) Control(ctx context.Context, method, path string, in, out any) error {
	return exchange(ctx, http.DefaultClient, method, l.Outside+"/_forge/"+path, in, out)
}

// Secret is what the webhook signs with.
func (l *Loop) Secret() string { return l.secret }
