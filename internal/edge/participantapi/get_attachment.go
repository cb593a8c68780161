package participantapi

import (
	"context"
	"time"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// defaultURLExpiry is how long a file may be got at an address for which no time
// was asked.
const defaultURLExpiry = 300 * time.Second

// GetAttachment answers POST /participant/attachment.
func (a *API) GetAttachment(ctx context.Context, in *participant.GetAttachmentRequest) (*participant.GetAttachmentResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	of, f, err := a.centre.File(ctx, chat, p, contact.FileID(in.AttachmentId))
	if err != nil {
		return nil, err
	}
	limit := defaultURLExpiry
	if in.UrlExpiryInSeconds != nil {
		limit = time.Duration(*in.UrlExpiryInSeconds) * time.Second
	}
	until := a.now().Add(limit).Truncate(time.Millisecond)
	return &participant.GetAttachmentResponse{
		Url: a.files.Download(of.ID, f, until), UrlExpiry: wire.FormatTime(until), AttachmentSizeInBytes: &f.Size,
	}, nil
}
