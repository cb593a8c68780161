package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/store"
)

// killDirEnv tells a test binary that it is the process to be killed, and
// where its data is.
const killDirEnv = "BELLPULL_TEST_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		err := writeUntilKilled(dir)
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if file := os.Getenv(outsideEnv); file != "" {
		if err := openFromOutside(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const killWriters, killChats = 40, 100

// writeUntilKilled says things in many chats and prints a line for each that
// is acknowledged: the chat and the text.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: dir})
	if err != nil {
		return err
	}
	var mu sync.Mutex // guards the output
	out := bufio.NewWriter(os.Stdout)
	failed := make(chan error, killWriters)
	run := testIDs.New()
	for w := range killWriters {
		go func() {
			for n := 0; ; n++ {
				id := contact.ID(fmt.Sprint("chat-", rand.IntN(killChats)))
				text := fmt.Sprintf("%s/%d/%d", run, w, n)
				if err := sayOnce(ctx, s, id, text, n%10 == 9); err != nil {
					failed <- err
					return
				}
				mu.Lock()
				fmt.Fprintln(out, id, text)
				err := out.Flush()
				mu.Unlock()
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// sayOnce says a text in a chat, which starts if need be, with a new state of
// the chat if withState.
func sayOnce(ctx context.Context, s *Store, id contact.ID, text string, withState bool) error {
	for {
		c, err := s.Chat(ctx, id)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			c, err = &contact.Chat{ID: id}, nil
		}
		if err != nil {
			return err
		}
		ch := message(c, text)
		if withState || c.Number == 0 {
			ch.Next = &contact.Chat{ID: id, Phase: contact.Connected, Contacts: []contact.Segment{{ID: id}}, CustomerID: text}
			ch.Outbox = []contact.Outgoing{{Kind: contact.ContactEvent, ID: text, Key: string(id)}}
		}
		if _, err = s.Commit(ctx, ch); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
}

// A process that is killed at any moment loses nothing that it acknowledged.
func TestNothingAcknowledgedIsLostByKilling(t *testing.T) {
	dir := t.TempDir()
	acked := map[string]contact.ID{} // by text
	for round := range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		cmd := osexec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), killDirEnv+"="+dir)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		var before int
		for lines.Scan() {
			id, text, ok := strings.Cut(lines.Text(), " ")
			if !ok {
				break // cut off by the kill
			}
			acked[text] = contact.ID(id)
			if before++; before == 1 {
				time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, cancel) // which kills
			}
		}
		if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		cancel()
		if before == 0 {
			t.Fatalf("round %d: nothing was written: %s", round, complaints.String())
		}
		t.Logf("round %d: %d acknowledged before the kill", round, before)
		checkAcked(t, dir, acked)
	}
}

// checkAcked opens what the dead process left and looks for every text that it
// acknowledged: once, in its chat, in transcripts without gaps.
func checkAcked(t *testing.T, dir string, acked map[string]contact.ID) {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for n := range killChats {
		id := contact.ID(fmt.Sprint("chat-", n))
		c, err := s.Chat(t.Context(), id)
		if err != nil && fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		items, err := s.Items(t.Context(), c.Number, 1, 1<<30, false)
		if err != nil {
			t.Fatal(err)
		}
		stateSaid := false
		for i, it := range items {
			if it.Seq != int64(i+1) || (i > 0 && !it.At.After(items[i-1].At)) {
				t.Errorf("%s: item %d at %v follows item %d", id, it.Seq, it.At, i)
			}
			if want, ok := acked[it.Text]; ok && want != id {
				t.Errorf("%s has a text of %s", id, want)
			}
			found[it.Text]++
			stateSaid = stateSaid || it.Text == c.CustomerID
		}
		if c.Seq != int64(len(items)) || !stateSaid {
			t.Errorf("%s: last item %d of %d, state's own item there: %t", id, c.Seq, len(items), stateSaid)
		}
	}
	rows, err := s.Outbox(t.Context(), 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, o := range rows {
		if told[o.ID] || found[o.ID] == 0 {
			t.Errorf("the outbox tells of %s, which it has told already (%t) or which has not happened", o.ID, told[o.ID])
		}
		told[o.ID] = true
	}
	lost := 0
	for text := range acked {
		if found[text] == 0 || strings.HasSuffix(text, "9") && !told[text] { // it came with a state
			lost++
		}
	}
	for text, n := range found {
		if n > 1 {
			t.Errorf("%s is there %d times", text, n)
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged messages are lost", lost, len(acked))
	}
	if err := s.write(t.Context(), func(w *writer) error {
		return query(w.conn, `PRAGMA integrity_check`, nil, func(r row) error {
			if r.ColumnText(0) != "ok" {
				t.Errorf("integrity check: %s", r.ColumnText(0))
			}
			return nil
		})
	}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
