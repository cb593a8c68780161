package widgetapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// startRequest is what a widget sends to start a chat.
type startRequest struct {
	DisplayName     string            `json:"displayName"`
	Attributes      map[string]string `json:"attributes"` // by the page, so anybody may have said them
	Token           string            `json:"token"`      // by the site's server
	ClientToken     string            `json:"clientToken"`
	ContentTypes    []string          `json:"contentTypes"`
	DurationMinutes *int32            `json:"durationMinutes"`
	CustomerID      string            `json:"customerId"`
	Proof           string            `json:"proof"`
	Captcha         string            `json:"captcha"`
}

type startAnswer struct {
	ContactID        string `json:"contactId"`
	ParticipantID    string `json:"participantId"`
	ParticipantToken string `json:"participantToken"`
}

const (
	// unsignedPrefix is what the names of attributes begin with that nobody
	// vouches for.
	unsignedPrefix = "HostedWidget-"
	defaultName    = "Customer"
	maxDisplayName = 256 // characters
	// A client token is a secret: who repeats it gets the same chat.
	minClientToken, maxClientToken = 16, 500
)

// start answers POST /widget/{id}/start.
func (a *API) start(ctx context.Context, f *found, from visitor, in *startRequest) (any, error) {
	call, err := a.translate(f, in)
	if err != nil {
		return nil, err
	}
	if err := a.checkProof(f.widget, in.Proof, in.ClientToken); err != nil {
		return nil, err
	}
	if err := a.approve(ctx, f, from, in); err != nil {
		return nil, err
	}
	if call.PersistentChat, err = a.past(ctx, f, call.CustomerId); err != nil {
		return nil, err
	}
	out, err := a.Start(ctx, call)
	if err != nil {
		return nil, err
	}
	return startAnswer{out.ContactId, out.ParticipantId, out.ParticipantToken}, nil
}

// translate makes the call of what a widget sent, as the widget's rules have it.
func (a *API) translate(f *found, in *startRequest) (*connect.StartChatContactRequest, error) {
	w := f.widget
	name, err := displayName(in.DisplayName)
	if err != nil {
		return nil, err
	}
	if n := len(in.ClientToken); n != 0 && (n < minClientToken || n > maxClientToken) {
		return nil, fault.Newf(fault.Invalid, "clientToken: must have %d to %d characters", minClientToken, maxClientToken)
	}
	vouched, err := a.vouched(w, in)
	if err != nil {
		return nil, err
	}
	customer, err := customerID(w.ID, vouched, in.CustomerID)
	if err != nil {
		return nil, err
	}
	attributes := make(map[string]string, len(in.Attributes)+len(vouched.Attributes))
	for k, v := range in.Attributes {
		attributes[unsignedPrefix+k] = v
	}
	maps.Copy(attributes, vouched.Attributes)
	call := &connect.StartChatContactRequest{
		InstanceId:                     string(f.dir.Instance.ID),
		ContactFlowId:                  string(cmp.Or(w.Flow, f.dir.Instance.DefaultFlow)),
		ParticipantDetails:             &connect.ParticipantDetails{DisplayName: name},
		Attributes:                     attributes,
		SupportedMessagingContentTypes: contentTypes(w, in.ContentTypes),
		ChatDurationInMinutes:          duration(w, in.DurationMinutes),
		CustomerId:                     customer,
	}
	if in.ClientToken != "" { // which no other door, and no other widget, is to know
		call.ClientToken = hashed("start", w.ID, in.ClientToken)
	}
	return call, call.Check()
}

// vouched returns what the site's server says of the customer.
func (a *API) vouched(w *directory.Widget, in *startRequest) (signed, error) {
	switch {
	case in.Token != "":
		return readToken(in.Token, w, a.WallClock())
	case w.Signed:
		return signed{}, fault.Newf(fault.Denied, "token: this widget needs one")
	}
	return signed{}, nil
}

// past returns what a chat of a persistent widget goes on from: the customer's
// last one, all of it.
func (a *API) past(ctx context.Context, f *found, customer string) (*connect.PersistentChat, error) {
	if !f.widget.Persistent || customer == "" {
		return nil, nil
	}
	last, err := a.LastChat(ctx, f.dir.Instance.ID, customer)
	if err != nil || last == "" {
		return nil, err
	}
	return &connect.PersistentChat{SourceContactId: string(last), RehydrationType: contact.EntirePastSession}, nil
}

var uuidForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
})

// customerID returns who the customer is. What the site's server says is
// believed. A browser may say a UUID that it has made up and keeps: nobody else
// knows it, and none of the two is ever taken for the other. Whoever sees the
// contact sees no more than a hash of it.
func customerID(id directory.WidgetID, vouched signed, said string) (string, error) {
	if vouched.CustomerID != "" || said == "" {
		return vouched.CustomerID, nil
	}
	if !uuidForm().MatchString(said) {
		return "", fault.Newf(fault.Invalid, "customerId: must be a UUID that the browser keeps; any other is believed in a token alone")
	}
	return "visitor-" + hashed("visitor", id, said)[:32], nil
}

// displayName returns the name that agents see, on one line and in the direction
// of its letters.
func displayName(name string) (string, error) {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name))
	if utf8.RuneCountInString(name) > maxDisplayName {
		return "", fault.Newf(fault.Invalid, "displayName: must have at most %d characters", maxDisplayName)
	}
	return cmp.Or(name, defaultName), nil
}

// contentTypes returns those of the widget that the page knows, plain text
// always.
func contentTypes(w *directory.Widget, known []string) []string {
	types := w.Types()
	if known == nil {
		return types
	}
	return slices.DeleteFunc(types, func(t string) bool { return t != contact.PlainText && !slices.Contains(known, t) })
}

// duration returns how long the chat may last: what the page asks for, but no
// longer than the widget allows.
func duration(w *directory.Widget, asked *int32) *int32 {
	if w.Duration == 0 {
		return asked
	}
	most := int32(w.Duration / time.Minute)
	if asked != nil {
		most = min(most, *asked)
	}
	return &most
}

// hashed is a hash of what somebody said to a widget, for one use of it.
func hashed(use string, id directory.WidgetID, said string) string {
	sum := sha256.Sum256([]byte(use + "\x00" + string(id) + "\x00" + said))
	return hex.EncodeToString(sum[:])
}
