package callout

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/callout/rulebot"
)

// ConfigSource is the text of the file that declares [Config], whose comments
// are the reference of these settings.
//
//go:embed config.go
var ConfigSource string

// Config says where the functions and bots of flows are found.
type Config struct {
	// Functions says where flows find their functions. The first rule whose arn
	// fits is taken; a function without a rule fails.
	Functions []FunctionRule `yaml:"functions"`
	// Bots says where flows find their bots, in the same way.
	Bots []BotRule `yaml:"bots"`
	// AllowPrivate lets callouts reach loopback and private addresses. Those of
	// a cloud's metadata service stay out of reach.
	AllowPrivate bool `yaml:"allow_private"`
	// Allow lists networks that callouts may reach though they are not public,
	// such as 10.20.0.0/16 or 169.254.169.254/32.
	Allow []string `yaml:"allow"`
	// Proxy is the URL of an HTTP proxy through which callouts go. Its own
	// address must be public or allowed; it then has to guard the others. The
	// environment's proxy settings are not used.
	Proxy string `yaml:"proxy"`
}

// FunctionRule says where some functions are. It has exactly one of http,
// command and lambda.
type FunctionRule struct {
	// ARN is what the function's ARN must be; * stands for any characters and ?
	// for one.
	ARN string `yaml:"arn"`
	// HTTP is a URL to which the event is posted.
	HTTP string `yaml:"http,omitempty"`
	// SecretFile names the file of the secret with which posts to HTTP are
	// signed.
	SecretFile string `yaml:"secret_file,omitempty"`
	// Command is a program and its arguments; it gets the event on its standard
	// input and writes the answer to its standard output.
	Command []string `yaml:"command,omitempty"`
	// Env is added to the environment of the command, which otherwise holds
	// PATH, HOME, LANG, TZ and TMPDIR.
	Env map[string]string `yaml:"env,omitempty"`
	// Lambda is an endpoint that has the Invoke API of AWS Lambda.
	Lambda *Lambda `yaml:"lambda,omitempty"`
	// Timeout bounds a call further than the flow does.
	Timeout time.Duration `yaml:"timeout,omitempty"`
	// Concurrent is how many calls may run at a time, others wait; 0 stands for
	// 64, with a command 8.
	Concurrent int `yaml:"concurrent,omitempty"`
}

// BotRule says where some bots are. It has exactly one of http, lex and rules.
type BotRule struct {
	// ARN is what the ARN of the bot's alias must be; * stands for any
	// characters and ? for one.
	ARN string `yaml:"arn"`
	// HTTP is a URL to which texts are posted in the shape of RecognizeText.
	HTTP string `yaml:"http,omitempty"`
	// SecretFile names the file of the secret with which posts to HTTP are
	// signed.
	SecretFile string `yaml:"secret_file,omitempty"`
	// Lex is an endpoint that has the RecognizeText API of Lex V2.
	Lex *Lex `yaml:"lex,omitempty"`
	// Rules is a bot made of rules, which needs no network.
	Rules *Rules `yaml:"rules,omitempty"`
	// Timeout bounds an answer further than the 10 seconds of the service.
	Timeout time.Duration `yaml:"timeout,omitempty"`
	// Concurrent is how many calls may run at a time, others wait; 0 stands for
	// 64.
	Concurrent int `yaml:"concurrent,omitempty"`
}

// AWS is how an endpoint of an AWS API is reached.
type AWS struct {
	// Endpoint is the endpoint's URL; that of AWS in the region if empty.
	Endpoint string `yaml:"endpoint,omitempty"`
	// Region is what requests are signed for; that of the ARN if empty.
	Region string `yaml:"region,omitempty"`
	// AccessKeyID and SecretFile are the key with which requests are signed;
	// without them they are not, which emulators accept.
	AccessKeyID string `yaml:"access_key_id,omitempty"`
	SecretFile  string `yaml:"secret_file,omitempty"`
	// SessionTokenFile names the file of the token that belongs to a temporary
	// key.
	SessionTokenFile string `yaml:"session_token_file,omitempty"`
}

// Lambda is an endpoint that has the Invoke API of AWS Lambda.
type Lambda struct {
	AWS `yaml:",inline"`
	// Function is the name to invoke instead of the ARN.
	Function string `yaml:"function,omitempty"`
}

// Lex is an endpoint that has the RecognizeText API of Lex V2.
type Lex struct {
	AWS `yaml:",inline"`
	// BotID and AliasID are those to ask instead of the ones in the ARN.
	BotID   string `yaml:"bot_id,omitempty"`
	AliasID string `yaml:"alias_id,omitempty"`
	// Locale is the bot's language, such as en_US; that of the contact if empty.
	Locale string `yaml:"locale,omitempty"`
}

// Rules is a bot made of rules: its definition, or a file that holds it in YAML
// or JSON.
type Rules struct {
	File               string `yaml:"file,omitempty"`
	rulebot.Definition `yaml:",inline"`
}

// Check reports the first setting that makes no sense. It reads no files.
func (c Config) Check() error {
	for i, r := range c.Functions {
		if err := r.check(); err != nil {
			return fmt.Errorf("functions[%d].%w", i, err)
		}
	}
	for i, r := range c.Bots {
		if err := r.check(); err != nil {
			return fmt.Errorf("bots[%d].%w", i, err)
		}
	}
	if _, err := c.networks(); err != nil {
		return err
	}
	if c.Proxy != "" {
		return checkURL("proxy", c.Proxy)
	}
	return nil
}

func (c Config) networks() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range c.Allow {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("allow: %q must be a network such as 10.20.0.0/16", s)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

func (r FunctionRule) check() error {
	switch {
	case r.ARN == "":
		return errors.New("arn: must not be empty")
	case count(r.HTTP != "", len(r.Command) > 0, r.Lambda != nil) != 1:
		return errors.New("arn: needs exactly one of http, command and lambda")
	case r.SecretFile != "" && r.HTTP == "":
		return errors.New("secret_file: is for http")
	case len(r.Command) > 0 && r.Command[0] == "":
		return errors.New("command: must begin with a program")
	case len(r.Env) > 0 && len(r.Command) == 0:
		return errors.New("env: is for command")
	case r.HTTP != "":
		if err := checkURL("http", r.HTTP); err != nil {
			return err
		}
	case r.Lambda != nil:
		if err := r.Lambda.check(); err != nil {
			return fmt.Errorf("lambda.%w", err)
		}
	}
	return checkBounds(r.Timeout, r.Concurrent)
}

func (r BotRule) check() error {
	switch {
	case r.ARN == "":
		return errors.New("arn: must not be empty")
	case count(r.HTTP != "", r.Lex != nil, r.Rules != nil) != 1:
		return errors.New("arn: needs exactly one of http, lex and rules")
	case r.SecretFile != "" && r.HTTP == "":
		return errors.New("secret_file: is for http")
	case r.HTTP != "":
		if err := checkURL("http", r.HTTP); err != nil {
			return err
		}
	case r.Lex != nil:
		if err := r.Lex.check(); err != nil {
			return fmt.Errorf("lex.%w", err)
		}
	case r.Rules.File != "" && len(r.Rules.Intents) > 0:
		return errors.New("rules: has either a file or intents")
	case r.Rules.File == "":
		if err := r.Rules.Definition.Check(); err != nil {
			return fmt.Errorf("rules.%w", err)
		}
	}
	return checkBounds(r.Timeout, r.Concurrent)
}

func (a AWS) check() error {
	if a.Endpoint != "" {
		if err := checkURL("endpoint", a.Endpoint); err != nil {
			return err
		}
		if strings.Contains(a.Endpoint, "?") {
			return errors.New("endpoint: must have no query")
		}
	}
	switch {
	case a.Region != "" && !regionRule().MatchString(a.Region):
		return errors.New("region: must be a region such as eu-west-1")
	case (a.AccessKeyID == "") != (a.SecretFile == ""):
		return errors.New("access_key_id: needs secret_file, and the other way round")
	case a.SessionTokenFile != "" && a.AccessKeyID == "":
		return errors.New("session_token_file: needs access_key_id")
	case a.Endpoint == "" && a.AccessKeyID == "":
		return errors.New("endpoint: without one, access_key_id is needed")
	}
	return nil
}

func checkBounds(timeout time.Duration, concurrent int) error {
	switch {
	case timeout < 0:
		return errors.New("timeout: must not be negative")
	case concurrent < 0:
		return errors.New("concurrent: must not be negative")
	}
	return nil
}

func checkURL(key, s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "", u.Fragment != "":
		return fmt.Errorf("%s: must be a URL such as https://orders.example.org/lookup", key)
	case u.User != nil:
		return fmt.Errorf("%s: must hold no user and password; secrets are kept in files", key)
	}
	return nil
}

func count(all ...bool) int {
	n := 0
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}
