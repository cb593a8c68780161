package awshttp_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/participant"
)

func ExampleHandle() {
	svc := awshttp.NewService(awshttp.Config{
		Operations: participant.Operations,
		Errors: map[fault.Kind][]awshttp.ErrorName{
			fault.Invalid: {{Status: 400, Name: "ValidationException"}},
			fault.Denied:  {{Status: 403, Name: "AccessDeniedException", Message: "Access denied"}},
		},
		Internal: awshttp.ErrorName{Status: 500, Name: "InternalServerException"},
		NewID:    func() string { return "5f0e" },
		Now:      time.Now,
		Log:      slog.New(slog.DiscardHandler),
	})
	awshttp.Handle(svc, &participant.SendMessage,
		func(_ context.Context, in *participant.SendMessageRequest) (*participant.SendMessageResponse, error) {
			if in.ConnectionToken != "good" {
				return nil, fault.Newf(fault.Denied, "unknown token")
			}
			return &participant.SendMessageResponse{Id: "m1"}, nil
		})

	const body = `{"ContentType":"text/plain","Content":"hello"}`
	fmt.Println(call(svc, "POST", "/participant/message", body, "X-Amz-Bearer", "good").Body)
	fmt.Println(call(svc, "POST", "/participant/message", body, "X-Amz-Bearer", "bad").Body)
	// Output:
	// {"Id":"m1"}
	// {"__type":"AccessDeniedException","message":"Access denied"}
}
