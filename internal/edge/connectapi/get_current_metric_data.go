package connectapi

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// currentMetric is how a figure of the present is shown.
type currentMetric struct {
	unit  string
	value func(*metrics.Figures) float64
}

func counted(n func(*metrics.Figures) int) currentMetric {
	return currentMetric{"COUNT", func(f *metrics.Figures) float64 { return float64(n(f)) }}
}

// currentMetrics are the figures of the present by their names; those of waiting
// contacts have an entry in contactMetrics too.
var currentMetrics = map[string]currentMetric{
	"AGENTS_ONLINE":             counted(func(f *metrics.Figures) int { return f.Online }),
	"AGENTS_AVAILABLE":          counted(func(f *metrics.Figures) int { return f.Available }),
	"AGENTS_ON_CALL":            counted(func(f *metrics.Figures) int { return f.OnContact }), // the old name
	"AGENTS_ON_CONTACT":         counted(func(f *metrics.Figures) int { return f.OnContact }),
	"AGENTS_NON_PRODUCTIVE":     counted(func(f *metrics.Figures) int { return f.NonProductive }),
	"AGENTS_AFTER_CONTACT_WORK": counted(func(f *metrics.Figures) int { return f.AfterWork }),
	"AGENTS_ERROR":              counted(func(f *metrics.Figures) int { return f.Error }),
	"AGENTS_STAFFED":            counted(func(f *metrics.Figures) int { return f.Staffed }),
	"CONTACTS_IN_QUEUE":         counted(func(f *metrics.Figures) int { return f.InQueue }),
	"CONTACTS_SCHEDULED":        counted(func(*metrics.Figures) int { return 0 }), // callbacks, of which chats have none
	"SLOTS_ACTIVE":              counted(func(f *metrics.Figures) int { return f.SlotsActive }),
	"SLOTS_AVAILABLE":           counted(func(f *metrics.Figures) int { return f.SlotsAvailable }),
	oldestAge:                   {"SECONDS", func(f *metrics.Figures) float64 { return float64(f.Oldest / time.Second) }},
	estimatedWait:               {"SECONDS", nil}, // see row.estimate
}

const (
	oldestAge     = "OLDEST_CONTACT_AGE"
	estimatedWait = "ESTIMATED_WAIT_TIME"
	agentsOnline  = "AGENTS_ONLINE"
)

// contactMetrics are those that ask for a filter of profiles when they are
// grouped by profile.
var contactMetrics = []string{"CONTACTS_IN_QUEUE", "CONTACTS_SCHEDULED", oldestAge}

// row is one group of the answer.
type row struct {
	scope   metrics.Scope
	place   string // among rows that are alike
	figures metrics.Figures
	wait    *time.Duration
	out     connect.Dimensions
}

// GetCurrentMetricData answers POST /metrics/current/{InstanceId}.
func (a *API) GetCurrentMetricData(ctx context.Context, in *connect.GetCurrentMetricDataRequest) (*connect.GetCurrentMetricDataResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	scope, err := metricFilters(dir, in.Filters)
	if err != nil {
		return nil, err
	}
	if err := checkCurrent(in); err != nil {
		return nil, err
	}
	now, err := a.centre.Snapshot(ctx, dir)
	if err != nil {
		return nil, err
	}
	rows, err := currentRows(now, scope, in)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].figures = now.Count(&rows[i].scope)
	}
	if asks(in, estimatedWait) {
		if err := a.estimate(ctx, now, rows); err != nil {
			return nil, err
		}
	}
	sortRows(rows, in.SortCriteria)
	asked := *in
	asked.NextToken = ""
	part, next, err := pageOf(rows, in.MaxResults, 100, in.NextToken, asked, now.Now)
	if err != nil {
		return nil, err
	}
	out := &connect.GetCurrentMetricDataResponse{
		DataSnapshotTime: now.Now, NextToken: next, ApproximateTotalCount: new(int64(len(rows))), MetricResults: []connect.CurrentMetricResult{},
	}
	for i := range part {
		out.MetricResults = append(out.MetricResults, part[i].result(in))
	}
	return out, nil
}

// asks says whether a metric is asked for.
func asks(in *connect.GetCurrentMetricDataRequest, names ...string) bool {
	return slices.ContainsFunc(in.CurrentMetrics, func(m connect.CurrentMetric) bool { return slices.Contains(names, m.Name) })
}

// checkCurrent checks what the model does not.
func checkCurrent(in *connect.GetCurrentMetricDataRequest) error {
	by := func(grouping string) bool { return slices.Contains(in.Groupings, grouping) }
	f := in.Filters
	if len(in.CurrentMetrics) == 0 {
		return badParameter("CurrentMetrics: there must be at least one")
	}
	for _, m := range in.CurrentMetrics {
		known, ok := currentMetrics[m.Name]
		switch {
		case !ok:
			return badParameter("CurrentMetrics: metric %q is not supported", cmp.Or(m.Name, m.MetricId))
		case m.Unit != "" && m.Unit != known.unit:
			return badParameter("CurrentMetrics: the unit of %s is %s", m.Name, known.unit)
		case by(groupStatus) && m.Name != agentsOnline:
			return badParameter("Groupings: by AGENT_STATUS there is only AGENTS_ONLINE")
		case by(groupStep) && !slices.Contains(contactMetrics, m.Name):
			return badParameter("Groupings: by ROUTING_STEP_EXPRESSION there is no %s", m.Name)
		case by(groupProfile) && len(f.RoutingProfiles) == 0 && slices.Contains(contactMetrics, m.Name):
			return badParameter("Filters: %s by ROUTING_PROFILE needs RoutingProfiles", m.Name)
		case m.Name == estimatedWait && !by(groupQueue) && len(f.Queues) != 1:
			return badParameter("CurrentMetrics: %s needs one queue, or the grouping QUEUE", m.Name)
		case m.Name == estimatedWait && !by(groupChannel) && len(f.Channels) != 1:
			return badParameter("CurrentMetrics: %s needs one channel, or the grouping CHANNEL", m.Name)
		}
	}
	for _, s := range in.SortCriteria {
		if s.SortByMetric == "SLOTS_ACTIVE" || s.SortByMetric == "SLOTS_AVAILABLE" {
			return badParameter("SortCriteria: sorting by %s is not supported", s.SortByMetric)
		}
	}
	switch {
	case len(in.Groupings) == 2 && in.Groupings[0] == in.Groupings[1]:
		return badParameter("Groupings: %s is there twice", in.Groupings[0])
	case by("SUBTYPE") || by("VALIDATION_TEST_TYPE"):
		return badParameter("Groupings: SUBTYPE and VALIDATION_TEST_TYPE are not supported")
	case by(groupProfile) && len(f.Queues)+len(f.RoutingProfiles) == 0:
		return badParameter("Groupings: ROUTING_PROFILE needs a filter of Queues or RoutingProfiles")
	case by(groupStep) && len(f.Queues) != 1:
		return badParameter("Groupings: ROUTING_STEP_EXPRESSION needs exactly one queue in Filters")
	case len(f.RoutingStepExpressions) > 0 && !by(groupStep):
		return badParameter("Filters: RoutingStepExpressions need the grouping ROUTING_STEP_EXPRESSION")
	case (by(groupStatus) || len(f.AgentStatuses) > 0) && len(f.Queues) == 0:
		return badParameter("Filters: agent statuses need a filter of Queues")
	case by(groupStatus) && in.Groupings[0] != groupQueue:
		return badParameter("Groupings: QUEUE must come before AGENT_STATUS")
	case len(f.AgentStatuses) > 0 && !by(groupStatus):
		return badParameter("Filters: AgentStatuses need the grouping AGENT_STATUS")
	}
	return nil
}

// currentRows makes a row of each group, the first grouping outermost.
func currentRows(now *metrics.Snapshot, scope *metrics.Scope, in *connect.GetCurrentMetricDataRequest) ([]row, error) {
	rows := []row{{scope: *scope}}
	for _, grouping := range in.Groupings {
		var next []row
		for _, r := range rows {
			split, err := splitRow(now, r, grouping, in.Filters)
			if err != nil {
				return nil, err
			}
			next = append(next, split...)
		}
		rows = next
	}
	return rows, nil
}

// splitRow makes a row of each group within a row.
func splitRow(now *metrics.Snapshot, r row, grouping string, f *connect.Filters) (rows []row, err error) {
	dir := now.Directory
	add := func(place string, narrow func(*row)) {
		next := r
		narrow(&next)
		next.place += place + "\x00"
		rows = append(rows, next)
	}
	switch grouping {
	case groupQueue:
		for _, id := range standardQueues(dir, &r.scope) {
			add(string(id), func(r *row) { r.scope.Queues, r.out.Queue = []contact.QueueID{id}, queueReference(dir, id) })
		}
	case groupChannel:
		channels := r.scope.Channels
		if len(channels) == 0 {
			channels = []string{metrics.Chat}
		}
		for _, c := range channels {
			add(c, func(r *row) { r.scope.Channels, r.out.Channel = []string{c}, c })
		}
	case groupProfile:
		for _, id := range shownProfiles(dir, &r.scope) {
			add(string(id), func(r *row) {
				r.scope.Profiles, r.out.RoutingProfile = []directory.ProfileID{id}, profileReference(dir, id)
			})
		}
	case groupStep:
		for _, step := range stepsOf(now, r.scope.Queues[0]) {
			if len(f.RoutingStepExpressions) == 0 || slices.Contains(f.RoutingStepExpressions, step) {
				add(step, func(r *row) { r.scope.Step, r.out.RoutingStepExpression = &step, step })
			}
		}
	case groupStatus:
		statuses, err := shownStatuses(dir, f.AgentStatuses)
		if err != nil {
			return nil, err
		}
		for _, id := range statuses {
			add(string(id), func(r *row) {
				r.scope.Status = id
				r.out.AgentStatus = &connect.AgentStatusIdentifier{Id: string(id), Arn: dir.Instance.ARN("agent-state", string(id))}
			})
		}
	}
	return rows, nil
}

// stepsOf returns the routing steps in which contacts of a queue wait.
func stepsOf(now *metrics.Snapshot, q contact.QueueID) (steps []string) {
	for i := range now.Waiting {
		if w := &now.Waiting[i]; w.Queue == q && w.Step != "" && !slices.Contains(steps, w.Step) {
			steps = append(steps, w.Step)
		}
	}
	return steps
}

// shownStatuses returns the statuses that are named, or all.
func shownStatuses(dir *directory.Directory, names []string) (ids []contact.StatusID, err error) {
	if len(names) == 0 {
		for id := range dir.Statuses {
			ids = append(ids, id)
		}
	}
	for _, name := range names {
		id := contact.StatusID(directory.BareID(name))
		if dir.Statuses[id] == nil {
			return nil, badParameter("Filters: there is no agent status %s", name)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// estimate tells each row how long a contact would wait that came now.
func (a *API) estimate(ctx context.Context, now *metrics.Snapshot, rows []row) error {
	paces, err := a.centre.Paces(ctx, now.Directory)
	if err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		if !slices.Equal(r.scope.Channels, []string{metrics.Chat}) {
			continue
		}
		if wait, ok := now.EstimateNew(paces, r.scope.Queues[0]); ok {
			r.wait = &wait
		}
	}
	return nil
}

// value returns a figure of the row; ok is false where there is none.
func (r *row) value(name string) (v float64, ok bool) {
	if name != estimatedWait {
		return currentMetrics[name].value(&r.figures), true
	}
	if r.wait == nil {
		return 0, false
	}
	return float64(r.wait.Round(time.Second) / time.Second), true
}

// sortRows sorts by the metric that is asked for, or else by who is online, the
// most first.
func sortRows(rows []row, by []connect.CurrentMetricSortCriteria) {
	name, ascending := agentsOnline, false
	if len(by) > 0 {
		name, ascending = cmp.Or(by[0].SortByMetric, name), by[0].SortOrder == "ASCENDING"
	}
	slices.SortFunc(rows, func(a, b row) int {
		va, _ := a.value(name)
		vb, _ := b.value(name)
		order := cmp.Compare(vb, va)
		if ascending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.place, b.place))
	})
}

// result shows a row. As observed, the oldest contact's age is in seconds with a
// grouping and in milliseconds without, and the unit says seconds both times.
func (r *row) result(in *connect.GetCurrentMetricDataRequest) (out connect.CurrentMetricResult) {
	if len(in.Groupings) > 0 {
		out.Dimensions = &r.out
	}
	for _, m := range in.CurrentMetrics {
		data := connect.CurrentMetricData{Metric: &connect.CurrentMetric{Name: m.Name, Unit: currentMetrics[m.Name].unit}}
		v, ok := r.value(m.Name)
		if m.Name == oldestAge && len(in.Groupings) == 0 {
			v = float64(r.figures.Oldest.Milliseconds())
		}
		if ok {
			data.Value = &v
		}
		out.Collections = append(out.Collections, data)
	}
	return out
}
