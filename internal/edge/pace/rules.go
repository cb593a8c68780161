package pace

import (
	"maps"
	"time"

	"golang.org/x/time/rate"
)

// How long calls wait. Connections are never refused while that can be helped:
// a client that comes back after a cut gives its chat up for one refusal.
const (
	patience       = 5 * time.Second
	strictPatience = time.Second
	connecting     = 50 * time.Second
)

// Participants returns the pacer of the Participant Service.
func Participants(m Mode, now func() time.Time) *Pacer {
	shared := func(r rule, operations ...string) map[string]*rule {
		out := map[string]*rule{}
		for _, op := range operations {
			out[op] = &r
		}
		return out
	}
	join := func(all ...map[string]*rule) map[string]*rule {
		out := map[string]*rule{}
		for _, some := range all {
			maps.Copy(out, some)
		}
		return out
	}
	switch m {
	case Off:
		return nil
	case Strict: // of the instance, as published
		return newPacer(now, nil, join(
			shared(rule{name: "connect", rate: 6, burst: 9, patience: connecting}, "CreateParticipantConnection"),
			shared(rule{name: "say", rate: 10, burst: 15, patience: strictPatience}, "SendMessage", "SendEvent"),
			shared(rule{name: "read", rate: 8, burst: 12, patience: strictPatience}, "GetTranscript"),
			shared(rule{name: "leave", rate: 3, burst: 5, patience: strictPatience}, "DisconnectParticipant"),
			shared(rule{name: "upload", rate: 2, burst: 5, patience: strictPatience}, "StartAttachmentUpload", "CompleteAttachmentUpload"),
			shared(rule{name: "download", rate: 8, burst: 12, patience: strictPatience}, "GetAttachment"),
		))
	case Relaxed:
	}
	return newPacer(now, nil, join(
		shared(rule{name: "connect", rate: 2, burst: 30, patience: connecting, each: true}, "CreateParticipantConnection"),
		shared(rule{name: "say", rate: 20, burst: 100, patience: patience, each: true}, "SendMessage", "SendEvent"),
		shared(rule{name: "read", rate: 10, burst: 60, patience: patience, each: true}, "GetTranscript", "DescribeView", "GetAttachment"),
		shared(rule{name: "leave", rate: 2, burst: 10, patience: patience, each: true}, "DisconnectParticipant"),
		shared(rule{name: "upload", rate: 2, burst: 40, patience: patience, each: true}, "StartAttachmentUpload", "CompleteAttachmentUpload"),
	))
}

// Control returns the pacer of the control plane. Its rates are those of an
// access key.
func Control(m Mode, now func() time.Time) *Pacer {
	switch m {
	case Off:
		return nil
	case Strict:
		each := func(limit float64, burst int) *rule {
			return &rule{rate: rate.Limit(limit), burst: burst, patience: strictPatience, each: true}
		}
		rules := map[string]*rule{}
		for r, operations := range map[*rule][]string{
			each(5, 8): {
				"StartChatContact", "StartContactStreaming", "StopContactStreaming", "CreateParticipant",
				"CreatePersistentContactAssociation", "UpdateParticipantRoleConfig", "GetMetricData", "GetCurrentMetricData",
			},
			each(10, 15): {
				"GetContactAttributes", "UpdateContactAttributes", "DescribeContact", "UpdateContact", "StopContact",
				"ListContactReferences",
			},
			each(10, 10): {"GetMetricDataV2"},
			each(20, 20): {"UpdateContactRoutingData"},
			each(20, 25): {"TagContact", "UntagContact"},
			each(0.5, 1): {"SearchContacts"},
			each(17, 26): {"SendChatIntegrationEvent"},
			each(25, 50): {"ListIntegrationAssociations"},
		} {
			for _, op := range operations {
				own := *r
				own.name = op
				rules[op] = &own
			}
		}
		return newPacer(now, each(2, 5), rules)
	case Relaxed:
	}
	return newPacer(now, &rule{rate: 200, burst: 1000, patience: patience, each: true}, nil)
}
