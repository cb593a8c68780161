package chat

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEveryKindOfItemHasItsEvent(t *testing.T) {
	no := false
	for _, test := range []struct {
		item Item
		want string
	}{
		{Item{Type: TypeMessage, ContentType: TextPlain}, "MessageEvent"},
		{Item{Type: TypeMessage, ParticipantRole: RoleSystem, MessageMetadata: &MessageMetadata{MessageCompleted: &no}}, "PartialMessageEvent"},
		{Item{Type: TypeMessage, ParticipantRole: RoleCustomBot, MessageMetadata: &MessageMetadata{MessageCompleted: &no}}, "MessageEvent"},
		{Item{Type: TypeAttachment}, "AttachmentEvent"},
		{event("typing"), "TypingEvent"},
		{event("participant.joined"), "JoinedEvent"},
		{event("participant.left"), "LeftEvent"},
		{event("participant.invited"), "InvitedEvent"},
		{event("participant.idle"), "IdleEvent"},
		{event("participant.returned"), "ReturnedEvent"},
		{event("participant.autodisconnection"), "AutoDisconnectionEvent"},
		{event("participant.displayname.updated"), "DisplayNameUpdatedEvent"},
		{event("transfer.succeeded"), "TransferEvent"},
		{event("transfer.failed"), "TransferEvent"},
		{event("chat.ended"), "EndedEvent"},
		{event("chat.rehydrated"), "RehydratedEvent"},
		{event("authentication.initiated"), "AuthenticationEvent"},
		{event("authentication.success"), "AuthenticationEvent"},
		{event("workflow.cancelled"), "OtherEvent"},
		{Item{Type: "NEW"}, "OtherEvent"},
	} {
		if got := fmt.Sprintf("%T", EventOf(test.item)); got != "chat."+test.want {
			t.Errorf("%s %s is a %s, want %s", test.item.Type, test.item.ContentType, got, test.want)
		}
	}
}

func event(suffix string) Item { return Item{Type: TypeEvent, ContentType: eventPrefix + suffix} }

func TestAuthenticationEventNamesItsSession(t *testing.T) {
	it := event("authentication.initiated")
	it.Content = `{"SessionId":"s-1"}`
	want := AuthenticationEvent{Item: it, State: "initiated", SessionID: "s-1"}
	if diff := cmp.Diff(Event(want), EventOf(it)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReceiptsAreToldAsTheyProgress(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	meta := func(r Receipt) Item {
		return Item{ID: "1", Type: TypeMessageMetadata, MessageMetadata: &MessageMetadata{MessageID: "1", Receipts: []Receipt{r}}}
	}
	tl := newTimeline("ada", "")
	tl.next(Item{ID: "1", Type: TypeMessage})
	for _, step := range []struct {
		name string
		item Item
		want []Event
	}{
		{"our own", meta(Receipt{RecipientParticipantID: "ada", ReadTimestamp: at}), nil},
		{"an empty one", meta(Receipt{RecipientParticipantID: "ben"}), nil},
		{"delivered", meta(Receipt{RecipientParticipantID: "ben", DeliveredTimestamp: at}), []Event{
			DeliveredReceiptEvent{"1", Receipt{RecipientParticipantID: "ben", DeliveredTimestamp: at}},
		}},
		{"delivered again", meta(Receipt{RecipientParticipantID: "ben", DeliveredTimestamp: at}), nil},
		{"read, found in the transcript", Item{ID: "1", Type: TypeMessage, MessageMetadata: &MessageMetadata{Receipts: []Receipt{{RecipientParticipantID: "ben", ReadTimestamp: at}}}}, []Event{
			ReadReceiptEvent{"1", Receipt{RecipientParticipantID: "ben", ReadTimestamp: at}},
		}},
		{"delivered, late", meta(Receipt{RecipientParticipantID: "ben", DeliveredTimestamp: at}), nil},
	} {
		if diff := cmp.Diff(step.want, tl.next(step.item)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
	}
}

func TestRecordIsTheTranscriptSoFar(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var r Record
	for _, step := range []struct {
		ev   Event
		want bool
	}{
		{JoinedEvent{Item{ID: "1"}}, true},
		{TypingEvent{Item{ID: "2"}}, false},
		{PartialMessageEvent{Item{ID: "3", Content: "a"}}, true},
		{PartialMessageEvent{Item{ID: "3", Content: "ab"}}, true},
		{MessageEvent{Item{ID: "3", Content: "abc"}}, true},
		{DeliveredReceiptEvent{"3", Receipt{RecipientParticipantID: "ben", DeliveredTimestamp: at}}, true},
		{ReadReceiptEvent{"3", Receipt{RecipientParticipantID: "ben", ReadTimestamp: at}}, true},
		{ReadReceiptEvent{"9", Receipt{RecipientParticipantID: "ben", ReadTimestamp: at}}, false},
		{ConnectionLost{}, false},
		{EndedEvent{Item{ID: "4"}}, true},
	} {
		if got := r.Apply(step.ev); got != step.want {
			t.Errorf("Apply(%T) = %t, want %t", step.ev, got, step.want)
		}
	}
	want := []Item{{ID: "1"}, {ID: "3", Content: "abc", MessageMetadata: &MessageMetadata{MessageID: "3", Receipts: []Receipt{
		{RecipientParticipantID: "ben", DeliveredTimestamp: at, ReadTimestamp: at},
	}}}, {ID: "4"}}
	if diff := cmp.Diff(want, r.Items()); diff != "" {
		t.Errorf("items (-want +got)\n%s", diff)
	}
}

func TestPausesGrowAndAreBounded(t *testing.T) {
	if d := pause(0, time.Second); d != 0 {
		t.Errorf("the first attempt waits %v", d)
	}
	for failures := 1; failures < 100; failures++ {
		d := pause(failures, time.Second)
		lo, hi := 700*time.Millisecond, maxPause*13/10
		if failures > 6 {
			lo = maxPause * 7 / 10
		}
		if d < lo || d > hi {
			t.Errorf("after %d failures: %v, want %v to %v", failures, d, lo, hi)
		}
	}
}

func TestDefaultEndpointIsOfTheRegion(t *testing.T) {
	for _, test := range []struct {
		opts Options
		want string
	}{
		{Options{}, "https://participant.connect.us-east-1.amazonaws.com"},
		{Options{Region: "eu-central-1"}, "https://participant.connect.eu-central-1.amazonaws.com"},
		{Options{Region: "eu-central-1", Endpoint: "http://127.0.0.1:2355/"}, "http://127.0.0.1:2355"},
	} {
		if got := test.opts.withDefaults().Endpoint; got != test.want {
			t.Errorf("%+v: %s, want %s", test.opts, got, test.want)
		}
	}
}
