// SPDX-License-Identifier: Apache-2.0

package triggers

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/tektoncd/triggers/pkg/apis/triggers/contexts"
	triggersv1 "github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	"github.com/tektoncd/triggers/pkg/interceptors"
	"github.com/tektoncd/triggers/pkg/interceptors/cel"
	"github.com/tektoncd/triggers/pkg/interceptors/github"
	"github.com/tektoncd/triggers/pkg/template"

	"github.com/adze-ci/adze/internal/objecttest"
)

const webhookSecret = "only for this test"

// secrets is the Secret of the webhook, and no other.
type secrets struct{}

func (secrets) Get(_ context.Context, _ string, ref *triggersv1.SecretRef) ([]byte, error) {
	if ref.SecretName != "adze-webhook" || ref.SecretKey != "secret" {
		return nil, http.ErrNoCookie
	}
	return []byte(webhookSecret), nil
}

// delivery is a webhook as it reaches the listener.
type delivery struct {
	body   []byte
	header http.Header
}

// fixtures are the payloads of testdata/push.txtar by name.
func fixtures(t *testing.T) map[string]map[string]any {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/push.txtar")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, f := range archive.Files {
		var v map[string]any
		if err := json.Unmarshal(f.Data, &v); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		all[strings.TrimSuffix(f.Name, ".json")] = v
	}
	return all
}

// fields are values put over those of a fixture.
type fields map[string]any

// with copies a fixture and puts fields over it; a nil field is taken away.
func with(fixture map[string]any, over fields) map[string]any {
	v := maps.Clone(fixture)
	for k, value := range over {
		if value == nil {
			delete(v, k)
			continue
		}
		v[k] = value
	}
	return v
}

// signed is a push event that GitHub signed with the secret.
func signed(t *testing.T, payload map[string]any) delivery {
	t.Helper()
	body, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	mac.Write(body)
	return delivery{body: body, header: http.Header{
		"Content-Type":        {"application/json"},
		"X-Github-Event":      {"push"},
		"X-Github-Delivery":   {"72d3162e-cc78-11e3-81ab-4c9367dc0958"},
		"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))},
	}}
}

// outcome is what became of a delivery: the objects it made, or why none.
type outcome struct {
	created []json.RawMessage
	refused string
}

// deliver takes a delivery through the Trigger for pushes.
func deliver(t *testing.T, o objecttest.Objects, d delivery) outcome {
	t.Helper()
	return deliverTo(t, o, "adze-push", d)
}

// deliverTo takes a delivery through a Trigger as the listener does: each
// interceptor in turn, then the binding and the template.
func deliverTo(t *testing.T, o objecttest.Objects, name string, d delivery) outcome {
	t.Helper()
	trigger := objecttest.Get[triggersv1.Trigger](t, o, "Trigger/"+name).DeepCopy()
	trigger.SetDefaults(contexts.WithUpgradeViaDefaulting(t.Context()))
	extensions := map[string]any{}
	for _, i := range trigger.Spec.Interceptors {
		response := intercept(t, i, &triggersv1.InterceptorRequest{
			Body: string(d.body), Header: d.header, Extensions: extensions, InterceptorParams: interceptors.GetInterceptorParams(i),
			Context: &triggersv1.TriggerContext{EventURL: "http://el-adze:8080/", EventID: "event", TriggerID: "namespaces/ci/triggers/" + name},
		})
		if !response.Continue {
			return outcome{refused: *i.Name + ": " + response.Status.Message}
		}
		maps.Copy(extensions, response.Extensions)
	}
	return outcome{created: resources(t, o, trigger, d, extensions)}
}

func intercept(t *testing.T, i *triggersv1.TriggerInterceptor, request *triggersv1.InterceptorRequest) *triggersv1.InterceptorResponse {
	t.Helper()
	switch i.GetName() {
	case "github":
		return github.NewInterceptor(secrets{}).Process(t.Context(), request)
	case "cel":
		return cel.NewInterceptor(secrets{}).Process(t.Context(), request)
	}
	t.Fatalf("interceptor %q is none of Triggers' own", i.GetName())
	return nil
}

func resources(t *testing.T, o objecttest.Objects, trigger *triggersv1.Trigger, d delivery, extensions map[string]any) []json.RawMessage {
	t.Helper()
	resolved, err := template.ResolveTrigger(*trigger,
		func(name string) (*triggersv1.TriggerBinding, error) {
			return objecttest.Get[triggersv1.TriggerBinding](t, o, "TriggerBinding/"+name), nil
		},
		func(name string) (*triggersv1.ClusterTriggerBinding, error) { return nil, http.ErrNotSupported },
		func(name string) (*triggersv1.TriggerTemplate, error) {
			return objecttest.Get[triggersv1.TriggerTemplate](t, o, "TriggerTemplate/"+name), nil
		})
	if err != nil {
		t.Fatal(err)
	}
	params, err := template.ResolveParams(resolved, d.body, d.header, extensions, template.NewTriggerContext("event"))
	if err != nil {
		t.Fatal(err)
	}
	return template.ResolveResources(resolved.TriggerTemplate, params)
}
