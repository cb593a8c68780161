package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
)

const (
	keysQuery         = `SELECT id, secret, created FROM signing_keys ORDER BY created DESC, id DESC`
	allDirectoryQuery = `SELECT instance, kind, id, doc FROM directory ORDER BY instance`
	chatPageQuery     = `SELECT c.number, c.version, c.doc, i.seq, i.body FROM chats c
	LEFT JOIN LATERAL (SELECT seq, body FROM items WHERE chat = c.number ORDER BY seq DESC LIMIT 1) i ON true
	WHERE c.number > $1 ORDER BY c.number LIMIT $2`
	allItemsQuery     = `SELECT seq, body FROM items WHERE chat = $1 ORDER BY seq`
	allReceiptsQuery  = receiptColumns + `WHERE chat = $1 ORDER BY seq, participant`
	allTimersQuery    = `SELECT kind, ref, due FROM timers WHERE chat = $1 ORDER BY kind, ref`
	allAgentsQuery    = `SELECT version, doc FROM agents ORDER BY id`
	allMarksQuery     = `SELECT agent, instance, at, status, on_contact, error, incoming FROM agent_marks ORDER BY number`
	allOfferEndsQuery = `SELECT agent, instance, contact, queue, offered, ended, outcome FROM offer_ends ORDER BY number`
	allFlowMarksQuery = `SELECT instance, contact, flow, type, began, at, outcome FROM flow_marks ORDER BY number`
	allTokensQuery    = `SELECT key, answer, at FROM tokens ORDER BY key`
	allOutboxQuery    = `SELECT number, kind, id, key, instance, at, contact, body FROM outbox ORDER BY number`
	allPositionsQuery = `SELECT receiver, position FROM outbox_positions ORDER BY receiver`
)

// chatPage is how many chats are read at a time: what belongs to each is read
// while they wait in memory.
const chatPage = 100

// Export implements store.Store. It reads in one transaction, which sees nothing
// of what is written meanwhile, and has a connection to itself. One that is lost
// ends it: what was handed on cannot be taken back.
func (s *Store) Export(ctx context.Context, each func(*store.Row) error) error {
	if s.isClosed() {
		return errClosed
	}
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer c.Release()
	err = pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		x := export{ctx, tx, each}
		for _, table := range []func() error{
			x.directories, x.keys, x.chats, x.agents, x.marks, x.offerEnds, x.flowMarks, x.tokens, x.outbox, x.positions,
		} {
			if err := errors.Join(table(), ctx.Err()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("export: %w", errors.Join(err, ctx.Err()))
	}
	return nil
}

// export is one call of Export.
type export struct {
	ctx  context.Context
	tx   pgx.Tx
	each func(*store.Row) error
}

// query hands each row of a statement's result to each.
func (x *export) query(each func(pgx.Rows) error, sql string, args ...any) error {
	rows, err := x.tx.Query(x.ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := errors.Join(x.ctx.Err(), each(rows)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rows hands over what read makes of each row of a statement's result.
func (x *export) rows(read func(pgx.Rows) (*store.Row, error), sql string, args ...any) error {
	return x.query(func(r pgx.Rows) error {
		out, err := read(r)
		if err != nil {
			return err
		}
		return x.each(out)
	}, sql, args...)
}

func (x *export) directories() error {
	var d *directory.Directory
	if err := x.query(func(r pgx.Rows) error {
		var instance, kind, id string
		var doc []byte
		if err := r.Scan(&instance, &kind, &id, &doc); err != nil {
			return err
		}
		if d == nil || string(d.Instance.ID) != instance {
			if d != nil {
				if err := x.each(&store.Row{Directory: d}); err != nil {
					return err
				}
			}
			d = directory.New()
			d.Instance.ID = contact.InstanceID(instance)
		}
		return driver.ReadEntry(d, directory.Kind(kind), id, doc)
	}, allDirectoryQuery); err != nil || d == nil {
		return err
	}
	return x.each(&store.Row{Directory: d})
}

func (x *export) keys() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		k, err := keyOf(r)
		return &store.Row{Key: &k}, err
	}, keysQuery)
}

func (x *export) chats() error {
	var last int64
	for {
		var page []*contact.Chat
		if err := x.query(func(r pgx.Rows) error {
			c, err := chatOf(r)
			page = append(page, c)
			return err
		}, chatPageQuery, last, chatPage); err != nil || len(page) == 0 {
			return err
		}
		for _, c := range page {
			id := c.ID // c is another's to keep
			last = c.Number
			if err := x.each(&store.Row{Chat: c}); err != nil {
				return err
			}
			if err := x.ofChat(last, id); err != nil {
				return err
			}
		}
	}
}

// ofChat hands over what belongs to a chat.
func (x *export) ofChat(chat int64, id contact.ID) error {
	var d driver.Decoder
	if err := x.rows(func(r pgx.Rows) (*store.Row, error) {
		it := new(contact.Item)
		var body []byte
		if err := r.Scan(&it.Seq, &body); err != nil {
			return nil, err
		}
		return &store.Row{Item: it}, d.Item(body, it)
	}, allItemsQuery, chat); err != nil {
		return err
	}
	if err := x.rows(func(r pgx.Rows) (*store.Row, error) {
		_, receipt, err := receiptOf(r)
		return &store.Row{Receipt: &receipt}, err
	}, allReceiptsQuery, chat); err != nil {
		return err
	}
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		var kind, ref string
		var due int64
		err := r.Scan(&kind, &ref, &due)
		return &store.Row{Timer: &contact.Timer{
			TimerKey: contact.TimerKey{Kind: contact.TimerKind(kind), Ref: ref}, Chat: id, Due: time.UnixMilli(due).UTC(),
		}}, err
	}, allTimersQuery, chat)
}

func (x *export) agents() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		a, err := agentOf(r)
		return &store.Row{Agent: a}, err
	}, allAgentsQuery)
}

func (x *export) marks() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		var user, instance, status string
		var at int64
		var m contact.AgentMark
		err := r.Scan(&user, &instance, &at, &status, &m.OnContact, &m.Error, &m.Incoming)
		m.User, m.Instance, m.At = contact.UserID(user), contact.InstanceID(instance), time.UnixMilli(at).UTC()
		m.Status = contact.StatusType(status)
		return &store.Row{Mark: &m}, err
	}, allMarksQuery)
}

func (x *export) offerEnds() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		var user, instance, id, queue, outcome string
		var offered, ended int64
		err := r.Scan(&user, &instance, &id, &queue, &offered, &ended, &outcome)
		return &store.Row{OfferEnd: &contact.OfferEnd{
			User: contact.UserID(user), Instance: contact.InstanceID(instance), Contact: contact.ID(id), Queue: contact.QueueID(queue),
			Offered: time.UnixMilli(offered).UTC(), Ended: time.UnixMilli(ended).UTC(), Outcome: contact.Outcome(outcome),
		}}, err
	}, allOfferEndsQuery)
}

func (x *export) flowMarks() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		var instance, id, flow, kind, outcome string
		var began, at int64
		err := r.Scan(&instance, &id, &flow, &kind, &began, &at, &outcome)
		return &store.Row{FlowMark: &contact.FlowMark{
			Instance: contact.InstanceID(instance), Contact: contact.ID(id), Flow: contact.FlowID(flow), Type: kind,
			Began: time.UnixMilli(began).UTC(), At: time.UnixMilli(at).UTC(), Outcome: contact.FlowOutcome(outcome),
		}}, err
	}, allFlowMarksQuery)
}

func (x *export) tokens() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		var key, answer []byte
		var at int64
		err := r.Scan(&key, &answer, &at)
		return &store.Row{Token: &contact.Token{Key: string(key), Answer: string(answer), At: time.UnixMilli(at).UTC()}}, err
	}, allTokensQuery)
}

func (x *export) outbox() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		o, err := outgoingOf(r)
		return &store.Row{Outgoing: &o}, err
	}, allOutboxQuery)
}

func (x *export) positions() error {
	return x.rows(func(r pgx.Rows) (*store.Row, error) {
		var p store.OutboxPosition
		err := r.Scan(&p.Receiver, &p.Position)
		return &store.Row{Position: &p}, err
	}, allPositionsQuery)
}
