package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"zombiezen.com/go/sqlite"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store"
	"github.com/bellpull/bellpull/internal/tally"
)

// maxBatch is the most changes that share a transaction.
const maxBatch = 256

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, changes ...*contact.Change) ([]store.Committed, error) {
	if len(changes) == 1 && isPlain(changes[0]) {
		return s.commitPlain(ctx, changes[0])
	}
	all := make([]prepared, len(changes))
	writes := 0
	for i, ch := range changes {
		if err := all[i].prepare(ch); err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
		writes += all[i].writes()
	}
	j := s.queue.newJob()
	j.size, j.several = max(1, len(changes)), writes > 1
	j.work = func(w *writer) error {
		for i := range all {
			if err := all[i].apply(w); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.do(ctx, j); err != nil {
		return nil, err
	}
	out := make([]store.Committed, len(all))
	for i := range all {
		out[i] = all[i].out
	}
	return out, nil
}

// isPlain says whether a change is one more item and nothing else: an ordinary
// message. It is one INSERT; no other row is read or written.
func isPlain(ch *contact.Change) bool {
	return len(ch.Items) == 1 && ch.Next == nil && ch.Was != nil && ch.Was.Number != 0 && ch.Items[0].Seq == ch.Was.Seq+1 &&
		len(ch.Receipts) == 0 && len(ch.Agents) == 0 && len(ch.Set) == 0 && len(ch.Clear) == 0 && len(ch.Tokens) == 0 &&
		len(ch.Outbox) == 0
}

func (s *Store) commitPlain(ctx context.Context, ch *contact.Change) ([]store.Committed, error) {
	it := &ch.Items[0]
	j := s.queue.newJob()
	j.chat, j.seq = ch.Was.Number, it.Seq
	j.body = appendItem(j.body, it)
	if err := s.do(ctx, j); err != nil {
		return nil, err
	}
	next := *ch.Was
	next.Seq, next.LastAt = it.Seq, it.At
	return []store.Committed{{Chat: &next}}, nil
}

// prepared is a change with everything encoded that can be before its turn
// comes.
type prepared struct {
	*contact.Change
	chat   int64 // its number
	doc    string
	bodies [][]byte
	agents []string
	out    store.Committed
}

// prepare checks that a change makes sense and encodes it.
func (p *prepared) prepare(ch *contact.Change) error {
	p.Change = ch
	if ch.Was == nil && (ch.Next != nil || len(ch.Items)+len(ch.Receipts)+len(ch.Set)+len(ch.Clear)+len(ch.Tokens) > 0) {
		return errors.New("the change does not say which chat it is of")
	}
	for _, a := range ch.Agents {
		doc, err := agentDoc(a)
		if err != nil {
			return err
		}
		p.agents = append(p.agents, doc)
	}
	if ch.Was == nil {
		return nil
	}
	p.chat = ch.Was.Number
	if p.chat == 0 && ch.Next == nil {
		return errors.New("the chat is new, and the change has no state for it")
	}
	for i := range ch.Items {
		if it := &ch.Items[i]; it.Seq != ch.Was.Seq+1+int64(i) {
			return fmt.Errorf("item %d of the change is numbered %d, after %d: it was not stamped", i, it.Seq, ch.Was.Seq)
		}
		p.bodies = append(p.bodies, appendItem(nil, &ch.Items[i]))
	}
	if ch.Next != nil {
		var err error
		if p.doc, err = chatDoc(ch.Next); err != nil {
			return err
		}
	}
	return nil
}

// writes counts the statements that write, or a number above one for several.
func (p *prepared) writes() int {
	n := len(p.Items) + len(p.Receipts) + len(p.Agents) + len(p.Set) + len(p.Clear) + len(p.Tokens) +
		len(p.Outbox) + len(p.Marks) + len(p.OfferEnds)
	if p.Next != nil {
		n += 2 // its contacts and legs too
	}
	return n
}

// apply writes the change. After an error the caller undoes what was written.
func (p *prepared) apply(w *writer) error {
	if p.Was != nil {
		chat := *p.Was
		if p.Next != nil {
			chat = *p.Next
			chat.Number, chat.Version, chat.Seq, chat.LastAt = p.chat, p.Was.Version+1, p.Was.Seq, p.Was.LastAt
		}
		p.out.Chat = &chat
	}
	if p.Next != nil {
		if err := w.putChat(p); err != nil {
			return err
		}
	}
	for i, body := range p.bodies {
		if err := w.insertItem(p.chat, p.Items[i].Seq, body); err != nil {
			return err
		}
		p.out.Chat.Seq, p.out.Chat.LastAt = p.Items[i].Seq, p.Items[i].At
	}
	for _, r := range p.Receipts {
		if err := w.putReceipt(p, r); err != nil {
			return err
		}
	}
	for i, a := range p.Agents {
		if err := w.putAgent(p, a, p.agents[i]); err != nil {
			return err
		}
	}
	if err := w.putAgentLog(p); err != nil {
		return err
	}
	if err := w.putTimers(p); err != nil {
		return err
	}
	for _, t := range p.Tokens {
		if err := w.insertToken(t); err != nil {
			return err
		}
	}
	for i := range p.Outbox {
		if err := w.insertOutgoing(&p.Outbox[i]); err != nil {
			return err
		}
	}
	return nil
}

// A job is a call that waits for its commit: an item (chat, seq, body), or
// work. Its fields but state belong to whoever has it: the caller, then, once
// taken, the committing goroutine, until done.
type job struct {
	chat, seq int64
	body      []byte

	work    func(*writer) error
	several bool // work writes more than once, and may fail half way
	size    int  // in changes

	state atomic.Uint32
	err   error
	done  chan struct{} // one token, when err is set
}

// States of a job.
const (
	jobQueued uint32 = iota
	jobTaken
	jobGivenUp // its caller no longer waits, and nothing happens
)

// newJob returns a job, perhaps one that was used before.
func (q *queue) newJob() *job {
	j, ok := q.used.Get().(*job)
	if !ok {
		return &job{done: make(chan struct{}, 1), size: 1}
	}
	*j = job{body: j.body[:0], done: j.done, size: 1}
	return j
}

// do hands a job over and waits until it is durable. A job that ctx ends
// before its turn has come does not happen.
func (s *Store) do(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.queue.add(j) {
		return ErrClosed
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(jobQueued, jobGivenUp) {
			return ctx.Err() // the queue has j still
		}
		<-j.done
	}
	err := j.err
	s.queue.used.Put(j)
	return err
}

// queue is where jobs wait for the committing goroutine.
type queue struct {
	wake chan struct{} // one token, when there is something to do
	// used are jobs that are done with. They belong to one store, and with it
	// to one bubble of virtual time.
	used sync.Pool

	mu     sync.Mutex // guards what follows
	jobs   []*job
	closed bool
}

func (q *queue) add(j *job) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	q.jobs = append(q.jobs, j)
	first := len(q.jobs) == 1
	q.mu.Unlock()
	if first {
		q.nudge()
	}
	return true
}

// depth returns how many calls wait to be taken.
func (q *queue) depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}

func (q *queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.nudge()
}

// take waits for jobs and moves up to maxBatch changes to batch. It returns
// nothing when the queue is closed and empty.
func (q *queue) take(batch []*job) []*job {
	for {
		// Whoever can run now may want to commit, too. When the processors are
		// idle that is nobody, and costs nothing; when they are busy, more share
		// the flush.
		runtime.Gosched()
		q.mu.Lock()
		n, size := 0, 0
		for n < len(q.jobs) && (n == 0 || size+q.jobs[n].size <= maxBatch) {
			size += q.jobs[n].size
			n++
		}
		for _, j := range q.jobs[:n] {
			if j.state.CompareAndSwap(jobQueued, jobTaken) {
				batch = append(batch, j)
			}
		}
		rest := copy(q.jobs, q.jobs[n:])
		clear(q.jobs[rest:])
		q.jobs = q.jobs[:rest]
		closed := q.closed
		q.mu.Unlock()
		switch {
		case len(batch) > 0:
			return batch
		case n > 0: // all given up
		case closed:
			return nil
		default:
			<-q.wake
		}
	}
}

// writer is the one connection that writes. It belongs to the committing
// goroutine.
type writer struct {
	conn                         *sqlite.Conn
	begin, commit, rollback      *sqlite.Stmt
	savepoint, release, rollOnly *sqlite.Stmt
	item                         *sqlite.Stmt
}

func openWriter(file string, sync Sync) (*writer, error) {
	c, err := openConn(file)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: c}
	if err := w.init(sync); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return w, nil
}

func (w *writer) init(sync Sync) error {
	level := "FULL"
	if sync == Normal {
		level = "NORMAL"
	}
	for _, pragma := range []string{
		`PRAGMA journal_mode = WAL`,
		`PRAGMA synchronous = ` + level,
		`PRAGMA wal_autocheckpoint = 4000`,
		`PRAGMA journal_size_limit = 67108864`,
		`PRAGMA cache_size = -4096`,
	} {
		if err := exec(w.conn, pragma); err != nil {
			return err
		}
	}
	if err := migrate(w.conn, migrations); err != nil {
		return err
	}
	for _, p := range []struct {
		stmt **sqlite.Stmt
		sql  string
	}{
		{&w.begin, `BEGIN IMMEDIATE`},
		{&w.commit, `COMMIT`},
		{&w.rollback, `ROLLBACK`},
		{&w.savepoint, `SAVEPOINT call`},
		{&w.release, `RELEASE call`},
		{&w.rollOnly, `ROLLBACK TO call`},
		{&w.item, `INSERT INTO items (chat, seq, body) VALUES (?, ?, ?)`},
	} {
		var err error
		if *p.stmt, err = w.conn.Prepare(p.sql); err != nil {
			return err
		}
	}
	return nil
}

// run commits what comes through the queue until it is closed and empty.
func (w *writer) run(q *queue, f *store.Figures) {
	var batch []*job
	for {
		batch = q.take(batch[:0])
		if len(batch) == 0 {
			return
		}
		watch := tally.Start()
		if !w.commitBatch(batch) {
			f.Failed.Add(1)
		}
		f.Commit.Took(watch.Elapsed())
		f.Batch.Add(int64(len(batch)))
		for _, j := range batch {
			j.done <- struct{}{}
		}
		clear(batch)
	}
}

// commitBatch runs the jobs in one transaction. One that fails by itself fails
// alone; when the transaction fails, all do, and it reports false.
func (w *writer) commitBatch(batch []*job) bool {
	err := once(w.begin)
	if err == nil {
		for _, j := range batch {
			j.err = w.try(j)
			if j.err != nil && w.fatal(j.err) {
				err = j.err
				break
			}
		}
	}
	if err == nil {
		err = once(w.commit)
	}
	if err == nil {
		return true
	}
	if !w.conn.AutocommitEnabled() {
		err = errors.Join(err, once(w.rollback))
	}
	for _, j := range batch {
		j.err = fmt.Errorf("commit: %w", err)
	}
	return false
}

// fatal says whether an error concerns the whole transaction.
func (w *writer) fatal(err error) bool {
	if w.conn.AutocommitEnabled() {
		return true // SQLite has rolled it back by itself
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultIOErr, sqlite.ResultNoMem, sqlite.ResultCorrupt,
		sqlite.ResultNotADB, sqlite.ResultCantOpen, sqlite.ResultReadOnly, sqlite.ResultBusy, sqlite.ResultLocked:
		return true
	default:
		return false
	}
}

// try runs one job: all of it or nothing.
func (w *writer) try(j *job) error {
	if j.work == nil {
		return w.insertItem(j.chat, j.seq, j.body)
	}
	if !j.several {
		return stale(j.work(w))
	}
	if err := once(w.savepoint); err != nil {
		return err
	}
	err := stale(j.work(w))
	if err == nil {
		return once(w.release)
	}
	if w.conn.AutocommitEnabled() {
		return err
	}
	if undo := errors.Join(once(w.rollOnly), once(w.release)); undo != nil {
		return undo
	}
	return err
}

// once runs a prepared statement that returns no rows.
func once(s *sqlite.Stmt) error {
	if _, err := s.Step(); err != nil {
		return err
	}
	return s.Reset()
}

// stale turns the violation of a unique key into store.ErrStale: somebody else
// was there first.
func stale(err error) error {
	switch sqlite.ErrCode(err) {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintRowID:
		return store.ErrStale
	default:
		return err
	}
}

// encode returns v as JSON text.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
