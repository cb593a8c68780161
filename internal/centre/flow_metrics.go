package centre

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
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

// waiting counts the contacts of a queue and tells how long the oldest waits.
func (r *run) waiting(q contact.QueueID) (n int, oldest time.Duration, err error) {
	all, err := r.centre.Store.Waiting(r.ctx, r.dir.Instance.ID)
	for _, w := range all {
		if w.Queue != q {
			continue
		}
		n++
		oldest = max(oldest, r.d.Now.Sub(w.Since))
	}
	return n, oldest, err
}

// staff counts the agents who serve a queue.
type staff struct{ online, available, staffed, afterWork, busy, missed, nonProductive int }

func (r *run) staff(q contact.QueueID) (s staff, err error) {
	for id, u := range r.dir.Users {
		if !r.dir.Serves(u, q) {
			continue
		}
		a, err := r.centre.Agent(r.ctx, r.dir.Instance.ID, id)
		if err != nil {
			return s, err
		}
		s.count(a)
	}
	return s, nil
}

func (s *staff) count(a *contact.Agent) {
	if a.Status.Type == contact.Offline {
		return
	}
	s.online++
	if a.Status.Type == contact.Custom {
		s.nonProductive++
	} else {
		s.staffed++
		if len(a.Work) == 0 {
			s.available++
		}
	}
	seen := map[contact.WorkState]bool{}
	for i := range a.Work {
		seen[a.Work[i].State] = true
	}
	if seen[contact.AfterWork] {
		s.afterWork++
	}
	if seen[contact.Talking] {
		s.busy++
	}
	if seen[contact.MissedWork] || seen[contact.Rejected] {
		s.missed++
	}
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

// figures are what can be counted at a queue.
type figures struct {
	queue   *directory.Queue
	waiting int
	oldest  time.Duration
	staff
}

// figures counts at the queue that an action is about; nil where there is none.
func (r *run) figures(queue, agent string) (*figures, error) {
	f := &figures{queue: r.queueOf(queue, agent)}
	if f.queue == nil {
		return nil, nil
	}
	var err error
	if f.waiting, f.oldest, err = r.waiting(f.queue.ID); err != nil {
		return nil, err
	}
	f.staff, err = r.staff(f.queue.ID)
	return f, err
}

// checkMetric returns one number about a queue.
func (r *run) checkMetric(do flow.CheckMetric) (out flow.Outcome, waits bool, err error) {
	s, err := r.figures(do.Queue, do.Agent)
	if s == nil {
		return flow.Outcome{Error: flow.NoMatchingError}, false, err
	}
	numbers := map[string]int{
		"NumberOfAgentsAvailable":        s.available,
		"NumberOfAgentsStaffed":          s.staffed,
		"NumberOfAgentsOnline":           s.online,
		"NumberOfContactsInQueue":        s.waiting,
		"OldestContactInQueueAgeSeconds": int(s.oldest / time.Second),
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
	s, err := r.figures(do.Queue, do.Agent)
	if s == nil {
		return flow.Outcome{Error: flow.NoMatchingError}, false, err
	}
	if s.waiting == 0 && s.online == 0 {
		return flow.Outcome{Error: flow.NoMatchingError}, false, nil
	}
	count := func(n int) any { return map[string]int{"Count": n} }
	out.Data, err = json.Marshal(map[string]any{
		"Queue": map[string]any{
			"Name": s.queue.Name, "ARN": r.dir.Instance.ARN("queue", string(s.queue.ID)),
			"Size": s.waiting, "OldestContactAge": int(s.oldest / time.Second),
		},
		"Agents": map[string]any{
			"Online": count(s.online), "Available": count(s.available), "Staffed": count(s.staffed),
			"AfterContactWork": count(s.afterWork), "Busy": count(s.busy), "Missed": count(s.missed),
			"NonProductive": count(s.nonProductive),
		},
	})
	return out, false, err
}
