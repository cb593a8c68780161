package simulation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// visitor is a customer with a socket.
type visitor struct {
	server *process
	token  string // of the participant
	at     string // the address to open the socket at, where that is not the URL's
	// dial, if set, makes the socket's connection.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	conn *websocket.Conn
}

// connect opens a socket as clients do, in place of the one that was cut, if there
// was one, and tries again while nobody answers. An answer other than a good one is what they do not survive.
func (v *visitor) connect(ctx context.Context) error {
	for {
		v.hangUp()
		err := v.try(ctx)
		if err == nil {
			return nil
		}
		if _, refused := errors.AsType[*errStatus](err); refused {
			return fmt.Errorf("the server refused: %w", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// hangUp closes the socket, if there is one, on this side.
func (v *visitor) hangUp() {
	if v.conn != nil {
		_ = v.conn.CloseNow() // it may be cut already
		v.conn = nil
	}
}

// try opens a connection, the socket, and a subscription.
func (v *visitor) try(ctx context.Context) error {
	var out struct{ Websocket struct{ URL string } }
	if err := v.server.post("/participant/connection", v.token, map[string]any{"Type": []string{"WEBSOCKET", "CONNECTION_CREDENTIALS"}}, &out); err != nil {
		return err
	}
	if v.at != "" {
		u, err := url.Parse(out.Websocket.URL)
		if err != nil {
			return err
		}
		u.Host = v.at
		out.Websocket.URL = u.String()
	}
	var options websocket.DialOptions
	if v.dial != nil {
		options.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: v.dial}}
	}
	conn, res, err := websocket.Dial(ctx, out.Websocket.URL, &options) //nolint:bodyclose // the library closes it
	if err != nil {
		if res != nil {
			return &errStatus{res.StatusCode, err.Error()}
		}
		return err
	}
	v.conn = conn
	conn.SetReadLimit(1 << 20)
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"topic":"aws/subscribe","content":{"topics":["aws/chat"]}}`)); err != nil {
		return err
	}
	for {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if strings.Contains(string(frame), `"topic":"aws/subscribe"`) {
			if !strings.Contains(string(frame), `"success"`) {
				return &errStatus{http.StatusOK, string(frame)}
			}
			return nil
		}
	}
}

// all does something for every visitor, so many at a time.
func all(visitors []*visitor, atOnce int, do func(*visitor) error) error {
	var group sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	failed := make(chan error, len(visitors))
	for _, v := range visitors {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := do(v); err != nil {
				failed <- err
			}
		})
	}
	group.Wait()
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	if len(errs) > 3 {
		errs = append(errs[:3], fmt.Errorf("and %d more", len(errs)-3))
	}
	return errors.Join(errs...)
}

// When all clients come back at once nobody is refused, and everybody hears what
// is said then.
func TestAHerdThatComesBackIsLetIn(t *testing.T) {
	n := soak(t, 600, 10_000)
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 64
	p := startServe(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	visitors := make([]*visitor, n)
	for i := range visitors {
		visitors[i] = &visitor{server: p}
	}
	err := all(visitors, 32, func(v *visitor) error {
		var started struct {
			Data struct {
				StartChatResult struct{ ParticipantToken string } `json:"startChatResult"`
			} `json:"data"`
		}
		if err := p.insist("/start-chat", "", map[string]any{"ParticipantDetails": map[string]string{"DisplayName": "Ada"}}, &started); err != nil {
			return err
		}
		v.token = started.Data.StartChatResult.ParticipantToken
		return v.connect(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	p.kill()
	begun := time.Now()
	back := make(chan error, 1)
	go func() { back <- all(visitors, n, func(v *visitor) error { return v.connect(ctx) }) }()
	p.start()
	if err := <-back; err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	if err := all(visitors, 64, func(v *visitor) error {
		return v.conn.Write(ctx, websocket.MessageText, []byte(`{"topic":"aws/ping"}`))
	}); err != nil {
		t.Error(err)
	}
	for _, v := range visitors {
		v.hangUp()
	}
	p.kill()
	used := p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	t.Logf("%d sockets were back after %s; the server has used %s of a processor", n, took.Round(time.Millisecond), used.Round(time.Millisecond))
}
