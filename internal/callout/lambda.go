package callout

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/bellpull/bellpull/internal/sigv4"
)

// lambdaFunction invokes a function by the Invoke API of AWS Lambda.
type lambdaFunction struct {
	post *poster
	conf Lambda
	keys sigv4.Key
}

func (f *lambdaFunction) invoke(ctx context.Context, c call) ([]byte, error) {
	region, err := f.conf.region(c.arn)
	if err != nil {
		return nil, err
	}
	name := c.arn
	if f.conf.Function != "" {
		name = f.conf.Function
	}
	path := "/2015-03-31/functions/" + segment(name) + "/invocations"
	r, err := request(ctx, f.conf.base("lambda", c.arn, region)+path, c.event)
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Amz-Invocation-Type", c.invocationType())
	f.keys.Sign(r, c.event, "lambda", region, f.post.now())
	got, err := f.post.send(r, maxAnswer)
	if err != nil {
		return nil, err
	}
	return got.body, functionError(got)
}

// segment encodes s as one segment of a path, colons included, as the SDKs do.
func segment(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// regionRule keeps an ARN from choosing a host.
var regionRule = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z]{2}(-[a-z]{1,12}){1,3}-[0-9]{1,2}$`)
})

// region returns the region for which a request about an ARN is signed.
func (a AWS) region(arn string) (string, error) {
	if a.Region != "" {
		return a.Region, nil
	}
	if parts := strings.SplitN(arn, ":", 5); len(parts) == 5 && regionRule().MatchString(parts[3]) {
		return parts[3], nil
	}
	return "", fmt.Errorf("%w: neither the rule nor the ARN %s names a region", ErrFailed, arn)
}

// base returns the URL of an endpoint, without a slash at its end.
func (a AWS) base(service, arn, region string) string {
	if a.Endpoint != "" {
		return strings.TrimSuffix(a.Endpoint, "/")
	}
	u := url.URL{Scheme: "https", Host: service + "." + region + ".amazonaws.com"}
	if strings.HasPrefix(arn, "arn:aws-cn:") {
		u.Host += ".cn"
	}
	return u.String()
}
