package deskapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/server/servertest"
)

func TestRequestsThatMakeNoSense(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana := srv.Desk("ana")
		header := map[string][]string{"X-Amz-Bearer": {ana.Access}, "X-Amz-Target": {"AmazonConnectCTIService.AcceptContact"}}
		for _, c := range []struct {
			name string
			got  servertest.Answer
			want int
		}{
			{"an unknown operation", ana.Do("MakeCoffee", nil), 400},
			{"no operation", ana.Do("", nil), 400},
			{"a contact that is none", ana.Do("AcceptContact", map[string]string{"contactId": "none"}), 400},
			{"no contact", ana.Do("AcceptContact", struct{}{}), 400},
			{"a number for a contact", ana.Do("AcceptContact", map[string]int{"contactId": 1}), 400},
			{"no JSON", srv.Do("POST", "/api", header, "{"), 400},
			{"a list", srv.Do("POST", "/api", header, "[]"), 400},
			{"no body", srv.Do("POST", "/api", header, ""), 400},
			{"an unknown transport", ana.Do("CreateTransport", map[string]string{"transportType": "pigeon"}), 400},
			{"a token for no chat", ana.Do("CreateTransport", map[string]string{"transportType": "chat_token", "participantId": "none"}), 400},
			{"another method", srv.Do("GET", "/api", header, ""), 405},
		} {
			same(t, c.name, c.got.Status, c.want)
			var body struct {
				Type    string `json:"__type"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal(c.got.Body, &body); err != nil || body.Message == "" {
				t.Errorf("%s: body %s", c.name, c.got.Body)
			}
			same(t, c.name+": type in the body", body.Type, c.got.ErrorType())
		}
		preflight := srv.Do("OPTIONS", "/api", nil, "")
		same(t, "preflight", preflight.Status, 204)
		same(t, "origin", preflight.Header.Get("Access-Control-Allow-Origin"), "*")
	})
}

// What a page gets to choose from is what the directory has, and what it sends
// back is understood.
func TestConfiguration(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		var out struct {
			Configuration struct {
				Name, Username string
				AgentStates    []servertest.State
				RoutingProfile struct {
					ChannelConcurrencyMap map[string]int
					Queues                []struct {
						QueueARN string
						Name     *string
					}
				}
			}
		}
		srv.Desk("ana").Do("GetAgentConfiguration", nil).Into(t, &out)
		c := out.Configuration
		same(t, "name", c.Name, "Ana")
		same(t, "user name", c.Username, "ana")
		var names []string
		for _, s := range c.AgentStates {
			names = append(names, s.Name+" "+s.Type)
		}
		same(t, "states", strings.Join(names, ", "), "Available routable, Offline offline, Break not_routable")
		same(t, "chats at once", c.RoutingProfile.ChannelConcurrencyMap["CHAT"], 5)
		queues := c.RoutingProfile.Queues
		if len(queues) != 2 || queues[0].Name == nil || *queues[0].Name != "BasicQueue" || queues[1].Name != nil {
			t.Errorf("queues: got %+v, want BasicQueue and the agent's own without a name", queues)
		}
	})
}

func TestTokensOfTheDesk(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ana, ben := srv.SignIn("ana"), srv.SignIn("ben")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		moment()
		ana.Accept(ada)

		// The participant token of the snapshot opens connections, as pages do
		// without the desk's sockets.
		var out struct {
			ConnectionCredentials struct{ ConnectionToken string }
		}
		in := map[string]any{"Type": []string{"CONNECTION_CREDENTIALS"}, "ConnectParticipant": true}
		srv.Participant(ana.Token(ada), "connection", in).Into(t, &out)
		said := srv.Participant(out.ConnectionCredentials.ConnectionToken, "message", map[string]string{"ContentType": "text/plain", "Content": "Hi"})
		same(t, "speak with it", said.Status, 200)

		refused(t, "a token for another agent's chat", ben.Do("CreateTransport", map[string]string{
			"transportType": "chat_token", "contactId": ada.Contact, "participantId": ana.ID(ada),
		}), 400, "InvalidStateException")
		refused(t, "a token for the customer", ana.Do("CreateTransport", map[string]string{
			"transportType": "chat_token", "contactId": ada.Contact, "participantId": ada.ID,
		}), 400, "InvalidStateException")

		// A customer's token is nothing to the desk, and the other way round.
		header := http.Header{"X-Amz-Bearer": {ada.Token}, "X-Amz-Target": {"AmazonConnectCTIService.GetAgentStates"}}
		refused(t, "a participant token", srv.Do("POST", "/api", header, ""), 401, "UnauthorizedException")
		refused(t, "an access token", srv.Participant(ana.Access, "disconnect", struct{}{}), 403, "AccessDeniedException")
	})
}
