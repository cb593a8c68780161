package connectapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/metrics"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// badParameter is the error of a value that cannot be, or is not supported.
func badParameter(format string, args ...any) error {
	return &connect.InvalidParameterException{Message: fmt.Sprintf(format, args...)}
}

// asParameter names a rule's refusal as badParameter does.
func asParameter(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.Invalid {
		return badParameter("%s", e.Message)
	}
	return err
}

// metricQueue returns a standard queue that a filter names by id or ARN. The
// queues of agents are in no figures.
func metricQueue(dir *directory.Directory, name string) (contact.QueueID, error) {
	q := dir.FindQueue(name)
	switch {
	case q == nil && dir.Users[contact.UserID(directory.BareID(name))] == nil:
		return "", fault.Newf(fault.NotFound, "there is no queue %s", name)
	case q == nil || q.ID.Agent() != "":
		return "", badParameter("queue %s is an agent's own, which has no metrics", name)
	}
	return q.ID, nil
}

// metricProfile returns a routing profile that a filter names by id or ARN.
func metricProfile(dir *directory.Directory, name string) (directory.ProfileID, error) {
	id := directory.ProfileID(directory.BareID(name))
	if dir.Profiles[id] == nil {
		return "", fault.Newf(fault.NotFound, "there is no routing profile %s", name)
	}
	return id, nil
}

// metricUser returns a user whom a filter names by id or ARN.
func metricUser(dir *directory.Directory, name string) (contact.UserID, error) {
	id := contact.UserID(directory.BareID(name))
	if dir.Users[id] == nil {
		return "", fault.Newf(fault.NotFound, "there is no user %s", name)
	}
	return id, nil
}

// resolve finds what each name names, once.
func resolve[T comparable](dir *directory.Directory, names []string, find func(*directory.Directory, string) (T, error)) ([]T, error) {
	var out []T
	for _, name := range names {
		v, err := find(dir, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out, nil
}

// The groupings that are supported.
const (
	groupQueue   = "QUEUE"
	groupChannel = "CHANNEL"
	groupProfile = "ROUTING_PROFILE"
	groupStep    = "ROUTING_STEP_EXPRESSION"
	groupStatus  = "AGENT_STATUS"
)

// metricFilters reads the filters that the current and the older historical
// figures share.
func metricFilters(dir *directory.Directory, f *connect.Filters) (*metrics.Scope, error) {
	switch {
	case len(f.Queues) > 0 && len(f.RoutingProfiles) > 0:
		return nil, badParameter("Filters: there may be Queues or RoutingProfiles, not both")
	case len(f.Subtypes) > 0 || len(f.ValidationTestTypes) > 0:
		return nil, badParameter("Filters: Subtypes and ValidationTestTypes are not supported")
	}
	queues, err := resolve(dir, f.Queues, metricQueue)
	if err != nil {
		return nil, err
	}
	profiles, err := resolve(dir, f.RoutingProfiles, metricProfile)
	if err != nil {
		return nil, err
	}
	return &metrics.Scope{Queues: queues, Profiles: profiles, Channels: f.Channels}, nil
}

// standardQueues returns the queues that a grouping by queue shows: those that
// are named, those of the profiles that are named, or all.
func standardQueues(dir *directory.Directory, s *metrics.Scope) []contact.QueueID {
	switch {
	case len(s.Queues) > 0:
		return s.Queues
	case len(s.Profiles) == 0:
		return slices.Sorted(maps.Keys(dir.Queues))
	}
	var out []contact.QueueID
	for _, id := range s.Profiles {
		for _, q := range dir.Profiles[id].Queues {
			if !slices.Contains(out, q.Queue) && dir.Queues[q.Queue] != nil {
				out = append(out, q.Queue)
			}
		}
	}
	return out
}

// shownProfiles returns the profiles that a grouping by profile shows: those
// that are named, or those that serve the queues that are named.
func shownProfiles(dir *directory.Directory, s *metrics.Scope) []directory.ProfileID {
	if len(s.Profiles) > 0 {
		return s.Profiles
	}
	var out []directory.ProfileID
	for _, id := range slices.Sorted(maps.Keys(dir.Profiles)) {
		if slices.ContainsFunc(dir.Profiles[id].Queues, func(q directory.ProfileQueue) bool { return slices.Contains(s.Queues, q.Queue) }) {
			out = append(out, id)
		}
	}
	return out
}

func queueReference(dir *directory.Directory, id contact.QueueID) *connect.QueueReference {
	bare := string(id)
	if u := id.Agent(); u != "" {
		bare = string(u)
	}
	return &connect.QueueReference{Id: bare, Arn: dir.Instance.ARN("queue", string(id))}
}

func profileReference(dir *directory.Directory, id directory.ProfileID) *connect.RoutingProfileReference {
	return &connect.RoutingProfileReference{Id: string(id), Arn: dir.Instance.ARN("routing-profile", string(id))}
}
