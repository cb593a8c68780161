package simulation

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const killedChats = 12

// talk is a customer who sends numbered messages, each until it is
// acknowledged, and remembers the ids.
type talk struct {
	server      *process
	contact     string
	participant string // the token that sockets are opened with
	token       string
	acked       []string
	// padding makes messages longer.
	padding string
}

func startTalk(p *process, i int) (*talk, error) {
	var started struct {
		Data struct {
			StartChatResult struct{ ContactID, ParticipantToken string } `json:"startChatResult"`
		} `json:"data"`
	}
	in := map[string]any{"ParticipantDetails": map[string]string{"DisplayName": fmt.Sprint("customer ", i)}}
	if err := p.insist("/start-chat", "", in, &started); err != nil {
		return nil, err
	}
	var conn struct {
		ConnectionCredentials struct{ ConnectionToken string }
	}
	connect := map[string]any{"Type": []string{"CONNECTION_CREDENTIALS"}, "ConnectParticipant": true}
	if err := p.insist("/participant/connection", started.Data.StartChatResult.ParticipantToken, connect, &conn); err != nil {
		return nil, err
	}
	return &talk{
		server: p, contact: started.Data.StartChatResult.ContactID,
		participant: started.Data.StartChatResult.ParticipantToken, token: conn.ConnectionCredentials.ConnectionToken,
	}, nil
}

// run sends until stop is set.
func (k *talk) run(stop *atomic.Bool) error {
	for !stop.Load() {
		n := len(k.acked)
		var out struct{ ID string }
		in := map[string]string{"ContentType": "text/plain", "Content": fmt.Sprint("message ", n, k.padding), "ClientToken": fmt.Sprint("token-", n)}
		if err := k.server.insist("/participant/message", k.token, in, &out); err != nil {
			return err
		}
		k.acked = append(k.acked, out.ID)
	}
	return nil
}

// check compares what was acknowledged with the transcript.
func (k *talk) check() error {
	type item struct{ ID, Type, Content, ParticipantRole, AbsoluteTime string }
	var said []item
	last, lastID := "", ""
	for next := ""; ; {
		in := map[string]any{"MaxResults": 100, "SortOrder": "ASCENDING", "ScanDirection": "FORWARD"}
		if next == "" {
			in["StartPosition"] = map[string]string{"AbsoluteTime": "2000-01-01T00:00:00.000Z"}
		} else {
			in["NextToken"] = next
		}
		var page struct {
			Transcript []item
			NextToken  string
		}
		if err := k.server.insist("/participant/transcript", k.token, in, &page); err != nil {
			return err
		}
		for _, it := range page.Transcript {
			if it.AbsoluteTime <= last {
				return fmt.Errorf("item %s of %s is not after %s", it.ID, it.AbsoluteTime, last)
			}
			if it.ID <= lastID { // ids of version 7 carry their time
				return fmt.Errorf("item %s of %s is not after item %s", it.ID, it.AbsoluteTime, lastID)
			}
			last, lastID = it.AbsoluteTime, it.ID
			if it.Type == "MESSAGE" && it.ParticipantRole == "CUSTOMER" && it.Content != "probe" {
				said = append(said, it)
			}
		}
		if next = page.NextToken; next == "" {
			break
		}
	}
	for i, it := range said[:min(len(said), len(k.acked))] {
		if want := fmt.Sprint("message ", i, k.padding); it.Content != want || it.ID != k.acked[i] {
			return fmt.Errorf("message %d of %d in the transcript is %q with id %s, acknowledged was %q with id %s of %d", i, len(said), it.Content, it.ID, want, k.acked[i], len(k.acked))
		}
	}
	if len(said) != len(k.acked) {
		return fmt.Errorf("%d messages are in the transcript, %d were acknowledged", len(said), len(k.acked))
	}
	return nil
}

// A server that is killed again and again under load has every acknowledged
// message exactly once and in order, whatever its clients repeat.
func TestKilledServerLosesNothing(t *testing.T) {
	rng := random(t)
	kills := soak(t, 8, 200)
	p := startServe(t)
	talks := make([]*talk, killedChats)
	for i := range talks {
		var err error
		if talks[i], err = startTalk(p, i); err != nil {
			t.Fatal(err)
		}
	}
	var stop atomic.Bool
	var senders sync.WaitGroup
	failed := make(chan error, len(talks))
	for _, k := range talks {
		senders.Go(func() {
			if err := k.run(&stop); err != nil {
				failed <- err
			}
		})
	}
	for range kills {
		time.Sleep(time.Duration(50+rng.IntN(250)) * time.Millisecond)
		p.kill()
		p.start()
	}
	stop.Store(true)
	senders.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	total := 0
	for i, k := range talks {
		total += len(k.acked)
		if err := k.check(); err != nil {
			t.Errorf("chat %d: %v", i, err)
		}
	}
	if total < killedChats*kills {
		t.Errorf("only %d messages were sent: the test did not put the server under load", total)
	}
	t.Logf("%d messages, %d kills", total, kills)
}
