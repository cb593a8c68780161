package widgetapi

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// approvalRequest is what whoever approves starts is told.
type approvalRequest struct {
	InstanceID contact.InstanceID `json:"instanceId"`
	WidgetID   directory.WidgetID `json:"widgetId"`
	Origin     string             `json:"origin"`
	Address    string             `json:"address"`
	UserAgent  string             `json:"userAgent"`
	// Captcha is what the page says to prove that a person is there.
	Captcha string `json:"captcha"`
	// Signed tells that the site's server has signed the start.
	Signed bool `json:"signed"`
}

// approve asks whether a chat may start, where somebody is to be asked. Without
// an answer it does not.
func (a *API) approve(ctx context.Context, f *found, from visitor, in *startRequest) error {
	if a.Approve == nil {
		return nil
	}
	body, err := json.Marshal(approvalRequest{
		f.dir.Instance.ID, f.widget.ID, from.origin, from.address, from.agent, in.Captcha, in.Token != "",
	})
	if err != nil {
		return fmt.Errorf("ask for approval: %w", err)
	}
	approved, err := a.Approve(ctx, body)
	switch {
	case err != nil:
		a.Log.WarnContext(ctx, "a start could not be approved", "widget", f.widget.ID, "error", err)
		return &wait{approveAgain, fault.Newf(fault.Throttled, "the start cannot be approved at the moment")}
	case !approved:
		return fault.Newf(fault.Denied, "the start was not approved")
	}
	return nil
}
