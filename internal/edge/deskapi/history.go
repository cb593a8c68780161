package deskapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/participantapi"
	"github.com/bellpull/bellpull/internal/fault"
)

// addHistory adds the operations about contacts that are not on the desk, or no
// longer. They are our own.
func (a *API) addHistory() {
	a.operations["SearchContacts"] = a.searchContacts
	a.operations["DescribeContact"] = a.describeContact
	a.operations["GetContactTranscript"] = a.getContactTranscript
	a.operations["UpdateContactAttributes"] = a.updateContactAttributes
}

// summary is a contact in a list.
type summary struct {
	ContactID        contact.ID     `json:"contactId"`
	InitialContactID contact.ID     `json:"initialContactId"`
	Customer         string         `json:"customer"`
	CustomerID       string         `json:"customerId,omitempty"`
	QueueID          string         `json:"queueId,omitempty"`
	Queue            string         `json:"queue"` // name
	Agent            string         `json:"agent"` // username
	AgentName        string         `json:"agentName,omitempty"`
	Started          *float64       `json:"started"`
	Answered         *float64       `json:"answered"`
	Ended            *float64       `json:"ended"`
	Reason           contact.Reason `json:"reason"`
	State            string         `json:"state"`
}

func summaryOf(dir *directory.Directory, l *contact.Leg) summary {
	s := summary{
		ContactID: l.Contact, InitialContactID: l.Chat, Customer: l.Name, CustomerID: l.CustomerID,
		QueueID: string(l.Queue), Queue: queueLabel(dir, l.Queue),
		Started: epoch(l.Initiated), Answered: epoch(l.Answered), Ended: epoch(l.Disconnected), Reason: l.Reason, State: legState(l),
	}
	s.Agent, s.AgentName = userLabels(dir, l.Agent)
	return s
}

// legState says in a word where a contact stands.
func legState(l *contact.Leg) string {
	switch {
	case !l.AfterStarted.IsZero() && l.AfterEnded.IsZero():
		return "afterwork"
	case !l.Disconnected.IsZero():
		return "ended"
	case !l.Answered.IsZero():
		return "connected"
	case !l.Enqueued.IsZero() && l.Dequeued.IsZero():
		return "waiting"
	}
	return "flow"
}

// queueLabel is what people call a queue: an agent's own goes by the agent.
func queueLabel(dir *directory.Directory, id contact.QueueID) string {
	if q := dir.Queues[id]; q != nil {
		return q.Name
	}
	_, name := userLabels(dir, id.Agent())
	return name
}

// userLabels are the username and the name of a user; one who has been removed
// goes by the id.
func userLabels(dir *directory.Directory, id contact.UserID) (username, name string) {
	if u := dir.Users[id]; u != nil {
		return u.Username, u.DisplayName()
	}
	return string(id), string(id)
}

// The sizes of pages.
const (
	searchResults    = 25
	maxSearchResults = 100
	transcriptItems  = 100
)

func (a *API) searchContacts(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		Text       string   `json:"text"`
		QueueID    string   `json:"queueId"`
		Username   string   `json:"username"`
		CustomerID string   `json:"customerId"`
		From       *float64 `json:"from"`
		To         *float64 `json:"to"`
		NextToken  string   `json:"nextToken"`
		MaxResults int      `json:"maxResults"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	s := centre.Search{Text: in.Text, CustomerID: in.CustomerID, From: moment(in.From), To: moment(in.To), Limit: searchResults}
	if in.MaxResults > 0 {
		s.Limit = min(in.MaxResults, maxSearchResults)
	}
	if in.QueueID != "" {
		q := who.dir.FindQueue(in.QueueID)
		if q == nil {
			return nil, fault.Newf(fault.Invalid, "there is no queue %s", in.QueueID)
		}
		s.Queue = q.ID
	}
	switch {
	case !who.user.Supervisor && in.Username != "" && in.Username != who.user.Username:
		return nil, fault.Newf(fault.Denied, "only supervisors may search the contacts of others")
	case !who.user.Supervisor:
		s.Agent = who.user.ID
	case in.Username != "":
		u, err := named(who, in.Username)
		if err != nil {
			return nil, err
		}
		s.Agent = u.ID
	}
	var err error
	if s.After, err = parsePlace(in.NextToken); err != nil {
		return nil, err
	}
	legs, next, err := a.Centre.SearchContacts(ctx, who.dir.Instance.ID, s)
	if err != nil {
		return nil, err
	}
	out := struct {
		Contacts  []summary `json:"contacts"`
		NextToken *string   `json:"nextToken"`
	}{Contacts: make([]summary, len(legs)), NextToken: text(placeToken(next))}
	for i := range legs {
		out.Contacts[i] = summaryOf(who.dir, &legs[i])
	}
	return out, nil
}

// moment is the reverse of epoch.
func moment(seconds *float64) time.Time {
	if seconds == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*seconds * 1000)).UTC()
}

// placeToken writes where a page ends; it is empty for the last one.
func placeToken(p centre.SearchPlace) string {
	if p.At.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMilli(), 10) + " " + string(p.ID)))
}

func parsePlace(s string) (p centre.SearchPlace, err error) {
	if s == "" {
		return p, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	at, id, ok := strings.Cut(string(b), " ")
	ms, err2 := strconv.ParseInt(at, 10, 64)
	if err != nil || err2 != nil || !ok {
		return p, fault.Newf(fault.Invalid, "nextToken: is none that was given out")
	}
	return centre.SearchPlace{At: time.UnixMilli(ms).UTC(), ID: contact.ID(id)}, nil
}

// description is all that a desk shows of a contact besides what is said.
type description struct {
	ContactID        contact.ID        `json:"contactId"`
	InitialContactID contact.ID        `json:"initialContactId"`
	Customer         string            `json:"customer"`
	CustomerID       string            `json:"customerId"`
	Channel          string            `json:"channel"`
	Queue            string            `json:"queue"`
	Agent            string            `json:"agent"`
	State            string            `json:"state"`
	Started          *float64          `json:"started"`
	Ended            *float64          `json:"ended"`
	Reason           contact.Reason    `json:"reason"`
	Attributes       map[string]string `json:"attributes"`
	References       []reference       `json:"references"`
	Name             string            `json:"name"`
	Description      string            `json:"description"`
	Segments         []summary         `json:"segments"`
	Earlier          []summary         `json:"earlier"`
}

type reference struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (a *API) describeContact(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID contact.ID `json:"contactId"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	v, err := a.Centre.Reading(ctx, who.dir, who.user, in.ContactID)
	if err != nil {
		return nil, err
	}
	earlier, err := a.Centre.Earlier(ctx, v.Chat)
	if err != nil {
		return nil, err
	}
	return describe(who.dir, v.Chat, in.ContactID, earlier), nil
}

func describe(dir *directory.Directory, chat *contact.Chat, id contact.ID, earlier []*contact.Chat) description {
	out := description{
		ContactID: id, InitialContactID: chat.ID, CustomerID: chat.CustomerID, Channel: "CHAT",
		Attributes: chat.Attributes, References: []reference{}, Name: chat.Details.Name, Description: chat.Details.Description,
		Segments: segmentsOf(dir, chat), Earlier: []summary{},
	}
	if out.Attributes == nil {
		out.Attributes = map[string]string{}
	}
	for _, s := range out.Segments {
		if s.ContactID == id {
			out.Customer, out.Queue, out.Agent, out.State = s.Customer, s.Queue, s.Agent, s.State
			out.Started, out.Ended, out.Reason = s.Started, s.Ended, s.Reason
		}
	}
	for _, name := range slices.Sorted(maps.Keys(chat.Details.References)) {
		ref := chat.Details.References[name]
		out.References = append(out.References, reference{name, strings.ToUpper(ref.Type), ref.Value})
	}
	for _, other := range earlier {
		out.Earlier = append(out.Earlier, wholeChat(dir, other))
	}
	return out
}

// segmentsOf are the contacts of a chat, but for those of supervisors who listen.
func segmentsOf(dir *directory.Directory, chat *contact.Chat) []summary {
	out := []summary{}
	for _, l := range chat.Legs() {
		if l.Method != contact.FromMonitor {
			out = append(out, summaryOf(dir, &l))
		}
	}
	return out
}

// wholeChat is a chat in one line: its last contact, from the chat's beginning on.
func wholeChat(dir *directory.Directory, chat *contact.Chat) summary {
	all := segmentsOf(dir, chat)
	s := all[len(all)-1]
	s.Started = epoch(chat.Started)
	if chat.Over() {
		s.Ended, s.Reason = epoch(chat.EndedAt), chat.Reason
	}
	return s
}

func (a *API) getContactTranscript(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID contact.ID `json:"contactId"`
		NextToken string     `json:"nextToken"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	var from int64
	if in.NextToken != "" {
		var err error
		if from, err = strconv.ParseInt(in.NextToken, 10, 64); err != nil || from <= 0 {
			return nil, fault.Newf(fault.Invalid, "nextToken: is none that was given out")
		}
	}
	v, err := a.Centre.Reading(ctx, who.dir, who.user, in.ContactID)
	if err != nil {
		return nil, err
	}
	page, err := a.Centre.ReadTranscript(ctx, v, from, transcriptItems)
	if err != nil {
		return nil, err
	}
	out := struct {
		InitialContactID contact.ID        `json:"initialContactId"`
		Items            []json.RawMessage `json:"items"`
		NextToken        *string           `json:"nextToken"`
	}{v.Chat.ID, []json.RawMessage{}, nil}
	for _, it := range participantapi.Items(&page) {
		out.Items = append(out.Items, it.AppendJSON(nil))
	}
	if page.Next > 0 {
		out.NextToken = new(strconv.FormatInt(page.Next, 10))
	}
	return out, nil
}

// updateContactAttributes merges attributes into those of a chat that the caller
// works on; supervisors may with any.
func (a *API) updateContactAttributes(ctx context.Context, who caller, body []byte) (any, error) {
	var in struct {
		ContactID  contact.ID        `json:"contactId"`
		Attributes map[string]string `json:"attributes"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if !who.user.Supervisor {
		agent, err := a.Centre.Agent(ctx, who.dir.Instance.ID, who.user.ID)
		if err != nil {
			return nil, err
		}
		if w := agent.Find(in.ContactID); w == nil || w.State != contact.Talking && w.State != contact.AfterWork {
			return nil, fault.Newf(fault.Denied, "contact %s is not one that user %s works on", in.ContactID, who.user.Username)
		}
	}
	return nil, a.Centre.UpdateAttributes(ctx, who.dir.Instance.ID, in.ContactID, in.Attributes)
}
