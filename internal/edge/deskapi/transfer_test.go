package deskapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// withConnects is the dev instance with seven quick connects, of every kind.
func withConnects() *directory.Directory {
	d := seed.Dev()
	clear(d.Connects)
	q := d.Queues[seed.DevQueue]
	q.Connects = nil
	for i := range 7 {
		qc := &directory.QuickConnect{ID: directory.QuickConnectID(fmt.Sprintf("b3110000-0000-4000-8000-0000000fb%03d", i)), Name: fmt.Sprintf("Connect %d", i)}
		switch i {
		case 0:
			qc.User = d.UserByName("ben").ID
		case 6:
			qc.Phone = "+15550100"
		default:
			qc.Queue = seed.DevQueue
		}
		d.Connects[qc.ID] = qc
		q.Connects = append([]directory.QuickConnectID{qc.ID}, q.Connects...)
	}
	const other contact.QueueID = "b3110000-0000-4000-8000-0000000fa002"
	d.Queues[other] = &directory.Queue{ID: other, Name: "Other"}
	return d
}

func TestQuickConnectsArePagedAndThoseOfTheAgentsQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withConnects()
		srv := servertest.Open(t, servertest.Options{Directory: d})
		ana := srv.Desk("ana")
		own := d.Instance.ARN("queue", "agent", string(d.UserByName("ana").ID))
		in := map[string]any{"queueARNs": []string{d.Instance.ARN("queue", string(seed.DevQueue)), own}, "maxResults": 4}
		var names []string
		pages := 0
		for token := ""; ; pages++ {
			in["nextToken"] = token
			var out struct {
				Endpoints []struct {
					EndpointARN, Type, Name string
					AgentLogin              *string
					Queue                   *struct{ QueueARN, Name string }
				}
				NextToken *string
			}
			ana.Do("GetEndpoints", in).Into(t, &out)
			for _, e := range out.Endpoints {
				login, queue := "-", "-"
				if e.AgentLogin != nil {
					login = *e.AgentLogin
				}
				if e.Queue != nil {
					queue = e.Queue.Name
				}
				names = append(names, strings.Join([]string{e.Name, e.Type, login, queue}, " "))
				if !strings.Contains(e.EndpointARN, "/transfer-destination/b3110000") {
					t.Errorf("endpoint %s", e.EndpointARN)
				}
			}
			if out.NextToken == nil {
				break
			}
			token = *out.NextToken
		}
		same(t, "pages before the last", pages, 1)
		same(t, "endpoints", strings.Join(names, ", "), "Connect 0 agent ben -, Connect 1 queue - BasicQueue, Connect 2 queue - BasicQueue, "+
			"Connect 3 queue - BasicQueue, Connect 4 queue - BasicQueue, Connect 5 queue - BasicQueue")
		for name, body := range map[string]any{
			"a queue of others":     map[string]any{"queueARNs": []string{d.Instance.ARN("queue", "b3110000-0000-4000-8000-0000000fa002")}},
			"another agent's queue": map[string]any{"queueARNs": []string{d.Instance.ARN("queue", "agent", string(d.UserByName("ben").ID))}},
			"no such queue":         map[string]any{"queueARNs": []string{"nowhere"}},
			"a token of one's own":  map[string]any{"queueARNs": []string{own}, "nextToken": "-1"},
		} {
			a := ana.Do("GetEndpoints", body)
			same(t, name, a.Status, 400)
			same(t, name, a.ErrorType(), "InvalidStateException")
		}
	})
}

func TestQuickConnectsTellWhoIsLikelyToAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withConnects()
		capacity := d.Profiles[d.UserByName("ben").Profile].ChatConcurrency
		srv := servertest.Open(t, servertest.Options{Directory: d})
		ana, ben := srv.Desk("ana"), srv.SignIn("ben")
		reach := func() string {
			time.Sleep(2 * time.Second) // a board is good for a second
			var out struct {
				Endpoints []struct {
					Bellpull struct {
						State   string
						Free    int
						Waiting *int
					}
				}
			}
			ana.Do("GetEndpoints", map[string]any{"queueARNs": []string{d.Instance.ARN("queue", string(seed.DevQueue))}}).Into(t, &out)
			colleague, queue := out.Endpoints[0].Bellpull, out.Endpoints[1].Bellpull
			if queue.Waiting == nil {
				return "nobody says who waits"
			}
			return fmt.Sprintf("%s %d, %d free %d waiting", colleague.State, colleague.Free, queue.Free, *queue.Waiting)
		}
		srv.StartChat("Ada")
		same(t, "Ben is offline", reach(), "Offline 0, 0 free 1 waiting")
		ben.SetState("Available")
		same(t, "Ada rings at Ben", reach(), fmt.Sprintf("Available %d, %d free 1 waiting", capacity-1, capacity-1))
	})
}

func TestTransfersThatCannotBeAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := withConnects()
		d.Instance.MultiParty = false
		srv := servertest.Open(t, servertest.Options{Directory: d})
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		ada := srv.StartChat("Ada")
		synctest.Wait()
		const toBen, toPhone = "b3110000-0000-4000-8000-0000000fb000", "b3110000-0000-4000-8000-0000000fb006"
		same(t, "while it rings", ana.Transfer(ada, "TransferContact", toBen).Status, 400)
		ana.Accept(ada)
		same(t, "to a telephone", ana.Transfer(ada, "TransferContact", toPhone).Status, 400)
		same(t, "a colleague, where that is not allowed", ana.Transfer(ada, "AddNewConnection", toBen).Status, 400)
		same(t, "by somebody else", srv.Desk("ben").Transfer(ada, "TransferContact", toBen).Status, 400)
		ada.Leave()
		synctest.Wait()
		same(t, "after the end", ana.Transfer(ada, "TransferContact", toBen).Status, 400)
		same(t, "Ana's contact", ana.StateOf(ada), "ended")
	})
}

// What an agent prefers is kept, and told to all of the agent's desks.
func TestPreferencesAreKeptAndPushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		ana := srv.Desk("ana")
		desk := srv.OpenSocket(ana.SocketURL())
		desk.Send(`{"topic":"aws/subscribe","content":{"topics":["agent/configuration"]}}`)
		time.Sleep(time.Second)
		synctest.Wait()
		pushed := func() (n int, last string) {
			for _, f := range desk.Frames() {
				if text := f.String(); strings.HasPrefix(text, `{"topic":"agent/configuration"`) {
					n, last = n+1, text
				}
			}
			return n, last
		}
		if n, _ := pushed(); n != 1 {
			t.Fatalf("%d configurations came on subscribing", n)
		}
		set := func(preferences map[string]string) servertest.Answer {
			return ana.Do("UpdateAgentConfiguration", map[string]any{"configuration": map[string]any{"softphoneEnabled": true, "agentPreferences": preferences}})
		}
		same(t, "setting a language", set(map[string]string{"LANGUAGE": "de_DE"}).Status, http.StatusOK)
		same(t, "too long a value", set(map[string]string{"LANGUAGE": strings.Repeat("x", 300)}).Status, 400)
		time.Sleep(time.Second)
		synctest.Wait()
		if n, last := pushed(); n != 1 || !strings.Contains(last, "de_DE") {
			t.Errorf("%d configurations came after the change, the last %s", n, last)
		}
		srv.Restart()
		var out struct {
			Configuration struct{ AgentPreferences map[string]string }
		}
		ana.Do("GetAgentConfiguration", nil).Into(t, &out)
		same(t, "language after a restart", out.Configuration.AgentPreferences["LANGUAGE"], "de_DE")
	})
}
