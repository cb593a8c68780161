package driver

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("the store is closed")

// maxBatch is the most changes that share a transaction.
const maxBatch = 256

// Job is a call that waits for its commit: an item (Chat, Seq, Body), or Work,
// if that is set. Its fields belong to whoever has it: the caller, then, once
// taken, the committing goroutine, until Done.
type Job[W any] struct {
	Chat, Seq int64
	Body      []byte
	Work      W
	Size      int // in changes
	Err       error

	state atomic.Uint32
	done  chan struct{} // one token, when Err is set
}

// Done lets the caller go on.
func (j *Job[W]) Done() { j.done <- struct{}{} }

// States of a job.
const (
	jobQueued uint32 = iota
	jobTaken
	jobGivenUp // its caller no longer waits, and nothing happens
)

// Queue is where jobs wait for the committing goroutine, which takes all that
// have gathered while it was busy.
type Queue[W any] struct {
	wake chan struct{} // one token, when there is something to do
	// used are jobs that are done with. They belong to one store, and with it
	// to one bubble of virtual time.
	used sync.Pool

	mu     sync.Mutex // guards what follows
	jobs   []*Job[W]
	closed bool
}

// NewQueue returns a queue that is open.
func NewQueue[W any]() *Queue[W] { return &Queue[W]{wake: make(chan struct{}, 1)} }

// NewJob returns an empty job of size 1, perhaps one that was used before, whose
// Body's memory can be used again.
func (q *Queue[W]) NewJob() *Job[W] {
	j, ok := q.used.Get().(*Job[W])
	if !ok {
		return &Job[W]{done: make(chan struct{}, 1), Size: 1}
	}
	*j = Job[W]{Body: j.Body[:0], done: j.done, Size: 1}
	return j
}

// Do hands a job over and waits until it is durable. A job that ctx ends before
// its turn has come does not happen. The job must not be used after it.
func (q *Queue[W]) Do(ctx context.Context, j *Job[W]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !q.add(j) {
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
	err := j.Err
	q.used.Put(j)
	return err
}

func (q *Queue[W]) add(j *Job[W]) bool {
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

func (q *Queue[W]) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Len is how many jobs wait to be taken.
func (q *Queue[W]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}

// Close refuses what comes from now on.
func (q *Queue[W]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.nudge()
}

// Take waits for jobs and adds up to maxBatch changes of them to batch, which
// is empty. It returns nothing when the queue is closed and empty.
func (q *Queue[W]) Take(batch []*Job[W]) []*Job[W] {
	for {
		// Whoever can run now may want to commit, too. When the processors are
		// idle that is nobody, and costs nothing; when they are busy, more share
		// the flush.
		runtime.Gosched()
		q.mu.Lock()
		n, size := 0, 0
		for n < len(q.jobs) && (n == 0 || size+q.jobs[n].Size <= maxBatch) {
			size += q.jobs[n].Size
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
