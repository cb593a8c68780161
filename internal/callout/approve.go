package callout

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ApprovalSource is the text of the file that declares [ApprovalConfig], whose
// comments are the reference of these settings.
//
//go:embed approve.go
var ApprovalSource string

// ApprovalConfig says who is asked whether a chat may start.
type ApprovalConfig struct {
	// URL is where each start is posted before it is made; the answer is
	// {"approved": true} or {"approved": false}. Empty: nobody is asked. Which
	// addresses it may have is what callouts say.
	URL string `yaml:"url"`
	// SecretFile names the file of the secret with which posts are signed.
	SecretFile string `yaml:"secret_file"`
	// Timeout is how long an answer may take. Without one the chat does not start.
	Timeout time.Duration `yaml:"timeout"`
}

// Check reports the first setting that makes no sense. It reads no files.
func (c ApprovalConfig) Check() error { return WebhookConfig(c).Check() }

// Approver asks whether something may be done. Any number of goroutines may use
// it.
type Approver struct {
	post   *poster
	conf   ApprovalConfig
	secret string
}

// NewApprover returns one that reaches what callouts may. It reads the secret's
// file.
func NewApprover(c ApprovalConfig, from Config, now func() time.Time) (*Approver, error) {
	if err := errors.Join(c.Check(), from.Check()); err != nil {
		return nil, err
	}
	secret, err := readSecret(c.SecretFile)
	if err != nil {
		return nil, err
	}
	t, err := from.transport(nil)
	if err != nil {
		return nil, err
	}
	return &Approver{post: newPoster(t, now), conf: c, secret: secret}, nil
}

// maxApproval is the longest answer that is read, in bytes.
const maxApproval = 16 << 10

// Approve posts what is to be done, once, and returns the answer. An error says
// that there was none.
func (a *Approver) Approve(ctx context.Context, body []byte) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, a.conf.Timeout)
	defer cancel()
	r, err := request(ctx, a.conf.URL, body)
	if err != nil {
		return false, err
	}
	a.post.endorse(r, body, a.secret)
	answer, err := a.post.send(r, maxApproval)
	if err != nil {
		return false, err
	}
	var said struct {
		Approved *bool `json:"approved"`
	}
	if json.Unmarshal(answer.body, &said) != nil || said.Approved == nil {
		return false, fmt.Errorf(`%w: it must be {"approved": true} or {"approved": false}`, ErrAnswer)
	}
	return *said.Approved, nil
}

// Close closes the connections that are left.
func (a *Approver) Close() { a.post.client.CloseIdleConnections() }
