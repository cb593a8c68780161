package deskapi

import (
	"cmp"
	"context"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
)

// agentState is a status as the agent API shows it.
type agentState struct {
	ARN            string   `json:"agentStateARN"`
	Type           string   `json:"type"`
	Name           string   `json:"name"`
	StartTimestamp *float64 `json:"startTimestamp,omitempty"`
}

var stateTypes = map[contact.StatusType]string{
	contact.Routable: "routable",
	contact.Custom:   "not_routable",
	contact.Offline:  "offline",
}

func stateOf(dir *directory.Directory, s contact.Status) agentState {
	out := agentState{
		ARN:            dir.Instance.ARN("agent-state", string(s.ID)),
		Type:           stateTypes[s.Type],
		StartTimestamp: epoch(s.Since),
	}
	if kept := dir.Statuses[s.ID]; kept != nil {
		out.Name = kept.Name
	}
	return out
}

// states returns what an agent can choose from, in the administrator's order.
func states(dir *directory.Directory) []agentState {
	kept := make([]*directory.Status, 0, len(dir.Statuses))
	for _, s := range dir.Statuses {
		if !s.Disabled {
			kept = append(kept, s)
		}
	}
	slices.SortFunc(kept, func(a, b *directory.Status) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	out := make([]agentState, len(kept))
	for i, s := range kept {
		out[i] = stateOf(dir, contact.Status{ID: s.ID, Type: s.Type})
	}
	return out
}

// putAgentState sets the caller's state, or the one that follows the present
// work. The state is the whole object from the list of states.
func (a *API) putAgentState(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		State            agentState `json:"state"`
		EnqueueNextState bool       `json:"enqueueNextState"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	id := contact.StatusID(directory.BareID(in.State.ARN))
	return nil, a.Centre.SetStatus(ctx, who.dir.Instance.ID, who.user.ID, id, in.EnqueueNextState)
}
