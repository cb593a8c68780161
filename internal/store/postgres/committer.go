package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/tally"
)

// committer is the one connection that commits. It belongs to the committing
// goroutine.
type committer struct {
	*Store
	id      string    // in committers
	number  int64     // of its last transaction there
	conn    *pgx.Conn // nil while there is none
	down    bool      // the database was away for longer than anybody waits
	hung    bool      // the last connection was given up while a call was under way
	numbers []int64   // for new chats
	items   itemRows  // used again
	touched map[touch]struct{}
}

func newCommitter(s *Store) *committer {
	return &committer{Store: s, id: contact.NewIDs().New(), touched: map[touch]struct{}{}}
}

// start connects, migrates, and forgets processes that are long gone.
func (w *committer) start(ctx context.Context) (err error) {
	if w.conn, err = w.options.connect(ctx); err != nil {
		return err
	}
	err = migrate(ctx, w.conn, migrations)
	if err == nil {
		_, err = w.conn.Exec(ctx, `DELETE FROM committers WHERE at < now() - interval '30 days'`)
	}
	if err != nil {
		return errors.Join(err, w.conn.Close(ctx))
	}
	return nil
}

// run commits what comes through the queue until it is closed and empty.
func (w *committer) run() {
	var batch []*job
	for {
		batch = w.queue.Take(batch[:0])
		if len(batch) == 0 {
			break
		}
		w.commitBatch(batch)
		clear(batch)
	}
	w.hangUp()
}

// commitBatch commits jobs in as few transactions as they can share.
func (w *committer) commitBatch(batch []*job) {
	for len(batch) > 0 {
		now, later := apart(batch, w.touched)
		watch := tally.Start()
		w.commitTogether(now)
		w.figures.Commit.Took(watch.Elapsed())
		w.figures.Batch.Add(int64(len(now)))
		for _, j := range now {
			j.Done()
		}
		batch = later
	}
}

// mostAgain is how often a transaction that others get in the way of is tried
// again.
const mostAgain = 20

// commitTogether commits jobs in one transaction. One that fails by itself fails
// alone; when the transaction fails, all do.
func (w *committer) commitTogether(jobs []*job) {
	late, stop := context.WithTimeout(context.Background(), w.patience())
	defer stop()
	for left, tries := slices.Clone(jobs), 0; len(left) > 0; tries++ {
		committed, err := w.attempt(late, left)
		switch {
		case err == nil && committed:
			return
		case err == nil: // without those that lost
			left = slices.DeleteFunc(left, func(j *job) bool { return j.Err != nil })
		case again(err) && tries < mostAgain && pause(late, time.Duration(tries)*time.Millisecond):
		case alone(err) && len(left) > 1:
			for _, j := range left {
				w.commitTogether([]*job{j})
			}
			return
		default:
			w.figures.Failed.Add(1)
			for _, j := range left {
				j.Err = fmt.Errorf("commit: %w", err)
			}
			return
		}
	}
}

// patience is how long a database that is away is waited for: not for long again
// if that was in vain.
func (w *committer) patience() time.Duration {
	switch {
	case w.isClosed():
		return min(w.options.Outage, closingOutage)
	case w.down:
		return min(w.options.Outage, closingOutage)
	}
	return w.options.Outage
}

// alone says whether an error may be the fault of one of the jobs: the database
// refuses a value.
func alone(err error) bool {
	c := code(err)
	return len(c) == 5 && (c[:2] == "22" || c[:2] == "23" || c[:2] == "54")
}

// attempt tries to commit jobs. If it returns true they are durable, but for
// those that are marked stale; otherwise nothing was stored. It lets a
// connection that is lost be made anew, and finds out what became of what was
// under way.
func (w *committer) attempt(late context.Context, jobs []*job) (committed bool, err error) {
	plain := !slices.ContainsFunc(jobs, func(j *job) bool { return j.Work != nil })
	for begun := false; ; {
		if err := w.reach(late); err != nil {
			if begun {
				err = errors.Join(store.ErrInDoubt, err)
			}
			return false, err
		}
		ctx, stop := context.WithTimeout(context.Background(), w.options.CallLimit)
		ended := true // the database was told to commit
		if plain {
			committed, err = w.insertPlain(ctx, jobs)
		} else {
			committed, ended, err = w.transact(ctx, jobs, begun)
		}
		stop()
		if err == nil || !w.lost(err) {
			return committed, err
		}
		begun = begun || ended
		w.hung = true
		w.hangUp()
		if late.Err() != nil {
			if begun {
				err = errors.Join(store.ErrInDoubt, err)
			}
			return false, err
		}
	}
}

// lost says whether a connection can no longer be used.
func (w *committer) lost(err error) bool {
	return w.conn.IsClosed() || code(err) != "" && away(err)
}

// reach makes sure that there is a connection.
func (w *committer) reach(late context.Context) error {
	if w.conn != nil && !w.conn.IsClosed() {
		return nil
	}
	w.hangUp()
	for {
		ctx, stop := context.WithTimeout(late, w.options.CallLimit)
		conn, err := w.options.connect(ctx)
		stop()
		if err == nil {
			w.conn, w.down = conn, false
			return w.awaitStandby(late)
		}
		if !pause(late, retryPause) {
			w.down = true
			return fmt.Errorf("the database is away: %w", err)
		}
	}
}

// stuckQuery asks whether something of ours has waited for a standby for a while.
const stuckQuery = `SELECT count(*) > 0 FROM pg_stat_activity
	WHERE usename = current_user AND wait_event = 'SyncRep' AND state_change < now() - interval '2 seconds'`

// awaitStandby begins nothing on a new connection while a commit of an earlier
// one waits for a standby that is away: it would wait as well and keep a
// connection of the server, and so on without an end.
func (w *committer) awaitStandby(late context.Context) error {
	for w.hung {
		var stuck bool
		if err := w.conn.QueryRow(late, stuckQuery).Scan(&stuck); err != nil && late.Err() == nil || err == nil && !stuck {
			w.hung = false // an engine that cannot tell has no such waits
			break
		}
		if !pause(late, retryPause) {
			w.hangUp()
			w.down = true
			return errors.New("the database waits for a standby")
		}
	}
	return nil
}

func (w *committer) hangUp() {
	if w.conn == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	_ = w.conn.Close(ctx) // what was committed was answered
	w.conn = nil
}

// insertPlain stores jobs that are one item each: one statement, which is a
// transaction of its own. It can be repeated: an item that is found in its place
// has been stored, whenever.
func (w *committer) insertPlain(ctx context.Context, jobs []*job) (committed bool, err error) {
	w.items.reset()
	for _, j := range jobs {
		j.Err = nil
		w.items.add(j.Chat, j.Seq, j.Body)
	}
	tag, err := w.conn.Exec(ctx, insertItems, w.items.chat, w.items.seq, w.items.body)
	if err != nil {
		return false, err
	}
	if tag.RowsAffected() == int64(len(jobs)) {
		return true, nil
	}
	ours, err := w.ours(ctx)
	for i, j := range jobs {
		if err == nil && !ours[i] {
			j.Err = store.ErrStale
		}
	}
	return err == nil, err
}

// ours says which of w.items are in their places, and not others.
func (w *committer) ours(ctx context.Context) ([]bool, error) {
	rows, err := w.conn.Query(ctx, itemsAtQuery, w.items.chat, w.items.seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := make(map[place]int, len(w.items.chat))
	for i := range w.items.chat {
		at[place{w.items.chat[i], w.items.seq[i]}] = i
	}
	ours := make([]bool, len(w.items.chat))
	for rows.Next() {
		var p place
		var body pgtype.DriverBytes
		if err := rows.Scan(&p.chat, &p.seq, &body); err != nil {
			return nil, err
		}
		i := at[p]
		ours[i] = bytes.Equal(body, w.items.body[i])
	}
	return ours, rows.Err()
}
