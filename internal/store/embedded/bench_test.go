package embedded_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/store/embedded"
)

// open opens a store in dir and closes it when the test is over.
func open(tb testing.TB, o embedded.Options) *embedded.Store {
	tb.Helper()
	s, err := embedded.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

// startChat stores a new chat.
func startChat(tb testing.TB, s *embedded.Store, ids *contact.IDs) *contact.Chat {
	tb.Helper()
	d := contact.Start(contact.Opening{
		ID: contact.ID(ids.New()), Instance: "instance", Flow: "flow",
		Customer: contact.ParticipantID(ids.New()), Name: "Ada",
	}, time.Now())
	ch := d.Change()
	ch.Stamp(d.Now, ids)
	out, err := s.Commit(context.Background(), &ch)
	if err != nil {
		tb.Fatal(err)
	}
	return out[0].Chat
}

// message returns the change that adds a message of 200 bytes.
func message(c *contact.Chat, ids *contact.IDs) *contact.Change {
	p := &c.Participants[0]
	ch := &contact.Change{Was: c, Items: []contact.Item{{
		Kind: contact.Message, Type: contact.PlainText, Text: strings.Repeat("0123456789", 20),
		By: p.ID, Role: p.Role, Name: p.Name, Contact: c.ID, Token: 0x1234567890abcdef,
	}}}
	ch.Stamp(time.Now(), ids)
	return ch
}

func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkCommit stores plain messages durably: an operation is a message.
// Each writer goes round its own share of 1,000 chats.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b, embedded.Options{Path: b.TempDir()})
			ids := contact.NewIDs()
			chats := make([]*contact.Chat, 1000)
			for i := range chats {
				chats[i] = startChat(b, s, ids)
			}
			b.SetParallelism((writers + 1) / 2) // times GOMAXPROCS, see the -cpu flag
			if writers == 1 {
				b.SetParallelism(1)
			}
			var next atomic.Int64
			b.ResetTimer()
			cpu := cpuTime()
			run := func(more func() bool) {
				me := int(next.Add(1)) - 1
				for i := me; more(); i += writers {
					if i >= len(chats) {
						i = me
					}
					out, err := s.Commit(context.Background(), message(chats[i], ids))
					if err != nil {
						b.Error(err)
						return
					}
					chats[i] = out[0].Chat
				}
			}
			if writers == 1 {
				run(b.Loop)
			} else {
				b.RunParallel(func(pb *testing.PB) { run(pb.Next) })
			}
			b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}
