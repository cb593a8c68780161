package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bellpull/bellpull/internal/config"
)

func TestParse(t *testing.T) {
	got, err := config.Parse([]byte(`
listen: 0.0.0.0:80
public_url: https://chat.example.org
ring: 45s
missed_as: missed
start_chat:
  origins: ["https://shop.example.org"]
  attributes: ["tier"]
  per_session: {burst: 2, interval: 1m}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default() // what is not named stays
	want.Listen, want.PublicURL, want.Ring, want.MissedAs = "0.0.0.0:80", "https://chat.example.org", 45*time.Second, "missed"
	want.StartChat.Origins, want.StartChat.Attributes = []string{"https://shop.example.org"}, []string{"tier"}
	want.StartChat.PerSession = config.Rate{Burst: 2, Interval: time.Minute}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNothingMeansTheDefaults(t *testing.T) {
	for _, text := range []string{"", "# nothing here\n"} {
		got, err := config.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(config.Default(), got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
}

// What is wrong is named, so that it can be found.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a key that nobody knows", "lisen: 127.0.0.1:80", "lisen"},
		{"an inner key that nobody knows", "start_chat: {orgins: []}", "orgins"},
		{"a text for a number", "max_active_chats: many", "many"},
		{"a time without a unit", "ring: soon", "soon"},
		{"no YAML", "listen: [", "["},
		{"a store of another kind", "store: mysql://db.example.org/bellpull", "store: must be a URL"},
		{"a store without a host", "store: postgres:///bellpull", "store: must be a URL"},
		{"a store with a password", "store: postgres://bellpull:secret@db.example.org/bellpull", "store_password_file"},
		{"a password for no store", "store_password_file: secret", "store_password_file: needs store"},
		{"no address", `listen: ""`, "listen"},
		{"a webhook without a scheme", `events: {webhook: {url: "hooks.example.org"}}`, "events.webhook.url"},
		{"a webhook with a password", `events: {webhook: {url: "https://me:secret@hooks.example.org"}}`, "events.webhook.url"},
		{"a webhook that never waits", "events: {webhook: {timeout: 0s}}", "events.webhook.timeout"},
		{"a secret for no webhook", "events: {webhook: {secret_file: s}}", "events.webhook.secret_file"},
		{"NATS by HTTP", `events: {nats: {url: "http://nats.example.org"}}`, "events.nats.url"},
		{"NATS with a password", `events: {nats: {url: "nats://a.example.org,nats://me:secret@b.example.org"}}`, "events.nats.url"},
		{"a subject of all", `events: {nats: {url: "nats://nats.example.org", subject: "bellpull.>"}}`, "events.nats.subject"},
		{"credentials for no NATS", "events: {nats: {credentials_file: c}}", "events.nats.credentials_file"},
		{"a bucket nowhere", "transcripts: {s3: {bucket: b}}", "transcripts.s3.endpoint"},
		{"no bucket", `transcripts: {s3: {endpoint: "https://s3.example.org"}}`, "transcripts.s3.bucket"},
		{"a bucket below a path", `transcripts: {s3: {bucket: b, endpoint: "https://s3.example.org/b"}}`, "transcripts.s3.endpoint"},
		{"a bucket and a directory", `transcripts: {dir: d, s3: {bucket: b, endpoint: "https://s3.example.org"}}`, "transcripts.s3"},
		{"a bucket in no region", `transcripts: {s3: {bucket: b, endpoint: "https://s3.example.org", region: ""}}`, "transcripts.s3.region"},
		{"an access key without a secret", `transcripts: {s3: {bucket: b, endpoint: "https://s3.example.org", access_key: k}}`, "transcripts.s3.access_key"},
		{"nodes at no NATS", `nats: {url: "nats.example.org"}`, "nats.url"},
		{"nodes on a subject of all", `nats: {url: "nats://nats.example.org", subject: "*"}`, "nats.subject"},
		{"attachments in a bucket and a directory", `attachments: {dir: d, s3: {bucket: b, endpoint: "https://s3.example.org"}}`, "attachments.s3"},
		{"attachments larger than any", "attachments: {max_megabytes: 101}", "attachments.max_megabytes"},
		{"no attachments a chat", "attachments: {per_chat: 0}", "attachments.per_chat"},
		{"attachments kept for less than no time", "attachments: {keep: -1s}", "attachments.keep"},
		{"attachments that browsers run", "attachments: {types: [png, htm=text/html]}", "attachments.types"},
		{"reports kept for less than they ask for", "reports: {keep: 2399h}", "reports.keep"},
		{"reports kept for less than no time", "reports: {keep: -1s}", "reports.keep"},
		{"two scanners", `attachments: {scanner: {command: [clamdscan], http: "https://scan.example.org"}}`, "attachments.scanner.http"},
		{"a scanner that is a word", "attachments: {scanner: {http: scan}}", "attachments.scanner.http"},
		{"a scanner without time", "attachments: {scanner: {timeout: 0s}}", "attachments.scanner.timeout"},
		{"nodes among the events", `{nats: {url: "nats://a.example.org", subject: bellpull.nodes}, events: {nats: {url: "nats://a.example.org"}}}`, "nats.subject"},
		{"credentials for no NATS of nodes", "nats: {credentials_file: c}", "nats.credentials_file"},
		{"a level that is none", "log: {level: loud}", "log.level"},
		{"a format that is none", "log: {format: xml}", "log.format"},
		{"no directory", `data: ""`, "data"},
		{"a short ring", "ring: 999ms", "ring"},
		{"fewer chats than none", "max_active_chats: -1", "max_active_chats"},
		{"another name for missed", "missed_as: lost", "missed_as"},
		{"fewer proxies than none", "start_chat: {proxies: -1}", "start_chat.proxies"},
		{"a URL without a scheme", "public_url: chat.example.org", "public_url"},
		{"a URL of another scheme", "public_url: ftp://chat.example.org", "public_url"},
		{"a URL that is none", `public_url: "https://%zz"`, "public_url"},
		{"an origin without a scheme", "start_chat: {origins: [shop.example.org]}", "start_chat.origins"},
		{"an origin with a path", "start_chat: {origins: ['https://shop.example.org/a']}", "start_chat.origins"},
		{"an origin with a slash", "start_chat: {origins: ['https://shop.example.org/']}", "start_chat.origins"},
		{"a star for an origin", "start_chat: {origins: ['*']}", "start_chat.origins"},
		{"a negative burst of sign-ins", "sign_in: {per_address: {burst: -1}}", "sign_in.per_address"},
		{"a negative burst", "start_chat: {per_address: {burst: -1}}", "start_chat.per_address"},
		{"a burst without an interval", "start_chat: {per_session: {burst: 3, interval: 0s}}", "start_chat.per_session"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got error %v, want one that names %s", c.text, err, c.want)
			}
		})
	}
}

// Servers that share a store must find each other's files.
func TestWarnings(t *testing.T) {
	const shared = "store: postgres://db.example.org/bellpull\n"
	for text, want := range map[string]int{
		"":                                    0,
		shared:                                1,
		shared + "attachments: {dir: none}":   0,
		shared + "attachments: {dir: /srv/a}": 1,
		shared + `attachments: {s3: {bucket: b, endpoint: "https://s3.example.org"}}`: 0,
	} {
		c, err := config.Parse([]byte(text))
		if got := c.Warnings(); err != nil || len(got) != want {
			t.Errorf("%s: %v, warnings %q, want %d", text, err, got, want)
		}
	}
}

func TestNoLimitNeedsNoInterval(t *testing.T) {
	if _, err := config.Parse([]byte("start_chat: {per_address: {burst: 0, interval: 0s}}")); err != nil {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bellpull.yaml")
	if _, err := config.Read(file); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(file, []byte("ring: 1ns"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Read(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names the file", err)
	}
	if err := os.WriteFile(file, []byte("ring: 30s"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := config.Read(file); err != nil || c.Ring != 30*time.Second {
		t.Errorf("got %v, %v", c.Ring, err)
	}
}

// What is described are the defaults, and each setting has its comment.
func TestDescribe(t *testing.T) {
	text := config.Describe()
	got, err := config.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	want := config.Default()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the description says other defaults (-default +described):\n%s", diff)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if key, _, _ := strings.Cut(line, ":"); i == 0 || !strings.HasPrefix(strings.TrimSpace(lines[i-1]), "# ") {
			t.Errorf("%s has no comment", key)
		}
	}
}
