package agent

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/bellpull/bellpull/chat"
)

// What a server answers other than success is a *chat.Error, whose Type is an
// exception of the agent API such as InvalidStateException.

// ErrClosed is what calls return after Desk.Close.
var ErrClosed = errors.New("the desk is closed")

// ErrSignedOut is why a desk is over whose agent the server does not let in any
// more: the user is gone or has another password.
var ErrSignedOut = errors.New("the agent is signed out")

// ErrNoContact is what calls return about a contact that is not on the desk.
var ErrNoContact = errors.New("the contact is not on the desk")

// errorOf reads the error that an answer is.
func errorOf(operation string, resp *http.Response, text []byte) *chat.Error {
	e := &chat.Error{
		Operation:  operation,
		Type:       http.StatusText(resp.StatusCode),
		Message:    http.StatusText(resp.StatusCode),
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("X-Amzn-Requestid"),
	}
	var named struct {
		Type    string `json:"__type"`
		Message string
	}
	if json.Unmarshal(text, &named) == nil && named.Type != "" {
		e.Type, e.Message = named.Type, named.Message
	}
	return e
}

func hasStatus(err error, status int) bool {
	e, ok := errors.AsType[*chat.Error](err)
	return ok && e.StatusCode == status
}

// refusal reports whether the server does not take what was signed in with.
func refusal(err error) bool {
	return hasStatus(err, http.StatusUnauthorized) || hasStatus(err, http.StatusForbidden)
}
