package server_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// timers is a body of UpdateParticipantRoleConfig: idle after five minutes, out
// after ten, for one role.
func timers(role string) string {
	return `{"ChannelConfiguration":{"Chat":{"ParticipantTimerConfigList":[
		{"ParticipantRole":"` + role + `","TimerType":"IDLE","TimerValue":{"ParticipantTimerDurationInMinutes":5}},
		{"ParticipantRole":"` + role + `","TimerType":"DISCONNECT_NONCUSTOMER","TimerValue":{"ParticipantTimerDurationInMinutes":10}}]}}}`
}

func rolesOf(c *servertest.Customer) string {
	return "/contact/participant-role-config/" + string(seed.DevInstance) + "/" + c.Contact
}

// withTimers runs a test with Ana in a chat with Ada that has timers for the
// role.
func withTimers(t *testing.T, role string, test func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana *servertest.Agent)) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ana := srv.SignIn("ana")
		ada := srv.StartChat("Ada")
		srv.Call(http.MethodPut, rolesOf(ada), timers(role), nil)
		time.Sleep(time.Hour) // nobody is there to be silent towards
		ana.SetState("Available")
		synctest.Wait()
		ana.Accept(ada)
		synctest.Wait()
		heard = ears{"Ada": len(ada.Heard()), "Ana": len(ana.Heard(ada))}
		test(t, srv, ada, ana)
	})
}

func TestSilentCustomersAreToldAndReturn(t *testing.T) {
	withTimers(t, "CUSTOMER", func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana *servertest.Agent) {
		time.Sleep(4 * time.Minute)
		ada.Say("Still here")
		time.Sleep(4 * time.Minute)
		ana.Say(ada, "Good") // is no sign of the customer's
		synctest.Wait()
		same(t, "Ana hears", heard.of("Ana", ana.Heard(ada)), []string{"Ada: Still here", "Ana: Good"})
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		same(t, "Ana hears", heard.of("Ana", ana.Heard(ada)), []string{"Ada idle"})
		same(t, "Ada hears", heard.of("Ada", ada.Heard()), []string{"Ada: Still here", "Ana: Good", "Ada idle"})
		ada.Say("Sorry")
		synctest.Wait()
		same(t, "Ana hears", heard.of("Ana", ana.Heard(ada)), []string{"Ada returned", "Ada: Sorry"})
		srv.Restart()
		ana.OpenDesk()
		ada.Connect()
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		same(t, "Ada hears last", ada.LastEvent(), "participant.idle")
		items := ada.Items()
		want := `{"disconnectAt":"` + time.Now().Add(5*time.Minute-time.Second).UTC().Format("2006-01-02T15:04:05.000Z") + `"}`
		same(t, "Ada is warned of", items[len(items)-1].Content, want)
		for _, it := range ada.Transcript() {
			if it.ContentType == contact.ParticipantIdle || it.ContentType == contact.ParticipantReturned {
				t.Errorf("the transcript has %s", it.ContentType)
			}
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		same(t, "Ada hears last", ada.LastEvent(), "chat.ended")
		if why := chatOf(t, srv, ada).Reason; why != contact.ByIdleness {
			t.Errorf("it ended by %s", why)
		}
		same(t, "Ana's contact", ana.StateOf(ada), "ended")
	})
}

func TestSilentAgentsAreTakenOut(t *testing.T) {
	withTimers(t, "AGENT", func(t *testing.T, srv *servertest.Server, ada *servertest.Customer, ana *servertest.Agent) {
		for range 9 {
			ada.Say("Hello?")
			time.Sleep(time.Minute + 7*time.Second)
		}
		synctest.Wait()
		all := ada.Events()
		same(t, "Ada sees", all[len(all)-3:], []string{"participant.autodisconnection", "participant.left", "chat.ended"})
		same(t, "Ana's contact", ana.StateOf(ada), "ended")
	})
}

func TestTimersThatMakeNoSenseAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ada := srv.StartChat("Ada")
		list := func(items string) string {
			return `{"ChannelConfiguration":{"Chat":{"ParticipantTimerConfigList":[` + items + `]}}}`
		}
		const idle = `{"ParticipantRole":"AGENT","TimerType":"IDLE","TimerValue":{"ParticipantTimerDurationInMinutes":5}}`
		for name, body := range map[string]string{
			"no channel":    `{"ChannelConfiguration":{}}`,
			"no value":      list(`{"ParticipantRole":"AGENT","TimerType":"IDLE","TimerValue":{}}`),
			"two values":    list(`{"ParticipantRole":"AGENT","TimerType":"IDLE","TimerValue":{"ParticipantTimerDurationInMinutes":5,"ParticipantTimerAction":"Unset"}}`),
			"the same":      list(idle + "," + idle),
			"too short":     list(`{"ParticipantRole":"AGENT","TimerType":"IDLE","TimerValue":{"ParticipantTimerDurationInMinutes":1}}`),
			"out too early": list(idle + `,{"ParticipantRole":"AGENT","TimerType":"DISCONNECT_NONCUSTOMER","TimerValue":{"ParticipantTimerDurationInMinutes":5}}`),
			"unknown role":  list(`{"ParticipantRole":"CLOWN","TimerType":"IDLE","TimerValue":{"ParticipantTimerDurationInMinutes":5}}`),
		} {
			if a := srv.Call(http.MethodPut, rolesOf(ada), body, nil); a.Status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		if chat := chatOf(t, srv, ada); chat.Silence != nil {
			t.Errorf("the chat has %v", chat.Silence)
		}
	})
}

// An agent who is gone for longer than the operator allows does not keep the
// customer.
func TestALostAgentIsTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.Default()
		cfg.LostAfter = 2 * time.Minute
		srv := servertest.Open(t, servertest.Options{Config: &cfg})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		time.Sleep(30 * time.Minute) // with the desk open
		synctest.Wait()
		same(t, "Ana's contact", ana.StateOf(ada), "connected")
		ana.Socket.Close()
		time.Sleep(time.Minute + 50*time.Second)
		ana.OpenDesk()
		time.Sleep(time.Hour)
		synctest.Wait()
		same(t, "Ana's contact", ana.StateOf(ada), "connected")
		ana.Socket.Close()
		synctest.Wait()
		time.Sleep(2*time.Minute + time.Second)
		synctest.Wait()
		same(t, "Ada hears last", ada.LastEvent(), "chat.ended")
		if why := chatOf(t, srv, ada).Reason; why != contact.ByNetwork {
			t.Errorf("it ended by %s", why)
		}
		same(t, "Ana's contact", ana.StateOf(ada), "error")
		ana.Clear(ada)
		same(t, "Ana's desk", len(ana.Work()), 0)
	})
}

// A colleague who speaks is there for themselves alone.
func TestALostAgentIsTakenOutAlthoughAColleagueSpeaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.Default()
		cfg.LostAfter = 2 * time.Minute
		srv := servertest.Open(t, servertest.Options{Config: &cfg, Directory: team()})
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ben.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		ana.Accept(ada)
		mustDo(t, ana.Transfer(ada, "AddNewConnection", toBen))
		synctest.Wait()
		ben.Accept(ada)
		ana.Socket.Close()
		for range 5 {
			time.Sleep(time.Minute)
			ben.Say(ada, "Are you there?")
		}
		synctest.Wait()
		same(t, "Ana's contact", ana.StateOf(ada), "error")
		same(t, "Ben's contact", ben.StateOf(ada), "connected")
	})
}
