package participantapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// CompleteAttachmentUpload answers POST /participant/complete-attachment-upload.
func (a *API) CompleteAttachmentUpload(ctx context.Context, in *participant.CompleteAttachmentUploadRequest) (*participant.CompleteAttachmentUploadResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	err = a.centre.CompleteFile(ctx, chat, p, contact.FileID(in.AttachmentIds[0]), in.ClientToken)
	return &participant.CompleteAttachmentUploadResponse{}, err
}
