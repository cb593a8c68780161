package server_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/password"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// supervised is the dev instance with supervisors.
func supervised(n int) *directory.Directory {
	d := seed.Dev()
	for i := range n {
		u := *d.UserByName("ben")
		u.ID, u.Username, u.FirstName = contact.UserID(fmt.Sprintf("b3110000-0000-4000-8000-0000000fe0%02d", i)), fmt.Sprintf("boss%d", i), fmt.Sprintf("Boss%d", i)
		u.PasswordHash = passwordHash(u.Username)
		u.Supervisor = true
		d.Users[u.ID] = &u
	}
	return d
}

func monitor(srv *servertest.Server, d *directory.Directory, c *servertest.Customer, who, token string) servertest.Answer {
	return srv.Do(http.MethodPost, "/contact/monitor", servertest.Signed(), fmt.Sprintf(
		`{"InstanceId":%q,"ContactId":%q,"UserId":%q,"ClientToken":%q,"AllowedMonitorCapabilities":["SILENT_MONITOR","BARGE"]}`,
		d.Instance.ID, c.Contact, d.UserByName(who).ID, token))
}

func TestASupervisorListensAndBarges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := supervised(1)
		srv := servertest.Open(t, servertest.Options{Directory: d})
		ana, boss := srv.SignIn("ana"), srv.SignIn("boss0")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		if a := monitor(srv, d, ada, "boss0", ""); a.Status == http.StatusOK {
			t.Error("a chat without an agent can be monitored")
		}
		synctest.Wait()
		ana.Accept(ada)
		synctest.Wait()
		if a := monitor(srv, d, ada, "boss0", ""); a.Status == http.StatusOK {
			t.Error("a supervisor who is offline listens")
		}
		boss.SetState("Break")
		if a := monitor(srv, d, ada, "ben", ""); a.Status != http.StatusForbidden {
			t.Errorf("an agent monitors: %d %s", a.Status, a.Body)
		}
		var out, again struct{ ContactID, ContactArn string }
		monitor(srv, d, ada, "boss0", "once").Into(t, &out)
		monitor(srv, d, ada, "boss0", "once").Into(t, &again)
		if out.ContactID == "" || again != out {
			t.Errorf("MonitorContact answered %+v, and then %+v", out, again)
		}
		synctest.Wait()
		heard = ears{"Ada": len(ada.Heard()), "Ana": len(ana.Heard(ada)), "Boss": len(boss.Heard(ada))}
		same(t, "the supervisor's desk", boss.Connections(ada), []string{"agent silent_monitor", "inbound connected", "outbound Ana connected"})
		same(t, "Ana's desk", ana.Connections(ada), []string{"agent connected", "inbound connected"})
		ada.Say("Hello")
		synctest.Wait()
		same(t, "the supervisor hears", heard.of("Boss", boss.Heard(ada)), []string{"Ada: Hello"})
		if a := srv.Participant(boss.Connection(ada), "message", map[string]string{"ContentType": "text/plain", "Content": "psst"}); a.Status != http.StatusForbidden {
			t.Errorf("who listens speaks: %d", a.Status)
		}
		if a := boss.Hangup(ada, "inbound"); a.Status == http.StatusOK {
			t.Error("who listens ends the chat")
		}

		mode := func(m string) servertest.Answer {
			return boss.Do("UpdateMonitorParticipantState", map[string]string{"contactId": boss.Contact(ada), "targetMonitorMode": m})
		}
		if a := mode("WHISPER"); a.Status != http.StatusBadRequest {
			t.Errorf("an unknown mode: %d", a.Status)
		}
		mustDo(t, mode("BARGE"))
		mustDo(t, mode("BARGE"))
		boss.Say(ada, "Let me help")
		synctest.Wait()
		same(t, "Ada hears", heard.of("Ada", ada.Heard()), []string{"Ada: Hello", "Boss0 joined", "Boss0: Let me help"})
		same(t, "Ana's desk", ana.Connections(ada), []string{"agent connected", "inbound connected", "outbound Boss0 connected"})
		mustDo(t, mode("SILENT_MONITOR"))
		ada.Say("Gone?")
		synctest.Wait()
		same(t, "Ada hears", heard.of("Ada", ada.Heard()), []string{"Boss0 left", "Ada: Gone?"})
		same(t, "the supervisor hears", heard.of("Boss", boss.Heard(ada)), []string{"Boss0 joined", "Boss0: Let me help", "Boss0 left", "Ada: Gone?"})

		mustDo(t, mode("BARGE"))
		mustDo(t, ana.Hangup(ada, "agent"))
		synctest.Wait()
		if chatOf(t, srv, ada).Over() {
			t.Fatal("the chat ended although the supervisor takes part")
		}
		if a := mode("SILENT_MONITOR"); a.Status != http.StatusBadRequest {
			t.Errorf("the customer is left alone with one who listens: %d", a.Status)
		}
		mustDo(t, boss.Hangup(ada, "agent"))
		synctest.Wait()
		same(t, "Ada hears last", ada.LastEvent(), "chat.ended")
		same(t, "the supervisor's desk", len(boss.Work()), 0)
	})
}

// Who listens goes on listening while a chat that was handed on waits, and can
// take part when an agent does.
func TestASupervisorBargesOnlyWithAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := crowd(false)
		srv := servertest.Open(t, servertest.Options{Directory: d})
		ana, ben, boss := srv.SignIn("ana"), srv.SignIn("ben"), srv.SignIn("boss0")
		ana.SetState("Available")
		boss.SetState("Break")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		mustDo(t, monitor(srv, d, ada, "boss0", ""))
		mustDo(t, ana.Transfer(ada, "TransferContact", toBen))
		synctest.Wait()
		barge := func() int {
			return boss.Do("UpdateMonitorParticipantState", map[string]string{"contactId": boss.Contact(ada), "targetMonitorMode": "BARGE"}).Status
		}
		same(t, "while it waits", barge(), http.StatusBadRequest)
		ben.SetState("Available")
		synctest.Wait()
		ben.Accept(ada)
		same(t, "with Ben", barge(), http.StatusOK)
	})
}

func TestFiveSupervisorsListenAtMostAndTakeNoSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := supervised(6)
		srv := servertest.Open(t, servertest.Options{Directory: d})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		synctest.Wait()
		var bosses []*servertest.Agent
		for i := range 6 {
			bosses = append(bosses, srv.SignIn(fmt.Sprintf("boss%d", i)))
			bosses[i].SetState("Available")
			a := monitor(srv, d, ada, bosses[i].Username, "")
			if ok := a.Status == http.StatusOK; ok != (i < 5) {
				t.Errorf("supervisor %d: %d %s", i+1, a.Status, a.Body)
			}
		}
		mustDo(t, bosses[0].Do("UpdateMonitorParticipantState", map[string]string{"contactId": bosses[0].Contact(ada), "targetMonitorMode": "BARGE"}))
		if a := bosses[1].Do("UpdateMonitorParticipantState", map[string]string{"contactId": bosses[1].Contact(ada), "targetMonitorMode": "BARGE"}); a.Status == http.StatusOK {
			t.Error("two supervisors barge")
		}
		agent, err := srv.Centre().Agent(t.Context(), d.Instance.ID, d.UserByName("boss1").ID)
		if err != nil || agent.Used() != 0 || len(agent.Work) != 1 {
			t.Errorf("who listens has %d slots used: %v", agent.Used(), err)
		}
		ada.Leave()
		synctest.Wait()
		for _, b := range bosses {
			same(t, b.Username+"'s desk", len(b.Work()), 0)
		}
		same(t, "Ana's contact", ana.StateOf(ada), "ended")
	})
}

func passwordHash(text string) string {
	return password.Hash(text, password.Cost{MemoryKiB: 64, Passes: 1, Threads: 1})
}
