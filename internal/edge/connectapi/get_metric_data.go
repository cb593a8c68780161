package connectapi

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// historicalMetric is a figure of GetMetricData: the statistic and unit that it
// has, and the figure of GetMetricDataV2 that is the same.
type historicalMetric struct {
	statistic, unit, same string
	method                string // if only contacts initiated so count
	reason                contact.Reason
}

var historicalMetrics = map[string]historicalMetric{
	"CONTACTS_QUEUED":                     {"SUM", "COUNT", "CONTACTS_QUEUED", "", ""},
	"CONTACTS_HANDLED":                    {"SUM", "COUNT", "CONTACTS_HANDLED", "", ""},
	"CONTACTS_ABANDONED":                  {"SUM", "COUNT", "SUM_CONTACTS_ABANDONED", "", ""},
	"CONTACTS_AGENT_HUNG_UP_FIRST":        {"SUM", "COUNT", "CONTACTS_HANDLED", "", contact.ByAgent},
	"CONTACTS_HANDLED_INCOMING":           {"SUM", "COUNT", "CONTACTS_HANDLED", "INBOUND", ""},
	"API_CONTACTS_HANDLED":                {"SUM", "COUNT", "CONTACTS_HANDLED", "API", ""},
	"CONTACTS_TRANSFERRED_IN":             {"SUM", "COUNT", "CONTACTS_TRANSFERRED_IN", "", ""},
	"CONTACTS_TRANSFERRED_IN_FROM_QUEUE":  {"SUM", "COUNT", "CONTACTS_TRANSFERRED_IN_FROM_QUEUE", "", ""},
	"CONTACTS_TRANSFERRED_OUT":            {"SUM", "COUNT", "CONTACTS_TRANSFERRED_OUT", "", ""},
	"CONTACTS_TRANSFERRED_OUT_FROM_QUEUE": {"SUM", "COUNT", "CONTACTS_TRANSFERRED_OUT_FROM_QUEUE", "", ""},
	"CONTACTS_MISSED":                     {"SUM", "COUNT", "AGENT_NON_RESPONSE", "", ""},
	"OCCUPANCY":                           {"AVG", "PERCENT", "AGENT_OCCUPANCY", "", ""},
	"HANDLE_TIME":                         {"AVG", "SECONDS", "AVG_HANDLE_TIME", "", ""},
	"AFTER_CONTACT_WORK_TIME":             {"AVG", "SECONDS", "AVG_AFTER_CONTACT_WORK_TIME", "", ""},
	"QUEUED_TIME":                         {"MAX", "SECONDS", "MAX_QUEUED_TIME", "", ""},
	"ABANDON_TIME":                        {"AVG", "SECONDS", "AVG_ABANDON_TIME", "", ""},
	"QUEUE_ANSWER_TIME":                   {"AVG", "SECONDS", "AVG_QUEUE_ANSWER_TIME", "", ""},
	"INTERACTION_TIME":                    {"AVG", "SECONDS", "AVG_INTERACTION_TIME", "", ""},
	"INTERACTION_AND_HOLD_TIME":           {"AVG", "SECONDS", "AVG_INTERACTION_TIME", "", ""}, // chats are never on hold
	serviceLevel:                          {"AVG", "PERCENT", serviceLevel, "", ""},
}

// The steps and the reach of GetMetricData.
const (
	boundStep = 5 * time.Minute
	boundPast = 24 * time.Hour
)

// GetMetricData answers POST /metrics/historical/{InstanceId}, the older form of
// GetMetricDataV2, for the last day.
func (a *API) GetMetricData(ctx context.Context, in *connect.GetMetricDataRequest) (*connect.GetMetricDataResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	scope, err := metricFilters(dir, in.Filters)
	if err != nil {
		return nil, err
	}
	q := metrics.Query{Directory: dir, Now: a.now(), Only: map[metrics.Dimension][]string{}}
	if err := readBounds(in, &q); err != nil {
		return nil, err
	}
	if err := readScope(in, scope, &q); err != nil {
		return nil, err
	}
	if err := readHistorical(in, &q); err != nil {
		return nil, err
	}
	results, err := a.centre.Report(ctx, q)
	if err != nil {
		return nil, asParameter(err)
	}
	asked := *in
	asked.NextToken = ""
	part, next, err := pageOf(results, in.MaxResults, 100, in.NextToken, asked, q.Now)
	if err != nil {
		return nil, err
	}
	out := &connect.GetMetricDataResponse{NextToken: next, MetricResults: make([]connect.HistoricalMetricResult, len(part))}
	for i := range part {
		out.MetricResults[i] = olderResult(dir, in, &q, &part[i])
	}
	return out, nil
}

func readBounds(in *connect.GetMetricDataRequest, q *metrics.Query) error {
	switch from, to := in.StartTime, in.EndTime; {
	case !from.Equal(from.Truncate(boundStep)) || !to.Equal(to.Truncate(boundStep)):
		return badParameter("StartTime and EndTime must be multiples of five minutes")
	case !from.Before(to):
		return badParameter("StartTime must be before EndTime")
	case to.Sub(from) > boundPast:
		return badParameter("between StartTime and EndTime there must be at most 24 hours")
	case from.Before(q.Now.Add(-boundPast)):
		return badParameter("StartTime: must be within the last 24 hours")
	default:
		q.Intervals = []metrics.Interval{{From: from, To: to}}
	}
	return nil
}

func readScope(in *connect.GetMetricDataRequest, scope *metrics.Scope, q *metrics.Query) error {
	for _, g := range in.Groupings {
		if g != groupQueue && g != groupChannel && g != groupProfile {
			return badParameter("Groupings: %s is not supported", g)
		}
	}
	if len(in.Filters.RoutingStepExpressions)+len(in.Filters.AgentStatuses) > 0 {
		return badParameter("Filters: there may be Queues, RoutingProfiles and Channels")
	}
	for _, id := range scope.Queues {
		q.Only[metrics.ByQueue] = append(q.Only[metrics.ByQueue], string(id))
	}
	for _, id := range scope.Profiles {
		q.Only[metrics.ByProfile] = append(q.Only[metrics.ByProfile], string(id))
	}
	if len(scope.Channels) > 0 {
		q.Only[metrics.ByChannel] = scope.Channels
	}
	var err error
	q.By, err = dimensions(in.Groupings)
	return err
}

func readHistorical(in *connect.GetMetricDataRequest, q *metrics.Query) error {
	if len(in.HistoricalMetrics) == 0 {
		return badParameter("HistoricalMetrics: there must be at least one")
	}
	levels := 0
	for _, w := range in.HistoricalMetrics {
		def, ok := historicalMetrics[w.Name]
		switch {
		case !ok:
			return badParameter("HistoricalMetrics: metric %q is not supported", w.Name)
		case w.Statistic != "" && w.Statistic != def.statistic:
			return badParameter("HistoricalMetrics: the statistic of %s is %s", w.Name, def.statistic)
		case w.Unit != "" && w.Unit != def.unit:
			return badParameter("HistoricalMetrics: the unit of %s is %s", w.Name, def.unit)
		}
		m := metrics.Metric{Name: def.same}
		if def.method != "" {
			m.Filters = append(m.Filters, metrics.Filter{By: metrics.ByMethod, Values: []string{def.method}})
		}
		if def.reason != "" {
			m.Filters = append(m.Filters, metrics.Filter{By: metrics.ByReason, Values: []string{string(def.reason)}})
		}
		if w.Threshold != nil {
			if err := setThreshold(&m, w.Threshold.Comparison, w.Threshold.ThresholdValue, "LT"); err != nil {
				return err
			}
		}
		if w.Name == serviceLevel {
			levels++
		}
		q.Metrics = append(q.Metrics, m)
	}
	if levels > maxLevels {
		return badParameter("HistoricalMetrics: there may be at most %d of %s", maxLevels, serviceLevel)
	}
	return nil
}

func olderResult(dir *directory.Directory, in *connect.GetMetricDataRequest, q *metrics.Query, r *metrics.Result) (out connect.HistoricalMetricResult) {
	if len(q.By) > 0 {
		out.Dimensions = &connect.Dimensions{}
	}
	for i, d := range q.By {
		switch d {
		case metrics.ByQueue:
			out.Dimensions.Queue = queueReference(dir, contact.QueueID(r.Group[i]))
		case metrics.ByProfile:
			out.Dimensions.RoutingProfile = profileReference(dir, directory.ProfileID(r.Group[i]))
		default:
			out.Dimensions.Channel = r.Group[i]
		}
	}
	for i := range in.HistoricalMetrics {
		w := &in.HistoricalMetrics[i]
		def := historicalMetrics[w.Name]
		data := connect.HistoricalMetricData{Metric: &connect.HistoricalMetric{Name: w.Name, Statistic: def.statistic, Unit: def.unit, Threshold: w.Threshold}}
		if v := r.Values[i]; v.OK {
			data.Value = &v.Number
		}
		out.Collections = append(out.Collections, data)
	}
	return out
}
