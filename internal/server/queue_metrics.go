package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	figures "github.com/bellpull/bellpull/internal/metrics"
)

// queueMetrics are the figures of the queues, counted when they are asked for.
// They are those of GetCurrentMetricData; an agent who serves several queues
// counts in each.
type queueMetrics struct{ server *Server }

// countLimit is how long counting may take.
const countLimit = 5 * time.Second

var (
	queueLabels   = []string{"instance", "queue", "name"}
	queueContacts = prometheus.NewDesc("bellpull_queue_contacts", "Contacts in the queue.", queueLabels, nil)
	queueOldest   = prometheus.NewDesc("bellpull_queue_oldest_contact_seconds", "How long the longest waiting contact has waited.", queueLabels, nil)
	queueAgents   = prometheus.NewDesc("bellpull_queue_agents", "Agents who serve the queue, by what they do; one may do several things.",
		append(queueLabels, "state"), nil)
	queueSlots = prometheus.NewDesc("bellpull_queue_slots", "Contacts being handled, and free slots of the agents who serve the queue.",
		append(queueLabels, "state"), nil)
)

// Describe implements prometheus.Collector.
func (q *queueMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueContacts, queueOldest, queueAgents, queueSlots} {
		out <- d
	}
}

// Collect implements prometheus.Collector. An instance that cannot be counted is
// left out, and logged.
func (q *queueMetrics) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countLimit)
	defer cancel()
	for _, dir := range q.server.centre.Instances() {
		now, err := q.server.centre.Snapshot(ctx, dir)
		if err != nil {
			q.server.Log.ErrorContext(ctx, "the queues cannot be counted", "instance", dir.Instance.ID, "error", err)
			continue
		}
		for _, queue := range dir.Queues {
			collectQueue(out, now, dir, queue)
		}
	}
}

func collectQueue(out chan<- prometheus.Metric, now *figures.Snapshot, dir *directory.Directory, q *directory.Queue) {
	f := now.Count(&figures.Scope{Queues: []contact.QueueID{q.ID}})
	gauge := func(d *prometheus.Desc, v float64, state ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{string(dir.Instance.ID), string(q.ID), q.Name}, state...)...)
	}
	gauge(queueContacts, float64(f.InQueue))
	gauge(queueOldest, f.Oldest.Seconds())
	for state, n := range map[string]int{
		"online": f.Online, "available": f.Available, "staffed": f.Staffed, "on_contact": f.OnContact,
		"non_productive": f.NonProductive, "error": f.Error,
	} {
		gauge(queueAgents, float64(n), state)
	}
	for state, n := range map[string]int{"active": f.SlotsActive, "available": f.SlotsAvailable, "after_contact_work": f.AfterWork} {
		gauge(queueSlots, float64(n), state)
	}
}
