package connectapi

import (
	"cmp"
	"context"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// contactStates names the states of work as the control plane does.
var contactStates = map[contact.WorkState]string{
	contact.Ringing:    "CONNECTING",
	contact.Talking:    "CONNECTED",
	contact.AfterWork:  "ENDED",
	contact.MissedWork: "MISSED",
	contact.Rejected:   "REJECTED",
	contact.FailedWork: "ERROR",
}

// GetCurrentUserData answers POST /metrics/userdata/{InstanceId}. It shows those
// who are signed in, or have work on their desks still.
func (a *API) GetCurrentUserData(ctx context.Context, in *connect.GetCurrentUserDataRequest) (*connect.GetCurrentUserDataResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	wanted, err := userFilter(dir, in.Filters)
	if err != nil {
		return nil, err
	}
	now, err := a.centre.Snapshot(ctx, dir)
	if err != nil {
		return nil, err
	}
	agents := slices.DeleteFunc(now.Agents, func(ag *contact.Agent) bool {
		u := dir.Users[ag.User]
		return u == nil || !ag.Activity().Online() && len(ag.Work) == 0 || !wanted(u, ag)
	})
	slices.SortFunc(agents, func(x, y *contact.Agent) int { return cmp.Compare(x.User, y.User) })
	total := int64(len(agents))
	part, next, err := page(agents, func(ag *contact.Agent) string { return string(ag.User) }, in.MaxResults, 100, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.GetCurrentUserDataResponse{NextToken: next, ApproximateTotalCount: &total, UserDataList: make([]connect.UserData, len(part))}
	for i, ag := range part {
		if out.UserDataList[i], err = a.userData(ctx, dir, ag); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// userFilter says who is wanted.
func userFilter(dir *directory.Directory, f *connect.UserDataFilters) (func(*directory.User, *contact.Agent) bool, error) {
	given := 0
	for _, n := range []int{len(f.Agents), len(f.Queues), len(f.RoutingProfiles), len(f.UserHierarchyGroups)} {
		given += min(n, 1)
	}
	switch {
	case given > 1:
		return nil, badParameter("Filters: there may be one of Queues, RoutingProfiles, Agents and UserHierarchyGroups")
	case len(f.UserHierarchyGroups) > 0:
		return nil, badParameter("Filters: UserHierarchyGroups are not supported")
	}
	queues, err := resolve(dir, f.Queues, metricQueue)
	if err != nil {
		return nil, err
	}
	profiles, err := resolve(dir, f.RoutingProfiles, metricProfile)
	if err != nil {
		return nil, err
	}
	users, err := resolve(dir, f.Agents, metricUser)
	if err != nil {
		return nil, err
	}
	var states []string
	if f.ContactFilter != nil {
		states = f.ContactFilter.ContactStates
	}
	return func(u *directory.User, ag *contact.Agent) bool {
		return (len(queues) == 0 || slices.ContainsFunc(queues, func(q contact.QueueID) bool { return dir.Serves(u, q) })) &&
			(len(profiles) == 0 || slices.Contains(profiles, u.Profile)) &&
			(len(users) == 0 || slices.Contains(users, u.ID)) &&
			(len(states) == 0 || slices.ContainsFunc(ag.Work, func(w contact.Work) bool { return slices.Contains(states, contactStates[w.State]) }))
	}, nil
}

// userData shows one agent.
func (a *API) userData(ctx context.Context, dir *directory.Directory, ag *contact.Agent) (connect.UserData, error) {
	u := dir.Users[ag.User]
	p := dir.Profiles[u.Profile]
	out := connect.UserData{
		User:                    &connect.UserReference{Id: string(u.ID), Arn: dir.Instance.ARN("agent", string(u.ID))},
		Status:                  &connect.AgentStatusReference{StatusStartTimestamp: ag.Status.Since, StatusArn: dir.Instance.ARN("agent-state", string(ag.Status.ID))},
		MaxSlotsByChannel:       map[string]int32{},
		AvailableSlotsByChannel: map[string]int32{},
		ActiveSlotsByChannel:    map[string]int32{},
	}
	if s := dir.Statuses[ag.Status.ID]; s != nil {
		out.Status.StatusName = s.Name
	}
	if ag.Next != nil && dir.Statuses[ag.Next.ID] != nil {
		out.NextStatus = dir.Statuses[ag.Next.ID].Name
	}
	if p != nil {
		out.RoutingProfile = profileReference(dir, p.ID)
		channels := []string{metrics.Chat}
		for _, o := range p.Others {
			channels = append(channels, o.Channel)
		}
		for _, c := range channels {
			out.MaxSlotsByChannel[c] = int32(metrics.Slots(p, c))
			out.AvailableSlotsByChannel[c] = int32(metrics.AvailableSlots(ag, p, c))
			out.ActiveSlotsByChannel[c] = 0
		}
	}
	for i := range ag.Work {
		w := &ag.Work[i]
		if w.Monitor == "" && (w.State == contact.Talking || w.State == contact.AfterWork) {
			out.ActiveSlotsByChannel[metrics.Chat]++
		}
		chat, err := a.centre.Chat(ctx, w.Chat)
		if err != nil {
			return out, err
		}
		ref := connect.AgentContactReference{
			ContactId: string(w.Contact), Channel: metrics.Chat, AgentContactState: contactStates[w.State],
			StateStartTimestamp: w.Since, ConnectedToAgentTimestamp: w.Answered,
		}
		if w.Queue != "" {
			ref.Queue = queueReference(dir, w.Queue)
		}
		if s := chat.Segment(w.Contact); s != nil {
			ref.InitiationMethod = s.Method
		}
		out.Contacts = append(out.Contacts, ref)
	}
	return out, nil
}
