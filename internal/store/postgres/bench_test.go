//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/pgtest"
	"github.com/bellpull/bellpull/internal/store/postgres"
)

// benchStore opens a store on an empty database and closes it with the benchmark.
func benchStore(b *testing.B) *postgres.Store {
	b.Helper()
	s := open(b, postgres.Options{URL: pgtest.New(b)})
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Errorf("close: %v", err)
		}
	})
	return s
}

// startChat stores a new chat.
func startChat(tb testing.TB, s *postgres.Store, ids *contact.IDs) *contact.Chat {
	tb.Helper()
	d := contact.Start(contact.Opening{
		ID: contact.ID(ids.New()), Instance: "instance", Flow: "flow",
		Customer: contact.ParticipantID(ids.New()), Name: "Ada",
	}, time.Now())
	ch := d.Change()
	ch.Stamp(d.Now, ids)
	out, err := s.Commit(context.Background(), ch)
	if err != nil {
		tb.Fatal(err)
	}
	return out[0].Chat
}

// hello returns the change that adds a message of 200 bytes.
func hello(c *contact.Chat, ids *contact.IDs) *contact.Change {
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
// is the worst that can happen to the index. The server's processor time is not in the
// figure.
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
	s := benchStore(b)
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
				ch := hello(chats[i], ids)
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
	report(b, all, cpuTime()-cpu, "msg/s")
}

// report tells what b.N operations took: each, and of the processors.
func report(b *testing.B, took []time.Duration, cpu time.Duration, rate string) {
	if len(took) == 0 {
		b.Fatal("nothing was done")
	}
	slices.Sort(took)
	millis := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(millis(took[len(took)/2]), "p50-ms")
	b.ReportMetric(millis(took[len(took)*99/100]), "p99-ms")
	b.ReportMetric(millis(took[len(took)-1]), "max-ms")
	b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), rate)
	b.ReportMetric(0, "ns/op") // the others say it better
}

// BenchmarkItems reads pages of 100: the whole transcript of one of 1,000
// chats, whose messages arrived mixed.
func BenchmarkItems(b *testing.B) {
	const chats, each = 1000, 100
	s := benchStore(b)
	ids := contact.NewIDs()
	all := make([]*contact.Chat, chats)
	for i := range all {
		all[i] = startChat(b, s, ids)
	}
	const writers = 50
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for range each {
				for i := w; i < chats; i += writers {
					out, err := s.Commit(context.Background(), hello(all[i], ids))
					if err != nil {
						b.Error(err)
						return
					}
					all[i] = out[0].Chat
				}
			}
		})
	}
	group.Wait()
	for _, readers := range []int{1, 8} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
			b.ReportAllocs()
			var left atomic.Int64
			left.Store(int64(b.N))
			var group sync.WaitGroup
			var mu sync.Mutex
			var took []time.Duration
			cpu := cpuTime()
			for range readers {
				group.Go(func() {
					var mine []time.Duration
					for left.Add(-1) >= 0 {
						c := all[rand.IntN(chats)]
						start := time.Now()
						items, err := s.Items(context.Background(), c.Number, c.Seq, 100, true)
						if err != nil || len(items) != each {
							b.Errorf("%d items, error %v", len(items), err)
							return
						}
						mine = append(mine, time.Since(start))
					}
					mu.Lock()
					took = append(took, mine...)
					mu.Unlock()
				})
			}
			group.Wait()
			report(b, took, cpuTime()-cpu, "pages/s")
		})
	}
}

// BenchmarkChat reads the state of a chat.
func BenchmarkChat(b *testing.B) {
	s := benchStore(b)
	ids := contact.NewIDs()
	c := startChat(b, s, ids)
	if _, err := s.Commit(b.Context(), hello(c, ids)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Chat(context.Background(), c.ID); err != nil {
			b.Fatal(err)
		}
	}
}
