// Package callout is everything that is called: the functions and bots of
// flows, and webhooks that are told of events ([Webhook]). A flow names them by
// ARN; the configuration says what stands behind each ARN: an HTTP endpoint, a
// local command, an endpoint with the API of AWS, or a bot made of rules
// ([rulebot]).
//
// Start at [Caller.Invoke] and [Caller.RecognizeText]. Both wait for the answer, up
// to their limit, and touch nothing else; whoever calls them holds no lock
// meanwhile. Any error of theirs is the flow's error branch.
package callout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/bellpull/bellpull/internal/callout/rulebot"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/sigv4"
	"github.com/bellpull/bellpull/internal/tally"
)

// What can go wrong besides invalid input, which is a fault of kind Invalid.
// Use [errors.Is].
var (
	// ErrNoRule: the configuration does not say what stands behind the ARN.
	ErrNoRule error = &fault.Error{Kind: fault.NotFound, Message: "no rule says where this is"}
	// ErrTimeLimit: there was no answer in time.
	ErrTimeLimit error = &fault.Error{Kind: fault.Internal, Message: "no answer in time"}
	// ErrThrottled: too many calls run already, here or there.
	ErrThrottled error = &fault.Error{Kind: fault.Throttled, Message: "too many calls"}
	// ErrForbidden: the address is not one that callouts may reach, or the
	// answer leads to another one.
	ErrForbidden error = &fault.Error{Kind: fault.Denied, Message: "callouts may not reach this address"}
	// ErrFailed: it could not be reached, refused, or failed at its work.
	ErrFailed error = &fault.Error{Kind: fault.Internal, Message: "the call failed"}
	// ErrAnswer: the answer breaks the rules for answers.
	ErrAnswer error = &fault.Error{Kind: fault.Internal, Message: "the answer breaks the rules"}
)

// Options are what a [Caller] needs besides its configuration.
type Options struct {
	Log *slog.Logger
	// Now is the time of signatures. Hand in the real clock.
	Now func() time.Time
	// NewID makes the ids of calls.
	NewID func() string
	// Resolver resolves host names; nil is the system's.
	Resolver *net.Resolver
}

// Caller makes calls. Any number of goroutines may use it.
type Caller struct {
	functions []route[function]
	bots      []route[bot]
	figures   []*Figures // of functions, then of bots
	transport *http.Transport
	jobs      chan job
	log       *slog.Logger
	newID     func() string
}

// route is a rule of the configuration, ready for use.
type route[T any] struct {
	arn     string
	to      T
	timeout time.Duration
	running chan struct{} // holds an entry for each call that runs
	figures *Figures
}

// The numbers of calls that run at a time.
const (
	defaultConcurrent        = 64
	defaultConcurrentCommand = 8
	mostJobs                 = 256 // asynchronous calls that run, and as many that wait
)

// New returns a caller for a configuration, whose files it reads.
func New(c Config, o Options) (*Caller, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	t, err := c.transport(o.Resolver)
	if err != nil {
		return nil, err
	}
	p := newPoster(t, o.Now)
	caller := &Caller{transport: t, jobs: make(chan job, mostJobs), log: o.Log, newID: o.NewID}
	for i, r := range c.Functions {
		f, err := r.function(p, o.Log)
		if err != nil {
			return nil, fmt.Errorf("functions[%d]: %w", i, err)
		}
		most := defaultConcurrent
		if len(r.Command) > 0 {
			most = defaultConcurrentCommand
		}
		caller.functions = append(caller.functions, newRoute(r.ARN, f, r.Timeout, r.Concurrent, most))
		caller.measure(caller.functions[i].figures, "function")
	}
	for i, r := range c.Bots {
		b, err := r.bot(p)
		if err != nil {
			return nil, fmt.Errorf("bots[%d]: %w", i, err)
		}
		caller.bots = append(caller.bots, newRoute(r.ARN, b, r.Timeout, r.Concurrent, defaultConcurrent))
		caller.measure(caller.bots[i].figures, "bot")
	}
	return caller, nil
}

// transport returns one that reaches only what callouts may.
func (c Config) transport(resolver *net.Resolver) (*http.Transport, error) {
	networks, err := c.networks()
	if err != nil {
		return nil, err
	}
	g := guard{private: c.AllowPrivate, allowed: networks}
	dialer := &net.Dialer{Control: g.control, Resolver: resolver}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		IdleConnTimeout:        time.Minute,
		MaxIdleConnsPerHost:    16,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if c.Proxy != "" {
		u, err := url.Parse(c.Proxy)
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		t.Proxy = http.ProxyURL(u)
	}
	return t, nil
}

func newRoute[T any](arn string, to T, timeout time.Duration, concurrent, most int) route[T] {
	if concurrent > 0 {
		most = concurrent
	}
	return route[T]{arn: arn, to: to, timeout: timeout, running: make(chan struct{}, most), figures: newFigures(arn)}
}

func (r FunctionRule) function(p *poster, log *slog.Logger) (function, error) {
	switch {
	case r.HTTP != "":
		secret, err := readSecret(r.SecretFile)
		return &httpFunction{post: p, url: r.HTTP, secret: secret}, err
	case r.Lambda != nil:
		keys, err := r.Lambda.key()
		return &lambdaFunction{post: p, conf: *r.Lambda, keys: keys}, err
	default:
		return &command{argv: r.Command, env: r.Env, log: log}, nil
	}
}

func (r BotRule) bot(p *poster) (bot, error) {
	switch {
	case r.HTTP != "":
		secret, err := readSecret(r.SecretFile)
		return &httpBot{post: p, url: r.HTTP, secret: secret}, err
	case r.Lex != nil:
		keys, err := r.Lex.key()
		return &lexBot{post: p, conf: *r.Lex, keys: keys}, err
	}
	def := r.Rules.Definition
	if r.Rules.File != "" {
		data, err := os.ReadFile(r.Rules.File)
		if err != nil {
			return nil, err
		}
		if def, err = rulebot.Parse(data); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Rules.File, err)
		}
	}
	b, err := rulebot.New(def)
	return ruleBot{b}, err
}

func (a AWS) key() (sigv4.Key, error) {
	secret, err := readSecret(a.SecretFile)
	if err != nil {
		return sigv4.Key{}, err
	}
	token, err := readSecret(a.SessionTokenFile)
	return sigv4.Key{ID: a.AccessKeyID, Secret: secret, SessionToken: token}, err
}

// readSecret returns what a file holds, without space at its ends; nothing if
// no file is named.
func readSecret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	if secret == "" {
		return "", fmt.Errorf("%s: holds no secret", file)
	}
	return secret, nil
}

// find returns the first route for an ARN.
func find[T any](routes []route[T], arn string) (*route[T], error) {
	for i := range routes {
		if fits(routes[i].arn, arn) {
			return &routes[i], nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoRule, arn)
}

// do runs call within the limit and the route's own timeout, once a place is
// free. Whatever fails because the time is up is an ErrTimeLimit.
func (r *route[T]) do(ctx context.Context, limit time.Duration, call func(ctx context.Context) error) error {
	if r.timeout > 0 {
		limit = min(limit, r.timeout)
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	watch := tally.Start()
	err := r.place(within, call)
	if err != nil && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("%w (%v)", ErrTimeLimit, limit)
	}
	r.figures.ended(watch.Elapsed(), err)
	return err
}

func (r *route[T]) place(ctx context.Context, call func(ctx context.Context) error) error {
	select {
	case r.running <- struct{}{}:
		defer func() { <-r.running }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return call(ctx)
}

// job is an asynchronous call that waits to be run.
type job func(ctx context.Context)

// Run makes the asynchronous calls until ctx is over; then those that still run
// are cut short, and those that wait are dropped. Without it they wait.
func (c *Caller) Run(ctx context.Context) error {
	defer c.transport.CloseIdleConnections()
	var running sync.WaitGroup
	defer running.Wait()
	places := make(chan struct{}, mostJobs)
	for {
		select {
		case <-ctx.Done():
			return nil
		case places <- struct{}{}:
		}
		select {
		case <-ctx.Done():
			return nil
		case j := <-c.jobs:
			running.Go(func() {
				defer func() { <-places }()
				j(ctx)
			})
		}
	}
}
