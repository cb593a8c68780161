package centre

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/metrics"
)

// checkHours says whether hours of operation are open, or which override counts
// that the flow asks for.
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
	if o, err := h.Override(r.d.Now); err == nil && o != nil && slices.Contains(do.Overrides, o.Name) {
		return flow.Outcome{Result: o.Name}
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

// figures returns the queue that an action is about, and what goes on now; queue
// is nil where there is none.
func (r *run) figures(name, agent string) (queue *directory.Queue, now *metrics.Snapshot, err error) {
	if queue = r.queueOf(name, agent); queue == nil {
		return nil, nil, nil
	}
	if now, err = r.centre.snapshot(r.ctx, r.dir, r.d.Now); err != nil {
		return nil, nil, err
	}
	chat := r.d.Chat() // which may have been queued by this very decision
	now.Waiting = slices.DeleteFunc(now.Waiting, func(w metrics.Waiting) bool { return w.ID == chat.ID })
	if chat.Queued() {
		now.Waiting = append(now.Waiting, queuedContact(chat, now.Now))
	}
	return queue, now, nil
}

// figuresOf counts at a queue.
func figuresOf(now *metrics.Snapshot, q *directory.Queue) metrics.Figures {
	return now.Count(&metrics.Scope{Queues: []contact.QueueID{q.ID}})
}

// checkMetric returns one number about a queue.
func (r *run) checkMetric(do flow.CheckMetric) (out flow.Outcome, waits bool, err error) {
	queue, now, err := r.figures(do.Queue, do.Agent)
	if queue == nil {
		return flow.Outcome{Error: flow.NoMatchingError}, false, err
	}
	f := figuresOf(now, queue)
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
// and for which nobody works, has none; nor has any other channel than chat.
func (r *run) getMetrics(do flow.GetMetrics) (out flow.Outcome, waits bool, err error) {
	queue, now, err := r.figures(do.Queue, do.Agent)
	if queue == nil || do.Channel != "" && do.Channel != "CHAT" {
		return flow.Outcome{Error: flow.NoMatchingError}, false, err
	}
	f := figuresOf(now, queue)
	if f.InQueue == 0 && f.Online == 0 {
		return flow.Outcome{Error: flow.NoMatchingError}, false, nil
	}
	inQueue, ofContact, err := r.waits(now, queue)
	if err != nil {
		return flow.Outcome{}, false, err
	}
	maps.Copy(inQueue, map[string]any{
		"Name": queue.Name, "ARN": r.dir.Instance.ARN("queue", string(queue.ID)),
		"Size": f.InQueue, "OldestContactAge": int(f.Oldest / time.Second),
	})
	count := func(n int) any { return map[string]int{"Count": n} }
	out.Data, err = json.Marshal(map[string]any{
		"Queue": inQueue, "Contact": ofContact,
		"Agents": map[string]any{
			"Online": count(f.Online), "Available": count(f.Available), "Staffed": count(f.Staffed),
			"AfterContactWork": count(f.AfterWorkAgents), "Busy": count(f.Busy), "Missed": count(f.Error),
			"NonProductive": count(f.NonProductive),
		},
	})
	return out, false, err
}

// waits tells how long a contact would wait that came to the queue now, and where
// the chat's own contact stands if it is in one. What nobody can say is left out.
func (r *run) waits(now *metrics.Snapshot, queue *directory.Queue) (inQueue, ofContact map[string]any, err error) {
	inQueue, ofContact = map[string]any{}, map[string]any{}
	paces, err := r.centre.Paces(r.ctx, r.dir)
	if err != nil {
		return nil, nil, err
	}
	seconds := func(d time.Duration) int { return int(d.Round(time.Second) / time.Second) }
	if wait, ok := now.EstimateNew(paces, queue.ID); ok {
		inQueue["EstimatedWaitTime"] = seconds(wait)
	}
	if position, in := now.Position(r.d.Chat().Queueing().ID); position > 0 {
		ofContact["PositionInQueue"] = position
		if wait, ok := now.Estimate(paces, in, position); ok {
			ofContact["EstimatedWaitTime"] = seconds(wait)
		}
	}
	return inQueue, ofContact, nil
}
