package server

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
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

// newMetrics returns the metrics of s, whose parts are asked when somebody looks.
func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "bellpull_request_seconds",
			Help:    "How long the operations took.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"service", "operation", "status"}),
	}
	m.registry.MustRegister(m.requests, &queueMetrics{s}, &partMetrics{s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
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
