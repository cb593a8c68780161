package agent

import "context"

// QuickConnectType tells quick connects apart.
type QuickConnectType string

// The types of a QuickConnect. Chats go to queues and agents.
const (
	ToQueue QuickConnectType = "queue"
	ToAgent QuickConnectType = "agent"
	ToPhone QuickConnectType = "phone_number"
)

// QuickConnect is where a chat can be transferred to.
type QuickConnect struct {
	ARN   string
	Type  QuickConnectType
	Name  string
	Queue Queue // of ToQueue; else zero
}

// wireEndpoint is a quick connect as the agent API writes it.
type wireEndpoint struct {
	EndpointARN string           `json:"endpointARN"`
	Type        QuickConnectType `json:"type"`
	Name        string           `json:"name"`
	PhoneNumber *string          `json:"phoneNumber"`
	AgentLogin  *string          `json:"agentLogin"`
	Queue       *wireQueue       `json:"queue"`
}

func (q QuickConnect) wire() wireEndpoint {
	w := wireEndpoint{EndpointARN: q.ARN, Type: q.Type, Name: q.Name}
	if q.Queue.ARN != "" {
		w.Queue = new(wireQueue(q.Queue))
	}
	return w
}

// endpointPage is how many quick connects are asked for at a time.
const endpointPage = 500

// QuickConnects returns where chats of the given queues can be transferred to,
// by the queues' ARNs; without any, of the queues of the agent's routing
// profile. A queue that is not the agent's is an InvalidStateException.
func (d *Desk) QuickConnects(ctx context.Context, queueARNs ...string) ([]QuickConnect, error) {
	if len(queueARNs) == 0 {
		for _, q := range d.Configuration().Profile.Queues {
			queueARNs = append(queueARNs, q.ARN)
		}
	}
	var all []QuickConnect
	for next := (*string)(nil); ; {
		in := map[string]any{"queueARNs": queueARNs, "nextToken": next, "maxResults": endpointPage}
		var page struct {
			Endpoints []wireEndpoint
			NextToken string
		}
		if err := d.Call(ctx, "GetEndpoints", in, &page); err != nil {
			return nil, err
		}
		for _, e := range page.Endpoints {
			q := QuickConnect{ARN: e.EndpointARN, Type: e.Type, Name: e.Name}
			if e.Queue != nil {
				q.Queue = Queue(*e.Queue)
			}
			all = append(all, q)
		}
		if page.NextToken == "" {
			return all, nil
		}
		next = &page.NextToken
	}
}

// Transfer gives a chat away. It is over for this agent then, and the next one
// gets it as a contact of another id with the same InitialID.
func (d *Desk) Transfer(ctx context.Context, contactID string, to QuickConnect) error {
	return d.Call(ctx, "TransferContact", map[string]any{"contactId": contactID, "endpoint": to.wire()}, nil)
}

// AddParticipant asks another agent to join a chat, and returns the new
// participant's id if the server tells it.
func (d *Desk) AddParticipant(ctx context.Context, contactID string, who QuickConnect) (participantID string, err error) {
	var out struct{ ParticipantID string }
	err = d.Call(ctx, "AddNewConnection", map[string]any{"contactId": contactID, "endpoint": who.wire()}, &out)
	return out.ParticipantID, err
}
