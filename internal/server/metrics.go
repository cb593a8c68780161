package server

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/edge/socket"
)

// metrics are the figures at /metrics.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	// series finds the histogram of an operation and status without building
	// its labels anew.
	series sync.Map // seriesKey → prometheus.Observer
}

type seriesKey struct {
	service, operation string
	status             int
}

func newMetrics(hub *socket.Hub, queues prometheus.Collector) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "bellpull_request_seconds",
			Help:    "How long the operations took.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"service", "operation", "status"}),
	}
	m.registry.MustRegister(m.requests, queues, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "bellpull_sockets", Help: "Open WebSockets."},
			func() float64 { return float64(hub.Open()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "bellpull_sockets_dropped_total", Help: "WebSockets closed because the client read too slowly."},
			func() float64 { return float64(hub.Dropped()) }),
	)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) observe(o awshttp.Observation) {
	key := seriesKey{o.Service, o.Operation, o.Status}
	h, ok := m.series.Load(key)
	if !ok {
		h, _ = m.series.LoadOrStore(key, m.requests.WithLabelValues(o.Service, o.Operation, strconv.Itoa(o.Status)))
	}
	h.(prometheus.Observer).Observe(o.Took.Seconds())
}
