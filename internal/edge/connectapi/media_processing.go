package connectapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// StartContactMediaProcessing answers POST
// /contact/start-contact-media-processing.
func (a *API) StartContactMediaProcessing(ctx context.Context, in *connect.StartContactMediaProcessingRequest) (*connect.StartContactMediaProcessingResponse, error) {
	if in.ProcessorArn == "" {
		return nil, fault.Newf(fault.Invalid, "ProcessorArn: is required")
	}
	return nil, a.setProcessor(ctx, in.InstanceId, in.ContactId, &contact.Processor{
		Function: in.ProcessorArn, DeliverUnprocessed: in.FailureMode == "DELIVER_UNPROCESSED_MESSAGE",
	})
}

// StopContactMediaProcessing answers POST
// /contact/stop-contact-media-processing.
func (a *API) StopContactMediaProcessing(ctx context.Context, in *connect.StopContactMediaProcessingRequest) (*connect.StopContactMediaProcessingResponse, error) {
	return nil, a.setProcessor(ctx, in.InstanceId, in.ContactId, nil)
}

// setProcessor checks what the model leaves to the service: that there is an
// instance and a contact.
func (a *API) setProcessor(ctx context.Context, instance, id string, p *contact.Processor) error {
	if instance == "" || id == "" {
		return fault.Newf(fault.Invalid, "InstanceId and ContactId are required")
	}
	dir, err := a.instance(instance)
	if err != nil {
		return err
	}
	return a.centre.SetProcessor(ctx, dir.Instance.ID, contactID(id), p)
}
