package deskapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// led runs a test in a bubble of virtual time, with a server on whose dev
// instance ben is a supervisor, and ana and cho are none.
func led(t *testing.T, test func(*testing.T, *servertest.Server, *directory.Directory)) {
	synctest.Test(t, func(t *testing.T) {
		dir := seed.Dev()
		dir.UserByName("ben").Supervisor, dir.UserByName("ana").Supervisor = true, false
		cho := *dir.UserByName("ana")
		cho.ID, cho.Username, cho.FirstName = "b3110000-0000-4000-8000-0000000000c0", "cho", "Cho"
		cho.PasswordHash = passwordHash(cho.Username)
		dir.Users[cho.ID] = &cho
		dir.Connects["cho"] = &directory.QuickConnect{ID: "cho", Name: "Cho", User: cho.ID, Flow: connectTo(dir, dir.UserByName("ana")).Flow}
		queue := *dir.Queues[seed.DevQueue]
		queue.Connects = append(queue.Connects, "cho")
		dir.Queues[queue.ID] = &queue
		test(t, servertest.Open(t, servertest.Options{Directory: dir}), dir)
	})
}

// passwordHash is a cheap hash.
func passwordHash(text string) string {
	return password.Hash(text, password.Cost{MemoryKiB: 64, Passes: 1, Threads: 1})
}

// connectTo returns the quick connect to a user.
func connectTo(dir *directory.Directory, u *directory.User) *directory.QuickConnect {
	for _, qc := range dir.Connects {
		if qc.User == u.ID {
			return qc
		}
	}
	return nil
}

// into calls an operation that must succeed and reads its answer.
func into[T any](t *testing.T, a *servertest.Agent, operation string, in any) (out T) {
	t.Helper()
	answer := a.Do(operation, in)
	if answer.Status != 200 {
		t.Fatalf("%s: %d %s", operation, answer.Status, answer.Body)
	}
	answer.Into(t, &out)
	return out
}

// listed is a contact as lists have it.
type listed struct {
	ContactID, InitialContactID, Customer, Queue, Agent, State, Reason string
	Started, Ended                                                     *float64
}

type search struct {
	Contacts  []listed
	NextToken *string
}

func names(contacts []listed) string {
	var all []string
	for _, c := range contacts {
		all = append(all, c.Customer+" "+c.State)
	}
	return strings.Join(all, ", ")
}

// served has an agent answer a customer's chat, say something and end it.
func served(srv *servertest.Server, a *servertest.Agent, name string, more map[string]any) *servertest.Customer {
	c := srv.NewChatWith(name, more)
	c.Connect()
	moment()
	a.Accept(c)
	moment()
	a.Say(c, "Hello "+name)
	a.Hangup(c, "agent")
	a.Clear(c)
	time.Sleep(time.Second)
	return c
}

func TestContactsAreSearched(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, dir *directory.Directory) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := served(srv, ana, "Ada Lovelace", map[string]any{"CustomerId": "c-1"})
		middle := time.Now()
		served(srv, ana, "Grace Hopper", nil)
		waits := srv.StartChat("Ada Byron")
		ana.Reject(waits)
		moment()

		all := into[search](t, ben, "SearchContacts", nil)
		same(t, "all, the newest first", names(all.Contacts), "Ada Byron waiting, Grace Hopper ended, Ada Lovelace ended")
		if all.NextToken != nil {
			t.Errorf("there is more after all: %s", *all.NextToken)
		}
		if l := all.Contacts[2]; l.ContactID != ada.Contact || l.InitialContactID != ada.Contact || l.Agent != "ana" ||
			l.Queue != dir.Queues[seed.DevQueue].Name || l.Reason != "AGENT_DISCONNECT" || l.Started == nil || l.Ended == nil || *l.Started >= *l.Ended {
			t.Errorf("a contact that is over: %+v", l)
		}
		at := float64(middle.UnixMilli()) / 1000
		for _, c := range []struct {
			what string
			who  *servertest.Agent
			in   map[string]any
			want string
		}{
			{"an agent's own", ana, nil, "Grace Hopper ended, Ada Lovelace ended"},
			{"an agent's own by name", ana, map[string]any{"username": "ana", "text": "ada"}, "Ada Lovelace ended"},
			{"by words of the name", ben, map[string]any{"text": "BYR ad"}, "Ada Byron waiting"},
			{"by a part of the customer's id", ben, map[string]any{"text": "C-1"}, "Ada Lovelace ended"},
			{"by the contact's id", ben, map[string]any{"text": ada.Contact}, "Ada Lovelace ended"},
			{"by the id of another's contact", ana, map[string]any{"text": waits.Contact}, ""},
			{"by an id that nothing has", ben, map[string]any{"text": "00000000-0000-4000-8000-000000000000"}, ""},
			{"by customer", ben, map[string]any{"customerId": "c-1"}, "Ada Lovelace ended"},
			{"by agent", ben, map[string]any{"username": "ana"}, "Grace Hopper ended, Ada Lovelace ended"},
			{"of an agent who had none", ben, map[string]any{"username": "ben"}, ""},
			{"by queue", ben, map[string]any{"queueId": seed.DevQueue, "text": "grace"}, "Grace Hopper ended"},
			{"until a moment", ben, map[string]any{"to": at}, "Ada Lovelace ended"},
			{"from a moment on", ben, map[string]any{"from": at}, "Ada Byron waiting, Grace Hopper ended"},
		} {
			same(t, c.what, names(into[search](t, c.who, "SearchContacts", c.in).Contacts), c.want)
		}

		var paged []listed
		token := ""
		for range 3 {
			page := into[search](t, ben, "SearchContacts", map[string]any{"maxResults": 1, "nextToken": token})
			same(t, "contacts of a page", len(page.Contacts), 1)
			paged = append(paged, page.Contacts...)
			if page.NextToken == nil {
				break
			}
			token = *page.NextToken
		}
		same(t, "page by page", names(paged), names(all.Contacts))

		refused(t, "another's contacts", ana.Do("SearchContacts", map[string]string{"username": "ben"}), 403, "AccessDeniedException")
		refused(t, "a queue that is none", ben.Do("SearchContacts", map[string]string{"queueId": "none"}), 400, "InvalidStateException")
		refused(t, "a user who is none", ben.Do("SearchContacts", map[string]string{"username": "none"}), 400, "InvalidStateException")
		refused(t, "a token that is none", ben.Do("SearchContacts", map[string]string{"nextToken": "none"}), 400, "InvalidStateException")
	})
}

// A search that finds little goes on by its token and not without end.
func TestSearchesLookAtSoMuchAtATime(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ben := srv.Desk("ben")
		srv.NewChat("Needle")
		for i := range 600 { // more than are read at once
			srv.NewChat(fmt.Sprint("Straw-", i))
			time.Sleep(time.Millisecond)
		}
		found := into[search](t, ben, "SearchContacts", map[string]string{"text": "needle"})
		same(t, "in the hay", names(found.Contacts), "Needle flow")
		found = into[search](t, ben, "SearchContacts", map[string]string{"text": "straw-59"})
		same(t, "in order", found.Contacts[0].Customer, "Straw-599")
		same(t, "straws 599 to 590, and 59", len(found.Contacts), 11)
	})
}

type described struct {
	ContactID, InitialContactID, Customer, CustomerID, Channel, Queue, Description string
	Attributes                                                                     map[string]string
	References                                                                     []struct{ Name, Type, Value string }
	Segments, Earlier                                                              []listed
}

type transcript struct {
	Items     []servertest.Item
	NextToken *string
}

// said are the messages of a transcript.
func said(items []servertest.Item) (texts []string) {
	for _, it := range items {
		if it.Type == "MESSAGE" && it.ParticipantRole != "SYSTEM" {
			texts = append(texts, it.Content)
		}
	}
	return texts
}

func TestPastContactsAreDescribedAndRead(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, dir *directory.Directory) {
		ana, ben, cho := srv.SignIn("ana"), srv.SignIn("ben"), srv.SignIn("cho")
		ana.SetState("Available")
		first := served(srv, ana, "Ada", map[string]any{
			"CustomerId": "c-1", "Attributes": map[string]string{"plan": "gold"}, "Description": "Her engine",
			"References": map[string]any{"order": map[string]string{"Type": "URL", "Value": "https://shop.example/7"}},
		})
		id := map[string]string{"contactId": first.Contact}
		for name, a := range map[string]*servertest.Agent{"whose it was": ana, "a supervisor": ben} {
			d := into[described](t, a, "DescribeContact", id)
			if d.InitialContactID != first.Contact || d.Customer != "Ada" || d.CustomerID != "c-1" || d.Channel != "CHAT" ||
				d.Queue != dir.Queues[seed.DevQueue].Name || d.Attributes["plan"] != "gold" || len(d.Segments) != 1 || len(d.Earlier) != 0 {
				t.Errorf("to %s: %+v", name, d)
			}
			read := into[transcript](t, a, "GetContactTranscript", id)
			same(t, "what "+name+" reads", strings.Join(said(read.Items), "|"), "Hello Ada")
		}
		refused(t, "another agent", cho.Do("DescribeContact", id), 403, "AccessDeniedException")
		refused(t, "another agent", cho.Do("GetContactTranscript", id), 403, "AccessDeniedException")
		refused(t, "another agent", cho.Do("UpdateContactAttributes", id), 403, "AccessDeniedException")
		refused(t, "no contact", ben.Do("DescribeContact", map[string]string{"contactId": "none"}), 400, "InvalidStateException")

		// Who has to do with the customer now may read what was before.
		ana.SetState("Break")
		cho.SetState("Available")
		again := srv.NewChatWith("Ada", map[string]any{"CustomerId": "c-1"})
		again.Connect()
		moment()
		d := into[described](t, cho, "DescribeContact", map[string]string{"contactId": again.Contact})
		if len(d.Earlier) != 1 || d.Earlier[0].ContactID != first.Contact || d.Earlier[0].Agent != "ana" {
			t.Errorf("earlier chats: %+v", d.Earlier)
		}
		same(t, "of the earlier chat", len(said(into[transcript](t, cho, "GetContactTranscript", id).Items)), 1)
		cho.Reject(again)
		cho.Clear(again)
		refused(t, "when the customer is gone", cho.Do("GetContactTranscript", id), 403, "AccessDeniedException")

		// Long after.
		time.Sleep(8 * 24 * time.Hour)
		ana = srv.Desk("ana")
		same(t, "more than a week later", len(said(into[transcript](t, ana, "GetContactTranscript", id).Items)), 1)
	})
}

func TestTranscriptsArePagedBackwards(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		var want []string
		for i := range 150 {
			want = append(want, fmt.Sprint("word ", i))
			ana.Say(ada, want[i])
		}
		var got []string
		token := ""
		for range 4 {
			page := into[transcript](t, ben, "GetContactTranscript", map[string]string{"contactId": ada.Contact, "nextToken": token})
			got = append(said(page.Items), got...)
			if token = ""; page.NextToken == nil {
				break
			}
			token = *page.NextToken
		}
		if !slices.Equal(got, want) {
			t.Errorf("read %d messages: %q", len(got), got)
		}
		refused(t, "a token that is none", ben.Do("GetContactTranscript", map[string]string{"contactId": ada.Contact, "nextToken": "-1"}), 400, "InvalidStateException")
	})
}

// An agent who has handed a chat on does not read what is said afterwards.
func TestWhatIsSaidLaterIsNotTheirs(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana, cho := srv.SignIn("ana"), srv.SignIn("cho")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)
		ana.Say(ada, "I ask a colleague.")
		moment()
		ana.Transfer(ada, "TransferContact", "cho")
		moment()
		ana.SetState("Break")
		ana.Clear(ada)
		cho.SetState("Available")
		moment()
		cho.Accept(ada)
		moment()
		cho.Say(ada, "Between you and me:")
		id := map[string]string{"contactId": ada.Contact}
		same(t, "what ana reads", strings.Join(said(into[transcript](t, ana, "GetContactTranscript", id).Items), "|"), "I ask a colleague.")
		same(t, "what cho reads", strings.Join(said(into[transcript](t, cho, "GetContactTranscript", id).Items), "|"), "I ask a colleague.|Between you and me:")
	})
}

func TestAttributesAreGivenAtTheDesk(t *testing.T) {
	led(t, func(t *testing.T, srv *servertest.Server, _ *directory.Directory) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		set := func(a *servertest.Agent, key, value string) servertest.Answer {
			return a.Do("UpdateContactAttributes", map[string]any{"contactId": ada.Contact, "attributes": map[string]string{key: value}})
		}
		refused(t, "before accepting", set(ana, "topic", "engines"), 403, "AccessDeniedException")
		ana.Accept(ada)
		moment()
		same(t, "by the agent", set(ana, "topic", "engines").Status, 200)
		same(t, "by a supervisor", set(ben, "mood", "good").Status, 200)
		refused(t, "a key that cannot be", set(ana, "a.b", "c"), 400, "InvalidStateException")
		d := into[described](t, ana, "DescribeContact", map[string]string{"contactId": ada.Contact})
		if d.Attributes["topic"] != "engines" || d.Attributes["mood"] != "good" {
			t.Errorf("attributes: %v", d.Attributes)
		}
	})
}
