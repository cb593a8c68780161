package socket_test

import (
	"slices"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/bus"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// elsewhere commits what Ada says as another node would, and returns what that
// node announces.
func elsewhere(t *testing.T, srv *servertest.Server, ada *servertest.Customer, texts ...string) *bus.Announcement {
	t.Helper()
	st := srv.Centre().Store
	chat, err := st.Chat(t.Context(), contact.ID(ada.Contact))
	if err != nil {
		t.Fatal(err)
	}
	ch := &contact.Change{Was: chat}
	for _, text := range texts {
		ch.Items = append(ch.Items, contact.Item{
			Kind: contact.Message, Type: contact.PlainText, Text: text, By: contact.ParticipantID(ada.ID), Role: contact.Customer,
			Name: "Ada", Contact: chat.ID,
		})
	}
	ch.Stamp(time.Now(), srv.Centre().IDs)
	done, err := st.Commit(t.Context(), ch)
	if err != nil {
		t.Fatal(err)
	}
	return &bus.Announcement{Topic: bus.Chat(chat.ID), Remote: true, Brief: bus.BriefOf(done[0].Chat), Items: ch.Items}
}

func TestAnnouncementsOfOtherNodesAreDelivered(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		a := elsewhere(t, srv, ada, "1", "2")
		a.Receipts = []contact.Receipt{{Seq: a.Items[0].Seq, Message: a.Items[0].ID, By: "someone", Delivered: time.Now()}}
		for range 2 { // one that is doubled changes nothing
			srv.Centre().Bus.Announce(a)
			a.Receipts = nil
		}
		moment()
		ada.Say("3")
		moment()
		for who, items := range map[string][]servertest.Item{"Ada": ada.Socket.Items(), "Ana": ana.Items(ada)} {
			if got := said(items); !slices.Equal(got, numbers(1, 3)) {
				t.Errorf("%s heard %q", who, got)
			}
		}
	})
}

// A lost announcement costs a moment.
func TestMissedAnnouncementsAreReadFromTheStore(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		lost := elsewhere(t, srv, ada, "1", "2")
		moment()
		if got := said(ana.Items(ada)); len(got) > 0 {
			t.Fatalf("heard %q, of which nobody told", got)
		}
		for range 3 {
			srv.Centre().Bus.Announce(&bus.Announcement{Topic: lost.Topic, Remote: true, Missed: true})
		}
		moment()
		elsewhere(t, srv, ada, "3")
		late := elsewhere(t, srv, ada, "4")
		srv.Centre().Bus.Announce(late) // it does not continue what was sent
		moment()
		srv.Centre().Bus.Announce(lost) // out of its order
		moment()
		for who, items := range map[string][]servertest.Item{"Ada": ada.Socket.Items(), "Ana": ana.Items(ada)} {
			if got := said(items); !slices.Equal(got, numbers(1, 4)) {
				t.Errorf("%s heard %q", who, got)
			}
		}
	})
}

// Who is told by another node to have left hears nothing more.
func TestParticipantWhoLeftElsewhereHearsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, srv *servertest.Server) {
		ada, ana := talk(srv)
		a := elsewhere(t, srv, ada, "1")
		a.Brief.Present = nil
		a.Items = nil
		srv.Centre().Bus.Announce(a)
		srv.Centre().Bus.Announce(elsewhere(t, srv, ada, "2"))
		moment()
		if got := said(ada.Socket.Items()); len(got) > 0 {
			t.Errorf("Ada heard %q after she had left", got)
		}
		if got := said(ana.Items(ada)); !slices.Equal(got, numbers(1, 2)) {
			t.Errorf("Ana heard %q", got)
		}
	})
}
