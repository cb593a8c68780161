package callout

import (
	"context"
	"fmt"
)

// httpFunction posts the event to a URL and takes the body of a 2xx answer.
type httpFunction struct {
	post   *poster
	url    string
	secret string
}

func (f *httpFunction) invoke(ctx context.Context, c call) ([]byte, error) {
	r, err := request(ctx, f.url, c.event)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Bellpull-Function", c.arn)
	r.Header.Set("Bellpull-Request-Id", c.id)
	r.Header.Set("X-Amz-Invocation-Type", c.invocationType())
	f.post.endorse(r, c.event, f.secret)
	got, err := f.post.send(r, maxAnswer)
	if err != nil {
		return nil, err
	}
	return got.body, functionError(got)
}

func (c call) invocationType() string {
	if c.forget {
		return "Event"
	}
	return "RequestResponse"
}

// functionError returns the failure that a function reported, as Lambda does:
// the answer has status 200 and this header. It is not retried.
func functionError(got reply) error {
	if kind := got.header.Get("X-Amz-Function-Error"); kind != "" {
		return fmt.Errorf("%w: the function says %q: %q", ErrFailed, cut(kind, 100), cut(string(got.body), 300))
	}
	return nil
}
