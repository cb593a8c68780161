package awshttp

import (
	"encoding/json"

	"github.com/bellpull/bellpull/internal/wire"
)

// Failure is an error as a service names it.
type Failure struct {
	Status  int
	Name    string
	Message string
}

// Name returns what the service answers when op fails with err. It is for doors
// that run an operation and answer in a form of their own.
func (s *Service) Name(op *wire.Operation, requestID string, err error) Failure {
	status, name, body := s.failure(nil, &record{op: op, id: requestID}, err)
	var b struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &b) // what was just encoded
	return Failure{status, name, b.Message}
}
