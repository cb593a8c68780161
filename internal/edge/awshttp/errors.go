package awshttp

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire"
)

// protocolError is a failure of HTTP or of authentication, which happens before
// an operation is reached and is named the same in every service. It
// implements wire.Exception.
type protocolError struct {
	status  int
	name    string
	message string
}

func (e *protocolError) Error() string     { return e.name + ": " + e.message }
func (e *protocolError) ErrorName() string { return e.name }
func (e *protocolError) StatusCode() int   { return e.status }

func (e *protocolError) AppendJSON(dst []byte) []byte {
	return wire.AppendError(dst, e.name, e.message)
}

func tooLarge(limit int64) error {
	return &protocolError{
		http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
		fmt.Sprintf("the body must have at most %d bytes", limit),
	}
}

// notImplemented refuses an operation that nobody handles, with an exception
// that it declares and that no client tries again. See
// docs/fidelity.md#operations-that-are-not-there.
func notImplemented(op *wire.Operation) error {
	name := "InvalidRequestException"
	for _, n := range []string{"InvalidRequestException", "InvalidParameterException", "ValidationException"} {
		if op.Declares(n) {
			name = n
			break
		}
	}
	return &protocolError{http.StatusBadRequest, name, op.Name + " is not implemented by this server"}
}

// fail puts the error answer into dst and the headers. rec learns what was
// answered and, when that hides the cause, the cause.
func (s *Service) fail(h http.Header, dst []byte, rec *record, err error) (status int, body []byte) {
	status, name, body := s.failure(dst, rec, err)
	rec.name = name
	h["x-amzn-ErrorType"] = []string{name}
	return status, body
}

func (s *Service) failure(dst []byte, rec *record, err error) (status int, name string, body []byte) {
	if e, ok := errors.AsType[wire.Exception](err); ok {
		if e.StatusCode() >= http.StatusInternalServerError {
			rec.err = err
		}
		return e.StatusCode(), e.ErrorName(), e.AppendJSON(dst)
	}
	kind, message := fault.KindOf(err), ""
	if e, ok := errors.AsType[*wire.CheckError](err); ok {
		kind, message = fault.Invalid, e.Error()
	} else if e, ok := errors.AsType[*fault.Error](err); ok {
		message = e.Message
	}
	rec.kind = kind
	if n, ok := s.nameOf(kind, rec.op); ok {
		if n.Message != "" {
			message = n.Message
		}
		return n.Status, n.Name, wire.AppendError(dst, n.Name, message)
	}
	rec.err = err
	n := s.cfg.Internal
	message = n.Message
	if message == "" {
		message = "The server failed; its log says why, under request " + rec.id
	}
	return n.Status, n.Name, wire.AppendError(dst, n.Name, message)
}

func (s *Service) nameOf(kind fault.Kind, op *wire.Operation) (ErrorName, bool) {
	names := s.cfg.Errors[kind]
	if len(names) == 0 || kind == fault.Internal {
		return ErrorName{}, false
	}
	for _, n := range names {
		if op != nil && op.Declares(n.Name) {
			return n, true
		}
	}
	return names[0], true
}
