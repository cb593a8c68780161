package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/store/driver"
)

const (
	allDirectoryQuery = `SELECT instance, kind, id, doc FROM directory ORDER BY instance`

	allChatsQuery     = `SELECT number, version, doc FROM chats ORDER BY number`
	allItemsQuery     = `SELECT seq, body FROM items WHERE chat = ? ORDER BY seq`
	allReceiptsQuery  = `SELECT seq, participant, message, delivered, read, author FROM receipts WHERE chat = ? ORDER BY seq, participant`
	allTimersQuery    = `SELECT kind, ref, due FROM timers WHERE chat = ? ORDER BY kind, ref`
	allAgentsQuery    = `SELECT version, doc FROM agents ORDER BY user`
	allMarksQuery     = `SELECT user, instance, at, status, on_contact, error, incoming FROM agent_marks ORDER BY rowid`
	allOfferEndsQuery = `SELECT user, instance, contact, queue, offered, ended, outcome FROM offer_ends ORDER BY rowid`
	allFlowMarksQuery = `SELECT instance, contact, flow, type, began, at, outcome FROM flow_marks ORDER BY rowid`
	allTokensQuery    = `SELECT key, answer, at FROM tokens ORDER BY key`
	allPositionsQuery = `SELECT receiver, position FROM outbox_positions ORDER BY receiver`
)

// Export implements store.Store. It reads in one transaction, which sees nothing
// of what is written meanwhile; what is written stays in the write-ahead log
// until it ends.
func (s *Store) Export(ctx context.Context, each func(*store.Row) error) error {
	err := s.read(ctx, func(c *sqlite.Conn) (err error) {
		if err := exec(c, `BEGIN`); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, exec(c, `ROLLBACK`)) }()
		x := export{ctx, c, each}
		for _, table := range []func() error{
			x.directories, x.keys, x.chats, x.agents, x.marks, x.offerEnds, x.flowMarks, x.tokens, x.outbox, x.positions,
		} {
			if err := table(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// export is one call of Export.
type export struct {
	ctx  context.Context
	conn *sqlite.Conn
	each func(*store.Row) error
}

// rows hands over what read makes of each row of a query's result.
func (x *export) rows(sql string, args []any, read func(row) (*store.Row, error)) error {
	return query(x.conn, sql, args, func(r row) error {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		out, err := read(r)
		if err != nil || out == nil {
			return err
		}
		return x.each(out)
	})
}

func (x *export) directories() error {
	var d *directory.Directory
	if err := x.rows(allDirectoryQuery, nil, func(r row) (done *store.Row, err error) {
		instance := contact.InstanceID(r.ColumnText(0))
		if d == nil || d.Instance.ID != instance {
			if d != nil {
				done = &store.Row{Directory: d}
			}
			d = directory.New()
			d.Instance.ID = instance
		}
		return done, driver.ReadEntry(d, directory.Kind(r.ColumnText(1)), r.ColumnText(2), blob(r, 3, nil))
	}); err != nil || d == nil {
		return err
	}
	return x.each(&store.Row{Directory: d})
}

func (x *export) keys() error {
	return x.rows(allKeysQuery, nil, func(r row) (*store.Row, error) { return &store.Row{Key: signingKeyOf(r)}, nil })
}

func (x *export) chats() error {
	return query(x.conn, allChatsQuery, nil, func(r row) error {
		c := new(contact.Chat)
		if err := json.Unmarshal(blob(r, 2, nil), c); err != nil {
			return err
		}
		c.Number, c.Version = r.ColumnInt64(0), r.ColumnInt64(1)
		if err := query(x.conn, lastItemQuery, []any{c.Number}, func(r row) error { return lastItem(r, 0, c) }); err != nil {
			return err
		}
		number, id := c.Number, c.ID // c is another's to keep
		if err := x.each(&store.Row{Chat: c}); err != nil {
			return err
		}
		return x.ofChat(number, id)
	})
}

// ofChat hands over what belongs to a chat.
func (x *export) ofChat(chat int64, id contact.ID) error {
	var d driver.Decoder
	if err := x.rows(allItemsQuery, []any{chat}, func(r row) (*store.Row, error) {
		it := &contact.Item{Seq: r.ColumnInt64(0)}
		return &store.Row{Item: it}, d.Item(blob(r, 1, nil), it)
	}); err != nil {
		return err
	}
	if err := x.rows(allReceiptsQuery, []any{chat}, func(r row) (*store.Row, error) {
		return &store.Row{Receipt: new(receiptOf(r))}, nil
	}); err != nil {
		return err
	}
	return x.rows(allTimersQuery, []any{chat}, func(r row) (*store.Row, error) {
		return &store.Row{Timer: &contact.Timer{
			TimerKey: contact.TimerKey{Kind: contact.TimerKind(r.ColumnText(0)), Ref: r.ColumnText(1)}, Chat: id, Due: timeAt(r, 2),
		}}, nil
	})
}

func (x *export) agents() error {
	return x.rows(allAgentsQuery, nil, func(r row) (*store.Row, error) {
		a, err := agentOf(r)
		return &store.Row{Agent: a}, err
	})
}

func (x *export) marks() error {
	return x.rows(allMarksQuery, nil, func(r row) (*store.Row, error) {
		return &store.Row{Mark: &contact.AgentMark{
			User: contact.UserID(r.ColumnText(0)), Instance: contact.InstanceID(r.ColumnText(1)), At: timeAt(r, 2),
			Activity: contact.Activity{
				Status: contact.StatusType(r.ColumnText(3)), OnContact: r.ColumnBool(4), Error: r.ColumnBool(5), Incoming: r.ColumnBool(6),
			},
		}}, nil
	})
}

func (x *export) offerEnds() error {
	return x.rows(allOfferEndsQuery, nil, func(r row) (*store.Row, error) {
		return &store.Row{OfferEnd: &contact.OfferEnd{
			User: contact.UserID(r.ColumnText(0)), Instance: contact.InstanceID(r.ColumnText(1)), Contact: contact.ID(r.ColumnText(2)),
			Queue: contact.QueueID(r.ColumnText(3)), Offered: timeAt(r, 4), Ended: timeAt(r, 5), Outcome: contact.Outcome(r.ColumnText(6)),
		}}, nil
	})
}

func (x *export) flowMarks() error {
	return x.rows(allFlowMarksQuery, nil, func(r row) (*store.Row, error) {
		return &store.Row{FlowMark: &contact.FlowMark{
			Instance: contact.InstanceID(r.ColumnText(0)), Contact: contact.ID(r.ColumnText(1)), Flow: contact.FlowID(r.ColumnText(2)),
			Type: r.ColumnText(3), Began: timeAt(r, 4), At: timeAt(r, 5), Outcome: contact.FlowOutcome(r.ColumnText(6)),
		}}, nil
	})
}

func (x *export) tokens() error {
	return x.rows(allTokensQuery, nil, func(r row) (*store.Row, error) {
		return &store.Row{Token: &contact.Token{Key: r.ColumnText(0), Answer: r.ColumnText(1), At: timeAt(r, 2)}}, nil
	})
}

func (x *export) outbox() error {
	return x.rows(outboxQuery, []any{0, -1}, func(r row) (*store.Row, error) { return &store.Row{Outgoing: new(outgoingOf(r))}, nil })
}

func (x *export) positions() error {
	return x.rows(allPositionsQuery, nil, func(r row) (*store.Row, error) {
		return &store.Row{Position: &store.OutboxPosition{Receiver: r.ColumnText(0), Position: r.ColumnInt64(1)}}, nil
	})
}
