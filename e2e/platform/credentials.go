// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/bcrypt"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// Credentials are a user of the registry inside of the cluster.
type Credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
	// Htpasswd is the line that lets the registry know them.
	Htpasswd string `json:"htpasswd"`
}

// credentials are those of the user ci, made up once per cluster.
func (p *Platform) credentials() (Credentials, error) {
	file := filepath.Join(p.State, "registry-user.json")
	raw, err := os.ReadFile(file) // #nosec G304 -- in the cluster's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return p.newCredentials(file)
	}
	var c Credentials
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return Credentials{}, fmt.Errorf("reading the registry's user: %w", err)
	}
	return c, nil
}

func (p *Platform) newCredentials(file string) (Credentials, error) {
	c := Credentials{Username: "ci", Password: rand.Text()}
	// The password has 130 bits of chance in it: a costly hash would add
	// nothing but time to each request of a push.
	hash, err := bcrypt.GenerateFromPassword([]byte(c.Password), bcrypt.MinCost)
	if err != nil {
		return Credentials{}, fmt.Errorf("making the registry's user: %w", err)
	}
	c.Htpasswd = c.Username + ":" + string(hash) + "\n"
	raw, err := json.Marshal(c) // #nosec G117 -- kept so that a second run uses the same
	if err != nil {
		return Credentials{}, fmt.Errorf("making the registry's user: %w", err)
	}
	return c, replaceFile(file, raw)
}

// dockerConfig is a Docker config.json that knows the registry's user.
func (c Credentials) dockerConfig() ([]byte, error) {
	auth := base64.StdEncoding.EncodeToString([]byte(c.Username + ":" + c.Password))
	raw, err := json.Marshal(map[string]any{"auths": map[string]any{
		RegistryHost: map[string]string{"username": c.Username, "password": c.Password, "auth": auth},
	}})
	if err != nil {
		return nil, fmt.Errorf("writing a Docker config: %w", err)
	}
	return raw, nil
}

// DockerConfig is a Docker config.json that may push to the registry inside of
// the cluster.
func (p *Platform) DockerConfig() ([]byte, error) {
	user, err := p.credentials()
	if err != nil {
		return nil, err
	}
	return user.dockerConfig()
}

// access are the objects that a namespace needs to use the registry: the Secret
// adze-registry with a Docker config, under the file name that tools look for
// and under the key that image pull secrets have, and the ConfigMap adze-ca.
// They have no namespace; they are kept as registry-access.yaml too.
func (p *Platform) access() ([]kubeyaml.Object, error) {
	raw, err := p.DockerConfig()
	if err != nil {
		return nil, err
	}
	config := string(raw)
	labels := map[string]any{"app.kubernetes.io/part-of": "adze"}
	all := []kubeyaml.Object{
		{
			"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
			"metadata":   map[string]any{"name": "adze-registry", "labels": labels},
			"stringData": map[string]any{".dockerconfigjson": config, "config.json": config},
		},
		{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": "adze-ca", "labels": labels},
			"data":     map[string]any{"ca.crt": string(p.CA.Certificate)},
		},
	}
	text, err := kubeyaml.Render(all)
	if err != nil {
		return nil, err
	}
	return all, replaceFile(filepath.Join(p.State, "registry-access.yaml"), text)
}
