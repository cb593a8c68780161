package sigv4_test

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/sigv4"
)

// The keys, time and signatures are those of the public test suite of
// Signature Version 4.
func TestSignaturesAreThoseOfThePublicSuite(t *testing.T) {
	key := sigv4.Key{ID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	tests := []struct {
		name, method, target string
		headers              map[string][]string
		signed, want         string
	}{
		{
			name: "get-vanilla", method: http.MethodGet,
			signed: "host;x-amz-date", want: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		{
			name: "post-vanilla", method: http.MethodPost, target: "/",
			signed: "host;x-amz-date", want: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
		},
		{
			name: "get-vanilla-query-order-key-case", method: http.MethodGet, target: "/?Param2=value2&Param1=value1",
			signed: "host;x-amz-date", want: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
		},
		{
			name: "get-header-value-trim", method: http.MethodGet, target: "/",
			headers: map[string][]string{"My-Header1": {" value1"}, "My-Header2": {` "a   b   c"`}},
			signed:  "host;my-header1;my-header2;x-amz-date", want: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, "https://example.amazonaws.com"+tt.target, nil)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(r.Header, tt.headers)
			key.Sign(r, nil, "service", "us-east-1", now)
			want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + tt.signed + ", Signature=" + tt.want
			if got := r.Header.Get("Authorization"); got != want {
				t.Errorf("signed\n%s, want\n%s", got, want)
			}
		})
	}
}

func TestOddPathsQueriesAndTokensAreSignedAsVerified(t *testing.T) {
	body := []byte(`{"a":1}`)
	verifier := awshttp.Verifier{
		Service: "lambda", Region: "us-west-2", Now: time.Now,
		Secrets: func(_ context.Context, id, token string) (string, bool, error) {
			return "s3cret", id == "AKID" && (token == "" || token == "t0ken"), nil
		},
	}
	for _, target := range []string{"", "/", "/a%3Ab/c", "/f/arn%3Aaws%3A%C3%A4%20b%2Fc%2Bd/x", "/l?b=2&a=x%20y&a&c=%2F"} {
		for _, token := range []string{"", "t0ken"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.org:8443"+target, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Meta", "  a   b ")
			r.Header.Set("Content-Type", "application/json")
			sigv4.Key{ID: "AKID", Secret: "s3cret", SessionToken: token}.Sign(r, body, "lambda", "us-west-2", time.Now())
			if id, err := verifier.Verify(r, body); err != nil || id != "AKID" {
				t.Errorf("%q with token %q: verified as %q, %v", target, token, id, err)
			}
			if !strings.Contains(r.Header.Get("Authorization"), "content-type;host;x-amz-date") {
				t.Errorf("signed headers: %s", r.Header.Get("Authorization"))
			}
			r.URL.RawQuery += "&more=1"
			if _, err := verifier.Verify(r, body); err == nil {
				t.Errorf("%q: verified with another query", target)
			}
		}
	}
}

func TestNoKeySignsNothing(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.org/", nil)
	if err != nil {
		t.Fatal(err)
	}
	sigv4.Key{}.Sign(r, nil, "lambda", "us-west-2", time.Now())
	if len(r.Header) > 0 {
		t.Errorf("headers are %v", r.Header)
	}
}
