// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// taskRun is what the report reads of a TaskRun, in the fields of
// https://tekton.dev/docs/pipelines/pipeline-api/#tekton.dev/v1.TaskRun
type taskRun struct {
	Metadata struct {
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Params []value `json:"params"`
	} `json:"spec"`
	Status struct {
		Conditions []condition `json:"conditions"`
		PodName    string      `json:"podName"`
		Results    []value     `json:"results"`
		Steps      []stepState `json:"steps"`
	} `json:"status"`
}

// value is a param or a result: a string or a list of strings.
type value struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type stepState struct {
	Name              string `json:"name"`
	Container         string `json:"container"`
	TerminationReason string `json:"terminationReason"`
	Terminated        *struct {
		ExitCode int    `json:"exitCode"`
		Reason   string `json:"reason"`
	} `json:"terminated"`
	Results []value `json:"results"`
}

// task is the name of the Pipeline's task that the TaskRun belongs to.
func (r taskRun) task() string { return r.Metadata.Labels["tekton.dev/pipelineTask"] }

// succeeded is the condition that tells how the TaskRun stands.
func (r taskRun) succeeded() condition {
	for _, c := range r.Status.Conditions {
		if c.Type == "Succeeded" {
			return c
		}
	}
	return condition{Status: "Unknown"}
}

func (r taskRun) done() bool { return r.succeeded().Status != "Unknown" }

func find(all []value, name string) (v value) {
	for _, one := range all {
		if one.Name == name {
			return one
		}
	}
	return v
}

func (v value) text() string {
	var s string
	if json.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return s
}

func (v value) list() []string {
	var l []string
	if json.Unmarshal(v.Value, &l) != nil {
		return nil
	}
	return l
}

// api lists TaskRuns and can do nothing else.
type api struct {
	server, token string
	client        *http.Client
}

func newAPI(server, tokenDir string, log *slog.Logger) (*api, error) {
	token, err := os.ReadFile(filepath.Join(tokenDir, "token"))
	if err != nil {
		return nil, fmt.Errorf("reading the token for the API server: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if pem, err := os.ReadFile(filepath.Join(tokenDir, "ca.crt")); err == nil {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &api{
		server: strings.TrimSuffix(server, "/"), token: strings.TrimSpace(string(token)),
		client: &http.Client{Transport: &retry.Transport{Base: transport, Limit: 30 * time.Second, Log: log}, Timeout: time.Minute},
	}, nil
}

// maxList is how much of a list is read, in bytes: 256 TaskRuns, the largest
// matrix, with all their results and specs fit four times.
const maxList = 64 << 20

func (a *api) taskRuns(ctx context.Context, namespace, run string) ([]taskRun, error) {
	path := "/apis/tekton.dev/v1/namespaces/" + url.PathEscape(namespace) + "/taskruns"
	query := url.Values{"labelSelector": {"tekton.dev/pipelineRun=" + run}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.server+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("listing TaskRuns: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("listing TaskRuns: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	if resp.StatusCode != http.StatusOK {
		return nil, step.Hint(fmt.Errorf("listing TaskRuns of %s in %s: the API server answers %s", run, namespace, resp.Status),
			"the run's ServiceAccount needs the verb list on taskruns.tekton.dev; triggers/rbac.yaml grants it to adze")
	}
	var answer struct {
		Items []taskRun `json:"items"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxList)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("reading the list of TaskRuns: %w", err)
	}
	return answer.Items, nil
}
