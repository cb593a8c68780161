package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Configuration says who an agent is and what there is to choose from. It must
// not be changed.
type Configuration struct {
	Name        string // first and last
	Username    string
	ARN         string
	States      []State // to choose from, in the administrator's order
	Permissions []string
	Profile     RoutingProfile
}

// RoutingProfile says which chats an agent gets.
type RoutingProfile struct {
	ARN    string
	Name   string
	Chats  int     // that may be on the desk at a time
	Queues []Queue // the agent's own one too, which is the one without a name
}

// complete fills in what s leaves out: a name or a type alone will do.
func (c *Configuration) complete(s State) (State, error) {
	if s.ARN != "" {
		return s, nil
	}
	i := slices.IndexFunc(c.States, func(known State) bool {
		return (s.Name == "" || s.Name == known.Name) && (s.Type == "" || s.Type == known.Type)
	})
	if i < 0 || s == (State{}) {
		return State{}, fmt.Errorf("there is no agent state %q", cmp.Or(s.Name, string(s.Type)))
	}
	return c.States[i], nil
}

// configuration asks the server for the configuration.
func (c *client) configuration(ctx context.Context) (Configuration, error) {
	var out json.RawMessage
	if err := c.call(ctx, "GetAgentConfiguration", 0, struct{}{}, &out); err != nil {
		return Configuration{}, err
	}
	return parseConfiguration(out)
}

// parseConfiguration reads what GetAgentConfiguration answers and the socket
// pushes.
func parseConfiguration(content []byte) (Configuration, error) {
	var w struct {
		Configuration *struct {
			Name           string
			Username       string
			AgentARN       string
			AgentStates    []wireState
			Permissions    []string
			RoutingProfile struct {
				Name                  string
				RoutingProfileARN     string
				ChannelConcurrencyMap map[string]int
				Queues                []wireQueue
			}
		}
	}
	if err := json.Unmarshal(content, &w); err != nil {
		return Configuration{}, fmt.Errorf("parse configuration: %w", err)
	}
	from := w.Configuration
	if from == nil {
		return Configuration{}, errors.New("parse configuration: there is none")
	}
	conf := Configuration{
		Name: from.Name, Username: from.Username, ARN: from.AgentARN, Permissions: from.Permissions,
		Profile: RoutingProfile{
			ARN:   from.RoutingProfile.RoutingProfileARN,
			Name:  from.RoutingProfile.Name,
			Chats: from.RoutingProfile.ChannelConcurrencyMap["CHAT"],
		},
	}
	for _, s := range from.AgentStates {
		conf.States = append(conf.States, s.state())
	}
	for _, q := range from.RoutingProfile.Queues {
		conf.Profile.Queues = append(conf.Profile.Queues, Queue(q))
	}
	return conf, nil
}
