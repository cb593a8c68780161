package limit

import (
	"os"
	"sync"
)

// journal is a file to which records are appended. One goroutine writes and
// flushes what many have handed over since the last flush.
type journal struct {
	file *os.File
	wake chan struct{} // one token, when there is something to do
	done chan struct{} // closed when the goroutine has returned

	mu     sync.Mutex // guards what follows
	buf    []byte
	next   *flush
	closed bool
}

// flush is one write to the disk.
type flush struct {
	over chan struct{} // closed, when err is set
	err  error
}

func openJournal(name string) (*journal, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f, wake: make(chan struct{}, 1), done: make(chan struct{}), next: newFlush()}
	go j.run()
	return j, nil
}

func newFlush() *flush { return &flush{over: make(chan struct{})} }

// append returns when the record is on the disk.
func (j *journal) append(record []byte) error {
	j.mu.Lock()
	j.buf = append(append(j.buf, record...), '\n')
	f := j.next
	j.mu.Unlock()
	j.nudge()
	<-f.over
	return f.err
}

func (j *journal) nudge() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *journal) run() {
	defer close(j.done)
	var spare []byte
	for range j.wake {
		j.mu.Lock()
		b, f, closed := j.buf, j.next, j.closed
		j.buf, j.next = spare[:0], newFlush()
		j.mu.Unlock()
		if len(b) > 0 {
			if _, f.err = j.file.Write(b); f.err == nil {
				f.err = flushFile(j.file)
			}
		}
		close(f.over)
		spare = b
		if closed {
			return
		}
	}
}

// close flushes what is left and closes the file.
func (j *journal) close() error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.nudge()
	<-j.done
	return j.file.Close()
}
