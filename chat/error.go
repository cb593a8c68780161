package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrEnded is what a session's calls return once the chat is over, and what
// Connect returns for a chat that is over already.
var ErrEnded = errors.New("the chat has ended")

// ErrClosed is what calls return after Session.Close.
var ErrClosed = errors.New("the session is closed")

// ErrTransferred is how an agent's session ends that has given its chat away.
var ErrTransferred = errors.New("the chat has been transferred")

// Error is an answer of the service other than success.
type Error struct {
	Operation  string // such as "SendMessage"
	Type       string // such as "AccessDeniedException"; the status in digits if the service named none
	Message    string
	StatusCode int
	RequestID  string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %s (status %d, request %s)", e.Operation, e.Type, e.Message, e.StatusCode, e.RequestID)
}

// Temporary reports whether the same request may succeed later.
func (e *Error) Temporary() bool {
	return e.StatusCode == http.StatusTooManyRequests ||
		e.StatusCode >= 500 && e.StatusCode != http.StatusNotImplemented
}

// temporary reports whether trying again may help: the service said so, or
// it was not reached.
func temporary(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Temporary()
	}
	for _, final := range []error{ErrEnded, ErrClosed, ErrTransferred, context.Canceled} {
		if errors.Is(err, final) {
			return false
		}
	}
	return true // the network, or an attempt that took too long
}

// denied reports whether the service refused the token.
func denied(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.StatusCode == http.StatusForbidden
}

// errorOf reads the error that resp is.
func errorOf(operation string, resp *http.Response) *Error {
	e := &Error{
		Operation:  operation,
		Type:       resp.Header.Get("X-Amzn-Errortype"),
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("X-Amzn-Requestid"),
	}
	var body struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // in either case
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err == nil && json.Unmarshal(text, &body) == nil {
		e.Message = body.Message
	}
	for _, t := range []string{e.Type, body.Code, body.Type, fmt.Sprint(resp.StatusCode)} {
		// A name may carry a namespace before # and an address after a colon.
		t, _, _ = strings.Cut(t, ":")
		t, _, _ = strings.Cut(t, ",")
		if e.Type = t[strings.LastIndexByte(t, '#')+1:]; e.Type != "" {
			break
		}
	}
	if e.Message == "" {
		e.Message = http.StatusText(resp.StatusCode)
	}
	return e
}
