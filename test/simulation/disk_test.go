//go:build linux

package simulation

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// onSmallDisk runs the program with a disk of its own for its data, of which a
// part is taken until the file $2 appears.
const onSmallDisk = `
set -eu
data=$1 space=$2; shift 2
mkdir -p "$data"
mount -t tmpfs -o size=9m tmpfs "$data"
head -c 5000000 /dev/zero >"$data/taken"
(until [ -e "$space" ]; do sleep 0.05; done; rm -f "$data/taken") &
exec "$@"
`

// A disk that runs full costs what cannot be written, and nothing else: what was
// acknowledged stays, reading goes on, and so does writing once there is space.
func TestFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	space := filepath.Join(dir, "space")
	within := []string{"unshare", "-m"}
	if os.Getuid() != 0 {
		within = append(within, "-Ur")
	}
	p := startServeOn(t, filepath.Join(dir, "data"), append(within, "sh", "-c", onSmallDisk, "sh", filepath.Join(dir, "data"), space)...)
	talks := make([]*talk, 4)
	for i := range talks {
		var err error
		if talks[i], err = startTalk(p, i); err != nil {
			t.Fatal(err)
		}
		talks[i].padding = strings.Repeat("x", 900)
	}
	var stop atomic.Bool
	var senders sync.WaitGroup
	for _, k := range talks {
		senders.Go(func() {
			if err := k.run(&stop); err != nil {
				t.Error(err)
			}
		})
	}
	full := awaitFull(t, p, talks[0].token)
	if full.status != http.StatusInternalServerError || !strings.Contains(full.body, "InternalServerException") {
		t.Errorf("on a full disk a message is answered %v", full)
	}
	time.Sleep(300 * time.Millisecond)
	var page struct{ Transcript []struct{ ID string } }
	if err := p.post("/participant/transcript", talks[0].token, map[string]any{"MaxResults": 10}, &page); err != nil || len(page.Transcript) != 10 {
		t.Errorf("on a full disk a transcript is answered %v, with %d items", err, len(page.Transcript))
	}
	if err := os.WriteFile(space, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out struct{ ID string }
	said := map[string]string{"ContentType": "text/plain", "Content": "space again"}
	other, err := startTalk(p, 99)
	if err == nil {
		err = p.insist("/participant/message", other.token, said, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	stop.Store(true)
	senders.Wait()
	for i, k := range talks {
		if err := k.check(); err != nil {
			t.Errorf("chat %d: %v", i, err)
		}
		t.Logf("chat %d: %d messages", i, len(k.acked))
	}
}

// awaitFull waits until a message is refused, and returns the answer.
func awaitFull(t *testing.T, p *process, token string) *errStatus {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		err := p.post("/participant/event", token, map[string]string{"ContentType": typingEvent}, new(struct{}))
		if err != nil {
			t.Fatalf("typing, which is not stored, is answered %v", err)
		}
		err = p.post("/participant/message", token, map[string]string{"ContentType": "text/plain", "Content": "probe"}, new(struct{}))
		if s, ok := errors.AsType[*errStatus](err); ok {
			return s
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the disk did not run full")
	return nil
}

const typingEvent = "application/vnd.amazonaws.connect.event.typing"
