package centre

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/metrics"
)

// checkHours says whether hours of operation are open.
func (r *run) checkHours(do flow.CheckHours) flow.Outcome {
	id := directory.HoursID(directory.BareID(do.Hours))
	if id == "" {
		if q := r.dir.Queue(r.d.Chat().WorkingQueue()); q != nil {
			id = q.Hours
		}
	}
	h := r.dir.Hours[id]
	if h == nil {
		return flow.Outcome{Error: flow.NoMatchingError}
	}
	open, err := h.Open(r.d.Now)
	if err != nil {
		return flow.Outcome{Error: flow.NoMatchingError}
	}
	if open {
		return flow.Outcome{Result: "True"}
	}
	return flow.Outcome{Result: "False"}
}

// queueOf returns the queue that an action is about: the one it names, that of
// the agent whom it names, or the working queue. It is nil where there is none.
func (r *run) queueOf(name, agent string) *directory.Queue {
	switch {
	case agent != "":
		if u := r.dir.FindUser(agent); u != nil {
			return r.dir.Queue(contact.AgentQueue(u.ID))
		}
		return nil
	case name != "":
		return r.dir.FindQueue(name)
	}
	return r.dir.Queue(r.d.Chat().WorkingQueue())
}

// figures counts at the queue that an action is about; queue is nil where there
// is none.
func (r *run) figures(name, agent string) (queue *directory.Queue, f metrics.Figures, err error) {
	if queue = r.queueOf(name, agent); queue == nil {
		return nil, f, nil
	}
	now, err := r.centre.snapshot(r.ctx, r.dir, r.d.Now)
	if err != nil {
		return nil, f, err
	}
	return queue, now.Count(&metrics.Scope{Queues: []contact.QueueID{queue.ID}}), nil
}

// checkMetric returns one number about a queue.
func (r *run) checkMetric(do flow.CheckMetric) (out flow.Outcome, waits bool, err error) {
	queue, f, err := r.figures(do.Queue, do.Agent)
	if queue == nil {
		return flow.Outcome{Error: flow.NoMatchingError}, false, err
	}
	numbers := map[string]int{
		"NumberOfAgentsAvailable":        f.Available,
		"NumberOfAgentsStaffed":          f.Staffed,
		"NumberOfAgentsOnline":           f.Online,
		"NumberOfContactsInQueue":        f.InQueue,
		"OldestContactInQueueAgeSeconds": int(f.Oldest / time.Second),
	}
	number, ok := numbers[do.Metric]
	if !ok {
		return flow.Outcome{Error: flow.NoMatchingError}, false, nil
	}
	return flow.Outcome{Result: strconv.Itoa(number)}, false, nil
}

// getMetrics returns what is behind $.Metrics. A queue in which nobody waits,
// and for which nobody works, has none.
func (r *run) getMetrics(do flow.GetMetrics) (out flow.Outcome, waits bool, err error) {
	queue, f, err := r.figures(do.Queue, do.Agent)
	if queue == nil {
		return flow.Outcome{Error: flow.NoMatchingError}, false, err
	}
	if f.InQueue == 0 && f.Online == 0 {
		return flow.Outcome{Error: flow.NoMatchingError}, false, nil
	}
	count := func(n int) any { return map[string]int{"Count": n} }
	out.Data, err = json.Marshal(map[string]any{
		"Queue": map[string]any{
			"Name": queue.Name, "ARN": r.dir.Instance.ARN("queue", string(queue.ID)),
			"Size": f.InQueue, "OldestContactAge": int(f.Oldest / time.Second),
		},
		"Agents": map[string]any{
			"Online": count(f.Online), "Available": count(f.Available), "Staffed": count(f.Staffed),
			"AfterContactWork": count(f.AfterWorkAgents), "Busy": count(f.Busy), "Missed": count(f.Error),
			"NonProductive": count(f.NonProductive),
		},
	})
	return out, false, err
}
