package flow

import (
	"strings"

	"github.com/bellpull/bellpull/internal/fault"
)

// Effect is what a step asks to be done. It is one of Say, SetQueue,
// EnterQueue, Disconnect, End and Unknown.
type Effect interface{ effect() }

// The effects.
type (
	// Say sends a message to the participants.
	Say struct{ Text string }
	// SetQueue sets the working queue: a queue's id or ARN.
	SetQueue struct{ Queue string }
	// EnterQueue puts the contact into the working queue; where that works the
	// flow is over.
	EnterQueue struct{}
	// Disconnect ends the contact.
	Disconnect struct{}
	// End ends the flow. What becomes of the contact depends on the flow's type.
	End struct{}
	// Unknown is an action that this interpreter cannot run. It fails.
	Unknown struct{ Type string }
)

func (Say) effect()        {}
func (SetQueue) effect()   {}
func (EnterQueue) effect() {}
func (Disconnect) effect() {}
func (End) effect()        {}
func (Unknown) effect()    {}

// Values resolves a path such as $.Attributes.name; a path that leads nowhere
// is the empty text.
type Values func(path string) string

// Step returns what the given action asks for.
func (f *Flow) Step(id string, values Values) (Effect, error) {
	a := f.Actions[id]
	if a == nil {
		return nil, fault.Newf(fault.Invalid, "the flow has no action %q", id)
	}
	switch a.Type {
	case messageParticipant:
		return Say{Expand(a.parameter("Text"), values)}, nil
	case updateContactQueue:
		return SetQueue{Expand(a.parameter("QueueId"), values)}, nil
	case transferContactToQueue:
		return EnterQueue{}, nil
	case disconnectParticipant:
		return Disconnect{}, nil
	case endFlowExecution:
		return End{}, nil
	default:
		return Unknown{a.Type}, nil
	}
}

// Next returns the action that follows one that has been done, or, with an
// error type, the one that its error branch names: that of the type, or else
// that of NoMatchingError. It is empty where the flow ends.
func (f *Flow) Next(id, errorType string) string {
	a := f.Actions[id]
	if errorType == "" {
		return a.Next
	}
	if next := a.Errors[errorType]; next != "" {
		return next
	}
	return a.Errors[NoMatchingError]
}

// Expand replaces the paths in a text by their values. A path ends where no
// letter, digit, underscore, hyphen, bracketed key or inner dot follows.
func Expand(text string, values Values) string {
	var b strings.Builder
	for {
		i := strings.Index(text, "$.")
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		n := pathLength(text[i:])
		if n == 0 {
			b.WriteString("$.")
			text = text[i+2:]
			continue
		}
		b.WriteString(values(text[i : i+n]))
		text = text[i+n:]
	}
}

// pathLength returns how long the path at the start of s is; s starts with $.
// and the path has at least one more character.
func pathLength(s string) int {
	n := 1
	for n < len(s) {
		switch c := s[n]; {
		case c == '.' && n+1 < len(s) && (word(s[n+1]) || s[n+1] == '['):
			n++
		case word(c):
			n++
		case c == '[':
			end := strings.IndexByte(s[n:], ']')
			if end < 0 { // the bracket, and a dot before it, are text
				return trim(n - (len(s[:n]) - len(strings.TrimSuffix(s[:n], "."))))
			}
			n += end + 1
		default:
			return trim(n)
		}
	}
	return trim(n)
}

// trim makes a path without any key no path.
func trim(n int) int {
	if n <= 1 {
		return 0
	}
	return n
}

func word(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// Keys splits a path into its keys: $.Attributes.['my key'] has the keys
// Attributes and my key.
func Keys(path string) []string {
	var keys []string
	s := strings.TrimPrefix(path, "$")
	for s != "" {
		switch s[0] {
		case '.':
			s = s[1:]
		case '[':
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return append(keys, s)
			}
			keys = append(keys, strings.Trim(s[1:end], `'"`))
			s = s[end+1:]
		default:
			end := strings.IndexAny(s, ".[")
			if end < 0 {
				return append(keys, s)
			}
			keys = append(keys, s[:end])
			s = s[end:]
		}
	}
	return keys
}
