// Package config is what an operator can set: one struct, its defaults, and
// reading it from YAML. The comments of the fields are the reference.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/bellpull/bellpull/internal/callout"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/metrics"
)

// Config is everything that bellpull serve can be told.
type Config struct {
	// Listen is the address to serve on.
	Listen string `yaml:"listen"`
	// PublicURL is how browsers reach this server, such as
	// https://chat.example.org. Sockets are wss:// there. Empty: the address of
	// listen over plain http, which browsers take on 127.0.0.1 alone.
	PublicURL string `yaml:"public_url"`
	// Data is the directory in which everything is kept, but for what is in store.
	Data string `yaml:"data"`
	// Store is the PostgreSQL database in which chats and settings are kept, such
	// as postgres://bellpull@db.example.org/bellpull. Several servers may share
	// one. Empty: a database of one server's own, in data.
	Store string `yaml:"store"`
	// StorePasswordFile names the file that holds the password for store.
	StorePasswordFile string `yaml:"store_password_file"`
	// Log says what is logged, and how.
	Log Log `yaml:"log"`
	// StartChat is about the personal chat backend at /start-chat.
	StartChat StartChat `yaml:"start_chat"`
	// Widget is about the chat windows of web sites.
	Widget Widget `yaml:"widget"`
	// SignIn is about agents who sign in.
	SignIn SignIn `yaml:"sign_in"`
	// Ring is how long a chat rings at an agent.
	Ring time.Duration `yaml:"ring"`
	// LostAfter is how long an agent in a chat may be away, with no desk open and
	// without calling, before the chat goes on without them; 0 is for ever.
	LostAfter time.Duration `yaml:"lost_after"`
	// MaxActiveChats is the most chats of an instance that have not ended; 0 is
	// no limit.
	MaxActiveChats int `yaml:"max_active_chats"`
	// Limits say how strict the server is with its callers.
	Limits Limits `yaml:"limits"`
	// MissedAs is the contact state that a missed chat shows to agents: error
	// or missed.
	MissedAs string `yaml:"missed_as"`
	// FlowLog is the file to which flows that enable logging write what each
	// block did, one JSON object a line. It holds attribute values. Empty: none.
	FlowLog string `yaml:"flow_log"`
	// Drain says how the server leaves when a balancer stands in front of it.
	Drain Drain `yaml:"drain"`
	// Tracing says where traces of requests go.
	Tracing Tracing `yaml:"tracing"`
	// Callouts say what stands behind the functions and bots that flows call.
	Callouts callout.Config `yaml:"callouts"`
	// Events say who is told of contacts and agents: contact events, agent events
	// and contact records.
	Events Events `yaml:"events"`
	// Transcripts say where the transcript of each contact that has ended is kept.
	Transcripts Transcripts `yaml:"transcripts"`
	// Attachments say which files people may send, and where those are kept.
	Attachments Attachments `yaml:"attachments"`
	// Reports say how long it is remembered what happened when.
	Reports Reports `yaml:"reports"`
	// NATS is where the nodes of a cluster tell each other what has happened.
	NATS NodesNATS `yaml:"nats"`
}

// Reports say how long it is remembered what happened when, of which figures of
// the past are made.
type Reports struct {
	// Keep is how long figures can be asked for, and ended contacts can be
	// searched for. Chats and transcripts stay, for whoever knows their ids. 2400h
	// at least; 0 is for ever.
	Keep time.Duration `yaml:"keep"`
}

// leastReports leaves a margin beyond what reports can ask for.
const leastReports = metrics.MaxPast + 7*24*time.Hour

func (r *Reports) check() error {
	if r.Keep != 0 && r.Keep < leastReports {
		return fmt.Errorf("keep: must be 0, or %dh at least, since reports go back for three months", leastReports/time.Hour)
	}
	return nil
}

// Drain says how a server leaves its clients to others: /readyz says no at once,
// and the sockets are closed later, so that nobody comes back here.
type Drain struct {
	// Grace is how long requests and new sockets are still taken while /readyz
	// says no: as long as the balancer needs to notice, and a little more.
	Grace time.Duration `yaml:"grace"`
	// Spread is over how long the sockets are then closed, so that their clients
	// do not all come back at once.
	Spread time.Duration `yaml:"spread"`
	// OnStop drains before SIGTERM ends the server. Without it a server drains
	// when it is told to, by POST /ops/drain.
	OnStop bool `yaml:"on_stop"`
}

// Tracing says where traces of requests go: from the door through the commit to
// the sockets.
type Tracing struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP, such as
	// http://127.0.0.1:4318. Empty: nothing is traced.
	Endpoint string `yaml:"endpoint"`
	// Sample is the share of requests that are traced, 0 to 1. Those whose
	// traceparent says whether they are go by that.
	Sample float64 `yaml:"sample"`
}

func (t *Tracing) check() error {
	if !(t.Sample >= 0 && t.Sample <= 1) {
		return errors.New("sample: must be 0 to 1")
	}
	if t.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(t.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("endpoint: must be a URL such as http://127.0.0.1:4318")
	}
	return nil
}

// Events say who is told of contacts and agents. Each receiver gets everything at
// least once.
type Events struct {
	// File is a file to which events are appended, one JSON object a line. Empty:
	// none.
	File string `yaml:"file"`
	// Webhook posts events to a URL.
	Webhook callout.WebhookConfig `yaml:"webhook"`
	// NATS publishes events.
	NATS NATS `yaml:"nats"`
}

// NATS says where events are published.
type NATS struct {
	// URL is the server's, or a list of the cluster's servers with commas between.
	// Empty: nowhere.
	URL string `yaml:"url"`
	// Subject is how subjects begin; the instance's id and the kind follow, such
	// as in bellpull.INSTANCE.contact-event. Where a stream of JetStream has the
	// subject, events are safe once it has stored them.
	Subject string `yaml:"subject"`
	// CredentialsFile names a file of NATS credentials.
	CredentialsFile string `yaml:"credentials_file"`
}

// NodesNATS is where the nodes of a cluster meet.
type NodesNATS struct {
	// URL is the server's, or a list of the cluster's servers with commas between.
	// Empty: this process is alone.
	URL string `yaml:"url"`
	// Subject is how subjects begin, such as in bellpull-nodes.chat.ID. All nodes
	// have the same one. It must not be the one of events, nor one that a stream
	// of JetStream stores.
	Subject string `yaml:"subject"`
	// CredentialsFile names a file of NATS credentials.
	CredentialsFile string `yaml:"credentials_file"`
}

// Transcripts say where transcripts are kept.
type Transcripts struct {
	// Dir is the directory of transcript files. Empty: transcripts below data,
	// in bellpull serve, unless they go to S3; none: nowhere.
	Dir string `yaml:"dir"`
	// S3 is a bucket for them instead.
	S3 S3 `yaml:"s3"`
}

// Attachments say which files people may send.
type Attachments struct {
	// Dir is the directory of the files. Empty: attachments below data, unless they
	// go to S3; none: nobody may send or get any, and of those that were kept before
	// only such as are below data are removed in their time. Where several servers share a store, all
	// must see the same directory: S3 is easier.
	Dir string `yaml:"dir"`
	// S3 is a bucket for them instead.
	S3 S3 `yaml:"s3"`
	// MaxMegabytes is how large a file may be, up to 100.
	MaxMegabytes int `yaml:"max_megabytes"`
	// PerChat is how many files a chat may have.
	PerChat int `yaml:"per_chat"`
	// Types are the extensions of files that may be sent, such as pdf. Known are
	// also gif, m4a, mp3, odp, ods, odt, webm, webp and zip; others name their
	// content type, as in dwg=image/vnd.dwg. []: nobody may send any; those that were
	// sent are kept for their time.
	Types []string `yaml:"types"`
	// Keep is how long files are kept; it counts for those that are sent from now
	// on. 0 is for ever.
	Keep time.Duration `yaml:"keep"`
	// Scanner judges each file before others see it.
	Scanner callout.ScannerConfig `yaml:"scanner"`
}

// S3 is a bucket of S3, or of a service that speaks like it.
type S3 struct {
	// Endpoint is the service's URL, such as https://s3.eu-central-1.amazonaws.com.
	Endpoint string `yaml:"endpoint"`
	// Bucket is the bucket's name; it must exist. Empty: none.
	Bucket string `yaml:"bucket"`
	// Prefix is what keys begin with, before a slash. Empty: nothing.
	Prefix string `yaml:"prefix"`
	// Region is what requests are signed for.
	Region string `yaml:"region"`
	// AccessKey signs requests, with the secret in SecretFile. Empty: what the
	// environment has (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), the file
	// ~/.aws/credentials, or the machine's role.
	AccessKey string `yaml:"access_key"`
	// SecretFile names the file that holds the secret of AccessKey.
	SecretFile string `yaml:"secret_file"`
}

// Log says what is logged, and how.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is text or json.
	Format string `yaml:"format"`
}

// Logger returns a logger that writes to w.
func (l Log) Logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return nil, fmt.Errorf("log.level: must be debug, info, warn or error, not %q", l.Level)
	}
	o := &slog.HandlerOptions{Level: level}
	switch l.Format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	}
	return nil, fmt.Errorf("log.format: must be text or json, not %q", l.Format)
}

// Limits say how strict the server is with its callers.
type Limits struct {
	// Rates are how fast participants and access keys may call: off, relaxed (a
	// participant's own rate, which people never reach) or strict (what the
	// service publishes for an instance). Who is too fast waits, and is refused
	// only after seconds.
	Rates string `yaml:"rates"`
	// Quotas are how many flows, modules and the like an instance may have, and
	// how many chats at once: off, relaxed (enough for anybody) or strict (what
	// the service publishes).
	Quotas string `yaml:"quotas"`
}

// StartChat is about the personal chat backend.
type StartChat struct {
	// Origins are the web origins that may start chats, such as
	// https://shop.example.org. Empty allows all.
	Origins []string `yaml:"origins"`
	// Attributes are the contact attributes that a web page may set. Empty
	// allows none but customerName; "*" allows all.
	Attributes []string `yaml:"attributes"`
	// PerAddress limits how often one address starts a chat.
	PerAddress Rate `yaml:"per_address"`
	// PerSession limits how often one browser session, as the header
	// X-Session-Id or the cookie of that name says, starts a chat.
	PerSession Rate `yaml:"per_session"`
	// Proxies is how many trusted proxies stand in front; the address is taken
	// from as far back in X-Forwarded-For, here, for widgets and for sign-ins.
	Proxies int `yaml:"proxies"`
}

// Widget is about the chat windows that web sites put on their pages. How each
// of them looks, and who may show it, is kept with the widget.
type Widget struct {
	// PerAddress limits how often one address starts a chat.
	PerAddress Rate `yaml:"per_address"`
	// PerWidget limits how often chats of one widget start.
	PerWidget Rate `yaml:"per_widget"`
	// Reads limits how often one address asks for anything else, such as how a
	// widget looks.
	Reads Rate `yaml:"reads"`
	// Difficulty makes browsers work before they start a chat, which costs those
	// who start many: each bit doubles the work. 16 is a tenth of a second, 20 a
	// second or two; 0 is none, 24 the most.
	Difficulty int `yaml:"difficulty"`
	// Approve asks somebody, such as a service for captchas, before a chat starts.
	Approve callout.ApprovalConfig `yaml:"approve"`
}

// maxDifficulty is more work than most visitors wait for.
const maxDifficulty = 24

func (w *Widget) check() error {
	if w.Difficulty < 0 || w.Difficulty > maxDifficulty {
		return fmt.Errorf("difficulty: must be 0 to %d", maxDifficulty)
	}
	if err := w.Approve.Check(); err != nil {
		return fmt.Errorf("approve.%w", err)
	}
	return nil
}

// SignIn is about agents who sign in.
type SignIn struct {
	// PerAddress limits how often one address tries to sign in: raise it for an
	// office of many agents behind one address.
	PerAddress Rate `yaml:"per_address"`
}

// Rate allows Burst at once and then one every Interval.
type Rate struct {
	// Burst is how many are allowed at once; 0 is no limit.
	Burst int `yaml:"burst"`
	// Interval is how long it takes to allow one more.
	Interval time.Duration `yaml:"interval"`
}

// Default returns the defaults of bellpull serve.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:2355",
		Data:   "data",
		Log:    Log{Level: "info", Format: "text"},
		StartChat: StartChat{
			PerAddress: Rate{Burst: 20, Interval: 3 * time.Second},
			PerSession: Rate{Burst: 5, Interval: 10 * time.Second},
		},
		Widget: Widget{
			PerAddress: Rate{Burst: 10, Interval: 6 * time.Second},
			PerWidget:  Rate{Burst: 200, Interval: 50 * time.Millisecond},
			Reads:      Rate{Burst: 120, Interval: 500 * time.Millisecond},
			Approve:    callout.ApprovalConfig{Timeout: callout.DefaultTimeout},
		},
		SignIn:    SignIn{PerAddress: Rate{Burst: 60, Interval: time.Second}},
		Ring:      20 * time.Second,
		LostAfter: 2 * time.Minute,
		Limits:    Limits{Rates: "relaxed", Quotas: "relaxed"},
		MissedAs:  "error",
		Tracing:   Tracing{Sample: 0.01},
		Drain:     Drain{Grace: 10 * time.Second, Spread: 5 * time.Second},
		Events: Events{
			Webhook: callout.WebhookConfig{Timeout: callout.DefaultTimeout},
			NATS:    NATS{Subject: "bellpull"},
		},
		Transcripts: Transcripts{S3: S3{Region: "us-east-1"}},
		Attachments: Attachments{
			S3: S3{Region: "us-east-1"}, MaxMegabytes: 20, PerChat: 35, Types: contact.DefaultFileTypes,
			Scanner: callout.ScannerConfig{Timeout: callout.DefaultScanTimeout},
		},
		Reports: Reports{Keep: 2 * 366 * 24 * time.Hour},
		NATS:    NodesNATS{Subject: "bellpull-nodes"},
	}
}

// Read returns the defaults as the YAML file changes them. An unknown key is an
// error, as is a value that makes no sense.
func Read(file string) (Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Config{}, err
	}
	c, err := Parse(data)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Parse reads YAML as Read does.
func Parse(data []byte) (Config, error) {
	c := Default()
	d := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	switch err := d.Decode(&c); {
	case errors.Is(err, io.EOF): // nothing but comments; the decoder has emptied c
		c = Default()
	case err != nil:
		return Config{}, err
	}
	return c, errors.Join(c.Check(), c.Callouts.Check())
}

// modes are how strict limits can be.
var modes = []string{"off", "relaxed", "strict"}

// Check reports the first value that makes no sense.
func (c *Config) Check() error {
	switch {
	case c.Listen == "":
		return errors.New("listen: must be an address such as 127.0.0.1:2355")
	case c.Data == "":
		return errors.New("data: must be a directory")
	case c.Ring < time.Second:
		return errors.New("ring: must be a second at least")
	case c.LostAfter != 0 && c.LostAfter < 10*time.Second:
		return errors.New("lost_after: must be 0, or ten seconds at least")
	case !slices.Contains(modes, c.Limits.Rates):
		return errors.New("limits.rates: must be off, relaxed or strict")
	case !slices.Contains(modes, c.Limits.Quotas):
		return errors.New("limits.quotas: must be off, relaxed or strict")
	case c.MaxActiveChats < 0:
		return errors.New("max_active_chats: must not be negative")
	case c.MissedAs != "error" && c.MissedAs != "missed":
		return errors.New("missed_as: must be error or missed")
	case c.Drain.Grace < 0 || c.Drain.Spread < 0:
		return errors.New("drain: grace and spread must not be negative")
	case c.StartChat.Proxies < 0:
		return errors.New("start_chat.proxies: must not be negative")
	}
	if _, err := c.Log.Logger(io.Discard); err != nil {
		return err
	}
	if err := c.Widget.check(); err != nil {
		return fmt.Errorf("widget.%w", err)
	}
	if err := c.Tracing.check(); err != nil {
		return fmt.Errorf("tracing.%w", err)
	}
	if err := c.checkStore(); err != nil {
		return err
	}
	if err := c.Events.check(); err != nil {
		return fmt.Errorf("events.%w", err)
	}
	if err := c.Transcripts.S3.check(c.Transcripts.Dir); err != nil {
		return fmt.Errorf("transcripts.%w", err)
	}
	if err := c.Attachments.check(); err != nil {
		return fmt.Errorf("attachments.%w", err)
	}
	if err := c.Reports.check(); err != nil {
		return fmt.Errorf("reports.%w", err)
	}
	if err := checkNATS(c.NATS.URL, c.NATS.Subject, c.NATS.CredentialsFile); err != nil {
		return fmt.Errorf("nats.%w", err)
	}
	if c.NATS.URL != "" && c.Events.NATS.URL != "" && overlap(c.NATS.Subject, c.Events.NATS.Subject) {
		return errors.New("nats.subject: must not lie below events.nats.subject, nor above it")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return errors.New("public_url: must be a URL such as https://chat.example.org")
		}
	}
	for _, o := range c.StartChat.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || strings.TrimSuffix(o, "/") != u.Scheme+"://"+u.Host || strings.HasSuffix(o, "/") {
			return fmt.Errorf("start_chat.origins: %q must be an origin such as https://shop.example.org", o)
		}
	}
	for name, r := range map[string]Rate{
		"start_chat.per_address": c.StartChat.PerAddress, "start_chat.per_session": c.StartChat.PerSession,
		"sign_in.per_address": c.SignIn.PerAddress, "widget.per_address": c.Widget.PerAddress,
		"widget.per_widget": c.Widget.PerWidget, "widget.reads": c.Widget.Reads,
	} {
		if r.Burst < 0 || r.Burst > 0 && r.Interval <= 0 {
			return fmt.Errorf("%s: needs a burst that is not negative and an interval above 0", name)
		}
	}
	return nil
}

func (c *Config) checkStore() error {
	if c.Store == "" {
		if c.StorePasswordFile != "" {
			return errors.New("store_password_file: needs store")
		}
		return nil
	}
	u, err := url.Parse(c.Store)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && !u.Query().Has("host") {
		return errors.New("store: must be a URL such as postgres://bellpull@db.example.org/bellpull") // and may hold a secret
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") {
		return errors.New("store: must hold no password; use store_password_file")
	}
	return nil
}

func (e *Events) check() error {
	if err := e.Webhook.Check(); err != nil {
		return fmt.Errorf("webhook.%w", err)
	}
	if err := checkNATS(e.NATS.URL, e.NATS.Subject, e.NATS.CredentialsFile); err != nil {
		return fmt.Errorf("nats.%w", err)
	}
	return nil
}

// check checks a bucket that stands beside a directory.
func (s *S3) check(dir string) error {
	switch u, err := url.Parse(s.Endpoint); {
	case s.Bucket == "":
		if s.Endpoint != "" || s.AccessKey != "" {
			return errors.New("s3.bucket: must be named")
		}
		return nil
	case dir != "":
		return errors.New("s3: cannot be had together with dir")
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http", strings.Trim(u.Path, "/") != "", u.User != nil:
		return errors.New("s3.endpoint: must be a URL such as https://s3.eu-central-1.amazonaws.com")
	case s.Region == "":
		return errors.New("s3.region: must be named")
	case (s.AccessKey == "") != (s.SecretFile == ""):
		return errors.New("s3.access_key: goes with secret_file")
	}
	return nil
}

// Bounds of what may be said of attachments. All files of a chat are named in its
// record.
const (
	maxMegabytes = 100
	maxPerChat   = 1000
)

func (a *Attachments) check() error {
	if err := a.S3.check(a.Dir); err != nil {
		return err
	}
	switch {
	case a.MaxMegabytes < 1 || a.MaxMegabytes > maxMegabytes:
		return fmt.Errorf("max_megabytes: must be 1 to %d", maxMegabytes)
	case a.PerChat < 1 || a.PerChat > maxPerChat:
		return fmt.Errorf("per_chat: must be 1 to %d", maxPerChat)
	case a.Keep < 0:
		return errors.New("keep: must not be negative")
	}
	if _, err := contact.FileTypes(a.Types); err != nil {
		return fmt.Errorf("types: %w", err)
	}
	if err := a.Scanner.Check(); err != nil {
		return fmt.Errorf("scanner.%w", err)
	}
	return nil
}

// Warnings tells what is likely to be a mistake, though it makes sense.
func (c *Config) Warnings() []string {
	var all []string
	if c.Store != "" && c.Attachments.S3.Bucket == "" && c.Attachments.Dir != None {
		all = append(all, "attachments: are in a directory, which all servers that share the store must see; use attachments.s3, or a shared directory")
	}
	return all
}

// AttachmentsName is the name of the directory below data in which attachments are
// unless another one is named.
const AttachmentsName = "attachments"

// None is the name of a directory that means none.
const None = "none"

func checkNATS(servers, subject, credentials string) error {
	if servers == "" {
		if credentials != "" {
			return errors.New("credentials_file: needs url")
		}
		return nil
	}
	for s := range strings.SplitSeq(servers, ",") {
		u, err := url.Parse(strings.TrimSpace(s))
		switch {
		case err != nil, u.Host == "", u.Scheme != "nats" && u.Scheme != "tls":
			return errors.New("url: must be a URL such as nats://127.0.0.1:4222, or several with commas between")
		case u.User != nil:
			return errors.New("url: must hold no user and password; use credentials_file")
		}
	}
	for part := range strings.SplitSeq(subject, ".") {
		if part == "" || strings.ContainsAny(part, "*> \t\r\n") {
			return errors.New("subject: must be words with full stops between, such as bellpull")
		}
	}
	return nil
}

// overlap reports whether one subject lies below the other, or is the same.
func overlap(a, b string) bool {
	return strings.HasPrefix(a+".", b+".") || strings.HasPrefix(b+".", a+".")
}
