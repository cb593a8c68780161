// Package fault holds the kinds of failure that a client can act on. A rule
// decides the kind; the edge gives it the name that its protocol uses.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what a client can do about a failure.
type Kind uint8

// The kinds. The zero Kind is Internal: a failure that nobody classified.
const (
	Internal  Kind = iota // our fault; the cause is in the log
	Invalid               // the input breaks a rule; sending it again will not help
	Denied                // the caller may not do this
	NotFound              // what the input names does not exist
	Conflict              // the state forbids it, now
	Gone                  // it existed and is over
	Quota                 // a limit of the instance is reached
	Throttled             // too fast; later it will work
)

var kindNames = [...]string{"internal", "invalid", "denied", "not found", "conflict", "gone", "quota", "throttled"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Error is a failure of a known kind. Message is shown to the client.
type Error struct {
	Kind    Kind
	Message string
}

func (e *Error) Error() string { return e.Message }

// Newf returns an *Error of the given kind.
func Newf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of the first *Error in err's chain, or Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
