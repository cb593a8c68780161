package postgres

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

const (
	putLegsStatement = `INSERT INTO legs (chat, place, instance, method, initiated, queue, enqueued, dequeued, agent, answered,
		after_started, after_ended, disconnected, reason, next, first, steps, id, name, customer)
	SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::text[],
		$10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[])
	ON CONFLICT (chat, place) DO UPDATE SET queue = excluded.queue, enqueued = excluded.enqueued, dequeued = excluded.dequeued,
		agent = excluded.agent, answered = excluded.answered, after_started = excluded.after_started, after_ended = excluded.after_ended,
		disconnected = excluded.disconnected, reason = excluded.reason, next = excluded.next, steps = excluded.steps,
		name = excluded.name, customer = excluded.customer`
	insertMarks = `INSERT INTO agent_marks (agent, at, instance, status, on_contact, error, incoming)
	SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::boolean[])`
	insertOfferEnds = `INSERT INTO offer_ends (instance, ended, agent, contact, queue, offered, outcome)
	SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[])`

	insertFlowMarks = `INSERT INTO flow_marks (instance, at, contact, flow, type, began, outcome)
	SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[])`

	legColumns = `SELECT method, queue, agent, reason, next, first, initiated, enqueued, dequeued, answered, after_started, after_ended, disconnected, steps
	FROM legs WHERE instance = $1 AND `
	// The contacts that ended at $2 or later and began before $3. Those that ended
	// six hours after that, or later, are long ones, which have an index of their
	// own. None lasts longer than a chat may, so that those which ended after $4
	// began too late.
	legsQuery = legColumns + `disconnected >= $2 AND disconnected < $3::bigint + 21600000 AND initiated < $3
	UNION ALL ` + legColumns + `disconnected >= greatest($2, $3::bigint + 21600000) AND disconnected <= $4 AND initiated < $3
		AND disconnected - initiated > 21600000
	UNION ALL ` + legColumns + `disconnected IS NULL AND initiated < $3`

	// From $2 on, up to $3 and before $4 there. Each of the three has an index.
	recentColumns = `SELECT method, queue, agent, reason, next, first, initiated, enqueued, dequeued, answered, after_started, after_ended, disconnected, steps,
		id, name, customer FROM legs WHERE instance = $1 AND initiated >= $2 AND (initiated, id) < ($3::bigint, $4)`
	recentOrder           = ` ORDER BY initiated DESC, id DESC LIMIT $5`
	recentLegsQuery       = recentColumns + recentOrder
	recentOfAgentQuery    = recentColumns + ` AND agent = $6 AND agent <> ''` + recentOrder
	recentOfCustomerQuery = recentColumns + ` AND customer = $6 AND customer <> ''` + recentOrder
	recentOfBothQuery     = recentColumns + ` AND customer = $6 AND customer <> '' AND agent = $7` + recentOrder

	marksQuery = `SELECT m.agent, m.at, m.status, m.on_contact, m.error, m.incoming, m.number
	FROM agents a CROSS JOIN LATERAL (SELECT * FROM agent_marks WHERE agent = a.id AND at < $2 ORDER BY at DESC, number DESC LIMIT 1) m
	WHERE a.instance = $1
	UNION ALL SELECT agent, at, status, on_contact, error, incoming, number FROM agent_marks
	WHERE instance = $1 AND at >= $2 AND at < $3 ORDER BY 2, 7`
	offerEndsQuery = `SELECT agent, contact, queue, offered, ended, outcome FROM offer_ends
	WHERE instance = $1 AND ended >= $2 AND ended < $3 ORDER BY ended, number`
	flowMarksQuery = `SELECT contact, flow, type, began, at, outcome FROM flow_marks
	WHERE instance = $1 AND at >= $2 AND at < $3 ORDER BY at, number`
)

// putLegs stores the contacts of chats that are not as they were before.
func (t *transaction) putLegs() {
	var chat, place, initiated []int64
	var instance, method, queue, agent, reason, next, first, steps, ids, names, customers []string
	var enqueued, dequeued, answered, afterStarted, afterEnded, disconnected []*int64
	for p := range t.changes() {
		if p.Next == nil {
			continue
		}
		for i, l := range p.NewLegs() {
			chat, place, initiated = append(chat, p.Number), append(place, int64(i)), append(initiated, l.Initiated.UnixMilli())
			instance, method = append(instance, string(l.Instance)), append(method, l.Method)
			queue, agent = append(queue, string(l.Queue)), append(agent, string(l.Agent))
			reason, next, first = append(reason, string(l.Reason)), append(next, l.Next), append(first, string(l.Chat))
			steps, ids = append(steps, l.Steps), append(ids, string(l.Contact))
			names, customers = append(names, l.Name), append(customers, l.CustomerID)
			enqueued, dequeued = append(enqueued, millis(l.Enqueued)), append(dequeued, millis(l.Dequeued))
			answered, disconnected = append(answered, millis(l.Answered)), append(disconnected, millis(l.Disconnected))
			afterStarted, afterEnded = append(afterStarted, millis(l.AfterStarted)), append(afterEnded, millis(l.AfterEnded))
		}
	}
	if len(chat) > 0 {
		t.exec(putLegsStatement, chat, place, instance, method, initiated, queue, enqueued, dequeued, agent, answered,
			afterStarted, afterEnded, disconnected, reason, next, first, steps, ids, names, customers)
	}
}

// putAgentLog stores what is remembered of the agents' time.
func (t *transaction) putAgentLog() {
	t.putMarks()
	t.putOfferEnds()
}

func (t *transaction) putMarks() {
	var agent, instance, status []string
	var at []int64
	var onContact, failed, incoming []bool
	for p := range t.changes() {
		for i := range p.Marks {
			m := &p.Marks[i]
			agent, instance, status = append(agent, string(m.User)), append(instance, string(m.Instance)), append(status, string(m.Status))
			at, onContact = append(at, m.At.UnixMilli()), append(onContact, m.OnContact)
			failed, incoming = append(failed, m.Error), append(incoming, m.Incoming)
		}
	}
	if len(agent) > 0 {
		t.exec(insertMarks, agent, at, instance, status, onContact, failed, incoming)
	}
}

func (t *transaction) putOfferEnds() {
	var instance, agent, id, queue, outcome []string
	var ended, offered []int64
	for p := range t.changes() {
		for i := range p.OfferEnds {
			o := &p.OfferEnds[i]
			instance, agent, id = append(instance, string(o.Instance)), append(agent, string(o.User)), append(id, string(o.Contact))
			queue, outcome = append(queue, string(o.Queue)), append(outcome, string(o.Outcome))
			ended, offered = append(ended, o.Ended.UnixMilli()), append(offered, o.Offered.UnixMilli())
		}
	}
	if len(agent) > 0 {
		t.exec(insertOfferEnds, instance, ended, agent, id, queue, offered, outcome)
	}
}

// putFlowMarks stores the flows that began and ended.
func (t *transaction) putFlowMarks() {
	var instance, id, flow, kind, outcome []string
	var at, began []int64
	for p := range t.changes() {
		for i := range p.FlowMarks {
			m := &p.FlowMarks[i]
			instance, id, flow = append(instance, string(m.Instance)), append(id, string(m.Contact)), append(flow, string(m.Flow))
			kind, outcome = append(kind, m.Type), append(outcome, string(m.Outcome))
			at, began = append(at, m.At.UnixMilli()), append(began, m.Began.UnixMilli())
		}
	}
	if len(id) > 0 {
		t.exec(insertFlowMarks, instance, at, id, flow, kind, began, outcome)
	}
}

// wordsRead keeps one copy of each of the few texts that fill a column.
type wordsRead map[string]string

func (w wordsRead) one(s string) string {
	if kept, ok := w[s]; ok {
		return kept
	}
	w[s] = s
	return s
}

// legOf reads a row of legColumns, and into more what follows it.
func (w wordsRead) legOf(r pgx.Rows, instance contact.InstanceID, more ...any) (*contact.Leg, error) {
	var method, queue, agent, reason, next, first, steps string
	var initiated int64
	var enqueued, dequeued, answered, afterStarted, afterEnded, disconnected *int64
	err := r.Scan(append([]any{
		&method, &queue, &agent, &reason, &next, &first, &initiated, &enqueued, &dequeued, &answered,
		&afterStarted, &afterEnded, &disconnected, &steps,
	}, more...)...)
	return &contact.Leg{
		Instance: instance, Method: w.one(method), Queue: contact.QueueID(w.one(queue)), Agent: contact.UserID(w.one(agent)),
		Reason: contact.Reason(w.one(reason)), Next: w.one(next), Chat: contact.ID(first),
		Initiated: time.UnixMilli(initiated).UTC(), Enqueued: timeAt(enqueued), Dequeued: timeAt(dequeued), Answered: timeAt(answered),
		AfterStarted: timeAt(afterStarted), AfterEnded: timeAt(afterEnded), Disconnected: timeAt(disconnected), Steps: w.one(steps),
	}, err
}

// Legs implements store.Store. It is one statement, so that a contact which ends
// meanwhile is seen once.
func (s *Store) Legs(ctx context.Context, instance contact.InstanceID, from, to time.Time, each func(*contact.Leg)) error {
	words := wordsRead{}
	latest := to.Add(contact.MaxDuration + 24*time.Hour)
	err := s.query(ctx, func(r pgx.Rows) error {
		l, err := words.legOf(r, instance)
		if err == nil {
			each(l)
		}
		return err
	}, legsQuery, string(instance), from.UnixMilli(), to.UnixMilli(), latest.UnixMilli())
	if err != nil {
		return fmt.Errorf("read the contacts of a time: %w", err)
	}
	return nil
}

// RecentLegs implements store.Store.
func (s *Store) RecentLegs(ctx context.Context, q store.LegQuery) ([]contact.Leg, error) {
	if !isText(string(q.Instance)) || !isText(string(q.Agent)) || !isText(q.CustomerID) || !isText(string(q.BeforeID)) {
		return nil, nil
	}
	before, after := int64(math.MaxInt64), int64(math.MinInt64)
	if !q.Before.IsZero() {
		before = q.Before.UnixMilli()
	}
	if !q.From.IsZero() {
		after = q.From.UnixMilli()
	}
	sql, args := recentLegsQuery, []any{string(q.Instance), after, before, string(q.BeforeID), q.Limit}
	switch {
	case q.CustomerID != "" && q.Agent != "":
		sql, args = recentOfBothQuery, append(args, q.CustomerID, string(q.Agent))
	case q.CustomerID != "":
		sql, args = recentOfCustomerQuery, append(args, q.CustomerID)
	case q.Agent != "":
		sql, args = recentOfAgentQuery, append(args, string(q.Agent))
	}
	var legs []contact.Leg
	words := wordsRead{}
	err := s.query(ctx, func(r pgx.Rows) error {
		var id, name, customer string
		l, err := words.legOf(r, q.Instance, &id, &name, &customer)
		if err == nil {
			l.Contact, l.Name, l.CustomerID = contact.ID(id), name, customer
			legs = append(legs, *l)
		}
		return err
	}, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read recent contacts: %w", err)
	}
	return legs, nil
}

// AgentMarks implements store.Store.
func (s *Store) AgentMarks(ctx context.Context, instance contact.InstanceID, from, to time.Time) ([]contact.AgentMark, error) {
	var marks []contact.AgentMark
	err := s.query(ctx, func(r pgx.Rows) error {
		var user, status string
		var at, number int64
		m := contact.AgentMark{Instance: instance}
		err := r.Scan(&user, &at, &status, &m.OnContact, &m.Error, &m.Incoming, &number)
		m.User, m.At, m.Status = contact.UserID(user), time.UnixMilli(at).UTC(), contact.StatusType(status)
		marks = append(marks, m)
		return err
	}, marksQuery, string(instance), from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the agents' times: %w", err)
	}
	return marks, nil
}

// OfferEnds implements store.Store.
func (s *Store) OfferEnds(ctx context.Context, instance contact.InstanceID, from, to time.Time) ([]contact.OfferEnd, error) {
	var ends []contact.OfferEnd
	err := s.query(ctx, func(r pgx.Rows) error {
		var user, id, queue, outcome string
		var offered, ended int64
		err := r.Scan(&user, &id, &queue, &offered, &ended, &outcome)
		ends = append(ends, contact.OfferEnd{
			User: contact.UserID(user), Instance: instance, Contact: contact.ID(id), Queue: contact.QueueID(queue),
			Offered: time.UnixMilli(offered).UTC(), Ended: time.UnixMilli(ended).UTC(), Outcome: contact.Outcome(outcome),
		})
		return err
	}, offerEndsQuery, string(instance), from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the offers: %w", err)
	}
	return ends, nil
}

// FlowMarks implements store.Store.
func (s *Store) FlowMarks(ctx context.Context, instance contact.InstanceID, from, to time.Time, each func(*contact.FlowMark)) error {
	words := wordsRead{}
	err := s.query(ctx, func(r pgx.Rows) error {
		var id, flow, kind, outcome string
		var began, at int64
		if err := r.Scan(&id, &flow, &kind, &began, &at, &outcome); err != nil {
			return err
		}
		each(&contact.FlowMark{
			Instance: instance, Contact: contact.ID(id), Flow: contact.FlowID(words.one(flow)), Type: words.one(kind),
			Began: time.UnixMilli(began).UTC(), At: time.UnixMilli(at).UTC(), Outcome: contact.FlowOutcome(words.one(outcome)),
		})
		return nil
	}, flowMarksQuery, string(instance), from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return fmt.Errorf("read the flows of a time: %w", err)
	}
	return nil
}
