package participantapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/centre"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/token"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// DescribeView answers GET /participant/views/{ViewToken}. A token that is not
// one of the chat finds nothing.
func (a *API) DescribeView(ctx context.Context, in *participant.DescribeViewRequest) (*participant.DescribeViewResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	mark, err := a.tokens.Verify(in.ViewToken, token.View)
	if err != nil || contact.ID(mark.Realm) != chat {
		if err := a.centre.MayConnect(ctx, chat, p); err != nil {
			return nil, err
		}
		return nil, fault.Newf(fault.NotFound, "there is no view of this token")
	}
	v, err := a.centre.View(ctx, chat, p, centre.ViewMark{View: mark.Holder, Content: mark.Nonce})
	if err != nil {
		return nil, err
	}
	out := &participant.View{
		Arn: v.ARN, Id: string(v.View.ID), Name: v.View.Name,
		Content: &participant.ViewContent{Actions: v.Content.Actions, InputSchema: v.Content.Schema, Template: v.Content.Template},
	}
	if v.Version > 0 {
		out.Version = &v.Version
	}
	return &participant.DescribeViewResponse{View: out}, nil
}
