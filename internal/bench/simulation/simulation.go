// Package simulation runs a contact centre by chance: customers arrive at a
// server, agents answer, miss, end and hand on their chats, and every message is
// checked. Both sides use the public libraries. Start reading at Run.
package simulation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellpull/bellpull/agent"
	"github.com/bellpull/bellpull/chat"
	"github.com/bellpull/bellpull/internal/bench"
	"github.com/bellpull/bellpull/internal/sigv4"
)

// Options say what kind of day it is.
type Options struct {
	Rate      float64       // customers a second, on average
	Duration  time.Duration // that customers arrive
	Drain     time.Duration // at most, until all are served after that
	Handle    time.Duration // mean, of one agent's part in a chat
	AfterWork time.Duration // mean, until the agent clears the contact
	Pace      time.Duration // from a customer's answer to what the agent says next
	Patience  time.Duration // mean, until a customer gives up waiting; 0 is never
	Miss      float64       // share of the offers that agents let ring
	Transfer  float64       // share of the chats that their first agent hands on
	Seed      uint64        // of what happens by chance
}

// Run runs a simulation, with all of the target's agents. It returns an error
// when it could not; what the server did wrong is in the Result.
func Run(ctx context.Context, t bench.Target, o Options) (*Result, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the URL of a server", t.URL)
	}
	s := &simulation{
		Target: t, Options: o, chance: newChance(o.Seed), talks: map[string]*talk{}, over: make(chan struct{}),
		http: &http.Client{Transport: &http.Transport{MaxIdleConns: 0, MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute}},
	}
	defer s.http.CloseIdleConnections()
	defer s.signOff()
	if err := s.signIn(ctx); err != nil {
		return nil, err
	}
	if err := s.findConnect(ctx); err != nil {
		return nil, err
	}
	used := bench.Measure(t.PID)
	s.serve(ctx)
	s.used = used()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.inspect(ctx); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// simulation is one run.
type simulation struct {
	bench.Target
	Options
	*chance
	http    *http.Client
	workers []*worker
	connect *agent.QuickConnect // to transfer by; nil where there is none
	over    chan struct{}       // closed when nobody is waited for any longer
	work    sync.WaitGroup      // of customers
	used    bench.Usage
	leaked  int

	mu       sync.Mutex
	talks    map[string]*talk // by the first contact of the chain
	tally    tally
	firstErr error
}

// tally is what is counted while a simulation runs.
type tally struct {
	customers, offered, answered, missed, rejected, abandoned, transferred int
	unserved                                                               int // still waiting at the end
	stuck                                                                  int // of them, while an agent was free
	failed                                                                 int // requests
	waited, matched                                                        []time.Duration
}

// count changes the tally.
func (s *simulation) count(change func(*tally)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.tally)
}

// fail counts a request that should have succeeded, unless all is over anyway.
func (s *simulation) fail(doing string, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.failed++
	if s.firstErr == nil {
		s.firstErr = fmt.Errorf("%s: %w", doing, err)
	}
}

// serve lets customers arrive and waits until they are served.
func (s *simulation) serve(ctx context.Context) {
	start := now()
	for i, at := range s.arrivals(s.Rate, s.Duration) {
		if !wait(ctx, start.Add(at).Sub(now())) {
			break
		}
		s.work.Go(func() { s.beCustomer(ctx, i) })
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.work.Wait()
	}()
	limit := time.NewTimer(start.Add(s.Duration + s.Drain).Sub(now()))
	defer limit.Stop()
	select {
	case <-served:
	case <-limit.C:
	case <-ctx.Done():
	}
	close(s.over)
	<-served
}

// free is how many more chats the agents could take.
func (s *simulation) free() (n int) {
	for _, a := range s.workers {
		n += a.free()
	}
	return n
}

// inspect waits for the desks to be clear, and counts what is left on them.
func (s *simulation) inspect(ctx context.Context) error {
	for end := now().Add(patience); s.onDesks() > 0 && now().Before(end); {
		if !wait(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
	var leaked atomic.Int64
	err := s.eachWorker(func(a *worker) error {
		left, err := a.desk.Refresh(ctx)
		leaked.Add(int64(len(left.Contacts)))
		return err
	})
	s.leaked = int(leaked.Load())
	return err
}

// onDesks is how many contacts the desks show.
func (s *simulation) onDesks() (n int) {
	for _, a := range s.workers {
		n += len(a.desk.Snapshot().Contacts)
	}
	return n
}

// eachWorker does something with every worker, several at a time, and returns the
// first error.
func (s *simulation) eachWorker(do func(*worker) error) error {
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, atOnce)
	for i := range atOnce {
		group.Go(func() {
			for errs[i] == nil {
				n := int(next.Add(1)) - 1
				if n >= len(s.workers) {
					return
				}
				errs[i] = do(s.workers[n])
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// startChat starts a chat through the control plane.
func (s *simulation) startChat(ctx context.Context, name string) (details chat.Details, err error) {
	body, err := json.Marshal(map[string]any{
		"InstanceId": s.Instance, "ContactFlowId": s.Flow, "ParticipantDetails": map[string]string{"DisplayName": name},
	})
	if err != nil {
		return details, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, s.URL+"/contact/chat", bytes.NewReader(body))
	if err != nil {
		return details, err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.Key.ID != "" {
		sigv4.Key{ID: s.Key.ID, Secret: s.Key.Secret}.Sign(req, body, "connect", s.Key.Region, now())
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return details, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return details, err
	}
	if resp.StatusCode != http.StatusOK {
		return details, fmt.Errorf("%s: %s", resp.Status, text)
	}
	return details, json.Unmarshal(text, &details)
}

// atOnce is how many workers do the same thing at the same time.
const atOnce = 16

// patience is how long a request may take, and a desk to become clear.
const patience = 30 * time.Second

// now is the time: how long things really take is what is simulated here.
func now() time.Time { return time.Now() } //nolint:forbidigo // see above

// wait waits for d. It reports false when ctx is over.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
