// SPDX-License-Identifier: Apache-2.0

package kubeapi

import "context"

// PodDNS is where a Deployment's pods get their resolv.conf from.
type PodDNS struct {
	// Policy is the pod template's dnsPolicy, as the API server defaulted it.
	Policy string
	// HostNetwork tells whether the pods use the node's network.
	HostNetwork bool
}

// Corefile reads the key Corefile of CoreDNS's ConfigMap.
func (c *Client) Corefile(ctx context.Context, name Name) (string, error) {
	var configMap struct{ Data map[string]string }
	err := c.get(ctx, "/api/v1/namespaces/"+name.Namespace+"/configmaps/"+name.Name, &configMap)
	return configMap.Data["Corefile"], err
}

// DeploymentDNS reads the DNS settings of a Deployment's pods.
func (c *Client) DeploymentDNS(ctx context.Context, name Name) (PodDNS, error) {
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct {
					DNSPolicy   string
					HostNetwork bool
				}
			}
		}
	}
	err := c.get(ctx, "/apis/apps/v1/namespaces/"+name.Namespace+"/deployments/"+name.Name, &deployment)
	pod := deployment.Spec.Template.Spec
	return PodDNS{Policy: pod.DNSPolicy, HostNetwork: pod.HostNetwork}, err
}
