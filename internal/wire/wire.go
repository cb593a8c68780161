// Package wire holds what goes over the line: the operations of the two
// services, the bodies of their requests and answers, and the frames of the
// WebSocket.
//
// Start reading at [Operation], then at participant.SendMessageRequest in the
// package next door. The packages connect and participant are generated from
// the descriptions in model/ by the program in gen/:
//
//	go generate ./internal/wire/...
//
// They contain a type for every structure (names as in the model), an
// [Operation] for every operation, an error type for every exception, and a
// Check method for every request. JSON codecs are generated for the operations
// that are listed in codecs.txt of either package; adding one is adding a line.
//
// How a type represents the wire:
//
//   - A string that is "" is absent. Where the model sets a minimum of 0
//     characters in a request, "" means something, and the member is a *string.
//   - Numbers and booleans are pointers; nil is absent.
//   - Lists and maps that are nil are absent; those that are empty are sent.
//   - Timestamps of the package connect are time.Time; the zero time is
//     absent. The package participant has strings instead: see [FormatTime].
//
// This package itself is what generated code calls, written by hand, and
// frames.go, which has the messages of the WebSocket.
package wire

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Auth says how the caller of an operation proves who they are.
type Auth uint8

// The ways to authenticate.
const (
	SigV4  Auth = iota // a signature over the request
	Bearer             // a token in the header X-Amz-Bearer
)

// Operation describes one operation of a service as data. Operations are
// package variables and must not be changed.
type Operation struct {
	Service string // "connect" or "participant"
	Name    string // "SendMessage"
	Method  string // "POST"
	Path    string // "/participant/views/{ViewToken}"; a parameter is one segment of the escaped path
	Auth    Auth
	Status  int // of a success
	Errors  []ErrorShape
}

// Declares reports whether the model lists the named exception for op.
func (op *Operation) Declares(name string) bool {
	for i := range op.Errors {
		if op.Errors[i].Name == name {
			return true
		}
	}
	return false
}

// ErrorShape is an exception that an operation declares.
type ErrorShape struct {
	Name   string
	Status int
}

// Input is a request as an operation sees it; the generated request types of
// the operations in codecs.txt implement it.
type Input interface {
	// DecodeRequest sets every member from r. What it keeps does not share
	// memory with r.Body.
	DecodeRequest(r *Request) error
	// Check applies the model's rules: required members, lengths, patterns,
	// enumerations, ranges. Its errors are *CheckError. The bearer token is
	// not checked: judging it is the business of whoever verifies it.
	Check() error
}

// Output is an answer that can be put on the wire.
type Output interface {
	AppendJSON(dst []byte) []byte
}

// Empty is the answer of operations for which the model has none.
type Empty struct{}

// AppendJSON appends {}: some clients cannot read an empty body.
func (*Empty) AppendJSON(dst []byte) []byte { return append(dst, '{', '}') }

// Exception is an error that a service declares. The generated exception types
// implement it.
type Exception interface {
	error
	Output
	ErrorName() string
	StatusCode() int
}

// SerializationError says that a request is not what its operation reads:
// malformed JSON or a member of another type. It is an [Exception].
type SerializationError struct {
	Message string
}

func (e *SerializationError) Error() string { return e.Message }

// ErrorName is the name that the services use.
func (e *SerializationError) ErrorName() string { return "SerializationException" }

// StatusCode is 400.
func (e *SerializationError) StatusCode() int { return http.StatusBadRequest }

// AppendJSON appends the error body.
func (e *SerializationError) AppendJSON(dst []byte) []byte {
	return AppendError(dst, e.ErrorName(), e.Message)
}

// AppendError appends an error body that has nothing but a name and a message.
func AppendError(dst []byte, name, message string) []byte {
	dst = append(dst, `{"__type":`...)
	dst = AppendString(dst, name)
	dst = append(dst, `,"message":`...)
	dst = AppendString(dst, message)
	return append(dst, '}')
}

// Request is what a generated decoder sees of an HTTP request.
type Request struct {
	Header   http.Header
	Params   []string // of the path, unescaped, in the order of the pattern
	RawQuery string
	Body     []byte

	scanner Scanner
	query   url.Values
	parsed  bool
}

// Scanner returns the scanner of the body, at its start.
func (r *Request) Scanner() *Scanner {
	r.scanner.Reset(r.Body)
	return &r.scanner
}

// Reset makes r ready for another request; the room of Params is kept.
func (r *Request) Reset() {
	*r = Request{Params: r.Params[:0], scanner: Scanner{scratch: r.scanner.scratch[:0]}}
}

// Head returns the first value of a header, whose name must be in Go's
// canonical form.
func (r *Request) Head(canonical string) string {
	if v := r.Header[canonical]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// QueryAll returns the values of a query key in the order in which they came.
func (r *Request) QueryAll(key string) []string {
	if !r.parsed {
		// A pair that cannot be unescaped counts as absent.
		r.query, _ = url.ParseQuery(r.RawQuery)
		r.parsed = true
	}
	return r.query[key]
}

// Query returns the first value of a query key.
func (r *Request) Query(key string) string {
	if v := r.QueryAll(key); len(v) > 0 {
		return v[0]
	}
	return ""
}

// isoWidth is the width of 2006-01-02T15:04:05.000Z. It is fixed, because clients
// sort these strings as text and some parse them with a fixed pattern. See
// docs/fidelity.md#timestamps.
const isoWidth = 24

// FormatTime formats t as the participant service does: UTC, three digits of
// a second, always 24 characters. The zero time gives "".
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	var text [isoWidth]byte
	return string(appendTime(text[:0], t))
}

// ParamInt32 reads a number of the path or query.
func ParamInt32(member, text string) (*int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, BadParam(member, "a whole number of 32 bits")
	}
	return new(int32(n)), nil
}

// ParamInt64 reads a number of the path or query.
func ParamInt64(member, text string) (*int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, BadParam(member, "a whole number of 64 bits")
	}
	return &n, nil
}

// ParamBool reads a boolean of the query.
func ParamBool(member, text string) (*bool, error) {
	switch text {
	case "true":
		return new(true), nil
	case "false":
		return new(false), nil
	}
	return nil, BadParam(member, "true or false")
}

// ParamTime reads a timestamp of a header or of the query: an HTTP date or RFC
// 3339.
func ParamTime(member, text string) (time.Time, error) {
	t, err := http.ParseTime(text)
	if err != nil {
		t, err = time.Parse(time.RFC3339Nano, text)
	}
	if err != nil {
		return time.Time{}, BadParam(member, "a timestamp")
	}
	return t.UTC(), nil
}
