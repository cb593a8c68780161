package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/outbox"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// listener is a receiver of events that can refuse them.
type listener struct {
	outbox.Ring
	mu      sync.Mutex
	refuses bool
}

func (l *listener) Deliver(ctx context.Context, batch []contact.Outgoing) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuses {
		return errors.New("not now")
	}
	return l.Ring.Deliver(ctx, batch)
}

func (l *listener) refuse(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuses = yes
}

// told returns the bodies of one kind.
func told[T any](t *testing.T, l *listener, kind contact.OutgoingKind) (all []T) {
	t.Helper()
	for _, o := range l.After(0) {
		if o.Kind != kind {
			continue
		}
		var v T
		if err := json.Unmarshal(o.Body, &v); err != nil {
			t.Fatalf("%s: %v", o.Body, err)
		}
		all = append(all, v)
	}
	return all
}

type contactEvent struct {
	Detail struct{ EventType, ContactID, DisconnectReason string }
}

type agentEvent struct {
	EventType, AgentARN                         string
	CurrentAgentSnapshot, PreviousAgentSnapshot *struct {
		AgentStatus struct{ Name string }
		Contacts    []struct{ ContactID, State string }
	}
}

type contactRecord struct {
	ContactID, InitialContactID, PreviousContactID, NextContactID, InitiationMethod, DisconnectReason string
	AgentConnectionAttempts                                                                           int
	Agent                                                                                             *struct{ Username string }
	Queue                                                                                             *struct{ Name string }
	ChatMetrics                                                                                       struct {
		ChatContactMetrics struct {
			TotalMessages                  int
			AgentFirstResponseTimeInMillis int
		}
	}
	Recordings []struct{ Location string }
}

func contactEvents(t *testing.T, l *listener) (names []string) {
	for _, e := range told[contactEvent](t, l, contact.ContactEvent) {
		names = append(names, e.Detail.EventType)
	}
	return names
}

// agentEvents returns an agent's events as TYPE Status state…
func agentEvents(t *testing.T, l *listener, user contact.UserID) (lines []string) {
	for _, e := range told[agentEvent](t, l, contact.AgentEvent) {
		if !strings.HasSuffix(e.AgentARN, "/agent/"+string(user)) {
			continue
		}
		line := e.EventType + " " + e.CurrentAgentSnapshot.AgentStatus.Name
		for _, c := range e.CurrentAgentSnapshot.Contacts {
			line += " " + c.State
		}
		lines = append(lines, line)
	}
	return lines
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// listening opens a server with a listener, which keeps transcripts in a
// directory.
func listening(t *testing.T, dir *directory.Directory) (*servertest.Server, *listener, string) {
	t.Helper()
	l := new(listener)
	cfg := config.Default()
	cfg.Transcripts.Dir = t.TempDir()
	return servertest.Open(t, servertest.Options{Directory: dir, Config: &cfg, Sinks: []outbox.Sink{l}}), l, cfg.Transcripts.Dir
}

func userID(name string) contact.UserID { return seed.Dev().UserByName(name).ID }

// transcripts reads the transcript files below a directory, by contact.
func transcripts(t *testing.T, dir string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	files, err := filepath.Glob(filepath.Join(dir, "connect", "*", "ChatTranscripts", "*", "*", "*", "*_UTC.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var v struct {
			ContactID  string
			Transcript []struct{ Type, Content, ContentType, DisplayName string }
		}
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, it := range v.Transcript {
			line := it.DisplayName + ": " + it.Content
			if it.Type == "EVENT" {
				line = it.ContentType[strings.LastIndexByte(it.ContentType, '.')+1:]
			}
			all[v.ContactID] = append(all[v.ContactID], line)
		}
	}
	return all
}

func TestEventsOfAWholeChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, l, dir := listening(t, seed.Dev())
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		pass(time.Second)
		ana.Accept(ada)
		pass(time.Second)
		before := l.After(0)
		ada.Say("Hello")
		pass(4 * time.Second)
		ana.Say(ada, "Hi Ada")
		pass(time.Second)
		if n := len(l.After(0)) - len(before); n != 0 {
			t.Errorf("messages brought %d events", n)
		}
		ada.Leave()
		pass(time.Second)
		if n := len(told[contactRecord](t, l, contact.ContactRecord)); n != 0 {
			t.Errorf("there are %d records before the work is cleared", n)
		}
		ana.Clear(ada)
		pass(time.Second)
		ana.SetState("Offline")
		pass(time.Second)

		equal(t, "contact events", contactEvents(t, l), []string{
			"INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED",
		})
		equal(t, "agent events", agentEvents(t, l, userID("ana")), []string{
			"LOGIN Available", "STATE_CHANGE Available", "STATE_CHANGE Available CONNECTING", "STATE_CHANGE Available CONNECTED",
			"STATE_CHANGE Available ENDED", "STATE_CHANGE Available", "STATE_CHANGE Offline", "LOGOUT Offline",
		})
		records := told[contactRecord](t, l, contact.ContactRecord)
		if len(records) != 1 {
			t.Fatalf("there are %d records, want 1", len(records))
		}
		r := records[0]
		got := fmt.Sprintln(r.ContactID == ada.Contact, r.DisconnectReason, r.AgentConnectionAttempts, r.Agent.Username, r.Queue.Name,
			r.ChatMetrics.ChatContactMetrics)
		if want := fmt.Sprintln(true, "CUSTOMER_DISCONNECT", 1, "ana", seed.Dev().Queues[seed.DevQueue].Name, "{3 5000}"); got != want {
			t.Errorf("the record says %s, want %s", got, want)
		}
		if _, err := os.Stat(filepath.Join(dir, r.Recordings[0].Location)); err != nil {
			t.Errorf("the record's transcript: %v", err)
		}
		file := transcripts(t, dir)[ada.Contact]
		if len(file) < 2 {
			t.Fatalf("the transcript is %q", file)
		}
		equal(t, "transcript", slices.Delete(file, 1, 2), []string{ // which is the flow's greeting
			"joined", "joined", "Ada: Hello", "Ana: Hi Ada", "left", "ended",
		})
	})
}

// Attributes that are set later are told of, and the record is sent anew.
func TestAttributesAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, l, _ := listening(t, seed.Dev())
		ada := srv.StartChat("Ada")
		pass(time.Second)
		ada.Leave()
		pass(time.Second)
		body := fmt.Sprintf(`{"InstanceId":%q,"InitialContactId":%q,"Attributes":{"mood":"good"}}`, seed.Dev().Instance.ID, ada.Contact)
		if a := srv.Call("POST", "/contact/attributes", body, nil); a.Status != 200 {
			t.Fatalf("set attributes: %d %s", a.Status, a.Body)
		}
		pass(time.Second)
		events := contactEvents(t, l)
		equal(t, "last events", events[len(events)-3:], []string{"DISCONNECTED", "COMPLETED", "CONTACT_DATA_UPDATED"})
		if n := len(told[contactRecord](t, l, contact.ContactRecord)); n != 2 {
			t.Errorf("there are %d records, want the second one with the attribute", n)
		}
	})
}

// A chat that its queue flow moves on as long as it may has a record, a
// transcript and all events for each of its contacts.
func TestAChainOfTwelveContacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		dir.Flows[seed.DevFlow].Content = flowOf(append([]string{hook("hook", "CustomerQueue", queueFlowID, "set")}, into(seed.DevQueue)...)...)
		dir.Flows[queueFlowID] = &directory.Flow{ID: queueFlowID, Name: "q", Type: string(flow.CustomerQueue), Content: flowOf(
			say("hold", "Please hold.", "wait"),
			block("wait", "Wait", `{"TimeLimitSeconds":"30"}`, "move", "WaitCompleted->move", "!NoMatchingError->bye"),
			block("move", "DequeueContactAndTransferToQueue", fmt.Sprintf(`{"QueueId":%q}`, seed.DevQueue), "bye", "!QueueAtCapacity->bye", "!NoMatchingError->bye"),
			bye,
		)}
		srv, l, files := listening(t, dir)
		ada := srv.StartChat("Ada")
		for range contact.MaxContacts {
			pass(10 * time.Second)
			ada.Say("Still here")
			pass(21 * time.Second)
		}
		pass(time.Minute)
		chat, err := srv.Centre().Chat(t.Context(), contact.ID(ada.Contact))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(chat.Contacts); n != contact.MaxContacts || !chat.Over() {
			t.Fatalf("the chat has %d contacts and is over: %t", n, chat.Over())
		}
		byContact := map[string][]string{}
		for _, e := range told[contactEvent](t, l, contact.ContactEvent) {
			byContact[e.Detail.ContactID] = append(byContact[e.Detail.ContactID], e.Detail.EventType)
		}
		records := told[contactRecord](t, l, contact.ContactRecord)
		if len(records) != contact.MaxContacts {
			t.Fatalf("there are %d records, want %d", len(records), contact.MaxContacts)
		}
		texts := transcripts(t, files)
		for i := range chat.Contacts {
			id := string(chat.Contacts[i].ID)
			want := contactRecord{ContactID: id, InitiationMethod: "QUEUE_TRANSFER", InitialContactID: string(chat.ID)}
			if i == 0 {
				want.InitiationMethod, want.InitialContactID = "API", ""
			} else {
				want.PreviousContactID = string(chat.Contacts[i-1].ID)
			}
			if i < len(chat.Contacts)-1 {
				want.NextContactID = string(chat.Contacts[i+1].ID)
			}
			r := records[i]
			got := contactRecord{
				ContactID: r.ContactID, InitiationMethod: r.InitiationMethod, InitialContactID: r.InitialContactID,
				PreviousContactID: r.PreviousContactID, NextContactID: r.NextContactID,
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("record %d: %+v, want %+v", i, got, want)
			}
			if n := r.ChatMetrics.ChatContactMetrics.TotalMessages; n != 2 || r.Agent != nil {
				t.Errorf("record %d counts %d messages, want 2; its agent is %v", i, n, r.Agent)
			}
			equal(t, fmt.Sprintf("events of contact %d", i), byContact[id], []string{"INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "DISCONNECTED", "COMPLETED"})
			said := slices.DeleteFunc(texts[id], func(s string) bool { return !strings.Contains(s, ": ") })
			equal(t, fmt.Sprintf("transcript of contact %d", i), said, []string{"SYSTEM_MESSAGE: Please hold.", "Ada: Still here"})
		}
	})
}

// What could not be delivered before the server stopped is delivered after it
// has started again, in order.
func TestEventsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, l, _ := listening(t, seed.Dev())
		ada := srv.StartChat("Ada")
		pass(time.Second)
		l.refuse(true)
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		pass(time.Second)
		ana.Accept(ada)
		pass(time.Second)
		srv.Restart()
		ana = srv.SignIn("ana")
		ana.Hangup(ada, "agent")
		pass(time.Second)
		equal(t, "contact events meanwhile", contactEvents(t, l), []string{"INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED"})
		srv.Restart()
		ana = srv.SignIn("ana")
		ana.Clear(ada)
		l.refuse(false)
		pass(2 * time.Minute)
		equal(t, "contact events", contactEvents(t, l), []string{
			"INITIATED", "CONNECTED_TO_SYSTEM", "QUEUED", "CONNECTED_TO_AGENT", "DISCONNECTED", "COMPLETED",
		})
		if n := len(told[contactRecord](t, l, contact.ContactRecord)); n != 1 {
			t.Errorf("there are %d records, want 1", n)
		}
	})
}

// An agent of whom there is nothing new is told of every two minutes, until
// the agent goes.
func TestHeartBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, l, _ := listening(t, seed.Dev())
		ana := srv.SignIn("ana")
		pass(10 * time.Minute)
		equal(t, "events of one who is offline", agentEvents(t, l, userID("ana")), nil)
		ana.SetState("Available")
		pass(119 * time.Second)
		equal(t, "events within two minutes", agentEvents(t, l, userID("ana")), []string{"LOGIN Available", "STATE_CHANGE Available"})
		pass(4*time.Minute + 2*time.Second)
		equal(t, "events within six minutes", agentEvents(t, l, userID("ana"))[2:], []string{
			"HEART_BEAT Available", "HEART_BEAT Available", "HEART_BEAT Available",
		})
		ada := srv.StartChat("Ada")
		pass(110 * time.Second) // it rings, and is missed
		equal(t, "events while something happens", agentEvents(t, l, userID("ana"))[5:], []string{
			"STATE_CHANGE Available CONNECTING", "STATE_CHANGE Available MISSED",
		})
		ada.Leave()
		ana.Clear(ada)
		ana.SetState("Offline")
		pass(time.Second)
		n := len(agentEvents(t, l, userID("ana")))
		pass(10 * time.Minute)
		equal(t, "events of one who has gone", agentEvents(t, l, userID("ana"))[n:], nil)
	})
}

// Whoever follows a waiting contact is told when one of its routing steps has
// expired, also where the server was started anew meanwhile.
func TestTheExpiryOfARoutingStepIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, l, _ := listening(t, seed.Dev())
		ada := srv.StartChat("Ada")
		pass(time.Second)
		const step = `{"Expiry":{"DurationInSeconds":%d},"Expression":{"AttributeCondition":{"Name":"language","Value":"German","ProficiencyLevel":5,"ComparisonOperator":"NumberGreaterOrEqualTo"}}}`
		body := fmt.Sprintf(`{"RoutingCriteria":{"Steps":[`+step+`,`+step+`]}}`, 60, 120)
		if a := routingData(srv, ada, body); a.Status != 200 {
			t.Fatalf("routing data: %d %s", a.Status, a.Body)
		}
		pass(time.Second)
		updates := func() (n int) {
			for _, e := range told[contactEvent](t, l, contact.ContactEvent) {
				if e.Detail.EventType == "CONTACT_DATA_UPDATED" {
					n++
				}
			}
			return n
		}
		begun := updates()
		for _, c := range []struct {
			after time.Duration
			want  int
		}{{50 * time.Second, 0}, {15 * time.Second, 1}, {100 * time.Second, 1}, {20 * time.Second, 2}, {time.Hour, 2}} {
			srv.Restart()
			pass(c.after)
			if got := updates() - begun; got != c.want {
				t.Errorf("%s later %d expiries have been told, want %d", c.after, got, c.want)
			}
		}
	})
}
