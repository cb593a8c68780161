package connectapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// StopContact answers POST /contact/stop. A contact that has ended, or never
// was, is 410 ContactNotFoundException (docs/fidelity.md#stopcontact).
func (a *API) StopContact(ctx context.Context, in *connect.StopContactRequest) (*connect.StopContactResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	why := contact.ByAPI
	if in.DisconnectReason != nil && in.DisconnectReason.Code != "" {
		why = contact.Reason(in.DisconnectReason.Code)
	}
	err = a.centre.StopContact(ctx, dir.Instance.ID, contactID(in.ContactId), why)
	if fault.KindOf(err) == fault.NotFound {
		return nil, fault.Newf(fault.Gone, "%v", err)
	}
	return nil, err
}
