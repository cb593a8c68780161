package bench

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// figure is one line of a report.
type figure struct {
	name  string
	modes []Mode
	of    func(*Result) *float64
}

var timed = []Mode{Messages, Transcript, Start}

var figures = []figure{
	{"acknowledged messages/s", []Mode{Messages}, func(r *Result) *float64 { return &r.Rate }},
	{"pages/s", []Mode{Transcript}, func(r *Result) *float64 { return &r.Rate }},
	{"chats started/s", []Mode{Start}, func(r *Result) *float64 { return &r.Rate }},
	{"answered, p50 ms", timed, func(r *Result) *float64 { return &r.AckP50 }},
	{"answered, p99 ms", timed, func(r *Result) *float64 { return &r.AckP99 }},
	{"delivered, p50 ms", []Mode{Messages}, func(r *Result) *float64 { return &r.DeliveryP50 }},
	{"delivered, p99 ms", []Mode{Messages}, func(r *Result) *float64 { return &r.DeliveryP99 }},
	{"server's CPU, µs each", timed, func(r *Result) *float64 { return &r.CPU }},
	{"client's CPU, µs each", timed, func(r *Result) *float64 { return &r.ClientCPU }},
	{"server's memory, MB", []Mode{Messages, Idle, Transcript, Start}, func(r *Result) *float64 { return &r.RSS }},
	{"KB a socket", []Mode{Idle}, func(r *Result) *float64 { return &r.PerSocket }},
	{"heartbeats' CPU, cores", []Mode{Idle}, func(r *Result) *float64 { return &r.Heartbeats }},
	{"others' CPU, cores", timed, func(r *Result) *float64 { return &r.Other }},
}

// Median returns the median of every figure; what went wrong is added up.
// There must be one result at least.
func Median(all []*Result) *Result {
	m := &Result{Mode: all[0].Mode, Chats: all[0].Chats}
	for _, f := range figures {
		v := make([]float64, len(all))
		for i, r := range all {
			v[i] = *f.of(r)
		}
		slices.Sort(v)
		*f.of(m) = (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	}
	for _, r := range all {
		m.Acknowledged += r.Acknowledged
		m.Failed += r.Failed
		m.add(r.Faults)
	}
	return m
}

// Print writes a result for people to read, and, where limit is not nil, the
// limit program's beside it.
func Print(w io.Writer, server, limit *Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := "\tserver\t"
	if limit != nil {
		head += "limit\tratio\t"
	}
	_, err := fmt.Fprintf(t, "%s, %d chats%s\n", server.Mode, server.Chats, head)
	for _, f := range figures {
		v := *f.of(server)
		if !slices.Contains(f.modes, server.Mode) || v == 0 || err != nil {
			continue
		}
		if limit == nil {
			_, err = fmt.Fprintf(t, "%s\t%s\t\n", f.name, Number(v))
			continue
		}
		_, err = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\n", f.name, Number(v), Number(*f.of(limit)), ratio(v, *f.of(limit)))
	}
	if err == nil {
		err = t.Flush()
	}
	if err == nil && server.Mode == Messages {
		_, err = fmt.Fprintf(w, "%d messages checked: %d lost, %d doubled, %d reordered, %d renamed\n",
			server.Acknowledged, server.Lost, server.Doubled, server.Reordered, server.Renamed)
	}
	return err
}

// Number writes a figure with three digits that count.
func Number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v < 0.1 && v > 0:
		return fmt.Sprintf("%.4f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func ratio(v, of float64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v/of)
}
