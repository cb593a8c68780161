package chat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// The rhythm of a socket, that of ChatJS.
const (
	heartbeatPeriod   = 10 * time.Second
	subscribePatience = time.Second // until a subscription is sent again
	subscribeSends    = 4           // unanswered ones
	subscribePause    = 500 * time.Millisecond
	subscribeRefusals = 5
	writeLimit        = 10 * time.Second
	frameLimit        = 1 << 20 // bytes
)

var (
	errRetired = errors.New("socket was replaced")
	errSilent  = errors.New("heartbeats are not answered")
	errUnheard = errors.New("subscription was not answered")
	errRefused = errors.New("subscription was refused")
	errPing    = errors.New("ping was answered badly")
	errNoPing  = errors.New("ping was not answered")
)

// linkKind is what a link reports.
type linkKind int

const (
	linkSubscribed linkKind = iota
	linkFrame
	linkSilent // a heartbeat is overdue
	linkOld    // its life is nearly over
	linkPing
	linkDown
)

type linkEvent struct {
	link  *link
	kind  linkKind
	frame frame
	err   error
}

// link is one WebSocket of a Socket.
type link struct {
	conn   *websocket.Conn
	topics []string
	life   time.Duration
	report func(linkEvent)

	control chan frame    // answers, from the reader to the keeper, which may be writing
	retired chan struct{} // closed to end the link politely
}

func newLink(conn *websocket.Conn, topics []string, life time.Duration, report func(linkEvent)) *link {
	conn.SetReadLimit(frameLimit)
	return &link{
		conn:    conn,
		topics:  topics,
		life:    life,
		report:  report,
		control: make(chan frame, 16),
		retired: make(chan struct{}),
	}
}

// run serves the link until it breaks or is retired, and reports that last.
func (l *link) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	read := make(chan error, 1)
	var reading sync.WaitGroup
	reading.Go(func() { read <- l.read(ctx) })
	err := l.keep(ctx, read)
	if errors.Is(err, errRetired) {
		_ = l.conn.Close(websocket.StatusNormalClosure, err.Error()) // the other side may be gone
	}
	_ = l.conn.CloseNow() // nobody cares any more
	reading.Wait()
	l.report(linkEvent{link: l, kind: linkDown, err: err})
}

// read reports what arrives, until the socket ends.
func (l *link) read(ctx context.Context) error {
	for {
		kind, data, err := l.conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind != websocket.MessageText || len(data) == 0 {
			continue
		}
		f, err := parseFrame(data)
		if err != nil {
			l.report(linkEvent{link: l, kind: linkFrame, err: err})
			continue
		}
		switch f.topic {
		case topicSubscribe, topicHeartbeat, topicPing:
			if f.topic == topicSubscribe && f.subscribed() {
				// From here, so that it stays in order with the chat frames.
				l.report(linkEvent{link: l, kind: linkSubscribed})
			}
			select {
			case l.control <- f:
			default: // the keeper has ended, or more answers came than it asked for
			}
		default:
			l.report(linkEvent{link: l, kind: linkFrame, frame: f})
		}
	}
}

// keep subscribes and sends heartbeats and pings, until the link has to end
// for the reason it returns.
func (l *link) keep(ctx context.Context, read <-chan error) error {
	beat := time.NewTicker(heartbeatPeriod)
	defer beat.Stop()
	old := time.NewTimer(l.life)
	defer old.Stop()
	again := time.NewTimer(subscribePatience)
	defer again.Stop()
	subscribe := subscribeFrame(l.topics)
	heartbeat, ping := []byte(`{"topic":"aws/heartbeat"}`), []byte(`{"topic":"aws/ping"}`)

	if err := l.write(ctx, subscribe, ping, heartbeat); err != nil {
		return err
	}
	sends, refusals, subscribed := 1, 0, false
	overdue, pinged := 0, false // heartbeats without answer; the last ping was answered
	beaten := false
	for {
		select {
		case <-l.retired:
			return errRetired
		case err := <-read:
			return err
		case f := <-l.control:
			switch {
			case f.topic == topicHeartbeat:
				beaten, overdue = true, 0
			case f.topic == topicPing && f.statusCode == 200:
				pinged = true
				l.report(linkEvent{link: l, kind: linkPing})
			case f.topic == topicPing:
				pinged = true
				l.report(linkEvent{link: l, kind: linkPing, err: fmt.Errorf("%w: status %d", errPing, f.statusCode)})
			case f.subscribed():
				subscribed = true
				again.Stop()
			case !subscribed:
				if refusals++; refusals == subscribeRefusals {
					return errRefused
				}
				again.Reset(subscribePause)
			}
		case <-again.C:
			if sends-refusals == subscribeSends {
				return errUnheard
			}
			sends++
			again.Reset(subscribePatience)
			if err := l.write(ctx, subscribe); err != nil {
				return err
			}
		case <-beat.C:
			if !pinged {
				l.report(linkEvent{link: l, kind: linkPing, err: errNoPing})
			}
			if !beaten {
				if overdue++; overdue == 2 {
					return errSilent
				}
				l.report(linkEvent{link: l, kind: linkSilent})
			}
			beaten, pinged = false, false
			if err := l.write(ctx, ping, heartbeat); err != nil {
				return err
			}
		case <-old.C:
			l.report(linkEvent{link: l, kind: linkOld})
		}
	}
}

func (l *link) write(ctx context.Context, frames ...[]byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	for _, f := range frames {
		if err := l.conn.Write(ctx, websocket.MessageText, f); err != nil {
			return err
		}
	}
	return nil
}
