package awshttp_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

// signer is a client of its own: it shares no code with the verifier.
type signer struct {
	key, secret, token string
	region, service    string
	at                 time.Time
	headers            []string // to sign; sorted
	hashHeader         bool     // send x-amz-content-sha256
}

func goodSigner() signer {
	return signer{
		key: "AKID", secret: "shh", region: "us-west-2", service: "connect", at: at,
		headers: []string{"content-length", "content-type", "host", "x-amz-date"},
	}
}

func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return string(h.Sum(nil))
}

func (s signer) sign(r *http.Request, body string) {
	stamp := s.at.UTC().Format("20060102T150405Z")
	r.Header.Set("X-Amz-Date", stamp)
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
	if s.token != "" {
		r.Header.Set("X-Amz-Security-Token", s.token)
	}
	if s.hashHeader {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	if given := r.Header.Get("X-Amz-Content-Sha256"); given != "" {
		hash = given
	}
	var path strings.Builder
	for _, c := range []byte(strings.SplitN(r.RequestURI, "?", 2)[0]) {
		if strings.IndexByte("-._~/", c) >= 0 || c >= '0' && c <= '9' || c|32 >= 'a' && c|32 <= 'z' {
			path.WriteByte(c)
		} else {
			fmt.Fprintf(&path, "%%%02X", c)
		}
	}
	var query []string
	if r.URL.RawQuery != "" {
		for q := range strings.SplitSeq(r.URL.RawQuery, "&") {
			if !strings.Contains(q, "=") {
				q += "="
			}
			query = append(query, q)
		}
	}
	slices.Sort(query)
	lines := ""
	for _, name := range s.headers {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.Itoa(len(body))
		}
		lines += name + ":" + strings.Join(strings.Fields(value), " ") + "\n"
	}
	list := strings.Join(s.headers, ";")
	canonical := strings.Join([]string{r.Method, path.String(), strings.Join(query, "&"), lines, list, hash}, "\n")
	day := stamp[:8]
	scope := day + "/" + s.region + "/" + s.service + "/aws4_request"
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + fmt.Sprintf("%x", sha256.Sum256([]byte(canonical)))
	key := mac(mac(mac(mac("AWS4"+s.secret, day), s.region), s.service), "aws4_request")
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x", s.key, scope, list, mac(key, text)))
}

func secrets(_ context.Context, key, token string) (string, bool, error) {
	switch {
	case key == "BROKEN":
		return "", false, errors.New("no database")
	case token == "old":
		return "", false, awshttp.ErrExpiredToken
	case key == "AKID" && (token == "" || token == "session"):
		return "shh", true, nil
	}
	return "", false, nil
}

func TestSignatures(t *testing.T) {
	const body = `{"ContactId":"c","InstanceId":"i"}`
	tests := []struct {
		name     string
		target   string
		verifier func(*awshttp.Verifier)
		signer   func(*signer)
		before   func(*http.Request) // signing
		after    func(*http.Request) // signing
		want     string              // "" or status and name
	}{
		{name: "a good one"},
		{name: "headers of boto3", signer: func(s *signer) { s.headers = []string{"content-type", "host", "x-amz-date"} }},
		{name: "a hash in the header", signer: func(s *signer) {
			s.hashHeader = true
			s.headers = []string{"host", "x-amz-content-sha256", "x-amz-date"}
		}},
		{name: "session credentials", signer: func(s *signer) {
			s.token = "session"
			s.headers = []string{"host", "x-amz-date", "x-amz-security-token"}
		}},
		{name: "a path with an ARN", target: "/contacts/arn%3Aaws%3Aconnect%3Aus-west-2%3A1%3Ainstance%2Fabc/c"},
		{name: "a path with odd characters", target: "/contacts/a~b!$&'()*+,;=:@%C3%A9/%20"},
		{name: "a query", target: "/contacts/i/c?b=2&a=%2F&a=1&flag&c=x%20y"},
		{name: "spaces in headers", before: func(r *http.Request) { r.Header.Set("Content-Type", "  application/json;   charset=utf-8 ") }},
		{name: "a header with two values", signer: func(s *signer) { s.headers = []string{"host", "x-amz-date", "x-two"} }, before: func(r *http.Request) {
			r.Header["X-Two"] = []string{"a", "b"}
		}},
		{name: "a date in the header Date", signer: func(s *signer) { s.headers = []string{"host"} }, after: func(r *http.Request) {
			r.Header.Del("X-Amz-Date")
			r.Header.Set("Date", at.Format(http.TimeFormat))
		}},
		{name: "almost too old", signer: func(s *signer) { s.at = at.Add(-5 * time.Minute) }},
		{name: "any region when none is asked for", signer: func(s *signer) { s.region = "mars-1" }},
		{name: "an unknown key where it does not matter", signer: func(s *signer) { s.key, s.secret, s.at = "X", "y", at.Add(-time.Hour) }, verifier: func(v *awshttp.Verifier) { v.AcceptUnknown = true }},

		{name: "none", after: func(r *http.Request) { r.Header.Del("Authorization") }, want: "403 MissingAuthenticationTokenException"},
		{name: "another scheme", after: func(r *http.Request) { r.Header.Set("Authorization", "Basic eDp5") }, want: "400 IncompleteSignatureException"},
		{name: "no signature in it", after: func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-west-2/connect/aws4_request, SignedHeaders=host")
		}, want: "400 IncompleteSignatureException"},
		{name: "an empty access key", signer: func(s *signer) { s.key = "" }, want: "400 IncompleteSignatureException"},
		{name: "an empty access key where keys do not matter", signer: func(s *signer) { s.key = "" }, verifier: func(v *awshttp.Verifier) { v.AcceptUnknown = true }, want: "400 IncompleteSignatureException"},
		{name: "no date", after: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, want: "400 IncompleteSignatureException"},
		{name: "a date that is none", after: func(r *http.Request) { r.Header.Set("X-Amz-Date", "today") }, want: "400 IncompleteSignatureException"},
		{name: "another day in the scope", after: func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260101T235959Z") }, want: "403 InvalidSignatureException"},
		{name: "an unknown key", signer: func(s *signer) { s.key = "X" }, want: "403 UnrecognizedClientException"},
		{name: "a token of another key", signer: func(s *signer) {
			s.token = "stolen"
			s.headers = []string{"host", "x-amz-date", "x-amz-security-token"}
		}, want: "403 UnrecognizedClientException"},
		{name: "an expired token", signer: func(s *signer) {
			s.token = "old"
			s.headers = []string{"host", "x-amz-date", "x-amz-security-token"}
		}, want: "403 ExpiredTokenException"},
		{name: "a token that is not signed", signer: func(s *signer) { s.token = "session" }, want: "403 InvalidSignatureException"},
		{name: "a host that is not signed", signer: func(s *signer) { s.headers = []string{"x-amz-date"} }, want: "403 InvalidSignatureException"},
		{name: "another secret", signer: func(s *signer) { s.secret = "guess" }, want: "403 InvalidSignatureException"},
		{name: "another service", signer: func(s *signer) { s.service = "s3" }, want: "403 InvalidSignatureException"},
		{name: "another region", verifier: func(v *awshttp.Verifier) { v.Region = "eu-west-1" }, want: "403 InvalidSignatureException"},
		{name: "too old", signer: func(s *signer) { s.at = at.Add(-5*time.Minute - time.Second) }, want: "403 InvalidSignatureException"},
		{name: "from the future", signer: func(s *signer) { s.at = at.Add(5*time.Minute + time.Second) }, want: "403 InvalidSignatureException"},
		{name: "a changed header", after: func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, want: "403 InvalidSignatureException"},
		{name: "a changed host", after: func(r *http.Request) { r.Host = "evil.example" }, want: "403 InvalidSignatureException"},
		{name: "a changed query", target: "/contacts/i/c?a=1", after: func(r *http.Request) { r.URL.RawQuery = "a=2" }, want: "403 InvalidSignatureException"},
		{name: "a changed body", after: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Replace(body, "c", "d", 1))) }, want: "403 InvalidSignatureException"},
		{name: "a changed body with its old hash", signer: func(s *signer) { s.hashHeader = true }, after: func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(body, "c", "d", 1)))
		}, want: "403 InvalidSignatureException"},
		{name: "an unsigned body", before: func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, want: "403 InvalidSignatureException"},
		{name: "a broken store of keys", signer: func(s *signer) { s.key = "BROKEN" }, want: "500 InternalServiceException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := connectConfig(t.Output())
			v := &awshttp.Verifier{Service: "connect", Secrets: secrets, Now: func() time.Time { return at }}
			if tt.verifier != nil {
				tt.verifier(v)
			}
			cfg.Verifier = v
			svc := awshttp.NewService(cfg)
			caller := ""
			awshttp.Handle(svc, &connect.UpdateContact, func(ctx context.Context, _ *connect.UpdateContactRequest) (*connect.UpdateContactResponse, error) {
				caller = awshttp.AccessKey(ctx)
				return nil, nil
			})
			if tt.target == "" {
				tt.target = "/contacts/i/c"
			}
			r := httptest.NewRequest("POST", "http://127.0.0.1:2355"+tt.target, strings.NewReader(body))
			r.RequestURI = tt.target
			r.Header.Set("Content-Type", "application/json")
			s := goodSigner()
			if tt.signer != nil {
				tt.signer(&s)
			}
			if tt.before != nil {
				tt.before(r)
			}
			s.sign(r, body)
			if tt.after != nil {
				tt.after(r)
			}
			w := httptest.NewRecorder()
			svc.ServeHTTP(w, r)
			got := ""
			if w.Code != 200 {
				got = fmt.Sprintf("%d %s", w.Code, strings.Join(w.Header()[errorType], ""))
			}
			if got != tt.want {
				t.Fatalf("answer %d %s, want %q", w.Code, w.Body, tt.want)
			}
			if tt.want == "" && caller != s.key {
				t.Errorf("the handler saw the key %q, want %q", caller, s.key)
			}
			if tt.want != "" && caller != "" {
				t.Errorf("the handler ran")
			}
		})
	}
}

// Signatures that are published with the specification of the algorithm: the
// request GET / of its example, for the key AKIDEXAMPLE.
func TestPublishedSignatures(t *testing.T) {
	v := &awshttp.Verifier{
		Service: "service",
		Secrets: func(context.Context, string, string) (string, bool, error) {
			return "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", true, nil
		},
		Now: func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) },
	}
	tests := []struct{ name, method, target, headers, signature string }{
		{"get-vanilla", "GET", "/", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"post-vanilla", "POST", "/", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, tt.target, nil)
			r.Host = "example.amazonaws.com"
			r.Header.Set("X-Amz-Date", "20150830T123600Z")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="+tt.headers+", Signature="+tt.signature)
			key, err := v.Verify(r, nil)
			if err != nil || key != "AKIDEXAMPLE" {
				t.Errorf("Verify = %q, %v", key, err)
			}
		})
	}
}
