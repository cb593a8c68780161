package embedded

import (
	"context"
	"fmt"
	"math"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
)

const (
	putLegStatement = `INSERT INTO legs (chat, place, instance, method, initiated, queue, enqueued, dequeued, agent, answered,
		after_started, after_ended, disconnected, reason, next, first, steps, id, name, customer)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET queue = excluded.queue, enqueued = excluded.enqueued, dequeued = excluded.dequeued,
		agent = excluded.agent, answered = excluded.answered, after_started = excluded.after_started, after_ended = excluded.after_ended,
		disconnected = excluded.disconnected, reason = excluded.reason, next = excluded.next, steps = excluded.steps,
		name = excluded.name, customer = excluded.customer`

	legColumns = `SELECT method, queue, agent, reason, next, first, initiated, enqueued, dequeued, answered, after_started, after_ended, disconnected, steps
	FROM legs WHERE instance = ?1 AND `
	// The contacts that ended at ?2 or later and began before ?3. Those that ended
	// six hours after that, or later, are long ones, which have an index of their
	// own. None lasts longer than a chat may, so that those which ended after ?4
	// began too late.
	legsQuery = legColumns + `disconnected >= ?2 AND disconnected < ?3 + 21600000 AND initiated < ?3
	UNION ALL ` + legColumns + `disconnected >= max(?2, ?3 + 21600000) AND disconnected <= ?4 AND initiated < ?3
		AND disconnected - initiated > 21600000
	UNION ALL ` + legColumns + `disconnected IS NULL AND initiated < ?3`

	// From ?2 on, up to ?3 and before ?4 there. Each of the three has an index.
	recentColumns = `SELECT method, queue, agent, reason, next, first, initiated, enqueued, dequeued, answered, after_started, after_ended, disconnected, steps,
		id, name, customer FROM legs WHERE instance = ?1 AND initiated >= ?2 AND (initiated, id) < (?3, ?4)`
	recentOrder           = ` ORDER BY initiated DESC, id DESC LIMIT +?5`
	recentLegsQuery       = recentColumns + recentOrder
	recentOfAgentQuery    = recentColumns + ` AND agent = ?6 AND agent <> ''` + recentOrder
	recentOfCustomerQuery = recentColumns + ` AND customer = ?6 AND customer <> ''` + recentOrder
	recentOfBothQuery     = recentColumns + ` AND customer = ?6 AND customer <> '' AND agent = ?7` + recentOrder

	marksQuery = `SELECT m.user, m.at, m.status, m.on_contact, m.error, m.incoming, m.rowid
	FROM agents a JOIN agent_marks m
		ON m.rowid = (SELECT rowid FROM agent_marks WHERE user = a.user AND at < ?2 ORDER BY at DESC, rowid DESC LIMIT 1)
	WHERE a.instance = ?1
	UNION ALL SELECT user, at, status, on_contact, error, incoming, rowid FROM agent_marks
	WHERE instance = ?1 AND at >= ?2 AND at < ?3 ORDER BY 2, 7`
	offerEndsQuery = `SELECT user, contact, queue, offered, ended, outcome FROM offer_ends
	WHERE instance = ? AND ended >= ? AND ended < ? ORDER BY ended, rowid`
	flowMarksQuery = `SELECT contact, flow, type, began, at, outcome FROM flow_marks
	WHERE instance = ? AND at >= ? AND at < ? ORDER BY at, rowid`
	agentsQuery = `SELECT version, doc FROM agents WHERE instance = ? ORDER BY user`
)

// putLegs stores the contacts of a chat that are not as they were before.
func (w *writer) putLegs(p *prepared) error {
	for i, l := range p.NewLegs() {
		if err := exec(w.conn, putLegStatement, p.Number, i, l.Instance, l.Method, l.Initiated.UnixMilli(), l.Queue,
			millis(l.Enqueued), millis(l.Dequeued), l.Agent, millis(l.Answered), millis(l.AfterStarted), millis(l.AfterEnded),
			millis(l.Disconnected), l.Reason, l.Next, l.Chat, l.Steps, l.Contact, l.Name, l.CustomerID); err != nil {
			return err
		}
	}
	return nil
}

// putAgentLog stores what is remembered of the agents' time.
func (w *writer) putAgentLog(p *prepared) error {
	for i := range p.Marks {
		m := &p.Marks[i]
		if err := exec(w.conn, `INSERT INTO agent_marks (user, at, instance, status, on_contact, error, incoming) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			m.User, m.At.UnixMilli(), m.Instance, m.Status, m.OnContact, m.Error, m.Incoming); err != nil {
			return err
		}
	}
	for i := range p.OfferEnds {
		o := &p.OfferEnds[i]
		if err := exec(w.conn, `INSERT INTO offer_ends (instance, ended, user, contact, queue, offered, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			o.Instance, o.Ended.UnixMilli(), o.User, o.Contact, o.Queue, o.Offered.UnixMilli(), o.Outcome); err != nil {
			return err
		}
	}
	return nil
}

// putFlowMarks stores the flows that began and ended.
func (w *writer) putFlowMarks(p *prepared) error {
	for i := range p.FlowMarks {
		m := &p.FlowMarks[i]
		if err := exec(w.conn, `INSERT INTO flow_marks (instance, at, contact, flow, type, began, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			m.Instance, m.At.UnixMilli(), m.Contact, m.Flow, m.Type, m.Began.UnixMilli(), m.Outcome); err != nil {
			return err
		}
	}
	return nil
}

// wordsRead keeps one copy of each of the few texts that fill a column.
type wordsRead struct {
	seen map[string]string
	buf  []byte
}

func (w *wordsRead) at(r row, col int) string {
	w.buf = blob(r, col, w.buf)
	s, ok := w.seen[string(w.buf)]
	if !ok {
		s = string(w.buf)
		w.seen[s] = s
	}
	return s
}

// legOf reads a row of legColumns.
func (w *wordsRead) legOf(r row, instance contact.InstanceID) *contact.Leg {
	return &contact.Leg{
		Instance: instance, Method: w.at(r, 0), Queue: contact.QueueID(w.at(r, 1)), Agent: contact.UserID(w.at(r, 2)),
		Reason: contact.Reason(w.at(r, 3)), Next: w.at(r, 4), Chat: contact.ID(r.ColumnText(5)),
		Initiated: timeAt(r, 6), Enqueued: timeAt(r, 7), Dequeued: timeAt(r, 8), Answered: timeAt(r, 9),
		AfterStarted: timeAt(r, 10), AfterEnded: timeAt(r, 11), Disconnected: timeAt(r, 12), Steps: w.at(r, 13),
	}
}

// Legs implements store.Store. It is one statement, so that a contact which ends
// meanwhile is seen once.
func (s *Store) Legs(ctx context.Context, instance contact.InstanceID, from, to time.Time, each func(*contact.Leg)) error {
	words := wordsRead{seen: map[string]string{}}
	latest := to.Add(contact.MaxDuration + 24*time.Hour)
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, legsQuery, []any{instance, from.UnixMilli(), to.UnixMilli(), latest.UnixMilli()}, func(r row) error {
			each(words.legOf(r, instance))
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read the contacts of a time: %w", err)
	}
	return nil
}

// RecentLegs implements store.Store.
func (s *Store) RecentLegs(ctx context.Context, q store.LegQuery) ([]contact.Leg, error) {
	before, after := int64(math.MaxInt64), int64(math.MinInt64)
	if !q.Before.IsZero() {
		before = q.Before.UnixMilli()
	}
	if !q.From.IsZero() {
		after = q.From.UnixMilli()
	}
	sql, args := recentLegsQuery, []any{q.Instance, after, before, q.BeforeID, q.Limit}
	switch {
	case q.CustomerID != "" && q.Agent != "":
		sql, args = recentOfBothQuery, append(args, q.CustomerID, q.Agent)
	case q.CustomerID != "":
		sql, args = recentOfCustomerQuery, append(args, q.CustomerID)
	case q.Agent != "":
		sql, args = recentOfAgentQuery, append(args, q.Agent)
	}
	var legs []contact.Leg
	words := wordsRead{seen: map[string]string{}}
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, sql, args, func(r row) error {
			l := words.legOf(r, q.Instance)
			l.Contact, l.Name, l.CustomerID = contact.ID(r.ColumnText(14)), r.ColumnText(15), r.ColumnText(16)
			legs = append(legs, *l)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read recent contacts: %w", err)
	}
	return legs, nil
}

// AgentMarks implements store.Store.
func (s *Store) AgentMarks(ctx context.Context, instance contact.InstanceID, from, to time.Time) ([]contact.AgentMark, error) {
	var marks []contact.AgentMark
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, marksQuery, []any{instance, from.UnixMilli(), to.UnixMilli()}, func(r row) error {
			marks = append(marks, contact.AgentMark{
				User: contact.UserID(r.ColumnText(0)), Instance: instance, At: timeAt(r, 1),
				Activity: contact.Activity{
					Status: contact.StatusType(r.ColumnText(2)), OnContact: r.ColumnBool(3), Error: r.ColumnBool(4), Incoming: r.ColumnBool(5),
				},
			})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the agents' times: %w", err)
	}
	return marks, nil
}

// OfferEnds implements store.Store.
func (s *Store) OfferEnds(ctx context.Context, instance contact.InstanceID, from, to time.Time) ([]contact.OfferEnd, error) {
	var ends []contact.OfferEnd
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, offerEndsQuery, []any{instance, from.UnixMilli(), to.UnixMilli()}, func(r row) error {
			ends = append(ends, contact.OfferEnd{
				User: contact.UserID(r.ColumnText(0)), Instance: instance, Contact: contact.ID(r.ColumnText(1)), Queue: contact.QueueID(r.ColumnText(2)),
				Offered: timeAt(r, 3), Ended: timeAt(r, 4), Outcome: contact.Outcome(r.ColumnText(5)),
			})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the offers: %w", err)
	}
	return ends, nil
}

// FlowMarks implements store.Store.
func (s *Store) FlowMarks(ctx context.Context, instance contact.InstanceID, from, to time.Time, each func(*contact.FlowMark)) error {
	words := wordsRead{seen: map[string]string{}}
	err := s.read(ctx, func(c *sqlite.Conn) error {
		return query(c, flowMarksQuery, []any{instance, from.UnixMilli(), to.UnixMilli()}, func(r row) error {
			each(&contact.FlowMark{
				Instance: instance, Contact: contact.ID(r.ColumnText(0)), Flow: contact.FlowID(words.at(r, 1)), Type: words.at(r, 2),
				Began: timeAt(r, 3), At: timeAt(r, 4), Outcome: contact.FlowOutcome(words.at(r, 5)),
			})
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read the flows of a time: %w", err)
	}
	return nil
}

// Agents implements store.Store.
func (s *Store) Agents(ctx context.Context, instance contact.InstanceID) ([]*contact.Agent, error) {
	return s.agents(ctx, agentsQuery, instance)
}
