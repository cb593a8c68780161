package connectapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/wire/connect"
)

// CreatePersistentContactAssociation answers POST
// /contact/persistent-contact-association/{InstanceId}/{InitialContactId}.
func (a *API) CreatePersistentContactAssociation(ctx context.Context, in *connect.CreatePersistentContactAssociationRequest) (*connect.CreatePersistentContactAssociationResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	from, err := a.centre.Rehydrate(ctx, dir.Instance.ID, contactID(in.InitialContactId), contactID(in.SourceContactId), in.RehydrationType, in.ClientToken)
	if err != nil {
		return nil, err
	}
	return &connect.CreatePersistentContactAssociationResponse{ContinuedFromContactId: string(from)}, nil
}
