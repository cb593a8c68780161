package deskapi

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

type configuration struct {
	Name                string            `json:"name"`
	Username            string            `json:"username"`
	AgentARN            string            `json:"agentARN"`
	SoftphoneEnabled    bool              `json:"softphoneEnabled"`
	SoftphoneAutoAccept bool              `json:"softphoneAutoAccept"`
	Extension           string            `json:"extension"`
	AgentPreferences    map[string]string `json:"agentPreferences"`
	Permissions         []string          `json:"permissions"`
	DialableCountries   []string          `json:"dialableCountries"`
	AgentStates         []agentState      `json:"agentStates"`
	RoutingProfile      routingProfile    `json:"routingProfile"`
	Bellpull            rights            `json:"bellpull"`
}

// rights are what our own operations let the user do.
type rights struct {
	Supervisor bool `json:"supervisor"`
	Admin      bool `json:"admin"`
}

type routingProfile struct {
	Name                  string         `json:"name"`
	ARN                   string         `json:"routingProfileARN"`
	ID                    string         `json:"routingProfileId"` // the ARN once more
	ChannelConcurrencyMap map[string]int `json:"channelConcurrencyMap"`
	DefaultOutboundQueue  queue          `json:"defaultOutboundQueue"`
	Queues                []queue        `json:"queues"`
}

type queue struct {
	ARN  string  `json:"queueARN"`
	ID   string  `json:"queueId"` // the ARN once more
	Name *string `json:"name"`    // nil for an agent's own queue
}

var permissions = []string{"outboundCall"}

func (a *API) getAgentConfiguration(_ context.Context, who caller, _ []byte) (any, error) {
	return struct {
		Configuration configuration `json:"configuration"`
	}{configurationOf(who)}, nil
}

func configurationOf(who caller) configuration {
	in := &who.dir.Instance
	name := who.user.FirstName
	if who.user.LastName != "" {
		name += " " + who.user.LastName
	}
	if name == "" {
		name = who.user.Username
	}
	return configuration{
		Name:              name,
		Username:          who.user.Username,
		AgentARN:          in.ARN("agent", string(who.user.ID)),
		AgentPreferences:  preferences(who.user),
		Permissions:       permissions,
		DialableCountries: []string{},
		AgentStates:       states(who.dir),
		RoutingProfile:    profileOf(who),
		Bellpull:          rights{who.user.Supervisor, who.user.Admin},
	}
}

// preferences are what the user chose; a language is always among them, since
// pages refuse to save the configuration without.
func preferences(u *directory.User) map[string]string {
	out := map[string]string{"LANGUAGE": "en_US"}
	maps.Copy(out, u.Preferences)
	return out
}

// updateAgentConfiguration keeps what an agent can choose here: the preferences.
// The rest is about telephones.
func (a *API) updateAgentConfiguration(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		Configuration struct {
			AgentPreferences map[string]string `json:"agentPreferences"`
		} `json:"configuration"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if len(in.Configuration.AgentPreferences) == 0 {
		return nil, nil
	}
	return nil, a.SetPreferences(ctx, who.dir.Instance.ID, who.user.ID, in.Configuration.AgentPreferences)
}

// Configuration returns what is pushed on the topic agent/configuration: the
// same as GetAgentConfiguration answers.
func (a *API) Configuration(instance contact.InstanceID, user contact.UserID) ([]byte, error) {
	who, err := a.user(instance, user)
	if err != nil {
		return nil, err
	}
	out, err := a.getAgentConfiguration(context.Background(), who, nil)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func profileOf(who caller) routingProfile {
	p := who.dir.Profiles[who.user.Profile]
	if p == nil {
		p = &directory.RoutingProfile{ID: who.user.Profile}
	}
	arn := who.dir.Instance.ARN("routing-profile", string(p.ID))
	out := routingProfile{
		Name: p.Name, ARN: arn, ID: arn,
		ChannelConcurrencyMap: map[string]int{"CHAT": p.ChatConcurrency, "VOICE": 0, "TASK": 0},
		Queues:                queuesOf(who),
	}
	out.DefaultOutboundQueue = out.Queues[0]
	return out
}

// queuesOf returns the queues of the caller's routing profile, and last the
// caller's own, by whose ARN pages recognise the agent.
func queuesOf(who caller) []queue {
	in := &who.dir.Instance
	var out []queue
	if p := who.dir.Profiles[who.user.Profile]; p != nil {
		for _, pq := range p.Queues {
			if q := who.dir.Queues[pq.Queue]; q != nil {
				arn := in.ARN("queue", string(q.ID))
				out = append(out, queue{arn, arn, new(q.Name)})
			}
		}
	}
	own := in.ARN("queue", string(contact.AgentQueue(who.user.ID)))
	return append(out, queue{own, own, nil})
}

func (a *API) getAgentPermissions(context.Context, caller, []byte) (any, error) {
	return map[string]any{"permissions": permissions, "nextToken": nil}, nil
}

func (a *API) getAgentStates(_ context.Context, who caller, _ []byte) (any, error) {
	return map[string]any{"states": states(who.dir), "nextToken": nil}, nil
}

func (a *API) getDialableCountryCodes(context.Context, caller, []byte) (any, error) {
	return map[string]any{"countryCodes": []string{}, "nextToken": nil}, nil
}

func (a *API) getRoutingProfileQueues(_ context.Context, who caller, _ []byte) (any, error) {
	return map[string]any{"queues": queuesOf(who), "nextToken": nil}, nil
}
