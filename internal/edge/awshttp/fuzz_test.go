package awshttp

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

func FuzzParseAuthorization(f *testing.F) {
	sig := strings.Repeat("0a", 32)
	for _, s := range []string{
		"AWS4-HMAC-SHA256 Credential=AKID/20260102/us-west-2/connect/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + sig,
		"AWS4-HMAC-SHA256 Credential=/20260102/us-west-2/execute-api/aws4_request,SignedHeaders=,Signature=",
		"AWS4-HMAC-SHA256 Credential=a/b/20260102/r/s/aws4_request,SignedHeaders=Host,Signature=" + sig,
		"AWS4-HMAC-SHA256", "Basic x", "", "AWS4-HMAC-SHA256 =,=,=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization(header)
		if err != nil {
			return
		}
		if a.accessKeyID == "" || len(a.scope.Date) != 8 || len(a.claimed) != sha256.Size || len(a.signedHeaders) == 0 {
			t.Fatalf("parseAuthorization(%q) = %+v", header, a)
		}
		if !strings.Contains(header, a.accessKeyID+"/"+a.scope.String()) {
			t.Fatalf("parseAuthorization(%q) made up %+v", header, a)
		}
	})
}

// FuzzMatch looks for paths whose parameters do not stand where the pattern
// says.
func FuzzMatch(f *testing.F) {
	var table routes
	for _, op := range connect.Operations {
		table.add(&route{op: op})
	}
	for _, s := range []string{"/contact/chat", "/contacts/i/c", "/contacts/a%2Fb/c", "/users/i/u/status", "//", "/contacts/%zz/c", "/views/i/v:1"} {
		f.Add("GET", s)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		var params []string
		r, _ := table.match(method, path, &params)
		if r == nil {
			return
		}
		got, want := strings.Split(path, "/"), strings.Split(r.op.Path, "/")
		if len(got) != len(want) || r.op.Method != method || len(params) != strings.Count(r.op.Path, "{") || slices.Contains(params, "") {
			t.Fatalf("match(%s %q) = %s %s with %q", method, path, r.op.Method, r.op.Path, params)
		}
		for i := range want {
			if !strings.HasPrefix(want[i], "{") && got[i] != want[i] {
				t.Fatalf("match(%q) = %s", path, r.op.Path)
			}
		}
	})
}

// Routing is on the way of every message, so it must not cost memory there.
func TestPathsWithoutParametersCostNoMemory(t *testing.T) {
	var table routes
	table.add(&route{op: &wire.Operation{Method: "POST", Path: "/participant/message"}})
	var params []string
	n := testing.AllocsPerRun(100, func() {
		if r, _ := table.match("POST", "/participant/message", &params); r == nil {
			t.Fatal("no match")
		}
	})
	if n != 0 {
		t.Errorf("a match takes %v allocations", n)
	}
}
