package simulation

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/bellpull/bellpull/internal/bench"
)

// Result is what a simulation has shown, as the clients saw it. Figures
// that need the server's process and lack it are zero.
type Result struct {
	Agents   int     `json:"agents"`
	Rate     float64 `json:"rate"` // customers a second
	Duration float64 `json:"duration"`

	Customers   int `json:"customers"`
	Offered     int `json:"offered"`  // contacts to agents, again after a miss
	Answered    int `json:"answered"` // customers, by an agent
	Missed      int `json:"missed"`   // offers that rang for too long
	Rejected    int `json:"rejected"` // offers whose customer left
	Abandoned   int `json:"abandoned"`
	Transferred int `json:"transferred"`
	Unserved    int `json:"unserved"` // customers who were waiting in the end

	Waited  Spread `json:"waited"`  // from a customer's arrival to an agent who joins
	Matched Spread `json:"matched"` // from a contact that waits and an agent who is free to the offer

	Messages int `json:"messages"` // acknowledged
	Lost     int `json:"lost"`
	Doubled  int `json:"doubled"`
	Leaked   int `json:"leaked"` // contacts on desks after all was over
	Stuck    int `json:"stuck"`  // customers who were waiting while an agent was free, in the end
	Failed   int `json:"failed"` // requests

	CPU       float64 `json:"serverCores"` // that the server used
	ClientCPU float64 `json:"clientCores"`
	RSS       float64 `json:"rssMB"` // of the server at the end
	Other     float64 `json:"otherCores"`

	first     error // request that failed
	noConnect bool  // transfers were wanted, and there was no quick connect
}

// Spread says how times are distributed, in milliseconds.
type Spread struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
}

// spread returns how times are distributed. It sorts them.
func spread(all []time.Duration) (s Spread) {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	ms := func(d time.Duration) float64 { return float64(d) / 1e6 }
	return Spread{
		Mean: ms(sum) / float64(len(all)),
		P50:  ms(all[len(all)/2]), P95: ms(all[len(all)*95/100]), P99: ms(all[len(all)*99/100]),
	}
}

// result adds everything up.
func (s *simulation) result() *Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.tally
	r := &Result{
		Agents: len(s.workers), Rate: s.Rate, Duration: s.Duration.Seconds(),
		Customers: t.customers, Offered: t.offered, Answered: t.answered, Missed: t.missed, Rejected: t.rejected,
		Abandoned: t.abandoned, Transferred: t.transferred, Unserved: t.unserved,
		Waited: spread(t.waited), Matched: spread(t.matched),
		Leaked: s.leaked, Stuck: t.stuck, Failed: t.failed, noConnect: s.Transfer > 0 && s.connect == nil,
		CPU: s.used.Server, ClientCPU: s.used.Client, RSS: s.used.RSS, Other: s.used.Others, first: s.firstErr,
	}
	for _, k := range s.talks {
		said, lost, doubled := k.faults()
		r.Messages += said
		r.Lost += lost
		r.Doubled += doubled
	}
	return r
}

// Err reports what no server may do.
func (r *Result) Err() error {
	var all []error
	if r.Lost > 0 || r.Doubled > 0 {
		all = append(all, fmt.Errorf("of %d acknowledged messages %d were lost, %d doubled", r.Messages, r.Lost, r.Doubled))
	}
	if r.Leaked > 0 {
		all = append(all, fmt.Errorf("%d contacts were left on desks", r.Leaked))
	}
	if r.Stuck > 0 {
		all = append(all, fmt.Errorf("%d customers waited in the end although an agent was free", r.Stuck))
	}
	if r.Failed > 0 {
		all = append(all, fmt.Errorf("%d requests failed, the first so: %w", r.Failed, r.first))
	}
	return errors.Join(all...)
}

// Print writes the result for people to read.
func (r *Result) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	p := printer{w: t}
	p.f("%d agents, %s customers/s for %gs\t\t\n", r.Agents, bench.Number(r.Rate), r.Duration)
	for _, row := range []struct {
		name string
		n    int
	}{
		{"customers", r.Customers},
		{"offered", r.Offered},
		{"answered", r.Answered},
		{"missed", r.Missed},
		{"rejected, since the customer left", r.Rejected},
		{"abandoned", r.Abandoned},
		{"transferred", r.Transferred},
		{"unserved in the end", r.Unserved},
	} {
		p.f("%s\t%d\t\n", row.name, row.n)
	}
	for _, row := range []struct {
		name string
		s    Spread
	}{{"waited", r.Waited}, {"matched", r.Matched}} {
		p.f("%s, mean ms\t%s\t\n", row.name, bench.Number(row.s.Mean))
		p.f("%s, p50 / p95 / p99 ms\t%s / %s / %s\t\n", row.name, bench.Number(row.s.P50), bench.Number(row.s.P95), bench.Number(row.s.P99))
	}
	if r.RSS > 0 {
		p.f("server's CPU, cores\t%s\t\n", bench.Number(r.CPU))
		p.f("client's CPU, cores\t%s\t\n", bench.Number(r.ClientCPU))
		p.f("others' CPU, cores\t%s\t\n", bench.Number(r.Other))
		p.f("server's memory, MB\t%s\t\n", bench.Number(r.RSS))
	}
	if p.err == nil {
		p.err = t.Flush()
	}
	p.w = w
	p.f("%d messages checked: %d lost, %d doubled; %d contacts left on desks, %d customers stuck\n",
		r.Messages, r.Lost, r.Doubled, r.Leaked, r.Stuck)
	if r.noConnect {
		p.f("nobody could transfer: the agents' queues have no quick connect to a queue\n")
	}
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
