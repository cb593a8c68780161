package connectapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/wire/connect"
)

// UpdateContactAttributes answers POST /contact/attributes. It merges, and
// works after the end of the contact.
func (a *API) UpdateContactAttributes(ctx context.Context, in *connect.UpdateContactAttributesRequest) (*connect.UpdateContactAttributesResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, a.centre.UpdateAttributes(ctx, dir.Instance.ID, contactID(in.InitialContactId), in.Attributes)
}

// GetContactAttributes answers GET
// /contact/attributes/{InstanceId}/{InitialContactId}.
func (a *API) GetContactAttributes(ctx context.Context, in *connect.GetContactAttributesRequest) (*connect.GetContactAttributesResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	chat, err := a.centre.DescribeContact(ctx, dir.Instance.ID, contactID(in.InitialContactId))
	if err != nil {
		return nil, err
	}
	attributes := chat.Attributes
	if attributes == nil {
		attributes = map[string]string{}
	}
	return &connect.GetContactAttributesResponse{Attributes: attributes}, nil
}
