//go:build unix

package embedded_test

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
	out, err := s.Commit(context.Background(), ch)
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
	t := newTalk(b)
	b.ResetTimer()
	cpu := cpuTime()
	took := t.say(b, b.N, writers, fresh)
	report(b, took, cpuTime()-cpu, "msg/s")
}

// BenchmarkCommitStored stores messages as BenchmarkCommit does, where many are
// stored already: what a message costs must not grow. The largest step takes
// minutes and 2 GB of disk; -short leaves it out.
func BenchmarkCommitStored(b *testing.B) {
	t := newTalk(b)
	stored := 0
	for _, n := range []int{1000, 100_000, 1_000_000, 5_000_000} {
		if n > 1_000_000 && testing.Short() {
			continue
		}
		t.say(b, n-stored, 500, true)
		stored = n
		b.Run(fmt.Sprintf("stored=%d", n), func(b *testing.B) {
			cpu := cpuTime()
			took := t.say(b, b.N, 50, true)
			stored += b.N
			report(b, took, cpuTime()-cpu, "msg/s")
		})
	}
}

// talk is a store and 1,000 chats in it.
type talk struct {
	s     *embedded.Store
	ids   *contact.IDs
	chats []*contact.Chat
	until []int64 // how long each chat grows before it makes room
}

func newTalk(b *testing.B) *talk {
	t := &talk{s: open(b, embedded.Options{Path: b.TempDir()}), ids: contact.NewIDs(), chats: make([]*contact.Chat, 1000)}
	for i := range t.chats {
		t.chats[i] = startChat(b, t.s, t.ids)
		t.until = append(t.until, int64(i%100+1)) // the first ones come to their ends one after the other
	}
	return t
}

// say stores n messages and returns what each took.
func (t *talk) say(b *testing.B, n, writers int, fresh bool) (all []time.Duration) {
	var left atomic.Int64
	left.Store(int64(n))
	var group sync.WaitGroup
	var mu sync.Mutex
	for me := range writers {
		group.Go(func() {
			var took []time.Duration
			for i := me; left.Add(-1) >= 0; i += writers {
				if i >= len(t.chats) {
					i = me
				}
				if fresh && t.chats[i].Seq >= t.until[i] {
					t.chats[i], t.until[i] = startChat(b, t.s, t.ids), 100
				}
				ch := message(t.chats[i], t.ids)
				start := time.Now()
				out, err := t.s.Commit(context.Background(), ch)
				if err != nil {
					b.Error(err)
					return
				}
				took = append(took, time.Since(start))
				t.chats[i] = out[0].Chat
			}
			mu.Lock()
			all = append(all, took...)
			mu.Unlock()
		})
	}
	group.Wait()
	return all
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
	dir := b.TempDir()
	s := open(b, embedded.Options{Path: dir, Sync: embedded.Normal})
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
					out, err := s.Commit(context.Background(), message(all[i], ids))
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
	s := open(b, embedded.Options{Path: b.TempDir(), Sync: embedded.Normal})
	ids := contact.NewIDs()
	c := startChat(b, s, ids)
	if _, err := s.Commit(b.Context(), message(c, ids)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Chat(context.Background(), c.ID); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens and closes a small database that exists.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := open(b, embedded.Options{Path: dir})
	startChat(b, s, contact.NewIDs())
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	var opening time.Duration
	for b.Loop() {
		start := time.Now()
		s, err := embedded.Open(b.Context(), embedded.Options{Path: dir})
		if err != nil {
			b.Fatal(err)
		}
		opening += time.Since(start)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(opening.Microseconds())/1000/float64(b.N), "open-ms")
}
