package connectapi

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// UpdateParticipantRoleConfig answers PUT
// /contact/participant-role-config/{InstanceId}/{ContactId}: how long customers
// and agents may be silent. It counts from when the next agent joins.
func (a *API) UpdateParticipantRoleConfig(ctx context.Context, in *connect.UpdateParticipantRoleConfigRequest) (*connect.UpdateParticipantRoleConfigResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	if in.ChannelConfiguration.Chat == nil {
		return nil, fault.Newf(fault.Invalid, "ChannelConfiguration.Chat: is required")
	}
	timers := in.ChannelConfiguration.Chat.ParticipantTimerConfigList
	seen := map[[2]string]bool{}
	for _, t := range timers {
		value := t.TimerValue
		switch key := [2]string{t.ParticipantRole, t.TimerType}; {
		case (value.ParticipantTimerAction == "") == (value.ParticipantTimerDurationInMinutes == nil):
			return nil, fault.Newf(fault.Invalid, "TimerValue: must have one of its members")
		case seen[key]:
			return nil, fault.Newf(fault.Invalid, "ParticipantTimerConfigList: has timer %s of %s twice", t.TimerType, t.ParticipantRole)
		default:
			seen[key] = true
		}
	}
	return nil, a.centre.SetSilence(ctx, dir.Instance.ID, contactID(in.ContactId), func(all map[contact.Role]contact.Silence) {
		for _, t := range timers {
			var limit time.Duration // none, where it is unset
			if minutes := t.TimerValue.ParticipantTimerDurationInMinutes; minutes != nil {
				limit = time.Duration(*minutes) * time.Minute
			}
			role := contact.Role(t.ParticipantRole)
			s := all[role]
			if t.TimerType == "IDLE" {
				s.Idle = limit
			} else {
				s.Leave = limit
			}
			all[role] = s
		}
	})
}
