package connectapi

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// The bounds of a historical request.
const (
	maxThreshold = 604800 // in seconds
	maxLevels    = 20     // service levels
	serviceLevel = "SERVICE_LEVEL"
)

// GetMetricDataV2 answers POST /metrics/data.
func (a *API) GetMetricDataV2(ctx context.Context, in *connect.GetMetricDataV2Request) (*connect.GetMetricDataV2Response, error) {
	if !strings.HasPrefix(in.ResourceArn, "arn:") || !strings.Contains(in.ResourceArn, ":instance/") {
		return nil, badParameter("ResourceArn: must be the ARN of an instance")
	}
	dir, err := a.instance(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	q := metrics.Query{Directory: dir, Now: a.now()}
	if q.Intervals, err = intervals(in, q.Now); err != nil {
		return nil, err
	}
	if q.Only, err = onlyThese(dir, in.Filters); err != nil {
		return nil, err
	}
	if q.By, err = dimensions(in.Groupings); err != nil {
		return nil, err
	}
	if q.Metrics, err = askedMetrics(in.Metrics); err != nil {
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
	out := &connect.GetMetricDataV2Response{NextToken: next, MetricResults: make([]connect.MetricResultV2, len(part))}
	for i := range part {
		out.MetricResults[i] = historicalResult(dir, in, &q, &part[i])
	}
	return out, nil
}

// intervals reads what time is asked for, and in which parts.
func intervals(in *connect.GetMetricDataV2Request, now time.Time) ([]metrics.Interval, error) {
	period, zone := metrics.Total, time.UTC
	if in.Interval != nil {
		period = metrics.Period(cmp.Or(in.Interval.IntervalPeriod, string(period)))
		var err error
		if zone, err = time.LoadLocation(cmp.Or(in.Interval.TimeZone, "UTC")); err != nil {
			return nil, badParameter("Interval: there is no time zone %q", in.Interval.TimeZone)
		}
	}
	if in.StartTime.Before(now.Add(-metrics.MaxPast)) {
		return nil, badParameter("StartTime: must not be more than three months ago")
	}
	out, err := metrics.Split(in.StartTime, in.EndTime, period, zone)
	return out, asParameter(err)
}

// onlyThese reads the filters. One of them must say whose figures are wanted.
func onlyThese(dir *directory.Directory, filters []connect.FilterV2) (map[metrics.Dimension][]string, error) {
	only := map[metrics.Dimension][]string{}
	for _, f := range filters {
		d := metrics.Dimension(f.FilterKey)
		var find func(*directory.Directory, string) (string, error)
		switch d {
		case metrics.ByQueue:
			find = found(metricQueue)
		case metrics.ByProfile:
			find = found(metricProfile)
		case metrics.ByAgent:
			find = found(metricUser)
		case metrics.ByFlow:
			find = metricFlow
		case metrics.ByFlowType:
			find = metricFlowType
		case metrics.ByOutcome:
			find = metricOutcome
		case metrics.ByChannel, metrics.BySubtype, metrics.ByStep:
			find = func(_ *directory.Directory, value string) (string, error) { return value, nil }
		case metrics.ByCause:
			return nil, badParameter("Filters: %s is a filter of metrics", f.FilterKey)
		default:
			return nil, badParameter("Filters: the key %q is not supported", f.FilterKey)
		}
		switch {
		case f.StringCondition != nil:
			return nil, badParameter("Filters: StringCondition is not supported")
		case len(f.FilterValues) == 0:
			return nil, badParameter("Filters: %s needs FilterValues", f.FilterKey)
		case only[d] != nil:
			return nil, badParameter("Filters: %s is there twice", f.FilterKey)
		}
		values, err := resolve(dir, f.FilterValues, find)
		if err != nil {
			return nil, err
		}
		only[d] = values
	}
	for _, d := range []metrics.Dimension{metrics.ByQueue, metrics.ByProfile, metrics.ByAgent, metrics.ByFlow, metrics.ByFlowType} {
		if only[d] != nil {
			return only, nil
		}
	}
	return nil, badParameter("Filters: one of QUEUE, ROUTING_PROFILE, AGENT, FLOWS_RESOURCE_ID and FLOW_TYPE is needed")
}

// metricFlow finds a flow that figures are asked of; one that is deleted has
// figures still.
func metricFlow(_ *directory.Directory, name string) (string, error) {
	return directory.BareID(name), nil
}

// metricFlowType refuses what no flow can be.
func metricFlowType(_ *directory.Directory, name string) (string, error) {
	if !flow.Type(name).Known() {
		return "", badParameter("Filters: there is no type of flows %q", name)
	}
	return name, nil
}

// metricOutcome refuses what no flow can come to.
func metricOutcome(_ *directory.Directory, name string) (string, error) {
	if !slices.Contains(contact.FlowOutcomes, contact.FlowOutcome(name)) {
		return "", badParameter("Filters: there is no outcome of flows %q", name)
	}
	return name, nil
}

// found makes texts of the ids that find finds.
func found[T ~string](find func(*directory.Directory, string) (T, error)) func(*directory.Directory, string) (string, error) {
	return func(dir *directory.Directory, name string) (string, error) {
		id, err := find(dir, name)
		return string(id), err
	}
}

// dimensions reads the groupings.
func dimensions(groupings []string) (by []metrics.Dimension, err error) {
	for _, g := range groupings {
		d := metrics.Dimension(g)
		switch d {
		case metrics.ByQueue, metrics.ByProfile, metrics.ByAgent, metrics.ByChannel, metrics.BySubtype, metrics.ByCause,
			metrics.ByStep, metrics.ByFlow, metrics.ByFlowType, metrics.ByOutcome:
		default:
			return nil, badParameter("Groupings: %q is not supported", g)
		}
		if slices.Contains(by, d) {
			return nil, badParameter("Groupings: %s is there twice", g)
		}
		by = append(by, d)
	}
	return by, nil
}

// askedMetrics reads the metrics.
func askedMetrics(wanted []connect.MetricV2) ([]metrics.Metric, error) {
	if len(wanted) == 0 {
		return nil, badParameter("Metrics: there must be at least one")
	}
	out := make([]metrics.Metric, len(wanted))
	levels := 0
	for i, w := range wanted {
		if w.Name == "" {
			return nil, badParameter("Metrics: metric %q is not supported", w.MetricId)
		}
		m := &out[i]
		m.Name = w.Name
		for _, t := range w.Threshold {
			if err := setThreshold(m, t.Comparison, t.ThresholdValue, "LT", "LTE"); err != nil {
				return nil, err
			}
		}
		for _, f := range w.MetricFilters {
			m.Filters = append(m.Filters, metrics.Filter{By: f.MetricFilterKey, Values: f.MetricFilterValues, Not: f.Negate != nil && *f.Negate})
		}
		if m.Name == serviceLevel {
			levels++
		}
	}
	if levels > maxLevels {
		return nil, badParameter("Metrics: there may be at most %d of %s", maxLevels, serviceLevel)
	}
	return out, nil
}

// setThreshold reads the threshold of a metric, in seconds.
func setThreshold(m *metrics.Metric, comparison string, value *float64, may ...string) error {
	switch {
	case !slices.Contains(may, comparison):
		return badParameter("Threshold: Comparison must be one of %s", strings.Join(may, ", "))
	case value == nil || *value < 1 || *value > maxThreshold || *value != float64(int(*value)):
		return badParameter("Threshold: ThresholdValue must be a whole number from 1 to %d", maxThreshold)
	}
	m.Threshold, m.Inclusive = time.Duration(*value)*time.Second, comparison == "LTE"
	return nil
}

// historicalResult shows a line of a report.
func historicalResult(dir *directory.Directory, in *connect.GetMetricDataV2Request, q *metrics.Query, r *metrics.Result) connect.MetricResultV2 {
	interval := q.Intervals[r.Interval]
	period := string(metrics.Total)
	if in.Interval != nil {
		period = cmp.Or(in.Interval.IntervalPeriod, period)
	}
	out := connect.MetricResultV2{MetricInterval: &connect.MetricInterval{Interval: period, StartTime: interval.From, EndTime: interval.To}}
	for i, d := range q.By {
		if out.Dimensions == nil {
			out.Dimensions = map[string]string{}
		}
		out.Dimensions[string(d)] = r.Group[i]
		for kind, of := range map[string]metrics.Dimension{"queue": metrics.ByQueue, "routing-profile": metrics.ByProfile, "agent": metrics.ByAgent} {
			if d == of {
				out.Dimensions[string(d)+"_ARN"] = dir.Instance.ARN(kind, r.Group[i])
			}
		}
	}
	for i := range in.Metrics {
		m := &in.Metrics[i]
		data := connect.MetricDataV2{Metric: &connect.MetricV2{Name: m.Name, Threshold: m.Threshold, MetricFilters: m.MetricFilters}}
		if v := r.Values[i]; v.OK {
			data.Value = &v.Number
		}
		out.Collections = append(out.Collections, data)
	}
	return out
}
