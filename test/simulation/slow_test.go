package simulation

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/natsconn/natstest"
)

// wordy is a message that takes much room on its way: quotes are escaped again
// in each of the layers around them, about 50 KB in the end.
var wordy = `["` + strings.Repeat(`\"`, 5900) + `"]`

// dripping is a connection that reads a byte a second once it is slow.
type dripping struct {
	net.Conn
	slow *atomic.Bool
}

func (d dripping) Read(b []byte) (int, error) {
	if d.slow.Load() {
		time.Sleep(time.Second)
		b = b[:1]
	}
	return d.Conn.Read(b)
}

// slowClients opens sockets of a chat whose clients are of no use: one never
// reads, one reads a byte a second, and one has vanished behind a proxy that
// keeps the connection.
func slowClients(ctx context.Context, t *testing.T, k *talk) (n int) {
	t.Helper()
	u, err := url.Parse(k.server.url)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	var slow atomic.Bool
	direct := func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return dripping{c, &slow}, c.(*net.TCPConn).SetReadBuffer(4096)
	}
	proxy := natstest.NewProxy(t, port)
	visitors := []*visitor{
		{server: k.server, token: k.participant},
		{server: k.server, token: k.participant, dial: direct},
		{server: k.server, token: k.participant, at: proxy.Addr()},
	}
	for _, v := range visitors {
		if err := v.connect(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(v.hangUp)
	}
	slow.Store(true)
	go func() { _, _, _ = visitors[1].conn.Read(ctx) }() // until it is cut
	proxy.Stall()
	return len(visitors)
}

// halfSent sends the beginning of a request and no more.
func halfSent(t *testing.T, p *process, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// figure reads one of the server's metrics.
func (p *process) figure(name string) (int, error) {
	res, err := http.Get(p.url + "/metrics")
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.Atoi(text)
		}
	}
	return 0, fmt.Errorf("there is no figure %s", name)
}

// peak is the most memory that a process has used, in MiB; 0 where the system
// does not tell.
func (p *process) peak() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return kib >> 10
}

// exchange sends n messages, one after the other, and returns how long each took
// until a reader of the chat had it.
func exchange(ctx context.Context, k *talk, reader *visitor, n int) (took []time.Duration, err error) {
	for range n {
		begun := time.Now()
		if err := k.server.post("/participant/message", k.token, map[string]string{"ContentType": "application/json", "Content": wordy}, new(struct{})); err != nil {
			return took, err
		}
		for heard := false; !heard; {
			_, frame, err := reader.conn.Read(ctx)
			if err != nil {
				return took, err
			}
			heard = strings.Contains(string(frame), "CUSTOMER") && strings.Contains(string(frame), "MESSAGE")
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

// Clients that do not read, read too slowly, have vanished without a word, or
// send half a request cost nobody else anything, and a bounded amount of memory;
// their places are free in the end.
func TestSlowClientsHoldNobodyUp(t *testing.T) {
	const chats, most = 4, 300 // MiB
	messages := soak(t, 250, 5000)
	p := startServe(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var halves []net.Conn
	for range soak(t, 50, 2000) {
		halves = append(halves,
			halfSent(t, p, "POST /participant/message HTTP/1.1\r\nHost: here\r\nContent-Le"),
			halfSent(t, p, "POST /participant/message HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n{\"Content\":"))
	}
	begun := time.Now()
	talks, readers, slow := make([]*talk, chats), make([]*visitor, chats), 0
	for i := range talks {
		var err error
		if talks[i], err = startTalk(p, i); err != nil {
			t.Fatal(err)
		}
		readers[i] = &visitor{server: p, token: talks[i].participant}
		if err := readers[i].connect(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(readers[i].hangUp)
		slow += slowClients(ctx, t, talks[i])
	}
	var group sync.WaitGroup
	all := make([][]time.Duration, chats)
	for i := range talks {
		group.Go(func() {
			var err error
			if all[i], err = exchange(ctx, talks[i], readers[i], messages); err != nil {
				t.Errorf("chat %d, after %d messages: %v", i, len(all[i]), err)
			}
		})
	}
	group.Wait()
	took := slices.Sorted(slices.Values(slices.Concat(all...)))
	if len(took) == 0 {
		t.FailNow()
	}
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("%d messages of 50 KB beside %d slow clients: heard after %s, 99 of 100 after %s; at most %d MiB",
		len(took), slow, p50.Round(time.Microsecond), p99.Round(time.Microsecond), p.peak())
	if p99 > 15*time.Second { // a write to a slow client may take thirty
		t.Errorf("99 of 100 messages were heard after %s: the slow clients hold the others up", p99)
	}
	if p.peak() > most {
		t.Errorf("the server has used %d MiB, want %d at the most", p.peak(), most)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		open, err := p.figure("bellpull_sockets")
		if err == nil && open == chats {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d sockets are open, error %v; want those of the %d good readers", open, err, chats)
		}
	}
	if dropped, err := p.figure("bellpull_sockets_dropped_total"); err != nil || dropped != slow {
		t.Errorf("%d sockets were closed for being slow, error %v; want %d", dropped, err, slow)
	}
	if soak(t, 0, 1) == 0 {
		return // the rest takes the server's patience
	}
	const patience = 70 * time.Second
	for i, c := range halves {
		if err := c.SetReadDeadline(begun.Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("half a request, %d, is still waited for after %s", i, patience)
		}
	}
	var page struct{ Transcript []json.RawMessage }
	if err := p.post("/participant/transcript", talks[0].token, map[string]any{"MaxResults": 10}, &page); err != nil || len(page.Transcript) != 10 {
		t.Errorf("afterwards a transcript is answered %v, with %d items", err, len(page.Transcript))
	}
}
