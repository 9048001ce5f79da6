// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/adze-ci/adze/internal/step"
)

// objects reads those documents of a file that are of a kind. Unknown fields are
// errors.
func objects[T any](t *testing.T, file, kind string) []T {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found []T
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var head struct{ Kind string }
		if err := yaml.Unmarshal(doc, &head); err != nil {
			t.Fatal(err)
		}
		if head.Kind != kind {
			continue
		}
		var object T
		if err := yaml.UnmarshalStrict(doc, &object); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		found = append(found, object)
	}
	if len(found) == 0 {
		t.Fatalf("no %s in %s", kind, file)
	}
	return found
}

func pod(t *testing.T) corev1.PodSpec {
	t.Helper()
	return objects[appsv1.DaemonSet](t, "daemonset.yaml", "DaemonSet")[0].Spec.Template.Spec
}

func TestDaemonSetArgsAreFlags(t *testing.T) {
	container := pod(t).Containers[0]
	flags := step.FlagsOf(Command())
	if err := flags.Parse(container.Args); err != nil || flags.NArg() > 0 {
		t.Errorf("%q: %v, %d words are no flags", container.Args, err, flags.NArg())
	}
	for _, flag := range []string{"etc-dir", "kubelet-config"} {
		mounted := func(m corev1.VolumeMount) bool { return m.MountPath == flags.Lookup(flag).Value.String() }
		if !slices.ContainsFunc(container.VolumeMounts, mounted) {
			t.Errorf("--%s=%s is not mounted", flag, flags.Lookup(flag).Value)
		}
	}
	if probe := container.ReadinessProbe.HTTPGet; probe.Host+":"+probe.Port.String() != flags.Lookup("health-listen").Value.String() {
		t.Errorf("readiness is asked at %s:%s", probe.Host, probe.Port.String())
	}
}

func TestDaemonSetHasLeastPrivileges(t *testing.T) {
	spec := pod(t)
	security := spec.Containers[0].SecurityContext
	switch {
	case security.Privileged != nil && *security.Privileged, *security.AllowPrivilegeEscalation, !*security.ReadOnlyRootFilesystem:
		t.Error("the container is more than it needs to be")
	case len(security.Capabilities.Add) > 0 || !slices.Equal(security.Capabilities.Drop, []corev1.Capability{"ALL"}):
		t.Errorf("capabilities %v", security.Capabilities)
	case spec.HostPID || spec.HostIPC:
		t.Error("it shares the node's processes")
	}
	for _, v := range spec.Volumes {
		if v.HostPath == nil || v.HostPath.Path != "/etc" && v.HostPath.Path != "/var/lib/kubelet/config.yaml" {
			t.Errorf("volume %s is not needed", v.Name)
		}
	}
}

// What is written is given back within the time that a pod has to end in; a
// preStop would take of it.
func TestDaemonSetHasTimeToGiveBack(t *testing.T) {
	spec := pod(t)
	if grace := time.Duration(*spec.TerminationGracePeriodSeconds) * time.Second; grace <= lastTries+reloadTime {
		t.Errorf("it is killed after %s, and may need %s", grace, lastTries+reloadTime)
	}
	if spec.Containers[0].Lifecycle != nil {
		t.Error("it has a preStop")
	}
}

// The pods of restore.yaml do what their words say, see all of the node's files,
// and are not taken for node-resolv's own.
func TestRestoreYAML(t *testing.T) {
	set := objects[appsv1.DaemonSet](t, "restore.yaml", "DaemonSet")[0]
	own := objects[appsv1.DaemonSet](t, "daemonset.yaml", "DaemonSet")[0]
	spec := set.Spec.Template.Spec
	if set.Namespace == own.Namespace || maps.Equal(set.Spec.Selector.MatchLabels, own.Spec.Selector.MatchLabels) {
		t.Error("what is deleted of the one is deleted of the other")
	}
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		i := slices.IndexFunc(Command().Commands, func(sub step.Command) bool { return sub.Name == c.Args[0] })
		if i < 0 {
			t.Fatalf("%s: there is no command %s", c.Name, c.Args[0])
		}
		flags := step.FlagsOf(Command().Commands[i])
		if err := flags.Parse(c.Args[1:]); err != nil || flags.NArg() > 0 {
			t.Errorf("%s: %q: %v", c.Name, c.Args, err)
		}
		if c.Image != own.Spec.Template.Spec.Containers[0].Image || *c.SecurityContext.AllowPrivilegeEscalation {
			t.Errorf("%s: image %s", c.Name, c.Image)
		}
	}
	restore := spec.InitContainers[0]
	if m := restore.VolumeMounts[0]; spec.Volumes[0].HostPath.Path != "/" || restore.Args[1] != "--etc-dir="+m.MountPath+"/etc" || len(spec.Containers[0].VolumeMounts) > 0 {
		t.Errorf("%q with %v of %v", restore.Args, m, spec.Volumes)
	}
}

// The Roles name what the flags' defaults name, and no more.
func TestRolesMatchTheFlags(t *testing.T) {
	flags := step.FlagsOf(Command())
	want := map[string][]string{}
	for flag, resources := range map[string][]string{"service": {"services"}, "coredns": {"configmaps", "deployments"}} {
		namespace, name, _ := strings.Cut(flags.Lookup(flag).Value.String(), "/")
		for _, resource := range resources {
			want[namespace+"/"+resource] = []string{name}
		}
	}
	want["default/events"] = nil
	for _, role := range objects[rbacv1.Role](t, "daemonset.yaml", "Role") {
		for _, rule := range role.Rules {
			key := role.Namespace + "/" + strings.Join(rule.Resources, ",")
			names, ok := want[key]
			if !ok || !slices.Equal(rule.ResourceNames, names) {
				t.Errorf("%s: names %v, want %v", key, rule.ResourceNames, names)
			}
			delete(want, key)
		}
	}
	if len(want) > 0 {
		t.Errorf("no rule for %v", want)
	}
}
