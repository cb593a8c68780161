package deskapi

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// quickConnect is what a contact can be handed on to, as the agent API shows it.
type quickConnect struct {
	ARN         string  `json:"endpointARN"`
	Type        string  `json:"type"`
	Name        string  `json:"name"`
	PhoneNumber *string `json:"phoneNumber"`
	AgentLogin  *string `json:"agentLogin"`
	Queue       *queue  `json:"queue"`
	Own         reach   `json:"bellpull"`
}

// reach is what our desk shows of a quick connect besides: whether anybody is
// likely to answer. Other pages do not look at it.
type reach struct {
	// State and StateType are a colleague's.
	State     string `json:"state,omitempty"`
	StateType string `json:"stateType,omitempty"`
	// Free is how many chats more the colleague, or those who serve the queue and
	// are available, could have now.
	Free    int  `json:"free"`
	Waiting *int `json:"waiting,omitempty"` // in the queue
}

// maxEndpoints is the most quick connects in one answer.
const maxEndpoints = 500

// getEndpoints lists the quick connects of some of the caller's queues.
func (a *API) getEndpoints(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		QueueARNs  []string `json:"queueARNs"`
		NextToken  *string  `json:"nextToken"`
		MaxResults *int     `json:"maxResults"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	queues := make([]contact.QueueID, len(in.QueueARNs))
	for i, arn := range in.QueueARNs {
		q := who.dir.FindQueue(arn)
		if q == nil {
			return nil, fault.Newf(fault.Invalid, "there is no queue %s", arn)
		}
		queues[i] = q.ID
	}
	all, err := a.Centre.QuickConnects(who.dir.Instance.ID, who.user.ID, queues)
	if err != nil {
		return nil, err
	}
	from, most := 0, maxEndpoints
	if in.MaxResults != nil && *in.MaxResults > 0 {
		most = min(most, *in.MaxResults)
	}
	if in.NextToken != nil && *in.NextToken != "" {
		if from, err = strconv.Atoi(*in.NextToken); err != nil || from < 0 {
			return nil, fault.Newf(fault.Invalid, "nextToken: is none that was given out")
		}
	}
	out := struct {
		Endpoints []quickConnect `json:"endpoints"`
		NextToken *string        `json:"nextToken"`
	}{Endpoints: []quickConnect{}}
	now, err := a.Centre.Board(ctx, who.dir)
	if err != nil {
		return nil, err
	}
	b := a.boards.drawn(a, now)
	for _, qc := range all[min(from, len(all)):min(from+most, len(all))] {
		out.Endpoints = append(out.Endpoints, quickConnectOf(who.dir, qc, b))
	}
	if from+most < len(all) {
		out.NextToken = new(strconv.Itoa(from + most))
	}
	return out, nil
}

func quickConnectOf(dir *directory.Directory, qc *directory.QuickConnect, now *board) quickConnect {
	out := quickConnect{ARN: dir.Instance.ARN("transfer-destination", string(qc.ID)), Type: "agent", Name: qc.Name}
	if u := dir.Users[qc.User]; u != nil {
		out.AgentLogin = &u.Username
		if i := slices.IndexFunc(now.Agents, func(a boardAgent) bool { return a.Username == u.Username }); i >= 0 {
			agent := &now.Agents[i]
			out.Own.State, out.Own.StateType = agent.State, agent.StateType
			if agent.StateType == stateTypes[contact.Routable] {
				out.Own.Free = max(0, agent.Capacity-len(agent.Contacts))
			}
		}
	}
	if qc.Queue != "" {
		out.Type, out.Queue = "queue", new(queueOf(dir, qc.Queue))
		if i := slices.IndexFunc(now.Queues, func(q boardQueue) bool { return q.ID == qc.Queue }); i >= 0 {
			out.Own.Free, out.Own.Waiting = now.Queues[i].SlotsAvailable, &now.Queues[i].Waiting
		}
	}
	return out
}

// transfer hands a contact on, or with adds asks a colleague. What happens with
// it is seen in the snapshots and the chat.
func (a *API) transfer(adds bool) operation {
	return func(ctx context.Context, who caller, body []byte) (any, error) {
		var in struct {
			ContactID contact.ID `json:"contactId"`
			Endpoint  struct {
				ARN string `json:"endpointARN"`
			} `json:"endpoint"`
		}
		if err := decode(body, &in); err != nil {
			return nil, err
		}
		to := directory.QuickConnectID(directory.BareID(in.Endpoint.ARN))
		return nil, a.Centre.Transfer(ctx, who.dir.Instance.ID, who.user.ID, in.ContactID, to, adds)
	}
}

// updateMonitorParticipantState lets a supervisor take part in a chat, or only
// listen again.
func (a *API) updateMonitorParticipantState(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID contact.ID      `json:"contactId"`
		Mode      contact.Monitor `json:"targetMonitorMode"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if in.Mode != contact.Listening && in.Mode != contact.Barging {
		return nil, fault.Newf(fault.Invalid, "targetMonitorMode: must be %s or %s", contact.Listening, contact.Barging)
	}
	return nil, a.Centre.Barge(ctx, who.dir.Instance.ID, who.user.ID, in.ContactID, in.Mode)
}

// notifyContactIssue writes what an agent reports about a contact into the log.
func (a *API) notifyContactIssue(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID contact.ID `json:"contactId"`
		Code      string     `json:"issueCode"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	agent, err := a.Centre.Agent(ctx, who.dir.Instance.ID, who.user.ID)
	if err != nil {
		return nil, err
	}
	if agent.Find(in.ContactID) == nil {
		return nil, fault.Newf(fault.NotFound, "contact %s is not on the agent's desk", in.ContactID)
	}
	a.Log.WarnContext(ctx, "an agent reports an issue with a contact", "contact", in.ContactID, "agent", who.user.ID, "code", in.Code)
	return nil, nil
}

// ignored answers what clients report about themselves.
func ignored(_ context.Context, _ caller, body []byte) (any, error) {
	return nil, decode(body, new(map[string]json.RawMessage))
}
