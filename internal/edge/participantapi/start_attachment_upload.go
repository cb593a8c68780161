package participantapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

// StartAttachmentUpload answers POST /participant/start-attachment-upload.
func (a *API) StartAttachmentUpload(ctx context.Context, in *participant.StartAttachmentUploadRequest) (*participant.StartAttachmentUploadResponse, error) {
	chat, p, err := a.connection(in.ConnectionToken)
	if err != nil {
		return nil, err
	}
	f, err := a.centre.AnnounceFile(ctx, chat, contact.File{
		By: p, Name: in.AttachmentName, Type: in.ContentType, Size: *in.AttachmentSizeInBytes,
	}, in.ClientToken)
	if err != nil {
		return nil, err
	}
	url, headers := a.files.Upload(chat, &f)
	return &participant.StartAttachmentUploadResponse{
		AttachmentId:   string(f.ID),
		UploadMetadata: &participant.UploadMetadata{Url: url, UrlExpiry: wire.FormatTime(f.Until), HeadersToInclude: headers},
	}, nil
}
