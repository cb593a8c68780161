package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// pages reads the whole transcript backwards and returns what each page says,
// oldest first, the newest page first. Of items of the past the contact is that
// of RelatedContactId alone.
func pages(t *testing.T, c *servertest.Customer, size int) (all []string) {
	t.Helper()
	token := ""
	for range 50 {
		in := map[string]any{"MaxResults": size, "ScanDirection": "BACKWARD", "SortOrder": "ASCENDING"}
		if token != "" {
			in["NextToken"] = token
		}
		var out struct {
			InitialContactID, NextToken string
			Transcript                  []servertest.Item
		}
		a := c.Do("transcript", in)
		if a.Status != http.StatusOK {
			t.Fatalf("transcript: %d %s", a.Status, a.Body)
		}
		a.Into(t, &out)
		if out.InitialContactID != c.Contact {
			t.Errorf("InitialContactId %s, want %s", out.InitialContactID, c.Contact)
		}
		var said []string
		for _, it := range out.Transcript {
			past := it.RelatedContactID != ""
			if past == (it.ContactID != "") {
				t.Errorf("%+v is of the past and of the present, or of neither", it)
			}
			if it.Type == "MESSAGE" {
				said = append(said, it.Content)
			}
		}
		all = append(all, strings.Join(said, ","))
		if token = out.NextToken; token == "" {
			return all
		}
	}
	t.Fatal("the transcript does not end")
	return nil
}

// lonely is an inbound flow that lets the customer talk.
var lonely = flowOf(block("stay", "Wait", `{"TimeLimitSeconds":"86400"}`, "bye", "WaitCompleted->bye", "!NoMatchingError->bye"), bye)

// talk is a chat in which the customer says something and leaves.
func talk(srv *servertest.Server, more map[string]any, words ...string) *servertest.Customer {
	c := srv.NewChatWith("Ada", more)
	c.Connect()
	for _, w := range words {
		c.Say(w)
	}
	return c
}

func persistent(kind string, source *servertest.Customer) map[string]any {
	return map[string]any{"PersistentChat": map[string]string{"RehydrationType": kind, "SourceContactId": source.Contact}}
}

func TestAChatGoesOnFromPastOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, lonely, nil, nil)
		first := talk(srv, nil, "one", "two")
		first.Leave()
		second := talk(srv, persistent(contact.EntirePastSession, first), "three")
		if got := second.Events(); !slices.Contains(got, "chat.rehydrated") {
			t.Errorf("events %q, want chat.rehydrated among them", got)
		}
		second.Leave()
		third := talk(srv, persistent(contact.EntirePastSession, second), "four")
		if got, want := pages(t, third, 100), []string{"four", "three", "one,two"}; !slices.Equal(got, want) {
			t.Errorf("the transcript is %q, want %q", got, want)
		}
		srv.Restart()
		third.Connect()
		if got, want := strings.Trim(strings.Join(slices.DeleteFunc(pages(t, third, 1), func(s string) bool { return s == "" }), " "), " "), "four three two one"; got != want {
			t.Errorf("page by page the transcript is %q, want %q", got, want)
		}
		// Forward, and of one contact, there is no past.
		for name, in := range map[string]map[string]any{
			"forward":        {"MaxResults": 100, "ScanDirection": "FORWARD", "StartPosition": map[string]int{"MostRecent": 100}},
			"of one contact": {"MaxResults": 100, "ContactId": third.Contact},
		} {
			if a := third.Do("transcript", in); a.Status != http.StatusOK || strings.Contains(string(a.Body), "NextToken") || strings.Contains(string(a.Body), "three") {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		var described struct {
			Contact struct{ RelatedContactID, ContactAssociationID string }
		}
		srv.Call(http.MethodGet, "/contacts/"+string(seed.DevInstance)+"/"+third.Contact, "", &described)
		if d := described.Contact; d.RelatedContactID != second.Contact || d.ContactAssociationID != first.Contact {
			t.Errorf("the contact is described as %+v", d)
		}
	})
}

// A chat of two contacts is gone on from the first of them alone.
func TestAChatGoesOnFromASegment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(append([]string{hook("h", "CustomerRemaining", disconnectFlowID, "set")}, into(seed.DevQueue)...)...),
			map[contact.FlowID][2]string{disconnectFlowID: {"CONTACT_FLOW", flowOf(into(seed.DevQueue)...)}}, nil)
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		first := talk(srv, nil, "one")
		ana.Accept(first)
		ana.Hangup(first, "agent")
		synctest.Wait()
		first.Say("two") // in the second contact
		chat, err := srv.Centre().Chat(t.Context(), contact.ID(first.Contact))
		if err != nil || len(chat.Contacts) != 2 {
			t.Fatalf("the chat has %d contacts (%v), want 2", len(chat.Contacts), err)
		}
		last := string(chat.Current().ID)
		first.Leave()
		for _, test := range []struct{ kind, source, from, want string }{
			{contact.FromSegment, first.Contact, first.Contact, "one"},
			{contact.FromSegment, last, last, "one,two"},
			{contact.EntirePastSession, first.Contact, last, "one,two"},
			{contact.EntirePastSession, last, last, "one,two"}, // as some clients ask
		} {
			var out struct{ ContactID, ContinuedFromContactID, ParticipantID, ParticipantToken string }
			srv.Call(http.MethodPut, "/contact/chat", fmt.Sprintf(`{"InstanceId":%q,"ContactFlowId":%q,"ParticipantDetails":{"DisplayName":"Ada"},"PersistentChat":{"RehydrationType":%q,"SourceContactId":%q}}`,
				seed.DevInstance, seed.DevFlow, test.kind, test.source), &out)
			if out.ContinuedFromContactID != test.from {
				t.Errorf("%s of %s continues from %s, want %s", test.kind, test.source, out.ContinuedFromContactID, test.from)
			}
			c := &servertest.Customer{Contact: out.ContactID, ID: out.ParticipantID, Token: out.ParticipantToken}
			srv.Adopt(c)
			c.Connect()
			if got := pages(t, c, 100); len(got) != 2 || got[1] != test.want {
				t.Errorf("%s of %s shows %q, want %q as its past", test.kind, test.source, got, test.want)
			}
		}
	})
}

func TestARunningChatIsRehydrated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, lonely, nil, nil)
		first := talk(srv, nil, "one")
		first.Leave()
		second := talk(srv, nil, "two")
		associate := func(c *servertest.Customer, kind, source, token string) servertest.Answer {
			return srv.Call(http.MethodPost, "/contact/persistent-contact-association/"+string(seed.DevInstance)+"/"+c.Contact,
				fmt.Sprintf(`{"RehydrationType":%q,"SourceContactId":%q,"ClientToken":%q}`, kind, source, token), nil)
		}
		for range 2 { // the second one is a repeat
			if a := associate(second, contact.EntirePastSession, first.Contact, "t"); a.Status != http.StatusOK || !strings.Contains(string(a.Body), first.Contact) {
				t.Fatalf("associate: %d %s", a.Status, a.Body)
			}
		}
		synctest.Wait()
		if got := second.LastEvent(); got != "chat.rehydrated" {
			t.Errorf("last event %q, want chat.rehydrated", got)
		}
		if got, want := pages(t, second, 100), []string{"two", "one"}; !slices.Equal(got, want) {
			t.Errorf("the transcript is %q, want %q", got, want)
		}
		third := talk(srv, nil)
		for name, a := range map[string]servertest.Answer{
			"a second time":   associate(second, contact.EntirePastSession, first.Contact, "u"),
			"a running chat":  associate(third, contact.EntirePastSession, second.Contact, ""),
			"itself":          associate(third, contact.EntirePastSession, third.Contact, ""),
			"an ended chat":   associate(first, contact.EntirePastSession, first.Contact, ""),
			"an unknown kind": associate(third, "X", first.Contact, ""),
		} {
			if a.Status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		if a := associate(third, contact.EntirePastSession, "b3110000-0000-4000-8000-00000000dead", ""); a.Status != http.StatusNotFound {
			t.Errorf("an unknown contact: %d %s", a.Status, a.Body)
		}
	})
}

func TestAFlowRehydratesAChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(
			block("past", "CreatePersistentContactAssociation", `{"RehydrationType":"ENTIRE_PAST_SESSION","SourceContactId":"$.Attributes.past"}`, "again", "!NoMatchingError->none"),
			block("again", "CreatePersistentContactAssociation", `{"RehydrationType":"ENTIRE_PAST_SESSION","SourceContactId":"$.Attributes.past"}`, "bye", "!NoMatchingError->once"),
			say("none", "Welcome.", "stay"),
			say("once", "Welcome back.", "stay"),
			block("stay", "Wait", `{"TimeLimitSeconds":"86400"}`, "bye", "WaitCompleted->bye", "!NoMatchingError->bye"), bye), nil, nil)
		first := talk(srv, nil, "one")
		first.Leave()
		second := talk(srv, map[string]any{"Attributes": map[string]string{"past": first.Contact}})
		if got, want := pages(t, second, 100), []string{"Welcome back.", "Welcome.,one"}; !slices.Equal(got, want) {
			t.Errorf("the transcript is %q, want %q", got, want)
		}
	})
}

// What a flow says of the related contact is committed with its own step.
func TestAFlowChangesTheRelatedContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, flowOf(
			block("set", "UpdateContactAttributes", `{"Attributes":{"followed":"by $.ContactId"},"TargetContact":"Related"}`, "name", "!NoMatchingError->alone"),
			block("name", "UpdateContactData", `{"TargetContact":"Related","Name":"Old one","References":{"next":{"Type":"url","Value":"https://shop.example"}}}`, "done", "!NoMatchingError->alone"),
			say("done", "The other one knows.", "stay"),
			say("alone", "There is no other one.", "stay"),
			block("stay", "Wait", `{"TimeLimitSeconds":"86400"}`, "bye", "WaitCompleted->bye", "!NoMatchingError->bye"), bye), nil, nil)
		first := talk(srv, nil, "one")
		if got := lastText(first.Transcript()); got != "one" || !slices.Contains(texts(first.Transcript()), "There is no other one.") {
			t.Errorf("without a related contact the transcript is %q", texts(first.Transcript()))
		}
		second := talk(srv, map[string]any{"RelatedContactId": first.Contact})
		if got := lastText(second.Transcript()); got != "The other one knows." {
			t.Errorf("with a related contact the flow says %q", got)
		}
		for _, when := range []string{"at once", "after a restart"} {
			var attributes struct{ Attributes map[string]string }
			srv.Call(http.MethodGet, "/contact/attributes/"+string(seed.DevInstance)+"/"+first.Contact, "", &attributes)
			if got, want := attributes.Attributes["followed"], "by "+second.Contact; got != want {
				t.Errorf("%s the attribute is %q, want %q", when, got, want)
			}
			var described, itself struct {
				Contact struct{ Name, RelatedContactID, ContactAssociationID string }
			}
			srv.Call(http.MethodGet, "/contacts/"+string(seed.DevInstance)+"/"+first.Contact, "", &described)
			if described.Contact.Name != "Old one" {
				t.Errorf("%s the related contact is called %q", when, described.Contact.Name)
			}
			srv.Call(http.MethodGet, "/contacts/"+string(seed.DevInstance)+"/"+second.Contact, "", &itself)
			if d := itself.Contact; d.Name != "" || d.RelatedContactID != first.Contact || d.ContactAssociationID != first.Contact {
				t.Errorf("%s the contact itself is %+v", when, d)
			}
			srv.Restart()
		}
		first.Connect()
		first.Say("I am still here") // its state was changed by another chat
		if got, want := pages(t, second, 100), []string{"The other one knows."}; !slices.Equal(got, want) {
			t.Errorf("a related chat's transcript is %q, want its own: %q", got, want)
		}
	})
}
