// Package deploy_test checks the files with which Bellpull is deployed: each is
// read as strictly as its reader does, and what it says of the program is true.
package deploy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/unit"
	"github.com/goccy/go-yaml"

	"github.com/bellpull/bellpull/internal/config"
)

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// options returns the options of a unit, by section and name.
func options(t *testing.T, file string) map[string][]string {
	t.Helper()
	all, err := unit.DeserializeOptions(strings.NewReader(read(t, file)))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	out := map[string][]string{}
	for _, o := range all {
		out[o.Section+"."+o.Name] = append(out[o.Section+"."+o.Name], o.Value)
	}
	return out
}

func TestSystemdUnits(t *testing.T) {
	service := options(t, "systemd/bellpull.service")
	for name, want := range map[string]string{
		"Service.Type":             "notify",
		"Service.NotifyAccess":     "all", // else nobody hears that the successor is the main process
		"Service.ExecStart":        "/usr/bin/bellpull serve --config /etc/bellpull/bellpull.yaml",
		"Service.ExecReload":       "/bin/kill -USR2 $MAINPID",
		"Service.User":             "bellpull",
		"Service.NoNewPrivileges":  "yes",
		"Service.ProtectSystem":    "strict",
		"Service.StateDirectory":   "bellpull",
		"Service.WorkingDirectory": "/var/lib/bellpull",
	} {
		if got := strings.Join(service[name], "|"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	packaged, err := config.Read("debian/bellpull.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if packaged.Data != "/var/lib/bellpull" {
		t.Errorf("the packaged settings keep data in %s, and the service may write below /var/lib/bellpull", packaged.Data)
	}
	socket := options(t, "systemd/bellpull.socket")
	if got := strings.Join(socket["Socket.ListenStream"], "|"); got != packaged.Listen {
		t.Errorf("the socket listens at %s, the packaged settings at %s", got, packaged.Listen)
	}
}

// instructions are those of Dockerfiles.
var instructions = []string{"FROM", "RUN", "CMD", "LABEL", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT", "VOLUME", "USER", "WORKDIR", "ARG"}

func TestDockerfile(t *testing.T) {
	stages, last := map[string]bool{}, map[string]string{}
	for line := range strings.Lines(read(t, "docker/Dockerfile")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		if !slices.Contains(instructions, name) {
			t.Errorf("%q is no instruction", line)
		}
		if name == "FROM" {
			last = map[string]string{}
			if _, as, ok := strings.Cut(rest, " AS "); ok {
				stages[as] = true
			}
		}
		last[name] = rest
		if name != "COPY" {
			continue
		}
		args, local := strings.Fields(rest), true
		for strings.HasPrefix(args[0], "--") {
			if from, ok := strings.CutPrefix(args[0], "--from="); ok {
				local = false
				if !stages[from] {
					t.Errorf("%q copies from a stage that is not there", line)
				}
			}
			args = args[1:]
		}
		for _, src := range args[:len(args)-1] {
			if _, err := os.Stat(filepath.Join("..", src)); local && err != nil {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
	if last["FROM"] != "scratch" || !strings.HasPrefix(last["USER"], "65532") {
		t.Errorf("the image is made of %s and runs as %s", last["FROM"], last["USER"])
	}
	var entry, cmd []string
	for name, into := range map[string]*[]string{"ENTRYPOINT": &entry, "CMD": &cmd} {
		if err := json.Unmarshal([]byte(last[name]), into); err != nil {
			t.Errorf("%s %s: %v", name, last[name], err)
		}
	}
	if got := strings.Join(append(entry, cmd...), " "); got != "/bellpull serve --config /etc/bellpull/bellpull.yaml" {
		t.Errorf("the image runs %s", got)
	}
	c, err := config.Read("docker/bellpull.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != last["VOLUME"] || !strings.HasSuffix(c.Listen, ":"+last["EXPOSE"]) {
		t.Errorf("the settings keep data in %s and listen at %s, the image has %s and %s", c.Data, c.Listen, last["VOLUME"], last["EXPOSE"])
	}
}

// The image has the program that make builds, by the flags that the Makefile alone
// has.
func TestDockerfileBuildsByMake(t *testing.T) {
	docker := read(t, "docker/Dockerfile")
	if strings.Contains(docker, "go build") {
		t.Error("the Dockerfile has build flags of its own")
	}
	target := regexp.MustCompile(`(?m)^RUN make (\S+)$`).FindStringSubmatch(docker)
	program := regexp.MustCompile(`(?m)^COPY --from=build /src/(\S+) /bellpull$`).FindStringSubmatch(docker)
	if target == nil || program == nil {
		t.Fatal("the image has no program that make has built")
	}
	// No other target goes before it: the pages come from a stage of their own.
	rule := "\n" + target[1] + ": ## [^\n]*\n\t" + regexp.QuoteMeta("$(GO_BUILD) -o "+program[1]+" ./cmd/bellpull") + "\n"
	if !regexp.MustCompile(rule).MatchString(read(t, "../Makefile")) {
		t.Errorf("make %s does not build %s", target[1], program[1])
	}
}

func TestAlertRules(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         time.Duration     `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := strictly([]byte(read(t, "prometheus/alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	manual := read(t, "../docs/operating.md")
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if seen[r.Alert] || !regexp.MustCompile(`^Bellpull[A-Za-z]+$`).MatchString(r.Alert) {
				t.Errorf("the name %q is used twice, or is none", r.Alert)
			}
			seen[r.Alert] = true
			if r.Expr == "" || r.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) {
				t.Errorf("%s lacks something: %+v", r.Alert, r)
			}
			if strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") {
				t.Errorf("%s: %s", r.Alert, r.Expr)
			}
			if !strings.Contains(manual, "| `"+r.Alert+"` |") {
				t.Errorf("docs/operating.md does not say what to do about %s", r.Alert)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("there are %d alerts", len(seen))
	}
}

func strictly(text []byte, into any) error {
	return yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(into)
}

func TestDashboard(t *testing.T) {
	var d struct {
		UID    string `json:"uid"`
		Panels []struct {
			ID      int    `json:"id"`
			Type    string `json:"type"`
			Title   string `json:"title"`
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		} `json:"panels"`
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/bellpull.json")), &d); err != nil {
		t.Fatal(err)
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("the panel %d %q has an id twice, or no title", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%q lies on %q, or beside the page", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%q asks for nothing", p.Title)
		}
		for _, q := range p.Targets {
			if strings.Count(q.Expr, "(") != strings.Count(q.Expr, ")") || strings.Count(q.Expr, "{") != strings.Count(q.Expr, "}") {
				t.Errorf("%q asks for %s", p.Title, q.Expr)
			}
		}
	}
	if d.UID == "" || len(ids) < 20 {
		t.Errorf("the dashboard %q has %d panels", d.UID, len(ids))
	}
}
