package callout

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func parseConfig(s string) (Config, error) {
	var c Config
	if err := yaml.UnmarshalWithOptions([]byte(s), &c, yaml.Strict()); err != nil {
		return c, err
	}
	return c, c.Check()
}

func TestAConfigurationOfEverything(t *testing.T) {
	data, err := os.ReadFile("testdata/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseConfig(string(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Functions[0]; got.HTTP != "https://orders.example.org/lookup" || got.Timeout != 2*time.Second || got.Concurrent != 10 {
		t.Errorf("the first function: %+v", got)
	}
	if diff := cmp.Diff([]string{"node", "functions/survey.js"}, c.Functions[1].Command); diff != "" {
		t.Errorf("the command (-want +got):\n%s", diff)
	}
	if got := c.Functions[2].Lambda; got == nil || got.Region != "eu-west-1" || got.Endpoint != "http://localhost:4566" || got.SecretFile != "secrets/lambda" {
		t.Errorf("the lambda: %+v", got)
	}
	if got := c.Bots[1].Lex; got == nil || got.Locale != "en_GB" || got.AccessKeyID != "AKIAEXAMPLE" {
		t.Errorf("the Lex bot: %+v", got)
	}
	if got := c.Bots[2].Rules; got == nil || len(got.Intents) != 1 || got.Intents[0].Slots[0].Type != "number" {
		t.Errorf("the rule bot: %+v", got)
	}
	if got := c.Bots[3].Rules; got == nil || got.File != "bots/orders.yaml" {
		t.Errorf("the rule bot from a file: %+v", got)
	}
	if !c.AllowPrivate || len(c.Allow) != 2 || c.Proxy == "" {
		t.Errorf("what may be reached: %v %v through %q", c.AllowPrivate, c.Allow, c.Proxy)
	}
}

func TestTheDemoConfigurationIsGood(t *testing.T) {
	if err := Demo().Check(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).Check(); err != nil {
		t.Errorf("an empty one: %v", err)
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	for _, tt := range []struct{ name, yaml, want string }{
		{"an unknown key", "functions: [{arn: '*', htp: x}]", `unknown field "htp"`},
		{"no ARN", "functions: [{http: 'https://a.example'}]", "functions[0].arn: must not be empty"},
		{"nothing behind it", "functions: [{arn: '*'}]", "functions[0].arn: needs exactly one of http, command and lambda"},
		{"two things behind it", "functions: [{arn: a, command: [a]}, {arn: '*', http: 'https://a.example', command: [a]}]", "functions[1].arn: needs exactly one"},
		{"not a URL", "functions: [{arn: '*', http: 'orders'}]", "functions[0].http: must be a URL"},
		{"another scheme", "functions: [{arn: '*', http: 'file:///etc/passwd'}]", "functions[0].http: must be a URL"},
		{"no host", "functions: [{arn: '*', http: 'http:///x'}]", "functions[0].http: must be a URL"},
		{"a password in a URL", "functions: [{arn: '*', http: 'https://a:b@a.example'}]", "must hold no user and password"},
		{"a secret for a command", "functions: [{arn: '*', command: [a], secret_file: x}]", "functions[0].secret_file: is for http"},
		{"an environment for HTTP", "functions: [{arn: '*', http: 'https://a.example', env: {A: b}}]", "functions[0].env: is for command"},
		{"an empty program", "functions: [{arn: '*', command: ['']}]", "functions[0].command: must begin with a program"},
		{"a negative timeout", "functions: [{arn: '*', command: [a], timeout: -1s}]", "functions[0].timeout"},
		{"a negative number", "bots: [{arn: '*', http: 'https://a.example', concurrent: -1}]", "bots[0].concurrent"},
		{"a key without secret", "functions: [{arn: '*', lambda: {access_key_id: a}}]", "functions[0].lambda.access_key_id"},
		{"neither key nor endpoint", "functions: [{arn: '*', lambda: {region: eu-west-1}}]", "functions[0].lambda.endpoint"},
		{"an endpoint with a query", "functions: [{arn: '*', lambda: {endpoint: 'https://a.example?x'}}]", "functions[0].lambda.endpoint: must have no query"},
		{"a region that is a host", "functions: [{arn: '*', lambda: {endpoint: 'https://a.example', region: a.example/}}]", "functions[0].lambda.region"},
		{"a token without key", "bots: [{arn: '*', lex: {endpoint: 'https://a.example', session_token_file: x}}]", "bots[0].lex.session_token_file"},
		{"a bot with nothing behind it", "bots: [{arn: '*'}]", "bots[0].arn: needs exactly one of http, lex and rules"},
		{"a bot without ARN", "bots: [{http: 'https://a.example'}]", "bots[0].arn: must not be empty"},
		{"a bot with an odd URL", "bots: [{arn: '*', http: '::'}]", "bots[0].http"},
		{"a secret for a rule bot", "bots: [{arn: '*', rules: {file: x}, secret_file: x}]", "bots[0].secret_file"},
		{"a rule bot twice", "bots: [{arn: '*', rules: {file: x, intents: [{name: A, phrases: [a]}]}}]", "bots[0].rules: has either"},
		{"a rule bot of nothing", "bots: [{arn: '*', rules: {}}]", "bots[0].rules.intents"},
		{"a network that is none", "allow: [10.0.0.1]", "allow: \"10.0.0.1\" must be a network"},
		{"a proxy that is none", "proxy: proxy.example.org:3128", "proxy: must be a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseConfig(tt.yaml); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFilesAreReadAtTheStart(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		conf Config
		want string
	}{
		"a secret that is missing":       {Config{Functions: []FunctionRule{{ARN: "*", HTTP: "https://a.example", SecretFile: empty + "x"}}}, "functions[0]: open"},
		"a secret that is empty":         {Config{Functions: []FunctionRule{{ARN: "*", HTTP: "https://a.example", SecretFile: empty}}}, "holds no secret"},
		"a key's secret that is missing": {Config{Bots: []BotRule{{ARN: "*", Lex: &Lex{AWS: AWS{AccessKeyID: "A", SecretFile: empty + "x"}}}}}, "bots[0]: open"},
		"a bot that is missing":          {Config{Bots: []BotRule{{ARN: "*", Rules: &Rules{File: empty + "x"}}}}, "bots[0]: open"},
		"a bot that is none":             {Config{Bots: []BotRule{{ARN: "*", Rules: &Rules{File: empty}}}}, "a bot needs at least one"},
		"a setting that makes no sense":  {Config{Allow: []string{"x"}}, "allow:"},
	} {
		_, err := New(tt.conf, Options{Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
