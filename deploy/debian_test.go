//go:build linux

package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// run runs a command in the root of the sources and returns what it wrote.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// packaging returns the command with which the Makefile builds packages.
func packaging(t *testing.T) []string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^NFPM := (.+)$`).FindStringSubmatch(read(t, "../Makefile"))
	if found == nil {
		t.Fatal("the Makefile does not say what builds packages")
	}
	return strings.Fields(found[1])
}

// buildPackage builds the package as `make package` does, without the pages.
func buildPackage(t *testing.T) (deb string) {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "bellpull")
	run(t, []string{"CGO_ENABLED=0", "GOFLAGS=-trimpath"}, "go", "build", "-o", binary, "./cmd/bellpull")
	nfpm := packaging(t)
	run(t, []string{"BINARY=" + binary, "VERSION=1.2.3", "ARCH=" + runtime.GOARCH},
		nfpm[0], append(nfpm[1:], "package", "--config", "deploy/debian/nfpm.yaml", "--packager", "deb", "--target", dir+"/")...)
	all, err := filepath.Glob(filepath.Join(dir, "bellpull_1.2.3*.deb"))
	if err != nil || len(all) != 1 {
		t.Fatalf("found the packages %v: %v", all, err)
	}
	return all[0]
}

// root is a directory in which dpkg installs.
type root struct {
	t   *testing.T
	dir string
}

func newRoot(t *testing.T) root {
	dir := t.TempDir()
	for _, d := range []string{"info", "updates", "triggers"} {
		if err := os.MkdirAll(filepath.Join(dir, "var/lib/dpkg", d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return root{t, dir}
}

func (r root) dpkg(args ...string) string {
	r.t.Helper()
	return run(r.t, []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin"}, "dpkg",
		append([]string{"--root=" + r.dir, "--force-not-root", "--force-script-chrootless", "--log=" + r.path("log")}, args...)...)
}

func (r root) path(name string) string { return filepath.Join(r.dir, name) }

func (r root) has(name string) bool {
	_, err := os.Stat(r.path(name))
	return err == nil
}

// The package installs what it should, the program in it runs, and the package
// goes without the settings that somebody has written, unless it is purged.
func TestDebianPackage(t *testing.T) {
	deb, r := buildPackage(t), newRoot(t)
	r.dpkg("--install", deb)
	if got := r.dpkg("--status", "bellpull"); !strings.Contains(got, "Status: install ok installed") || !strings.Contains(got, "Version: 1.2.3\n") {
		t.Errorf("the package is not installed:\n%s", got)
	}
	for _, name := range []string{
		"usr/bin/bellpull", "usr/lib/systemd/system/bellpull.service", "usr/lib/systemd/system/bellpull.socket", "etc/bellpull/bellpull.yaml",
		"usr/share/bellpull/alerts.yaml", "usr/share/bellpull/grafana.json", "usr/share/doc/bellpull/operating.md", "usr/share/doc/bellpull/copyright",
	} {
		if !r.has(name) {
			t.Errorf("the package has no %s", name)
		}
	}
	runInstalled(t, r)

	settings := r.path("etc/bellpull/bellpull.yaml")
	if err := os.WriteFile(settings, []byte("listen: 127.0.0.1:1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.dpkg("--install", deb) // again, as an upgrade does
	if got := read(t, settings); got != "listen: 127.0.0.1:1\n" {
		t.Errorf("an upgrade left the settings as %q", got)
	}
	r.dpkg("--remove", "bellpull")
	if r.has("usr/bin/bellpull") || !r.has("etc/bellpull/bellpull.yaml") {
		t.Errorf("after the removal: program %v, settings %v", r.has("usr/bin/bellpull"), r.has("etc/bellpull/bellpull.yaml"))
	}
	r.dpkg("--purge", "bellpull")
	if r.has("etc/bellpull") {
		t.Error("the settings survive a purge")
	}
}

// runInstalled runs the installed program with the installed settings, but for
// the address and the data.
func runInstalled(t *testing.T, r root) {
	t.Helper()
	binary := r.path("usr/bin/bellpull")
	if got := run(t, nil, binary, "config", "check", r.path("etc/bellpull/bellpull.yaml")); got != "ok\n" {
		t.Errorf("the installed settings are %s", got)
	}
	settings := strings.NewReplacer("127.0.0.1:2355", "127.0.0.1:0", "/var/lib/bellpull", r.path("data")).Replace(read(t, r.path("etc/bellpull/bellpull.yaml")))
	file, ready := r.path("settings.yaml"), r.path("ready.json")
	if err := os.WriteFile(file, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "serve", "--config", file, "--ready", ready)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var info struct{ URL string }
	for !r.has("ready.json") && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	if err := json.Unmarshal([]byte(read(t, ready)), &info); err != nil || info.URL == "" {
		t.Errorf("the ready file says %+v: %v", info, err)
	}
	if got := get(t, info.URL+"/readyz"); got != "ok\n" {
		t.Errorf("/readyz answers %s", got)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v:\n%s", err, &out)
	}
}

// The scripts of the package are ones that its shell understands.
func TestMaintainerScripts(t *testing.T) {
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		run(t, nil, "sh", "-n", "deploy/debian/"+script)
	}
}
