package connectapi

import (
	"context"
	"slices"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// MonitorContact answers POST /contact/monitor: a supervisor listens to a chat.
// Barging is begun on the desk (docs/fidelity.md#supervisors).
func (a *API) MonitorContact(ctx context.Context, in *connect.MonitorContactRequest) (*connect.MonitorContactResponse, error) {
	dir, u, err := a.user(in.InstanceId, in.UserId)
	if err != nil {
		return nil, err
	}
	if caps := in.AllowedMonitorCapabilities; len(caps) > 0 && !slices.Contains(caps, string(contact.Listening)) {
		return nil, fault.Newf(fault.Invalid, "AllowedMonitorCapabilities: must have %s among them", contact.Listening)
	}
	mayBarge := len(in.AllowedMonitorCapabilities) == 0 || slices.Contains(in.AllowedMonitorCapabilities, string(contact.Barging))
	id, err := a.centre.Monitor(ctx, dir.Instance.ID, contactID(in.ContactId), u.ID, mayBarge, in.ClientToken)
	if err != nil {
		return nil, err
	}
	return &connect.MonitorContactResponse{ContactId: string(id), ContactArn: dir.Instance.ARN("contact", string(id))}, nil
}
