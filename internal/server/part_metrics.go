package server

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/tally"
)

// partMetrics are what the parts of a server measure of themselves, read when
// it is asked for.
type partMetrics struct{ server *Server }

// desc describes a metric, which is kept under that name for ever:
// docs/operating.md lists them.
func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("bellpull_"+name, help, labels, nil)
}

var (
	readyDesc       = desc("ready", "Whether /readyz says that the server takes work.")
	socketsDesc     = desc("sockets", "Open WebSockets.")
	streamsDesc     = desc("streams", "Open lines of participants without a WebSocket: server-sent events, and long polls.", "kind")
	droppedDesc     = desc("sockets_dropped_total", "WebSockets and streams closed because the client read too slowly.")
	framesDesc      = desc("socket_frames_total", "Frames and events handed to WebSockets and streams.")
	behindDesc      = desc("socket_readers_behind_total", "Times that a reader missed an announcement, or came late, and read on from the store.")
	roomsDesc       = desc("socket_chats", "Chats that a WebSocket or stream listens to.")
	liveChatsDesc   = desc("live_chats", "Chats held in memory.")
	timerLagDesc    = desc("timer_lag_seconds", "How long after they were due timers fired.")
	matchDesc       = desc("match_seconds", "How long it took from the news that somebody waits or is free until the offers were made.")
	offersDesc      = desc("offers_total", "Offers made to agents, and offers that were no longer possible.", "result")
	trimmedDesc     = desc("reports_trimmed_rows_total", "Rows that reports were made from, removed when they had been kept for long enough.")
	waitingDesc     = desc("commit_queue", "Calls that wait for their turn to be committed.")
	batchDesc       = desc("commit_batch", "How many calls shared a commit.")
	commitDesc      = desc("commit_seconds", "How long commits took: the transaction and its flush.")
	failedDesc      = desc("commit_failures_total", "Commits that failed as a whole, such as on a full disk.")
	readDesc        = desc("store_read_seconds", "How long reads of the store took, the wait for a connection included.")
	outboxLagDesc   = desc("outbox_lag_seconds", "How old the oldest row is that the receiver has not got.", "receiver")
	outboxRowsDesc  = desc("outbox_waiting", "Rows that wait for the receiver, of the oldest 1024.", "receiver")
	outboxToldDesc  = desc("outbox_rows_total", "Rows that the receiver got, and rows that it refused for so long that they were dropped.", "receiver", "result")
	outboxFailsDesc = desc("outbox_failures_total", "Deliveries that failed and are tried again.", "receiver")
	calloutsDesc    = desc("callout_seconds", "How long calls of functions and bots took, all attempts together.", "kind", "rule")
	calloutFailDesc = desc("callout_failures_total", "Calls of functions and bots that came to nothing.", "kind", "rule", "reason")
	signInsDesc     = desc("sign_ins_refused_total", "Attempts of agents to sign in that were refused.", "reason")
)

// Describe implements prometheus.Collector.
func (*partMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		readyDesc, socketsDesc, streamsDesc, droppedDesc, framesDesc, behindDesc, roomsDesc, liveChatsDesc, timerLagDesc, matchDesc, offersDesc, trimmedDesc, waitingDesc, batchDesc, commitDesc, failedDesc, readDesc,
		outboxLagDesc, outboxRowsDesc, outboxToldDesc, outboxFailsDesc, calloutsDesc, calloutFailDesc, signInsDesc,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (p *partMetrics) Collect(out chan<- prometheus.Metric) {
	to := figuresTo(out)
	ctx, cancel := context.WithTimeout(context.Background(), countLimit)
	defer cancel()
	up := 1.0
	if p.server.unready(ctx) != "" {
		up = 0
	}
	to.gauge(readyDesc, up)
	p.ofSockets(to)
	p.ofCentre(to)
	p.ofStore(to)
	p.ofOutbox(to)
	p.ofCallouts(to)
	wrong, throttled := p.server.desk.SignInsRefused()
	to.counter(signInsDesc, wrong, "wrong")
	to.counter(signInsDesc, throttled, "throttled")
}

func (p *partMetrics) ofSockets(to figuresTo) {
	hub := p.server.hub
	to.gauge(socketsDesc, float64(hub.Open()))
	events, polls := hub.Streams()
	to.gauge(streamsDesc, float64(events), "events")
	to.gauge(streamsDesc, float64(polls), "poll")
	to.counter(droppedDesc, hub.Dropped())
	to.counter(framesDesc, hub.Sent())
	to.counter(behindDesc, hub.FellBehind())
	to.gauge(roomsDesc, float64(hub.Rooms()))
}

func (p *partMetrics) ofCentre(to figuresTo) {
	f := p.server.centre.Figures()
	to.gauge(liveChatsDesc, float64(p.server.centre.LiveChats()))
	to.histogram(timerLagDesc, f.TimerLag)
	to.histogram(matchDesc, f.Match)
	to.counter(offersDesc, f.Offers.Load(), "made")
	to.counter(offersDesc, f.OffersFailed.Load(), "failed")
	to.counter(trimmedDesc, f.Trimmed.Load())
}

func (p *partMetrics) ofStore(to figuresTo) {
	m, ok := p.server.Store.(store.Measured)
	if !ok {
		return
	}
	f := m.Figures()
	to.gauge(waitingDesc, float64(f.Waiting()))
	to.histogram(batchDesc, f.Batch)
	to.histogram(commitDesc, f.Commit)
	to.counter(failedDesc, f.Failed.Load())
	to.histogram(readDesc, f.Read)
}

func (p *partMetrics) ofOutbox(to figuresTo) {
	if p.server.outbox == nil {
		return
	}
	for receiver, f := range p.server.outbox.Figures() {
		to.gauge(outboxLagDesc, f.Lag(p.server.Now()).Seconds(), receiver)
		to.gauge(outboxRowsDesc, float64(f.InHand.Load()), receiver)
		to.counter(outboxToldDesc, f.Delivered.Load(), receiver, "delivered")
		to.counter(outboxToldDesc, f.Dropped.Load(), receiver, "dropped")
		to.counter(outboxFailsDesc, f.Failures.Load(), receiver)
	}
}

func (p *partMetrics) ofCallouts(to figuresTo) {
	for _, f := range p.server.callouts.Figures() {
		to.histogram(calloutsDesc, f.Took, f.Kind, f.Rule)
		to.counter(calloutFailDesc, f.TimedOut.Load(), f.Kind, f.Rule, "timeout")
		to.counter(calloutFailDesc, f.Throttled.Load(), f.Kind, f.Rule, "throttled")
		to.counter(calloutFailDesc, f.Failed.Load(), f.Kind, f.Rule, "failed")
	}
}

// figuresTo is where figures go.
type figuresTo chan<- prometheus.Metric

func (to figuresTo) gauge(d *prometheus.Desc, v float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (to figuresTo) counter(d *prometheus.Desc, v int64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

func (to figuresTo) histogram(d *prometheus.Desc, h *tally.Histogram, labels ...string) {
	count, sum, upTo := h.Read()
	to <- prometheus.MustNewConstHistogram(d, count, sum, upTo, labels...)
}
