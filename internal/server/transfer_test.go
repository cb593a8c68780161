package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// What a team that hands chats on has.
const (
	toBen       directory.QuickConnectID = "b3110000-0000-4000-8000-0000000fb002"
	toSales     directory.QuickConnectID = "b3110000-0000-4000-8000-0000000fb003"
	toNowhere   directory.QuickConnectID = "b3110000-0000-4000-8000-0000000fb004"
	toAna       directory.QuickConnectID = "b3110000-0000-4000-8000-0000000fb006"
	slowlyToBen directory.QuickConnectID = "b3110000-0000-4000-8000-0000000fb005"

	sales contact.QueueID = "b3110000-0000-4000-8000-0000000fa002"
)

// team is the dev instance with quick connects, and Ben alone in a second queue.
func team() *directory.Directory {
	d := seed.Dev()
	d.Instance.MultiParty = true
	ana, ben := d.UserByName("ana"), d.UserByName("ben")
	ana.Supervisor = true
	d.Queues[sales] = &directory.Queue{ID: sales, Name: "Sales", MaxContacts: 5}
	profile := *d.Profiles[ben.Profile]
	profile.ID, profile.Name = "b3110000-0000-4000-8000-0000000fd002", "Sales"
	profile.Queues = []directory.ProfileQueue{{Queue: sales, Priority: 1}}
	d.Profiles[profile.ID] = &profile
	ben.Profile = profile.ID
	add := func(id contact.FlowID, as flow.Type, blocks ...string) contact.FlowID {
		d.Flows[id] = &directory.Flow{ID: id, Name: string(id), Type: string(as), Content: flowOf(blocks...)}
		return id
	}
	byAgent := []string{
		block("set", "UpdateContactTargetQueue", `{"AgentId":"$.Agent.UserName"}`, "queue", "!NoMatchingError->bye"),
		block("queue", "TransferContactToQueue", `{}`, "bye", "!QueueAtCapacity->bye", "!NoMatchingError->bye"), bye,
	}
	agents := add("b3110000-0000-4000-8000-0000000ff001", flow.AgentTransfer, byAgent...)
	slowly := add("b3110000-0000-4000-8000-0000000ff002", flow.AgentTransfer, append([]string{
		block("wait", "Wait", `{"TimeLimitSeconds":"30"}`, "set", "WaitCompleted->set", "!NoMatchingError->set"),
	}, byAgent...)...)
	queues := add("b3110000-0000-4000-8000-0000000ff003", flow.QueueTransfer,
		say("say", "Off to $.Queue.Name.", "queue"),
		block("queue", "TransferContactToQueue", `{}`, "bye", "!QueueAtCapacity->bye", "!NoMatchingError->bye"), bye)
	nowhere := add("b3110000-0000-4000-8000-0000000ff004", flow.QueueTransfer, bye)
	for _, qc := range []directory.QuickConnect{
		{ID: toBen, Name: "Ben", User: ben.ID, Flow: agents},
		{ID: toAna, Name: "Ana", User: ana.ID, Flow: agents},
		{ID: slowlyToBen, Name: "Ben, slowly", User: ben.ID, Flow: slowly},
		{ID: toSales, Name: "Sales", Queue: sales, Flow: queues},
		{ID: toNowhere, Name: "Nowhere", Queue: sales, Flow: nowhere},
	} {
		d.Connects[qc.ID] = &qc
		d.Queues[seed.DevQueue].Connects = append(d.Queues[seed.DevQueue].Connects, qc.ID)
	}
	return d
}

// inTeam runs a test with both agents available and Ana in a chat with Ada.
func inTeam(t *testing.T, test func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent)) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Open(t, servertest.Options{Directory: team()})
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ben.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		synctest.Wait()
		heard = ears{"Ada": len(ada.Heard()), "Ana": len(ana.Heard(ada))}
		test(t, srv, ada, ana, ben)
	})
}

// ears remember how much each has heard, so that a test reads what is new.
type ears map[string]int

// heard is of the test that runs; none of them runs beside another.
var heard ears

func (e ears) of(who string, all []string) []string {
	defer func() { e[who] = len(all) }()
	return all[e[who]:]
}

func mustDo(t *testing.T, a servertest.Answer) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
}

func chatOf(t *testing.T, srv *servertest.Server, c *servertest.Customer) *contact.Chat {
	t.Helper()
	chat, err := srv.Centre().Chat(t.Context(), contact.ID(c.Contact))
	if err != nil {
		t.Fatal(err)
	}
	return chat
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestAnAgentHandsAChatOnToAColleague(t *testing.T) {
	for _, operation := range []string{"CreateAdditionalConnection", "TransferContact"} {
		inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
			ana.Say(ada, "Ben knows that.")
			mustDo(t, ana.Transfer(ada, operation, toBen))
			synctest.Wait()

			same(t, "Ana's contact", ana.StateOf(ada), "ended")
			same(t, "Ana hears", heard.of("Ana", ana.Heard(ada)), []string{"Ana: Ben knows that.", "transfer.succeeded", "Ana left"})
			same(t, "Ada hears", heard.of("Ada", ada.Heard()), []string{"Ana: Ben knows that.", "Ana left"})
			same(t, "Ben's contact", ben.StateOf(ada), "connecting")
			mustDo(t, ana.Hangup(ada, "agent")) // as pages for telephones do
			ben.Accept(ada)
			synctest.Wait()
			ada.Say("Hello Ben")
			ben.Say(ada, "Hello Ada")
			synctest.Wait()
			same(t, "Ada hears", heard.of("Ada", ada.Heard()), []string{"Ben joined", "Ada: Hello Ben", "Ben: Hello Ada"})
			same(t, "Ana hears after the transfer", heard.of("Ana", ana.Heard(ada)), []string{})
			chat := chatOf(t, srv, ada)
			if n := len(chat.Contacts); n != 2 || ben.Contact(ada) != string(chat.Contacts[1].ID) {
				t.Fatalf("the chat has %d contacts", n)
			}
			first, second := chat.Contacts[0], chat.Contacts[1]
			if first.Transferred.IsZero() || first.Open() || second.Previous != first.ID || second.Method != "TRANSFER" || second.Agent == first.Agent {
				t.Errorf("the chain is %+v, %+v", first, second)
			}
			ada.Leave()
			synctest.Wait()
			same(t, "Ben's contact", ben.StateOf(ada), "ended")
			same(t, "Ana hears of the end", heard.of("Ana", ana.Heard(ada)), []string{"chat.ended"})
		})
	}
}

// What a transfer tells is for the agent who asked for it alone, and does not
// say whose it is: agents' sessions end themselves when they see one.
func TestOnlyTheAgentWhoTransfersIsTold(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		token := ana.Connection(ada)
		mustDo(t, ana.Transfer(ada, "CreateAdditionalConnection", toBen))
		synctest.Wait()
		ben.Accept(ada)
		synctest.Wait()
		if items := ben.Heard(ada); slices.Contains(items, "transfer.succeeded") {
			t.Errorf("the next agent heard %q", items)
		}
		of := func(items []servertest.Item) (n int) {
			for _, it := range items {
				if strings.HasSuffix(it.ContentType, "transfer.succeeded") {
					n++
					if it.ParticipantID != "" || it.DisplayName != "" || it.ParticipantRole != "" {
						t.Errorf("the event names %+v", it)
					}
				}
			}
			return n
		}
		if n := of(srv.Transcript(token)); n != 1 {
			t.Errorf("the transcript of the agent who left has it %d times", n)
		}
		if n := of(ada.Transcript()) + of(srv.Transcript(ben.Connection(ada))); n != 0 {
			t.Errorf("the transcripts of the others have it %d times", n)
		}
	})
}

func TestAChatGoesOnToAnotherQueue(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		mustDo(t, ana.Transfer(ada, "CreateAdditionalConnection", toSales))
		synctest.Wait()
		same(t, "Ada hears", heard.of("Ada", ada.Heard()), []string{"SYSTEM_MESSAGE: Off to Sales.", "Ana left"})
		if q := chatOf(t, srv, ada).Current().Queue; q != sales {
			t.Errorf("it is in queue %s", q)
		}
		same(t, "Ben's contact", ben.StateOf(ada), "connecting")
	})
}

func TestATransferThatFailsLeavesTheChatAsItIs(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		mustDo(t, ana.Transfer(ada, "CreateAdditionalConnection", toNowhere))
		synctest.Wait()
		same(t, "Ana's contact", ana.StateOf(ada), "connected")
		same(t, "Ana hears", heard.of("Ana", ana.Heard(ada)), []string{"transfer.failed"})
		same(t, "Ada hears", heard.of("Ada", ada.Heard()), []string{})
		if a := ana.Transfer(ada, "CreateAdditionalConnection", "b3110000-0000-4000-8000-0000000fbfff"); a.Status != 400 {
			t.Errorf("a quick connect that is not there: %d %s", a.Status, a.Body)
		}
		same(t, "contacts", len(chatOf(t, srv, ada).Contacts), 1)
	})
}

// Queues take a fifth more from within the centre than from outside.
func TestAFullQueueTakesAFifthMoreByTransfer(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		ben.SetState("Break")
		chats := []*servertest.Customer{ada}
		for i := range 6 {
			c := srv.StartChat(fmt.Sprint("Customer ", i))
			synctest.Wait()
			if i >= 4 { // Ana takes five at once
				mustDo(t, ana.On(chats[0], "ClearContact"))
				synctest.Wait()
				chats = chats[1:]
			}
			ana.Accept(c)
			chats = append(chats, c)
			mustDo(t, ana.Transfer(chats[len(chats)-2], "CreateAdditionalConnection", toSales))
			synctest.Wait()
			same(t, fmt.Sprintf("after transfer %d", i+1), ana.StateOf(chats[len(chats)-2]), "ended")
		}
		mustDo(t, ana.Transfer(chats[len(chats)-1], "CreateAdditionalConnection", toSales))
		synctest.Wait()
		same(t, "the seventh", ana.StateOf(chats[len(chats)-1]), "connected")
	})
}

func TestAColleagueIsAskedToJoin(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		mustDo(t, ana.Transfer(ada, "AddNewConnection", toBen))
		synctest.Wait()
		same(t, "Ana's contact", ana.StateOf(ada), "connected")
		same(t, "Ana's desk", ana.Connections(ada), []string{"agent connected", "inbound connected", "outbound Ben connecting"})
		same(t, "Ana hears", heard.of("Ana", ana.Heard(ada)), []string{"Ana invited"})
		if a := ana.Transfer(ada, "AddNewConnection", toSales); a.Status != 400 {
			t.Errorf("a second one is asked: %d %s", a.Status, a.Body)
		}
		ben.Accept(ada)
		synctest.Wait()
		same(t, "Ana's desk", ana.Connections(ada), []string{"agent connected", "inbound connected", "outbound Ben connected"})
		same(t, "Ben's desk", ben.Connections(ada), []string{"agent connected", "inbound connected", "outbound Ana connected"})
		id := ben.Say(ada, "Hello all")
		synctest.Wait()
		for who, all := range map[string][]string{"Ada": ada.Heard(), "Ana": ana.Heard(ada), "Ben": ben.Heard(ada)} {
			same(t, who+" hears", heard.of(who, all), []string{"Ben joined", "Ben: Hello all"})
		}
		if a := ada.Do("event", map[string]string{"ContentType": contact.MessageRead, "Content": `{"messageId":"` + id + `"}`}); a.Status != http.StatusConflict {
			t.Errorf("a receipt among three: %d", a.Status)
		}
		mustDo(t, ana.Hangup(ada, "agent"))
		synctest.Wait()
		same(t, "Ana's contact", ana.StateOf(ada), "ended")
		same(t, "Ben's contact", ben.StateOf(ada), "connected")
		ada.Say("Still there?")
		synctest.Wait()
		same(t, "Ben hears", heard.of("Ben", ben.Heard(ada)), []string{"Ana left", "Ada: Still there?"})
		mustDo(t, ben.Hangup(ada, "agent"))
		synctest.Wait()
		same(t, "Ada hears last", ada.LastEvent(), "chat.ended")
		chat := chatOf(t, srv, ada)
		for _, s := range chat.Contacts {
			if s.Open() || s.Reason != contact.ByAgent || s.Agent == "" {
				t.Errorf("contact %+v", s)
			}
		}
	})
}

// The customer's connection is the whole chat, whoever else takes part.
func TestEndingTheCustomersConnectionEndsTheChat(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		mustDo(t, ana.Transfer(ada, "AddNewConnection", toBen))
		synctest.Wait()
		ben.Accept(ada)
		mustDo(t, ana.Hangup(ada, "inbound"))
		synctest.Wait()
		same(t, "Ada hears last", ada.LastEvent(), "chat.ended")
		same(t, "Ana's contact", ana.StateOf(ada), "ended")
		same(t, "Ben's contact", ben.StateOf(ada), "ended")
	})
}

// A chat that comes back to an agent is there twice, and is cleared twice.
func TestAChangeOfStatusClearsTwoContactsOfAChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Open(t, servertest.Options{Directory: crowd(true)})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		mustDo(t, ana.Hangup(ada, "agent")) // the disconnect flow queues it again
		synctest.Wait()
		ana.Accept(ada)
		ada.Leave()
		same(t, "contacts on Ana's desk", len(ana.Work()), 2)
		ana.SetState("Break")
		same(t, "contacts on Ana's desk", len(ana.Work()), 0)
		for _, s := range chatOf(t, srv, ada).Contacts {
			if s.AfterWorkEnded.IsZero() {
				t.Errorf("contact %+v is not cleared", s)
			}
		}
	})
}

// When nobody is left and the colleague's contact was given up, the disconnect
// flow queues a contact of its own.
func TestTheDisconnectFlowBeginsAContactAfterATransferThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Open(t, servertest.Options{Directory: crowd(true)})
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ben.SetState("Break")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		mustDo(t, ana.Transfer(ada, "AddNewConnection", toBen))
		synctest.Wait()
		mustDo(t, ana.Hangup(ada, "outbound"))
		mustDo(t, ana.Hangup(ada, "agent"))
		synctest.Wait()
		chat := chatOf(t, srv, ada)
		if n := len(chat.Contacts); n != 3 || !chat.Queued() || chat.Queueing() != &chat.Contacts[2] || chat.Contacts[2].Method != contact.FromDisconnect {
			t.Errorf("the chat is %s with %+v", chat.Phase, chat.Contacts)
		}
		same(t, "Ana's newest contact", ana.StateOf(ada), "connecting")
	})
}

func TestAColleagueWhoWasAskedIsNotNeeded(t *testing.T) {
	for _, ringing := range []bool{false, true} {
		inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
			if !ringing {
				ben.SetState("Break")
			}
			mustDo(t, ana.Transfer(ada, "AddNewConnection", toBen))
			synctest.Wait()
			mustDo(t, ana.Hangup(ada, "outbound"))
			synctest.Wait()
			same(t, "Ana's desk", ana.Connections(ada), []string{"agent connected", "inbound connected"})
			want := map[bool]string{true: "rejected", false: ""}[ringing]
			same(t, "Ben's desk", ben.StateOf(ada), want)
			same(t, "Ana hears", heard.of("Ana", ana.Heard(ada)), []string{"Ana invited", "transfer.failed"})
			if chat := chatOf(t, srv, ada); chat.Waiting() || chat.Transfer != nil || chat.Phase != contact.Connected {
				t.Errorf("the chat is %s, with %+v on the way", chat.Phase, chat.Transfer)
			}
		})
	}
}

// Whoever was asked to join is waited for when the agent who asked has left.
func TestTheAgentLeavesBeforeTheColleagueComes(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		ben.SetState("Break")
		mustDo(t, ana.Transfer(ada, "AddNewConnection", toBen))
		synctest.Wait()
		mustDo(t, ana.Hangup(ada, "agent"))
		synctest.Wait()
		if chat := chatOf(t, srv, ada); chat.Phase != contact.Queued || chat.Transfer != nil {
			t.Errorf("the chat is %s", chat.Phase)
		}
		ben.SetState("Available")
		synctest.Wait()
		ben.Accept(ada)
		synctest.Wait()
		same(t, "Ben's contact", ben.StateOf(ada), "connected")
	})
}

// An agent who left the customer to the colleague's queue may say so again,
// without its flow running again.
func TestLeavingAgainRunsNoFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := team()
		for _, f := range dir.Flows {
			if f.Name == "Default customer queue" {
				f.Content = flowOf(say("say", "Please hold.", "end"), endIt)
			}
		}
		srv := servertest.Open(t, servertest.Options{Directory: dir})
		ada, ana := together(srv)
		mustDo(t, ana.Transfer(ada, "AddNewConnection", toBen)) // who is offline
		synctest.Wait()
		before := len(ada.Heard())
		connection := ana.Connection(ada)
		for range 2 {
			mustDo(t, srv.Participant(connection, "disconnect", map[string]string{"ClientToken": "bye"}))
			synctest.Wait()
		}
		if chat := chatOf(t, srv, ada); chat.Phase != contact.Queued {
			t.Errorf("the chat is %s", chat.Phase)
		}
		held := 0
		for _, line := range ada.Heard()[before:] {
			if strings.Contains(line, "Please hold.") {
				held++
			}
		}
		same(t, "how often the queue's flow ran", held, 1)
	})
}

// The flow of a quick connect may take its time, and survives a restart; the
// agent may stay or leave meanwhile.
func TestATransferTakesItsTime(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
			mustDo(t, ana.Transfer(ada, "CreateAdditionalConnection", slowlyToBen))
			synctest.Wait()
			same(t, "Ana's contact", ana.StateOf(ada), "connected")
			if leaves {
				mustDo(t, ana.Hangup(ada, "agent"))
			}
			srv.Stop()
			srv.Start()
			time.Sleep(31 * time.Second)
			synctest.Wait()
			same(t, "Ana's contact", ana.StateOf(ada), "ended")
			same(t, "Ben's contact", ben.StateOf(ada), "connecting")
			chat := chatOf(t, srv, ada)
			if chat.Transfer != nil || chat.Phase != contact.Offered {
				t.Errorf("the chat is %s, with %+v on the way", chat.Phase, chat.Transfer)
			}
		})
	}
}

func TestAChainHasTwelveContacts(t *testing.T) {
	inTeam(t, func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana, ben *servertest.Agent) {
		agents, targets := []*servertest.Agent{ana, ben}, []directory.QuickConnectID{toBen, toAna}
		for i := range contact.MaxContacts - 1 {
			from, to := agents[i%2], agents[(i+1)%2]
			mustDo(t, from.Transfer(ada, "TransferContact", targets[i%2]))
			synctest.Wait()
			from.Clear(ada)
			to.Accept(ada)
			synctest.Wait()
		}
		chat := chatOf(t, srv, ada)
		same(t, "contacts", len(chat.Contacts), contact.MaxContacts)
		last := agents[(contact.MaxContacts-1)%2]
		if a := last.Transfer(ada, "TransferContact", targets[(contact.MaxContacts-1)%2]); a.Status != http.StatusTooManyRequests {
			t.Errorf("the thirteenth contact: %d %s", a.Status, a.Body)
		}
		for i := 1; i < len(chat.Contacts); i++ {
			if chat.Contacts[i].Previous != chat.Contacts[i-1].ID {
				t.Errorf("contact %d follows %s", i, chat.Contacts[i].Previous)
			}
		}
		ada.Say("Still me")
		synctest.Wait()
		all := last.Heard(ada)
		same(t, "the last agent hears", all[len(all)-1], "Ada: Still me")
	})
}

// Who hands a chat on does not get it back at once, but who sees a customer
// return from the disconnect flow does.
func TestAChatThatWasHandedOnDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := team()
		d.Connects[toSales].Queue = seed.DevQueue
		srv := servertest.Open(t, servertest.Options{Directory: d})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		mustDo(t, ana.Transfer(ada, "TransferContact", toSales))
		time.Sleep(time.Minute)
		synctest.Wait()
		same(t, "Ana's contact", ana.StateOf(ada), "ended")
		ana.Clear(ada)
		synctest.Wait()
		same(t, "Ana's contact once she has cleared it", ana.StateOf(ada), "connecting")
	})
}
