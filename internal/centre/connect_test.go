package centre_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

func TestGreetingComesAfterSubscribing(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ada := srv.NewChat("Ada")
		url := ada.SocketURL()
		wait(time.Minute)
		ada.Socket = srv.OpenSocket(url)
		wait(time.Minute)
		equal(t, "before subscribing", ada.Heard(), []string{})
		ada.Socket.Send(servertest.Subscribe)
		synctest.Wait()
		equal(t, "after subscribing", ada.Heard(), []string{"Ada joined", welcome})
	})
}

func TestChatThatNobodyConnectsToEnds(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ada := srv.NewChat("Ada")
		wait(5*time.Minute - time.Second)
		ada.SocketURL() // fine still
		wait(2 * time.Second)
		a := srv.Participant(ada.Token, "connection", map[string]any{"Type": []string{"WEBSOCKET"}})
		refused(t, "connect after five minutes", a, 403, "AccessDeniedException")
		same(t, "reason", reason(srv, ada), "CUSTOMER_CONNECTION_NOT_ESTABLISHED")
	})
}

func TestChatThatSomebodyConnectedToGoesOn(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ada := srv.StartChat("Ada")
		ada.Socket.Close() // a lost socket is not leaving
		wait(6 * time.Minute)
		ada.Connect()
		equal(t, "after six minutes", ada.Events(), nil)
	})
}

func TestSpeakingConnects(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		ada := srv.NewChat("Ada")
		ada.SocketURL()
		ada.Say("Hello")
		var said []string
		for _, it := range ada.Transcript() {
			said = append(said, it.String())
		}
		equal(t, "transcript", said, []string{"Ada joined", welcome, "Ada: Hello"})
	})
}

func TestChatEndsWhenItsDurationIsOver(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *servertest.Server) {
		var out struct{ ContactID, ParticipantToken string }
		srv.Call("PUT", "/contact/chat", `{"InstanceId":"`+string(seed.DevInstance)+`","ContactFlowId":"`+string(seed.DevFlow)+
			`","ParticipantDetails":{"DisplayName":"Ada"},"ChatDurationInMinutes":60}`, &out)
		ada := *srv.NewChat("Ada") // as a model
		ada.Contact, ada.Token = out.ContactID, out.ParticipantToken
		ada.Connect()
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		moment()
		ana.Accept(&ada)
		wait(time.Hour - time.Second)
		same(t, "before the hour is over, last event", ada.LastEvent(), "participant.joined")
		wait(2 * time.Second)
		same(t, "after an hour, last event", ada.LastEvent(), "chat.ended")
		same(t, "reason", reason(srv, &ada), "EXPIRED")
		same(t, "the agent's work", ana.StateOf(&ada), "ended")
	})
}
