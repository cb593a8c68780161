package deploy_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/bellpull/bellpull/internal/config"
)

// What the manifests may hold: the fields of Kubernetes' objects that they use,
// so that a misspelt or misplaced one is an error.
type (
	object struct {
		APIVersion string            `yaml:"apiVersion"`
		Kind       string            `yaml:"kind"`
		Metadata   metadata          `yaml:"metadata"`
		Type       string            `yaml:"type"`
		Data       map[string]string `yaml:"data"`
		StringData map[string]string `yaml:"stringData"`
		Spec       spec              `yaml:"spec"`
	}
	metadata struct {
		Name        string            `yaml:"name"`
		Namespace   string            `yaml:"namespace"`
		Labels      map[string]string `yaml:"labels"`
		Annotations map[string]string `yaml:"annotations"`
	}
	// spec is that of a service (whose selector is plain), a budget or a set.
	spec struct {
		Selector             map[string]any `yaml:"selector"`
		Ports                []servicePort  `yaml:"ports"`
		MaxUnavailable       *int           `yaml:"maxUnavailable"`
		ServiceName          string         `yaml:"serviceName"`
		Replicas             int            `yaml:"replicas"`
		MinReadySeconds      int            `yaml:"minReadySeconds"`
		Strategy             *strategy      `yaml:"strategy"`
		Template             template       `yaml:"template"`
		VolumeClaimTemplates []claim        `yaml:"volumeClaimTemplates"`
	}
	servicePort struct {
		Name       string `yaml:"name"`
		Port       int    `yaml:"port"`
		TargetPort string `yaml:"targetPort"`
	}
	strategy struct {
		Type          string `yaml:"type"`
		RollingUpdate struct {
			MaxSurge       int `yaml:"maxSurge"`
			MaxUnavailable int `yaml:"maxUnavailable"`
		} `yaml:"rollingUpdate"`
	}
	claim struct {
		Metadata metadata `yaml:"metadata"`
		Spec     struct {
			AccessModes []string `yaml:"accessModes"`
			Resources   struct {
				Requests map[string]string `yaml:"requests"`
			} `yaml:"resources"`
		} `yaml:"spec"`
	}
	template struct {
		Metadata metadata `yaml:"metadata"`
		Spec     podSpec  `yaml:"spec"`
	}
	podSpec struct {
		AutomountServiceAccountToken  *bool       `yaml:"automountServiceAccountToken"`
		TerminationGracePeriodSeconds int         `yaml:"terminationGracePeriodSeconds"`
		SecurityContext               podSecurity `yaml:"securityContext"`
		TopologySpreadConstraints     []struct {
			MaxSkew           int    `yaml:"maxSkew"`
			TopologyKey       string `yaml:"topologyKey"`
			WhenUnsatisfiable string `yaml:"whenUnsatisfiable"`
			LabelSelector     struct {
				MatchLabels map[string]string `yaml:"matchLabels"`
			} `yaml:"labelSelector"`
		} `yaml:"topologySpreadConstraints"`
		Containers []container `yaml:"containers"`
		Volumes    []volume    `yaml:"volumes"`
	}
	podSecurity struct {
		RunAsNonRoot        bool              `yaml:"runAsNonRoot"`
		RunAsUser           int               `yaml:"runAsUser"`
		RunAsGroup          int               `yaml:"runAsGroup"`
		FSGroup             int               `yaml:"fsGroup"`
		FSGroupChangePolicy string            `yaml:"fsGroupChangePolicy"`
		SeccompProfile      map[string]string `yaml:"seccompProfile"`
	}
	container struct {
		Name  string   `yaml:"name"`
		Image string   `yaml:"image"`
		Args  []string `yaml:"args"`
		Ports []struct {
			Name          string `yaml:"name"`
			ContainerPort int    `yaml:"containerPort"`
		} `yaml:"ports"`
		StartupProbe   probe `yaml:"startupProbe"`
		LivenessProbe  probe `yaml:"livenessProbe"`
		ReadinessProbe probe `yaml:"readinessProbe"`
		Resources      struct {
			Requests map[string]string `yaml:"requests"`
			Limits   map[string]string `yaml:"limits"`
		} `yaml:"resources"`
		SecurityContext struct {
			AllowPrivilegeEscalation *bool               `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool                `yaml:"readOnlyRootFilesystem"`
			Capabilities             map[string][]string `yaml:"capabilities"`
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			Name      string `yaml:"name"`
			MountPath string `yaml:"mountPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"volumeMounts"`
	}
	probe struct {
		HTTPGet struct {
			Path string `yaml:"path"`
			Port string `yaml:"port"`
		} `yaml:"httpGet"`
		PeriodSeconds    int `yaml:"periodSeconds"`
		TimeoutSeconds   int `yaml:"timeoutSeconds"`
		FailureThreshold int `yaml:"failureThreshold"`
	}
	volume struct {
		Name      string `yaml:"name"`
		ConfigMap struct {
			Name string `yaml:"name"`
		} `yaml:"configMap"`
		Secret struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode int    `yaml:"defaultMode"`
		} `yaml:"secret"`
		EmptyDir *struct{} `yaml:"emptyDir"`
	}
)

// manifests reads the objects of a file, by kind; there is one of each.
func manifests(t *testing.T, file string) map[string]object {
	t.Helper()
	all := map[string]object{}
	for part := range strings.SplitSeq(read(t, file), "\n---\n") {
		var o object
		if err := strictly([]byte(part), &o); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if _, twice := all[o.Kind]; twice || o.APIVersion == "" || o.Metadata.Name != "bellpull" {
			t.Fatalf("%s: %s %s %q, there already: %v", file, o.APIVersion, o.Kind, o.Metadata.Name, twice)
		}
		all[o.Kind] = o
	}
	return all
}

// settings reads the settings in a config map. Keys that this program has none
// of yet are left out.
func settings(t *testing.T, text string, unknown ...string) config.Config {
	t.Helper()
	for _, key := range unknown {
		if !strings.Contains("\n"+config.Describe(), "\n"+key+":") {
			text = regexp.MustCompile(`(?m)^`+key+`:.*\n?(?:[ ]+.*\n?)*`).ReplaceAllString(text, "")
		}
	}
	c, err := config.Parse([]byte(text))
	if err != nil {
		t.Fatalf("the settings cannot be read: %v\n%s", err, text)
	}
	return c
}

func TestKubernetesManifests(t *testing.T) {
	for file, set := range map[string]string{"kubernetes/one-node.yaml": "StatefulSet", "kubernetes/cluster.yaml": "Deployment"} {
		t.Run(set, func(t *testing.T) {
			all := manifests(t, file)
			o, ok := all[set]
			if !ok {
				t.Fatalf("%s has no %s", file, set)
			}
			c := settings(t, all["ConfigMap"].Data["bellpull.yaml"], "store", "store_password_file", "nats")
			checkSet(t, all, o, c)
			checkContainer(t, o.Spec.Template.Spec, c)
		})
	}
}

// checkSet looks at how the objects hang together.
func checkSet(t *testing.T, all map[string]object, o object, c config.Config) {
	t.Helper()
	labels := o.Spec.Template.Metadata.Labels
	matches := func(selector any) bool {
		m, _ := selector.(map[string]any)
		return len(m) == 1 && m["app"] == labels["app"]
	}
	if !matches(o.Spec.Selector["matchLabels"]) || !matches(all["Service"].Spec.Selector) {
		t.Errorf("the pods are labelled %v, and others are selected: %v, %v", labels, o.Spec.Selector, all["Service"].Spec.Selector)
	}
	for kind, x := range all {
		if kind != "Namespace" && x.Metadata.Namespace != all["Namespace"].Metadata.Name {
			t.Errorf("the %s is in the namespace %q", kind, x.Metadata.Namespace)
		}
	}
	if o.Spec.Replicas > 1 {
		budget, ok := all["PodDisruptionBudget"]
		if !ok || budget.Spec.MaxUnavailable == nil || *budget.Spec.MaxUnavailable != 1 || !matches(budget.Spec.Selector["matchLabels"]) {
			t.Errorf("several nodes have the budget %+v", budget.Spec)
		}
		if !c.Drain.OnStop {
			t.Error("nodes of a cluster do not drain when they are stopped")
		}
		probe := o.Spec.Template.Spec.Containers[0].ReadinessProbe
		if notice := time.Duration(probe.PeriodSeconds*probe.FailureThreshold) * time.Second; c.Drain.Grace <= notice {
			t.Errorf("a node drains for %v, and that is noticed after %v", c.Drain.Grace, notice)
		}
	} else if o.Spec.VolumeClaimTemplates[0].Spec.Resources.Requests["storage"] == "" {
		t.Error("the volume has no size")
	}
	patience := time.Duration(o.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
	if needed := c.Drain.Grace + c.Drain.Spread + 5*time.Second; patience < needed {
		t.Errorf("the pod is killed after %v, and needs %v", patience, needed)
	}
}

// checkContainer looks at the pod and its one container.
func checkContainer(t *testing.T, pod podSpec, c config.Config) {
	t.Helper()
	box := pod.Containers[0]
	if len(pod.Containers) != 1 || strings.Join(box.Args, " ") != "serve --config /etc/bellpull/bellpull.yaml" {
		t.Errorf("%d containers; the first runs %v", len(pod.Containers), box.Args)
	}
	if port := box.Ports[0]; port.Name != "http" || !strings.HasSuffix(c.Listen, ":2355") || port.ContainerPort != 2355 {
		t.Errorf("the port is %+v, and the program listens at %s", port, c.Listen)
	}
	for path, p := range map[string][]probe{"/healthz": {box.StartupProbe, box.LivenessProbe}, "/readyz": {box.ReadinessProbe}} {
		for _, p := range p {
			if p.HTTPGet.Path != path || p.HTTPGet.Port != "http" || p.PeriodSeconds == 0 || p.FailureThreshold == 0 {
				t.Errorf("a probe that should ask %s is %+v", path, p)
			}
		}
	}
	s := box.SecurityContext
	if !pod.SecurityContext.RunAsNonRoot || !s.ReadOnlyRootFilesystem || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation {
		t.Errorf("the container may too much: %+v, %+v", pod.SecurityContext, s)
	}
	mounts, volumes := map[string]string{}, map[string]bool{"data": true}
	for _, m := range box.VolumeMounts {
		mounts[m.Name] = m.MountPath
	}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
	}
	for name := range mounts {
		if !volumes[name] {
			t.Errorf("the volume %s is mounted, and not there", name)
		}
	}
	if mounts["data"] != c.Data || mounts["config"] != "/etc/bellpull" {
		t.Errorf("volumes are mounted at %v, and data is kept in %s", mounts, c.Data)
	}
}

// A manifest with a slip in it is noticed.
func TestMisspeltManifestIsNoticed(t *testing.T) {
	text := strings.Replace(read(t, "kubernetes/one-node.yaml"), "readinessProbe", "readynessProbe", 1)
	var failed error
	for part := range strings.SplitSeq(text, "\n---\n") {
		if err := yaml.UnmarshalWithOptions([]byte(part), new(object), yaml.Strict()); err != nil {
			failed = err
		}
	}
	if failed == nil || !strings.Contains(failed.Error(), "readynessProbe") {
		t.Errorf("a misspelt probe is answered %v", failed)
	}
}
