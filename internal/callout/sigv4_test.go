package callout

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
)

// The keys, time and signatures are those of the public test suite of
// Signature Version 4.
func TestSignaturesAreThoseOfThePublicSuite(t *testing.T) {
	keys := credentials{accessKeyID: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for method, want := range map[string]string{
		http.MethodGet:  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		http.MethodPost: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	} {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://example.amazonaws.com", nil)
		if err != nil {
			t.Fatal(err)
		}
		keys.sign(r, nil, "service", "us-east-1", now)
		got := r.Header.Get("Authorization")
		if wantHeader := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + want; got != wantHeader {
			t.Errorf("%s is signed\n%s, want\n%s", method, got, wantHeader)
		}
	}
}

// verifier accepts the key that the tests sign with.
func verifier(service, region string) *awshttp.Verifier {
	return &awshttp.Verifier{
		Service: service, Region: region, Now: time.Now,
		Secrets: func(_ context.Context, id, token string) (string, bool, error) {
			return "s3cret", id == "AKID" && (token == "" || token == "t0ken"), nil
		},
	}
}

func TestOddPathsAndTokensAreSignedAsVerified(t *testing.T) {
	body := []byte(`{"a":1}`)
	for _, path := range []string{"/", "", "/a%3Ab/c", "/functions/" + segment("arn:aws:lambda:x:1:function:ä b/c+d") + "/invocations"} {
		for _, token := range []string{"", "t0ken"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.org:8443"+path, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Meta", "  a   b ")
			r.Header.Set("Content-Type", "application/json")
			credentials{"AKID", "s3cret", token}.sign(r, body, "lambda", "us-west-2", time.Now())
			if id, err := verifier("lambda", "us-west-2").Verify(r, body); err != nil || id != "AKID" {
				t.Errorf("path %q with token %q: verified as %q, %v", path, token, id, err)
			}
			if !strings.Contains(r.Header.Get("Authorization"), "content-type;host;x-amz-date") {
				t.Errorf("signed headers: %s", r.Header.Get("Authorization"))
			}
		}
	}
}
