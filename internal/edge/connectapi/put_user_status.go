package connectapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// PutUserStatus answers PUT /users/{InstanceId}/{UserId}/status. While the user
// is in a chat it is the status that follows.
func (a *API) PutUserStatus(ctx context.Context, in *connect.PutUserStatusRequest) (*connect.PutUserStatusResponse, error) {
	dir, u, err := a.user(in.InstanceId, in.UserId)
	if err != nil {
		return nil, err
	}
	id := contact.StatusID(directory.BareID(in.AgentStatusId))
	if dir.Statuses[id] == nil {
		return nil, fault.Newf(fault.NotFound, "there is no agent status %s", in.AgentStatusId)
	}
	return nil, a.centre.SetStatus(ctx, dir.Instance.ID, u.ID, id, true)
}

// DismissUserContact answers POST /users/{InstanceId}/{UserId}/contact: it clears
// a contact that is over from the user's desk.
func (a *API) DismissUserContact(ctx context.Context, in *connect.DismissUserContactRequest) (*connect.DismissUserContactResponse, error) {
	dir, u, err := a.user(in.InstanceId, in.UserId)
	if err != nil {
		return nil, err
	}
	return nil, a.centre.Dismiss(ctx, dir.Instance.ID, u.ID, contactID(in.ContactId))
}

// AssociateContactWithUser answers POST
// /contacts/{InstanceId}/{ContactId}/associate-user: the user takes a contact out
// of its queue, whatever the routing would do.
func (a *API) AssociateContactWithUser(ctx context.Context, in *connect.AssociateContactWithUserRequest) (*connect.AssociateContactWithUserResponse, error) {
	dir, u, err := a.user(in.InstanceId, in.UserId)
	if err != nil {
		return nil, err
	}
	return nil, a.centre.Assign(ctx, dir.Instance.ID, contactID(in.ContactId), u.ID)
}

// user returns a user and the directory of an instance, both named by id or ARN.
func (a *API) user(instance, name string) (*directory.Directory, *directory.User, error) {
	dir, err := a.instance(instance)
	if err != nil {
		return nil, nil, err
	}
	u := dir.Users[contact.UserID(directory.BareID(name))]
	if u == nil {
		return nil, nil, fault.Newf(fault.NotFound, "there is no user %s", name)
	}
	return dir, u, nil
}
