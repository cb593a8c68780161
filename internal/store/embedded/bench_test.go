package embedded_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
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
// The writers share 1,000 chats. With fresh a chat makes room for a new one
// after 100 messages, as in life; without, the same 1,000 grow for ever, which
// is the worst that can happen to the index.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 50, 500} {
		for _, fresh := range []bool{true, false} {
			b.Run(fmt.Sprintf("writers=%d/fresh=%t", writers, fresh), func(b *testing.B) {
				benchmarkCommit(b, writers, fresh)
			})
		}
	}
}

func benchmarkCommit(b *testing.B, writers int, fresh bool) {
	s := open(b, embedded.Options{Path: b.TempDir()})
	ids := contact.NewIDs()
	chats := make([]*contact.Chat, 1000)
	for i := range chats {
		chats[i] = startChat(b, s, ids)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	b.ResetTimer()
	cpu := cpuTime()
	for me := range writers {
		group.Go(func() {
			var took []time.Duration
			for i := me; left.Add(-1) >= 0; i += writers {
				if i >= len(chats) {
					i = me
				}
				if fresh && chats[i].Seq == 100 {
					chats[i] = startChat(b, s, ids)
				}
				ch := message(chats[i], ids)
				start := time.Now()
				out, err := s.Commit(context.Background(), ch)
				if err != nil {
					b.Error(err)
					return
				}
				took = append(took, time.Since(start))
				chats[i] = out[0].Chat
			}
			mu.Lock()
			all = append(all, took...)
			mu.Unlock()
		})
	}
	group.Wait()
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(all[len(all)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(0, "ns/op") // the others say it better
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
